"""What was done since with what an import made, told by the record it stands in."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, select

from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.database import db, plain_rows
from tracker.models.imports import FileImport
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import Reading, TreatmentSession
from tracker.services.imports.existing import pieces
from tracker.services.imports.undo import made as made_rows
from tracker.services.imports.undo.hanging import Hanging

NAMED_MAX = 50
_CHANGED = {
    "patient": "the record of the patient was changed, invited, archived or merged",
    "series": "the series was changed, or its state was",
    "treatment_session": "the session was amended, signed, moved or struck out",
    "reading": "the observations of the session were changed",
    "assessment": "the score was voided or changed",
    "alert": "the alert was looked at and acknowledged, or says something else now",
}
_HANGS = {
    "alert": "an alert was raised",
    "assessment": "a score was recorded",
    "check_in": "a check-in was made, answered or told by e-mail",
    "check_in_link": "a link to a check-in was sent",
    "diary_entry": "the patient wrote something",
    "draft": "somebody types, and has not saved yet",
    "eligibility": "eligibility was assessed",
    "health_item": "an allergy or medicine was added",
    "patient": "another record was merged into it",
    "patient_merge": "records were merged",
    "referral_letter": "a letter for the referrer was written",
    "reply": "a form was answered",
    "safety_check": "a safety check was recorded",
    "series": "a series was planned",
    "session_entry": "something was written into the log of the session",
    "stock_entry": "a drug was given from the stock",
    "treatment_session": "a session was recorded or planned",
    "worksheet": "a worksheet was begun",
}
_SOMETHING = "something was recorded"


class LaterChange(Struct, frozen=True, kw_only=True):
    """One thing that was done since, and how often, with the record to look at.

    `of_import` is the import that did it, where it was one: that is undone first.
    """

    words: str
    of_table: str
    row_id: int
    patient_id: int | None
    record_number: str
    times: int = 1
    of_import: int | None = None


def tell(
    row: FileImport,
    changed: Mapping[str, Sequence[int]],
    hanging: Iterable[Hanging],
) -> tuple[LaterChange, ...]:
    """Name what was touched, each kind once for each record, in the order of record numbers."""
    found: Counter[tuple[str, str, int]] = Counter()
    told: list[LaterChange] = []
    others = _Others(row)
    for one in hanging:
        if (other := others.of(one)) is not None:
            told = [seen for seen in told if seen.of_import != other.id] + [_of_import(other)]
        else:
            found[_HANGS.get(one.of_table, _SOMETHING), one.on_table, one.on_id] += 1
    for name, ids in changed.items():
        found.update((_CHANGED[name], name, row_id) for row_id in ids)
    whose = {
        name: _whose(name, [key for _, table, key in found if table == name])
        for name in {table for _, table, _ in found}
    }
    for (words, name, row_id), times in found.items():
        patient_id, number = whose[name].get(row_id, (None, ""))
        told.append(
            LaterChange(
                words=words, of_table=name, row_id=row_id, patient_id=patient_id,
                record_number=number, times=times,
            )
        )  # fmt: skip
    return tuple(sorted(told, key=lambda one: (one.of_import is None, one.record_number)))


def _of_import(row: FileImport) -> LaterChange:
    words = "another file was imported that stands on it: undo that one first"
    return LaterChange(
        words=words, of_table="", row_id=row.id, patient_id=None, record_number="",
        of_import=row.id,
    )  # fmt: skip


class _Others:
    """Later imports, whose rows are told by their file and not one by one."""

    def __init__(self, row: FileImport) -> None:
        self._after = row
        self._made: list[tuple[FileImport, made_rows.MadeRows]] | None = None

    def of(self, one: Hanging) -> FileImport | None:
        """Find the import that a row is of."""
        if one.of_table not in made_rows.TABLES:
            return None
        if self._made is None:
            self._made = [(row, made_rows.read(row)) for row in self._later()]
        for row, made in self._made:
            if one.row_id in made.made.get(one.of_table, {}):
                return row
        return None

    def _later(self) -> Iterator[FileImport]:
        yield from db.session.scalars(
            select(FileImport).where(
                FileImport.clinic_id == self._after.clinic_id,
                FileImport.undone_at.is_(None),
                FileImport.id != self._after.id,
                FileImport.imported_at >= self._after.imported_at,
            )
        )


_PATIENT_OF: Mapping[str, Any] = {
    "patient": Patient, "series": Series, "treatment_session": TreatmentSession,
    "assessment": Assessment, "alert": Alert, "check_in": CheckIn, "reading": Reading,
}  # fmt: skip


def _whose(name: str, ids: Iterable[int]) -> dict[int, tuple[int | None, str]]:
    """Say whose rows of a table are; what is gone is nobody's."""
    query = _patients_of(_PATIENT_OF[name])
    key = query.selected_columns[0]
    return {
        row[0]: (row[1], row[2])
        for piece in pieces(ids)
        for row in plain_rows(query.where(key.in_(piece)))
    }


def _patients_of(model: type[Any]) -> Select[Any]:
    wanted = select(model.id, Patient.id.label("whose"), Patient.record_number)
    if model is Patient:
        return wanted
    if model is Reading:
        return (
            wanted.select_from(Reading)
            .join(TreatmentSession, TreatmentSession.id == Reading.session_id)
            .join(Patient, Patient.id == TreatmentSession.patient_id)
        )
    return wanted.select_from(model).join(Patient, Patient.id == model.patient_id)
