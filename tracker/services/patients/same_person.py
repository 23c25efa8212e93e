"""Who is here already of the people that are entered: looked up by folded number and name."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, func, or_, select

from tracker.domain.access import Actor
from tracker.domain.patients import same_person
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.patients.same_person import PersonMark, SamePersonFinding
from tracker.domain.problems import UnseenError
from tracker.models.database import another, plain_rows
from tracker.models.patients import Patient
from tracker.services.unit_of_work import audit

KEYS_AT_ONCE = 500
_kept = another(Patient)
_ALIKE = (
    select(
        Patient.id,
        Patient.record_number,
        Patient.given_name,
        Patient.family_name,
        Patient.birth_date,
        Patient.archived_at,
        _kept.c.id.label("kept_id"),
        _kept.c.record_number.label("kept_number"),
    )
    .join(_kept, _kept.c.id == func.coalesce(Patient.merged_into_id, Patient.id))
    .where(
        Patient.clinic_id == bindparam("clinic_id"),
        or_(
            Patient.number_key.in_(bindparam("numbers", expanding=True)),
            Patient.name_key.in_(bindparam("names", expanding=True)),
        ),
    )
)


class KnownPerson(Struct, frozen=True):
    """Somebody of the clinic, archived or not.

    `kept_id` and `kept_number` are of the record to go on with: another one where it was merged.
    """

    id: int
    mark: PersonMark
    is_archived: bool
    kept_id: int
    kept_number: str


def mark_of(draft: PatientDraft) -> PersonMark:
    """Take from a draft what tells a person."""
    return PersonMark(
        record_number=draft.record_number,
        given_name=draft.given_name,
        family_name=draft.family_name,
        birth_date=draft.birth_date,
    )


def alike(marks: Iterable[PersonMark], *, by: Actor) -> list[KnownPerson]:
    """List everybody here who may be one of some people: by folded number, or by folded name."""
    known: dict[int, KnownPerson] = {}
    wanted = list(marks)
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        some = wanted[start : start + KEYS_AT_ONCE]
        keys = {
            "clinic_id": by.clinic_id,
            "numbers": list({mark.number_key for mark in some}),
            "names": list({mark.name_key for mark in some}),
        }
        rows = plain_rows(_ALIKE, keys)
        known |= {row.id: _person_of(row) for row in rows}
    return list(known.values())


def ask(
    draft: PatientDraft,
    seen: Collection[str] | None,
    *,
    by: Actor,
    patient_id: int = 0,
    before: PersonMark | None = None,
) -> None:
    """Raise UnseenError while somebody is here who may be the same and whom the page did not show.

    `seen` holds the questions of the page; None where nobody looks at one. `patient_id` is whose
    draft it is, and `before` what told them: what was alike before is not asked again.
    """
    if seen is None:
        return
    mark = mark_of(draft)
    found = [
        SamePersonFinding(
            field="record_number" if one.mark.number_key == mark.number_key else "family_name",
            message=same_person.question(mark, one.mark, where=_where(one)),
            source=same_person.SOURCE,
            patient_id=one.kept_id,
        )
        for one in alike([mark], by=by)
        if patient_id not in (one.id, one.kept_id)
        and same_person.is_alike(mark, one.mark)
        and not (before is not None and same_person.is_alike(before, one.mark))
    ]
    if any(one.message not in seen for one in found):
        raise UnseenError(found)


@contextmanager
def leaves_line(by: Actor) -> Iterator[None]:
    """Leave a line of whom a question names, once what was to be stored is taken back."""
    try:
        yield
    except UnseenError as error:
        shown = [one.patient_id for one in error.findings if isinstance(one, SamePersonFinding)]
        if shown:
            audit(by, "patients.suggested", patients=shown, detail=f"{len(shown)} patients")
        raise


def _person_of(row: Any) -> KnownPerson:
    mark = PersonMark(
        record_number=row.record_number,
        given_name=row.given_name,
        family_name=row.family_name,
        birth_date=row.birth_date,
    )
    return KnownPerson(row.id, mark, row.archived_at is not None, row.kept_id, row.kept_number)


def _where(one: KnownPerson) -> str:
    if one.kept_id != one.id:
        return f"there already, merged into record {one.kept_number}"
    return "there already, archived" if one.is_archived else "there already"
