"""The answered questions of a response, and which question of which scale each of them is."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from msgspec import Struct, field

from tracker.domain.instruments.model import Instrument, Item
from tracker.exchange.mapping import aliases, headings, item_names

# Below this, sentences of PHQ-9 are as like to one another as to a reworded one of themselves.
_LIKENESS = 0.8
_ORDINALS = (
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
)


class Leaf(Struct, frozen=True):
    """A question of a response with its answer as it stands in the JSON."""

    link: str
    text: str
    answer: Mapping[str, Any]


class Match(Struct):
    """Which scale a response is of; `alike` were found by likeness only, `others` not at all."""

    instrument: Instrument
    items: list[tuple[Item, Leaf]] = field(default_factory=list)
    alike: list[tuple[Item, Leaf]] = field(default_factory=list)
    others: list[Leaf] = field(default_factory=list)
    total: Leaf | None = None

    def add_alike(self) -> None:
        """Look among the questions that are left for those whose words are nearly the same."""
        found = {item.number for item, _ in self.items}
        free = [item for item in self.instrument.items if item.number not in found]
        waiting, self.others = self.others, []
        for leaf in waiting:
            item = _most_alike(leaf, free)
            if item is None:
                self.others.append(leaf)
                continue
            free.remove(item)
            self.items.append((item, leaf))
            self.alike.append((item, leaf))

    @property
    def links(self) -> dict[str, str]:
        """Map the codes of questions, and the total, to the links of the response."""
        links = {item.code: leaf.link for item, leaf in self.items}
        return links | {"total": self.total.link if self.total else ""}


def leaves(part: Mapping[str, Any], *, depth_max: int) -> list[Leaf]:
    """List the answered questions of a response, at whatever depth, in their order."""
    return [*_leaves(part, depth_max)]


def match(asked: Sequence[Leaf], instruments: Mapping[str, Instrument], *, about: str) -> Match:
    """Find the scale that has most of the questions; `about` is what the form calls itself.

    Raises ValueError, with words for people, where none has half of its own, or two have the same.
    """
    named = headings.split(about)
    found = [_match(asked, one) for one in instruments.values() if one.items]
    most = max((len(one.items) for one in found), default=0)
    # Comparing sentences takes long, so only where words and codes have not told the scale.
    likely = [one for one in found if len(one.items) == most and 2 * most >= len(asked)] or found
    for one in likely:
        one.add_alike()
    ranked = sorted(likely, key=lambda one: _rank(one, named), reverse=True)
    if not ranked or 2 * len(ranked[0].items) < len(ranked[0].instrument.scored_items):
        known = ", ".join(code for code, one in instruments.items() if one.answerable)
        raise ValueError(f"These are the questions of no scale here. Known are: {known}.")
    best = _rank(ranked[0], named)
    alike = [one.instrument.code for one in ranked if _rank(one, named) == best]
    if len(alike) > 1:
        raise ValueError(f"These are questions of {' and '.join(alike)}; the form names neither.")
    return ranked[0]


def _rank(found: Match, named: headings.Words) -> tuple[int, int, int]:
    own = headings.split(found.instrument.code)
    is_named = any(named[at : at + len(own)] == own for at in range(len(named)))
    return len(found.items), -len(found.others), len(own) if is_named else 0


def values_of(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an answer says, each way it says it: the words, the weight, or the number."""
    coding = answer.get("valueCoding")
    if isinstance(coding, Mapping):
        yield from _of_coding(coding)
    quantity = answer.get("valueQuantity")
    if isinstance(quantity, Mapping) and quantity.get("value") is not None:
        yield str(quantity["value"])
    for name in ("valueInteger", "valueDecimal", "valueString"):
        if answer.get(name) is not None:
            yield str(answer[name])


def _of_coding(coding: Mapping[str, Any]) -> Iterator[str]:
    display, code = str(coding.get("display") or ""), str(coding.get("code") or "")
    # Codes are whatever their maker liked ("Not-at-all"); only LOINC's mean the same everywhere.
    if code and (code.startswith("LA") or not display):
        yield code
    if display:
        yield display
    extensions = coding.get("extension")
    for extension in extensions if isinstance(extensions, list) else ():
        if isinstance(extension, Mapping) and extension.get("url") in _ORDINALS:
            yield str(extension.get("valueDecimal", ""))


def _leaves(part: Mapping[str, Any], depth: int) -> Iterator[Leaf]:
    items = part.get("item")
    if not isinstance(items, list) or depth == 0:
        return
    for item in filter(lambda one: isinstance(one, Mapping), items):
        answers = item.get("answer")
        for answer in answers if isinstance(answers, list) else ():
            if isinstance(answer, Mapping):
                yield Leaf(str(item.get("linkId", "")), str(item.get("text") or ""), answer)
                yield from _leaves(answer, depth - 1)
        yield from _leaves(item, depth - 1)


def _match(asked: Sequence[Leaf], instrument: Instrument) -> Match:
    found = Match(instrument)
    numbered = item_names.item_numbers(instrument)
    totals = item_names.total_names(instrument)
    free = {item.number: item for item in instrument.items}
    for leaf in asked:
        names = [item_names.key(leaf.link.rpartition("/")[2]), item_names.key(leaf.text)]
        number = next((numbered[name] for name in names if numbered.get(name) in free), None)
        if number is not None:
            found.items.append((free.pop(number), leaf))
        elif not totals.isdisjoint(names) or _states_total(leaf):
            found.total = leaf
        else:
            found.others.append(leaf)
    return found


def _states_total(leaf: Leaf) -> bool:
    words = headings.split(leaf.text)
    number = {"valueQuantity", "valueInteger", "valueDecimal"} & leaf.answer.keys()
    return bool(number) and not aliases.TOTAL_WORDS.isdisjoint(words)


def _most_alike(leaf: Leaf, items: Sequence[Item]) -> Item | None:
    """Find the one question whose words are nearly those of the response."""
    words = headings.key(leaf.text)
    if not words:
        return None
    likeness = {
        item.number: SequenceMatcher(None, words, headings.key(item.text), autojunk=False).ratio()
        for item in items
        if item.text
    }
    best = max(items, key=lambda item: likeness.get(item.number, 0.0), default=None)
    if best is None or likeness.get(best.number, 0.0) < _LIKENESS:
        return None
    return best
