"""A second person is never oneself in another spelling."""

import pytest

from tracker.domain.people.second_person import SecondPersonClaim, is_same_name, name_words


@pytest.mark.parametrize(
    "name",
    [
        "dr. maya chen", "Maya Chen", "CHEN, Maya", "Chen Maya, MD", "Ma\u200bya Chen",
        "Maya\u00a0Chen", "Prof. Maya Chen, RN", "M\u00e1ya Chen", "Ｍaya Chen",
    ],
)  # fmt: skip
def test_another_spelling_is_the_same_person(name: str) -> None:
    assert is_same_name(name, "Dr Maya Chen")


@pytest.mark.parametrize("name", ["Mia Chen", "Maya Cheng", "Maya", "", "\u200b"])
def test_another_name_is_another(name: str) -> None:
    assert not is_same_name(name, "Dr Maya Chen")


def test_a_title_alone_is_a_name_where_there_is_nothing_else() -> None:
    assert name_words("Sister") == ("sister",)
    assert not is_same_name("Doctor", "Nurse")


def test_a_secret_is_in_no_log() -> None:
    assert "hunter2" not in repr(SecondPersonClaim("Maya", 7, "hunter2"))


@pytest.mark.parametrize(
    "name",
    ["\u041c\u0430\u0443\u0430 Chen", "Ma\u0443a Ch\u0435n", "\u039caya Chen", "Maya \u0421hen"],
)
def test_letters_of_another_alphabet_that_look_alike_are_the_same_name(name: str) -> None:
    assert is_same_name(name, "Dr Maya Chen")


def test_a_name_in_another_alphabet_is_still_a_name() -> None:
    assert is_same_name("\u0410\u043d\u043d\u0430", "\u0430\u043d\u043d\u0430")
    assert not is_same_name("\u0410\u043d\u043d\u0430", "\u0418\u0440\u0438\u043d\u0430")
