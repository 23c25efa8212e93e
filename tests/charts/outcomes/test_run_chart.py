"""The run chart is drawn from the value that its table and its words come from."""

from datetime import date

import pytest

from tests.charts.reading_back import check_words_apart, find, points, words
from tracker.charts.outcomes import run_chart as picture
from tracker.charts.style import DARK, DESKTOP, LIGHT, PHONE
from tracker.domain.outcomes.safety import run_chart
from tracker.domain.outcomes.safety.counts import MonthCounts
from tracker.domain.outcomes.safety.run_chart import RunMeasure

SHAPES = pytest.mark.parametrize("shape", [DESKTOP, PHONE], ids=lambda shape: shape.name)
SHIFT = (10, 20, None, 20, 31, 32, 31, 32, 31, 32, 10, 20, 10, 20)
STATES = {
    "none": (), "one": (20,), "few": (10, None, 30), "shift": SHIFT, "many": (4, 9) * 18,
    "nothing": (0,) * 12, "all": (100,) * 12,
}  # fmt: skip


def chart(percents):
    months = {
        date(2024 + place // 12, place % 12 + 1, 1): MonthCounts(
            effects_asked=0 if one is None else 100, moderate=one or 0
        )
        for place, one in enumerate(percents)
    }
    return run_chart.run_chart(months, RunMeasure.EFFECTS, 10)


@SHAPES
@pytest.mark.parametrize("state", STATES)
def test_no_words_touch_each_other_or_leave_the_picture(state, shape):
    theme = DARK if shape is PHONE else LIGHT
    check_words_apart(picture.draw(chart(STATES[state]), shape=shape, theme=theme))


def test_each_month_with_a_share_is_a_point_and_what_the_rule_found_differs_by_shape():
    found = chart(SHIFT)
    figure = picture.draw(found, shape=DESKTOP, theme=LIGHT)
    inside = points(figure, "points-in-run")
    assert [round(y) for _x, y in inside] == [31, 32, 31, 32, 31, 32]
    assert len(points(figure, "points")) + len(inside) == len(found.points_with_share) == 13
    assert find(figure, "points-in-run").get_marker() != find(figure, "points").get_marker()


def test_a_month_without_a_share_is_a_gap():
    figure = picture.draw(chart(SHIFT), shape=DESKTOP, theme=LIGHT)
    joins = find(figure, "joins").get_segments()
    assert len(joins) == 11  # thirteen points in two stretches
    assert all(abs(right[0] - left[0]) == 1 for left, right in joins)


def test_the_last_month_is_named():
    assert "Feb 25" in words(picture.draw(chart(SHIFT), shape=PHONE, theme=LIGHT))
