"""Several courses on one picture: each with its bracket, and its baseline over its own span."""

from itertools import pairwise

import pytest

from tests.charts import courses
from tests.charts.reading_back import find, words
from tracker.charts import progress
from tracker.charts.style import DESKTOP, LIGHT, PHONE

SHAPES = pytest.mark.parametrize("shape", [DESKTOP, PHONE], ids=lambda shape: shape.name)


def draw(course, shape=DESKTOP):
    return progress.draw(course, shape=shape, theme=LIGHT)


def levels(figure, gid):
    """List the lines of a collection as (from, to, height)."""
    lines = find(figure, gid)
    if lines is None:
        return []
    return [(line[0, 0], line[1, 0], line[0, 1]) for line in lines.get_segments()]


def bracket(figure, number):
    """Find the bracket of a course, by its left and right end in inches; None without one."""
    lines = [line for line in figure.artists if line.get_gid() == f"course-{number}"]
    return None if not lines else (min(lines[0].get_xdata()), max(lines[0].get_xdata()))


@SHAPES
def test_each_course_has_a_baseline_over_its_own_span(shape):
    figure = draw(courses.two_courses(), shape)
    first, second = levels(figure, "phq9-baseline")
    assert (first[2], second[2]) == (12, 22)
    assert first[:2] == pytest.approx((0, 29))  # from its baseline to its last score
    assert second[0] == pytest.approx(420)
    assert first[1] < second[0]
    right = find(figure, "phq9-baseline").axes.get_xlim()[1]
    assert second[1] == pytest.approx(right)


def test_response_counts_from_the_baseline_of_each_course_and_remission_from_none():
    figure = draw(courses.two_courses())
    assert [height for *_ends, height in levels(figure, "phq9-response")] == [6, 11]
    assert [height for *_ends, height in levels(figure, "madrs-response")] == [13, 19]
    assert [height for *_ends, height in levels(figure, "phq9-remission")] == [4]
    boxes = [path.get_extents() for path in find(figure, "phq9-ribbon").get_paths()]
    assert [(box.y0, box.y1) for box in boxes] == [(7, 17), (17, 27)]
    assert {"baseline 12", "baseline 22"} <= set(words(figure))
    assert "response 11 or less" in words(figure)


@SHAPES
def test_each_course_has_a_bracket_with_its_name(shape):
    figure = draw(courses.two_courses(), shape)
    first, second = bracket(figure, 1), bracket(figure, 2)
    assert first[0] < first[1] < second[0] < second[1]
    assert bracket(figure, 3) is None
    named = [written for written in words(figure) if written.startswith("Course")]
    assert [written[:8] for written in named] == ["Course 1", "Course 2"]


def test_one_course_needs_no_bracket():
    figure = draw(courses.responder())
    assert bracket(figure, 1) is None
    assert not any(written.startswith("Course") for written in words(figure))


def test_names_say_what_is_treated_where_that_differs():
    figure = draw(courses.side_by_side())
    assert "Course 2, from 27 Mar 2026 (chronic pain)" in words(figure)
    assert "Course 2, from 27 Apr 2027" in words(draw(courses.two_courses()))


def test_courses_that_run_at_one_time_stand_above_each_other():
    sessions = courses.course_of(1, 1, (0, 3, 40), indication=courses.Indication.DEPRESSION)
    sessions += courses.course_of(2, 4, (10, 13), indication=courses.Indication.CHRONIC_PAIN)
    figure = draw(courses.prepare(sessions, courses.totals("phq9", m1=20, d20=10)))
    heights = [
        max(line.get_ydata())
        for line in figure.artists
        if (line.get_gid() or "").startswith("course-")
    ]
    assert len(heights) == 2
    assert all(lower < higher for lower, higher in pairwise(heights))


def test_a_course_without_a_score_yet_leaves_the_baseline_of_the_one_before_to_it():
    course = courses.two_courses()
    sessions = list(course.sessions)
    scores = courses.totals("phq9", m1=12, d28=4)
    figure = draw(courses.prepare(sessions, scores))
    [only] = levels(figure, "phq9-baseline")
    assert only[1] == pytest.approx(29)
    assert "no score yet in course 2" in words(figure)
    assert {"baseline 12", "last 4"} <= set(words(figure))


def test_route_and_dose_are_written_anew_for_each_course():
    figure = draw(courses.two_courses())
    assert words(figure).count("IV") == 2
    assert words(figure).count("0.5") == 2
