"""An answer that must not wait: it shows on a page that is open already, and is acknowledged."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.builders.alerts import answered
from tests.journeys.conftest import PHONE, Served
from tests.journeys.steps.looking import WIDE, faults_of
from tracker import config, create_app
from tracker.models import db
from tracker.models.patients import Patient
from tracker.models.users import User
from tracker.services.demo import clinic as demo_clinic
from tracker.services.people import logins

LOOK = "document.dispatchEvent(new Event('visibilitychange'))"  # as coming back to the tab does


@contextmanager
def beside(served: Served) -> Iterator[None]:
    """Work on the clinic's database from another process than its server."""
    app = create_app(settings=config.read(served.instance, {}))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def worry(served: Served) -> None:
    """Enter a form on paper whose item 9 is above zero, for the patient last in the list."""
    email = next(offer.email for offer in demo_clinic.OFFERS if offer.role == "clinician")
    with beside(served):
        clinician = logins.actor_of(db.session.scalar(select(User.id).where(User.email == email)))
        last = select(Patient.id).order_by(Patient.name_key.desc()).limit(1)
        answered(clinician, db.session.scalar(last), item9=2)


def test_a_new_alert_shows_without_a_reload_and_is_acknowledged_by_name(
    page: Page, served: Served, noise: list[str], enter
) -> None:
    enter(page, "clinician")
    page.goto("/today/")
    page.evaluate("window.sameAsBefore = true")
    page.get_by_role("link", name="Wall display").focus()
    worry(served)
    page.evaluate(LOOK)
    alerts = page.get_by_role("region", name="Alerts")
    said = "PHQ-9 question 9 answered 'More than half the days' (2 of 3)"
    expect(alerts).to_contain_text(said)
    assert page.evaluate("window.sameAsBefore")
    assert page.title().startswith("(")
    expect(page.get_by_role("link", name="Wall display")).to_be_focused()
    for size, scheme in ((WIDE, "light"), (PHONE, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert faults_of(page) == []

    alerts.get_by_role("link", name=re.compile(f"Open alert ?: {re.escape(said)}")).first.click()
    page.get_by_label("What was done").fill("Called. A friend is with them until tomorrow.")
    page.get_by_role("button", name="Acknowledge").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("Acknowledged by Dr Maya Chen")
    expect(main).to_contain_text("A friend is with them")
    page.goto("/today/")
    expect(page.get_by_role("region", name="Alerts")).not_to_contain_text(said)


def test_the_focus_stays_on_the_alert_that_somebody_is_about_to_open(
    page: Page, served: Served, noise: list[str], enter
) -> None:
    enter(page, "clinician")
    worry(served)
    page.goto("/today/")
    first = page.get_by_role("region", name="Alerts").get_by_role("link", name="Open alert").first
    first.focus()
    there = first.get_attribute("href")
    box = page.locator("[data-alerts-url]")
    box.evaluate("box => { box.dataset.alertsKnown = 'older'; box.querySelector('h2').remove(); }")
    page.evaluate(LOOK)
    expect(box.locator("h2")).to_be_visible()
    assert page.evaluate("document.activeElement.getAttribute('href')") == there
