"""A session's picture as a whole: nothing overlaps, sizes hold, the same bytes each time."""

from functools import partial
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text
from msgspec.structs import replace
from PIL import Image

from tests.builders import session_logs
from tests.builders.session_logs import TIMELINES
from tests.charts.reading_back import check_words_apart, find, words
from tests.charts.timelines.drawing import SHAPES, axes_of, draw, height_pixels
from tracker.charts import render
from tracker.charts.style import DARK, LIGHT, POINTS_PER_INCH
from tracker.charts.timelines.sizes import PIXELS_PER_INCH
from tracker.domain.progress.trend import Audience

# What pages give a picture at 360, 620 and 1,000 pixels, the narrowest window of each shape.
ROOM_PIXELS = {"phone": 294, "tablet": 548, "desktop": 888}


def frame_of(figure, gid):
    """Give a panel's height in pixels of a browser."""
    return axes_of(figure, gid).get_position().height * height_pixels(figure)


@SHAPES
@pytest.mark.parametrize("name", TIMELINES)
def test_no_words_touch_each_other_or_leave_the_picture(name, shape):
    check_words_apart(draw(TIMELINES[name](), shape))


@SHAPES
@pytest.mark.parametrize("name", TIMELINES)
def test_panels_stand_below_each_other_and_inside_the_picture(name, shape):
    frames = [axes.get_position() for axes in draw(TIMELINES[name](), shape).axes]
    assert all(0 <= frame.y0 < frame.y1 <= 1 for frame in frames)
    assert all(lower.y1 <= upper.y0 for upper, lower in pairwise(frames))


@pytest.mark.parametrize(
    ("name", "about"), [("injection", 540), ("waves", 520), ("devices", 480), ("five_hours", 575)]
)
def test_on_a_desk_a_session_is_one_screen(name, about):
    assert about - 20 <= height_pixels(draw(TIMELINES[name]())) <= about


def test_three_events_at_once_add_three_lines_and_no_list():
    more = height_pixels(draw(session_logs.stopped_infusion())) - height_pixels(
        draw(replace(session_logs.stopped_infusion(), events=()))
    )
    assert 50 <= more <= 64


@SHAPES
def test_pressure_is_large_and_strips_are_about_sixty_pixels_with_their_air(shape):
    figure = draw(session_logs.injection(), shape)
    assert frame_of(figure, "pressure-grid") >= 2.4 * shape.strip_in * PIXELS_PER_INCH
    for name in ("heart_rate_bpm", "spo2_percent", "respiratory_rate_per_min"):
        pitch = frame_of(figure, f"{name}-grid") + shape.between_in * PIXELS_PER_INCH
        assert 55 <= pitch <= 65
    both = frame_of(figure, "dissociation-grid") + frame_of(figure, "sedation-0")
    assert both <= 95


@SHAPES
@pytest.mark.parametrize("name", TIMELINES)
def test_type_is_twelve_pixels_and_more_in_the_narrowest_window(name, shape):
    figure = draw(TIMELINES[name](), shape)
    scale = ROOM_PIXELS[shape.name] / (shape.width_in * PIXELS_PER_INCH)
    small = [
        text.get_text()
        for text in figure.findobj(Text)
        if text.get_text() and text.get_fontsize() / POINTS_PER_INCH * PIXELS_PER_INCH * scale < 12
    ]
    assert not small


@SHAPES
def test_all_panels_share_one_minute_axis(shape):
    figure = draw(session_logs.stopped_infusion(), shape)
    assert len(figure.axes) == 8
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert len({(a.get_position().x0, a.get_position().x1) for a in figure.axes}) == 1


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_in_greyscale_marks_still_stand_out_from_the_paper(theme):
    figure = draw(session_logs.stopped_infusion(), theme=theme)
    grey = Image.open(BytesIO(render.png(figure, 100))).convert("L")
    low, high = grey.getextrema()
    paper = grey.getpixel((1, 1))
    assert max(paper - low, high - paper) > 150


def test_the_clock_stands_at_the_start_and_where_the_patient_left():
    told = words(draw(session_logs.devices()))
    assert "start 10:00" in told
    assert "left 12:08" in told
    assert "first entry 10:00" in words(draw(session_logs.one_reading()))


def test_what_was_never_read_is_named():
    told = " ".join(words(draw(session_logs.one_reading())))
    assert "Not recorded: Heart rate, Sedation (MOAA/S), Dissociation" in told
    assert not any("Not recorded" in one for one in words(draw(session_logs.devices())))


@SHAPES
def test_nothing_at_all_is_said_in_a_calm_picture(shape):
    figure = draw(session_logs.nothing(), shape)
    assert figure.axes == []
    assert words(figure) == ["Nothing was written down minute by minute"]


def test_dark_paper_has_light_ink():
    figure = draw(session_logs.devices(), theme=DARK)
    assert to_hex(figure.get_facecolor()) == DARK.paper
    assert find(figure, "heart_rate_bpm-values").get_color() == DARK.score


@SHAPES
@pytest.mark.parametrize("name", ["stopped_infusion", "extremes"])
def test_the_same_session_is_the_same_bytes(name, shape):
    drawn = {render.svg(draw(TIMELINES[name](), shape)) for _ in range(2)}
    assert len(drawn) == 1
    root = ElementTree.fromstring(drawn.pop())
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_many_lines_are_one_artist():
    drawn = draw(session_logs.waves()).findobj(LineCollection)
    assert len(drawn) < 60


@SHAPES
def test_a_patients_picture_has_no_sedation_and_no_limits(shape, monkeypatch):
    for_patient = partial(session_logs.prepare, audience=Audience.PATIENT)
    whole = draw(session_logs.stopped_infusion(), shape)
    monkeypatch.setattr(session_logs, "prepare", for_patient)
    for timeline in (session_logs.stopped_infusion(), session_logs.one_reading()):
        own = draw(timeline, shape)
        told = " ".join(text.get_text() for text in own.findobj(Text))
        assert "edation" not in told
        assert "Limits" not in told
    assert "edation" in " ".join(text.get_text() for text in whole.findobj(Text))
