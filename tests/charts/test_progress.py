import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from msgspec.structs import replace

from tests.charts import courses
from tests.charts.courses import COURSES
from tests.charts.reading_back import check_words_apart, find, points, segments, words
from tracker.charts import progress, render
from tracker.charts.style import DARK, DESKTOP, LIGHT, PHONE
from tracker.domain.progress.trend import Audience
from tracker.domain.scores.baseline import Baseline

SHAPES = pytest.mark.parametrize("shape", [DESKTOP, PHONE], ids=lambda shape: shape.name)


def draw(course, shape=DESKTOP, theme=LIGHT):
    return progress.draw(course, shape=shape, theme=theme)


def heights(figure, gid):
    """List from-to heights of the lines of a collection."""
    lines = find(figure, gid)
    return [] if lines is None else [tuple(line[:, 1]) for line in lines.get_segments()]


@SHAPES
@pytest.mark.parametrize("name", COURSES)
def test_no_words_touch_each_other_or_leave_the_picture(name, shape):
    check_words_apart(draw(COURSES[name](), shape))


@SHAPES
def test_the_last_value_is_not_struck_through(shape):
    figure = draw(courses.responder(), shape)
    renderer = FigureCanvasAgg(figure).get_renderer()
    for axes in figure.axes[:2]:
        box = axes.texts[0].get_window_extent(renderer)
        levels = (find(figure, gid) for gid in ("phq9-response", "gad7-response"))
        for level in (line for line in levels if line.axes is axes):
            y = axes.transData.transform(level.get_segments()[0])[0][1]
            assert not box.y0 + 2 < y < box.y1 - 2


def test_nobody_treated_yet_is_said_in_a_calm_picture():
    figure = draw(courses.nobody())
    assert figure.axes == []
    assert words(figure) == ["No sessions yet"]
    planned = words(draw(courses.planned()))
    assert planned == ["No sessions yet", "The next is planned for 3 Mar 2026"]


def test_totals_stand_at_true_distances():
    figure = draw(courses.responder())
    assert points(figure, "phq9-totals") == [(0, 18), (7, 14), (14, 11), (22, 9)]


def test_points_far_apart_are_not_joined():
    assert heights(draw(courses.gaps()), "phq9-joins") == [(11, 10)]


def test_levels_are_drawn_where_the_scale_defines_them():
    figure = draw(courses.responder())
    assert heights(figure, "phq9-baseline") == [(18, 18)]
    assert heights(figure, "phq9-response") == [(9, 9)]
    assert heights(figure, "phq9-remission") == [(4, 4)]
    ribbon = find(figure, "phq9-ribbon").get_paths()[0].get_extents()
    assert (ribbon.y0, ribbon.y1) == (13, 23)


def test_a_prorated_total_is_a_hollow_mark_on_the_same_line():
    figure = draw(courses.several())
    assert points(figure, "phq9-prorated") == [(7, 15)]
    assert [y for _x, y in points(figure, "phq9-totals")] == [19, 12, 8]
    assert find(figure, "phq9-prorated").get_markerfacecolor() == LIGHT.paper
    assert heights(figure, "phq9-joins") == [(19, 15), (15, 12), (12, 8)]
    assert "prorated" in words(figure)


def test_what_has_no_total_is_not_drawn():
    figure = draw(courses.several())
    assert 26 not in [x for x, _y in points(figure, "phq9-totals")]
    assert len(points(figure, "phq9-totals") + points(figure, "phq9-prorated")) == 4


def test_a_suicide_item_is_not_drawn_for_anybody():
    course = courses.several()
    drawn = {render.svg(draw(replace(course, audience=audience))) for audience in Audience}
    bare = replace(course, scales=tuple(without_safety(panel) for panel in course.scales))
    assert drawn == {render.svg(draw(bare))}


def without_safety(panel):
    verdicts = [
        replace(verdict, score=replace(verdict.score, safety=())) for verdict in panel.verdicts
    ]
    # The baseline is told by identity.
    start = next((v.score for v in verdicts if v.score == panel.baseline), None)
    return replace(panel, verdicts=tuple(replace(v, basis=Baseline(start)) for v in verdicts))


def test_a_reliable_change_has_a_line_where_it_is_not_the_edge_of_the_ribbon():
    figure = draw(courses.several())
    assert heights(figure, "phq9-reliable") == [(12, 12), (26, 26)]
    assert heights(figure, "pcl5-week-reliable") == [(43, 43), (73, 73)]
    assert find(figure, "gad7-reliable") is None
    assert words(figure).count("7 or more: reliable change") == 1


def test_another_version_of_the_form_is_marked_between_the_two_scores():
    figure = draw(courses.several())
    lines = find(figure, "phq9-versions").get_segments()
    assert [tuple(line[:, 0]) for line in lines] == [(18, 18)]
    assert find(figure, "gad7-versions") is None
    assert "new version of the form" in words(figure)


@SHAPES
def test_four_scales_have_panels_of_one_size(shape):
    course = courses.several()
    figure = draw(course, shape)
    sizes = [axes.get_position().height for axes in figure.axes[:4]]
    assert sizes == pytest.approx([sizes[0]] * 4)
    titles = words(figure)
    assert {"PHQ-9", "GAD-7", "PCL-5 weekly", "PEG"} <= set(titles)


@SHAPES
def test_a_long_name_of_a_band_is_broken_where_the_margin_ends(shape):
    broken = [text for text in words(draw(courses.several(), shape)) if "\n" in text]
    longest = next(text for text in broken if text.startswith("At or"))
    assert 2 <= len(longest.split("\n")) <= 3


def test_without_a_baseline_there_is_no_level_to_reach():
    figure = draw(courses.gaps())
    for name in ("baseline", "response", "ribbon"):
        assert find(figure, f"phq9-{name}") is None
    assert "no baseline" in words(figure)


def test_response_and_remission_at_one_level_are_one_line():
    figure = draw(courses.many_scales())
    assert find(figure, "madrs-response") is None
    assert "response and remission 10 or less" in words(figure)


def test_a_missing_side_is_neither_a_zero_nor_a_stem():
    figure = draw(courses.gaps())
    assert [y for _x, y in points(figure, "mood-nrs-before")] == [3, 4, 5, 6]
    assert [y for _x, y in points(figure, "mood-nrs-alone")] == [7]
    assert heights(figure, "mood-nrs-stems") == [(3, 6), (5, 8), (6, 6)]


def test_direction_is_told_by_shape():
    figure = draw(courses.pain())
    marker = {name: find(figure, f"pain-nrs-{name}").get_marker() for name in ("up", "down")}
    assert marker == {"up": "^", "down": "v"}
    assert [y for _x, y in points(figure, "pain-nrs-up")] == [7]
    assert find(figure, "pain-nrs-before").get_markerfacecolor() == LIGHT.paper


def test_later_ratings_hang_on_their_session():
    figure = draw(courses.pain())
    assert len(points(figure, "pain-nrs-later")) == 6
    assert heights(figure, "pain-nrs-threads")[0] == (4, 5)


def test_sessions_not_given_have_marks_of_their_own():
    figure = draw(courses.non_responder())
    assert len(points(figure, "sessions-completed")) == 6
    assert [x for x, _y in points(figure, "sessions-missed")] == [10]
    assert [x for x, _y in points(figure, "sessions-cancelled")] == [20]
    assert [y for _x, y in points(figure, "unresolved")] == [9]
    assert len(points(draw(courses.relapse()), "sessions-planned")) == 1


def test_a_peak_of_zero_is_drawn_and_a_missing_one_is_not():
    assert 0 in [y for _x, y in points(draw(courses.non_responder()), "peaks")]
    assert len(points(draw(courses.gaps()), "peaks")) == 4


def test_axes_span_the_whole_scale_whatever_the_values():
    figure = draw(courses.one())
    assert figure.axes[0].get_ylim() == (0, 27)
    assert figure.axes[1].get_ylim() == (0, 10)


@SHAPES
def test_a_year_is_written_where_it_begins(shape):
    written = words(draw(courses.long_course(), shape))
    assert [text for text in written if text in {"2026", "2027"}] == ["2026", "2027"]


@SHAPES
def test_sixty_sessions_are_labelled_where_route_or_dose_changes(shape):
    written = words(draw(courses.long_course(), shape))
    assert [written.count(text) for text in ("IV", "IM", "SC", "0.5", "0.6")] == [1] * 5


def test_dark_paper_has_light_ink():
    figure = draw(courses.responder(), theme=DARK)
    assert to_hex(figure.get_facecolor()) == DARK.paper
    assert find(figure, "phq9-totals").get_color() == DARK.score


@SHAPES
def test_today_is_a_line_through_every_panel_with_its_name(shape):
    course = courses.prepare(
        [courses.given(1, 0)], courses.totals("phq9", m1=19, d7=12), now=courses.at(60)
    )
    figure = draw(course, shape)
    today = {line[0][0] for line in segments(figure, "phq9-today")}
    assert len(today) == 1
    assert {line[0][0] for line in segments(figure, "sessions-today")} == today
    assert find(figure, "today").get_text() == "today"
