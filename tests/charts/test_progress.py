import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.path import Path
from matplotlib.text import Text
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
@pytest.mark.parametrize("name", ["responder", "relapse", "two_courses", "long_course"])
def test_now_is_written_clear_of_every_line_and_mark(name, shape):
    figure = draw(COURSES[name](), shape)
    figure.set_dpi(render.PNG_DPI)
    renderer = FigureCanvasAgg(figure).get_renderer()
    box = find(figure, "phq9-value-0").get_window_extent(renderer).padded(-2)
    joins = find(figure, "phq9-joins")
    for line in joins.get_segments():
        assert not joins.axes.transData.transform_path(Path(line)).intersects_bbox(box, False)
    for place in joins.axes.transData.transform(points(figure, "phq9-totals")):
        assert not box.contains(*place)


@SHAPES
def test_start_best_and_now_are_written_and_no_other_value(shape):
    written = [text for text in words(draw(courses.relapse(), shape)) if text[-1].isdigit()]
    values = [text for text in written if text.split()[0] in {"baseline", "best", "now", "last"}]
    assert values == ["now 9", "baseline 21", "best 5"]


def test_an_old_score_is_not_called_now():
    quiet = courses.prepare(
        [courses.given(1, 0)], courses.totals("phq9", m1=19, d7=12), now=courses.at(36)
    )
    assert "last 12" in words(draw(quiet))
    fresh = courses.prepare(
        [courses.given(1, 0)], courses.totals("phq9", m1=19, d7=12), now=courses.at(35)
    )
    assert "now 12" in words(draw(fresh))


@SHAPES
def test_every_level_has_its_word(shape):
    written = words(draw(courses.responder(), shape))
    for word in (
        "response 9 or less",
        "remission 4 or less",
        "reliable 11 or less",
        "small change",
        "baseline 18",
    ):
        assert word in written


def test_words_beside_a_panel_stand_at_the_height_of_their_lines():
    figure = draw(courses.relapse())
    box = find(figure, "phq9-joins").axes.get_position()
    width, height = figure.get_size_inches()
    for text in figure.findobj(Text):
        if text.get_text().startswith("response"):
            x_in, y_in = text.get_position()
            assert x_in > box.x1 * width
            assert y_in == pytest.approx((box.y0 + 10 / 27 * box.height) * height, abs=0.05)
            break
    else:
        pytest.fail("response has no word")


def test_time_in_response_is_shaded_from_the_score_that_reached_it_to_the_last_that_held_it():
    shades = find(draw(courses.relapse()), "phq9-in-response")
    spans = [path.get_extents() for path in shades.get_paths()]
    first, second = spans  # from day 14 to day 77; again on day 124, alone
    assert (first.x0, first.x1, first.y0, first.y1) == (16, 79, 0, 10)
    assert (second.x0 + second.x1) / 2 == pytest.approx(126)
    assert find(draw(courses.non_responder()), "phq9-in-response") is None


def test_nobody_treated_yet_is_said_in_a_calm_picture():
    figure = draw(courses.nobody())
    assert figure.axes == []
    assert words(figure) == ["No sessions yet"]
    planned = words(draw(courses.planned()))
    assert planned == ["No sessions yet", "The next is planned for 3 Mar 2026"]


def test_totals_stand_at_true_distances():
    figure = draw(courses.responder())
    assert points(figure, "phq9-totals") == [(0, 18), (7, 14), (14, 11), (22, 9)]


def test_points_far_apart_are_joined_by_dots_alone_and_the_dots_explained():
    figure = draw(courses.gaps())
    assert heights(figure, "phq9-joins") == [(11, 10)]
    assert heights(figure, "phq9-gaps") == [(20, 15), (15, 11)]
    assert "over 4 weeks apart" in words(figure)
    assert find(draw(courses.responder()), "phq9-gaps") is None


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
    bare = replace(course, judged=tuple(without_safety(panel) for panel in course.scales))
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
    assert {"reliable 12 or less", "reliable 26 or more"} <= set(words(figure))


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


def test_a_long_name_of_a_band_is_broken_where_the_margin_ends():
    broken = [text for text in words(draw(courses.several())) if "\n" in text]
    longest = next(text for text in broken if text.startswith("At or"))
    assert 2 <= len(longest.split("\n")) <= 3


def test_names_of_bands_stand_within_them_on_a_phone():
    figure = draw(courses.relapse(), PHONE)
    room = find(figure, "phq9-joins").axes.get_window_extent()
    minimal = next(text for text in figure.findobj(Text) if text.get_text() == "Minimal")
    assert room.contains(*minimal.get_window_extent().min)


def test_type_on_a_phone_is_twelve_pixels_where_the_page_gives_it_300():
    figure = draw(courses.several(), PHONE)
    pixels_per_pt = 300 / figure.get_size_inches()[0] / 72
    assert min(text.get_fontsize() for text in figure.findobj(Text)) * pixels_per_pt >= 12


def test_without_a_baseline_there_is_no_level_to_reach():
    figure = draw(courses.gaps())
    for name in ("baseline", "response", "ribbon"):
        assert find(figure, f"phq9-{name}") is None
    assert "no baseline" in words(figure)


def test_response_and_remission_at_one_level_are_one_line():
    figure = draw(courses.many_scales())
    assert find(figure, "madrs-response") is None
    assert {"response 10 or less", "remission 10 or less"} <= set(words(figure))


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


def test_ratings_between_sessions_have_a_row_of_their_own():
    figure = draw(courses.pain())
    assert len(points(figure, "pain-nrs-later")) == 6
    assert find(figure, "pain-nrs-later").axes is not find(figure, "pain-nrs-stems").axes
    assert "Pain between sessions" in words(figure)
    assert "Mood between sessions" not in words(draw(courses.relapse()))


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
def test_many_sessions_are_cells_each_the_darker_the_higher(shape):
    figure = draw(courses.long_course(), shape)
    cells = find(figure, "cells-mood-before")
    assert len(cells.get_paths()) == 60
    light = [sum(to_rgb(colour)) for colour in cells.get_facecolors()]
    assert light[3] < light[2] < light[1] < light[0] < sum(to_rgb(LIGHT.paper))  # 5, 4, 3, 2
    assert len(segments(figure, "unresolved")) == 2
    for gone in ("mood-nrs-stems", "peak-stems", "phq9-session-days"):
        assert find(figure, gone) is None


def test_a_missing_value_has_a_dot_and_no_cell_and_zero_a_cell():
    course = courses.long_course()
    first, *others = course.sessions
    sessions = [replace(first, mood_before=None), *others]
    figure = draw(courses.prepare(sessions, []))
    assert len(find(figure, "cells-mood-before").get_paths()) == 59
    assert len(points(figure, "missing-mood-before")) == 1
    assert "not recorded" in words(figure)
    assert len(find(figure, "cells-peak-dissociation").get_paths()) == 60


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


@SHAPES
def test_the_dose_of_a_run_is_never_written_below_the_sessions_before_it(shape):
    nasal = {"route": courses.Route.NASAL, "drug": courses.Drug.ESKETAMINE}
    doses = [56] * 3 + [84] * 9
    sessions = [
        courses.given(n, n * 3, dose_mg=courses.Decimal(dose), dose_mg_per_kg=None, **nasal)
        for n, dose in enumerate(doses)
    ]
    long_ago = courses.totals("phq9", m300=20, d40=9)
    figure = draw(courses.prepare(sessions, long_ago), shape)
    figure.set_dpi(render.PNG_DPI)
    renderer = FigureCanvasAgg(figure).get_renderer()
    marks = find(figure, "sessions-completed")
    places = marks.axes.transData.transform(points(figure, "sessions-completed"))
    for text in figure.findobj(Text):
        if text.get_text() == "84":
            box = text.get_window_extent(renderer)
            assert box.x0 > places[1][0]
            assert box.x1 > places[3][0]
