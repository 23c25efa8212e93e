"""What was given and what happened: rates, doses, events with their names."""

from xml.etree import ElementTree

import pytest

from tests.builders import session_logs
from tests.builders.session_logs import log, prepare, read
from tests.charts.reading_back import find, points, segments, words
from tests.charts.timelines.drawing import SHAPES, draw
from tracker.charts import render
from tracker.charts.timelines.sizes import PHONE
from tracker.domain.live.entries import AdverseEvent, Dose, EventTerm, Infusion, InfusionAction


def test_an_infusion_is_as_high_as_its_rate_and_ends_with_a_stroke():
    figure = draw(session_logs.stopped_infusion())
    bars = [path.get_extents() for path in find(figure, "running").get_paths()]
    assert [(round(bar.x0), round(bar.x1)) for bar in bars] == [(0, 18), (18, 24), (29, 38)]
    heights = [bar.height / bars[0].height for bar in bars]
    assert heights == pytest.approx([1, 50 / 75, 40 / 75])
    assert [(x0, x1) for (x0, _), (x1, _) in segments(figure, "paused")] == [(24, 29)]
    assert segments(figure, "stop")[0][0][0] == 38
    assert find(figure, "open") is None
    assert {"75 mL/h", "50", "40"} <= set(words(figure))


def test_an_infusion_that_still_runs_has_an_arrow_and_no_stroke():
    figure = draw(prepare(log((0, Infusion(action=InfusionAction.START)), (9, read("120/80")))))
    assert find(figure, "stop") is None
    assert points(figure, "open")[0][0] == 9


@SHAPES
def test_devices_close_together_have_one_label(shape):
    figure = draw(session_logs.devices(), shape)
    assert [x for x, _y in points(figure, "doses")] == [0, 5, 10]
    assert "3 \u00d7 28 mg" in words(figure)


def test_two_doses_far_apart_have_each_its_own():
    doses = [(minute, Dose(dose_mg=mg)) for minute, mg in ((0, 40), (45, 20))]
    assert {"40 mg", "20 mg"} <= set(words(draw(prepare(log(*doses)))))
    close = [(minute, Dose(dose_mg=mg)) for minute, mg in ((0, 40), (1, 20))]
    assert "2 doses, 60 mg" in words(draw(prepare(log(*close)), PHONE))


def test_events_bear_their_names_and_a_line_through_the_panels():
    figure = draw(session_logs.stopped_infusion())
    told = words(figure)
    assert {"Nausea, grade 2", "Blood pressure increased, grade 1", "Anxiety, grade 2"} <= set(told)
    begun = [line[0][0] for line in segments(figure, "heart_rate_bpm-events")]
    assert begun == [21, 23, 36]
    assert [line[0][0] for line in segments(figure, "event-ends")] == [58, 66]
    assert len(points(figure, "event-ongoing")) == 1


def test_events_at_once_have_lanes_of_their_own():
    figure = draw(session_logs.extremes())
    levels = {line[0][1] for line in segments(figure, "event-begins")}
    assert len(levels) == 5


@SHAPES
def test_a_name_without_room_is_cut_with_a_sign_and_keeps_its_grade(shape):
    other = "Cried for a long while about the dog that she had as a child and lost, and then slept"
    event = AdverseEvent(term=EventTerm.OTHER, other=other, grade=3, serious=True)
    figure = draw(prepare(log((0, Dose(dose_mg=35)), (30, event))), shape)
    [told] = [told for told in words(figure) if told.startswith("Cried")]
    assert told.endswith("\u2026, grade 3, serious")


def test_letters_that_the_font_lacks_are_boxes_and_markup_stays_text():
    other = "\u5e73 $\\frac{ <b>&\n\u9759 J\u00fcrgen"
    event = AdverseEvent(term=EventTerm.OTHER, other=other)
    figure = draw(prepare(log((0, Dose(dose_mg=35)), (5, event))))
    assert any("\u25a1 $\\frac{ <b>& \u25a1 J\u00fcrgen" in told for told in words(figure))
    ElementTree.fromstring(render.svg(figure))
    render.png(figure)
