from decimal import Decimal

import pytest

from tracker.domain.codes import Occasion
from tracker.exchange.mapping.headings import When, key, split, take_time


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("bdi.2m", "bdi 2 m"),
        ("PHQ9Total", "phq 9 total"),
        ("postOp4hour_throatPain", "post op 4 hour throat pain"),
        (" MADRS_pré ", "madrs pre"),
        ("Date  Submited", "date submited"),
        ("session #", "session"),
        ("№", "no"),
        ("", ""),
    ],
)
def test_a_heading_is_split_into_words(heading, words):
    assert key(heading) == words


def when(**fields):
    return When(**fields)


@pytest.mark.parametrize(
    ("heading", "expected", "left"),
    [
        ("pre", when(hours_after=Decimal(0), occasion=Occasion.BASELINE), ()),
        ("preOp_x", when(hours_after=Decimal(0), occasion=Occasion.BASELINE), ("x",)),
        ("x 24h", when(hours_after=Decimal(24), occasion=Occasion.HOURS_AFTER), ("x",)),
        ("30min", when(hours_after=Decimal("0.5"), occasion=Occasion.HOURS_AFTER), ()),
        ("postOp4hour", when(hours_after=Decimal(4), occasion=Occasion.HOURS_AFTER), ()),
        ("400 h", when(hours_after=Decimal(400), occasion=Occasion.FOLLOW_UP), ()),
        ("pod1am", when(days_after=1, occasion=Occasion.FOLLOW_UP), ()),
        ("Day 3", when(days_after=3, occasion=Occasion.FOLLOW_UP), ()),
        ("week4", when(days_after=28, occasion=Occasion.FOLLOW_UP), ()),
        ("2m", when(months_after=2, occasion=Occasion.FOLLOW_UP), ()),
        ("x_Post", when(), ("x",)),
        ("x", None, ("x",)),
    ],
)
def test_the_time_is_found_in_a_heading(heading, expected, left):
    assert take_time(split(heading)) == (expected, left)


def test_hours_before_a_session_are_not_hours_after_it():
    found, left = take_time(split("24h before"))
    assert found.occasion is Occasion.BASELINE
    assert left == ("24", "h")
