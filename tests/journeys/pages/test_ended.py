"""A tablet whose sign-in ended shows nothing, whatever somebody does who finds it."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from tests.journeys.conftest import Served
from tests.journeys.steps.chair import (
    FAMILY_NAME,
    NOTE,
    Clinic,
    assert_true,
    cached,
    nurse_at,
    ready_to_lose_the_server,
    sign_in_as,
    stores,
)
from tracker.domain.live.entry_text import words
from tracker.models import db
from tracker.models.users import SignIn, User
from tracker.services import clock

LONG_MS = 20 * 60_000
ASKED_MS = 65_000  # a page asks once a minute whether its sign-in still stands
CLEARS = "Clear-Site-Data"
COVERED = "You have been signed out"
TYPED = "Brindlecombe was late again"
# Take the cover away and whatever stands over the page, as the tools of a browser let anybody do.
UNCOVER = """() => {
  for (const dialog of document.querySelectorAll('dialog')) dialog.remove();
  return document.documentElement.outerHTML + document.title;
}"""
KEPT_IN_THE_OPEN = "() => JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage})"


def end_by_idling(email: str) -> None:
    long_ago = clock.now() - timedelta(minutes=20)
    db.session.execute(_of(email).values(seen_at=long_ago))


def end_elsewhere(email: str) -> None:
    db.session.execute(_of(email).values(ended_at=clock.now(), end_reason="signed out elsewhere"))


def _of(email: str):
    return update(SignIn).where(
        SignIn.user_id == select(User.id).where(User.email == email).scalar_subquery()
    )


@pytest.mark.parametrize("end", [end_by_idling, end_elsewhere])
def test_nothing_of_a_patient_is_left_on_the_page(
    browser: Browser, served: Served, clinic: Clinic, end
) -> None:
    email = clinic.clinician("Ines Falk")
    context = browser.new_context(base_url=served.url)
    context.new_page().clock.install()
    page = sign_in_as(context, email)
    page.clock.install()
    page.goto("/patients/?show=active")
    page.locator("main th a").first.click()
    name = page.get_by_role("heading", level=1).inner_text()
    page.goto(f"{page.url}edit")
    page.locator("input[name=family_name]").fill(TYPED)
    address = page.url
    with clinic.app.app_context():
        end(email)
        db.session.commit()
    # The first answer clears what is cached; storage stays: what waits unsent is sealed in it.
    with page.expect_response(lambda answer: answer.header_value(CLEARS) == '"cache"'):
        page.clock.fast_forward(LONG_MS if end is end_by_idling else ASKED_MS)
    expect(page.get_by_role("heading", name=COVERED)).to_be_visible()
    left = page.evaluate(UNCOVER)
    assert name not in left
    assert TYPED not in left
    assert TYPED not in page.evaluate(KEPT_IN_THE_OPEN)
    assert page.inner_text("body").strip() == ""
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert page.request.get(address, max_redirects=0).status == 302  # what "view source" would show
    context.close()


def test_the_chair_shows_nothing_and_keeps_what_waits_sealed(
    tablet: BrowserContext, at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page
    ready_to_lose_the_server(page)
    page.route("**/live/entries", lambda route: route.abort())
    nurse.note(NOTE)
    expect(nurse.state).to_contain_text("1 entry waits")
    page.unroute("**/live/entries")
    tablet.clear_cookies()  # ended: the chair notices at its next question
    cover = page.get_by_role("heading", name=COVERED)
    expect(cover).to_be_visible()
    expect(page.locator("[data-live]")).to_have_count(0)
    assert FAMILY_NAME not in page.evaluate(UNCOVER)
    for place in (stores(page), cached(page), page.evaluate(KEPT_IN_THE_OPEN)):
        assert FAMILY_NAME not in str(place)
        assert NOTE not in str(place)
    tablet.set_offline(True)
    page.reload()
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    assert FAMILY_NAME not in page.content()
    tablet.set_offline(False)
    sign_in_as(tablet, "clinician@demo.example").close()
    page.goto(nurse.chair.path)
    nurse.all_saved()
    assert_true(nurse, clinic.log(nurse.chair), words)
