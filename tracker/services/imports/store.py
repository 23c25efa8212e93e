"""Store many rows at once: one statement a table, no object a row, exact on both databases."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter

from sqlalchemy import update

from tracker.domain.access import Actor
from tracker.domain.codes import SeriesState
from tracker.domain.measures import SIGN_NAMES
from tracker.domain.patients.draft import search_words
from tracker.domain.series import planned_dose
from tracker.domain.sessions import fields as session_fields
from tracker.domain.sessions.fields import FieldKind
from tracker.instruments import library
from tracker.models import sealing
from tracker.models.assessments import Assessment
from tracker.models.database import db
from tracker.models.patients import Patient, PatientWord
from tracker.models.series import Series
from tracker.models.treatment_sessions import Reading, TreatmentSession
from tracker.services.imports.fast_path import ids_in_order, insert_rows, roomy_cache
from tracker.services.imports.plan import ImportContext, Row
from tracker.services.instruments import editions as instrument_editions

PATIENT = (
    "id", "record_number", "given_name", "family_name", "name_key", "birth_date", "sex", "email",
    "phone", "indications", "notes", "archived_at", "archived_reason", "number_key",
    "other_number",
)  # fmt: skip
WORD = ("patient_id", "word")
SERIES = (
    "id", "patient_id", "number", "indication", "drug", "route", "phase", "template",
    "planned_dose_mg", "planned_dose_mg_per_kg", "starts_on", "state", "state_reason",
    "course_role",
)  # fmt: skip
# What a file of sessions and the table call by one name.
SESSION_FIELDS = (
    "number",
    "state",
    "state_reason",
    "planned_on",
    "planned_time",
    "chair",
    *planned_dose.FIELDS,
    *(one.name for one in session_fields.DRAFTED if one.kind is not FieldKind.SIGNS),
)
SESSION = (
    "id", "patient_id", "series_id", "dose_mg_per_kg", "dose_mg_per_kg_per_hour", *SESSION_FIELDS,
)  # fmt: skip
READING = ("session_id", "moment", *SIGN_NAMES)
SCORE = (
    "id", "patient_id", "series_id", "session_id", "instrument", "instrument_version", "total",
    "taken_at", "time_known", "occasion", "hours_after", "note", "mode", "completeness",
    "stated_total", "seconds_taken", "answers",
)  # fmt: skip
_KEY = itemgetter(0)
_FOUND_BY = itemgetter(
    *map(
        PATIENT.index, ("record_number", "given_name", "family_name", "birth_date", "other_number")
    )
)
# Of what was begun or ended here, which nothing in a file was.
_FLAGS = ("cancelled_by_series", "added_by_begin", "began_series")
_INSTRUMENT, _VERSION = SCORE.index("instrument"), SCORE.index("instrument_version")


def store(content: ImportContext, *, now: datetime, by: Actor) -> list[int]:
    """Store everything an import collected, inside a unit of work; name the series that began.

    What is stored is let go of at once: the rows of a large file are most of what it takes.
    """
    here = {"clinic_id": by.clinic_id}
    recorded = {"recorded_at": now, "recorded_by": by.name}
    with roomy_cache():
        content.patients.sort(key=_KEY)
        insert_rows(Patient, PATIENT, content.patients, here | {"version": 1, "created_at": now})
        insert_rows(PatientWord, WORD, _words(content.patients), here)
        content.patients.clear()
        of_series = {"version": 1, "created_at": now, "chair": "", "weekdays": []}
        insert_rows(Series, SERIES, content.series, here | of_series)
        # In the order of their keys rows go in at one end, and half the pages stay untouched.
        content.sessions.sort(key=_KEY)
        fresh = here | {"version": 1, "begin_reason": ""} | dict.fromkeys(_FLAGS, False)
        insert_rows(TreatmentSession, SESSION, content.sessions, fresh | recorded)
        content.sessions.clear()
        planned = fresh | {"recorded_by": ""}
        insert_rows(TreatmentSession, SESSION, content.planned, planned)
        content.readings.sort(key=_KEY)
        ids = ids_in_order(len(content.readings))
        for at, key in enumerate(ids):
            content.readings[at] = (key, *content.readings[at])
        insert_rows(Reading, ("id", *READING), content.readings, {})
        content.readings.clear()
        nothing = {"voided_by": "", "voided_reason": ""}
        content.scores.sort(key=_KEY)
        editions = (*SCORE, "edition_id")
        insert_rows(Assessment, editions, _with_editions(content.scores), here | recorded | nothing)
        content.scores.clear()
        return _begin(content.activated)


def _words(patients: Iterable[Row]) -> Iterator[Row]:
    """Give the words by which new patients are found: four of each, and held of none."""
    for row in patients:
        number, given_name, family_name, born, other_number = _FOUND_BY(row)
        words = search_words(given_name, family_name, number, born=born, other_number=other_number)
        for word in words:
            yield row[0], word


def _with_editions(scores: Sequence[Row]) -> Iterator[Row]:
    """Tie scores to the words that were answered, where these are still the words of today.

    Of another version only its name is known; its words are not in the file.
    """
    known = library()
    keys = {(row[_INSTRUMENT], row[_VERSION]) for row in scores}
    kept = {
        (code, version): instrument_editions.keep(known[code])
        for code, version in sorted(keys)
        if code in known and known[code].version == version
    }
    return ((*row, kept.get((row[_INSTRUMENT], row[_VERSION]))) for row in scores)


def _begin(series_ids: Collection[int]) -> list[int]:
    """Set series that were only planned going, as recording a session does, and name them."""
    begun = [
        series_id
        for series_id in sorted(series_ids)
        if db.session.scalar(
            update(Series)
            .where(Series.id == series_id, Series.state == SeriesState.PLANNED.value)
            .values(state=SeriesState.ACTIVE.value, version=Series.version + 1)
            .returning(Series.id)
        )
    ]
    sealing.touch(Series, begun)
    return begun
