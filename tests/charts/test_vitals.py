from io import BytesIO
from itertools import combinations
from xml.etree import ElementTree

import pytest
from matplotlib.colors import to_hex
from PIL import Image

from tests.builders import session_logs
from tests.builders.session_logs import TIMELINES, log, prepare, read
from tests.charts.reading_back import boxes, find, points, segments, words
from tracker.charts import render, vitals
from tracker.charts.style import DARK, DESKTOP, LIGHT, PHONE
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.live.entries import AdverseEvent, Dose, EventTerm, Infusion, InfusionAction
from tracker.domain.timelines.marks import SCALES

SHAPES = pytest.mark.parametrize("shape", [DESKTOP, PHONE], ids=lambda shape: shape.name)


def draw(timeline, shape=DESKTOP, theme=LIGHT):
    return vitals.draw(timeline, shape=shape, theme=theme)


@SHAPES
@pytest.mark.parametrize("name", TIMELINES)
def test_no_words_touch_each_other_or_leave_the_picture(name, shape):
    figure = draw(TIMELINES[name](), shape)
    written = boxes(figure)
    width, height = figure.get_size_inches() * figure.dpi
    for told, box in written:
        assert 0 <= box.x0 <= box.x1 <= width, told
        assert 0 <= box.y0 <= box.y1 <= height, told
    for (one, box), (others, other) in combinations(written, 2):
        # Two pixels of the line box above and below the letters are air.
        assert not box.padded(-2).overlaps(other.padded(-2)), (one, others)


@SHAPES
def test_all_panels_share_one_minute_axis(shape):
    figure = draw(session_logs.stopped_infusion(), shape)
    assert len(figure.axes) == 7
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert len({(a.get_position().x0, a.get_position().x1) for a in figure.axes}) == 1


def test_axes_span_the_whole_scale_whatever_the_values():
    figure = draw(prepare(log((0, read("120/80", spo2_percent=98, sedation=5, dissociation=1)))))
    assert [axes.get_ylim() for axes in figure.axes] == [(40, 200), (85, 100), (0, 5), (0, 10)]


def test_an_axis_goes_on_in_whole_steps_for_a_value_beyond_it():
    figure = draw(session_logs.extremes())
    spans = [axes.get_ylim() for axes in figure.axes[1:]]
    assert spans == [(0, 280), (0, 180), (75, 100), (0, 40)]


def test_two_directions_are_never_mixed_on_one_axis():
    figure = draw(session_logs.stopped_infusion())
    sedation, dissociation = find(figure, "sedation-values"), find(figure, "dissociation-values")
    assert sedation.axes is not dissociation.axes
    told = words(figure)
    assert "0 no response \u2013 5 alert" in told
    assert "0 none \u2013 10 most" in told
    # What is read in units says no ends; every scale of points says both.
    assert all(scale.unit or (scale.low_end and scale.high_end) for scale in SCALES)


def test_a_blood_pressure_is_a_bar_from_the_lower_to_the_upper_value():
    figure = draw(session_logs.devices())
    assert segments(figure, "pressures") == [
        [(-8, 124), (-8, 80)], [(40, 146), (40, 91)], [(75, 138), (75, 86)], [(120, 126), (120, 80)]
    ]  # fmt: skip
    assert points(figure, "pressures-high") == [(40, 146), (40, 91)]
    assert (40, 146) not in points(figure, "caps")


def test_half_a_blood_pressure_is_a_cap_without_a_bar():
    figure = draw(session_logs.gaps())
    assert (20, 130) in points(figure, "caps")
    assert 20 not in [x for bar in segments(figure, "pressures") for x, _y in bar]


def test_values_far_apart_are_not_joined():
    joins = segments(draw(session_logs.gaps()), "heart_rate_bpm-joins")
    assert [[x for x, _y in join] for join in joins] == [[-5, 10, 20], [85, 100]]


def test_limits_are_lines_with_their_numbers_and_sources():
    figure = draw(session_logs.stopped_infusion())
    limits = {line[0][1] for line in segments(figure, "systolic_mmhg-limits")}
    holds = {line[0][1] for line in segments(figure, "systolic_mmhg-hold")}
    assert (limits, holds) == ({140, 90}, {180, 120})
    told = words(figure)
    for expected in ("sys. 140", "dia. 90", "140/90 clinic default", "180/120 ACC/AHA 2017"):
        assert expected in told


def test_the_clinics_own_limit_is_drawn():
    own = prepare(log((0, read("120/80"))), settings=TreatmentSettings(systolic_warn_mmhg=150))
    figure = draw(own)
    assert 150 in {line[0][1] for line in segments(figure, "systolic_mmhg-limits")}
    assert "150 clinic setting" in words(figure)


def test_a_lower_limit_of_pressure_is_drawn_only_where_it_was_passed():
    assert 50 in {
        line[0][1] for line in segments(draw(session_logs.gaps()), "systolic_mmhg-limits")
    }
    calm = segments(draw(session_logs.devices()), "systolic_mmhg-limits")
    assert 50 not in {line[0][1] for line in calm}


@SHAPES
def test_what_is_beyond_a_limit_has_a_shape_of_its_own(shape):
    figure = draw(session_logs.stopped_infusion(), shape)
    assert find(figure, "pressures-high").get_marker() == "^"
    assert find(figure, "caps").get_marker() == "_"
    assert find(figure, "spo2_percent-low").get_marker() == "v"
    assert find(figure, "spo2_percent-values").get_marker() == "s"
    told = words(figure)
    assert (told.count("above a limit"), told.count("below a limit")) == (1, 1)


def test_lines_of_two_meanings_differ_without_colour():
    figure = draw(session_logs.stopped_infusion())
    names = ("systolic_mmhg-limits", "systolic_mmhg-hold", "systolic_mmhg-events", "pressures")
    styles = [str(find(figure, name).get_linestyle()) for name in names]
    assert len(set(styles)) == len(styles)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_in_greyscale_marks_still_stand_out_from_the_paper(theme):
    figure = draw(session_logs.stopped_infusion(), theme=theme)
    grey = Image.open(BytesIO(render.png(figure, 100))).convert("L")
    low, high = grey.getextrema()
    paper = grey.getpixel((1, 1))
    assert max(paper - low, high - paper) > 150


def test_an_infusion_is_as_high_as_its_rate_and_ends_with_a_stroke():
    figure = draw(session_logs.stopped_infusion())
    bars = [path.get_extents() for path in find(figure, "running").get_paths()]
    assert [(round(bar.x0), round(bar.x1)) for bar in bars] == [(0, 18), (18, 24), (29, 38)]
    heights = [bar.height / bars[0].height for bar in bars]
    assert heights == pytest.approx([1, 50 / 75, 40 / 75])
    assert [(x0, x1) for (x0, _), (x1, _) in segments(figure, "paused")] == [(24, 29)]
    assert segments(figure, "stop")[0][0][0] == 38
    assert find(figure, "open") is None


def test_an_infusion_that_still_runs_has_an_arrow_and_no_stroke():
    figure = draw(prepare(log((0, Infusion(action=InfusionAction.START)), (9, read("120/80")))))
    assert find(figure, "stop") is None
    assert points(figure, "open")[0][0] == 9


@SHAPES
def test_devices_close_together_have_one_label(shape):
    figure = draw(session_logs.devices(), shape)
    assert [x for x, _y in points(figure, "doses")] == [0, 5, 10]
    assert "3 \u00d7 28" in words(figure)


def test_doses_that_differ_are_added_up_where_they_are_close():
    doses = [(minute, Dose(dose_mg=mg)) for minute, mg in ((0, 40), (1, 20))]
    assert "2 doses, 60" in words(draw(prepare(log(*doses)), PHONE))


def test_events_have_numbers_that_are_told_below():
    figure = draw(session_logs.stopped_infusion())
    told = words(figure)
    assert [told.count(number) for number in "12"] == [2, 2]  # at the mark, and in the list
    assert "Nausea 21 to 58 min, grade 2, ondansetron, resolved" in told
    begun = [line[0][0] for line in segments(figure, "heart_rate_bpm-events")]
    assert begun == [21, 23, 36]


def test_events_at_once_have_lanes_of_their_own():
    figure = draw(session_logs.extremes())
    levels = [points(figure, f"event-{number}")[0][1] for number in (2, 3, 4, 5)]
    assert len(set(levels)) == 4
    assert points(figure, "event-1")[0][1] in levels  # there was room beside them


def test_the_highest_pressure_and_the_lowest_saturation_are_written_out():
    figure = draw(session_logs.stopped_infusion())
    assert find(figure, "systolic_mmhg-told").get_text() == "158/96"
    assert find(figure, "spo2_percent-told").get_text() == "92"
    assert find(figure, "sedation-told").get_text() == "3"
    assert find(figure, "dissociation-told").get_text() == "8"


@SHAPES
def test_a_written_value_stays_in_its_panel(shape):
    for timeline in (session_logs.extremes(), session_logs.one_reading()):
        figure = draw(timeline, shape)
        placed = dict(boxes(figure))
        for axes in figure.axes[1:]:
            frame = axes.get_window_extent()
            for text in axes.texts:
                box = placed[text.get_text()]
                assert frame.y0 - 2 <= box.y0 <= box.y1 <= frame.y1 + 2
                assert frame.x0 - 2 <= box.x0 <= box.x1 <= frame.x1 + 2


def test_dissociation_has_its_course_below_its_values():
    figure = draw(session_logs.devices())
    places = [points(figure, f"course-{name}")[0][0] for name in ("onset", "peak", "resolved")]
    assert places == [12, 44, 95]
    assert all(y < 0 for _x, y in segments(figure, "course")[0])
    assert "peak 7" in words(figure)


def test_the_clock_stands_at_the_start_and_where_the_patient_left():
    told = words(draw(session_logs.devices()))
    assert "start 10:00" in told
    assert "left 12:08" in told
    assert "first entry 10:00" in words(draw(session_logs.one_reading()))


def test_what_was_never_read_is_named():
    told = " ".join(words(draw(session_logs.one_reading())))
    assert "Not recorded: Heart rate, Sedation (MOAA/S), Dissociation" in told
    assert not any("Not recorded" in one for one in words(draw(session_logs.devices())))


def test_nothing_at_all_is_said_in_a_calm_picture():
    figure = draw(session_logs.nothing())
    assert figure.axes == []
    assert words(figure) == ["Nothing was written down minute by minute"]


def test_dark_paper_has_light_ink():
    figure = draw(session_logs.devices(), theme=DARK)
    assert to_hex(figure.get_facecolor()) == DARK.paper
    assert find(figure, "heart_rate_bpm-values").get_color() == DARK.score


@pytest.mark.parametrize("name", ["stopped_infusion", "extremes"])
def test_the_same_session_is_the_same_bytes(name):
    drawn = {render.svg(draw(TIMELINES[name](), PHONE)) for _ in range(2)}
    assert len(drawn) == 1
    root = ElementTree.fromstring(drawn.pop())
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_letters_that_the_font_lacks_are_boxes_and_markup_stays_text():
    other = "\u5e73 $\\frac{ <b>&\n\u9759 J\u00fcrgen"
    event = AdverseEvent(term=EventTerm.OTHER, other=other)
    figure = draw(prepare(log((0, Dose(dose_mg=35)), (5, event))))
    assert any("\u25a1 $\\frac{ <b>& \u25a1 J\u00fcrgen" in told for told in words(figure))
    ElementTree.fromstring(render.svg(figure))
    render.png(figure)
