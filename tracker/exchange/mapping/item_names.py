"""The names that files give to the questions of a scale: numbers, codes, or the whole sentence."""

from collections.abc import Iterator, Mapping

from tracker.domain.instruments.model import Instrument
from tracker.exchange.mapping import aliases, headings
from tracker.exchange.mapping.headings import Words

_PATTERNS = ("{of}{n}", "{of} item {n}", "{of} q{n}", "{of} question {n}")


def squash(words: Words) -> str:
    """Write words as one, numbers without leading zeros: `PHQ_01` and `phq1` are the same."""
    return "".join(word.lstrip("0") or "0" if word.isdigit() else word for word in words)


def key(name: str) -> str:
    """Give the form in which names of questions are compared."""
    return squash(headings.split(name))


def item_numbers(instrument: Instrument) -> dict[str, int]:
    """Map every known name of a question, as `key` gives it, to its place on the form from 1."""
    patterns = list(_patterns(instrument))
    found: dict[str, int] = {}
    for item in instrument.items:
        names = [item.code, item.loinc, item.text]
        names += [pattern.format(n=item.number) for pattern in patterns]
        for name in filter(None, names):
            found.setdefault(key(name), item.number)
    return found


def total_names(instrument: Instrument) -> frozenset[str]:
    """List the names that the total of a scale has among its questions."""
    of = (instrument.code, instrument.short_title)
    names = [f"{name} {word}" for name in of for word in aliases.TOTAL_WORDS]
    names += [f"{name} total score" for name in of]
    names += [instrument.loinc_total, *aliases.names(aliases.TOTAL_ITEMS.get(instrument.code, ""))]
    return frozenset(map(key, filter(None, names)))


def empty_answers(names: Mapping[str, object]) -> tuple[str, ...]:
    """List the answers that are none in files which name their questions so."""
    stems = {headings.split(name)[0] for name in names if headings.split(name)}
    return next((v for stem, v in aliases.NOT_ANSWERED.items() if stems == {stem}), ())


def _patterns(instrument: Instrument) -> Iterator[str]:
    yield from filter(None, aliases.names(aliases.ITEMS.get(instrument.code, "")))
    for of in {instrument.code, instrument.short_title}:
        yield from (pattern.replace("{of}", of) for pattern in _PATTERNS)
