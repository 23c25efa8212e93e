"""Which columns hold totals of which scale, and when they were taken, by heading and values."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from tracker.domain.instruments.model import Instrument
from tracker.exchange.cells import numbers
from tracker.exchange.mapping import aliases, headings
from tracker.exchange.mapping.headings import When, Words
from tracker.exchange.mapping.model import ScoreColumns

_YES_NO_ROWS = 10  # so many values that are all 0 or 1 are no 0-10 scale
_IN_RANGE_SHARE = 0.8  # some totals may be wrong; then the rows say so
# "pain" and "dissociation" are part of many headings; "MADRS" names one scale.
_GENERIC = ("-nrs", "dissociation")


class _Candidate(Struct, frozen=True):
    heading: str
    instrument: Instrument
    when: When | None
    left: Words


class ScoreGuess(Struct):
    """The scores that were found, with the reason for each, and why others were not taken."""

    scores: list[ScoreColumns] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    passed_over: dict[str, str] = field(default_factory=dict)


def instrument_names(instruments: Mapping[str, Instrument]) -> dict[Words, str]:
    """Map every name of a scale, as words, to its code, but for names that two scales share."""
    named: dict[Words, set[str]] = {}
    for code, instrument in instruments.items():
        texts = {code, instrument.short_title, instrument.loinc_total}
        texts |= set(aliases.names(aliases.INSTRUMENTS.get(code, "")))
        for words in map(headings.split, filter(None, texts)):
            named.setdefault(words, set()).add(code)
            if len(words) > 1 and words[-1].isdigit() and len(words[0]) > 2:
                named.setdefault(words[:-1], set()).add(code)
    return {words: codes.pop() for words, codes in named.items() if len(codes) == 1}


def guess_wide(
    columns: Mapping[str, Sequence[str]], instruments: Mapping[str, Instrument]
) -> ScoreGuess:
    """Find the columns that hold totals; `columns` gives the cells that say something."""
    names = instrument_names(instruments)
    guess = ScoreGuess()
    candidates = []
    for heading, cells in columns.items():
        found = _parse(heading, names, instruments)
        if found is None:
            continue
        if reason := _objection(found, cells):
            guess.passed_over[heading] = reason
        else:
            candidates.append(found)
    for found, rival in _settle(candidates):
        if rival:
            guess.passed_over[found.heading] = (
                f"looks like {found.instrument.short_title} at the same time as '{rival}'"
            )
            continue
        guess.scores.append(_score(found))
        guess.reasons.append(_reason(found))
    return guess


def guess_words(cells: Sequence[str], instruments: Mapping[str, Instrument]) -> dict[str, str]:
    """Map the words of an instrument column to codes, as far as they are known."""
    names = instrument_names(instruments)
    found = {cell: names.get(headings.split(cell), "") for cell in dict.fromkeys(cells)}
    return {cell: code for cell, code in found.items() if code and code != cell}


def _parse(
    heading: str, names: Mapping[Words, str], instruments: Mapping[str, Instrument]
) -> _Candidate | None:
    """Read a heading as scale, time and the rest, in the way that leaves the least over."""
    words = headings.split(heading)
    readings = []
    for name, code in names.items():
        for start in range(len(words) - len(name) + 1):
            if words[start : start + len(name)] != name:
                continue
            rest = words[:start] + words[start + len(name) :]
            when, left = headings.take_time(rest)
            left = tuple(word for word in left if word not in aliases.TOTAL_WORDS)
            readings.append((len(left), -len(name), code, when, left))
    if not readings:
        return None
    _, _, code, when, left = min(readings, key=lambda reading: reading[:3])
    return _Candidate(heading, instruments[code], when, left)


def _objection(found: _Candidate, cells: Sequence[str]) -> str:
    """Say why a column is not a column of totals after all; empty where it may be."""
    title, generic = found.instrument.short_title, found.instrument.code.endswith(_GENERIC)
    if found.left and not generic:
        return f"looks like a part of {title} ('{' '.join(found.left)}'), not its total"
    values = [value for cell in cells if (value := _value(cell)) is not None]
    low, high = found.instrument.minimum, found.instrument.maximum
    inside = sum(low <= value <= high for value in values)
    if not values or inside < _IN_RANGE_SHARE * len(cells):
        return f"the values are not totals of {title}, {low} to {high}"
    if generic and len(values) >= _YES_NO_ROWS and set(values) <= {0, 1}:
        return f"the values are all 0 or 1: yes or no rather than {title} from {low} to {high}"
    return ""


def _value(cell: str) -> Decimal | None:
    for decimal_comma in (False, True):
        try:
            return numbers.read_number(cell, decimal_comma=decimal_comma)
        except ValueError:
            continue
    return None


def _settle(candidates: Sequence[_Candidate]) -> Iterator[tuple[_Candidate, str]]:
    """Where two columns claim one scale at one time, prefer the words that other columns share."""
    shared = Counter((found.instrument.code, word) for found in candidates for word in found.left)

    def weight(found: _Candidate) -> int:
        return sum(shared[found.instrument.code, word] for word in found.left)

    best: dict[tuple[str, When | None], _Candidate] = {}
    for found in candidates:
        rival = best.setdefault((found.instrument.code, found.when), found)
        if weight(found) > weight(rival):
            best[found.instrument.code, found.when] = found
    for found in candidates:
        chosen = best[found.instrument.code, found.when]
        yield found, "" if chosen is found else chosen.heading


def _score(found: _Candidate) -> ScoreColumns:
    score = ScoreColumns(column=found.heading, instrument=found.instrument.code)
    when = found.when
    if when is None:
        return score
    return replace(
        score,
        occasion=when.occasion,
        hours_after=when.hours_after,
        days_after=when.days_after,
        months_after=when.months_after,
    )


def _reason(found: _Candidate) -> str:
    title = found.instrument.short_title
    if found.when is None:
        return f"'{found.heading}' names {title}."
    if found.when == When():
        return f"'{found.heading}' names {title}, later, but does not say how much later."
    return f"'{found.heading}' names {title} and the time."
