"""Dissociation and sedation: one peak, two directions, a row of scores."""

import pytest
from msgspec.structs import replace

from tests.builders import session_logs
from tests.builders.session_logs import TIMELINES
from tests.charts.reading_back import find, points, segments, words
from tests.charts.timelines.drawing import SHAPES, axes_of, draw, find_word
from tracker.domain.timelines.marks import SCALES


def test_two_directions_are_never_mixed_on_one_axis():
    figure = draw(session_logs.stopped_infusion())
    curve, row = axes_of(figure, "dissociation-joins"), axes_of(figure, "sedation-0")
    assert curve is not row
    told = words(figure)
    assert "0 no response \u2013 5 alert" in told
    assert "0 none \u2013 10 most" in told
    # What is read in units says no ends; every scale of points says both.
    assert all(scale.unit or (scale.low_end and scale.high_end) for scale in SCALES)


@SHAPES
@pytest.mark.parametrize("name", TIMELINES)
def test_the_word_of_the_peak_is_the_top_of_the_curve(name, shape):
    timeline = TIMELINES[name]()
    figure = draw(timeline, shape)
    told = find_word(figure, "dissociation-told")
    since = [
        y
        for gid in ("dissociation-joins",)
        for line in segments(figure, gid)
        for x, y in line
        if x >= 0
    ]
    since += [y for x, y in points(figure, "dissociation-values") if x >= 0]
    if told is None:
        assert timeline.peak is None
    else:
        assert told == f"peak {max(since):.0f}" == f"peak {timeline.peak.strength}"


def test_a_mark_stronger_than_every_reading_is_the_top_of_the_curve():
    figure = draw(session_logs.devices())
    assert (44, 7) in [place for line in segments(figure, "dissociation-joins") for place in line]
    assert find_word(figure, "dissociation-told") == "peak 7"


@SHAPES
def test_a_record_with_another_peak_says_so_at_the_curve(shape):
    figure = draw(replace(session_logs.devices(), recorded_peak=9), shape)
    assert find_word(figure, "dissociation-told") == "peak 7, record 9"
    assert {"began", "resolved"} <= set(words(figure))


def test_dissociation_says_where_it_began_and_had_passed():
    figure = draw(session_logs.devices())
    assert points(figure, "course-onset") == [(12, 0)]
    assert points(figure, "course-resolved") == [(95, 0)]
    assert {"began", "resolved"} <= set(words(figure))


def cells(figure):
    """List the stretches of sedation: from, to, how dark."""
    found, number = [], 0
    while (cell := find(figure, f"sedation-{number}")) is not None:
        found.append((cell.get_x(), cell.get_x() + cell.get_width(), cell.get_alpha()))
        number += 1
    return found


def test_sedation_is_a_row_of_scores_darker_where_less_alert():
    figure = draw(session_logs.injection())
    found = cells(figure)
    assert [round(start) for start, _end, _dark in found] == [-5, 15, 60]
    assert found[1][1] == pytest.approx(60)
    assert found[0][2] < found[1][2]
    assert {"4", "5"} <= set(words(figure))


def test_where_nobody_looked_sedation_is_a_gap():
    found = cells(draw(session_logs.devices()))
    assert [round(start) for start, _end, _dark in found] == [-8, 40, 75, 120]
    assert all(end - start < 5 for start, end, _dark in found)
