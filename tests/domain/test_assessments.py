from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tracker.domain import assessments
from tracker.domain.assessments import AssessmentDraft
from tracker.domain.words import Occasion
from tracker.instruments import library

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
MADRS = library()["madrs"]


def faults(instrument=MADRS, **values):
    told = {"instrument": "madrs", "total": Decimal(30), "taken_at": NOW} | values
    found = assessments.check(AssessmentDraft(**told), instrument, now=NOW)
    return {problem.field for problem in found}


@pytest.mark.parametrize("total", ["0", "30", "60"])
def test_the_whole_scale_may_be_given(total):
    assert faults(total=Decimal(total)) == set()


@pytest.mark.parametrize("total", ["-1", "60.5", "NaN", "sNaN", "Infinity", "1.23456"])
def test_a_total_off_the_scale_is_refused(total):
    assert faults(total=Decimal(total)) == {"total"}


def test_everything_missing_is_told_at_once():
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
        found = assessments.check_follow_up(at, started_at=NOW, ratings=ratings)
        return [problem.field for problem in found]

    assert told(24, [0, None]) == []
    assert told(0, [5, 5]) == ["taken_at"]
    assert told(337, [None, None]) == ["mood", "taken_at"]


def test_hours_are_counted_to_a_tenth():
    assert assessments.hours_between(NOW, NOW + timedelta(hours=24, minutes=3)) == Decimal("24.1")
