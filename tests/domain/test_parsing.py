import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.checkout import ROOT
from tracker.domain import formatting
from tracker.domain.parsing import (
    LINE_MAX,
    check_length,
    check_meanwhile,
    check_reason,
    clean_identifier,
    fold_identifier,
    has_two_readings,
    is_blank,
    is_one_line,
    read_decimal,
    read_whole,
    refuse_unstorable,
    row_id,
    visible_text,
    write_decimal,
)
from tracker.exchange.cells import numbers as cells
from tracker.web import filters
from tracker.web.forms import DecimalText

# What a form, the chair (tests/js/components/numbers.test.js) and a file make of the same text.
EXAMPLES = json.loads((ROOT / "tests/data/numbers.json").read_text(encoding="utf-8"))


def _or_none(read, text):
    try:
        return read(text)
    except ValueError:
        return None


@pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: one["typed"])
def test_forms_and_files_read_the_same_examples_as_the_chair(one):
    told = {name: one[name] and Decimal(one[name]) for name in ("form", "file")}
    assert _or_none(read_decimal, one["typed"]) == told["form"]
    assert _or_none(cells.read_number, one["typed"]) == told["file"]
    exact = told["form"] if told["form"] is not None else told["file"]
    if exact is not None:
        assert write_decimal(exact) == one["written"]


@given(st.decimals(-5000, 5000, places=4) | st.integers(-(10**8), 10**8).map(Decimal))
def test_whatever_a_page_writes_is_read_back_as_the_same_number(value):
    for written in (write_decimal(value), formatting.in_full(value), filters.number(value)):
        assert read_decimal(written) == value
    assert read_decimal(DecimalText.write(None, value)) == value
    rounded = read_decimal(formatting.number(value))  # sentences round to two digits
    assert abs(rounded - value) <= Decimal("0.005")
    assert cells.read_number(str(cells.write_number(value))) == value


@pytest.mark.parametrize(
    ("text", "number"),
    [("35", "35"), ("35.5", "35.5"), ("35,5", "35.5"), ("-0", "0"), ("0.234", "0.234")],
)
def test_a_plain_number_is_read(text, number):
    assert str(read_decimal(text)) == number


@pytest.mark.parametrize("text", ["", "35 mg", "1e3", "NaN", "1,234", "1.23456", "9" * 10, "٣"])
def test_what_is_not_clear_is_refused(text):
    with pytest.raises(ValueError, match=r"Give|could be read two ways"):
        read_decimal(text)


def test_a_number_of_two_readings_says_how_to_write_it():
    assert has_two_readings("1.234")
    assert not has_two_readings("0.234")
    with pytest.raises(ValueError, match=r"Write 1234 or 1\.2340"):
        read_decimal("1,234")
    assert read_decimal("1.2340") == Decimal("1.234")


def test_a_whole_number_is_whole():
    assert read_whole("-40") == -40
    with pytest.raises(ValueError, match="whole number"):
        read_whole("40.0")


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "\x7f", "\ud800", "\ufffe"])
def test_a_character_that_no_keyboard_writes_is_refused(text):
    with pytest.raises(ValueError, match="cannot be stored"):
        refuse_unstorable(text)


def test_line_ends_tabs_and_every_script_are_fine():
    refuse_unstorable("Zo\u00eb\tsaid\r\n\u5e73\u9759")


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("9" * 16, 10**16 - 1)])
def test_an_id_is_plain_digits(text, number):
    assert row_id(text) == number


@pytest.mark.parametrize("text", ["", "x", "-1", " 7", "7\n", "1" * 17, "٣", "²", "1_0", "7.0"])
def test_what_no_row_can_have_is_no_id(text):
    assert row_id(text) is None


def test_a_text_may_be_as_long_as_its_kind_and_no_longer():
    assert list(check_length("note", "x" * LINE_MAX, LINE_MAX)) == []
    [problem] = check_length("note", "x" * (LINE_MAX + 1), LINE_MAX)
    assert problem.field == "note"
    assert "longer than 200 characters" in problem.message


@pytest.mark.parametrize(
    "text",
    ["", " ", "\t\n", "\u00a0", "\u200b", "\u2060", "\u00ad", "\ufeff", "\u3164", "\u2800",
     "\u115f", "\u180e", "\u202e", "\ufe0f", " \u200d \u200c "],
)  # fmt: skip
def test_what_shows_nothing_is_blank(text):
    assert is_blank(text)
    assert visible_text(text) == ""


@pytest.mark.parametrize("text", ["x", "0", "-", "\u200bx", "\u5e73", "\U0001f642", "\u0646"])
def test_what_shows_something_is_not(text):
    assert not is_blank(text)
    assert visible_text(f" {text} ") == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [("\ufeffI-20", "I-20"), ("\uff21\uff11", "A1"), ("A\u00a0 7", "A 7"), ("\u200b", "")],
)
def test_a_number_is_shown_without_what_nobody_sees(text, clean):
    assert clean_identifier(text) == clean


@pytest.mark.parametrize(
    "text", ["A-0012", "a0012", "A 0012", "a\u20110012", "A\u22120012", "\ufeffA0012"]
)
def test_one_number_is_compared_alike_however_it_is_written(text):
    assert fold_identifier(text) == "a0012"


def test_first_zeros_are_folded_away_and_noughts_alone_are_kept():
    assert fold_identifier("0001") == fold_identifier("1") == "1"
    assert fold_identifier("000") == "000"
    assert fold_identifier("100") == "100"


@pytest.mark.parametrize(
    ("reason", "rules", "said"),
    [
        ("Another patient's.", {}, ""),
        ("x" * 1_000, {}, ""),
        (" \u200b", {}, "reason: Give the reason, in at most 1000 characters."),
        ("x" * 1_001, {}, "reason: Give the reason, in at most 1000 characters."),
        ("", {"ask": "Say why it stops", "field": "why"},
         "why: Say why it stops, in at most 1000 characters."),
        ("", {"needed": False}, ""),
        ("x" * 11, {"needed": False, "longest": 10},
         "reason: This text is longer than 10 characters. Shorten it."),
    ],
)  # fmt: skip
def test_there_is_one_rule_for_a_reason(reason, rules, said):
    found = [f"{one.field}: {one.message}" for one in check_reason(reason, **rules)]
    assert found == ([said] if said else [])


@pytest.mark.parametrize("text", ["Zo\u00eb O'Neil", "\u05e0\u05d5\u05e2\u05d4", "", "\u200fa"])
def test_a_name_stays_on_one_line(text):
    assert is_one_line(text)


@pytest.mark.parametrize("unseen", "\t\n\r\x85\u2028\u2029\u202a\u202e\u2066\u2069")
def test_what_breaks_a_line_or_turns_it_round_does_not(unseen):
    assert not is_one_line(f"Ben{unseen}Patient")


def test_whoever_gives_another_reason_than_the_one_that_stands_is_told_it():
    assert check_meanwhile("Wrong patient", "  Wrong patient\n") == []  # a second click
    [told] = check_meanwhile("Wrong patient", "Typed twice")
    assert told.field == "reason"
    assert "it stands: Wrong patient What you wrote is not kept." in told.message
