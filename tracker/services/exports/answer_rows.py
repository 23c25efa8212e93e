"""The answers of completed forms as rows, one for each question of the words that were asked."""

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from tracker.domain.instruments.model import Instrument, Item
from tracker.instruments import library
from tracker.services.instruments import editions as instrument_editions

# What is read of a score to make its answers, in this order.
FIELDS = (
    "record_number", "score_id", "instrument", "instrument_version", "edition_id", "answers",
    "taken_at", "time_known",
)  # fmt: skip


def spread(scores: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Turn scores, as the values of `FIELDS`, into the plain rows of the table of answers."""
    known: dict[tuple[str, str, int | None], Instrument | None] = {}
    for number, score_id, code, version, edition_id, text, taken_at, time_known in scores:
        which = (code, version, edition_id)
        if which not in known:
            known[which] = _words(*which)
        head = (number, score_id, code, version, taken_at)
        answers = {question: Decimal(value) for question, value in json.loads(text).items()}
        for cells in _questions(known[which], answers):
            yield (*head, *cells, time_known)


def _words(code: str, version: str, edition_id: int | None) -> Instrument | None:
    """Find the words that were answered; None where they are not known here."""
    if edition_id is not None:
        return instrument_editions.read(edition_id)
    current = library().get(code)
    return current if current is not None and current.version == version else None


def _questions(
    instrument: Instrument | None, answers: dict[str, Decimal]
) -> Iterator[tuple[Any, ...]]:
    items = instrument.items if instrument else ()
    for item in items:
        value = answers.pop(item.code, None)
        yield item.code, item.number, item.text, value, _label(item, value)
    for code, value in sorted(answers.items()):  # of a version whose words are not here
        yield code, None, "", value, ""


def _label(item: Item, value: Decimal | None) -> str:
    choice = item.choice(value) if value is not None else None
    return choice.label if choice else ""
