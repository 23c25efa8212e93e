"""What the clinic has already of what a file speaks of: looked up batch by batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import RowMapping, select

from tracker.domain.access import Actor
from tracker.domain.codes import (
    Completeness,
    CourseRole,
    Drug,
    Indication,
    Mode,
    Occasion,
    Phase,
    Route,
    SeriesState,
    Sex,
)
from tracker.domain.measures import VitalSigns
from tracker.domain.patients.record import PatientRecord
from tracker.domain.scores.record import ScoreRecord
from tracker.domain.series.planned_dose import NOTHING_PLANNED, PlannedDose
from tracker.domain.series.record import SeriesRecord
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.cells.numbers import RoundedNumber
from tracker.exchange.columns import Values
from tracker.models.assessments import Assessment
from tracker.models.database import db, new_id
from tracker.models.patients import Patient
from tracker.models.scoping import visible
from tracker.models.series import Series
from tracker.models.treatment_sessions import STANDS, Reading, TreatmentSession
from tracker.services.sessions import rows as session_rows

KEYS_AT_ONCE = 1_000
Key = TypeVar("Key", int, str)


class KnownPatient(Struct, frozen=True):
    """Who has a record number here."""

    id: int
    given_name: str
    family_name: str
    birth_date: date | None


class KnownSeries(Struct, frozen=True):
    """A series of a known patient."""

    id: int
    number: int
    starts_on: date
    drug: str = ""
    route: str = ""
    planned: PlannedDose = NOTHING_PLANNED


class KnownScore(Struct, frozen=True):
    """A score that is there already; one that was voided stays so."""

    record: ScoreRecord
    is_voided: bool


def pieces(keys: Iterable[Key]) -> Iterator[Sequence[Key]]:
    """Cut distinct keys into lists short enough for one query."""
    distinct = list(dict.fromkeys(keys))
    for start in range(0, len(distinct), KEYS_AT_ONCE):
        yield distinct[start : start + KEYS_AT_ONCE]


def patients(numbers: Iterable[str], *, by: Actor) -> dict[str, KnownPatient]:
    """Find the clinic's patients by record number."""
    query = select(
        Patient.record_number,
        Patient.id,
        Patient.given_name,
        Patient.family_name,
        Patient.birth_date,
    ).where(visible(by, Patient))
    return {
        row[0]: KnownPatient(*row[1:])
        for piece in pieces(numbers)
        for row in db.session.execute(query.where(Patient.record_number.in_(piece)))
    }


def patient_records(
    numbers: Iterable[str], zone: ZoneInfo, *, by: Actor
) -> dict[str, PatientRecord]:
    """Read patients whole, to compare them with what a file says."""
    names = [name for name in PatientRecord.__struct_fields__ if name != "archived_on"]
    query = select(*(getattr(Patient, name) for name in names), Patient.archived_at)
    found = {}
    for piece in pieces(numbers):
        rows = db.session.execute(
            query.where(visible(by, Patient), Patient.record_number.in_(piece))
        ).mappings()
        for row in rows:
            at = row["archived_at"]
            values = {name: row[name] for name in names} | {
                "sex": Sex(row["sex"]),
                "indications": tuple(Indication(code) for code in row["indications"]),
                "archived_on": at.astimezone(zone).date() if at else None,
            }
            found[row["record_number"]] = PatientRecord(**values)
    return found


def series(patient_ids: Iterable[int], *, by: Actor) -> dict[int, list[KnownSeries]]:
    """List the series of patients, in the order of their numbers."""
    query = (
        select(
            Series.patient_id,
            Series.id,
            Series.number,
            Series.starts_on,
            Series.drug,
            Series.route,
            Series.planned_dose_mg,
            Series.planned_dose_mg_per_kg,
        )
        .where(visible(by, Series))
        .order_by(Series.number)
    )
    found: dict[int, list[KnownSeries]] = {}
    for piece in pieces(patient_ids):
        for row in db.session.execute(query.where(Series.patient_id.in_(piece))):
            known = KnownSeries(*row[1:6], PlannedDose(*row[6:]))
            found.setdefault(row[0], []).append(known)
    return found


def _role(stored: str | None) -> CourseRole | None:
    return CourseRole(stored) if stored else None


_SERIES_WORDS: dict[str, Any] = {
    "indication": Indication,
    "drug": Drug,
    "route": Route,
    "phase": Phase,
    "state": SeriesState,
    "course_role": _role,
}


def series_records(patient_ids: Iterable[int], *, by: Actor) -> dict[tuple[str, int], SeriesRecord]:
    """Read the series of patients whole, by record number and number."""
    names = [name for name in SeriesRecord.__struct_fields__ if name != "record_number"]
    query = select(Patient.record_number, *(getattr(Series, name) for name in names)).join(
        Patient, Patient.id == Series.patient_id
    )
    found = {}
    for piece in pieces(patient_ids):
        rows = db.session.execute(
            query.where(visible(by, Series), Series.patient_id.in_(piece))
        ).mappings()
        for row in rows:
            words = {name: kind(row[name]) for name, kind in _SERIES_WORDS.items()}
            record = SeriesRecord(**dict(row) | words)
            found[record.record_number, record.number] = record
    return found


def session_numbers(series_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Find the ids of the sessions of some series, by series and number."""
    query = select(TreatmentSession.series_id, TreatmentSession.number, TreatmentSession.id)
    return {
        (row[0], row[1]): row[2]
        for piece in pieces(series_ids)
        for row in db.session.execute(query.where(TreatmentSession.series_id.in_(piece), STANDS))
    }


def name_rounded(
    rows: Iterable[Values],
    places: Mapping[tuple[str, int], tuple[KnownPatient, KnownSeries]],
    numbered: Mapping[tuple[int, int], int],
) -> set[int]:
    """Name sessions by series and number where a spreadsheet has rounded their ids; say which.

    One that is not here gets an id of its own.
    """
    named = set[int]()
    for values in rows:
        if not isinstance(values["session_id"], RoundedNumber):
            continue
        place = places.get((values["record_number"], values["series_number"]))
        there = numbered.get((place[1].id, values["number"])) if place else None
        session_id = there or new_id()
        values["session_id"] = session_id
        named.add(session_id)
    return named


def sessions_by_id(ids: Iterable[int], *, by: Actor) -> dict[int, SessionRecord | None]:
    """Read the sessions that have these ids; None where the id is another clinic's."""
    found: dict[int, SessionRecord | None] = {}
    for piece in pieces(ids):
        rows = list(
            db.session.execute(session_rows.READ.where(TreatmentSession.id.in_(piece))).mappings()
        )
        found |= _records(rows, by)
    return found


def sessions_of(patient_ids: Iterable[int], *, by: Actor) -> dict[int, list[SessionRecord]]:
    """Read the sessions that patients had, by patient."""
    found: dict[int, list[SessionRecord]] = {}
    for piece in pieces(patient_ids):
        rows = list(
            db.session.execute(
                session_rows.READ.where(
                    TreatmentSession.patient_id.in_(piece),
                    TreatmentSession.started_at.is_not(None),
                    STANDS,
                    visible(by, TreatmentSession),
                )
            ).mappings()
        )
        whose = {row["id"]: row["patient_id"] for row in rows}
        for session_id, record in _records(rows, by).items():
            if record is not None:
                found.setdefault(whose[session_id], []).append(record)
    return found


def _records(rows: Sequence[RowMapping], by: Actor) -> dict[int, SessionRecord | None]:
    ours = [row for row in rows if row["clinic_id"] == by.clinic_id]
    signs = _signs([row["id"] for row in ours])
    found: dict[int, SessionRecord | None] = dict.fromkeys(row["id"] for row in rows)
    return found | {row["id"]: session_rows.as_record(row, signs) for row in ours}


def _signs(ids: Sequence[int]) -> dict[tuple[int, str], VitalSigns]:
    names = list(VitalSigns.__struct_fields__)
    query = select(Reading.session_id, Reading.moment, *(getattr(Reading, n) for n in names))
    return {
        (row["session_id"], row["moment"]): VitalSigns(**{name: row[name] for name in names})
        for piece in pieces(ids)
        for row in db.session.execute(query.where(Reading.session_id.in_(piece))).mappings()
    }


_SCORES = (
    select(
        *(
            getattr(Assessment, name)
            for name in ScoreRecord.__struct_fields__
            if name not in {"record_number", "series_number", "score_id"}
        ),
        Assessment.id.label("score_id"),
        Assessment.clinic_id,
        Assessment.patient_id,
        Assessment.voided_at,
        Patient.record_number,
        Series.number.label("series_number"),
    )
    .join(Patient, Patient.id == Assessment.patient_id)
    .outerjoin(Series, Series.id == Assessment.series_id)
)


def scores_by_id(ids: Iterable[int], *, by: Actor) -> dict[int, KnownScore | None]:
    """Read the scores that have these ids; None where the id is another clinic's."""
    found: dict[int, KnownScore | None] = {}
    for piece in pieces(ids):
        for row in db.session.execute(_SCORES.where(Assessment.id.in_(piece))).mappings():
            ours = row["clinic_id"] == by.clinic_id
            found[row["score_id"]] = _known_score(row) if ours else None
    return found


ScoreKey = tuple[int, str, datetime, Occasion, Decimal | None]


def scores_of(patient_ids: Iterable[int], *, by: Actor) -> dict[ScoreKey, KnownScore]:
    """Read the scores of patients by what tells two apart; one that stands hides a voided one."""
    found: dict[ScoreKey, KnownScore] = {}
    for piece in pieces(patient_ids):
        query = _SCORES.where(visible(by, Assessment), Assessment.patient_id.in_(piece))
        for row in db.session.execute(query).mappings():
            score = _known_score(row)
            record = score.record
            key = (
                row["patient_id"],
                record.instrument,
                record.taken_at,
                record.occasion,
                record.hours_after,
            )
            if key not in found or not score.is_voided:
                found[key] = score
    return found


_SCORE_WORDS: dict[str, Any] = {
    "occasion": Occasion,
    "mode": Mode,
    "completeness": Completeness,
}


def _known_score(row: RowMapping) -> KnownScore:
    values = {name: row[name] for name in ScoreRecord.__struct_fields__}
    words = {name: kind(row[name]) for name, kind in _SCORE_WORDS.items()}
    answers = {code: Decimal(value) for code, value in row["answers"].items()}
    record = ScoreRecord(**values | words | {"answers": answers})
    return KnownScore(record, row["voided_at"] is not None)


def sessions_places(ids: Iterable[int], *, by: Actor) -> dict[int, tuple[str, int, int]]:
    """Say of sessions whose they are, and the id and the number of their series."""
    query = (
        select(TreatmentSession.id, Patient.record_number, Series.id, Series.number)
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .join(Series, Series.id == TreatmentSession.series_id)
        .where(visible(by, TreatmentSession))
    )
    return {
        row[0]: (row[1], row[2], row[3])
        for piece in pieces(ids)
        for row in db.session.execute(query.where(TreatmentSession.id.in_(piece)))
    }
