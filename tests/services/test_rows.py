"""A row becomes a value by the names and the types of its fields."""

from collections.abc import Mapping
from types import SimpleNamespace

import pytest
from msgspec import Struct

from tracker.domain.codes import Drug, Effect, Indication, Route, Severity
from tracker.services.rows import from_row


class Told(Struct, frozen=True, kw_only=True):
    number: int
    words: str
    drug: Drug
    route: Route | None
    indications: tuple[Indication, ...]
    names: tuple[str, ...]
    effects: Mapping[Effect, Severity]
    usual: str = "as it is"


ROW = {
    "number": 7, "words": "seven", "drug": "ketamine", "route": "iv", "indications": ["ptsd"],
    "names": ["a", "b"], "effects": {"floating": "mild"}, "usual": "of the row", "more": 1,
}  # fmt: skip


def row(**changes):
    return SimpleNamespace(**ROW | changes)


def test_words_are_read_by_type_wherever_they_stand():
    told = from_row(Told, row())
    assert told == Told(
        number=7, words="seven", drug=Drug.KETAMINE, route=Route.IV,
        indications=(Indication.PTSD,), names=("a", "b"),
        effects={Effect.FLOATING: Severity.MILD}, usual="of the row",
    )  # fmt: skip
    assert isinstance(told.drug, Drug)
    assert from_row(Told, row(route=None)).route is None


def test_what_is_given_is_not_looked_for_in_the_row():
    bare = row()
    del bare.words
    assert from_row(Told, bare, words="given", number=8).words == "given"
    with pytest.raises(AttributeError):
        from_row(Told, bare)


def test_a_word_that_nobody_knows_is_refused():
    with pytest.raises(KeyError):
        from_row(Told, row(drug="aspirin"))
