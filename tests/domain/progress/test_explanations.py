from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.charts import courses
from tracker.domain import formatting
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.progress import explanations
from tracker.domain.progress.trend import Audience
from tracker.domain.sessions import point as session_point
from tracker.instruments import library


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
    start = ("2 Mar 2026", "PHQ-9", "18", "Moderately severe, baseline", "", "", "Unscheduled")
    assert start in scores.rows
    assert ("4 Mar 2026", "Mood", "5", "", "", "", "Hours after a session") in scores.rows


def test_every_score_says_how_far_it_is_from_baseline_and_from_the_one_before():
    scores = explanations.tables(courses.several())[1]
    assert scores.headers[4:6] == ("From baseline", "From last")
    changes = [row[4:6] for row in scores.rows if row[1] == "GAD-7"]
    assert changes == [
        ("", ""),
        ("\u22123, can be chance", "\u22123, can be chance"),
        ("\u22125, real", "\u22122, can be chance"),
        ("\u22124, real", "+1, worse, can be chance"),
    ]


def test_prorated_another_version_and_incomplete_are_said():
    rows = [row for row in explanations.tables(courses.several())[1].rows if row[1] == "PHQ-9"]
    assert rows[1][2] == "15, prorated"
    assert rows[3][3] == "Mild, version 2 of the form"
    assert rows[4][:6] == ("28 Mar 2026", "PHQ-9", "incomplete, 5 of 9 answered", "", "", "")


def test_the_suicide_item_is_listed_for_clinicians_and_never_for_patients():
    course = courses.several()
    scores = explanations.tables(course)[1]
    assert scores.headers[-1] == "Suicide item"
    said = [row[-1] for row in scores.rows if row[1] == "PHQ-9"]
    assert said == ["", "item 9 not answered", "", "item 9: 1", ""]
    own = explanations.tables(replace(course, audience=Audience.PATIENT))[1]
    assert own.headers[-1] == "Occasion"
    assert "item 9" not in str(own)


def test_the_baseline_rule_is_shown_in_full():
    assert explanations.what_it_means(courses.responder())[0] == (
        "Baseline, the score at the start: the last complete score in the 14 days before the "
        "first dose of the course; a prorated one only where there is no complete one, and it is "
        "marked."
    )
    untreated = explanations.what_it_means(courses.scores_alone())[0]
    assert untreated.endswith("before any dose, the last score that was recorded as a baseline.")


def test_what_matters_and_what_is_reliable_are_told_apart_where_they_differ():
    lines = explanations.what_it_means(courses.several())
    phq9 = [line for line in lines if line.startswith("PHQ-9: a change of ")]
    assert [line.split(" Source:")[0] for line in phq9] == [
        "PHQ-9: a change of 5 or more matters to most people.",
        "PHQ-9: a change of 7 or more is usually real: more than the scale errs by chance "
        "(reliable change; 95 %: 1.96 x \u221a2 x 2.5).",
    ]
    assert "real" not in " ".join(explanations.explain(library()["madrs"]))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "madrs",
            "MADRS: a change of 2 or more matters to most people. "
            "Whether it is more than chance is not known. Source: Duru",
        ),
        ("bdi2", "BDI-II: a change of 17.5 % of the score before it or more, at least 3 points, "),
        ("pain-nrs", "Pain: a change of 30 % of the score before it or more matters to most"),
        ("meq30", "runs from 0 to 150. Neither end is better."),
        ("pcl5", "PCL-5 remission is 28 or less, with a change of 15 or more. Source: Marx 2022"),
        ("phq9", "PHQ-9 response and remission count from a score of 10 or more at the start. "),
        ("peg", "PEG response counts from a score of 4 or more at the start. "),
        ("phq9", "PHQ-9 remission is 4 or less."),
    ],
)
def test_each_rule_is_explained_in_its_own_words(code, said):
    assert said in " ".join(explanations.explain(library()[code]))


def test_it_is_said_how_much_may_be_missing():
    lines = explanations.what_it_means(courses.several())
    assert any(line.startswith("With up to 2 answers missing, PHQ-9 is prorated") for line in lines)
    assert "With any answer missing, PCL-5 weekly has no total." in lines


def test_nothing_yet_has_no_tables():
    assert explanations.tables(courses.nobody()) == ()
    assert explanations.what_it_means(courses.nobody()) == ()


def test_every_threshold_names_its_source():
    lines = explanations.what_it_means(courses.many_scales())
    rules = [line for line in lines if " ranges: " in line or " change of " in line]
    rules += [line for line in lines if " response is " in line or " remission is " in line]
    assert len(rules) == 20
    assert all("Source: " in line for line in rules)
    assert any(line.startswith("PCL-5 response is a fall of 10 points") for line in lines)


def test_directions_are_said_in_words():
    lines = explanations.what_it_means(courses.well_being())
    assert lines[1] == "WHO-5 (WHO-5 Well-Being Index) runs from 0 to 100. Higher is better."
    assert "Mood is rated from 0 worst to 10 best, before and after each session." in lines


@pytest.mark.parametrize(
    ("number", "written"), [("18", "18"), ("10", "10"), ("8.50", "8.5"), ("-3", "\u22123")]
)
def test_numbers_are_written_without_needless_zeros(number, written):
    assert formatting.number(Decimal(number)) == written


def test_nothing_is_written_as_minus_zero():
    assert formatting.number(Decimal("-0.001")) == "0"
    assert formatting.with_sign(Decimal("-0.04")) == "0"


def test_the_year_is_written_where_either_day_is_of_another():
    now = courses.START
    assert formatting.from_to(date(2026, 3, 3), date(2026, 4, 1), now) == "3 Mar to 1 Apr"
    assert (
        formatting.from_to(date(2025, 12, 3), date(2026, 4, 1), now) == "3 Dec 2025 to 1 Apr 2026"
    )
    assert formatting.day_for(date(2025, 12, 3), now) == "3 Dec 2025"


def test_nasal_esketamine_is_in_milligrams_and_other_doses_per_kilogram():
    nasal = courses.given(1, 0, drug=Drug.ESKETAMINE, route=Route.NASAL, dose_mg=Decimal(56))
    assert session_point.dose(nasal) == "56 mg"
    assert session_point.dose(courses.given(1, 0)) == "0.5"
    assert session_point.dose(courses.given(1, 0, dose_mg_per_kg=None)) == "40 mg"
    assert session_point.dose(courses.given(1, 0, dose_mg=None, dose_mg_per_kg=None)) == ""


def test_a_dose_that_was_only_planned_is_not_in_the_table():
    course = courses.prepare(
        [courses.rated(1, 0, "3>6", 2), courses.given(2, 3, state=SessionState.CANCELLED)], []
    )
    assert explanations.tables(course)[0].rows[1][3] == ""
