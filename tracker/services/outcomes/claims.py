"""What patients have read, each beside what was counted of the clinic's own."""

from datetime import date
from typing import cast

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, and_, case, func, or_, select, true

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import Indication, Occasion
from tracker.domain.outcomes.claims import HOURS_MAX, SCALES, Claim, ClaimCounts, claims
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.figures import Rate
from tracker.domain.outcomes.proportion import Proportion
from tracker.domain.outcomes.selection import ALL, FailedTrials
from tracker.domain.outcomes.strata import StratumCounts
from tracker.models.assessments import Assessment
from tracker.models.database import plain_rows
from tracker.models.outcomes import CourseOutcomeRow
from tracker.services import clock
from tracker.services.outcomes import keeping, selection, strata
from tracker.services.outcomes.keeping import Basis
from tracker.services.outcomes.safety import sessions
from tracker.services.outcomes.safety.period import HELD, SafetySelection, period, sessions_of
from tracker.services.unit_of_work import audit

MOOD = "mood-nrs"
DEPRESSION = SCALES[Indication.DEPRESSION][0]
_ROWS = cast("Table", CourseOutcomeRow.__table__).c
_SCORES = cast("Table", Assessment.__table__).c
# Before any session, so that all that were ever held are counted.
EVER = date(1900, 1, 1)


class ClaimReport(Struct, frozen=True, kw_only=True):
    """The claims, as of a day in the clinic; none while the courses are not counted yet."""

    claims: tuple[Claim, ...]
    definitions: OutcomeDefinitions
    today: date


def show(*, by: Actor) -> ClaimReport:
    """Work the answers out for a page, and leave a line that they were seen."""
    found = report(by=by)
    audit(by, "outcomes.viewed", "outcomes:claims")
    return found


def report(*, by: Actor) -> ClaimReport:
    """Work out what was counted for each claim."""
    authorize(by, Permission.OUTCOMES_VIEW, Subject(by.clinic_id))
    basis = keeping.of_clinic(by.clinic_id)
    today = clock.today(basis.zone)
    found: tuple[Claim, ...] = ()
    if keeping.is_counted(basis):
        found = claims(_counts(basis, today), basis.definitions)
    return ClaimReport(claims=found, definitions=basis.definitions, today=today)


def _counts(basis: Basis, today: date) -> ClaimCounts:
    asked = period(SafetySelection(since=EVER), today, basis.zone, usual_months=1)
    which = sessions_of(basis.clinic_id, SafetySelection(), asked)
    ever: dict[str, int] = {}
    for month in sessions.by_month(which, asked).values():
        ever = {name: ever.get(name, 0) + n for name, n in month.items()}
    people = sessions.people(which)
    by_indication, tried = _rates(basis, today)
    any_effect = sum(ever.get(name, 0) for name in ("mild", "moderate", "severe"))
    known = ever.get("leaving_known", 0)
    return ClaimCounts(
        higher=_higher(which, people["sessions"]),
        sustained=_count_sustained(basis),
        tried=tried,
        by_indication=by_indication,
        mild=Proportion(ever.get("mild", 0), any_effect),
        gone=Proportion(known - ever.get("unresolved", 0), known),
        effect_people=people["effects_asked"],
        leaving_people=people["leaving_known"],
    )


def _higher(which: ColumnElement[bool], in_all: int) -> Rate:
    """Count whose mood was higher in the hours after their first session than before it.

    Of several answers of those hours the last one counts.
    """
    order = (HELD.started_at, HELD.id)
    first = select(
        HELD.id, HELD.mood_before,
        func.row_number().over(partition_by=HELD.patient_id, order_by=order).label("place"),
    ).where(which).subquery().c  # fmt: skip
    late = (_SCORES.hours_after.desc(), _SCORES.id)
    answer = select(
        _SCORES.session_id, _SCORES.total,
        func.row_number().over(partition_by=_SCORES.session_id, order_by=late).label("place"),
    ).where(
        _SCORES.session_id.in_(select(first.id).where(first.place == 1)),
        _SCORES.instrument == MOOD,
        _SCORES.occasion == Occasion.HOURS_AFTER.value,
        _SCORES.hours_after <= HOURS_MAX,
        _SCORES.total.is_not(None),
        _SCORES.voided_at.is_(None),
    ).subquery().c  # fmt: skip
    higher = func.sum(case((answer.total > first.mood_before, 1), else_=0))
    query = select(higher, func.count()).where(
        first.place == 1,
        answer.place == 1,
        answer.session_id == first.id,
        first.mood_before.is_not(None),
    )
    count, of = plain_rows(query).one()
    return Rate(Proportion(int(count or 0), of), Proportion(int(count or 0), in_all))


def _count_sustained(basis: Basis) -> Rate:
    kept, days = _ROWS.kept_days, basis.definitions.sustained_days
    known = or_(kept >= days, and_(kept.is_not(None), _ROWS.is_lost == true()))
    query = select(
        *(func.sum(case((one, 1), else_=0)) for one in (kept >= days, known, kept.is_not(None)))
    )
    rows = selection.rows_of(basis.clinic_id, DEPRESSION, ALL, basis.definitions)
    count, of, in_all = (int(one or 0) for one in plain_rows(query.where(rows)).one())
    return Rate(Proportion(count, of), Proportion(count, in_all))


def _rates(basis: Basis, today: date) -> tuple[dict[Indication, Rate], Rate]:
    """Count the responses for each indication on its scale, and of those who had tried others."""
    of_scale = or_(
        *(
            and_(_ROWS.instrument == code, _ROWS.indication == one.value)
            for one, (code, _name) in SCALES.items()
        )
    )
    depressed = and_(_ROWS.instrument == DEPRESSION, selection.of_tried(FailedTrials.TWO))
    ours = and_(_ROWS.clinic_id == basis.clinic_id, _ROWS.is_made_for == true())
    columns = tuple(strata.columns(today))
    by_indication = select(_ROWS.indication, *columns).where(ours, of_scale)
    counts = {
        Indication(row[0]): strata.counts_of(row[1:])
        for row in plain_rows(by_indication.group_by(_ROWS.indication))
    }
    tried = strata.counts_of(plain_rows(select(*columns).where(ours, depressed)).one())
    told = {one: counts.get(one, StratumCounts()).rate("response") for one in SCALES}
    return told, tried.rate("response")
