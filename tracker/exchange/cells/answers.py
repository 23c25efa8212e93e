"""What one cell says of one question: a value, words for it, or nothing; never a guess."""

import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from functools import cache

from tracker.domain.instruments.model import Instrument, Item
from tracker.exchange.cells import numbers
from tracker.exchange.mapping import headings

_FORMS_MIN = 2  # one form without a 0 is nothing unusual, a whole file is
# An answer with its number before it ("2 = Moderately", "(2) Moderately") or behind it.
_NUMBERED = re.compile(
    r"\(?(\d{1,2})\)?\s*[-=:.)]?\s+(\D.*)|(\D.*?)\s*[-=:(]\s*(\d{1,2})\)?", re.ASCII
)


class AnswerCells:
    """Reads the answers of one scale in one file, and remembers how they are coded."""

    def __init__(
        self,
        instrument: Instrument,
        *,
        words: Mapping[str, str] | None = None,
        not_answered: Iterable[str] = (),
        subtract: int | None = None,
        decimal_comma: bool = False,
    ) -> None:
        """Take what the mapping says: the file's own words, and what is added to every number."""
        self.instrument = instrument
        self._words = {word.strip().casefold(): value for word, value in (words or {}).items()}
        self._not_answered = {word.strip().casefold() for word in not_answered}
        self._subtract = subtract
        self._decimal_comma = decimal_comma
        self._seen: set[Decimal] = set()
        self._count = 0
        self._steps: set[Decimal] = set()

    def read(self, item: Item, text: str) -> Decimal | None:
        """Read an answer; None for one that is said to be none.

        Raises ValueError, with words for people, for what the question cannot be answered with.
        """
        answer = text.strip().casefold()
        if answer in self._not_answered:
            return None
        if answer in self._words:
            return _listed_value(item, Decimal(self._words[answer]))
        number = self._number(text)
        if number is not None:
            self._seen.add(number)
            self._count += 1
            return _listed_value(item, number - (self._subtract or 0))
        value = _by_words(item, text)
        if value is None:
            raise ValueError(_refusal(item))
        return value

    def agree(self, answer: Decimal, number: Decimal) -> bool:
        """Compare an answer in words with the same as a number."""
        self._steps.add(number - answer)
        return answer == number

    def coded_from_one(self) -> str:
        """Ask, where all numbers are such as a form counted from 1 would have; else say nothing."""
        if self._subtract is not None or 0 in self._steps:
            return ""  # asked and answered, or the words beside the numbers answer it
        if self._steps == {1}:
            return (
                f"{self.instrument.short_title}: every number is one more than its words. Is the "
                "file coded from 1? Then say subtract = 1 for this scale."
            )
        return coded_from_one(self.instrument, self._seen, self._count)

    def _number(self, text: str) -> Decimal | None:
        try:
            return numbers.read_number(text, decimal_comma=self._decimal_comma)
        except ValueError:
            return None


def coded_from_one(instrument: Instrument, seen: Collection[Decimal], count: int) -> str:
    """Ask whether `count` numbers are coded from 1, where all could be and none is the lowest."""
    values = [choice.value for item in instrument.scored_items for choice in item.choices]
    low, top = min(values, default=Decimal(0)), max(values, default=Decimal(0))
    if not seen or not low + 1 <= min(seen) <= max(seen) <= top + 1:
        return ""
    if max(seen) <= top and count < _FORMS_MIN * len(instrument.scored_items):
        return ""
    return (
        f"{instrument.short_title}: every answer lies between {min(seen)} and {max(seen)} and none "
        f"is {low}, where the form has {low} to {top}. Is the file coded from {low + 1}? Then say "
        "subtract = 1 for this scale; if not, subtract = 0."
    )


def _listed_value(item: Item, value: Decimal) -> Decimal:
    choice = item.choice(value)
    if choice is None:
        raise ValueError(_refusal(item))
    return choice.value


def _refusal(item: Item) -> str:
    values = [choice.value for choice in item.choices]
    return (
        f"This is no answer of question {item.number}, which has {min(values)} to {max(values)}. "
        "Correct it, or name it under not_answered or answers."
    )


def _by_words(item: Item, text: str) -> Decimal | None:
    """Find the choice whose words or LOINC answer code these are, with or without its number."""
    labels = _labels(item)
    if (value := labels.get(_fold(text))) is not None:
        return value
    found = _NUMBERED.fullmatch(text.strip())
    if found is None:
        return None
    number, words = found[1] or found[4], found[2] or found[3]
    value = labels.get(_fold(words))
    return value if value == int(number) else None


@cache
def _labels(item: Item) -> Mapping[str, Decimal]:
    named = {_fold(choice.label): choice.value for choice in item.choices}
    return named | {_fold(c.loinc): c.value for c in item.choices if c.loinc}


def _fold(text: str) -> str:
    """Let case, accents and all but letters and digits fall away."""
    return headings.key(text)
