"""The sessions of a patient's copy: each as it stands, as it was before, and its log."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from sqlalchemy import bindparam, func, or_, select

from tracker.domain.checklists import items as checklist_items
from tracker.domain.formatting import full_day
from tracker.domain.live import entry_text
from tracker.domain.live.entries import Entry, Form, Note
from tracker.domain.patients import draft as patient_draft
from tracker.domain.sessions import diff as session_diff
from tracker.domain.sessions.fields import FIELDS, Reader
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.html.record import RecordItem
from tracker.models.database import another, db, plain_rows
from tracker.models.patients import Patient, PatientWord
from tracker.models.series import Series
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import SessionVersion, TreatmentSession
from tracker.services.exports.record_words import Facts, in_words, moment, pairs, rows_of
from tracker.services.live import entry_log
from tracker.services.sessions import rows as session_rows
from tracker.services.sessions.life import SAID_AT_BEGIN

_STAFF = {field.label_in_history for field in FIELDS if field.reader is Reader.STAFF}
_VOIDED = "voided"
_MARKS = ".,;:!?()'\"’“”"  # around a word of a sentence
# Of a checklist: what staff said to a line, and the number of whoever takes the patient home.
_NOT_TOLD = ("lines", "comments", "escort_phone")
_ORDER = (Series.number, TreatmentSession.number, TreatmentSession.id)

_elsewhere = another(TreatmentSession)
_GONE = (
    select(TreatmentSession.id)
    .join(_elsewhere, _elsewhere.c.moved_from_id == TreatmentSession.id)
    .where(
        TreatmentSession.patient_id == bindparam("patient_id"),
        _elsewhere.c.patient_id != TreatmentSession.patient_id,
    )
)


def items(patient_id: int, zone: ZoneInfo) -> Iterator[RecordItem]:
    """Give each session in the order of the series, one at a time."""
    signs = session_rows.signs_of_patient(patient_id)
    query = session_rows.READ.where(TreatmentSession.patient_id == patient_id).order_by(*_ORDER)
    rows = db.session.execute(query).mappings().all()
    gone = _gone_to_others(patient_id)
    logs = _BySession(_entries(patient_id))
    versions = _BySession(_versions(patient_id))
    for row in rows:
        record = session_rows.as_record(row, signs)
        yield _item(
            row,
            record,
            logs.take(row["id"]),
            versions.take(row["id"]),
            zone,
            gone=row["id"] in gone,
        )


def _gone_to_others(patient_id: int) -> set[int]:
    """Find the sessions that were moved from this record to another's."""
    return set(plain_rows(_GONE, {"patient_id": patient_id}).scalars())


class _BySession:
    """Walk rows that are in the order of the sessions, those of one session at a time."""

    def __init__(self, rows: Iterator[Any]) -> None:
        """Begin with the first."""
        self._groups = groupby(rows, key=lambda row: row.session_id)
        self._next = next(self._groups, None)

    def take(self, session_id: int) -> list[Any]:
        """Give the rows of the session that comes next."""
        if self._next is None or self._next[0] != session_id:
            return []
        found = list(self._next[1])
        self._next = next(self._groups, None)
        return found


def _entries(patient_id: int) -> Iterator[Any]:
    query = (
        select(SessionEntry.session_id, *entry_log.COLUMNS)
        .join(TreatmentSession, TreatmentSession.id == SessionEntry.session_id)
        .join(Series, Series.id == TreatmentSession.series_id)
        .where(TreatmentSession.patient_id == patient_id)
        .order_by(*_ORDER, SessionEntry.sequence)
    )
    return iter(rows_of(query))


def _versions(patient_id: int) -> Iterator[Any]:
    query = (
        select(*SessionVersion.__table__.columns)
        .join(TreatmentSession, TreatmentSession.id == SessionVersion.session_id)
        .join(Series, Series.id == TreatmentSession.series_id)
        .where(TreatmentSession.patient_id == patient_id)
        .order_by(*_ORDER, SessionVersion.version)
    )
    return iter(rows_of(query))


def _item(
    row: Any,
    record: SessionRecord,
    entries: list[Any],
    versions: list[Any],
    zone: ZoneInfo,
    *,
    gone: bool,
) -> RecordItem:
    if row["state"] == _VOIDED:
        return _struck_out(row, record, zone, is_of_somebody_else=gone)
    recorded = (
        ("Written down", in_words(row["recorded_at"], zone)), ("By", row["recorded_by"]),
        ("Cancelled with its series", "Yes" if row["cancelled_by_series"] else ""),
    )  # fmt: skip
    return RecordItem(
        title=_title(row, record, zone),
        facts=(*_facts(record, zone), *recorded),
        lines_title="Log of the session",
        lines=tuple(_lines(entries, zone)),
        earlier=tuple(_earlier(version, record, zone) for version in versions),
    )


def _title(row: Any, record: SessionRecord, zone: ZoneInfo) -> str:
    held = record.started_at.astimezone(zone).date() if record.started_at else record.planned_on
    day = full_day(held) if held else "day not recorded"
    return f"Series {row['series_number']}, session {row['number']}: {day}"


def _struck_out(
    row: Any, record: SessionRecord, zone: ZoneInfo, *, is_of_somebody_else: bool
) -> RecordItem:
    """Say that it stood here and why it stands no more, and not what it said.

    What is struck out may have been somebody else's, written here by mistake; nobody whose it is
    not may read it, nor a reason that names them.
    """
    reason = row["state_reason"]
    if is_of_somebody_else or _names_somebody_else(reason, row):
        reason = "It was not about you."
    return RecordItem(
        title=f"{_title(row, record, zone)}, struck out",
        facts=(
            ("Why", reason), ("Struck out", in_words(row["recorded_at"], zone)),
            ("By", row["recorded_by"]),
            ("What it said", "Left out here, as it may be about somebody else."),
        ),
        is_struck=True,
    )  # fmt: skip


def _names_somebody_else(text: str, row: Any) -> bool:
    """Say whether a text has a word of the name or number of another patient of the clinic."""
    plain = {word.strip(_MARKS) for word in text.casefold().split()}
    words = plain | patient_draft.search_words(text) | {*patient_draft.query_words(text)}
    found = select(PatientWord.patient_id).where(
        PatientWord.clinic_id == row["clinic_id"], PatientWord.word.in_(words)
    )
    told = (Patient.given_name, Patient.family_name, Patient.record_number)
    others = select(Patient.id).where(
        Patient.clinic_id == row["clinic_id"],
        Patient.id != row["patient_id"],
        or_(Patient.id.in_(found), *(func.lower(column).in_(words) for column in told)),
    )
    return db.session.scalars(others.limit(1)).first() is not None


def _facts(record: SessionRecord, zone: ZoneInfo) -> Facts:
    told = session_diff.facts(record, zone).items()
    return tuple((label, text) for label, text in told if label not in _STAFF)


def _earlier(version: Any, current: SessionRecord, zone: ZoneInfo) -> RecordItem:
    first = "First version" if version.version == 1 else f"Version {version.version}"
    record = session_rows.unpack(version.content, current)
    # What staff said when it began is theirs, and may be about whoever did not come.
    reason = version.reason.partition(SAID_AT_BEGIN)[0]
    return RecordItem(
        title=f"{first}, {moment(version.saved_at, zone)}"
        + (f", by {version.saved_by}" if version.saved_by else ""),
        facts=(*_facts(record, zone), ("Why it was changed after that", reason)),
    )


def _lines(entries: list[Any], zone: ZoneInfo) -> Iterator[str]:
    """Write the log line by line; one that was replaced or taken back stays in it."""
    replaced = {row.replaces for row in entries if row.replaces}
    for row in entries:
        entry = entry_log.entry_of(row)
        mended = " (changed later)" if entry.key in replaced else ""
        yield f"{moment(entry.at, zone)}: {_words(entry, zone)}. By {entry.by}{mended}"


def _words(entry: Entry, zone: ZoneInfo) -> str:
    content = entry.content
    if isinstance(content, Form):
        found = checklist_items.lines_of(content.fields)
        lines = [f"{line.title}: {line.message}" for line in found]
        fields = [f"{label}: {text}" for label, text in pairs(content.fields, zone, _NOT_TOLD)]
        return f"{entry.kind.label}. " + "; ".join((*lines, *fields))
    if isinstance(content, Note):
        return "A note by staff for themselves"
    if hasattr(content, "note"):
        entry = replace(entry, content=replace(content, note=""))
    return entry_text.words(entry) or entry.kind.label
