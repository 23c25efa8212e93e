"""Counts of sessions by their blood pressures: of the record, and read at the chair."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, case, func, literal, or_, select, union_all

from tracker.domain.codes import BeforeOrAfter
from tracker.domain.live.entries import EntryKind, Reading
from tracker.domain.outcomes.safety import pressure
from tracker.domain.outcomes.safety.counts import PRESSURES
from tracker.domain.outcomes.safety.pressure import Pressure, PressureLimits
from tracker.models.database import plain_rows
from tracker.models.treatment_sessions import Reading as SummaryReading
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.outcomes.safety import log
from tracker.services.outcomes.safety.log import ENTRIES, Logs
from tracker.services.outcomes.safety.period import HELD, Period

_SUMMARIES = cast("Table", SummaryReading.__table__)
_SESSIONS = cast("Table", TreatmentSession.__table__)
_BEFORE = BeforeOrAfter.BEFORE.value


def by_month(
    which: ColumnElement[bool], asked: Period, limits: PressureLimits, apart: Logs
) -> dict[int, dict[str, int]]:
    """Count sessions by the number of their month; those `apart` are judged one by one."""
    per = _by_session(which, asked.month_of(HELD.started_at), apart).subquery().c
    told = _conditions(per, limits)
    sums = [func.sum(case((told[name], 1), else_=0)) for name in PRESSURES]
    found = {
        row[0]: dict(zip(PRESSURES, map(int, row[1:]), strict=True))
        for row in plain_rows(select(per.month, *sums).group_by(per.month))
    }
    for _session_id, month, one in _read(asked, limits, apart):
        before = found.get(month, dict.fromkeys(PRESSURES, 0))
        found[month] = {name: before[name] + one[name] for name in PRESSURES}
    return found


def sessions(
    name: str,
    which: ColumnElement[bool],
    asked: Period,
    limits: PressureLimits,
    apart: Logs,
) -> list[int]:
    """Name the sessions of a count."""
    per = _by_session(which, asked.month_of(HELD.started_at), apart).subquery().c
    found = plain_rows(select(per.id).where(_conditions(per, limits)[name])).scalars()
    return [*found, *(one for one, _month, told in _read(asked, limits, apart) if told[name])]


def people(
    which: ColumnElement[bool], asked: Period, limits: PressureLimits, apart: Logs
) -> dict[str, int]:
    """Count whose sessions were measured, before and after the start."""
    per = _by_session(which, HELD.patient_id, apart).subquery().c
    told = _conditions(per, limits)
    names = [name for name in PRESSURES if name.endswith("measured")]
    columns = [func.count(case((told[name], per.month)).distinct()) for name in names]
    found = dict(zip(names, plain_rows(select(*columns)).one(), strict=True))
    whose = _patients(apart)
    for name in names if apart else ():
        mine = {whose[one] for one, _month, is_in in _read(asked, limits, apart) if is_in[name]}
        counted = select(per.month).where(told[name], per.month.in_(sorted(mine)))
        found[name] += len(mine - set(plain_rows(counted).scalars()))
    return found


def _patients(apart: Logs) -> dict[int, int]:
    if not apart:
        return {}
    query = select(HELD.id, HELD.patient_id).where(HELD.id.in_(sorted(apart)))
    return {row[0]: row[1] for row in plain_rows(query)}


def _by_session(
    which: ColumnElement[bool], month: ColumnElement[Any], apart: Logs
) -> Select[*tuple[Any, ...]]:
    """Give the ends of each session's pressures, before the start and after it."""
    of_record = (
        select(
            HELD.id, month.label("month"),
            case((_SUMMARIES.c.moment == _BEFORE, 1), else_=0).label("early"),
            _SUMMARIES.c.systolic_mmhg.label("high"), _SUMMARIES.c.diastolic_mmhg.label("low"),
        )
        .select_from(_SESSIONS.join(_SUMMARIES, _SUMMARIES.c.session_id == HELD.id))
        .where(which)
    )  # fmt: skip
    at_chair = (
        select(
            HELD.id, month.label("month"),
            case((ENTRIES.c.at <= HELD.started_at, 1), else_=0).label("early"),
            log.number("systolic_mmhg").label("high"), log.number("diastolic_mmhg").label("low"),
        )
        .select_from(_SESSIONS.join(ENTRIES, ENTRIES.c.session_id == HELD.id))
        .where(which, log.holds(EntryKind.READING, apart))
    )  # fmt: skip
    if apart:
        of_record = of_record.where(HELD.id.not_in(sorted(apart)))
    seen = union_all(of_record, at_chair).subquery().c
    return select(seen.id, seen.month, *_ends(seen)).group_by(seen.id, seen.month)


def _ends(seen: Any) -> Iterator[ColumnElement[Any]]:
    for side, early in (("before", 1), ("after", 0)):
        for name in ("high", "low"):
            value = case((seen.early == early, seen[name]))
            yield func.max(value).label(f"{side}_{name}_max")
            yield func.min(value).label(f"{side}_{name}_min")


def _conditions(per: Any, limits: PressureLimits) -> Mapping[str, ColumnElement[bool]]:
    """Say of each count which sessions belong to it: the same as `pressure.judge` says of one."""

    def is_measured(side: str) -> ColumnElement[bool]:
        return or_(per[f"{side}_high_max"].is_not(None), per[f"{side}_low_max"].is_not(None))

    def above(side: str, which: str) -> ColumnElement[bool]:
        systolic, diastolic = getattr(limits, which)
        return or_(
            per[f"{side}_high_max"] > literal(systolic.value),
            per[f"{side}_low_max"] > literal(diastolic.value),
        )

    systolic, diastolic = limits.low
    return {
        "before_measured": is_measured("before"),
        "before_raised": above("before", "raised"),
        "after_measured": is_measured("after"),
        "after_raised": above("after", "raised"),
        "after_severe": above("after", "severe"),
        "after_low": or_(
            per.after_high_min < literal(systolic.value),
            per.after_low_min < literal(diastolic.value),
        ),
    }


def _read(
    asked: Period, limits: PressureLimits, apart: Logs
) -> Iterator[tuple[int, int, dict[str, int]]]:
    """Judge the sessions whose logs were read, each with the pressures of its record."""
    if not apart:
        return
    month = asked.month_of(HELD.started_at)
    columns = (_SUMMARIES.c.moment, _SUMMARIES.c.systolic_mmhg, _SUMMARIES.c.diastolic_mmhg)
    query = (
        select(HELD.id, month.label("month"), HELD.started_at, *columns)
        .select_from(_SESSIONS.outerjoin(_SUMMARIES, _SUMMARIES.c.session_id == HELD.id))
        .where(HELD.id.in_(sorted(apart)))
    )
    months: dict[int, int] = {}
    sides: dict[int, tuple[list[Pressure], list[Pressure]]] = {}
    for row in plain_rows(query):
        if row.id not in sides:
            months[row.id], sides[row.id] = row.month, ([], [])
            for entry in apart[row.id]:
                if isinstance(entry.content, Reading):
                    one = entry.content.systolic_mmhg, entry.content.diastolic_mmhg
                    sides[row.id][entry.at > row.started_at].append(one)
        if row.moment is not None:
            one = row.systolic_mmhg, row.diastolic_mmhg
            sides[row.id][row.moment != _BEFORE].append(one)
    for session_id, (before, after) in sides.items():
        yield session_id, months[session_id], pressure.judge(before, after, limits)
