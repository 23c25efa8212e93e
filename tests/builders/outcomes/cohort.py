"""Courses of many patients whose truth is known, stored row by row, and counted by plain SQL.

Sessions are at three in the afternoon and scores at noon of UTC, so that days are those of the
clinic in any zone from America to Europe.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import insert, text

from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.database import new_id
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession

BATCH = 1_000
FIRST_DAY = date(2022, 1, 3)
MINIMUM, MAXIMUM = 0, 27


@dataclass(frozen=True)
class Truth:
    """How courses run: a fall of the mean total, and its spread between people."""

    baseline: float = 17.0
    baseline_sd: float = 4.0
    fall: float = 8.0
    fall_sd: float = 5.0
    measured: float = 0.85  # the share of scores that were taken
    again: float = 0.2  # the share of people who have a second course


def fill(clinic_id: int, patients: int, *, seed: int = 1, truth: Truth = Truth()) -> None:
    """Store so many patients with a course or two each, without the session and its seals."""
    random = Random(seed)
    with db.engine.begin() as connection:
        for start in range(0, patients, BATCH):
            rows: dict[type, list[dict[str, Any]]] = {
                kind: [] for kind in (Patient, Series, TreatmentSession, Assessment)
            }
            for number in range(start + 1, min(start + BATCH, patients) + 1):
                _patient(rows, random, clinic_id, number, truth)
            for kind, values in rows.items():
                connection.execute(insert(kind), values)
        connection.execute(text("ANALYZE"))


def _patient(rows, random: Random, clinic_id: int, number: int, truth: Truth) -> None:
    patient_id = new_id()
    rows[Patient].append(
        {
            "id": patient_id, "clinic_id": clinic_id, "record_number": f"C-{number:06}",
            "given_name": "Ada", "family_name": f"Cohort {number}", "sex": "female",
            "indications": [], "birth_date": date(1980, 1, 1), "name_key": f"cohort {number:06}",
            "created_at": datetime(2022, 1, 1, tzinfo=UTC),
        }
    )  # fmt: skip
    first = FIRST_DAY + timedelta(days=random.randrange(1_200))
    for course in range(1 + (random.random() < truth.again)):
        _course(rows, random, (clinic_id, patient_id, course + 1), first, truth)
        first += timedelta(days=random.randrange(120, 300))


def _course(rows, random: Random, whose: tuple[int, int, int], first: date, truth: Truth) -> None:
    clinic_id, patient_id, number = whose
    series_id, doses = new_id(), random.choice((1, 2, 4, 6, 6, 6, 8))
    last = first + timedelta(days=3 * (doses - 1))
    rows[Series].append(
        {
            "id": series_id, "clinic_id": clinic_id, "patient_id": patient_id, "number": number,
            "indication": "depression", "drug": "ketamine",
            "route": random.choice(("iv", "iv", "im")), "phase": "induction",
            "template": "custom", "starts_on": first, "planned_dose_mg": 36,
            "state": random.choice(("completed", "completed", "stopped")),
            "created_at": datetime(2022, 1, 1, tzinfo=UTC),
        }
    )  # fmt: skip
    for dose in range(doses):
        on = first + timedelta(days=3 * dose)
        rows[TreatmentSession].append(
            {
                "clinic_id": clinic_id, "patient_id": patient_id, "series_id": series_id,
                "number": dose + 1, "state": "completed", "planned_on": on,
                "started_at": datetime(on.year, on.month, on.day, 15, tzinfo=UTC),
                "drug": "ketamine", "route": rows[Series][-1]["route"], "dose_mg": 36,
                "weight_kg": 72, "dose_mg_per_kg": Decimal("0.5"),
            }
        )  # fmt: skip
    for on, total in _scores(random, first, last, truth):
        rows[Assessment].append(
            {
                "clinic_id": clinic_id, "patient_id": patient_id, "series_id": series_id,
                "instrument": "phq9", "instrument_version": "1", "total": total,
                "taken_at": datetime(on.year, on.month, on.day, 12, tzinfo=UTC),
                "occasion": "weekly", "recorded_by": "Anna",
                "recorded_at": datetime(on.year, on.month, on.day, 13, tzinfo=UTC),
            }
        )  # fmt: skip


def _scores(random: Random, first: date, last: date, truth: Truth) -> Iterator[tuple[date, int]]:
    """Draw the totals of a course: before it, and some weeks after its last dose."""
    start = random.gauss(truth.baseline, truth.baseline_sd)
    fall = random.gauss(truth.fall, truth.fall_sd)
    for before in (25, 10, 1):  # the first is too old to be a baseline
        if random.random() < truth.measured:
            yield first - timedelta(days=before), _whole(start)
    for after in range(7, 78, 7):
        fading = 1 - max(0, after - 28) / 100
        if random.random() < truth.measured * (1 - after / 150):
            on = last + timedelta(days=after + random.choice((-2, 0, 3)))
            yield on, _whole(start - fall * fading)


def _whole(total: float) -> int:
    return max(MINIMUM, min(MAXIMUM, round(total)))


# The same figures straight from what is recorded, in SQLite's own words. Each series is a course:
# every one is an induction. Nothing of ours is used.
BY_WINDOWS = """
WITH course AS (
  SELECT series_id, patient_id, min(started_at) AS first_at,
         julianday(date(min(started_at))) AS first_day, julianday(date(max(started_at))) AS last_day
  FROM treatment_session WHERE clinic_id = :clinic_id GROUP BY series_id
), basis AS (
  SELECT series_id, total, taken_at FROM (
    SELECT c.series_id, a.total, a.taken_at,
           row_number() OVER (PARTITION BY c.series_id ORDER BY a.taken_at DESC) AS place
    FROM course c JOIN assessment a ON a.patient_id = c.patient_id AND a.instrument = 'phq9'
    WHERE a.taken_at <= c.first_at AND c.first_day - julianday(date(a.taken_at)) <= 14
  ) WHERE place = 1
), ended AS (
  SELECT c.*, lead(coalesce(b.taken_at, c.first_at))
         OVER (PARTITION BY c.patient_id ORDER BY c.first_at) AS until
  FROM course c LEFT JOIN basis b USING (series_id)
), outcome AS (
  SELECT series_id, total FROM (
    SELECT e.series_id, a.total,
           row_number() OVER (
             PARTITION BY e.series_id
             ORDER BY abs(julianday(date(a.taken_at)) - e.last_day - 14), a.taken_at
           ) AS place
    FROM ended e JOIN assessment a ON a.patient_id = e.patient_id AND a.instrument = 'phq9'
    WHERE julianday(date(a.taken_at)) - e.last_day BETWEEN 14 AND 31
      AND (e.until IS NULL OR a.taken_at < e.until)
  ) WHERE place = 1
)
SELECT count(*) AS treated,
       count(b.total) AS with_baseline,
       sum(b.total >= 10) AS entered,
       sum(b.total >= 10 AND o.total IS NOT NULL) AS observed,
       sum(b.total >= 10 AND 2 * o.total <= b.total) AS response,
       sum(b.total >= 10 AND o.total <= 4) AS remission,
       sum(b.total IS NOT NULL AND o.total IS NOT NULL) AS pairs,
       sum(o.total - b.total >= 7) AS worse,
       avg(CASE WHEN b.total >= 10 THEN o.total - b.total END) AS change
FROM course LEFT JOIN basis b USING (series_id) LEFT JOIN outcome o USING (series_id)
"""


def by_windows(clinic_id: int) -> dict[str, Any]:
    """Count by window functions over the raw scores."""
    row = db.session.execute(text(BY_WINDOWS), {"clinic_id": clinic_id}).one()
    return dict(row._mapping)
