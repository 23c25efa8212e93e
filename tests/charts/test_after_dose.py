import pytest

from tests.charts import courses
from tests.charts.reading_back import check_words_apart, find, points, words
from tracker.charts import after_dose
from tracker.charts.style import DESKTOP, LIGHT, PHONE
from tracker.domain.progress.after_dose import after_last_dose

SHAPES = pytest.mark.parametrize("shape", [DESKTOP, PHONE], ids=lambda shape: shape.name)


def draw(course, shape=DESKTOP):
    return after_dose.draw(after_last_dose(course), shape=shape, theme=LIGHT)


@SHAPES
@pytest.mark.parametrize(
    "course",
    [
        courses.three_courses,
        courses.relapse,
        courses.two_courses,
        courses.responder,
        courses.pain,
    ],
)
def test_no_words_touch_each_other_or_leave_the_picture(course, shape):
    check_words_apart(draw(course(), shape))


def test_courses_are_aligned_at_their_last_dose():
    figure = draw(courses.three_courses())
    week = 1 / 7
    assert points(figure, "course-1-in-response") == [
        (pytest.approx(-3 * week), 8),
        (pytest.approx(4 * week), 7),
        (pytest.approx(20 * week), 9),
    ]
    assert points(figure, "course-3-not-in-response") == [(0, 12)]
    assert find(figure, "last-dose").get_segments()[0][0][0] == 0


@SHAPES
def test_each_course_is_named_where_it_ends(shape):
    written = words(draw(courses.three_courses(), shape))
    for name in ("18: course 1, 2026", "17: course 2, 2026", "7: course 3, 2027"):
        assert name in written


def test_courses_differ_by_line_and_mark_and_not_by_colour():
    figure = draw(courses.three_courses())
    marks = [find(figure, f"course-{n}-in-response").get_marker() for n in (1, 2, 3)]
    assert len(set(marks)) == 3


def test_weeks_are_round_and_have_room():
    written = words(draw(courses.three_courses(), PHONE))
    assert {"0", "4", "8", "12"} <= set(written)
    assert "weeks after the last dose" in written
