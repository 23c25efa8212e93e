"""Move the sessions of a series that are still to come to other weekdays, a time and a chair."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import bindparam, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.formatting import full_day
from tracker.domain.problems import InvalidError, Problem
from tracker.domain.series import placing, rescheduling
from tracker.domain.series.rescheduling import Move, SeriesPattern
from tracker.models.database import db
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import SessionVersion, TreatmentSession
from tracker.services.calendar import queries as calendar_queries
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.clinic import clinics
from tracker.services.clinic import planning as planning_settings
from tracker.services.sessions import amendments
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import planning as session_planning
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import unit_of_work

_WHY = "Weekdays, time or chair of the series were changed."
_TO_COME = (
    select(TreatmentSession)
    .where(
        TreatmentSession.series_id == bindparam("series_id"),
        TreatmentSession.state == SessionState.PLANNED.value,
        TreatmentSession.planned_on >= bindparam("today"),
    )
    .order_by(TreatmentSession.planned_on, TreatmentSession.number)
)
_VERSIONS = (
    select(SessionVersion.session_id, SessionVersion.content, SessionVersion.reason)
    .join(TreatmentSession, TreatmentSession.id == SessionVersion.session_id)
    .where(
        TreatmentSession.series_id == bindparam("series_id"),
        SessionVersion.reason.in_([session_planning.WHY, _WHY]),
    )
    .order_by(SessionVersion.session_id, SessionVersion.version)
)


class Proposal(Struct, frozen=True):
    """What would be moved where, and by session what stands in its way."""

    moves: tuple[Move, ...]
    conflicts: Mapping[int, tuple[str, ...]] = {}

    @property
    def signature(self) -> str:
        """Name what was shown, so that nothing else is done."""
        return " ".join(
            f"{one.session_id}:{one.day} {one.planned_time} {one.chair}>{one.to or '-'}"
            for one in self.moves
        )


def pattern_of(series_id: int, *, by: Actor) -> SeriesPattern:
    """Read when and where a series takes place, to be changed."""
    row = fetch(by, Series, series_id)
    authorize(by, Permission.SERIES_EDIT, subject(row))
    return SeriesPattern(
        weekdays=tuple(row.weekdays), planned_time=row.planned_time, chair=row.chair
    )


def propose(
    series_id: int, pattern: SeriesPattern, chosen: Collection[int] | None, *, by: Actor
) -> Proposal:
    """Say to which day each session would go; `chosen` are those to move, None leaves it open.

    Left open, all go but those that were moved by hand.
    """
    row = fetch(by, Series, series_id)
    authorize(by, Permission.SERIES_EDIT, subject(row))
    moves = _moves(row, _to_come(row), pattern, chosen)
    places = {
        one.session_id: (one.to, pattern.planned_time, pattern.chair) for one in moves if one.to
    }
    conflicts = calendar_queries.conflicts_of_places(
        row.patient_id, Drug(row.drug), Route(row.route), places, by=by
    )
    return Proposal(tuple(moves), conflicts)


def move(
    series_id: int,
    pattern: SeriesPattern,
    chosen: Collection[int],
    shown: str,
    *,
    by: Actor,
    once: str = "",
) -> int:
    """Move the chosen sessions of a series as was `shown`, and return its id.

    Raises InvalidError where what was shown is no longer what would be done.
    """
    authorize(by, Permission.SERIES_EDIT, subject(fetch(by, Series, series_id)))
    with unit_of_work(by) as unit:
        series = session_rows.lock(by, Series, series_id)
        unit.once(once)
        session_rows.lock_patient(by, series.patient_id)
        life_steps.refuse_ended(series)
        held = _to_come(series, hold=True)
        moves = _moves(series, held, pattern, chosen)
        if problems := _problems(series, held, moves, pattern, shown, by):
            raise InvalidError(problems)
        days = {one.session_id: one.to for one in moves if one.to}
        changes = {one.session_id: one.changes for one in moves}
        for row in held:
            if row.id in days and changes[row.id]:
                amendments.keep_version(row, _WHY, unit, by)
                row.planned_on = days[row.id]
                row.planned_time, row.chair = pattern.planned_time, pattern.chair
        changed = [
            name for name in SeriesPattern.__struct_fields__ if _differs(series, pattern, name)
        ]
        series.weekdays = list(pattern.weekdays)
        series.planned_time, series.chair = pattern.planned_time, pattern.chair
        count = sum(changes[session_id] for session_id in days)
        detail = " ".join([*changed, f"{count} sessions"])
        about = f"series:{series_id}"
        unit.audit("series.moved", about, patient_id=series.patient_id, detail=detail)
        sync_check_ins(unit, by, series_id)
        unit.mark_saved(once, series_id)
    return series_id


def _differs(series: Series, pattern: SeriesPattern, name: str) -> bool:
    before = getattr(series, name)
    return bool((tuple(before) if name == "weekdays" else before) != getattr(pattern, name))


def _problems(
    series: Series,
    held: Sequence[TreatmentSession],
    moves: Sequence[Move],
    pattern: SeriesPattern,
    shown: str,
    by: Actor,
) -> list[Problem]:
    chairs = planning_settings.of_clinic(by.clinic_id).chairs
    problems = rescheduling.check(pattern, chairs, {series.chair, *(row.chair for row in held)})
    days = sorted(one.to for one in moves if one.to)
    if not days:
        problems.append(Problem("chosen", "Choose at least one session."))
    elif Proposal(tuple(moves)).signature != shown:
        problems.append(Problem("", "Look at the new days below, then press “Move them” again."))
    for day in {*days[:1], *days[-1:]}:
        problems += life_steps.day_problems(series.id, day, "", by)
    return problems


def _to_come(series: Series, *, hold: bool = False) -> Sequence[TreatmentSession]:
    values = {"series_id": series.id, "today": clinics.today(series.clinic_id)}
    query = _TO_COME
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query, values).all()


def _moves(
    series: Series,
    rows: Sequence[TreatmentSession],
    pattern: SeriesPattern,
    chosen: Collection[int] | None,
) -> list[Move]:
    by_hand = _by_hand(series.id, rows)
    if chosen is None:
        chosen = {row.id for row in rows} - set(by_hand)
    going = [row.planned_on for row in rows if row.id in chosen and row.planned_on]
    staying = {row.planned_on for row in rows if row.id not in chosen}
    closed = planning_settings.of_clinic(series.clinic_id).closed_days | staying
    days = placing.new_days(
        going, pattern.weekdays, {day for day in closed if day}, clinics.today(series.clinic_id)
    )
    to = dict(zip((row.id for row in rows if row.id in chosen), days, strict=True))
    return [
        Move(
            session_id=row.id,
            number=row.number,
            day=row.planned_on,
            planned_time=row.planned_time,
            chair=row.chair,
            to=to.get(row.id),
            changes=(to.get(row.id), pattern.planned_time, pattern.chair)
            != (row.planned_on, row.planned_time, row.chair),
            by_hand=by_hand.get(row.id, ""),
        )
        for row in rows
        if row.planned_on
    ]


def _by_hand(series_id: int, rows: Sequence[TreatmentSession]) -> dict[int, str]:
    """Say of each session that was set by itself what was: its day, or where most others are."""
    usual = Counter((row.planned_time, row.chair) for row in rows).most_common(1)
    found = {
        row.id: "has a time or a chair of its own"
        for row in rows
        if (row.planned_time, row.chair) != usual[0][0]
    }
    days: dict[int, str] = {}
    for version in db.session.execute(_VERSIONS, {"series_id": series_id}):
        if version.reason == _WHY:
            days.pop(version.session_id, None)  # all were moved together since
        else:
            days.setdefault(version.session_id, version.content["planned_on"])
    for row in rows:
        before = date.fromisoformat(days[row.id]) if days.get(row.id) else None
        if before is not None and before != row.planned_on:
            found[row.id] = f"was moved by hand, from {full_day(before)}"
    return found
