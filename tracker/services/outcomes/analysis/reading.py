"""Who is followed, and their scores: of courses by their own rows, of others by raw scores."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select, true

from tracker.domain.codes import Occasion
from tracker.domain.outcomes.analysis import participants as of_participants
from tracker.domain.outcomes.analysis.participants import LaterScore, Participant
from tracker.domain.outcomes.analysis.question import AnalysisQuestion, CountedFrom, Trait
from tracker.domain.outcomes.course_outcome import CourseOutcome
from tracker.domain.outcomes.selection import (
    DOSE_ENDS,
    RESISTANT_FROM,
    DoseBand,
    FailedTrials,
    Selection,
)
from tracker.models.assessments import Assessment
from tracker.models.database import plain_rows
from tracker.models.outcomes import CourseOutcomeRow
from tracker.models.patients import Patient
from tracker.services.outcomes import rows as outcome_rows
from tracker.services.outcomes import selection
from tracker.services.outcomes.keeping import Basis

ROWS_MAX = 10_000  # courses, or people
SCORES_MAX = 100_000
_ROWS = cast("Table", CourseOutcomeRow.__table__)
DAYS_A_WEEK, SECONDS_AN_HOUR = 7, 3_600


class TooManyError(Exception):
    """More are followed than somebody may wait for."""


def read(
    basis: Basis, code: str, chosen: Selection, question: AnalysisQuestion
) -> list[Participant]:
    """Read who is followed on a scale; raise TooManyError."""
    noted = _notes_by_column(basis.clinic_id, question.columns)
    if question.counted_from is CountedFrom.COURSE:
        return _courses(basis, code, chosen, question, noted)
    return _people(basis, code, question, noted)


Noted = Mapping[str, Mapping[int, str]]


def _notes_by_column(clinic_id: int, columns: Iterable[str]) -> Noted:
    """Find what imports kept of columns in the notes, by column and patient."""
    found: dict[str, dict[int, str]] = {}
    for column in columns:
        query = select(Patient.id, Patient.notes).where(
            Patient.clinic_id == clinic_id, Patient.notes.icontains(f"{column}: ", autoescape=True)
        )
        told = ((row.id, _line(row.notes, column)) for row in plain_rows(query.limit(ROWS_MAX + 1)))
        found[column] = {patient_id: text for patient_id, text in told if text}
        _refuse_many(found[column], ROWS_MAX)
    return found


def _line(notes: str, column: str) -> str:
    """Give what stands in the notes after the heading of a column, on the first line of its own."""
    head = f"{column}: ".casefold()
    lines = (line.strip() for line in notes.splitlines())
    return next(
        (line[len(head) :].strip() for line in lines if line.casefold().startswith(head)), ""
    )


def _refuse_many(found: Sequence[Any] | Mapping[Any, Any], most: int) -> None:
    if len(found) > most:
        raise TooManyError


def _courses(
    basis: Basis, code: str, chosen: Selection, question: AnalysisQuestion, noted: Noted
) -> list[Participant]:
    """Read the courses that were ill enough, with the score of each week."""
    wanted = selection.rows_of(basis.clinic_id, code, chosen, basis.definitions)
    query = select(_ROWS).where(wanted, _ROWS.c.is_entered == true()).limit(ROWS_MAX + 1)
    found = plain_rows(query).all()
    _refuse_many(found, ROWS_MAX)
    made = []
    for row in found:
        outcome = outcome_rows.outcome_of(row)
        traits = () if question.trait is None else (_TRAITS[question.trait](outcome),)
        of_columns = tuple(noted[one].get(row.patient_id) for one in question.columns)
        made.append(
            Participant(
                person=row.patient_id,
                groups=(*traits, *of_columns),
                before=outcome.baseline,
                after=outcome.outcome,
                later=tuple(
                    (Decimal(week * DAYS_A_WEEK), total) for week, total in outcome.by_week if week
                ),
            )
        )
    return made


def _dose(outcome: CourseOutcome) -> str:
    mean, (low, high) = outcome.mean_mg_per_kg, DOSE_ENDS
    if mean is None:
        return DoseBand.UNKNOWN.label
    band = DoseBand.BELOW if mean < low else DoseBand.USUAL if mean < high else DoseBand.ABOVE
    return band.label


def _failed_trials(outcome: CourseOutcome) -> str:
    failed = outcome.failed_treatments
    if failed is None:
        return FailedTrials.UNKNOWN.label
    return (FailedTrials.TWO if failed >= RESISTANT_FROM else FailedTrials.FEWER).label


_TRAITS = {
    Trait.ROUTE: lambda one: one.route.label,
    Trait.DRUG: lambda one: one.drug.label,
    Trait.PHASE: lambda one: one.phase.label if one.phase else None,
    Trait.INDICATION: lambda one: one.indication.label if one.indication else None,
    Trait.DOSE: _dose,
    Trait.TRIED: _failed_trials,
}


def _people(basis: Basis, code: str, question: AnalysisQuestion, noted: Noted) -> list[Participant]:
    """Read everybody with a score, or of whom a column is noted, from the first score."""
    query = (
        select(
            Assessment.patient_id, Assessment.taken_at, Assessment.total, Assessment.occasion,
            Assessment.time_known,
        )
        .where(
            Assessment.clinic_id == basis.clinic_id,
            Assessment.instrument == code,
            Assessment.voided_at.is_(None),
            Assessment.total.is_not(None),
        )
        .order_by(Assessment.taken_at, Assessment.id)
        .limit(SCORES_MAX + 1)
    )  # fmt: skip
    rows = plain_rows(query).all()
    _refuse_many(rows, SCORES_MAX)
    of_person: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        of_person[row.patient_id].append(row)
    people = {who for some in noted.values() for who in some} if noted else {*of_person}
    _refuse_many(sorted(people), ROWS_MAX)
    made = []
    for who in sorted(people):
        groups = tuple(noted[one].get(who) for one in question.columns)
        made.append(_person(who, of_person[who], groups, question, basis.zone))
    return made


def _person(
    who: int,
    rows: Sequence[Any],
    groups: tuple[str | None, ...],
    question: AnalysisQuestion,
    zone: ZoneInfo,
) -> Participant:
    start = rows[0] if rows else None
    later = [
        LaterScore(_hours(row, start, zone), row.total, Occasion(row.occasion)) for row in rows[1:]
    ]
    return Participant(
        person=who,
        groups=groups,
        before=None if start is None else start.total,
        after=of_participants.pick(later, question),
        later=of_participants.in_days(later),
    )


def _hours(row: Any, start: Any, zone: ZoneInfo) -> Decimal:
    """Say how many hours after the first score another was taken.

    Where only the day is known, whole days count: no clock was put forward between two of them.
    """
    if row.time_known and start.time_known:
        return Decimal((row.taken_at - start.taken_at).total_seconds()) / SECONDS_AN_HOUR
    days = row.taken_at.astimezone(zone).date() - start.taken_at.astimezone(zone).date()
    return Decimal(days.days * of_participants.HOURS_A_DAY)
