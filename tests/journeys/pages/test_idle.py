"""Away for too long: the page is covered, one signs in on it, and goes on with what was typed."""

from contextlib import suppress
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from tests.builders.authenticator import code
from tests.journeys.conftest import PHONE, Served, sign_in
from tests.journeys.steps.answering import Database, begin, question
from tests.journeys.steps.looking import faults_of
from tracker.models import db
from tracker.models.users import SignIn, User
from tracker.services import clock
from tracker.services.demo import clinic as demo_clinic

LONG = timedelta(minutes=20)
COVERED = "You have been signed out"


@pytest.fixture(scope="module")
def database(served: Served) -> Database:
    """The served clinic's database."""
    return Database(served)


def stay_away(page: Page, database: Database) -> None:
    """Let the time-out pass, in the browser and on the server."""
    with database.app.app_context():
        db.session.execute(update(SignIn).values(seen_at=clock.now() - LONG))
        db.session.commit()
    cover = page.get_by_role("heading", name=COVERED)
    for _ in range(5):  # the clock that looks comes in a module of its own, perhaps after "load"
        page.clock.fast_forward(int(LONG.total_seconds() * 1000))
        with suppress(AssertionError):
            expect(cover).to_be_visible(timeout=1000)
            return
    expect(cover).to_be_visible()


def come_back(page: Page, role: str, password: str = "") -> None:
    """Sign in on the covered page."""
    offer = next(offer for offer in demo_clinic.OFFERS if offer.role == role)
    page.get_by_label("E-mail or sign-in name").fill(offer.email)
    page.locator("#cover-password").fill(password or offer.password)
    page.get_by_role("button", name="Sign in and go on").click()


def test_a_patient_goes_on_with_a_questionnaire(
    browser: Browser, served: Served, database: Database, enter
) -> None:
    context = browser.new_context(
        base_url=served.url, viewport=PHONE, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.clock.install()
    enter(page, "patient")
    made, _ = database.check_in("phq9")
    thumb = begin(page, made)
    with page.expect_response("**/save"):
        thumb.choose("Several days")
    page.clock.run_for(1000)
    question(page, 2)
    stay_away(page, database)
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    come_back(page, "patient", "not the password")
    expect(page.get_by_role("dialog")).to_contain_text("What you typed does not fit")
    come_back(page, "patient")
    expect(page.get_by_role("dialog")).to_be_hidden()
    question(page, 2)
    with page.expect_response("**/save") as saved:
        thumb.choose("Not at all")
    assert saved.value.ok
    context.close()


def test_the_second_step_is_asked_for_on_the_same_page(
    browser: Browser, served: Served, database: Database
) -> None:
    context = browser.new_context(base_url=served.url, viewport=PHONE)
    page = context.new_page()
    page.clock.install()
    sign_in(page, "administrator")
    page.goto("/second-step/set-up")
    page.get_by_role("main").get_by_role("button", name="Continue").click()
    key = page.locator(".key").inner_text()
    assert (
        page.get_by_role("link", name="Open it in the app")
        .get_attribute("href")
        .startswith("otpauth://totp/")
    )
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Finish").click()
    expect(page.locator(".key")).to_have_text(key)
    page.get_by_label("Code").fill(code(key))
    page.get_by_role("button", name="Finish").click()
    expect(page.locator(".codes li")).to_have_count(5)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    assert len(page.evaluate("navigator.clipboard.readText()").split()) == 5
    page.get_by_role("button", name="I have kept them").click()
    page.goto("/people/invite")
    page.get_by_label("Name", exact=True).fill("Nora Lind")
    stay_away(page, database)
    with database.app.app_context():  # as if the minute of the code were over
        db.session.execute(update(User).values(tf_last_counter=None))
        db.session.commit()
    come_back(page, "administrator")
    digits = page.get_by_label("The six digits that your authenticator app shows now")
    digits.fill("000000")
    page.get_by_role("button", name="Sign in and go on").click()
    expect(page.get_by_role("dialog")).to_contain_text("This code does not fit")
    digits.fill(code(key))
    page.get_by_role("button", name="Sign in and go on").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Nora Lind")
    context.close()
    with database.app.app_context():
        forget = {"tf_primary_method": None, "tf_totp_secret": None, "mf_recovery_codes": None}
        db.session.execute(update(User).values(**forget, codes_kept_at=None))
        db.session.commit()


def test_a_clinician_goes_on_with_the_form_of_a_session(
    browser: Browser, served: Served, database: Database, enter
) -> None:
    context = browser.new_context(base_url=served.url)
    page = context.new_page()
    page.clock.install()
    enter(page, "clinician")
    page.goto("/patients/?show=active")
    page.locator("main th a").first.click()
    page.locator("main a[href$='/record']").first.click()
    dose = page.locator("input[name=dose_mg]")
    dose.fill("41")
    stay_away(page, database)
    # Somebody else who signs in is not shown what stands behind the cover.
    come_back(page, "patient")
    expect(page.get_by_role("dialog")).to_contain_text("Somebody else is signed in now")
    context.clear_cookies()
    come_back(page, "clinician")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(dose).to_have_value("41")
    with page.expect_response("**/drafts/**") as kept:
        dose.fill("42")
        page.clock.run_for(6000)
    assert kept.value.status == 204
    page.locator("main form[data-draft-url] button[type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    expect(page.locator("input[name=dose_mg]")).to_have_value("42")  # shown again with what lacks
    context.close()
