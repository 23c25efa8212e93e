import pytest

from tests.charts import courses
from tests.charts.reading_back import check_words_apart, find, points, words
from tracker.charts import after_dose
from tracker.charts.style import DESKTOP, LIGHT, PHONE
from tracker.domain.progress.after_dose import after_last_dose

SHAPES = pytest.mark.parametrize("shape", [DESKTOP, PHONE], ids=lambda shape: shape.name)


def three():
    """Three courses: lost after 6 weeks, lost after 12, holding."""
    sessions = courses.course_of(1, 1, (0, 3, 7, 10)) + courses.course_of(2, 5, (200, 203, 207))
    sessions += courses.course_of(3, 8, (420, 423, 427))
    scores = courses.totals("phq9", m1=20, d7=8, d14=7, d30=9, d50=14, d60=16, d100=18)
    scores += courses.totals("phq9", d199=21, d207=9, d214=8, d230=8, d260=9, d290=15, d300=17)
    scores += courses.totals("phq9", d419=19, d427=12, d434=8, d448=7)
    return courses.prepare(sessions, scores)


def draw(course, shape=DESKTOP):
    return after_dose.draw(after_last_dose(course), shape=shape, theme=LIGHT)


@SHAPES
@pytest.mark.parametrize(
    "course", [three, courses.relapse, courses.two_courses, courses.responder, courses.pain]
)
def test_no_words_touch_each_other_or_leave_the_picture(course, shape):
    check_words_apart(draw(course(), shape))


def test_courses_are_aligned_at_their_last_dose():
    figure = draw(three())
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
    written = words(draw(three(), shape))
    for name in ("18: course 1, 2026", "17: course 2, 2026", "7: course 3, 2027"):
        assert name in written


def test_courses_differ_by_line_and_mark_and_not_by_colour():
    figure = draw(three())
    marks = [find(figure, f"course-{n}-in-response").get_marker() for n in (1, 2, 3)]
    assert len(set(marks)) == 3


def test_weeks_are_round_and_have_room():
    written = words(draw(three(), PHONE))
    assert {"0", "4", "8", "12"} <= set(written)
    assert "weeks after the last dose" in written
