"""Blood pressure and strips: curves, gaps, limits, and marks only where they say something."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from tests.builders import session_logs
from tests.builders.session_logs import TIMELINES, log, prepare, read
from tests.charts.reading_back import boxes, find, points, segments, words
from tests.charts.timelines.drawing import SHAPES, axes_of, draw, find_word
from tracker.charts import render
from tracker.charts.timelines.sizes import DESKTOP


def test_axes_span_the_whole_scale_whatever_the_values():
    figure = draw(prepare(log((0, read("120/80", spo2_percent=98, sedation=5, dissociation=1)))))
    assert axes_of(figure, "pressure-grid").get_ylim() == (40, 200)
    assert axes_of(figure, "spo2_percent-grid").get_ylim() == (85, 100)
    assert [line[0][1] for line in segments(figure, "dissociation-grid")] == [0, 10]


def test_an_axis_goes_on_in_whole_steps_for_a_value_beyond_it():
    figure = draw(session_logs.extremes())
    names = ("pressure", "heart_rate_bpm", "spo2_percent", "respiratory_rate_per_min")
    spans = [axes_of(figure, f"{name}-grid").get_ylim() for name in names]
    assert spans == [(0, 280), (0, 180), (75, 100), (0, 40)]


def test_up_to_twenty_readings_have_marks_and_more_are_lines_alone():
    few, many = draw(session_logs.injection()), draw(session_logs.waves())
    for name in ("systolic_mmhg", "heart_rate_bpm", "dissociation"):
        assert points(few, f"{name}-values"), name
        assert points(many, f"{name}-values") == [], name
        assert sum(len(line) for line in segments(many, f"{name}-joins")) == 40


def test_a_reading_that_nothing_joins_keeps_its_mark_among_many():
    minutes = [*range(0, 63, 3), 200]
    written = [(minute, read("", heart_rate_bpm=70)) for minute in minutes]
    figure = draw(prepare(log(*written)))
    assert points(figure, "heart_rate_bpm-values") == [(200, 70)]


@SHAPES
@pytest.mark.parametrize("name", TIMELINES)
def test_triangles_stand_on_the_values_beyond_limits_and_nowhere_else(name, shape):
    timeline = TIMELINES[name]()
    figure = draw(timeline, shape)
    names = ("systolic_mmhg", "diastolic_mmhg", "heart_rate_bpm", "spo2_percent",
             "respiratory_rate_per_min")  # fmt: skip
    wanted = {"high": set(), "low": set()}
    for point in timeline.readings:
        for limit in point.passed:
            side = "high" if limit.is_upper else "low"
            wanted[side].add((point.minute, point.value(limit.name)))
    panels = ("pressure", *names[2:])
    for side, marker in (("high", "^"), ("low", "v")):
        gids = [f"{panel}-{side}" for panel in panels if find(figure, f"{panel}-{side}")]
        assert {place for gid in gids for place in points(figure, gid)} == wanted[side]
        assert all(find(figure, gid).get_marker() == marker for gid in gids)
    plain = {place for one in names for place in points(figure, f"{one}-values")}
    assert not plain & (wanted["high"] | wanted["low"])


def test_the_mark_of_a_value_beyond_differs_in_shape_and_colour():
    figure = draw(session_logs.injection())
    high, plain = find(figure, "pressure-high"), find(figure, "systolic_mmhg-values")
    assert high.get_marker() == "^"
    assert not isinstance(plain.get_marker(), str)  # an open wedge
    assert to_hex(high.get_color()) != to_hex(plain.get_color())


def test_a_blood_pressure_is_two_curves_with_what_lies_between():
    figure = draw(session_logs.injection())
    upper, lower = (
        segments(figure, f"{name}-joins")[0] for name in ("systolic_mmhg", "diastolic_mmhg")
    )
    assert upper == [(-5, 118), (15, 134), (30, 152), (45, 146), (60, 128)]
    assert lower == [(-5, 74), (15, 84), (30, 94), (45, 88), (60, 80)]
    assert len(find(figure, "pressure-between").get_paths()) == 4
    assert [(-5, 74), (-5, 118)] in segments(figure, "pressures")
    assert find(draw(session_logs.waves()), "pressures") is None


def test_half_a_blood_pressure_has_its_mark_and_ties_nothing():
    figure = draw(session_logs.gaps())
    assert (20, 130) in points(figure, "systolic_mmhg-values")
    assert 20 not in [x for tie in segments(figure, "pressures") for x, _y in tie]
    assert [130, 20] not in [x for line in segments(figure, "diastolic_mmhg-joins") for x in line]


def test_values_far_apart_are_not_joined():
    figure = draw(session_logs.gaps())
    joins = segments(figure, "heart_rate_bpm-joins")
    assert [[x for x, _y in join] for join in joins] == [[-5, 10, 20], [85, 100]]
    [between] = find(figure, "pressure-between").get_paths()
    assert (between.get_extents().x0, between.get_extents().x1) == (85, 100)


def test_limits_are_hairlines_with_their_word_at_the_right_end():
    figure = draw(session_logs.stopped_infusion())
    warn, strict = find(figure, "pressure-limits"), find(figure, "pressure-strict")
    assert {line[0][1] for line in segments(figure, "pressure-limits")} == {140, 90}
    assert {line[0][1] for line in segments(figure, "pressure-strict")} == {180, 120}
    assert str(warn.get_linestyle()) != str(strict.get_linestyle())
    assert max(*warn.get_linewidths(), *strict.get_linewidths()) < 1
    end = (DESKTOP.left_in + DESKTOP.data_in) * render.PNG_DPI
    told = boxes(figure)
    for word in ("systolic 180", "systolic 140", "diastolic 90", "high 120", "low 50", "low 93"):
        assert next(box for words, box in told if words == word).x0 >= end


@SHAPES
def test_the_sources_of_the_limits_are_named_once_below(shape):
    told = " ".join(words(draw(session_logs.stopped_infusion(), shape)))
    for expected in (
        "Limits: 140/90, heart rate 50\u2013120, SpO2 93, breathing 10\u201330 clinic default",
        "180/120 ACC/AHA 2017",
    ):
        assert told.count(expected) == 1


def test_a_lower_limit_of_pressure_is_drawn_only_where_it_was_passed():
    def limits(timeline):
        return {line[0][1] for line in segments(draw(timeline), "pressure-limits")}

    assert 50 in limits(session_logs.gaps())
    assert 50 not in limits(session_logs.devices())


def test_the_values_that_tell_most_are_written_out():
    figure = draw(session_logs.stopped_infusion())
    told = {name: find_word(figure, f"{name}-told") for name in ("pressure", "spo2_percent")}
    assert told == {"pressure": "158/96", "spo2_percent": "92"}
    assert find_word(figure, "heart_rate_bpm-told") == "98"
    assert find_word(figure, "respiratory_rate_per_min-told") == "11"


@SHAPES
@pytest.mark.parametrize("name", TIMELINES)
def test_every_value_that_tells_most_finds_its_place_in_its_panel(name, shape):
    timeline = TIMELINES[name]()
    figure = draw(timeline, shape)
    placed = {t.get_gid(): t.get_window_extent() for t in figure.findobj(Text) if t.get_gid()}
    expected = [one.name for one in timeline.scales if one.name not in ("sedation", "dissociation")]
    for one in [*expected, *(["pressure"] if timeline.values("systolic_mmhg") else [])]:
        box = placed[f"{one}-told"]
        if find(figure, f"{one}-grid") is None:
            continue  # the second curve of a strip
        frame = axes_of(figure, f"{one}-grid").get_window_extent()
        assert frame.y0 - 2 <= box.y0 <= box.y1 <= frame.y1 + 2
        assert frame.x0 - 2 <= box.x0 <= box.x1 <= frame.x1 + 2


def test_pain_and_nausea_share_a_strip_and_are_told_apart_without_colour():
    figure = draw(session_logs.five_hours())
    pain, nausea = find(figure, "pain-joins"), find(figure, "nausea-joins")
    assert pain.axes is nausea.axes
    assert str(pain.get_linestyle()) != str(nausea.get_linestyle())
    assert {"Pain and nausea", "pain", "nausea"} <= set(words(figure))
    alone = draw(prepare(log((0, read("", nausea=4)))))
    assert "Nausea" in words(alone)


@SHAPES
@pytest.mark.parametrize("name", TIMELINES)
def test_no_value_that_is_told_covers_a_triangle(name, shape):
    figure = draw(TIMELINES[name](), shape)
    told = {t.get_gid(): t for t in figure.findobj(Text) if (t.get_gid() or "").endswith("-told")}
    for gid, text in told.items():
        panel, box = gid.removesuffix("-told"), text.get_window_extent()
        for side in ("high", "low"):
            for place in points(figure, f"{panel}-{side}"):
                x, y = find(figure, f"{panel}-{side}").axes.transData.transform(place)
                assert not box.contains(x, y), (text.get_text(), place)
