"""Lists of check-ins for the clinic: due, overdue, declined, done; and who never answers.

Pages are found by key. What is open now closes within a month, so that an index finds it among all
that is still ahead and all that was ever missed.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, exists, func, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.check_ins.status import LATE_MAX, OPEN_MAX
from tracker.domain.codes import CheckInState, ReplyState, Word
from tracker.domain.patients import draft as patient_draft
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import another, db, write_out
from tracker.models.patients import Patient
from tracker.models.scoping import visible
from tracker.services import clock, paging
from tracker.services.check_ins.commands import COLUMNS, CheckInView, view_of
from tracker.services.paging import Key, Page
from tracker.services.unit_of_work import audit

PAGE = 25
COUNTED_MAX = 99
IN_A_ROW = 3  # so many missed, and nothing answered since, is somebody who never answers
LOOKED_BACK = timedelta(days=60)
UNSENT_LISTED = timedelta(days=60)

_OPEN = CheckIn.state == write_out(CheckInState.OPEN)
_WHO = (Patient.record_number, Patient.given_name, Patient.family_name)
_answered = another(CheckIn)


class Show(Word):
    """Which check-ins a list shows."""

    OVERDUE = "overdue", "Overdue"
    DUE = "due", "Due"
    UNSENT = "unsent", "Not sent"
    DECLINED = "declined", "Declined"
    DONE = "done", "Done recently"
    SILENT = "never-answers", "Never answers"


class ListedCheckIn(Struct, frozen=True, kw_only=True):
    """A check-in with whose it is."""

    check_in: CheckInView
    patient_label: str
    record_number: str


class SilentPatient(Struct, frozen=True, kw_only=True):
    """Somebody who missed the last check-ins, so many of them, and answered none since."""

    patient_id: int
    patient_label: str
    record_number: str
    missed: int
    last_closed_at: datetime


def overdue_at(now: datetime) -> ColumnElement[bool]:
    """Say which check-ins are overdue at an instant."""
    soon = CheckIn.closes_at <= now + LATE_MAX
    return and_(_OPEN, CheckIn.closes_at > now, soon, CheckIn.due_at <= now)


def listing(show: Show, *, by: Actor, after: str = "", before: str = "") -> Page[ListedCheckIn]:
    """List a page of check-ins; what closes first comes first, what is over the other way round.

    `after` and `before` come from the page that was listed last.
    """
    authorize(by, Permission.CHECK_IN_VIEW)
    now, to_come = clock.now(), show in (Show.DUE, Show.OVERDUE)
    key = CheckIn.closes_at if to_come or show is Show.UNSENT else CheckIn.finished_at
    page = paging.read(
        _of_clinic(by).where(_condition(show, now)),
        (Key(key, falls=not to_come), Key(CheckIn.id, falls=not to_come)),
        lambda rows: [_list_line(row, now) for row in rows],
        by=by, size=PAGE, after=after, before=before,
    )  # fmt: skip
    shown = [line.check_in.patient_id for line in page.lines]
    audit(by, "check-ins.listed", patients=shown, detail=f"{len(shown)} {show.value}")
    return page


def _of_clinic(by: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(*COLUMNS, *_WHO)
        .join(Patient, Patient.id == CheckIn.patient_id)
        .where(visible(by, CheckIn), Patient.archived_at.is_(None))
    )


def _condition(show: Show, now: datetime) -> ColumnElement[bool]:
    if show is Show.OVERDUE:
        return overdue_at(now)
    if show is Show.DUE:
        open_now = and_(CheckIn.opens_at <= now, CheckIn.due_at > now)
        return and_(_OPEN, CheckIn.closes_at.between(now, now + OPEN_MAX), open_now)
    if show is Show.UNSENT:
        not_sent = exists().where(
            Reply.check_in_id == CheckIn.id, Reply.state == ReplyState.UNSENT.value
        )
        return and_(_OPEN, CheckIn.closes_at.between(now - UNSENT_LISTED, now), not_sent)
    return CheckIn.state == write_out(show)


def _list_line(row: Any, now: datetime) -> ListedCheckIn:
    return ListedCheckIn(
        check_in=view_of(row, now),
        patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
        record_number=row.record_number,
    )


def count_overdue(*, by: Actor) -> int:
    """Count the check-ins overdue at the clinic, up to 99; leaves no audit line."""
    authorize(by, Permission.CHECK_IN_VIEW)
    found = (
        select(CheckIn.id)
        .join(Patient, Patient.id == CheckIn.patient_id)
        .where(visible(by, CheckIn), Patient.archived_at.is_(None), overdue_at(clock.now()))
        .limit(COUNTED_MAX)
    )
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def silent(*, by: Actor) -> list[SilentPatient]:
    """List who missed the last three check-ins or more and has not answered since."""
    authorize(by, Permission.CHECK_IN_VIEW)
    now = clock.now()
    answered_since = exists().where(
        _answered.c.patient_id == CheckIn.patient_id,
        _answered.c.state.in_((CheckInState.DONE.value, CheckInState.DECLINED.value)),
        _answered.c.finished_at > CheckIn.closes_at,
    )
    query = (
        select(
            CheckIn.patient_id,
            *_WHO,
            func.count().label("missed"),
            func.max(CheckIn.closes_at).label("last_closed_at"),
        )
        .join(Patient, Patient.id == CheckIn.patient_id)
        .where(
            visible(by, CheckIn),
            Patient.archived_at.is_(None),
            _OPEN,
            CheckIn.closes_at.between(now - LOOKED_BACK, now),
            ~answered_since,
        )
        .group_by(CheckIn.patient_id, *_WHO)
        .having(func.count() >= IN_A_ROW)
        .order_by(func.max(CheckIn.closes_at).desc(), CheckIn.patient_id)
        .limit(PAGE * 4)
    )
    found = [
        SilentPatient(
            patient_id=row.patient_id,
            patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
            record_number=row.record_number,
            missed=row.missed,
            last_closed_at=row.last_closed_at,
        )
        for row in db.session.execute(query)
    ]
    shown = [one.patient_id for one in found]
    audit(by, "check-ins.listed", patients=shown, detail=f"{len(found)} {Show.SILENT.value}")
    return found
