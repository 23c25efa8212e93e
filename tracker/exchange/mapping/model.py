"""What a file's columns mean: written down once for a layout, as data, and used again."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from msgspec import Struct, field

from tracker.domain.codes import Occasion, Sex
from tracker.domain.problems import Problem
from tracker.exchange.mapping import headings

# Blank; R; SPSS and Excel; SAS; a habit of many clinics. Data reference, section 4, rule 2.
MISSING = ("", "NA", "#NULL!", ".", "-99")
WEIGHT_UNITS = ("kg", "lb")
DOSE_UNITS = ("mg", "mg/kg")
# What to write where a file gives the days of sessions alone: lines that work when copied.
SAY_WHEN_BEGUN = (
    'Say when sessions began, under [[sessions]], for all rows: start_time = "09:00". Or name the '
    'column that says it, under [sessions.columns]: start_time = "Time".'
)
PATIENT_FIELDS = ("given_name", "family_name", "birth_date", "sex", "email", "phone")
# One column may hold both pressures as 167/92.
PRESSURE_FIELDS = ("before_blood_pressure", "after_blood_pressure")


class MappingError(Exception):
    """A mapping cannot be used; carries every problem, each naming its key."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems for the page or the terminal."""
        self.problems = problems
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in problems))


class FileFacts(Struct, frozen=True, kw_only=True):
    """How the file is written; what is empty or 0 is found out from the file.

    `date_order` is dmy, mdy, ymd, or empty where no date of the file can be misread. With
    `formula_guard` the apostrophe that a safe export puts before texts like `=1` is taken off.
    """

    encoding: str = ""
    separator: str = ""
    header_row: int = 0
    decimal_comma: bool = False
    date_order: str = ""
    missing: tuple[str, ...] = MISSING
    formula_guard: bool = False


class PatientColumns(Struct, frozen=True, kw_only=True):
    """Which columns say who the patient is.

    The record number stands in the column `record_number`, or is made from the number of the row by
    `record_number_from`, such as `LIC-{row:04}`, or `record_number_is` one for the whole file.
    `columns` maps fields of the patient to headings, `sex_values` the file's words for sex to ours.
    Columns `keep_in_notes` go into the notes.
    """

    record_number: str = ""
    record_number_from: str = ""
    record_number_is: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    sex_values: Mapping[str, Sex | None] = field(default_factory=dict)
    create_unknown: bool = False
    keep_in_notes: tuple[str, ...] = ()


class Anchor(Struct, frozen=True, kw_only=True):
    """The moment that offsets count from: one day (with or without a time), or a column of days."""

    at: date | datetime | None = None
    column: str = ""

    def __bool__(self) -> bool:
        """Say whether there is one."""
        return self.at is not None or bool(self.column)


class ScoreColumns(Struct, frozen=True, kw_only=True):
    """One column of totals, or the answers that make them.

    The instrument is fixed or in a column, the occasion likewise. When: in `date_column`, or so
    many hours, days or months after the anchor. `values` maps the file's words for instrument and
    occasion to our codes.

    `items` are the columns of the answers in the order of the form, '' for a question that the file
    does not have; `column` is then the total that the file states. In a file with one answer in
    each row `items` are the names that `item_column` gives the questions, `total_item` the name it
    gives the total, `answer_column` holds the answer and `number_column` the same as a number.
    `subtract` is taken off every number of answers coded from 1; None has not been answered.
    `not_answered` are answers that are none, and `answers` maps the file's words to values.
    """

    column: str = ""
    instrument: str = ""
    instrument_column: str = ""
    occasion: Occasion | None = None
    occasion_column: str = ""
    date_column: str = ""
    hours_after: Decimal | None = None
    days_after: int | None = None
    months_after: int | None = None
    note_column: str = ""
    items: tuple[str, ...] = ()
    item_column: str = ""
    answer_column: str = ""
    number_column: str = ""
    total_item: str = ""
    subtract: int | None = None
    not_answered: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def offsets(self) -> int:
        """Count the offsets that are given."""
        given = (self.hours_after, self.days_after, self.months_after)
        return sum(offset is not None for offset in given)

    @property
    def item_columns(self) -> tuple[str, ...]:
        """List the columns of answers; none where each row has one answer."""
        return () if self.item_column else tuple(filter(None, self.items))

    @property
    def label(self) -> str:
        """Name it by a column, for whoever must say something about it."""
        return self.column or self.item_column or next(iter(self.item_columns), "")


class SessionColumns(Struct, frozen=True, kw_only=True):
    """The columns of one treatment session in a row.

    `columns` and `fixed` map fields of a session to headings and to cells that hold for every row;
    `values` maps, by field, the file's words to ours. `start_time` is for files that give days
    only. `weight_unit` is empty while nobody has said what a column of weights is in.
    """

    columns: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    start_time: time | None = None
    weight_unit: str = ""
    dose_unit: str = "mg"

    @property
    def unit_of_weight(self) -> str:
        """What weights are in, as the mapping or else the heading says; '' where neither does."""
        return self.weight_unit or headings.weight_unit(self.columns.get("weight_kg", ""))


class ImportMapping(Struct, frozen=True, kw_only=True):
    """What a file's columns mean. `table` names one of our own tables and needs no more."""

    table: str = ""
    file: FileFacts = FileFacts()
    patient: PatientColumns = PatientColumns()
    anchor: Anchor = Anchor()
    scores: tuple[ScoreColumns, ...] = ()
    sessions: tuple[SessionColumns, ...] = ()


def open_questions(mapping: ImportMapping) -> tuple[Problem, ...]:
    """List what the mapping must still say before it can be used, each naming the key."""
    if mapping.table:
        return ()
    return (
        *_ask_about_patient(mapping.patient),
        *_ask_about_scores(mapping),
        *_ask_about_sessions(mapping.sessions),
    )


def named_columns(mapping: ImportMapping) -> dict[str, str]:
    """Map every key that names a column to the heading it names."""
    patient = mapping.patient
    named = {"patient.record_number": patient.record_number, "anchor.column": mapping.anchor.column}
    named |= {f"patient.columns.{name}": heading for name, heading in patient.columns.items()}
    named |= {f"patient.keep_in_notes[{n}]": h for n, h in enumerate(patient.keep_in_notes, 1)}
    for number, score in enumerate(mapping.scores, 1):
        for name in ("column", *_SCORE_COLUMNS):
            named[f"scores[{number}].{name}"] = getattr(score, name)
        named |= {f"scores[{number}].items[{n}]": h for n, h in enumerate(score.item_columns, 1)}
    for number, given in enumerate(mapping.sessions, 1):
        named |= {f"sessions[{number}].columns.{n}": h for n, h in given.columns.items()}
    return {key: heading for key, heading in named.items() if heading}


def unused_columns(mapping: ImportMapping, header: tuple[str, ...]) -> tuple[str, ...]:
    """List the columns that the mapping does not use: nothing is left behind without being said."""
    if mapping.table:
        return ()
    used = set(named_columns(mapping).values())
    return tuple(heading for heading in header if heading not in used)


_SCORE_COLUMNS = (
    "instrument_column", "occasion_column", "date_column", "note_column", "item_column",
    "answer_column", "number_column",
)  # fmt: skip


def _ask_about_patient(patient: PatientColumns) -> Iterator[Problem]:
    if not (patient.record_number or patient.record_number_from or patient.record_number_is):
        yield Problem(
            "patient.record_number",
            "Name the column of the record number, or make numbers from the rows: "
            'record_number_from = "STUDY-{row:04}". Where all rows are of one patient: '
            'record_number_is = "P-0012".',
        )
    unclear = [word for word, sex in patient.sex_values.items() if sex is None]
    if unclear and "sex" in patient.columns:
        yield Problem(
            "patient.sex_values",
            f"Say what {', '.join(map(repr, unclear))} means: female, male, other or unknown.",
        )


def _ask_about_scores(mapping: ImportMapping) -> Iterator[Problem]:
    if any(score.offsets for score in mapping.scores) and not mapping.anchor:
        yield Problem(
            "anchor.at",
            "The scores have no dates of their own. Give the day they count from, at = 2026-03-02, "
            "or the column that holds it.",
        )
    for number, score in enumerate(mapping.scores, 1):
        key = f"scores[{number}]"
        if not score.instrument and not score.instrument_column:
            yield Problem(f"{key}.instrument", f"Say which scale '{score.label}' holds.")
        if not score.offsets and not score.date_column:
            yield Problem(
                f"{key}.hours_after",
                f"Say when '{score.label}' was taken: hours_after, days_after or months_after the "
                "anchor, or date_column.",
            )


def _ask_about_sessions(sessions: tuple[SessionColumns, ...]) -> Iterator[Problem]:
    for number, given in enumerate(sessions, 1):
        for name in ("started_at", "drug", "route"):
            if name not in given.columns and name not in given.fixed:
                yield Problem(
                    f"sessions[{number}].columns.{name}",
                    f"Name the column for {name}, or give one value for all rows under 'fixed'.",
                )
        heading = given.columns.get("weight_kg") or given.fixed.get("weight_kg")
        if heading and not given.unit_of_weight:
            yield Problem(
                f"sessions[{number}].weight_unit",
                f"Say whether '{heading}' is in kg or lb: the column does not name its unit.",
            )
