from datetime import date
from decimal import Decimal

import pytest

from tests.charts import courses
from tracker.domain import explanations, phrases
from tracker.domain.words import Drug, Route, SessionState


@pytest.mark.parametrize("name", courses.COURSES)
def test_every_row_has_a_cell_under_every_heading(name):
    for table in explanations.tables(courses.COURSES[name]()):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.headers)}


def test_a_missing_value_says_so_and_is_not_a_zero():
    sessions = explanations.tables(courses.gaps())[0]
    assert sessions.headers == (
        "Day",
        "Session",
        "Route",
        "Dose",
        "Mood before",
        "Mood after",
        "Peak dissociation",
    )
    assert sessions.rows[1][4:] == ("4", "not recorded", "not recorded")
    assert sessions.rows[3][3:] == ("not recorded",) * 4


def test_a_missed_session_is_a_row_without_values_or_dose():
    rows = explanations.tables(courses.non_responder())[0].rows
    assert rows[3] == ("13 Mar 2026", "4, missed", "IV infusion", "", "", "", "")


def test_dissociation_that_stayed_is_said_in_the_table():
    rows = explanations.tables(courses.non_responder())[0].rows
    assert rows[1][-1] == "9, not resolved before leaving"


def test_scores_carry_band_and_baseline():
    scores = explanations.tables(courses.responder())[1]
    assert ("2 Mar 2026", "PHQ-9", "18", "Moderately severe, baseline", "Unscheduled") in (
        scores.rows
    )
    assert ("4 Mar 2026", "Mood", "5", "", "Hours after a session") in scores.rows


def test_nothing_yet_has_no_tables():
    assert explanations.tables(courses.nobody()) == ()
    assert explanations.what_it_means(courses.nobody()) == ()


def test_every_threshold_names_its_source():
    lines = explanations.what_it_means(courses.many_scales())
    rules = [line for line in lines if " ranges: " in line or " is usually real" in line]
    rules += [line for line in lines if " response is " in line or " remission is " in line]
    assert len(rules) == 11
    assert all("Source: " in line for line in rules)
    assert any(line.startswith("PCL-5 response is a fall of 10 points") for line in lines)


def test_directions_are_said_in_words():
    lines = explanations.what_it_means(courses.well_being())
    assert lines[0] == "WHO-5 (WHO-5 Well-Being Index) runs from 0 to 100. Higher is better."
    assert "Mood is rated from 0 worst to 10 best, before and after each session." in lines


@pytest.mark.parametrize(
    ("number", "written"), [("18", "18"), ("10", "10"), ("8.50", "8.5"), ("-3", "\u22123")]
)
def test_numbers_are_written_without_needless_zeros(number, written):
    assert phrases.number(Decimal(number)) == written


def test_nothing_is_written_as_minus_zero():
    assert phrases.number(Decimal("-0.001")) == "0"
    assert phrases.signed(Decimal("-0.04")) == "0"


def test_the_year_is_written_where_either_day_is_of_another():
    now = courses.START
    assert phrases.from_to(date(2026, 3, 3), date(2026, 4, 1), now) == "3 Mar to 1 Apr"
    assert phrases.from_to(date(2025, 12, 3), date(2026, 4, 1), now) == "3 Dec 2025 to 1 Apr 2026"
    assert phrases.day_for(date(2025, 12, 3), now) == "3 Dec 2025"


def test_nasal_esketamine_is_in_milligrams_and_other_doses_per_kilogram():
    nasal = courses.given(1, 0, drug=Drug.ESKETAMINE, route=Route.NASAL, dose_mg=Decimal(56))
    assert phrases.dose(nasal) == "56 mg"
    assert phrases.dose(courses.given(1, 0)) == "0.5"
    assert phrases.dose(courses.given(1, 0, dose_mg_per_kg=None)) == "40 mg"
    assert phrases.dose(courses.given(1, 0, dose_mg=None, dose_mg_per_kg=None)) == ""


def test_a_dose_that_was_only_planned_is_not_in_the_table():
    course = courses.prepare(
        [courses.rated(1, 0, "3>6", 2), courses.given(2, 3, state=SessionState.CANCELLED)], []
    )
    assert explanations.tables(course)[0].rows[1][3] == ""
