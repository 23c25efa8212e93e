"""What is typed survives a reload, a restart of the server and the end of the sign-in."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from tests.journeys.conftest import PHONE, listen, sign_in
from tests.journeys.serving import Served, copied, serving
from tests.journeys.steps.answering import Database
from tests.journeys.steps.looking import faults_of
from tracker.models import db
from tracker.models.users import SignIn
from tracker.services import clock

WORDS = "Thistledown, and half a line"
BACK = "What you typed here is back."


@pytest.fixture
def clinic(furnished: Path, tmp_path: Path) -> Iterator[Served]:
    """A clinic whose server may be killed."""
    with serving(copied(furnished, tmp_path / "kept")) as served:
        yield served


@pytest.fixture
def page(browser: Browser, clinic: Served) -> Iterator[Page]:
    """A telephone with the clinician in."""
    context = browser.new_context(base_url=clinic.url, viewport=PHONE)
    page = context.new_page()
    sign_in(page, "clinician")
    yield page
    context.close()


def forms(page: Page) -> dict[str, str]:
    """Three forms of three kinds, with the field that is typed into: new, edited, a reason."""
    page.goto("/patients/?show=all")
    patient = page.locator("main table a[href^='/patients/']").first.get_attribute("href")
    return {
        "/patients/new": "given_name",
        f"{patient}edit": "family_name",
        f"{patient}health-lists/new?kind=medicine": "name",
    }


def test_typed_text_survives_reload_restart_and_expiry(page: Page, clinic: Served) -> None:
    addresses = forms(page)
    heard = listen(page)
    for address, name in addresses.items():
        page.goto(address)
        with page.expect_response(lambda answer: "/drafts/of-page" in answer.url) as kept:
            page.locator(f"main [name={name}]").fill(WORDS)
            page.evaluate("window.dispatchEvent(new Event('online'))")  # save now, not in 5 s
        assert kept.value.status == 204
    assert heard == []
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
    assert WORDS not in page.evaluate(stored)

    def are_there() -> None:
        for address, name in addresses.items():
            page.goto(address)
            expect(page.locator(f"main [name={name}]")).to_have_value(WORDS)
            expect(page.get_by_text(BACK)).to_be_visible()

    are_there()
    page.reload()
    clinic.kill()
    clinic.start()
    are_there()
    with Database(clinic).app.app_context():
        db.session.execute(update(SignIn).values(seen_at=clock.now() - timedelta(hours=1)))
        db.session.commit()
    page.context.clear_cookies()
    sign_in(page, "clinician")
    are_there()
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_text(BACK)).to_have_count(0)
    expect(page.locator("main [name=name]")).to_have_value("")
