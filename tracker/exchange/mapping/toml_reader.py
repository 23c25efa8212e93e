"""TOML into a mapping, with every problem named by its key."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any, Self

from tracker.domain import strict_table
from tracker.domain.codes import Occasion, Sex
from tracker.domain.problems import Problem
from tracker.domain.strict_table import Fault
from tracker.exchange.cells import dates
from tracker.exchange.cells.dates import DATE_ORDERS
from tracker.exchange.cells.kinds import find_word
from tracker.exchange.csv.reader import SEPARATORS
from tracker.exchange.mapped.sessions import SESSION_FIELDS, check_fixed
from tracker.exchange.mapping.model import (
    DOSE_UNITS,
    MISSING,
    PATIENT_FIELDS,
    SAY_WHEN_BEGUN,
    WEIGHT_UNITS,
    Anchor,
    FileFacts,
    ImportMapping,
    MappingError,
    PatientColumns,
    ScoreColumns,
    SessionColumns,
)

_TIME_OF_DAY = 'Give a time of day, start_time = "09:30".'
_QUOTED_TIMES = 'Times stand in quotes: start_time = "09:00".'
_BARE_TIME = re.compile(r"^\s*start_time\s*=\s*\d{1,2}(?::\d{2})?\s*$", re.MULTILINE)
_ROW_NUMBER = re.compile(r"[^{}]*\{row(?::0?\d{1,2})?\}[^{}]*")


# Every table of a mapping is gone through for every row; the widest files that we know need 200.
LETTERS_MAX, TABLES_MAX, FAULTS_MAX = 200_000, 1_000, 100


def from_toml(text: str) -> ImportMapping:
    """Read a mapping; raise MappingError with every problem, each naming its key.

    One that is larger than any file needs is refused unread, and of too many problems some are
    told: each comes back on a page.
    """
    if len(text) > LETTERS_MAX or text.count("\n[[") > TABLES_MAX:
        raise MappingError((Problem("", "This is longer than any file needs. Make it shorter."),))
    try:
        data = strict_table.load(text)
    # Not only TOMLDecodeError: nesting too deep and numbers of thousands of digits end otherwise.
    except (ValueError, RecursionError) as error:
        hint = f" {_QUOTED_TIMES}" if _BARE_TIME.search(text) else ""
        raise MappingError((Problem("", f"This is not TOML: {error}.{hint}"),)) from error
    faults: list[Fault] = []
    top = _Table(data, (), faults)
    mapping = ImportMapping(
        table=top.text("table"),
        file=_file(top.table("file")),
        patient=_patient(top.table("patient")),
        anchor=_anchor(top.table("anchor")),
        scores=tuple(_score(keys) for keys in top.tables("scores")),
        sessions=tuple(_session(keys) for keys in top.tables("sessions")),
    )
    top.check_unknown_keys()
    if faults:
        raise MappingError(tuple(map(_problem, faults[:FAULTS_MAX])))
    return mapping


class _Table(strict_table.StrictTable):
    """One table of a mapping."""

    def unknown(self, key: str, known: set[str]) -> str:
        return "There is no such key. Is it spelt right?"

    def text(self, key: str, default: str = "") -> str:
        text: str = self.take(key, str, "Give a text in quotes.", default)
        return text

    def flag(self, key: str) -> bool:
        flag: bool = self.take(key, bool, "Give true or false.", False)
        return flag

    def whole(self, key: str) -> int | None:
        whole: int | None = self.take(key, int, "Give a whole number.", None)
        return whole

    def choice(self, key: str, choices: tuple[str, ...], default: str = "") -> str:
        text = self.text(key, default)
        if text and text not in choices:
            self.wrong(key, f"Give one of: {', '.join(map(repr, choices))}.")
        return text

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        return self.take_list(key, str, 'Give a list of texts, ["a", "b"].', default)

    def words(self, key: str, allowed: tuple[str, ...] | None = None) -> dict[str, str]:
        """Read a table of texts, whose keys are `allowed` where that is given."""
        words: dict[str, str] = {}
        for name, value in self.take(key, dict, "Give a table of texts.", {}).items():
            if allowed is not None and name not in allowed:
                self.wrong(f"{key}.{name}", f"There is no such field. Use {', '.join(allowed)}.")
            elif not isinstance(value, str):
                self.wrong(f"{key}.{name}", "Give a text in quotes.")
            else:
                words[name] = value
        return words

    def table(self, key: str) -> Self:
        return self.take_table(key, "Give a table.")

    def tables(self, key: str) -> list[Self]:
        return self.take_tables(key, f"Give [[{key}]] tables.")


def _problem(fault: Fault) -> Problem:
    """Name the key as it is written: `scores[1].column`."""
    steps = (f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in fault.path)
    return Problem("".join(steps).removeprefix("."), fault.message)


def _file(keys: _Table) -> FileFacts:
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
        keys.wrong("header_row", "Give the number of the row with the headings, from 1.")
    keys.check_unknown_keys()
    return facts


def _patient(keys: _Table) -> PatientColumns:
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
        keys.wrong(name, "Give one of record_number, record_number_from and record_number_is.")
    if patient.record_number_from and not _ROW_NUMBER.fullmatch(patient.record_number_from):
        keys.wrong("record_number_from", 'Give a text with {row} in it, "STUDY-{row:04}".')
    keys.check_unknown_keys()
    return patient


def _sexes(keys: _Table) -> dict[str, Sex | None]:
    sexes: dict[str, Sex | None] = {}
    for word, name in keys.words("sex_values").items():
        sexes[word] = _word(keys, f"sex_values.{word}", name, lambda text: find_word(Sex, text))
    return sexes


def _word(keys: _Table, name: str, text: object, find: Callable[[str], Any]) -> Any:
    """Find a word by its code; None where it is left empty, for a question to be answered."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return find(text)
    except ValueError as error:
        keys.wrong(name, str(error))
        return None


def _anchor(keys: _Table) -> Anchor:
    anchor = Anchor(
        at=keys.take("at", date, "Give a day, 2026-03-02, or a time, 2026-03-02T09:30:00.", None),
        column=keys.text("column"),
    )
    if anchor.at and anchor.column:
        keys.wrong("column", "Give this or at, not both.")
    keys.check_unknown_keys()
    return anchor


def _score(keys: _Table) -> ScoreColumns:
    hours = keys.take("hours_after", (int, Decimal), "Give a number of hours.", None)
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
        keys.wrong(
            "hours_after", "Give one of hours_after, days_after, months_after and date_column."
        )
    keys.check_unknown_keys()
    return score


def _check_answers(keys: _Table, score: ScoreColumns) -> None:
    """Complain of what cannot be said together about totals and answers."""
    if not score.items:
        if not score.column:
            keys.wrong("column", "Name the column of the totals, or those of the answers: items.")
        if score.instrument and score.instrument_column:
            keys.wrong("instrument_column", "Give this or instrument, not both.")
    elif score.instrument_column and not (score.instrument and score.item_column):
        keys.wrong("instrument", "Answers are of one scale. Name it here.")
    twice = [name for name, count in Counter(filter(None, score.items)).items() if count > 1]
    if twice:
        keys.wrong("items", f"'{twice[0]}' is given twice.")
    for word, value in score.answers.items():
        if not value.isascii() or not value.isdigit():
            keys.wrong(f"answers.{word}", 'Give the value of this answer: "2".')
    _check_item_rows(keys, score)


def _check_item_rows(keys: _Table, score: ScoreColumns) -> None:
    answered = score.answer_column or score.number_column
    if not score.item_column:
        if answered or score.total_item:
            keys.wrong("item_column", "Name the column that says which question a row answers.")
        return
    if not (score.items and answered):
        keys.wrong("answer_column", "Name the column of the answers, and the questions: items.")
    if score.column:
        keys.wrong("column", "Give total_item: each row of this file has one answer.")


def _session(keys: _Table) -> SessionColumns:
    by_field = keys.table("values")
    given = SessionColumns(
        columns=keys.words("columns", SESSION_FIELDS),
        fixed=keys.words("fixed", SESSION_FIELDS),
        values={f: words for f in SESSION_FIELDS if (words := by_field.words(f))},
        start_time=_start_time(keys),
        weight_unit=keys.choice("weight_unit", WEIGHT_UNITS, ""),
        dose_unit=keys.choice("dose_unit", DOSE_UNITS, "mg"),
    )
    for problem in check_fixed(given):
        keys.wrong(f"fixed.{problem.field}", problem.message)
    if not given.columns:
        keys.wrong("columns", "Name the columns of the session.")
    if keys.data.get("start_time") == "" and not _names_start(given):
        keys.wrong("start_time", SAY_WHEN_BEGUN)
    by_field.check_unknown_keys()
    keys.check_unknown_keys()
    return given


def _names_start(given: SessionColumns) -> bool:
    return "start_time" in given.columns or "start_time" in given.fixed


def _start_time(keys: _Table) -> time | None:
    """Read a time of day, which a TOML text may give in fewer figures than a TOML time."""
    found: time | str | None = keys.take("start_time", (time, str), _TIME_OF_DAY, None)
    if not isinstance(found, str):
        return found
    try:
        return dates.read_clock(found.strip()) if found else None
    except ValueError:
        keys.wrong("start_time", _TIME_OF_DAY)
        return None
