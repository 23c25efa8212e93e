"""People whose truth is known: what becomes of them is drawn, so that figures can be held to it.

Everybody has one dose. Each week they come into response with the same chance, once and for good:
before that their total is the baseline less 0, 1 or 2, from then on half of it less 0, 1 or 2. They
are seen each week until they are seen no more, which has nothing to do with how they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text

from tracker.domain.clinic.course_rules import CourseRules
from tracker.domain.codes import Drug, Indication, Phase, Route, SessionState
from tracker.domain.courses import course as course_rules
from tracker.domain.outcomes.course_outcome import TreatedPerson
from tracker.domain.scores.points import ScorePoint
from tracker.domain.sessions.point import SessionPoint
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.database import new_id
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession

CHANCE = 0.18  # of coming into response in a week
UNSEEN = 0.2  # of being seen in no window
BASELINES = tuple(range(12, 27, 2))
BELOW = (0, 1, 2)
WEEKS_MAX = 16
WINDOW_WEEK = 2  # the score nearest to day 14
FIRST_DAY = date(2023, 1, 9)
BATCH = 1_000


@dataclass(frozen=True)
class Known:
    """One person: the total before, and those of the weeks in which they were seen."""

    first: date
    baseline: int
    totals: tuple[int, ...]


def _mean(values: tuple[int, ...]) -> float:
    return sum(values) / len(values)


def share_in_response(week: int = WINDOW_WEEK) -> float:
    """Give the share that is in response by the end of a week."""
    return 1 - (1 - CHANCE) ** week


def mean_change() -> float:
    """Give the mean change at the window."""
    responding = share_in_response()
    return responding * (-_mean(BASELINES) / 2 - _mean(BELOW)) - (1 - responding) * _mean(BELOW)


def draw(count: int, *, seed: int) -> Iterator[Known]:
    """Draw so many people."""
    random = Random(seed)
    for _ in range(count):
        baseline = random.choice(BASELINES)
        is_unseen = random.random() < UNSEEN
        seen = random.randint(0, 1) if is_unseen else random.randint(4, WEEKS_MAX)
        totals, responds = [], False
        for _week in range(seen):
            responds = responds or random.random() < CHANCE
            totals.append((baseline // 2 if responds else baseline) - random.choice(BELOW))
        first = FIRST_DAY + timedelta(days=random.randrange(700))
        yield Known(first, baseline, tuple(totals))


def scores_of(one: Known) -> Iterator[tuple[date, int]]:
    """Give the days and totals of a person, the baseline on the day before the dose."""
    yield one.first - timedelta(days=1), one.baseline
    for week, total in enumerate(one.totals, 1):
        yield one.first + timedelta(days=7 * week), total


def as_treated(one: Known, zone: ZoneInfo) -> TreatedPerson:
    """Make of one what the program reads of a person, with nothing stored."""
    dose = SessionPoint(
        session_id=1, number=1, at=_at(one.first, 15).astimezone(zone),
        state=SessionState.COMPLETED, drug=Drug.KETAMINE, route=Route.IV, dose_mg=Decimal(36),
        indication=Indication.DEPRESSION, phase=Phase.INDUCTION,
    )  # fmt: skip
    return TreatedPerson(
        courses=course_rules.courses(course_rules.doses([dose]), CourseRules()),
        sessions=[dose],
        scores=[
            ScorePoint(instrument="phq9", total=Decimal(total), at=_at(on, 12).astimezone(zone))
            for on, total in scores_of(one)
        ],
    )


def _at(on: date, hour: int) -> datetime:
    return datetime(on.year, on.month, on.day, hour, tzinfo=UTC)


def store(clinic_id: int, people: list[Known]) -> None:
    """Store them row by row, as what people did would stand there."""
    with db.engine.begin() as connection:
        for start in range(0, len(people), BATCH):
            rows = {kind: [] for kind in (Patient, Series, TreatmentSession, Assessment)}
            for number, one in enumerate(people[start : start + BATCH], start + 1):
                _add(rows, clinic_id, number, one)
            for kind, values in rows.items():
                connection.execute(insert(kind), values)
        connection.execute(text("ANALYZE"))


def _add(rows, clinic_id: int, number: int, one: Known) -> None:
    patient_id, series_id = new_id(), new_id()
    whose = {"clinic_id": clinic_id, "patient_id": patient_id}
    begun = datetime(2022, 12, 1, tzinfo=UTC)
    rows[Patient].append(
        {
            "id": patient_id, "clinic_id": clinic_id, "record_number": f"K-{number:06}",
            "given_name": "Ada", "family_name": f"Known {number}", "sex": "female",
            "indications": [], "birth_date": date(1980, 1, 1), "name_key": f"known {number:06}",
            "created_at": begun,
        }
    )  # fmt: skip
    given = {"drug": "ketamine", "route": "iv"}
    rows[Series].append(
        {
            "id": series_id, "number": 1, "indication": "depression", "phase": "induction",
            "template": "custom", "starts_on": one.first, "planned_dose_mg": 36,
            "state": "completed", "created_at": begun, **whose, **given,
        }
    )  # fmt: skip
    rows[TreatmentSession].append(
        {
            "series_id": series_id, "number": 1, "state": "completed", "planned_on": one.first,
            "started_at": _at(one.first, 15), "dose_mg": 36, **whose, **given,
        }
    )  # fmt: skip
    for on, total in scores_of(one):
        rows[Assessment].append(
            {
                "series_id": series_id, "instrument": "phq9", "instrument_version": "1",
                "total": total, "taken_at": _at(on, 12), "occasion": "weekly",
                "recorded_by": "Anna", "recorded_at": _at(on, 13), **whose,
            }
        )  # fmt: skip
