"""Two records that may be one person's."""

from datetime import date

import pytest

from tracker.domain.patients import same_person
from tracker.domain.patients.same_person import PersonMark

BORN = date(1980, 3, 9)
MAYA = PersonMark(record_number="A-0012", given_name="Maya", family_name="Chen", birth_date=BORN)


@pytest.mark.parametrize(
    "number",
    ["a-0012", "A0012", "A 0012", "A\u20110012", "A-0012\ufeff", "A-\u200b0012", "Ａ-0012"],
)  # fmt: skip
def test_a_number_written_otherwise_is_asked_about(number: str) -> None:
    assert same_person.is_alike(PersonMark(record_number=number), MAYA)


def test_a_number_that_lost_its_zeros_is_asked_about() -> None:
    new, there = PersonMark(record_number="12"), PersonMark(record_number="0012")
    assert same_person.is_alike(new, there)
    assert "only in the zeros it begins with" in same_person.question(new, there)


@pytest.mark.parametrize("number", ["A-0013", "A-00120", "B-0012"])
def test_another_number_is_another(number: str) -> None:
    assert not same_person.is_alike(PersonMark(record_number=number), MAYA)


def test_one_name_and_one_birth_date_are_asked_about_however_they_are_written() -> None:
    new = PersonMark(
        record_number="77", given_name="MAYA", family_name="Ch\u00aden", birth_date=BORN
    )
    assert same_person.is_alike(new, MAYA)
    assert same_person.question(new, MAYA) == (
        "Chen, Maya, born 9 Mar 1980, record A-0012, is there already. Name and birth date are "
        "the same. The same person?"
    )


def test_another_birth_date_tells_two_of_one_name_apart() -> None:
    new = PersonMark(
        record_number="77", given_name="Maya", family_name="Chen", birth_date=date(1981, 3, 9)
    )
    assert not same_person.is_alike(new, MAYA)


def test_without_birth_dates_a_whole_name_is_asked_about_and_half_of_one_is_not() -> None:
    whole = [
        PersonMark(record_number=number, given_name="Maya", family_name="Chen")
        for number in ("1", "2")
    ]
    half = [PersonMark(record_number=number, family_name="Chen") for number in ("1", "2")]
    assert same_person.is_alike(*whole)
    assert not same_person.is_alike(*half)


def test_people_without_names_are_not_alike() -> None:
    assert not same_person.is_alike(PersonMark(record_number="1"), PersonMark(record_number="2"))
