"""What the tests of check-ins have in common: a series, sessions held, answers begun."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from tests.browsing import Browser, Page
from tracker.domain.access import Actor, Role
from tracker.domain.codes import CheckInState, Drug, Indication, Phase, ReplyState, Route
from tracker.domain.series.plan import SeriesDraft
from tracker.domain.sessions.draft import SessionDraft
from tracker.instruments import library
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import new_id
from tracker.services import clock
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import links as check_in_links
from tracker.services.instruments import editions as instrument_editions
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.sessions import commands as session_commands
from tracker.services.unit_of_work import unit_of_work

ZONE = ZoneInfo("America/New_York")
NOON = datetime(2026, 6, 10, 16, tzinfo=UTC)  # far from a change of the clocks
TODAY = NOON.astimezone(ZONE).date()
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def plan(zoe, by, *, starts=0, count=6, apart=3, **more) -> int:
    wanted = {
        "indication": Indication.DEPRESSION, "drug": Drug.KETAMINE, "route": Route.IV,
        "phase": Phase.INDUCTION, "starts_on": TODAY + starts * DAY, "template": "custom",
        "session_count": count, "days_apart": apart,
    }  # fmt: skip
    return series_commands.plan(zoe, SeriesDraft(**wanted | more), by=by)


def hold(series_id, number, by, *, at=NOON - HOUR, session_id=None) -> int:
    if number is not None:
        session_id = chip(series_id, number, by).session_id
    draft = SessionDraft(
        started_at=at, drug=Drug.KETAMINE, route=Route.IV, dose_mg=Decimal(35),
        weight_kg=Decimal(70), comment="As planned",
    )  # fmt: skip
    return session_commands.record(draft, series_id=series_id, session_id=session_id, by=by)


def chip(series_id, number, by):
    return next(
        one for one in series_queries.find(series_id, by=by).sessions if one.number == number
    )


def lines(patient_id, by, *states) -> list[str]:
    wanted = states or (CheckInState.OPEN,)
    return [
        one.line for one in check_in_commands.of_patient(patient_id, by=by) if one.state in wanted
    ]


def find(patient_id, line, by):
    return next(one for one in check_in_commands.of_patient(patient_id, by=by) if one.line == line)


def begin(check_in_id, by, state=ReplyState.OPEN, reason="") -> None:
    row = db.session.get_one(CheckIn, check_in_id)
    with unit_of_work(by) as unit:
        for code in row.instruments:
            db.session.add(
                Reply(
                    clinic_id=row.clinic_id, patient_id=row.patient_id, check_in_id=row.id,
                    instrument=code, edition_id=instrument_editions.keep(library()[code]),
                    began_at=unit.now, saved_at=unit.now, state=state.value, reason=reason,
                )
            )  # fmt: skip
        unit.audit("test.begun")


def set_state(check_in_id, state, by) -> None:
    with unit_of_work(by) as unit:
        db.session.execute(
            update(CheckIn)
            .where(CheckIn.id == check_in_id)
            .values(state=state.value, finished_at=unit.now)
        )
        unit.audit("test.set")


def details(action):
    return db.session.scalars(select(AuditEvent.detail).where(AuditEvent.action == action)).all()


def send(zoe, by, *, codes=("phq9",), opens=NOON, due=NOON + DAY, closes=NOON + 2 * DAY, **more):
    return check_in_commands.add(zoe, codes, opens, due, closes, by=by, **more)


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
