from datetime import date, time
from decimal import Decimal
from typing import ClassVar

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from tracker.domain.codes import Route
from tracker.domain.problems import Finding, InvalidError, Problem
from tracker.domain.sessions.findings import UncommentedError
from tracker.services.unit_of_work import AlreadySavedError
from tracker.web.forms import (
    NO_VERSION,
    DateText,
    DecimalText,
    IntegerText,
    LineText,
    LongText,
    NounForm,
    OpenedForm,
    TimeText,
    WordSelect,
    ZeroToTen,
)


class Form(NounForm):
    places: ClassVar = {"given_at": "at"}

    dose = DecimalText("Dose", unit="mg")
    count = IntegerText("Count")
    day = DateText("Day")
    at = TimeText("At")
    mood = ZeroToTen("Mood")
    route = WordSelect("Route", words=Route)
    line = LineText("Line")
    text = LongText("Text")


bare = Flask("bare")
bare.secret_key = "k"
bare.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture(autouse=True)
def request_context():
    with bare.test_request_context("/"):
        yield


def read(**typed):
    form = Form(MultiDict(typed))
    form.validate()
    return form


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("35", "35"), ("35.5", "35.5"), ("35,5", "35.5"), (" 7 ", "7"), ("-3", "-3"),
        ("0.500", "0.500"), ("0,125", "0.125"), ("12.3456", "12.3456"), ("1000", "1000"),
    ],
)  # fmt: skip
def test_a_number_is_read_with_point_or_comma(typed, number):
    assert read(dose=typed).dose.data == Decimal(number)


@pytest.mark.parametrize(
    "typed",
    ["nan", "inf", "1e3", "1,234", "12.345", "1 000", "1.2.3", "35 mg", "٣٥", "0.12345", "--1"],
)
def test_what_is_no_clear_number_is_refused_and_stays_on_the_page(typed):
    form = read(dose=typed)
    assert form.dose.data is None
    assert form.dose.errors
    assert form.dose._value() == typed


@given(st.decimals(min_value=0, max_value=5000, places=4))
def test_a_stored_number_is_shown_as_it_can_be_read_again(number):
    with bare.test_request_context("/"):
        shown = Form(formdata=None, data={"dose": number}).dose._value()
        assert read(dose=shown).dose.data == number


def test_days_and_times_are_read_strictly():
    form = read(day="2026-03-01", at="9:05")
    assert (form.day.data, form.at.data) == (date(2026, 3, 1), time(9, 5))
    assert read(at="0905").at.data == time(9, 5)
    assert read(day="01.03.2026").day.data == date(2026, 3, 1)
    for day in ("2026-02-30", "1899-12-31", "01.03.26", "20260301", "2026-W10-1"):
        assert read(day=day).day.errors
    for at in ("24:00", "9", "12:60", "noon"):
        assert read(at=at).at.errors


def test_seconds_that_are_stored_are_not_lost():
    assert Form(formdata=None, data={"at": time(9, 5, 7)}).at._value() == "09:05:07"
    assert read(at="09:05:07").at.data == time(9, 5, 7)


def test_a_rating_is_none_until_touched_and_never_zero():
    assert read().mood.data is None
    assert read(mood="0").mood.data == 0
    assert read(mood="11").mood.errors
    assert read(mood="five").mood.errors


def test_a_word_is_one_of_the_list_or_none():
    assert read(route="iv").route.data is Route.IV
    assert read(route="").route.data is None
    assert read(route="teleport").route.errors


def test_text_keeps_what_was_typed_but_no_character_that_cannot_be_stored():
    form = read(line="  Zoë  ", text="one\r\n two ")
    assert (form.line.data, form.text.data) == ("Zoë", "one\n two ")
    for wrong in ("a\x00b", "a\x1bb"):
        form = read(line=wrong, text=wrong)
        assert form.line.errors
        assert form.text.errors
        assert form.text.data == wrong


def test_problems_stand_beside_their_fields_and_the_rest_in_the_summary():
    form = read(dose="x")
    form.show([Problem("given_at", "When?"), Problem("elsewhere", "What?"), Problem("dose", "So")])
    assert form.at.errors == ["When?"]
    assert form.form_errors == ["What?"]
    assert len(form.dose.errors) == 1


def test_a_second_click_gives_what_the_first_made():
    def saved_before():
        raise AlreadySavedError(7)

    assert read().send(saved_before) == 7
    assert read().send(lambda: 8) == 8


def test_what_is_unusual_is_kept_for_the_page():
    finding = Finding("dose", "Much.", "a label")

    def unusual():
        raise UncommentedError([finding])

    def impossible():
        raise InvalidError([Problem("dose", "Never.")])

    form = read()
    assert form.send(unusual) is None
    assert form.findings == (finding,)
    assert form.send(impossible) is None
    assert form.findings == ()
    assert form.dose.errors == ["Never."]


def test_a_one_time_key_is_drawn_and_never_longer_than_is_kept():
    assert read().once.data != read().once.data
    assert len(read(once="k" * 500).once.data) == 57
    assert read(once="k\0-\u0661").once.data.startswith("k-.")


def test_a_one_time_key_is_tied_to_what_was_typed_and_to_nothing_else():
    sent = {"once": "k" * 22, "line": "a"}
    first = read(**sent).once.data
    assert read(**sent, csrf_token="x", answered="[]").once.data == first
    assert read(**sent | {"line": "b"}).once.data != first


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"version": "3"}, 3),
        ({"version": "0"}, 0),  # of a log without entries
        ({"opened": "3"}, 3),  # a draft from before an upgrade
        ({"opened": "3", "version": "4"}, 4),
        *(({"version": text}, NO_VERSION) for text in ("", "x", "-1", "9" * 17, "²", "\u0661")),
        ({}, NO_VERSION),
    ],
)
def test_a_version_that_is_not_said_is_one_that_nothing_has(sent, read):
    with bare.test_request_context(method="POST"):
        form = OpenedForm(MultiDict(sent), version=7)
        assert form.version.data == read
        again = OpenedForm(MultiDict({"version": form.version._value()}))
        assert again.version.data == read


def test_a_page_that_is_opened_shows_the_version_it_was_made_of():
    with bare.test_request_context():
        assert 'value="7"' in str(OpenedForm(version=7).version())


def test_a_form_stands_on_what_was_saved_meanwhile_and_says_so():
    with bare.test_request_context(method="POST"):
        form = OpenedForm(MultiDict({"version": "3"}))
        form.reopen(4, "Somebody was first.")
        assert 'value="4"' in str(form.version())
        assert (form.form_errors, form.status) == (["Somebody was first."], 409)
