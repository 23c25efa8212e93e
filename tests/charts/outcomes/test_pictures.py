"""Pictures of outcomes: the right numbers at the right places, and words where there is nothing."""

import re
from datetime import date
from functools import cache

import pytest
from matplotlib.colors import to_hex

from tests.charts.reading_back import check_words_apart, find, points, segments, words
from tracker.charts import render
from tracker.charts.outcomes import picture
from tracker.charts.outcomes.sheet import DESKTOP, PHONE
from tracker.charts.style import DARK, LIGHT, in_grey
from tracker.domain.demo import many_courses
from tracker.domain.outcomes import kaplan_meier
from tracker.domain.outcomes.course_outcome import ChangeKind
from tracker.domain.outcomes.pictures import curves
from tracker.domain.outcomes.pictures.curves import WEEK
from tracker.domain.outcomes.pictures.picture import Scope
from tracker.instruments import library

NAMES = (
    "flow", "rates", "by-session", "to-response", "kept", "courses", "waterfall", "routes",
    "dissociation", "before-after", "calendar",
)  # fmt: skip
MANY = 700  # the shapes of ten thousand, at a fraction of the time
SHAPES = pytest.mark.parametrize("shape", [DESKTOP, PHONE], ids=lambda shape: shape.name)


@cache
def prepared(count, name):
    return {one.name: one for one in _all(count)}[name]


@cache
def _all(count):
    return many_courses.pictures(many_courses.invent(count), library()["phq9"])


def draw(count, name, shape=DESKTOP, theme=LIGHT):
    return picture.draw(prepared(count, name), shape=shape, theme=theme)


def corners(figure, gid):
    """List the boxes of a collection as (left, right, from, to)."""
    found = find(figure, gid)
    told = [] if found is None else [path.vertices for path in found.get_paths()]
    return [(v[:, 0].min(), v[:, 0].max(), v[0, 1], v[2, 1]) for v in told]


def test_every_picture_is_there():
    assert {one.name for one in _all(7)} == {*NAMES}


@SHAPES
@pytest.mark.parametrize("count", [0, 1, 7, 60, MANY])
def test_no_words_touch_each_other_or_leave_the_picture(count, shape):
    for name in NAMES:
        check_words_apart(draw(count, name, shape))


@pytest.mark.parametrize("name", NAMES)
def test_of_nobody_a_picture_says_what_is_missing_and_has_no_frame(name):
    figure = draw(0, name)
    assert prepared(0, name).missing
    assert " ".join(words(figure)[2:]) == prepared(0, name).missing
    assert not figure.axes


def test_no_share_of_fewer_people_than_the_clinic_asks_for():
    for name in ("rates", "to-response", "kept"):
        told = prepared(7, name)
        assert "no percentage of fewer than 10" in told.missing, name
        assert "%" not in told.sentence


@pytest.mark.parametrize("name", NAMES)
def test_what_is_heard_is_what_is_drawn_and_what_stands_in_the_table(name):
    one = prepared(60, name)
    assert one.alt.startswith(f"{one.title}. {one.of_whom}. {one.sentence}")
    read_out = one.alt.removeprefix(f"{one.title}. {one.of_whom}. {one.sentence}").strip()
    cells = " ".join([*one.table.headers, *(cell for row in one.table.rows for cell in row)])
    assert set(re.findall(r"\d+(?:\.\d+)?", read_out)) <= set(re.findall(r"\d+(?:\.\d+)?", cells))
    if read_out:
        assert all(row[0] in read_out for row in one.table.rows)


def test_each_step_of_the_flow_is_as_long_as_its_count():
    told, figure = prepared(60, "flow"), draw(60, "flow")
    for one in (*told.steps, *told.results):
        assert corners(figure, f"flow-{one.label}") == [(0, one.count, 0, 0 + 1)]
    before = told.steps[0].count
    for one in told.steps[1:]:
        left = corners(figure, f"flow-{one.label}-left-out")
        assert left == ([(one.count, before, 0, 1)] if one.left_out else [])
        assert before - one.count == one.left_out
        before = one.count
    assert told.steps[-1].count >= told.results[0].count + told.results[1].count


def test_bars_end_at_their_share_and_intervals_at_their_ends():
    told, figure = prepared(60, "rates"), draw(60, "rates")
    observed, of_all = told.groups[0].rows[:2]
    for number, row in enumerate((observed, of_all)):
        [bar] = corners(figure, f"bar-Response-{number}")
        assert bar[:2] == (0, pytest.approx(row.share))
        reach = segments(figure, f"interval-Response-{number}")[0]
        assert [x for x, _y in reach] == pytest.approx(row.ends)
    assert of_all.share < observed.share
    mcinnes = next(row for row in told.groups[0].rows if row.label == "McInnes 2022")
    place = told.groups[0].rows.index(mcinnes)
    assert points(figure, f"published-Response-{place}")[0][0] == pytest.approx(0.536)
    # Of Pfeiffer's remission by 5 or less nothing stands beside one by 4 or less.
    assert all(row.label != "Pfeiffer 2024" for row in told.groups[1].rows)


def test_lines_are_courses_and_the_mean_is_that_of_each_week():
    found = [
        one.scored.by_week
        for one in many_courses.invent(60)
        if one.scored and one.scored.is_entered
    ]
    told, figure = prepared(60, "courses"), draw(60, "courses")
    first = [float(total) for points_ in found for week, total in points_ if week == 0]
    mean = dict(zip(*zip(*points(figure, "mean"), strict=True), strict=True))
    assert mean[0] == pytest.approx(sum(first) / len(first))
    assert told.lines.n == len(found)
    low, high = (dict(points(figure, f"{end}-quarter"))[0] for end in ("lower", "upper"))
    assert sum(total <= low for total in first) >= len(first) / 4
    assert sum(total >= high for total in first) >= len(first) / 4
    assert len(segments(figure, "courses")) == len(told.lines.stretches)
    assert f"{told.lines.weeks[0].n}" in words(figure)


def test_no_line_joins_two_totals_over_more_than_four_weeks():
    for count in (7, 60):
        for one in prepared(count, "courses").lines.stretches:
            assert 1 <= one.next_week - one.week <= 4


def test_many_courses_have_one_image_and_no_more_lines_than_totals_allow():
    content = render.svg(draw(MANY, "courses"))
    assert content.count(b"<image") == 1
    assert len(content) < 450 * 1024


def test_every_bar_hangs_as_deep_as_its_change_and_has_the_look_of_its_name():
    told, figure = prepared(60, "waterfall"), draw(60, "waterfall")
    bars = [bar for kind, _n in told.kinds for bar in corners(figure, f"changes-{kind.value}")]
    changes = [run.change for run in told.runs for _ in range(run.n)]
    assert [bar[3] for bar in sorted(bars)] == changes == sorted(changes, reverse=True)
    looks = {}
    for count in (60, MANY):
        figure = draw(count, "waterfall", theme=in_grey(LIGHT))
        for kind, _n in prepared(count, "waterfall").kinds:
            found = find(figure, f"changes-{kind.value}")
            looks[kind] = (to_hex(found.get_facecolor()[0]), found.get_hatch())
    assert len(set(looks.values())) == len(looks) >= 5  # told apart without colour
    assert looks[ChangeKind.RELIABLY_WORSE][1] != looks[ChangeKind.IMPORTANTLY_WORSE][1]


@pytest.mark.parametrize("name", ["to-response", "kept"])
def test_the_curve_stands_where_the_steps_are_and_counts_who_is_followed(name):
    told, figure = prepared(60, name), draw(60, name)
    drawn = segments(figure, "curve")[0]
    for one in told.points:
        if 0 < one.day < told.sure_until:
            assert (one.day, pytest.approx(one.share)) in drawn
    at_risk = [tick.at_risk for tick in told.ticks]
    assert at_risk == sorted(at_risk, reverse=True)
    assert all(str(n) in words(figure) for n in at_risk)
    shares = [one.share for one in told.points]
    assert shares == sorted(shares, reverse=name == "kept")
    few = [tick for tick in told.ticks if tick.week * WEEK > told.sure_until]
    assert few
    assert all(row[2] == "fewer than 10 followed" for row in told.table.rows[-len(few) :])
    assert segments(figure, "curve-of-few")


def test_a_median_that_rests_on_few_is_not_told():
    days = [*((day, False) for day in range(1, 12)), (200, True), (300, True)]
    scope = Scope(scale=library()["phq9"], people_min=10)
    told = curves.prepare("kept", kaplan_meier.from_days(days), scope)
    assert "not yet half of them while at least 10 are followed" in told.sentence
    assert "day 300" not in told.sentence
    soon = curves.prepare("kept", kaplan_meier.from_days([(7, True)] * 12), scope)
    assert "half of them by day 7" in soon.sentence


def test_the_calendar_has_a_square_a_day_and_shades_from_light_to_dark():
    told, figure = prepared(60, "calendar"), draw(60, "calendar")
    gids = [one.get_gid() for axes in figure.axes for one in axes.get_children() if one.get_gid()]
    days = sum(len(corners(figure, gid)) for gid in gids)
    assert days == (told.last - told.first).days + 1
    assert told.first.weekday() == 0
    none = len(corners(figure, f"days-none-{told.first}"))
    assert none == days - len(told.counts)
    shades = [
        int(
            to_hex(find(draw(60, "calendar", theme=in_grey(LIGHT)), gid).get_facecolor()[0])[1:3],
            16,
        )
        for gid in gids
        if "none" not in gid
    ]
    assert shades == sorted(shades, reverse=True)
    assert date(2026, 9, 18) == told.last


def test_means_by_session_have_no_interval_of_few():
    told, figure = prepared(60, "by-session"), draw(60, "by-session")
    many = [one for one in told.means if one.n >= 10]
    assert points(figure, "means") == [(one.place, pytest.approx(one.mean)) for one in many]
    assert len(segments(figure, "intervals")) == len(many)


def test_before_and_after_are_joined_by_session():
    told, figure = prepared(7, "before-after"), draw(7, "before-after")
    mood = told.panels[0]
    assert points(figure, "Mood-before") == [(one.number, one.before) for one in mood.pairs]
    assert points(figure, "Mood-after") == [(one.number, one.after) for one in mood.pairs]


def test_dots_are_courses_and_no_mean_is_told_of_few():
    told, figure = prepared(60, "dissociation"), draw(60, "dissociation")
    drawn = [place for n in (1, 3, 10, 30) for place in points(figure, f"dots-{n}")]
    assert sorted(drawn) == sorted((one.minutes, one.change) for one in told.dots)
    assert all(one.n >= 10 for one in told.groups)


def test_routes_share_their_axes():
    figure = draw(60, "routes")
    assert len(figure.axes) == len(prepared(60, "routes").panels) > 1
    assert len({(*axes.get_xlim(), *axes.get_ylim()) for axes in figure.axes}) == 1


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_same_picture_is_the_same_bytes(theme):
    for name in ("flow", "courses"):
        assert render.svg(draw(60, name, theme=theme)) == render.svg(draw(60, name, theme=theme))
