"""Whom a clinic may have lost from view, from the rows of outcomes of their newest courses."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from msgspec import Struct
from sqlalchemy import Select, Table, and_, func, or_, select, true

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import SessionState
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.course_outcome import NO_SCALE
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.needs import lists
from tracker.domain.outcomes.needs.lists import SILENT_DAYS, NeedLine, NeedLines, NeedList
from tracker.domain.outcomes.selection import ALL
from tracker.domain.scores.interpretation import response_at
from tracker.domain.scores.points import ScorePoint
from tracker.models.database import plain_rows
from tracker.models.outcomes import CourseOutcomeRow
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.outcomes import keeping
from tracker.services.outcomes import queries as outcome_queries
from tracker.services.outcomes.keeping import Basis
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit

SHOWN_MAX = 50  # of each list
_TABLE = cast("Table", CourseOutcomeRow.__table__)
_COURSES, _SCORED, _LATER = _TABLE.alias("treated"), _TABLE.alias("scored"), _TABLE.alias("later")
_PATIENTS = cast("Table", Patient.__table__).c
_SESSIONS = cast("Table", TreatmentSession.__table__).c


class NeedsView(Struct, frozen=True, kw_only=True):
    """Every list on one scale, as of a day in the clinic; None while nothing is counted."""

    scale: Instrument
    scales: tuple[Instrument, ...]
    definitions: OutcomeDefinitions
    today: date
    found: Mapping[NeedList, NeedLines] | None


def find(code: str, *, by: Actor) -> NeedsView:
    """Find who is on each list. The line that it leaves names everybody whom it shows."""
    authorize(by, Permission.PATIENT_LIST, Subject(by.clinic_id))
    basis = keeping.of_clinic(by.clinic_id)
    scale, today = outcome_queries.scale_of(basis, code), clock.today(basis.zone)
    found = None
    if keeping.is_counted(basis):
        rows = {one: _rows(one, basis, scale, today) for one in NeedList}
        ids = {one: {row.patient_id for row in some} for one, some in rows.items()}
        shown = {one: some[:SHOWN_MAX] for one, some in rows.items()}
        named = {row.patient_id for some in shown.values() for row in some}
        planned = _next_sessions(named, today)
        found = {
            one: NeedLines(
                tuple(
                    _line(
                        row,
                        one,
                        basis.definitions,
                        next_session_on=planned.get(row.patient_id),
                        also=lists.other_lists(ids, row.patient_id, one),
                    )
                    for row in some
                ),
                len(rows[one]),
            )
            for one, some in shown.items()
        }
        audit(by, "outcomes.listed", f"outcomes:{code}", patients=named, detail="needs")
    return NeedsView(
        scale=scale, scales=basis.scales, definitions=basis.definitions, today=today, found=found
    )


def _rows(one: NeedList, basis: Basis, scale: Instrument, today: date) -> Sequence[Any]:
    """Read a list whole, the latest first: the newest courses of patients who are still here."""
    query = _newest(basis, scale)
    used = basis.definitions
    match one:
        case NeedList.SILENT:
            first = today - timedelta(days=used.window_until_days + SILENT_DAYS)
            last = today - timedelta(days=used.window_from_days)
            query = query.where(
                _COURSES.c.induction_ended_on.between(first, last),
                _SCORED.c.baseline.is_not(None),
                _SCORED.c.outcome.is_(None),
            )
        case NeedList.LOST:
            query = query.where(_SCORED.c.is_lost == true())
        case NeedList.WORSE:
            query = query.where(_SCORED.c.is_worse == true())
        case NeedList.NO_BASELINE:
            query = query.where(_SCORED.c.baseline.is_(None))
    found = list(plain_rows(query))
    if one is NeedList.LOST:
        found = [
            row
            for row in found
            if row.last_dose_on < _lost_on(row) and not _is_in_response(row, scale)
        ]
    return found


def _newest(basis: Basis, scale: Instrument) -> Select[Any]:
    """Select the newest course of each patient, where it treats what the scale is made for."""
    later = (
        select(_LATER.c.patient_id)
        .where(
            _LATER.c.patient_id == _COURSES.c.patient_id,
            _LATER.c.course_number > _COURSES.c.course_number,
            _LATER.c.instrument == NO_SCALE,
        )
        .exists()
    )
    treats = [one.value for one in outcome_queries.indications(scale, ALL) if one is not None]
    same = and_(
        _SCORED.c.patient_id == _COURSES.c.patient_id,
        _SCORED.c.course_number == _COURSES.c.course_number,
        _SCORED.c.instrument == scale.code,
    )
    return (
        select(
            _COURSES.c.patient_id, _COURSES.c.course_number, _COURSES.c.first_dose_on,
            _COURSES.c.last_dose_on, _COURSES.c.induction_ended_on, _SCORED.c.baseline,
            _SCORED.c.outcome, _SCORED.c.outcome_on, _SCORED.c.response_day,
            _SCORED.c.kept_days, _SCORED.c.by_session, _PATIENTS.record_number,
            _PATIENTS.given_name, _PATIENTS.family_name,
        )
        .select_from(_COURSES)
        .join(Patient.__table__, _PATIENTS.id == _COURSES.c.patient_id)
        .outerjoin(_SCORED, same)
        .where(
            _COURSES.c.clinic_id == basis.clinic_id,
            _COURSES.c.instrument == NO_SCALE,
            or_(_COURSES.c.indication.in_(treats), _COURSES.c.indication.is_(None)),
            _PATIENTS.archived_at.is_(None),
            _PATIENTS.merged_into_id.is_(None),
            ~later,
        )
        .order_by(_COURSES.c.last_dose_on.desc(), _COURSES.c.patient_id)
    )  # fmt: skip


def _is_in_response(row: Any, scale: Instrument) -> bool:
    """Say whether the last total of a course is in response: it may have come back by itself."""
    start = ScorePoint(instrument=scale.code, total=row.baseline, at=clock.now())
    level, last = response_at(scale, start), Decimal(row.by_session[-1][1])
    if level is None:
        return False
    return last <= level if scale.higher_is_worse else last >= level


def _lost_on(row: Any) -> date:
    return cast("date", row.first_dose_on + timedelta(days=row.response_day + row.kept_days))


def _line(row: Any, one: NeedList, used: OutcomeDefinitions, **known: Any) -> NeedLine:
    """Make a line of a row, with what else is `known`."""
    since, until = row.first_dose_on, None
    if one is NeedList.SILENT:
        ended = row.induction_ended_on
        since = ended + timedelta(days=used.window_from_days)
        until = ended + timedelta(days=used.window_until_days)
    elif one is NeedList.LOST:
        since = _lost_on(row)
    elif one is NeedList.WORSE:
        since = row.outcome_on
    return from_row(
        NeedLine, row, name=f"{row.given_name} {row.family_name}", since=since, until=until, **known
    )


def _next_sessions(patient_ids: set[int], today: date) -> dict[int, date]:
    """Find the next session that is planned of each patient."""
    query = (
        select(_SESSIONS.patient_id, func.min(_SESSIONS.planned_on))
        .where(
            _SESSIONS.patient_id.in_(sorted(patient_ids)),
            _SESSIONS.state == SessionState.PLANNED.value,
            _SESSIONS.planned_on >= today,
        )
        .group_by(_SESSIONS.patient_id)
    )
    return dict(tuple(row) for row in plain_rows(query)) if patient_ids else {}
