"""Who a row is about: the patient's fields out of the columns that the mapping names."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from tracker.domain.codes import Sex
from tracker.domain.patients.draft import PatientDraft
from tracker.exchange.cells import dates, numbers
from tracker.exchange.cells.kinds import find_word
from tracker.exchange.mapped.cells import RowCells
from tracker.exchange.mapping.model import FileFacts, PatientColumns

_SEX_LETTERS = {"f": Sex.FEMALE, "m": Sex.MALE}
_LINES = ("given_name", "family_name", "email", "phone")


def sex_reader(values: Mapping[str, Sex | None]) -> Callable[[str], Sex]:
    """Make the function that reads sex: by the file's own words, else by ours, f or m."""
    own = {word.strip().casefold(): sex for word, sex in values.items() if sex is not None}

    def read(text: str) -> Sex:
        word = text.strip().casefold()
        return own.get(word) or _SEX_LETTERS.get(word) or find_word(Sex, text)

    return read


_IDENTITY = ("birth_date", "sex", "given_name", "family_name")


class PatientReader:
    """Reads the patient of a row."""

    def __init__(self, patient: PatientColumns, facts: FileFacts) -> None:
        """Settle what does not change from row to row."""
        self._patient = patient
        self._date_order = facts.date_order
        self._read_sex = sex_reader(patient.sex_values)
        self.columns = dict(patient.columns)
        if patient.record_number:
            self.columns["record_number"] = patient.record_number

    def __call__(self, row: RowCells) -> PatientDraft | None:
        """Read the patient; None, with a problem, where the row does not say who it is."""
        number = self._record_number(row)
        if not number:
            row.complain(self._patient.record_number, "The row has no record number.")
            return None
        if numbers.is_rounded(number):
            row.complain(self._patient.record_number, numbers.ROUNDED, number)
            return None
        columns = self._patient.columns
        lines: dict[str, Any] = {
            name: row.text(columns[name]) for name in _LINES if name in columns
        }
        born = row.read(columns["birth_date"], self._read_day) if "birth_date" in columns else None
        sex = row.read(columns["sex"], self._read_sex) if "sex" in columns else None
        return PatientDraft(
            record_number=number,
            birth_date=born,
            sex=sex or Sex.UNKNOWN,
            notes=self._notes(row),
            **lines,
        )

    def _record_number(self, row: RowCells) -> str:
        if self._patient.record_number_is:
            return self._patient.record_number_is
        if self._patient.record_number:
            return row.text(self._patient.record_number)
        return self._patient.record_number_from.format(row=row.number)

    def _read_day(self, text: str) -> date:
        return dates.read_day(text, order=self._date_order, full_year=True)

    def _notes(self, row: RowCells) -> str:
        kept = ((heading, row.text(heading)) for heading in self._patient.keep_in_notes)
        return "\n".join(f"{heading}: {text}" for heading, text in kept if text)


class PeopleSeen:
    """The people of a file so far, by record number."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        """Take which column each field of a patient comes from."""
        self._columns = columns
        self._seen: dict[str, tuple[int, PatientDraft]] = {}

    def compare(self, row: RowCells, patient: PatientDraft) -> None:
        """Say so where one record number stands for two people; a person decides."""
        line, earlier = self._seen.setdefault(patient.record_number, (row.line, patient))
        for name in _IDENTITY:
            before, now = getattr(earlier, name), getattr(patient, name)
            known = {before, now}.isdisjoint({None, "", Sex.UNKNOWN})
            if known and before != now:
                row.complain(
                    self._columns.get(name, ""),
                    f"Record number {patient.record_number} is someone else on line {line}: "
                    f"{name.replace('_', ' ')} {before}.",
                    str(now),
                )
