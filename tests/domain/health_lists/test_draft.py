"""What cannot be about an allergy or a medicine."""

from datetime import date

import pytest
from msgspec.structs import replace

from tracker.domain.health_lists import draft as item_rules
from tracker.domain.health_lists.draft import HealthItemDraft, HealthItemKind
from tracker.domain.health_lists.standing import HealthLists, ListedItem, lists_of

TODAY = date(2026, 3, 9)
KIND = HealthItemKind
PENICILLIN = HealthItemDraft(kind=KIND.ALLERGY, name="Penicillin", detail="rash", noted_on=TODAY)


def fields(draft, *standing):
    return [one.field for one in item_rules.check(draft, standing=standing, today=TODAY)]


def test_an_allergy_with_its_day_is_enough():
    assert fields(PENICILLIN) == []
    assert fields(HealthItemDraft(kind=KIND.NO_ALLERGIES, noted_on=TODAY)) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": None}, "kind"), ({"name": ""}, "name"), ({"name": "\u200b\u2060"}, "name"),
        ({"name": "x" * 201}, "name"), ({"name": "a\nb"}, "name"), ({"detail": "a\tb"}, "detail"),
        ({"noted_on": None}, "noted_on"), ({"noted_on": date(2026, 3, 10)}, "noted_on"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field(change, field):
    assert fields(replace(PENICILLIN, **change)) == [field]


def test_none_cannot_stand_beside_one_and_one_may_follow_none():
    none = HealthItemDraft(kind=KIND.NO_ALLERGIES, noted_on=TODAY)
    assert fields(none, KIND.ALLERGY) == ["kind"]
    assert fields(none, KIND.NO_ALLERGIES) == ["kind"]
    assert fields(none, KIND.MEDICINE) == []
    assert fields(PENICILLIN, KIND.NO_ALLERGIES) == []


@pytest.mark.parametrize(
    ("reason", "day", "field"),
    [
        ("", TODAY, "reason"), ("\u00ad", TODAY, "reason"), ("Stopped", None, "ended_on"),
        ("Stopped", date(2026, 2, 28), "ended_on"), ("Stopped", date(2026, 3, 10), "ended_on"),
    ],
)  # fmt: skip
def test_an_end_needs_its_reason_and_a_day_after_the_beginning(reason, day, field):
    found = item_rules.check_end(reason, day, noted_on=date(2026, 3, 1), today=TODAY)
    assert [one.field for one in found] == [field]


def test_nobody_asked_is_not_none():
    assert HealthLists().allergies_text == "not asked yet"
    day = date(2026, 3, 1)
    said = lists_of([("no-allergies", "", "", day), ("medicine", "Lithium", "400 mg", day)])
    assert said == HealthLists(
        (), (ListedItem("Lithium", "400 mg", day),), {HealthItemKind.NO_ALLERGIES: day}
    )
    assert (said.allergies_text, said.medicines_text) == ("none known", "Lithium (400 mg)")
    assert lists_of([("no-medicines", "", "", day)]).medicines_text == "none"
    assert HealthLists().medicines_dated == "nothing recorded"
    assert said.allergies_dated == "none known, noted 1 Mar 2026"
    assert said.medicines_dated == "Lithium (400 mg), noted 1 Mar 2026"
