"""E-mails to whoever was told of an appointment that is called off since, or at another time.

What somebody knows is what the last letter about it told them; what holds, the plan says. So it is
the same whether a session was cancelled, moved or struck out, alone or with its series.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from tracker.domain.check_ins import messages as check_in_messages
from tracker.domain.check_ins.messages import AppointmentNotice
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import SessionState
from tracker.models.database import another, db
from tracker.models.letters import Letter
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.calendar.visits import about_visit, day_and_time, visits
from tracker.services.check_ins.outbox import CALLED_OFF, MOVED, OF_APPOINTMENTS, QueuedLetter

# The letter of the day before was sent so long ago at most, whatever the zone.
_OTHER = another(TreatmentSession).c
_TOLD_WITHIN = timedelta(days=3)


def due(clinic_id: int, zone: ZoneInfo, now: datetime) -> Iterator[tuple[str, str, str]]:
    """Yield what to write, about what and to whom, where what was told is true no more.

    Nobody is told of what is over already.
    """
    told = {
        session_id: letter
        for session_id, letter in _last_told(clinic_id, now).items()
        if _is_ahead(day_and_time(letter.about), zone, now)
    }
    if not told:
        return
    for row in db.session.execute(visits().where(TreatmentSession.id.in_(told))).all():
        letter = told[row.id]
        if row.address == letter.address and (found := _change(row, letter, zone, now)):
            yield (*found, row.address)


def _last_told(clinic_id: int, now: datetime) -> dict[int, Any]:
    query = (
        select(Letter.kind, Letter.about, Letter.address)
        .where(
            Letter.clinic_id == clinic_id,
            Letter.kind.in_(OF_APPOINTMENTS),
            Letter.sent_at >= now - _TOLD_WITHIN,
        )
        .order_by(Letter.sent_at, Letter.queued_at)
    )
    return {int(one.about.split(":")[1]): one for one in db.session.execute(query).all()}


def _change(row: Any, letter: Any, zone: ZoneInfo, now: datetime) -> tuple[str, str] | None:
    """Say what is to be told of a session whose last letter is no longer true."""
    is_planned = row.state == SessionState.PLANNED.value
    if letter.kind == CALLED_OFF:
        # On another day the letter of the day before will tell of it.
        return (MOVED, letter.about) if is_planned and about_visit(row) == letter.about else None
    if is_planned:
        return (MOVED, about_visit(row)) if about_visit(row) != letter.about else None
    return (CALLED_OFF, letter.about) if _is_off(row, letter.about, zone, now) else None


def _is_off(row: Any, about: str, zone: ZoneInfo, now: datetime) -> bool:
    """Say whether nobody is expected as was told.

    A record that was struck out may have been another person's, entered here by mistake, or the
    second one of a sitting: as long as another session of that day stands, somebody is expected.
    """
    if row.state == SessionState.CANCELLED.value:
        return True
    day, at = day_and_time(about)
    if row.state != SessionState.VOIDED.value or (at is None and day <= _today(zone, now)):
        return False
    other = _OTHER
    stands = exists().where(
        other.patient_id == row.patient_id,
        other.planned_on == day,
        other.state.in_([SessionState.PLANNED.value, SessionState.UNDER_WAY.value,
                         SessionState.COMPLETED.value]),
    )  # fmt: skip
    return not db.session.scalar(select(stands))


def _is_ahead(told: tuple[date, time | None], zone: ZoneInfo, now: datetime) -> bool:
    day, at = told
    today = _today(zone, now)
    if day == today and at is not None:
        return datetime.combine(day, at, zone) > now
    return day >= today


def _today(zone: ZoneInfo, now: datetime) -> date:
    return now.astimezone(zone).date()


def notice(letter: QueuedLetter, *, now: datetime) -> tuple[str, str, int]:
    """Give what mails call the clinic, the text, whose it is; LookupError when true no more."""
    row = db.session.execute(visits().where(TreatmentSession.id == letter.about_id)).one_or_none()
    if row is None or row.address != letter.address:
        raise LookupError("nobody to write to")
    if not PlanningSettings.read(row.settings).day_before:
        raise LookupError("these e-mails are off")
    zone = ZoneInfo(row.time_zone)
    told = _last_told(letter.clinic_id, now).get(row.id)
    if told is None or _change(row, told, zone, now) != (letter.kind, letter.about):
        raise LookupError("changed again")
    knows = day_and_time(told.about)
    if not _is_ahead(knows, zone, now):
        raise LookupError("over")
    day, at = day_and_time(letter.about)
    settings = ClinicSettings.read(row.settings)
    name = settings.name_in_mails(row.name)
    text = AppointmentNotice(clinic_name=name, phone=settings.phone, day=day, at=at, own_page="")
    if letter.kind == CALLED_OFF:
        return name, check_in_messages.called_off(text), row.patient_id
    return name, check_in_messages.another_time(text, knows), row.patient_id
