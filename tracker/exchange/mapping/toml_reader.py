"""TOML into a mapping, with every problem named by its key."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from tracker.domain.codes import Occasion, Sex
from tracker.domain.problems import Problem
from tracker.exchange.cells.dates import DATE_ORDERS
from tracker.exchange.cells.kinds import find_word
from tracker.exchange.csv.reader import SEPARATORS
from tracker.exchange.mapped.sessions import SESSION_FIELDS, check_fixed
from tracker.exchange.mapping.model import (
    DOSE_UNITS,
    MISSING,
    PATIENT_FIELDS,
    WEIGHT_UNITS,
    Anchor,
    FileFacts,
    ImportMapping,
    MappingError,
    PatientColumns,
    ScoreColumns,
    SessionColumns,
)

_ROW_NUMBER = re.compile(r"[^{}]*\{row(?::0?\d{1,2})?\}[^{}]*")


def from_toml(text: str) -> ImportMapping:
    """Read a mapping; raise MappingError with every problem, each naming its key."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    # Not only TOMLDecodeError: nesting too deep and numbers of thousands of digits end otherwise.
    except (ValueError, RecursionError) as error:
        raise MappingError((Problem("", f"This is not TOML: {error}."),)) from error
    problems: list[Problem] = []
    top = _Keys(data, "", problems)
    mapping = ImportMapping(
        table=top.text("table"),
        file=_file(top.keys("file")),
        patient=_patient(top.keys("patient")),
        anchor=_anchor(top.keys("anchor")),
        scores=tuple(_score(keys) for keys in top.many("scores")),
        sessions=tuple(_session(keys) for keys in top.many("sessions")),
    )
    top.refuse_others()
    if problems:
        raise MappingError(tuple(problems))
    return mapping


class _Keys:
    """The keys of one table of the TOML, taken out one by one; what is left over is a problem."""

    def __init__(self, data: Mapping[str, Any], path: str, problems: list[Problem]) -> None:
        self._data = dict(data)
        self._path = path
        self._problems = problems

    def complain(self, name: str, message: str) -> None:
        key = f"{self._path}.{name}" if self._path else name
        self._problems.append(Problem(key, message))

    def take(self, name: str, kind: type | tuple[type, ...], words: str, default: Any) -> Any:
        """Take a value of this kind, or complain and go on with the default."""
        value = self._data.pop(name, default)
        if value is default:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.complain(name, f"Give {words}.")
            return default
        return value

    def text(self, name: str, default: str = "") -> str:
        taken: str = self.take(name, str, "a text in quotes", default)
        return taken

    def flag(self, name: str) -> bool:
        taken: bool = self.take(name, bool, "true or false", False)
        return taken

    def choice(self, name: str, choices: tuple[str, ...], default: str = "") -> str:
        taken = self.text(name, default)
        if taken and taken not in choices:
            self.complain(name, f"Give one of: {', '.join(map(repr, choices))}.")
        return taken

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        taken: Sequence[Any] = self.take(name, list, 'a list of texts, ["a", "b"]', default)
        if not all(isinstance(text, str) for text in taken):
            self.complain(name, 'Give a list of texts, ["a", "b"].')
            return default
        return tuple(taken)

    def words(self, name: str, allowed: tuple[str, ...] | None = None) -> dict[str, str]:
        """Take a table of texts, whose keys are `allowed` where that is given."""
        words: dict[str, str] = {}
        for key, value in self.take(name, dict, "a table of texts", {}).items():
            if allowed is not None and key not in allowed:
                self.complain(f"{name}.{key}", f"There is no such field. Use {', '.join(allowed)}.")
            elif not isinstance(value, str):
                self.complain(f"{name}.{key}", "Give a text in quotes.")
            else:
                words[key] = value
        return words

    def keys(self, name: str) -> "_Keys":
        data = self.take(name, dict, "a table", {})
        return _Keys(data, f"{self._path}.{name}" if self._path else name, self._problems)

    def many(self, name: str) -> list["_Keys"]:
        found = self.take(name, list, f"[[{name}]] tables", [])
        if not all(isinstance(data, dict) for data in found):
            self.complain(name, f"Give [[{name}]] tables.")
            return []
        return [_Keys(data, f"{name}[{n}]", self._problems) for n, data in enumerate(found, 1)]

    def whole(self, name: str) -> int | None:
        taken: int | None = self.take(name, int, "a whole number", None)
        return taken

    def refuse_others(self) -> None:
        for name in self._data:
            self.complain(name, "There is no such key. Is it spelt right?")


def _file(keys: _Keys) -> FileFacts:
    facts = FileFacts(
        encoding=keys.text("encoding"),
        separator=keys.choice("separator", SEPARATORS),
        header_row=keys.whole("header_row") or 0,
        decimal_comma=keys.flag("decimal_comma"),
        date_order=keys.choice("date_order", DATE_ORDERS),
        missing=keys.texts("missing", MISSING),
        formula_guard=keys.flag("formula_guard"),
    )
    if facts.header_row < 0:
        keys.complain("header_row", "Give the number of the row with the headings, from 1.")
    keys.refuse_others()
    return facts


def _patient(keys: _Keys) -> PatientColumns:
    patient = PatientColumns(
        record_number=keys.text("record_number"),
        record_number_from=keys.text("record_number_from"),
        record_number_is=keys.text("record_number_is").strip(),
        columns=keys.words("columns", PATIENT_FIELDS),
        sex_values=_sexes(keys),
        create_unknown=keys.flag("create_unknown"),
        keep_in_notes=keys.texts("keep_in_notes"),
    )
    ways = (patient.record_number, patient.record_number_from, patient.record_number_is)
    if sum(map(bool, ways)) > 1:
        name = "record_number_from" if patient.record_number_from else "record_number_is"
        keys.complain(name, "Give one of record_number, record_number_from and record_number_is.")
    if patient.record_number_from and not _ROW_NUMBER.fullmatch(patient.record_number_from):
        keys.complain("record_number_from", 'Give a text with {row} in it, "STUDY-{row:04}".')
    keys.refuse_others()
    return patient


def _sexes(keys: _Keys) -> dict[str, Sex | None]:
    sexes: dict[str, Sex | None] = {}
    for word, name in keys.words("sex_values").items():
        sexes[word] = _word(keys, f"sex_values.{word}", name, lambda text: find_word(Sex, text))
    return sexes


def _word(keys: _Keys, name: str, text: object, find: Callable[[str], Any]) -> Any:
    """Find a word by its code; None where it is left empty, for a question to be answered."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return find(text)
    except ValueError as error:
        keys.complain(name, str(error))
        return None


def _anchor(keys: _Keys) -> Anchor:
    anchor = Anchor(
        at=keys.take("at", date, "a day, 2026-03-02, or a time, 2026-03-02T09:30:00", None),
        column=keys.text("column"),
    )
    if anchor.at and anchor.column:
        keys.complain("column", "Give this or at, not both.")
    keys.refuse_others()
    return anchor


def _score(keys: _Keys) -> ScoreColumns:
    hours = keys.take("hours_after", (int, Decimal), "a number of hours", None)
    score = ScoreColumns(
        column=keys.text("column"),
        instrument=keys.text("instrument"),
        instrument_column=keys.text("instrument_column"),
        occasion=_word(
            keys, "occasion", keys.text("occasion"), lambda text: find_word(Occasion, text)
        ),
        occasion_column=keys.text("occasion_column"),
        date_column=keys.text("date_column"),
        hours_after=None if hours is None else Decimal(hours),
        days_after=keys.whole("days_after"),
        months_after=keys.whole("months_after"),
        note_column=keys.text("note_column"),
        items=keys.texts("items"),
        item_column=keys.text("item_column"),
        answer_column=keys.text("answer_column"),
        number_column=keys.text("number_column"),
        total_item=keys.text("total_item"),
        subtract=keys.whole("subtract"),
        not_answered=keys.texts("not_answered"),
        values=keys.words("values"),
        answers=keys.words("answers"),
    )
    _check_answers(keys, score)
    if score.offsets + bool(score.date_column) > 1:
        keys.complain(
            "hours_after", "Give one of hours_after, days_after, months_after and date_column."
        )
    keys.refuse_others()
    return score


def _check_answers(keys: _Keys, score: ScoreColumns) -> None:
    """Complain of what cannot be said together about totals and answers."""
    if not score.items:
        if not score.column:
            keys.complain(
                "column", "Name the column of the totals, or those of the answers: items."
            )
        if score.instrument and score.instrument_column:
            keys.complain("instrument_column", "Give this or instrument, not both.")
    elif score.instrument_column and not (score.instrument and score.item_column):
        keys.complain("instrument", "Answers are of one scale. Name it here.")
    twice = [name for name, count in Counter(filter(None, score.items)).items() if count > 1]
    if twice:
        keys.complain("items", f"'{twice[0]}' is given twice.")
    for word, value in score.answers.items():
        if not value.isascii() or not value.isdigit():
            keys.complain(f"answers.{word}", 'Give the value of this answer: "2".')
    _check_item_rows(keys, score)


def _check_item_rows(keys: _Keys, score: ScoreColumns) -> None:
    answered = score.answer_column or score.number_column
    if not score.item_column:
        if answered or score.total_item:
            keys.complain("item_column", "Name the column that says which question a row answers.")
        return
    if not (score.items and answered):
        keys.complain("answer_column", "Name the column of the answers, and the questions: items.")
    if score.column:
        keys.complain("column", "Give total_item: each row of this file has one answer.")


def _session(keys: _Keys) -> SessionColumns:
    by_field = keys.keys("values")
    given = SessionColumns(
        columns=keys.words("columns", SESSION_FIELDS),
        fixed=keys.words("fixed", SESSION_FIELDS),
        values={f: words for f in SESSION_FIELDS if (words := by_field.words(f))},
        start_time=keys.take("start_time", time, "a time of day, 09:30:00", None),
        weight_unit=keys.choice("weight_unit", WEIGHT_UNITS, "kg"),
        dose_unit=keys.choice("dose_unit", DOSE_UNITS, "mg"),
    )
    for problem in check_fixed(given):
        keys.complain(f"fixed.{problem.field}", problem.message)
    if not given.columns:
        keys.complain("columns", "Name the columns of the session.")
    by_field.refuse_others()
    keys.refuse_others()
    return given
