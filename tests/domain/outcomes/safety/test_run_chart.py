"""The run chart finds what its published rules call a shift or a trend, and nothing else."""

from datetime import date

import pytest

from tracker.domain.outcomes.safety import run_chart
from tracker.domain.outcomes.safety.counts import MonthCounts
from tracker.domain.outcomes.safety.run_chart import RunMeasure


def chart(*percents, of=100, least=10):
    """Make a chart of months from the percents of sessions with a severe side effect."""
    months = {
        date(2024 + place // 12, place % 12 + 1, 1): MonthCounts(
            sessions=of, effects_asked=0 if one is None else of, severe=(one or 0) * of // 100
        )
        for place, one in enumerate(percents)
    }
    return run_chart.run_chart(months, RunMeasure.EFFECTS, least)


def found(one):
    return [(run.points, run.is_up) for run in one.shifts], [
        (run.points, run.is_up) for run in one.trends
    ]


@pytest.mark.parametrize(
    ("percents", "shifts", "trends"),
    [
        ([10, 20] * 6, [], []),
        ([10, 20, 10, 20, 31, 32, 31, 32, 31, 32, 10, 20], [(6, True)], []),
        ([10, 20, 10, 20, 31, 32, 31, 32, 31, 10, 20, 25], [], []),
        # On the median (20) a point neither counts nor breaks: six stand below, with one between.
        ([10, 11, 10, 20, 11, 10, 11, 30, 31, 20, 31, 30, 20], [(6, False)], []),
        # Five that rise are a trend, four are none; an equal one does not count.
        ([20, 10, 11, 12, 13, 14, 10, 20, 10, 20, 10, 20], [], [(5, True)]),
        ([20, 10, 11, 12, 13, 10, 20, 10, 20, 10, 20, 10], [], []),
        ([20, 14, 13, 13, 12, 11, 10, 20, 10, 20, 10, 20], [], [(6, False)]),
    ],
)
def test_shifts_and_trends(percents, shifts, trends):
    assert found(chart(*percents)) == (shifts, trends)


def test_a_month_without_sessions_is_a_gap_and_is_not_zero():
    one = chart(10, None, *[20] * 5)
    assert [point.share for point in one.points][:2] == [0.1, None]
    assert len(one.points_with_share) == 6


def test_a_month_of_few_sessions_has_no_point():
    assert chart(*[50] * 12, of=8).points_with_share == []
    assert "0 of 12 months have a point." in run_chart.sentences(chart(*[50] * 12, of=8))


def test_fewer_than_ten_months_say_nothing():
    one = chart(*[10] * 3, *[30] * 6)
    assert found(one) == ([], [])
    assert "says nothing yet" in run_chart.alt(one)


def test_the_words_name_the_months_and_no_cause():
    one = chart(10, 20, 10, 20, 31, 32, 31, 32, 31, 32, 10, 20)
    assert run_chart.sentences(one) == [
        "12 of 12 months have a point.",
        "The median is 26 %.",
        "Shift: 6 points in a row above the median, May 2024 to October 2024.",
    ]
    assert "no shift and no trend" in run_chart.alt(chart(*[10, 20] * 6))
