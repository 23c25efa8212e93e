"""A first mapping for a file, from its headings and first rows, with a reason for each part.

A guess is a proposal: what cannot be known from the file is asked, never assumed.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.codes import Sex
from tracker.domain.instruments.model import Instrument
from tracker.domain.problems import Problem
from tracker.exchange.columns import Table
from tracker.exchange.csv.encodings import UnreadableFileError
from tracker.exchange.csv.reader import SourceFile
from tracker.exchange.guess import cell_facts
from tracker.exchange.guess.items import guess_item_rows, guess_items
from tracker.exchange.guess.scores import guess_wide, guess_words
from tracker.exchange.guess.sessions import guess_session, lacks_time
from tracker.exchange.mapped.patients import sex_reader
from tracker.exchange.mapping import aliases, headings
from tracker.exchange.mapping.model import (
    MISSING,
    SAY_WHEN_BEGUN,
    Anchor,
    FileFacts,
    ImportMapping,
    PatientColumns,
    ScoreColumns,
    SessionColumns,
    open_questions,
    unused_columns,
)
from tracker.exchange.mapping.toml_writer import to_toml
from tracker.exchange.tables import derived_table, recognise
from tracker.exchange.tables.answers import ANSWERS

_LIKENESS = 0.88  # "date submited" and "date submitted"; lower took "dose" for "nose"

_FIELDS = {
    "record_number": aliases.RECORD_NUMBER,
    **{f"patient.{name}": listed for name, listed in aliases.PATIENT.items()},
    **{f"session.{name}": listed for name, listed in aliases.SESSION.items()},
    **{f"score.{name}": listed for name, listed in aliases.SCORE.items()},
    "computed": aliases.COMPUTED,
}
_FIELD_OF = aliases.lookup(_FIELDS)
_ANSWER_OF = aliases.lookup(aliases.ANSWER)


class Guess(Struct, frozen=True, kw_only=True):
    """A mapping to start from; `reasons` go by key, `passed_over` by heading.

    `is_form` where the file is one completed form, which needs no more than whose it is.
    """

    mapping: ImportMapping
    reasons: Mapping[str, str]
    open_questions: tuple[Problem, ...] = ()
    unused: tuple[str, ...] = ()
    passed_over: Mapping[str, str]
    is_form: bool = False

    def to_toml(self) -> str:
        """Write the mapping with reasons, questions and unused columns, ready to be edited."""
        unused = tuple(
            f"{heading} ({self.passed_over[heading]})" if heading in self.passed_over else heading
            for heading in self.unused
        )
        return to_toml(
            self.mapping, reasons=self.reasons, questions=self.open_questions, unused=unused
        )


_ONLY_OUT = {
    ANSWERS.name: "This is an export of answers, made for analysis. The scores carry the answers: "
    "import scores.csv."
}
_ONLY_OUT_OTHERS = (
    "This is an export of what was written during sessions, made for analysis. It cannot be "
    "imported: such a log is only ever written at the chair."
)


def guess_file(source: SourceFile, instruments: Mapping[str, Instrument]) -> Guess:
    """Guess the mapping of an opened file, and write down how it was opened.

    Raises UnreadableFileError where the file breaks off within its first thousand rows.
    """
    if name := derived_table(source.header):
        raise UnreadableFileError(_ONLY_OUT.get(name, _ONLY_OUT_OTHERS))
    guessed = guess(source.header, source.sample(), instruments)
    facts = replace(
        guessed.mapping.file,
        encoding=source.encoding,
        separator=source.separator,
        header_row=source.header_row,
    )
    return replace(guessed, mapping=replace(guessed.mapping, file=facts))


def guess(
    header: Sequence[str],
    sample_rows: Sequence[Sequence[str]],
    instruments: Mapping[str, Instrument],
) -> Guess:
    """Guess what the columns mean; `instruments` are the known scales by code."""
    columns = {
        heading: cell_facts.column(sample_rows, index, MISSING)
        for index, heading in enumerate(header)
    }
    if table := recognise(header):
        return _guess_own(table.without(*set(table.headings).difference(header)), columns)
    return _Guesser(columns, instruments).guess()


def _guess_own(table: Table, columns: Mapping[str, Sequence[str]]) -> Guess:
    """Recognise one of our own tables; a spreadsheet may have rewritten its dates and numbers."""
    texts = [cell for c in table.columns if c.kind.text for cell in columns[c.name]]
    others = [cell for c in table.columns if not c.kind.text for cell in columns[c.name]]
    facts, reasons, questions = _guess_facts(others)
    guard = cell_facts.formula_guard(texts, default=True)
    return Guess(
        mapping=ImportMapping(table=table.name, file=replace(facts, formula_guard=guard)),
        reasons=reasons
        | {
            "table": f"These are the headings of our own {table.name}.",
            "file.formula_guard": "false only for a file that was exported exactly.",
        },
        open_questions=questions,
        passed_over={},
    )


def _guess_facts(cells: Sequence[str]) -> tuple[FileFacts, dict[str, str], tuple[Problem, ...]]:
    """Find out how numbers and dates are written; give reasons and questions with it."""
    reasons, questions = {}, []
    comma, ask_comma = cell_facts.decimal_comma(cells)
    if ask_comma:
        message = "Numbers such as 1,234 may be decimals or thousands. Say true or false."
        questions.append(Problem("file.decimal_comma", message))
    order, ask_order = cell_facts.date_order(cells)
    if ask_order:
        message = "Day and month cannot be told apart in all rows. Say dmy or mdy."
        questions.append(Problem("file.date_order", message))
    elif order:
        reasons["file.date_order"] = "Some dates can be read in this order only."
    return FileFacts(decimal_comma=comma, date_order=order), reasons, tuple(questions)


class _Guesser:
    """Goes through the columns of a file that is not ours, and takes each for one thing at most."""

    def __init__(
        self, columns: Mapping[str, Sequence[str]], instruments: Mapping[str, Instrument]
    ) -> None:
        self._columns = columns
        self._instruments = instruments
        self._reasons: dict[str, str] = {}
        self._passed_over: dict[str, str] = {}
        self._heading_of = self._match_fields()

    def guess(self) -> Guess:
        treatment_session = self._session()
        scores, asked = self._scores()
        if treatment_session and lacks_time(treatment_session, self._columns):
            message = f"The file gives days without a time. {SAY_WHEN_BEGUN}"
            asked = [*asked, Problem("sessions[1].start_time", message)]
        patient = self._patient()
        cells = [cell for cells in self._columns.values() for cell in cells]
        facts, reasons, questions = _guess_facts(cells)
        self._reasons |= reasons
        mapping = ImportMapping(
            file=replace(facts, formula_guard=cell_facts.formula_guard(cells, default=False)),
            patient=patient,
            anchor=self._anchor(scores),
            scores=scores,
            sessions=(treatment_session,) if treatment_session else (),
        )
        if computed := self._heading_of.get("computed"):
            self._passed_over[computed] = "computed from dose and weight"
        return Guess(
            mapping=mapping,
            reasons=self._reasons,
            open_questions=(*_new_questions(open_questions(mapping), asked), *asked, *questions),
            unused=unused_columns(mapping, tuple(self._columns)),
            passed_over=self._passed_over,
        )

    def _scores(self) -> tuple[tuple[ScoreColumns, ...], list[Problem]]:
        """Find scores by their answers first, then by their totals; and what must be asked."""
        columns = self._free_columns()
        found = guess_item_rows(columns, self._item_fields(), self._instruments)
        if not found.scores:
            found = guess_items(columns, self._instruments)
            taken = {heading for score in found.scores for heading in score.item_columns}
            rest = {heading: cells for heading, cells in columns.items() if heading not in taken}
            wide = guess_wide(rest, self._instruments)
            self._passed_over |= wide.passed_over
            found.add_totals(wide.scores, wide.reasons)
        for number, reason in enumerate(found.reasons, 1):
            self._reasons[f"scores[{number}]"] = reason
        return tuple(
            self._add_date(score) for score in found.scores
        ) or self._long(), found.questions

    def _item_fields(self) -> dict[str, str]:
        """List the columns of a file with one answer in each row, by what they are."""
        fields = self._fields("score")
        kept = ("date_column", "instrument_column")
        found: dict[str, str] = {name: fields[name] for name in kept if name in fields}
        if visit := fields.get("note_column", fields.get("occasion_column")):
            found["note_column"] = visit
        for heading in self._columns:
            if name := _ANSWER_OF.get(headings.key(heading)):
                found.setdefault(name, heading)
        return found

    def _session(self) -> SessionColumns | None:
        treatment_session = guess_session(
            self._fields("session"), self._heading_of.get("score.date_column", ""), self._columns
        )
        if treatment_session is None:
            for field in self._fields("session"):
                del self._heading_of[f"session.{field}"]
        return treatment_session

    def _fields(self, of: str) -> dict[str, str]:
        """List the fields that were found of a patient, session or score, with their headings."""
        prefix = f"{of}."
        return {
            field.removeprefix(prefix): heading
            for field, heading in self._heading_of.items()
            if field.startswith(prefix)
        }

    def _match_fields(self) -> dict[str, str]:
        """Find the heading of each field: by its known names first, then by likeness."""
        found: dict[str, str] = {}
        for heading in self._columns:
            if field := _FIELD_OF.get(headings.key(heading)):
                found.setdefault(field, heading)
        for heading in self._columns:
            if heading in found.values() or not headings.key(heading):
                continue
            close = get_close_matches(headings.key(heading), _FIELD_OF, 1, _LIKENESS)
            if close and _FIELD_OF[close[0]] not in found:
                found[_FIELD_OF[close[0]]] = heading
                key = _key_of(_FIELD_OF[close[0]])
                self._reasons[key] = f"'{heading}' is close to '{close[0]}'."
        return found

    def _free_columns(self) -> dict[str, Sequence[str]]:
        """List the columns that may hold totals: those that are not something else by name."""
        taken = {h for field, h in self._heading_of.items() if not field.startswith("score.")}
        return {heading: cells for heading, cells in self._columns.items() if heading not in taken}

    def _patient(self) -> PatientColumns:
        columns = self._fields("patient")
        number = self._heading_of.get("record_number", "")
        if number:
            reason = f"'{number}' looks like the record number."
            self._reasons.setdefault("patient.record_number", reason)
        self._reasons["patient.create_unknown"] = "true makes patients who are not there yet."
        return PatientColumns(
            record_number=number, columns=columns, sex_values=self._sex_values(columns.get("sex"))
        )

    def _sex_values(self, heading: str | None) -> dict[str, Sex | None]:
        read = sex_reader({})
        unclear: dict[str, Sex | None] = {}
        for cell in dict.fromkeys(self._columns[heading] if heading else ()):
            try:
                read(cell)
            except ValueError:
                unclear[cell] = None
        return unclear

    def _add_date(self, score: ScoreColumns) -> ScoreColumns:
        """Give a score without a time in its heading the date of its row."""
        of_session = self._heading_of.get("session.started_at", "")
        date_column = self._heading_of.get("score.date_column", of_session)
        if score.offsets or not date_column or score.occasion:
            return score
        return replace(score, date_column=date_column)

    def _long(self) -> tuple[ScoreColumns, ...]:
        """Find a file with one scale a row: named in a column, its total in another."""
        named: dict[str, Any] = self._fields("score")
        if "column" not in named:
            return ()
        cells = self._columns[named["instrument_column"]] if "instrument_column" in named else ()
        self._reasons["scores[1]"] = "One total in each row."
        return (ScoreColumns(**named, values=guess_words(cells, self._instruments)),)

    def _anchor(self, scores: Sequence[ScoreColumns]) -> Anchor:
        if not any(score.offsets for score in scores):
            return Anchor()
        for field in ("session.started_at", "score.date_column"):
            if heading := self._heading_of.get(field):
                self._reasons["anchor.column"] = f"'{heading}' looks like the day of treatment."
                return Anchor(column=heading)
        return Anchor()


def _new_questions(questions: Sequence[Problem], asked: Sequence[Problem]) -> Iterator[Problem]:
    """Leave out questions that are put in better words already."""
    keys = {question.field for question in asked}
    return (question for question in questions if question.field not in keys)


def _key_of(field: str) -> str:
    """Give the key under which the mapping keeps a field."""
    part, _, name = field.rpartition(".")
    places = {"patient": "patient.columns", "session": "sessions[1].columns", "score": "scores[1]"}
    return f"{places.get(part, 'patient')}.{name}"
