"""Headings as words, and the time that a heading speaks of."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from tracker.domain.codes import Occasion
from tracker.domain.patients.draft import fold
from tracker.domain.scores.draft import HOURS_AFTER_MAX
from tracker.exchange.mapping.aliases import BASELINE_WORDS, LATER_WORDS

Words = tuple[str, ...]

# Between throat and Pain, and between PHQ9 and Total.
_JOINTS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])")
_WORD = re.compile(r"[a-z]+|[0-9]+")

_UNITS = {
    "minutes": ("min", "mins", "minute", "minutes"),
    "hours": ("h", "hr", "hrs", "hour", "hours"),
    "days": ("d", "day", "days", "pod"),  # pod: post-operative day
    "weeks": ("w", "wk", "wks", "week", "weeks"),
    "months": ("m", "mo", "mos", "month", "months"),
}
_WEIGHT_UNITS = {
    "lb": "lb", "lbs": "lb", "pound": "lb", "pounds": "lb",
    "kg": "kg", "kgs": "kg", "kilo": "kg", "kilos": "kg", "kilogram": "kg", "kilograms": "kg",
}  # fmt: skip
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
_TEN_THOUSANDTH = Decimal("0.0001")  # 20 minutes are 0.3333 hours


class When(Struct, frozen=True, kw_only=True):
    """The time that a heading speaks of; all None where it says only that it was later."""

    hours_after: Decimal | None = None
    days_after: int | None = None
    months_after: int | None = None
    occasion: Occasion | None = None


def split(heading: str) -> Words:
    """Split a heading into folded words and numbers: `bdi.2m` is bdi, 2, m."""
    return tuple(_WORD.findall(fold(_JOINTS.sub(" ", heading))))


def key(heading: str) -> str:
    """Give the words of a heading as one text, to be looked up."""
    return " ".join(split(heading))


def weight_unit(heading: str) -> str:
    """Read the unit of a weight out of a heading, kg or lb; '' where it names none, or both."""
    named = {_WEIGHT_UNITS[word] for word in split(heading) if word in _WEIGHT_UNITS}
    return named.pop() if len(named) == 1 else ""


def take_time(words: Words) -> tuple[When | None, Words]:
    """Find the time among the words; give it and the words that are left."""
    for start, number, unit in _measures(words):
        left = words[:start] + words[start + 2 :]
        if BASELINE_WORDS.isdisjoint(left):
            return _when(number, unit), tuple(
                word for word in left if word not in LATER_WORDS | {"am", "pm"}
            )
    if not BASELINE_WORDS.isdisjoint(words):
        left = tuple(word for word in words if word not in BASELINE_WORDS | {"op"})
        return When(hours_after=Decimal(0), occasion=Occasion.BASELINE), left
    left = tuple(word for word in words if word not in LATER_WORDS)
    return (When(), left) if left != words else (None, words)


def _measures(words: Words) -> Iterator[tuple[int, int, str]]:
    pairs = list(pairwise(words))
    for start, (first, second) in enumerate(pairs):
        if first.isdigit() and len(first) < 4 and second in _UNIT_OF:
            yield start, int(first), _UNIT_OF[second]
    for start, (first, second) in enumerate(pairs):
        if second.isdigit() and len(second) < 4 and first in _UNIT_OF:
            yield start, int(second), _UNIT_OF[first]


def _when(number: int, unit: str) -> When:
    if unit == "months":
        return When(months_after=number, occasion=Occasion.FOLLOW_UP)
    if unit in ("days", "weeks"):
        days = number * (7 if unit == "weeks" else 1)
        return When(days_after=days, occasion=Occasion.FOLLOW_UP)
    hours = Decimal(number)
    if unit == "minutes":
        hours = (hours / 60).quantize(_TEN_THOUSANDTH).normalize()
    near = hours <= HOURS_AFTER_MAX
    return When(hours_after=hours, occasion=Occasion.HOURS_AFTER if near else Occasion.FOLLOW_UP)
