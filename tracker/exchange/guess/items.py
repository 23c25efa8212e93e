"""Which columns, or which rows, hold the answers to the questions of which scale."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from tracker.domain.instruments.model import Instrument
from tracker.domain.problems import Problem
from tracker.exchange.cells import numbers
from tracker.exchange.cells.answers import coded_from_one
from tracker.exchange.mapping import headings, item_names
from tracker.exchange.mapping.headings import When
from tracker.exchange.mapping.model import ScoreColumns

_RUN_MIN = 7  # three numbered columns may be anything
_IN_RANGE_SHARE = 0.8

Cells = Mapping[str, Sequence[str]]
Instruments = Mapping[str, Instrument]


class ItemGuess(Struct):
    """The forms that were found, with the reason for each, and what must be asked about it."""

    scores: list[ScoreColumns] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    questions: list[Problem] = field(default_factory=list)

    def add(self, score: ScoreColumns, reason: str, *questions: tuple[str, str]) -> None:
        """Take a form; questions are (key, message)."""
        self.scores.append(score)
        self.reasons.append(reason)
        where = f"scores[{len(self.scores)}]"
        self.questions += [Problem(f"{where}.{key}", message) for key, message in questions]

    def add_totals(self, totals: Sequence[ScoreColumns], reasons: Sequence[str]) -> None:
        """Put totals beside the answers of the same scale at the same time, the others behind."""
        places = {(score.instrument, _time(score)): n for n, score in enumerate(self.scores)}
        for total, reason in zip(totals, reasons, strict=True):
            place = places.get((total.instrument, _time(total)))
            if place is None:
                self.add(total, reason)
            else:
                self.scores[place] = replace(self.scores[place], column=total.column)


def guess_items(columns: Cells, instruments: Instruments) -> ItemGuess:
    """Find every scale all of whose questions have a column; then numbered columns without a name.

    Half a scale is not taken: the answers would make no total, and a person sees what is missing.
    """
    guess = ItemGuess()
    asked = {code: one for code, one in instruments.items() if len(one.scored_items) > 1}
    for (codes, when), items in _whole_scales(columns, asked).items():
        cells = [cell for heading in items if heading for cell in columns[heading]]
        code = codes[0] if len(codes) == 1 else ""
        score = _score(code, when, items)
        titles = " or ".join(asked[code].short_title for code in codes)
        questions = [("instrument", f"Is it {' or '.join(codes)}?")] if not code else []
        guess.add(
            score,
            f"'{score.label}' and the columns with it have the questions of {titles}.",
            *questions,
            *_from_one(asked[codes[0]], cells),
        )
    taken = {heading for score in guess.scores for heading in score.item_columns}
    _add_runs(guess, {h: cells for h, cells in columns.items() if h not in taken}, asked)
    return guess


def guess_item_rows(
    columns: Cells, found: Mapping[str, Any], instruments: Instruments
) -> ItemGuess:
    """Find the scales of a file with one answer in each row; `found` are its columns by field."""
    guess = ItemGuess()
    if "item_column" not in found or not {"answer_column", "number_column"} & found.keys():
        return guess
    keyed = {item_names.key(name): name for name in dict.fromkeys(columns[found["item_column"]])}
    for code, instrument in instruments.items():
        numbered = item_names.item_numbers(instrument)
        names = {numbered[key]: name for key, name in keyed.items() if key in numbered}
        if len(instrument.scored_items) < 2 or not _is_whole(instrument, names):
            continue
        totals = [keyed[key] for key in item_names.total_names(instrument) if key in keyed]
        score = ScoreColumns(
            **found,
            instrument=code,
            items=_in_order(names),
            total_item=totals[0] if totals else "",
            values=_words(columns, found.get("instrument_column", ""), instrument),
        )
        if not score.values:
            score = replace(score, instrument_column="")
        guess.add(score, f"The rows have every question of {instrument.short_title}.")
    return guess


def _words(columns: Cells, heading: str, instrument: Instrument) -> dict[str, str]:
    """Map the words for a scale that begin with its name: `GAD-7 V2` is gad7."""
    names = {headings.split(instrument.code), headings.split(instrument.short_title)}
    return {
        cell: instrument.code
        for cell in dict.fromkeys(columns.get(heading, ()))
        if any(headings.split(cell)[: len(name)] == name for name in names)
    }


def _whole_scales(
    columns: Cells, instruments: Instruments
) -> dict[tuple[tuple[str, ...], When | None], tuple[str, ...]]:
    """Find whole scales by the names of their columns; scales asked in the same words go together.

    A scale whose columns all belong to a larger one, as those of PHQ-2 to PHQ-9, is not there.
    """
    found: defaultdict[tuple[tuple[str, ...], When | None], list[str]] = defaultdict(list)
    for code, instrument in instruments.items():
        numbered = item_names.item_numbers(instrument)
        by_time: defaultdict[When | None, dict[int, str]] = defaultdict(dict)
        for heading in columns:
            if place := _place(heading, numbered):
                by_time[place[1]].setdefault(place[0], heading)
        for when, names in by_time.items():
            if _is_whole(instrument, names):
                found[_in_order(names), when].append(code)
    whole = [set(items) for items, _ in found]
    return {
        (tuple(codes), when): items
        for (items, when), codes in found.items()
        if not any(set(items) < other for other in whole)
    }


def _place(heading: str, numbered: Mapping[str, int]) -> tuple[int, When | None] | None:
    """Read a heading as a question, alone or with a time."""
    words = headings.split(heading)
    if number := numbered.get(item_names.squash(words)):
        return number, None
    when, left = headings.take_time(words)
    number = numbered.get(item_names.squash(left)) if when else None
    return (number, when) if number else None


def _is_whole(instrument: Instrument, names: Mapping[int, str]) -> bool:
    needed = [item.number for item in instrument.scored_items if not item.optional]
    return bool(needed) and all(number in names for number in needed)


def _in_order(names: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(names.get(number, "") for number in range(1, max(names) + 1))


def _score(code: str, when: When | None, items: tuple[str, ...]) -> ScoreColumns:
    when = when or When()
    return ScoreColumns(
        instrument=code,
        items=items,
        occasion=when.occasion,
        hours_after=when.hours_after,
        days_after=when.days_after,
        months_after=when.months_after,
        not_answered=item_names.empty_answers(dict.fromkeys(filter(None, items))),
    )


def _time(score: ScoreColumns) -> tuple[object, ...]:
    return score.occasion, score.hours_after, score.days_after, score.months_after


def _add_runs(guess: ItemGuess, columns: Cells, instruments: Instruments) -> None:
    """Ask about numbered columns that are as many as a scale has questions, with its answers."""
    for items in _runs(columns):
        values = _values([cell for heading in items for cell in columns[heading]])
        fitting = [one for one in instruments.values() if _fits(one, len(items), values)]
        if not fitting:
            continue
        codes = " or ".join(one.code for one in fitting)
        titles = " or ".join(one.short_title for one in fitting)
        message = (
            f"'{items[0]}' to '{items[-1]}' are as many as {titles} has questions. Is it {codes}, "
            "with the questions in the order of the form?"
        )
        guess.add(
            ScoreColumns(items=items),
            f"{len(items)} numbered columns without the name of a scale.",
            ("instrument", message),
            *_from_one(fitting[0], [cell for heading in items for cell in columns[heading]]),
        )


def _runs(columns: Cells) -> Iterator[tuple[str, ...]]:
    """Find headings that are the same but for a number which counts from 1."""
    stems: defaultdict[tuple[object, ...], dict[int, str]] = defaultdict(dict)
    for heading in columns:
        words = headings.split(heading)
        for at, word in enumerate(words):
            if word.isdigit() and len(word) < 4:
                stem = (*words[:at], None, *words[at + 1 :])
                stems[stem].setdefault(int(word), heading)
    for numbered in stems.values():
        if len(numbered) >= _RUN_MIN and sorted(numbered) == [*range(1, len(numbered) + 1)]:
            yield tuple(numbered[number] for number in sorted(numbered))


def _fits(instrument: Instrument, count: int, values: Sequence[Decimal]) -> bool:
    if count not in (len(instrument.items), len(instrument.scored_items)) or not values:
        return False
    offered = {choice.value for item in instrument.scored_items for choice in item.choices}
    offered |= {value + 1 for value in offered}  # coded from 1
    return sum(value in offered for value in values) >= _IN_RANGE_SHARE * len(values)


def _from_one(instrument: Instrument, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    values = _values(cells)
    if question := coded_from_one(instrument, set(values), len(values)):
        yield "subtract", question


def _values(cells: Sequence[str]) -> list[Decimal]:
    found = []
    for cell in cells:
        try:
            found.append(numbers.read_number(cell))
        except ValueError:
            continue
    return found
