"""Strike out a session that was recorded in error, take that back, or record it where it belongs.

A session that is struck out is kept and shown with its reason; it counts nowhere (`STANDS`).
"""

from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import insert, or_, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import SessionState
from tracker.domain.parsing import check_reason, is_blank
from tracker.domain.problems import Finding, InvalidError, NotFoundError, Problem, StaleError
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions import life
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import UncommentedError
from tracker.domain.sessions.life import Step
from tracker.domain.stock.balance import StockLine
from tracker.models import sealing
from tracker.models.database import db, new_id
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import STANDS, SessionVersion, TreatmentSession
from tracker.services import clock
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.patients import births
from tracker.services.series import start_rules as series_start
from tracker.services.sessions import amendments, tied_scores
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import rows as session_rows
from tracker.services.sessions.amendments import SessionPlace
from tracker.services.stock import session_use as stock_use
from tracker.services.unit_of_work import Unit, refuse_second, unit_of_work
from tracker.services.worksheets import rows as worksheet_rows

STANDS_AGAIN = "The session in whose place it was planned stands again."


class Transfer(Struct, frozen=True):
    """Where a session belongs: a series, and which of its planned sessions; None for an extra.

    `reason` says why it is struck out here, `comment` what is said to what is unusual there;
    `score_ids` are the scores that go along; `plan_again` plans one of its number here for its day,
    since what was held was another's.
    """

    series_id: int
    session_id: int | None = None
    reason: str = ""
    comment: str = ""
    score_ids: tuple[int, ...] = ()
    plan_again: bool = False


def void(
    session_id: int,
    reason: str,
    *,
    version: int,
    by: Actor,
    once: str = "",
    plan_again: bool = False,
    score_ids: Collection[int] = (),
) -> int:
    """Strike a session out and return its id; raise StaleError where it was changed meanwhile.

    `plan_again` plans one of its number for its day, since it was never held. `score_ids` are the
    scores tied to it that are voided with it.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_AMEND, subject(row))
    if problems := check_reason(reason):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = life_steps.hold(by, session_id)
        unit.once(once)
        _refuse_stale(row, version)
        life_steps.way_of(Step.VOID, row)
        _strike_out(unit, by, row, reason)
        tied_scores.void(unit, by, row, score_ids, reason)
        if plan_again:
            _plan_in_its_place(unit, row)
        sync_check_ins(unit, by, row.series_id)
        unit.mark_saved(once, session_id)
    return session_id


def restore(session_id: int, reason: str, *, version: int, by: Actor, once: str = "") -> int:
    """Let a session stand again that was struck out by mistake, and return its id.

    What it had drawn is drawn again. Where its number was given to another, it takes the next.
    One sitting stands once: not while it stands where it was moved to, or came from.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_AMEND, subject(row))
    if problems := check_reason(reason):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = _hold_all_of_sitting(by, session_id)
        unit.once(once)
        _refuse_stale(row, version)
        life_steps.way_of(Step.RESTORE, row)
        state = _state_before(row)
        _refuse_second_record(row, state)
        reversed_lines = stock_use.reversed_with(by, session_id, row.recorded_at)
        voided_with = row.recorded_at, row.recorded_by, row.state_reason
        amendments.keep_version(row, f"Restored: {reason.strip()}", unit, by)
        _withdraw_stand_in(unit, by, row)
        row.number = _free_number(row)
        row.state, row.state_reason = state, ""
        series = db.session.get_one(Series, row.series_id)
        series_start.begin_if_due(unit, by, series, row, _comments_on(row) or reason)
        stock_use.draw_again(unit, by, reversed_lines, row)
        if state == SessionState.COMPLETED.value:
            worksheet_rows.reinstate(unit, by, row)
        tied_scores.reinstate(unit, by, row, voided_with)
        unit.audit("session.restored", f"session:{row.id}", patient_id=row.patient_id)
        sync_check_ins(unit, by, row.series_id)
        unit.mark_saved(once, session_id)
    return session_id


def transfer(
    session_id: int,
    target: Transfer,
    *,
    version: int,
    by: Actor,
    once: str = "",
    answered: Collection[str] | None = None,
) -> int:
    """Strike a session out here and record it where it belongs, in one step; return the new id.

    Its log, what it drew from the stock and the scores that are named go with it. What is unusual
    for the patient it belongs to needs a comment, as in recording.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_AMEND, subject(row))
    series = fetch(by, Series, target.series_id)
    authorize(by, Permission.SESSION_RECORD, subject(series))
    refuse_second(once)
    draft = _draft(session_id, target.comment)
    _check(row, series, draft, target.reason, by)
    place = SessionPlace(series.patient_id, series.id, target.session_id, moved_from=session_id)
    try:
        start = series_start.finding(series.id)
        draft = amendments.ask_for_comment(draft, place, answered, [start] if start else ())
    except UncommentedError:
        refuse_second(once)
        raise
    with unit_of_work(by) as unit:
        row, series = _hold_both(by, session_id, target)
        unit.once(once)
        _refuse_stale(row, version)
        life_steps.way_of(Step.TRANSFER, row)
        there = _record_there(unit, by, row, series, target, draft)
        if target.plan_again:
            _plan_in_its_place(unit, row)
        sync_check_ins(unit, by, row.series_id)
        unit.mark_saved(once, there.id)
        return there.id


def _record_there(
    unit: Unit,
    by: Actor,
    row: TreatmentSession,
    series: Series,
    target: Transfer,
    draft: SessionDraft,
) -> TreatmentSession:
    """Strike a session out here and write it there, with all that hangs on it."""
    drawn = _strike_out(unit, by, row, target.reason)
    taken = tied_scores.void(unit, by, row, target.score_ids, target.reason)
    there = _target_row(by, series, target)
    series_start.begin_if_due(unit, by, series, there, draft.comment)
    session_commands.complete(unit, by, there, draft)
    there.moved_from_id = row.id
    _copy_log(row, there)
    tied_scores.copy(unit, by, taken, there)
    stock_use.draw_again(unit, by, drawn, there)
    about, here = f"session:{there.id}", f"from session:{row.id}"
    unit.audit("session.transferred", about, patient_id=there.patient_id, detail=here)
    return there


def findings_of_transfer(session_id: int, target: Transfer, *, by: Actor) -> tuple[Finding, ...]:
    """List what is unusual about a session where it belongs; for the page that moves it."""
    row, series = fetch(by, TreatmentSession, session_id), fetch(by, Series, target.series_id)
    authorize(by, Permission.SESSION_AMEND, subject(row))
    authorize(by, Permission.SESSION_RECORD, subject(series))
    place = SessionPlace(series.patient_id, series.id, target.session_id, moved_from=session_id)
    found = amendments.findings_of(_draft(session_id, ""), place)
    start = series_start.finding(series.id)
    return (*found, start) if start else tuple(found)


def _draft(session_id: int, comment: str) -> SessionDraft:
    return replace(session_rows.draft_of(session_rows.record_of(session_id)), comment=comment)


def _check(
    row: TreatmentSession, series: Series, draft: SessionDraft, reason: str, by: Actor
) -> None:
    problems = [
        *life.check(Step.TRANSFER, SessionState(row.state), given=True, reason=reason),
        *session_draft.check(draft, now=clock.now()),
        *births.problems(series.patient_id, {"": draft.started_at}, by=by),
    ]
    if row.series_id == series.id:
        problems.append(Problem("", "It stands in this series already. Choose another."))
    if (row.drug, row.route) != (series.drug, series.route) and is_blank(draft.comment):
        problems.append(
            Problem("comment", "The series is of another drug or route. Say why it belongs there.")
        )
    if problems:
        raise InvalidError(problems)


def _hold_both(by: Actor, session_id: int, target: Transfer) -> tuple[TreatmentSession, Series]:
    """Hold both series, always in the order of their ids: two who wait for each other never end."""
    here = fetch(by, TreatmentSession, session_id).series_id
    held = {key: session_rows.lock(by, Series, key) for key in sorted({here, target.series_id})}
    return session_rows.lock(by, TreatmentSession, session_id), held[target.series_id]


def _target_row(by: Actor, series: Series, target: Transfer) -> TreatmentSession:
    if target.session_id is None:
        return session_rows.add_extra(series)
    row = session_rows.lock(by, TreatmentSession, target.session_id)
    if row.series_id != series.id:
        raise NotFoundError
    life_steps.way_of(Step.RECORD, row)
    return row


def _strike_out(unit: Unit, by: Actor, row: TreatmentSession, reason: str) -> list[StockLine]:
    """Strike a session out with all that hangs on it; return what it had drawn from the stock."""
    amendments.keep_version(row, f"Struck out: {reason.strip()}", unit, by)
    row.state, row.state_reason = SessionState.VOIDED.value, reason.strip()
    drawn = stock_use.reverse_all(unit, by, row.id)
    withdrawn = worksheet_rows.withdraw(unit, by, row, reason)
    parts = [f"{len(drawn)} stock entries reversed"] if drawn else []
    parts += ["worksheet withdrawn"] if withdrawn else []
    unit.audit(
        "session.voided", f"session:{row.id}", patient_id=row.patient_id, detail=", ".join(parts)
    )
    db.session.flush()  # its number is free before another takes it
    series = db.session.get_one(Series, row.series_id)
    series_start.take_back(unit, series, row, row.begin_reason, row.comment)
    return drawn


def _plan_in_its_place(unit: Unit, row: TreatmentSession) -> None:
    life_steps.refuse_ended(db.session.get_one(Series, row.series_id))
    if row.planned_on is None:
        message = "It was not planned, so there is nothing to plan again."
        raise InvalidError([Problem("plan_again", message)])
    made = TreatmentSession(
        id=new_id(),
        state=SessionState.PLANNED.value,
        version=1,
        **{
            name: getattr(row, name)
            for name in (
                "clinic_id", "patient_id", "series_id", "number", "planned_on", "planned_time",
                "chair", "planned_dose_mg", "planned_dose_mg_per_kg", "drug", "route",
            )
        },
    )  # fmt: skip
    db.session.add(made)
    unit.audit("session.added", f"session:{made.id}", patient_id=row.patient_id)


def _comments_on(row: TreatmentSession) -> str:
    """Give what was said as a session began and in its record."""
    return "\n\n".join(text for text in (row.begin_reason, row.comment) if text)


def _withdraw_stand_in(unit: Unit, by: Actor, row: TreatmentSession) -> None:
    """Take the one back that was planned when a session was struck out: it is in no list any more.

    Nobody called it off: it was there for a session that stands again.
    """
    found = db.session.scalar(
        select(TreatmentSession.id).where(
            TreatmentSession.series_id == row.series_id,
            TreatmentSession.number == row.number,
            TreatmentSession.state == SessionState.PLANNED.value,
            TreatmentSession.planned_on == row.planned_on,
        )
    )
    if found is None:
        return
    there = session_rows.lock(by, TreatmentSession, found)
    amendments.keep_version(there, STANDS_AGAIN, unit, by)
    there.state, there.state_reason = SessionState.VOIDED.value, STANDS_AGAIN
    unit.audit("session.voided", f"session:{there.id}", patient_id=row.patient_id)
    db.session.flush()  # its number is free before the other takes it


def _copy_log(source: TreatmentSession, there: TreatmentSession) -> None:
    """Write the log of a session for another: the same entries, by whom and when they were made."""
    rows = db.session.scalars(
        select(SessionEntry)
        .where(SessionEntry.session_id == source.id)
        .order_by(SessionEntry.sequence)
    ).all()
    taken = len(_entries_of(there))
    if taken:
        message = "That session has a log of its own. Choose another, or an extra one."
        raise InvalidError([Problem("", message)])
    names = [column.name for column in SessionEntry.__table__.columns]
    changed = {"session_id": there.id, "patient_id": there.patient_id}
    copies = [
        {name: getattr(row, name) for name in names} | changed | {"id": new_id()} for row in rows
    ]
    if copies:
        db.session.flush()
        db.session.execute(insert(SessionEntry), copies)
        sealing.touch(SessionEntry, [copy["id"] for copy in copies])


def _entries_of(row: TreatmentSession) -> Sequence[int]:
    query = select(SessionEntry.id).where(SessionEntry.session_id == row.id).limit(1)
    return db.session.scalars(query).all()


def _refuse_stale(row: TreatmentSession, version: int) -> None:
    if row.version != version:
        raise StaleError(row.version)


def _refuse_second_record(row: TreatmentSession, state: str) -> None:
    """Refuse that one sitting stands twice, or that two go on at once without a word."""
    alike = _sitting(row.id) - {row.id}
    if db.session.scalar(
        select(TreatmentSession.id).where(TreatmentSession.id.in_(alike), STANDS).limit(1)
    ):
        message = "This sitting stands in another record. Strike that record out first."
        raise InvalidError([Problem("", message)])
    going_on = select(TreatmentSession.id).where(
        TreatmentSession.patient_id == row.patient_id,
        TreatmentSession.state == SessionState.UNDER_WAY.value,
    )
    if state == SessionState.UNDER_WAY.value and db.session.scalar(going_on.limit(1)):
        message = "Another session of this patient is under way. End that one first."
        raise InvalidError([Problem("", message)])


def _sitting(session_id: int) -> set[int]:
    """Find the records of one sitting: where it was moved to and came from, however often."""
    found: set[int] = set()
    fresh = {session_id}
    while fresh:
        found |= fresh
        links = db.session.execute(
            select(TreatmentSession.id, TreatmentSession.moved_from_id).where(
                TreatmentSession.moved_from_id.is_not(None),
                or_(TreatmentSession.id.in_(fresh), TreatmentSession.moved_from_id.in_(fresh)),
            )
        )
        fresh = {one for link in links for one in link} - found
    return found


def _hold_all_of_sitting(by: Actor, session_id: int) -> TreatmentSession:
    """Hold a session with the series of every record of its sitting, in the order of their ids."""
    fetch(by, TreatmentSession, session_id)
    series = select(TreatmentSession.series_id).where(TreatmentSession.id.in_(_sitting(session_id)))
    for key in sorted(set(db.session.scalars(series))):
        session_rows.lock(by, Series, key)
    return session_rows.lock(by, TreatmentSession, session_id)


def _state_before(row: TreatmentSession) -> str:
    """Say in which state a session was struck out: held, or still under way."""
    last = db.session.scalar(
        select(SessionVersion.content).where(
            SessionVersion.session_id == row.id, SessionVersion.version == row.version - 1
        )
    )
    return str(last["state"]) if last else SessionState.COMPLETED.value


def _free_number(row: TreatmentSession) -> int:
    taken = set(
        db.session.scalars(
            select(TreatmentSession.number).where(
                TreatmentSession.series_id == row.series_id, STANDS, TreatmentSession.id != row.id
            )
        )
    )
    return row.number if row.number not in taken else max(taken) + 1
