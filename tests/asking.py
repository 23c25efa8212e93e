"""Check-ins for tests, put straight into the table, and the ways to answer them."""

from datetime import timedelta
from typing import Any

from tests.browsing import Browser, Page
from tracker.domain.access import Actor, Role
from tracker.models import db
from tracker.models.check_ins import CheckIn
from tracker.models.database import new_id
from tracker.services import clock
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import links as check_in_links
from tracker.services.unit_of_work import unit_of_work

# Every scored question of the PHQ-9; the functioning question may be left out.
PHQ9 = {f"phq9_{number}": "1" for number in range(1, 9)} | {"phq9_9": "0"}


def ask(
    by: Actor,
    patient_id: int,
    *instruments: str,
    opened: timedelta = timedelta(hours=1),
    lasts: timedelta = timedelta(days=5),
    **values: Any,
) -> int:
    """Store a check-in that opened a while ago and return its id; `values` are columns."""
    now, check_in_id = clock.now(), new_id()
    usual = {
        "id": check_in_id, "clinic_id": by.clinic_id, "patient_id": patient_id,
        "occasion": "weekly", "instruments": list(instruments or ("phq9",)),
        "opens_at": now - opened, "due_at": now - opened + lasts / 2,
        "closes_at": now - opened + lasts, "made_at": now, "made_by": by.name,
    }  # fmt: skip
    with unit_of_work(by) as unit:
        db.session.add(CheckIn(**usual | values))
        unit.audit("test.asked", f"check-in:{check_in_id}", patient_id=patient_id)
    return check_in_id


def link_to(by: Actor, check_in_id: int) -> str:
    """Make a mailed link and return its secret."""
    with unit_of_work(by) as unit:
        return check_in_links.make(unit, check_in_id)


def themself(clinic_id: int, patient_id: int) -> Actor:
    """The patient, signed in."""
    return Actor(None, clinic_id, "Ben", frozenset({Role.PATIENT}), patient_id)


def fill(by: Actor, check_in_id: int, instrument: str = "phq9", **changed: str) -> None:
    """Begin and save answers to every question of a PHQ-9, some of them changed."""
    answering.begin(check_in_id, by=by)
    now = clock.now()
    given = {code: (value, now) for code, value in (PHQ9 | changed).items()}
    answering.save(check_in_id, instrument, given, 60, by=by)


def arrive(browser: Browser) -> Page:
    """Follow where a form leads, from page to page, as a browser does."""
    path = browser.response.headers["Location"]
    while (answer := browser.client.get(path)).status_code in {302, 303}:
        path = answer.headers["Location"]
    return browser.open(path)
