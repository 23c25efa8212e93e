"""The words that patients are found by, made anew where an older program made fewer of them."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, Select, and_, exists, insert, or_, select

from tracker.domain.patients import draft as patient_draft
from tracker.models.patients import Patient, PatientWord

BATCH = 500
# Names in which words stand that are looked up by more spellings than one.
_MARKS = ("%'%", "%\u2019%", "%\u2018%", "%\u02bc%", "%\u02bb%", "%\u00b4%", "%`%")


_BORN_FOUND = exists().where(
    PatientWord.patient_id == Patient.id,
    PatientWord.word.between(patient_draft.BORN, patient_draft.BORN + "\U0010ffff"),
)


def refresh(connection: Connection) -> int:
    """Add the words that are lacking, and count them. They follow from names: no record changes."""
    ids = list(connection.scalars(_who_may_lack_words()))
    return sum(_add(connection, ids[at : at + BATCH]) for at in range(0, len(ids), BATCH))


def _who_may_lack_words() -> Select[int]:
    marked = [
        name.like(mark) for name in (Patient.given_name, Patient.family_name) for mark in _MARKS
    ]
    return select(Patient.id).where(
        or_(and_(Patient.birth_date.is_not(None), ~_BORN_FOUND), *marked)
    )


def _add(connection: Connection, ids: Sequence[int]) -> int:
    known: defaultdict[int, set[str]] = defaultdict(set)
    stored = select(PatientWord.patient_id, PatientWord.word).where(PatientWord.patient_id.in_(ids))
    for patient_id, word in connection.execute(stored):
        known[patient_id].add(word)
    names = select(
        Patient.id, Patient.clinic_id, Patient.given_name, Patient.family_name,
        Patient.record_number, Patient.birth_date,
    ).where(Patient.id.in_(ids))  # fmt: skip
    rows = [
        {"clinic_id": clinic_id, "patient_id": patient_id, "word": word}
        for patient_id, clinic_id, *texts, born in connection.execute(names)
        for word in sorted(patient_draft.search_words(*texts, born=born) - known[patient_id])
    ]
    if rows:
        connection.execute(insert(PatientWord), rows)
    return len(rows)
