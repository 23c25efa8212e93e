"""Where the rows of each table that leaves come from: one declaration a table."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Text, and_, or_, type_coerce
from sqlalchemy.orm import aliased

from tracker.domain.codes import Mode, ReplyState
from tracker.domain.measures import SIGN_NAMES
from tracker.exchange import tables
from tracker.models.assessments import Assessment
from tracker.models.check_ins import Reply
from tracker.models.diary import DiaryEntry
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.patients import Patient
from tracker.models.safety_checks import SafetyCheck
from tracker.models.series import Series
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import Reading, TreatmentSession
from tracker.services.exports import answer_rows, course_rows, log_rows

_before, _after = aliased(Reading), aliased(Reading)

# Makes the rows of a table out of the rows that are read.
Spread = Callable[[Iterable[Sequence[Any]]], Iterator[Sequence[Any]]]


class TableSource(Struct, frozen=True):
    """Where the plain values of a table's fields come from, and the key that orders its rows.

    Where `spread` makes rows of a table out of the rows that are read, `reads` names what is read
    for it, and `counted` says what those rows are.
    """

    fields: dict[str, Any]
    joined: Callable[[Select[Any]], Select[Any]]
    row: type[Any]
    key: tuple[Any, ...]
    at: Any = None
    on: Any = None
    where: tuple[ColumnElement[bool], ...] = ()
    spread: Spread | None = None
    reads: tuple[str, ...] = ()
    counted: str = "rows"


def _of(model: type[Any], *names: str, **renamed: str) -> dict[str, ColumnElement[Any]]:
    found = {name: getattr(model, name) for name in names}
    return found | {name: getattr(model, column) for name, column in renamed.items()}


def _to_patient(model: type[Any]) -> Callable[[Select[Any]], Select[Any]]:
    return lambda wanted: wanted.join(Patient, Patient.id == model.patient_id)


def _has_answers() -> ColumnElement[bool]:
    """Keep forms, even one that nobody answered a question of; a total alone has no questions."""
    asked = Assessment.mode.in_((Mode.SELF.value, Mode.STAFF.value))
    return or_(asked, type_coerce(Assessment.answers, Text()) != "{}")


def _entries(spread: Spread, kinds: tuple[str, ...]) -> TableSource:
    """Read entries of sessions. A day picks whole sessions: corrections may come after midnight."""
    return TableSource(
        _of(
            SessionEntry, "session_id", "sequence", "key", "kind", "at", "by", "content", "replaces"
        )
        | _of(Patient, "record_number")
        | _of(TreatmentSession, "started_at"),
        lambda wanted: wanted.join(Patient, Patient.id == SessionEntry.patient_id).join(
            TreatmentSession, TreatmentSession.id == SessionEntry.session_id
        ),
        SessionEntry,
        (Patient.record_number, SessionEntry.session_id, SessionEntry.sequence),
        at=TreatmentSession.started_at,
        on=TreatmentSession.planned_on,
        where=(SessionEntry.kind.in_(kinds),),
        spread=spread,
        reads=log_rows.FIELDS,
        counted="entries",
    )


_SESSION_FIELDS = tuple(
    column.field
    for column in tables.TABLES["sessions"].columns
    if hasattr(TreatmentSession, column.field) and column.field not in {"record_number"}
)
SOURCES = {
    "patients": TableSource(
        _of(
            Patient, "record_number", "given_name", "family_name", "birth_date", "sex", "email",
            "phone", "indications", "notes", "other_number", archived_on="archived_at",
        ),
        lambda wanted: wanted,
        Patient,
        (Patient.record_number,),
    ),
    "series": TableSource(
        _of(
            Series, "number", "indication", "drug", "route", "phase", "template",
            "planned_dose_mg", "planned_dose_mg_per_kg", "starts_on", "state", "state_reason",
            "course_role",
        )
        | _of(Patient, "record_number"),
        _to_patient(Series),
        Series,
        (Patient.record_number, Series.number),
        on=Series.starts_on,
    ),
    "sessions": TableSource(
        _of(TreatmentSession, *_SESSION_FIELDS, session_id="id")
        | _of(Patient, "record_number")
        | _of(Series, series_number="number")
        | _of(_before, **{f"before_{name}": name for name in SIGN_NAMES})
        | _of(_after, **{f"after_{name}": name for name in SIGN_NAMES}),
        lambda wanted: wanted.join(Patient, Patient.id == TreatmentSession.patient_id)
        .join(Series, Series.id == TreatmentSession.series_id)
        .outerjoin(
            _before, and_(_before.session_id == TreatmentSession.id, _before.moment == "before")
        )
        .outerjoin(
            _after, and_(_after.session_id == TreatmentSession.id, _after.moment == "after")
        ),
        TreatmentSession,
        (Patient.record_number, Series.number, TreatmentSession.number, TreatmentSession.id),
        at=TreatmentSession.started_at,
        on=TreatmentSession.planned_on,
    ),
    "scores": TableSource(
        _of(
            Assessment, "session_id", "instrument", "total", "taken_at", "time_known", "occasion",
            "hours_after", "note", "instrument_version", "mode", "completeness", "stated_total",
            "seconds_taken", "answers", score_id="id",
        )
        | _of(Patient, "record_number")
        | _of(Series, series_number="number"),
        lambda wanted: wanted.join(Patient, Patient.id == Assessment.patient_id).outerjoin(
            Series, Series.id == Assessment.series_id
        ),
        Assessment,
        (Patient.record_number, Assessment.taken_at, Assessment.id),
        at=Assessment.taken_at,
        where=(Assessment.voided_at.is_(None),),
    ),
    "answers": TableSource(
        _of(
            Assessment, "instrument", "instrument_version", "edition_id", "answers", "taken_at",
            "time_known", score_id="id",
        )
        | _of(Patient, "record_number"),
        _to_patient(Assessment),
        Assessment,
        (Patient.record_number, Assessment.taken_at, Assessment.id),
        at=Assessment.taken_at,
        where=(Assessment.voided_at.is_(None), _has_answers()),
        spread=answer_rows.spread,
        reads=answer_rows.FIELDS,
        counted="forms",
    ),
    "safety-checks": TableSource(
        _of(
            SafetyCheck, "kind", "checked_on", "value", "note", "recorded_at", "recorded_by",
            check_id="id",
        )
        | _of(Patient, "record_number"),
        _to_patient(SafetyCheck),
        SafetyCheck,
        (Patient.record_number, SafetyCheck.checked_on, SafetyCheck.id),
        on=SafetyCheck.checked_on,
        where=(SafetyCheck.voided_at.is_(None),),
    ),
    "health-lists": TableSource(
        _of(
            HealthItem, "kind", "name", "detail", "noted_on", "recorded_at", "recorded_by",
            "ended_on", "ended_by", "ended_reason", item_id="id",
        )
        | _of(Patient, "record_number"),
        _to_patient(HealthItem),
        HealthItem,
        (Patient.record_number, HealthItem.noted_on, HealthItem.id),
        on=HealthItem.noted_on,
    ),
    "diary": TableSource(
        _of(
            DiaryEntry, "kind", "session_id", "written_at", "mood_score_id", "pain_score_id",
            "sleep", "effects", "words", "withdrawn_at", "read_at", "read_by", entry_id="id",
        )
        | _of(Patient, "record_number"),
        _to_patient(DiaryEntry),
        DiaryEntry,
        (Patient.record_number, DiaryEntry.written_at, DiaryEntry.id),
        at=DiaryEntry.written_at,
    ),
    "declined-forms": TableSource(
        _of(Reply, "check_in_id", "instrument", "reason", declined_at="saved_at")
        | _of(Patient, "record_number"),
        _to_patient(Reply),
        Reply,
        (Patient.record_number, Reply.saved_at, Reply.id),
        at=Reply.saved_at,
        where=(Reply.state == ReplyState.DECLINED.value,),
    ),
    "eligibility": TableSource(
        _of(
            Eligibility, "assessed_on", "drug", "decision", "reason", "decided_at", "decided_by",
            assessment_id="id",
        )
        | _of(Patient, "record_number"),
        _to_patient(Eligibility),
        Eligibility,
        (Patient.record_number, Eligibility.assessed_on, Eligibility.id),
        on=Eligibility.assessed_on,
    ),
    "readings": _entries(log_rows.readings, log_rows.READING_KINDS),
    "adverse-events": _entries(log_rows.adverse_events, log_rows.EVENT_KINDS),
    # Whole, whatever the days asked for: part of a course would have another baseline.
    "courses": TableSource(
        _of(Patient, "record_number") | _of(Series, "patient_id", "clinic_id"),
        _to_patient(Series),
        Series,
        (Patient.record_number, Series.number),
        spread=course_rows.spread,
        reads=course_rows.FIELDS,
        counted="series",
    ),
}  # fmt: skip
