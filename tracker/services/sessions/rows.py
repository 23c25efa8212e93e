"""Treatment sessions between the tables and the domain: read, write, pack a version."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from msgspec.structs import asdict
from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, func, select

from tracker.domain.access import Actor
from tracker.domain.codes import (
    BeforeOrAfter,
    Drug,
    Effect,
    Route,
    SessionState,
    Severity,
    SideEffect,
    WeightUnit,
)
from tracker.domain.measures import SIGN_NAMES, VitalSigns
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import InvalidError, MergedError, NotFoundError, Problem
from tracker.domain.series import planned_dose as planned_doses
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.effects import Graded
from tracker.domain.sessions.line import SessionLine
from tracker.domain.sessions.record import SessionRecord
from tracker.domain.stored_content import read_stored, to_stored
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.database import db, new_id
from tracker.models.diary import DiaryEntry
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.patients import Patient
from tracker.models.safety_checks import SafetyCheck
from tracker.models.scoping import visible
from tracker.models.series import Series
from tracker.models.treatment_sessions import STANDS, Reading, TreatmentSession
from tracker.models.worksheets import Worksheet
from tracker.services.rows import from_row

# Two sessions of one person within this time are more likely one, recorded twice.

_DRAFT = SessionDraft.__struct_fields__
# Computed by the domain, or kept as readings: not copied one to one.
_COPIED = tuple(
    name for name in _DRAFT if name not in {"effects", "side_effects", "before", "after"}
)
_IDENTITY = ("record_number", "series_number", "session_id", "number")

READ = (
    select(
        Patient.record_number,
        Patient.given_name,
        Patient.family_name,
        Series.number.label("series_number"),
        Series.planned_dose_mg.label("series_dose_mg"),
        Series.planned_dose_mg_per_kg.label("series_dose_mg_per_kg"),
        *(column for column in TreatmentSession.__table__.columns),
    )
    .join(Patient, Patient.id == TreatmentSession.patient_id)
    .join(Series, Series.id == TreatmentSession.series_id)
)
_READINGS = select(
    Reading.session_id, Reading.moment, *(getattr(Reading, name) for name in SIGN_NAMES)
)
_READINGS_OF_ONE = _READINGS.where(Reading.session_id == bindparam("session_id"))
_READINGS_OF_PATIENT = _READINGS.join(
    TreatmentSession, TreatmentSession.id == Reading.session_id
).where(TreatmentSession.patient_id == bindparam("patient_id"))

# What a SessionLine is made of.
LINE = tuple(
    getattr(TreatmentSession, "id" if name == "session_id" else name)
    for name in SessionLine.__struct_fields__
)


def select_with_patient(*more: Any) -> Select[Any]:
    """Select the lines of sessions with whose they are and what their series plans, and `more`."""
    return (
        select(
            *LINE,
            TreatmentSession.patient_id,
            TreatmentSession.series_id,
            Series.planned_dose_mg.label("series_dose_mg"),
            Series.planned_dose_mg_per_kg.label("series_dose_mg_per_kg"),
            Patient.record_number,
            Patient.given_name,
            Patient.family_name,
            Patient.birth_date,
            *more,
        )
        .join_from(TreatmentSession, Series, Series.id == TreatmentSession.series_id)
        .join(Patient, Patient.id == TreatmentSession.patient_id)
    )


def of_patient(row: Any) -> dict[str, Any]:
    """Say of such a row what lists show: the line, how the patient is called, what is planned."""
    line = line_of(row)
    return {
        "line": line,
        "patient_label": patient_draft.label(row.given_name, row.family_name, row.record_number),
        "planned": line.planned_dose(PlannedDose(row.series_dose_mg, row.series_dose_mg_per_kg)),
    }


Signs = Mapping[tuple[int, str], VitalSigns]


Row = TypeVar(
    "Row",
    Patient,
    Series,
    TreatmentSession,
    Assessment,
    CheckIn,
    Eligibility,
    Worksheet,
    SafetyCheck,
    HealthItem,
    DiaryEntry,
)


def lock(by: Actor, kind: type[Row], row_id: int) -> Row:
    """Fetch a row that is about to change and hold it, as it is now, until the commit.

    On SQLite the whole database is held already; PostgreSQL needs to be asked for the row. Its key
    never changes, so rows that point to it may be stored meanwhile.
    """
    query = (
        select(kind)
        .where(kind.id == row_id, visible(by, kind))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    row: Row | None = db.session.scalar(query)
    if row is None:
        raise NotFoundError
    return row


def lock_patient(by: Actor, patient_id: int) -> Patient:
    """Hold a patient about whom something new is recorded; nothing is for one who is archived."""
    patient = lock(by, Patient, patient_id)
    if patient.merged_into_id is not None:
        raise MergedError
    if patient.archived_at is not None:
        raise InvalidError([Problem("", "This patient is archived. Restore them first.")])
    return patient


def add_extra(series: Series) -> TreatmentSession:
    """Add a session that was not planned, with the next number; the series is held."""
    row = TreatmentSession(
        id=new_id(),
        clinic_id=series.clinic_id,
        patient_id=series.patient_id,
        series_id=series.id,
        number=next_number(series.id),
        state=SessionState.PLANNED.value,
        drug=series.drug,
        route=series.route,
        version=1,
    )
    db.session.add(row)
    return row


def next_number(series_id: int) -> int:
    """Say which number comes next in a series; one that was struck out has given its own back.

    Otherwise a list would say session 9 of 8.
    """
    highest = select(func.max(TreatmentSession.number)).where(
        TreatmentSession.series_id == series_id, STANDS
    )
    return (db.session.scalar(highest) or 0) + 1


def record_of(session_id: int) -> SessionRecord:
    """Read one session whole; who may see it was decided before."""
    found = db.session.execute(READ.where(TreatmentSession.id == session_id)).mappings().one()
    return as_record(found, signs_of_one(session_id))


def signs_of_one(session_id: int) -> Signs:
    """Read the vital signs before and after one session."""
    return _signs(db.session.execute(_READINGS_OF_ONE, {"session_id": session_id}).mappings())


def signs_of_patient(patient_id: int) -> Signs:
    """Read the vital signs before and after every session of a patient."""
    return _signs(db.session.execute(_READINGS_OF_PATIENT, {"patient_id": patient_id}).mappings())


def _signs(rows: Iterable[RowMapping]) -> Signs:
    return {
        (row["session_id"], row["moment"]): VitalSigns(**{name: row[name] for name in SIGN_NAMES})
        for row in rows
    }


def line_of(row: Any) -> SessionLine:
    """Make the line of a list of a row that has the columns of LINE."""
    return from_row(SessionLine, row, session_id=row.id)


def as_record(row: RowMapping, signs: Signs) -> SessionRecord:
    """Make the domain's record of a row of READ."""
    values: dict[str, Any] = {
        name: row[name] for name in SessionRecord.__struct_fields__ if name in row
    }
    return SessionRecord(
        **values
        | {
            "session_id": row["id"],
            "state": SessionState(row["state"]),
            "drug": Drug(row["drug"]),
            "route": Route(row["route"]),
            "weight_unit": WeightUnit(row["weight_unit"]) if row["weight_unit"] else None,
            "effects": _severities(Effect, row["effects"]),
            "side_effects": _severities(SideEffect, row["side_effects"]),
            "before": signs.get((row["id"], BeforeOrAfter.BEFORE.value), VitalSigns()),
            "after": signs.get((row["id"], BeforeOrAfter.AFTER.value), VitalSigns()),
        }
    )


def _severities(kind: type[Any], stored: Mapping[str, str]) -> dict[Any, Severity | None]:
    return {kind(code): Severity(how) if how else None for code, how in stored.items()}


def last_before(
    patient_id: int, before: datetime, *, other_than: int | None
) -> tuple[int, SessionRecord] | None:
    """Find the last session a patient had before an instant: the id of its series, its record."""
    return _last(TreatmentSession.patient_id == patient_id, before, other_than)


def last_of_series(
    series_id: int, before: datetime, *, other_than: int | None
) -> SessionRecord | None:
    """Find the last session held in a series before an instant."""
    found = _last(TreatmentSession.series_id == series_id, before, other_than)
    return found[1] if found else None


def _last(
    whose: ColumnElement[bool], before: datetime, other_than: int | None
) -> tuple[int, SessionRecord] | None:
    found = (
        db.session.execute(
            READ.where(
                whose,
                TreatmentSession.state == SessionState.COMPLETED.value,
                TreatmentSession.started_at < before,
                TreatmentSession.id != (other_than or 0),
            )
            .order_by(TreatmentSession.started_at.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    return (found["series_id"], as_record(found, {})) if found else None


def planned_dose(series: Series, row: TreatmentSession | None = None) -> PlannedDose:
    """Say what is planned to be given in a session, or in an extra one of a series."""
    of_series = PlannedDose(series.planned_dose_mg, series.planned_dose_mg_per_kg)
    if row is None:
        return of_series
    own = PlannedDose(row.planned_dose_mg, row.planned_dose_mg_per_kg)
    return planned_doses.of_session(own, of_series)


def draft_of(record: SessionRecord) -> SessionDraft:
    """Take from a record what a draft can say."""
    return SessionDraft(**{name: getattr(record, name) for name in _DRAFT})


def write(row: TreatmentSession, draft: SessionDraft) -> None:
    """Put a checked draft into its row and its readings."""
    for name, value in columns_of(draft).items():
        setattr(row, name, value)
    db.session.flush()
    _write_signs(row.id, BeforeOrAfter.BEFORE, draft.before)
    _write_signs(row.id, BeforeOrAfter.AFTER, draft.after)


def columns_of(draft: SessionDraft) -> dict[str, Any]:
    """Give the columns of a session's row that a draft fills, with those that are worked out."""
    return {name: _stored_value(getattr(draft, name)) for name in _COPIED} | {
        "dose_mg_per_kg": draft.dose_mg_per_kg,
        "dose_mg_per_kg_per_hour": draft.dose_mg_per_kg_per_hour,
        "effects": _stored_grades(draft.effects),
        "side_effects": _stored_grades(draft.side_effects),
    }


def _stored_grades(effects: Graded) -> dict[str, str | None]:
    return {word.value: how.value if how else None for word, how in effects.items()}


def _stored_value(value: object) -> object:
    if isinstance(value, StrEnum):
        return value.value
    return to_the_second(value) if isinstance(value, datetime) else value


def to_the_second(at: datetime) -> datetime:
    """Cut an instant to its second: a record says the same as the files that it is exported to."""
    return at.replace(microsecond=0)


def _write_signs(session_id: int, moment: BeforeOrAfter, signs: VitalSigns) -> None:
    query = select(Reading).where(Reading.session_id == session_id, Reading.moment == moment.value)
    reading = db.session.scalar(query)
    if reading is None and not signs:
        return
    if reading is None:
        reading = Reading(session_id=session_id, moment=moment.value)
        db.session.add(reading)
    for name, value in asdict(signs).items():
        setattr(reading, name, value)


def pack(record: SessionRecord) -> dict[str, object]:
    """Write every field of a record as JSON values, for the version that is kept."""
    values: dict[str, object] = to_stored(record)
    return {name: value for name, value in values.items() if name not in _IDENTITY}


def unpack(content: Mapping[str, Any], current: SessionRecord) -> SessionRecord:
    """Read a kept version back; identity, and what older versions do not say, is the current's."""
    return read_stored(to_stored(current) | content, SessionRecord)
