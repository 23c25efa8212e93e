from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.codes import Mode, Occasion
from tracker.domain.scores import draft as score_draft
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import library

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
MADRS = library()["madrs"]
PHQ9 = library()["phq9"]
ALL_ONES = {item.code: Decimal(1) for item in PHQ9.scored_items}


def faults(scale=MADRS, **values):
    told = {"instrument": "madrs", "total": Decimal(30), "taken_at": NOW} | values
    found = score_draft.check(AssessmentDraft(**told), scale, now=NOW)
    return {problem.field for problem in found}


@pytest.mark.parametrize("total", ["0", "30", "60"])
def test_the_whole_scale_may_be_given(total):
    assert faults(total=Decimal(total)) == set()


@pytest.mark.parametrize("total", ["-1", "60.5", "NaN", "sNaN", "Infinity", "1.23456"])
def test_a_total_off_the_scale_is_refused(total):
    assert faults(total=Decimal(total)) == {"total"}


@pytest.mark.parametrize(("code", "refused"), [("phq9", {"total"}), ("peg", set())])
def test_a_half_point_is_refused_where_totals_are_whole(code, refused):
    assert faults(library()[code], instrument=code, total=Decimal("6.5")) == refused
    assert faults(library()[code], instrument=code, total=Decimal("6.0")) == set()


def test_everything_missing_is_telling_moment_once():
    assert faults(None, total=None, taken_at=None) == {"instrument", "total", "taken_at"}


def test_a_day_of_today_stands_at_noon_even_in_the_morning():
    noon = NOW + timedelta(hours=3)
    assert faults(taken_at=noon, time_known=False) == set()
    assert faults(taken_at=noon) == {"taken_at"}


def test_hours_after_have_an_end_and_a_note_too():
    assert faults(hours_after=Decimal(337), note="x" * 2001) == {"hours_after", "note"}
    assert faults(hours_after=Decimal("NaN"), occasion=Occasion.HOURS_AFTER) == {"hours_after"}


def test_a_follow_up_comes_after_its_session_and_asks_something():
    def told(hours, ratings):
        at = NOW + timedelta(hours=hours)
        found = score_draft.check_follow_up(at, started_at=NOW, ratings=ratings)
        return [problem.field for problem in found]

    assert told(24, [0, None]) == []
    assert told(0, [5, 5]) == ["taken_at"]
    assert told(337, [None, None]) == ["mood", "taken_at"]


def test_hours_are_counted_to_a_tenth():
    assert score_draft.hours_between(NOW, NOW + timedelta(hours=24, minutes=3)) == Decimal("24.1")


def answer_faults(answers, **values):
    told = {"total": None, "mode": Mode.STAFF, "answers": answers}
    return faults(PHQ9, **told | values)


def test_answers_need_no_total_and_may_come_with_the_one_on_the_form():
    assert answer_faults(ALL_ONES) == set()
    assert answer_faults(ALL_ONES, total=Decimal(27)) == set()
    assert answer_faults(ALL_ONES, total=Decimal(28)) == {"total"}


def test_every_wrong_answer_is_told_beside_its_question():
    wrong = {"phq9_1": Decimal(4), "phq9_3": Decimal("NaN"), "phq9_4": Decimal(0), "x": Decimal(1)}
    assert answer_faults(wrong) == {"phq9_1", "phq9_3", "x"}


def test_an_incomplete_form_is_no_fault_but_an_empty_one_is():
    assert answer_faults({"phq9_1": Decimal(0)}) == set()
    assert answer_faults({"phq9_1": None}) == {""}
    assert answer_faults({}) == {""}


def test_answers_make_the_total_even_where_the_mode_does_not_say_so():
    draft = AssessmentDraft(
        instrument="phq9", total=None, taken_at=NOW, answers={"phq9_1": Decimal(0), "phq9_2": None}
    )
    assert draft.by_answers
    assert draft.given_answers == {"phq9_1": Decimal(0)}
    assert not AssessmentDraft(instrument="phq9", total=Decimal(3), taken_at=NOW).by_answers


def treated(*started, code="phq9", **values):
    told = {"zone": NEW_YORK} | values
    return score_draft.treatment_days(library()[code], NOW, started, **told)


def test_treatment_within_the_time_asked_about_is_found():
    days = [NOW - timedelta(days=n) for n in (15, 14, 3, 3, 0)]
    assert treated(*days, NOW + timedelta(days=1)) == (date(2026, 2, 24), date(2026, 3, 7))
    earlier_that_day = NOW - timedelta(minutes=1)
    assert treated(earlier_that_day) == (date(2026, 3, 10),)


def test_of_a_score_without_a_time_nobody_can_tell_whether_it_came_after_that_days_session():
    same_day, day_before = NOW - timedelta(hours=2), NOW - timedelta(days=1)
    assert treated(same_day, day_before, time_known=False) == (date(2026, 3, 9),)


def test_days_are_those_of_the_clinic():
    late = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)  # still the 8th in New York
    assert treated(late) == (date(2026, 3, 8),)


def test_a_rating_of_this_moment_looks_back_on_nothing():
    assert treated(NOW - timedelta(hours=4), code="mood-nrs") == ()


@pytest.mark.parametrize(
    ("days", "recall_days", "words"),
    [
        ([], 14, ""),
        ([3], 14, "A treatment day (3 Mar) falls within the 2 weeks this asks about."),
        ([6, 3], 7, "2 treatment days (3 Mar and 6 Mar) fall within the week this asks about."),
        (
            [1, 3, 6], 30,
            "3 treatment days (1 Mar, 3 Mar and 6 Mar) fall within the month this asks about.",
        ),
        (
            [1, 3, 6, 8], 10,
            "4 treatment days (1 Mar to 8 Mar) fall within the 10 days this asks about.",
        ),
    ],
)  # fmt: skip
def test_it_is_said_in_a_sentence(days, recall_days, words):
    told = score_draft.recall_sentence([date(2026, 3, day) for day in days], recall_days)
    assert told == words
