"""Which second score of a day is asked about, and in which words."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.codes import Occasion
from tracker.domain.scores import same_day
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import library

NEW_YORK = ZoneInfo("America/New_York")
MORNING = datetime(2026, 8, 3, 13, 10, tzinfo=UTC)  # 09:10 in New York
BEFORE, AFTER = Occasion.BEFORE_SESSION, Occasion.HOURS_AFTER


def score(total="0", at=MORNING, code="phq9", **also):
    return AssessmentDraft(instrument=code, total=Decimal(total), taken_at=at, **also)


def twins(new, *there, zone=NEW_YORK):
    return same_day.find_twins(new, there, library()[new.instrument], zone)


def test_the_same_scale_on_the_same_day_is_asked_about_in_words():
    there = score("27")
    assert twins(score("0", MORNING.replace(hour=20)), there) == [there]
    assert same_day.question(there, library()["phq9"], NEW_YORK) == (
        "PHQ-9 of 3 Aug 2026 is there already: 27 at 09:10. The same form twice, or a correction?"
    )
    undated = score("27", time_known=False)
    assert "27 without a time." in same_day.question(undated, library()["phq9"], NEW_YORK)


def test_the_day_is_the_calendar_day_of_the_clinic():
    late = score(at=datetime(2026, 8, 4, 2, tzinfo=UTC))  # 3 Aug, 22:00 in New York
    assert twins(late, score("27"))
    assert not twins(late, score("27"), zone=UTC)
    next_day = score(at=datetime(2026, 8, 4, 5, tzinfo=UTC))
    assert not twins(next_day, late)


def test_another_scale_is_another_form():
    assert not twins(score(), score(code="gad7"))
    assert not twins(score(code="pcl5-week"), score(code="pcl5"))


@pytest.mark.parametrize(
    "code", ["mood-nrs", "pain-nrs", "anxiety-nrs", "dissociation", "cadss", "cadss6", "moaas"]
)
def test_ratings_of_this_moment_repeat_within_a_day(code):
    assert not twins(score("1", code=code), score("5", code=code))


@pytest.mark.parametrize(
    "code",
    [code for code, one in library().items() if one.recall_days],
)
def test_whatever_looks_back_is_asked_about(code):
    lowest = library()[code].minimum
    assert twins(score(lowest, code=code), score(lowest, code=code))


@pytest.mark.parametrize(
    ("one", "other", "asked"),
    [
        (BEFORE, AFTER, False),
        (Occasion.BASELINE, AFTER, False),
        (Occasion.BASELINE, BEFORE, True),
        (Occasion.UNSCHEDULED, AFTER, True),
        (Occasion.WEEKLY, AFTER, True),
        (Occasion.FOLLOW_UP, BEFORE, True),
        (Occasion.UNSCHEDULED, Occasion.UNSCHEDULED, True),
    ],
)
def test_only_either_side_of_a_dose_tells_of_two_states(one, other, asked):
    for first, second in ((one, other), (other, one)):
        found = twins(score("9", occasion=first), score("20", occasion=second))
        assert bool(found) is asked


@pytest.mark.parametrize(
    ("hours", "others", "asked"), [("2", "4", False), ("2", "2.1", True), ("2", None, True)]
)
def test_hours_after_a_session_are_two_visits_when_they_are_apart(hours, others, asked):
    one = score("9", occasion=AFTER, hours_after=Decimal(hours))
    other = score("9", occasion=AFTER, hours_after=Decimal(others) if others else None)
    assert bool(twins(one, other)) is asked
    assert bool(twins(other, one)) is asked
