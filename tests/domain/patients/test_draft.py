from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tracker.domain.patients import draft as patient_draft
from tracker.domain.patients.draft import PatientDraft

TODAY = date(2026, 3, 9)
DRAFT = PatientDraft(record_number="A-0012", given_name="Zoë", family_name="O'Neill")


def fields_of(problems):
    return [problem.field for problem in problems]


def test_a_record_number_is_all_that_must_be_given():
    assert patient_draft.check(PatientDraft(record_number="1"), today=TODAY) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("record_number", ""),
        ("record_number", " 1"),
        ("record_number", "1" * 41),
        ("record_number", "1\n2"),
        ("given_name", "x" * 101),
        ("family_name", "a\tb"),
        ("email", "nobody"),
        ("email", "a@b"),
        ("phone", "\x00"),
        ("notes", "x" * 10_001),
        ("notes", "a\x00b"),
        ("birth_date", date(1899, 12, 31)),
        ("birth_date", date(2026, 3, 10)),
    ],
)
def test_what_cannot_be_is_a_problem_of_its_field(field, value):
    draft = replace(DRAFT, **{field: value})
    assert set(fields_of(patient_draft.check(draft, today=TODAY))) == {field}


def test_notes_may_have_lines():
    assert patient_draft.check(replace(DRAFT, notes="one\ntwo\tthree"), today=TODAY) == []


def test_a_birth_date_may_be_today():
    assert patient_draft.check(replace(DRAFT, birth_date=TODAY), today=TODAY) == []


def test_somebody_without_a_name_is_called_by_the_record_number():
    assert DRAFT.label == "O'Neill, Zoë"
    assert PatientDraft(record_number="7").label == "Record 7"
    assert PatientDraft(record_number="7", given_name="Zoë").label == "Zoë"


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Zoë", "zoe"),
        ("SØREN", "soren"),
        ("Łukasz", "lukasz"),
        ("Strauß", "STRAUSS"),
        ("Ｚｏｅ", "zoe"),
    ],
)
def test_folding_takes_case_accents_and_width_away(written, typed):
    assert patient_draft.fold(written) == patient_draft.fold(typed)


@given(st.text(max_size=50))
def test_folding_twice_changes_nothing(text):
    folded = patient_draft.fold(text)
    assert patient_draft.fold(folded) == folded


def test_what_is_written_without_a_space_is_a_word_too():
    assert patient_draft.search_words("Zoë", "O'Neill", "A-0012") == {
        "zoe", "o", "neill", "oneill", "a", "0012", "a0012",
    }  # fmt: skip


@given(st.lists(st.text(max_size=20), max_size=4))
def test_every_word_of_a_query_begins_a_word_of_what_was_written(texts):
    written = patient_draft.search_words(*texts)
    for word in patient_draft.query_words(" ".join(texts)):
        assert any(stored.startswith(word) for stored in written)


def test_the_longest_word_of_a_query_comes_first():
    assert patient_draft.query_words("zo  O'NEILL ann zo") == ("neill", "ann", "zo", "o")
    assert patient_draft.query_words(" '- ") == ()
    assert len(patient_draft.query_words("a b c d e f g h")) == patient_draft.QUERY_WORDS_MAX


def test_a_name_that_grows_by_folding_still_fits_its_column():
    grown = "\u3300" * 100
    assert len(patient_draft.name_key(grown, "", "1")) == patient_draft.FOLDED_MAX
    assert max(map(len, patient_draft.search_words(grown))) == patient_draft.FOLDED_MAX


@pytest.mark.parametrize(
    ("names", "initials"),
    [
        (("Maya Lin", "Chen", "7"), "M. L. C."), (("", "o'Neill", "7"), "O."),
        (("", "", "A-7"), "Record A-7"),
    ],
)  # fmt: skip
def test_initials_are_of_each_word_of_a_name(names, initials):
    assert patient_draft.initials(*names) == initials


def test_the_countrys_number_is_found_in_groups_and_in_one():
    words = patient_draft.search_words("Maya", "Chen", "7", other_number="943 476 5919")
    assert {"943", "476", "5919", "9434765919"} <= words
