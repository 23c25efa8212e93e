"""What a session costs its nurse: keys, taps and seconds, by the keystroke-level model.

The seconds are of a hand, not of this machine: 0.28 s a key, 1.1 s to reach for and tap something
(Card, Moran and Newell, The Psychology of Human-Computer Interaction, 1983, chapter 8).
"""

import re
from datetime import timedelta

import pytest
from msgspec import structs
from playwright.sync_api import Locator, Page, expect

from tests.builders.patients import HELD
from tests.builders.stock import dose
from tests.journeys.steps.chair import IV, Clinic
from tests.journeys.steps.walking import FOCUSED
from tracker.domain.live.signing import SummaryAnswers
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import signing

KEY_SECONDS, TAP_SECONDS = 0.28, 1.1
RATINGS = {
    "mood_before": "4", "mood_after": "7", "pain_before": "2", "pain_after": "1",
    "dissociation_peak": "5",
}  # fmt: skip
AFTERWARDS_SECONDS, CHECKS_SECONDS = 22, 60


class Hand:
    """Somebody who types and taps, counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0
        self.taps = 0

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.keys * KEY_SECONDS + self.taps * TAP_SECONDS

    def press(self, key: str) -> None:
        """Press one key."""
        self.page.keyboard.press(key)
        self.keys += 1

    def type(self, text: str) -> None:
        """Type a text."""
        self.page.keyboard.type(text, delay=10)
        self.keys += len(text)

    def tab_to(self, selector: str) -> None:
        """Press Tab until something has the focus."""
        for _ in range(80):
            if self.page.evaluate(FOCUSED, selector):
                return
            self.press("Tab")
        raise AssertionError(f"{selector} cannot be reached with the Tab key")

    def tap(self, what: Locator) -> None:
        """Tap something."""
        what.tap()
        self.taps += 1

    def write(self, name: str, text: str) -> None:
        """Tap a field and type into it."""
        self.tap(self.page.locator(f"[name={name}]"))
        self.type(text)


@pytest.fixture
def second(clinic: Clinic) -> int:
    """The second session of a series, planned for today; the first was held three days ago."""
    first = clinic.planned(*IV)
    with clinic.by() as nurse:
        row = db.session.get_one(TreatmentSession, first)
        began = clock.now() - timedelta(days=3)
        held = structs.replace(
            HELD, started_at=began, discharged_at=began + timedelta(hours=2), comment="As planned."
        )
        session_commands.record(held, series_id=row.series_id, session_id=first, by=nurse)
        rows = TreatmentSession.series_id == row.series_id, TreatmentSession.number == 2
        return db.session.query(TreatmentSession.id).filter(*rows).scalar()


def test_recorded_afterwards_by_keyboard(page: Page, noise: list[str], enter, second: int) -> None:
    enter(page, "clinician")
    page.goto(f"/sessions/{second}/record")
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_attached()
    hand = Hand(page)
    hand.press("Tab")  # the way past the menu
    hand.press("Enter")
    hand.tab_to("input[name=started_time]")
    hand.type("1200AM")
    hand.tab_to("[data-fill]")  # the weight of last time is so today
    hand.press("Enter")
    for name, value in RATINGS.items():
        hand.tab_to(f"input[name={name}]")
        hand.type(value)
    hand.press("Enter")
    page.wait_for_url(re.compile(rf"/sessions/{second}/(#main)?$"))
    for words in ("Completed", "35 mg", "71 kg", "00:00"):
        expect(page.get_by_role("main")).to_contain_text(words)
    assert hand.taps == 0
    assert hand.seconds <= AFTERWARDS_SECONDS, (hand.keys, hand.seconds)


FIRST = {
    "before_systolic_mmhg": "121", "before_diastolic_mmhg": "79", "before_spo2_percent": "98",
    "weight_kg": "70", "dose_checked_by": "Nurse Otis", "escort_name": "Maria",
    "escort_phone": "+1 212 555 0177", "consent_version": "2026-01", "prescriber": "Dr Ira Voss",
    "concentration_mg_per_ml": "10",
}  # fmt: skip
MEASURED = {
    "before_systolic_mmhg": "124", "before_diastolic_mmhg": "79", "before_heart_rate_bpm": "70",
    "before_spo2_percent": "98", "before_respiratory_rate_per_min": "14",
}  # fmt: skip


def hours_ago(clinic: Clinic, hours: int) -> str:
    """The time on the clinic's clock so many hours ago."""
    with clinic.by() as nurse:
        zone = clinics.view(nurse.clinic_id).zone
    return f"{clock.now().astimezone(zone) - timedelta(hours=hours):%H:%M}"


def save_first(page: Page, session_id: int, clinic: Clinic) -> None:
    """Fill in the checks before the first session, whatever it costs."""
    page.goto(f"/sessions/{session_id}/gate")
    eaten = {
        "last_food_time": hours_ago(clinic, 8), "last_drink_time": hours_ago(clinic, 4),
    }  # fmt: skip
    for name, value in (FIRST | eaten).items():
        page.fill(f"[name={name}]", value)
    save = page.get_by_role("button", name="Save the checks")
    save.click()
    page.locator(".remark textarea").first.wait_for()
    for comment in page.locator(".remark textarea").all():
        comment.fill("Looked at.")
    save.click()
    page.wait_for_url(f"**/sessions/{session_id}/live/")


def test_checks_before_from_the_second_session_on(at_chair: Page, clinic: Clinic) -> None:
    first = clinic.planned(*IV)
    with clinic.by() as nurse:
        live_commands.begin(first, by=nurse)
    save_first(at_chair, first, clinic)
    with clinic.by() as nurse:
        dose(nurse, first, 35, None)
        log = entry_log.of_session(first)
        told = SummaryAnswers(comment="As planned.")
        signing.sign(first, told, sequence=log[-1].sequence, by=nurse)
        series_id = db.session.get_one(TreatmentSession, first).series_id
        rows = TreatmentSession.series_id == series_id, TreatmentSession.number == 2
        second = db.session.query(TreatmentSession.id).filter(*rows).scalar()
        live_commands.begin(second, by=nurse, reason="The second one, for this test.")
    at_chair.goto(f"/sessions/{second}/gate")
    hand = Hand(at_chair)
    for name, value in MEASURED.items():
        hand.write(name, value)
    for button in at_chair.locator("[data-fill]").all():
        if button.is_visible():
            hand.tap(button)
    for name in ("escort_confirmed", "consent_confirmed"):
        hand.tap(at_chair.locator(f"[name={name}]"))
    hand.tap(at_chair.get_by_role("button", name="None of these"))
    at_chair.select_option("[name=pregnancy]", "not-applicable")
    hand.taps += 2  # the list, and the answer in it
    hand.tap(at_chair.locator("[name=suicide][value=no]"))
    for name, value in (("mood_before", 4), ("pain_before", 2)):
        hand.tap(at_chair.locator(f"[name={name}][value='{value}']"))
    hand.tap(at_chair.get_by_role("button", name="Save the checks"))
    at_chair.wait_for_url(f"**/sessions/{second}/live/")  # nothing was left open
    assert hand.seconds <= CHECKS_SECONDS, (hand.keys, hand.taps, hand.seconds)
