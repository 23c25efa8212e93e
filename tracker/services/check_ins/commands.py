"""Check-ins: look one up, send one by hand, finish, decline or withdraw it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, select

from tracker.domain.access import Actor, Permission, Subject, allows, authorize
from tracker.domain.check_ins import status as check_in_status
from tracker.domain.check_ins.status import CheckInStatus
from tracker.domain.codes import CheckInState, Occasion, ReplyState, SeriesState
from tracker.domain.parsing import REASON_MAX, check_reason
from tracker.domain.problems import InvalidError, Problem
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import UtcDateTime, db, new_id, plain_rows, write_out
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject, visible
from tracker.models.series import Series
from tracker.services import clock
from tracker.services.check_ins import same_scale
from tracker.services.check_ins.sync import askable
from tracker.services.rows import from_row
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import NO_FORM, SentForm, Unit, audit, unit_of_work

COLUMNS = (
    CheckIn.id, CheckIn.patient_id, CheckIn.series_id, CheckIn.session_id, CheckIn.line,
    CheckIn.occasion, CheckIn.instruments, CheckIn.opens_at, CheckIn.due_at, CheckIn.closes_at,
    CheckIn.state, CheckIn.reason, CheckIn.made_at, CheckIn.made_by, CheckIn.finished_at,
)  # fmt: skip
CURRENT_MAX = 6
_RUNNING = (
    select(Series.id)
    .where(
        Series.patient_id == bindparam("patient_id"),
        Series.state == write_out(SeriesState.ACTIVE),
    )
    .order_by(Series.number.desc())
    .limit(1)
)
_NOW = bindparam("now", type_=UtcDateTime)
# Made once, where `visible` would be made anew: the pages that ask these are opened often.
_OPEN = (
    select(*(getattr(CheckIn, column.key) for column in COLUMNS))
    .where(
        CheckIn.patient_id == bindparam("patient_id"),
        CheckIn.clinic_id == bindparam("clinic_id"),
        CheckIn.state == write_out(CheckInState.OPEN),
        CheckIn.closes_at > _NOW,
    )
    .order_by(CheckIn.opens_at, CheckIn.id)
)
_CURRENT = _OPEN.limit(CURRENT_MAX)
_WAITING = _OPEN.where(CheckIn.opens_at <= _NOW)
_REPLIES = select(Reply.instrument, Reply.state, Reply.reason).where(
    Reply.check_in_id == bindparam("check_in_id")
)
_SCORED = select(Assessment.instrument).where(
    Assessment.check_in_id == bindparam("check_in_id"), Assessment.voided_at.is_(None)
)
_CLOSED = Problem("", "This check-in is over: it was answered, declined or withdrawn.")


class CheckInView(Struct, frozen=True, kw_only=True):
    """A check-in as pages show it; `status` is by the clock. `line` is None for one by hand."""

    check_in_id: int
    patient_id: int
    series_id: int | None
    session_id: int | None
    line: str | None
    occasion: Occasion
    instruments: tuple[str, ...]
    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    state: CheckInState
    status: CheckInStatus
    reason: str
    made_at: datetime
    made_by: str
    finished_at: datetime | None

    @property
    def can_be_answered(self) -> bool:
        """Whether it is open right now."""
        return self.status in (CheckInStatus.DUE, CheckInStatus.OVERDUE)

    @property
    def is_open(self) -> bool:
        """Whether it was neither finished nor withdrawn, its time being over or not."""
        return self.state is CheckInState.OPEN


def view_of(row: Any, now: datetime) -> CheckInView:
    """Make the view of a row that has the columns of a check-in."""
    state = CheckInState(row.state)
    return from_row(
        CheckInView,
        row,
        check_in_id=row.id,
        state=state,
        status=check_in_status.status_of(state, row.opens_at, row.due_at, row.closes_at, now=now),
    )


def own(*, by: Actor) -> list[CheckInView]:
    """List the check-ins of whoever asks, and leave the line of it."""
    patient_id = by.patient_id or 0
    found = of_patient(patient_id, by=by)
    audit(by, "check-ins.listed", f"patient:{patient_id}", patient_id=patient_id)
    return found


def of_patient(patient_id: int, *, by: Actor) -> list[CheckInView]:
    """List a patient's check-ins by the time they open, for staff or for the patient themself.

    Leaves no audit line: the page that shows them has its own.
    """
    _may_see(by, subject(fetch(by, Patient, patient_id)))
    rows = db.session.execute(
        select(*COLUMNS)
        .where(CheckIn.patient_id == patient_id, visible(by, CheckIn))
        .order_by(CheckIn.opens_at, CheckIn.id)
    )
    now = clock.now()
    return [view_of(row, now) for row in rows]


def current(patient_id: int, *, by: Actor) -> list[CheckInView]:
    """List what a patient is asked now, and what comes next, in one query.

    Who may see the patient was decided before, and the page that shows them leaves the audit line.
    """
    return _views(_CURRENT, patient_id, by)


def waiting(*, by: Actor) -> list[CheckInView]:
    """List what patients can answer right now, in one query; leaves no audit line either."""
    authorize(by, Permission.CHECK_IN_ANSWER, Subject(by.clinic_id, by.patient_id))
    return _views(_WAITING, by.patient_id, by)


def _views(query: Select[Any], patient_id: int | None, by: Actor) -> list[CheckInView]:
    now = clock.now()
    values = {"patient_id": patient_id, "clinic_id": by.clinic_id, "now": now}
    return [view_of(row, now) for row in plain_rows(query, values)]


def find(check_in_id: int, *, by: Actor) -> CheckInView:
    """Look a check-in up: staff, the patient themself, or whoever holds its link."""
    row = fetch(by, CheckIn, check_in_id)
    _may_see(by, subject(row))
    found = view_of(row, clock.now())
    if by.is_staff:
        about = f"check-in:{check_in_id}"
        audit(by, "check-in.viewed", about, patient_id=found.patient_id)
    return found


def _may_see(by: Actor, about: Subject) -> None:
    if not allows(by, Permission.CHECK_IN_ANSWER, about):
        authorize(by, Permission.CHECK_IN_VIEW, about)


def add(
    patient_id: int,
    instruments: Sequence[str],
    opens_at: datetime | None,
    due_at: datetime | None,
    closes_at: datetime | None,
    *,
    by: Actor,
    sent: SentForm = NO_FORM,
) -> int:
    """Send a check-in by hand and return its id; it belongs to the series that is running.

    Raise UnseenError where another one asks the same, of which the page of `sent` has not asked.
    """
    authorize(by, Permission.CHECK_IN_EDIT, subject(fetch(by, Patient, patient_id)))
    if found := problems(instruments, opens_at, due_at, closes_at):
        raise InvalidError(found)
    check_in_id = new_id()
    with unit_of_work(by) as unit:
        unit.once(sent.once)
        patient = session_rows.lock_patient(by, patient_id)
        if opens_at and closes_at:
            same_scale.ask(patient_id, instruments, opens_at, closes_at, sent.seen, by=by)
        db.session.add(
            CheckIn(
                id=check_in_id,
                clinic_id=patient.clinic_id,
                patient_id=patient_id,
                series_id=db.session.scalar(_RUNNING, {"patient_id": patient_id}),
                occasion=Occasion.UNSCHEDULED.value,
                instruments=list(instruments),
                opens_at=opens_at,
                due_at=due_at,
                closes_at=closes_at,
                made_at=unit.now,
                made_by=by.name,
            )
        )
        about = f"check-in:{check_in_id}"
        unit.audit("check-in.added", about, patient_id=patient_id, detail=" ".join(instruments))
        unit.mark_saved(sent.once, check_in_id)
    return check_in_id


def problems(
    instruments: Sequence[str],
    opens_at: datetime | None,
    due_at: datetime | None,
    closes_at: datetime | None,
) -> list[Problem]:
    """List everything that is wrong with a check-in sent by hand."""
    can_be_asked = [code for code, one in library().items() if one.answerable]
    return check_in_status.check(
        instruments, opens_at, due_at, closes_at, answerable=can_be_asked, now=clock.now()
    )


def answered_by(instrument: str, *, session_id: int, at: datetime) -> int | None:
    """Find the open check-in after a session that a rating given at an instant answers, if any."""
    rows = db.session.execute(
        select(CheckIn.id, CheckIn.instruments).where(
            CheckIn.session_id == session_id,
            CheckIn.occasion == Occasion.HOURS_AFTER.value,
            CheckIn.state == CheckInState.OPEN.value,
            CheckIn.opens_at <= at,
            CheckIn.closes_at > at,
        )
    )
    for row in rows:
        known = db.session.scalars(_SCORED, {"check_in_id": row.id}).all()
        if instrument in row.instruments and instrument not in known:
            return int(row.id)
    return None


def finish(unit: Unit, by: Actor, check_in_id: int) -> bool:
    """Close a check-in once each of its instruments was answered or declined; say whether it is.

    What staff entered for the patient counts like an answer. Where everything was declined, the
    check-in was. What can be asked no more, its file being gone, is not waited for.
    """
    row = session_rows.lock(by, CheckIn, check_in_id)
    if row.state != CheckInState.OPEN.value:
        return True
    db.session.flush()
    values = {"check_in_id": check_in_id}
    replies = {reply.instrument: reply for reply in db.session.execute(_REPLIES, values)}
    answered = {code for code, reply in replies.items() if reply.state == ReplyState.DONE.value}
    answered |= set(db.session.scalars(_SCORED, values))
    declined = {c for c, reply in replies.items() if reply.state == ReplyState.DECLINED.value}
    if not set(askable(tuple(row.instruments))) <= answered | declined:
        return False
    reasons = dict.fromkeys(replies[code].reason for code in sorted(declined - answered))
    state = CheckInState.DONE if answered else CheckInState.DECLINED
    _close(row, state, "; ".join(reasons)[:REASON_MAX], unit)
    return True


def withdraw(check_in_id: int, reason: str, *, by: Actor) -> None:
    """Take a check-in back, with a reason; laying the schedule out never brings it back."""
    authorize(by, Permission.CHECK_IN_EDIT, subject(fetch(by, CheckIn, check_in_id)))
    if found := check_reason(reason):
        raise InvalidError(found)
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, CheckIn, check_in_id)
        if row.state != CheckInState.OPEN.value:
            raise InvalidError([_CLOSED])
        _close(row, CheckInState.WITHDRAWN, reason.strip(), unit)


def _close(row: CheckIn, state: CheckInState, reason: str, unit: Unit) -> None:
    row.state, row.reason, row.finished_at = state.value, reason, unit.now
    unit.audit(f"check-in.{state.value}", f"check-in:{row.id}", patient_id=row.patient_id)
