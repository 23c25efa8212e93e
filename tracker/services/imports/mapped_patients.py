"""Who the rows of another clinic's file are about: matched on two identifiers, or entered."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.access import Actor
from tracker.domain.codes import Sex
from tracker.domain.patients import draft as patient_draft
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import Problem
from tracker.exchange.rows import MappedRow
from tracker.services.imports import existing
from tracker.services.imports.existing import KnownPatient
from tracker.services.imports.fast_path import FreshIds
from tracker.services.imports.plan import ImportContext, Row

_NO_INDICATIONS: list[str] = []  # of nearly all; never added to
_NOT_HERE = (
    "There is no patient with this record number. Import or enter the patients first, or say "
    "create_unknown = true in the mapping."
)


class NewPatient(Struct):
    """A patient whom the file speaks of first on `line`, put together from all its rows."""

    id: int
    line: int
    draft: PatientDraft
    columns: Mapping[str, str]


class FilePatients:
    """The patients of a file: those the clinic knows, and those it will enter."""

    def __init__(self, *, create: bool, by: Actor, today: date) -> None:
        """Start with nobody; `create` enters those who are unknown."""
        self.known: dict[str, KnownPatient] = {}
        self.new: dict[str, NewPatient] = {}
        self._entered: list[str] = []
        self._new_id = FreshIds()
        self._create = create
        self._by = by
        self._today = today

    def learn(self, rows: Iterable[MappedRow]) -> None:
        """Look up whom a batch of rows speaks of."""
        numbers = [row.patient.record_number for row in rows if row.patient]
        self.known |= existing.patients(numbers, by=self._by)

    def is_unchanged(self) -> bool:
        """Say whether the clinic still knows whom it knew, and nobody else of the file."""
        numbers = [*self.known, *self._entered]
        return existing.patients(numbers, by=self._by) == self.known

    def check(self, draft: PatientDraft) -> list[Problem]:
        """List why a row cannot be about this patient."""
        known = self.known.get(draft.record_number)
        if known:
            return list(_mismatches(known, draft))
        new = self.new.get(draft.record_number)
        if new and new.draft == draft:
            return []  # the same again, which was looked at
        problems = patient_draft.check(draft, today=self._today)
        if not self._create:
            problems.append(Problem("record_number", _NOT_HERE))
        return problems

    def birth_date(self, draft: PatientDraft) -> date | None:
        """Tell when somebody was born, by what is known of them or what their rows said so far.

        One that is still to come is a problem by itself, and says nothing of other days.
        """
        known, new = self.known.get(draft.record_number), self.new.get(draft.record_number)
        told = known.birth_date if known else new.draft.birth_date if new else None
        born = told or draft.birth_date
        return None if born is None or born > self._today else born

    def id_of(self, draft: PatientDraft, row: MappedRow) -> tuple[int, bool]:
        """Give the patient's id, and say whether this row is the first of somebody new."""
        if known := self.known.get(draft.record_number):
            return known.id, False
        if new := self.new.get(draft.record_number):
            if draft.notes or new.draft != draft:  # else the same again, as on most rows
                new.draft = _merge(new.draft, draft)
            return new.id, False
        made = NewPatient(self._new_id(), row.row, draft, row.patient_columns)
        self.new[draft.record_number] = made
        return made.id, True

    def keep(self, context: ImportContext) -> None:
        """Enter everybody who is new, and let go of what was put together of them."""
        self._entered = list(self.new)
        for number in self._entered:
            new = self.new.pop(number)
            draft = new.draft
            names = (draft.given_name, draft.family_name, draft.record_number)
            context.patients.append(_row(new.id, draft, names))
            context.touch(new.id, "patients")

    def too_much(self) -> Iterator[tuple[NewPatient, Problem]]:
        """Yield what is wrong with patients once all of their rows are put together."""
        for new in self.new.values():
            for problem in patient_draft.check(new.draft, today=self._today):
                yield new, problem


def _mismatches(known: KnownPatient, draft: PatientDraft) -> Iterator[Problem]:
    """Compare the second identifier: the birth date where both sides have it, else the names."""
    if known.birth_date and draft.birth_date:
        if known.birth_date != draft.birth_date:
            yield Problem("birth_date", _someone_else("birth date"))
        return
    for name in ("family_name", "given_name"):
        here, there = getattr(known, name), getattr(draft, name)
        if here and there and patient_draft.fold(here) != patient_draft.fold(there):
            yield Problem(name, _someone_else(name.replace("_", " ")))


def _someone_else(words: str) -> str:
    return f"The patient with this record number has another {words} here. Is it someone else?"


def _merge(before: PatientDraft, now: PatientDraft) -> PatientDraft:
    """Fill gaps from a later row, and keep its notes where they say something new."""
    filled: dict[str, Any] = {
        name: getattr(now, name)
        for name in ("given_name", "family_name", "birth_date", "email", "phone")
        if not getattr(before, name)
    }
    if before.sex is Sex.UNKNOWN:
        filled["sex"] = now.sex
    lines = before.notes.splitlines()
    new = [line for line in now.notes.splitlines() if line not in lines]
    return replace(before, notes="\n".join([*lines, *new]), **filled)


def _row(patient_id: int, draft: PatientDraft, names: tuple[str, str, str]) -> Row:
    return (
        patient_id,
        draft.record_number,
        draft.given_name,
        draft.family_name,
        patient_draft.name_key(*names),
        draft.birth_date,
        draft.sex,
        draft.email,
        draft.phone,
        [indication.value for indication in draft.indications] or _NO_INDICATIONS,
        draft.notes,
        None,
        "",
        patient_draft.number_key(draft.record_number),
        draft.other_number,
    )
