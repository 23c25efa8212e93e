import pytest

from tests.charts import courses
from tests.charts.reading_back import check_words_apart, find, points
from tracker.charts.outcomes import against, durability
from tracker.charts.style import DARK, DESKTOP, LIGHT, PHONE
from tracker.domain.outcomes.person import comparisons
from tracker.domain.outcomes.person.durability import durability as prepare

SHAPES = pytest.mark.parametrize("shape", [DESKTOP, PHONE], ids=lambda shape: shape.name)
DRAWN = [courses.three_courses, courses.relapse, courses.two_courses, courses.responder]


@SHAPES
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("course", DRAWN)
def test_no_words_touch_each_other_or_leave_the_picture(course, shape, theme):
    found = prepare(course())
    if found is None:
        pytest.skip("nothing to draw of it")
    check_words_apart(durability.draw(found, shape=shape, theme=theme))


def test_a_mark_stands_at_its_week_and_its_change_and_the_lost_half_is_hollow():
    found = prepare(courses.three_courses())
    figure = durability.draw(found, shape=DESKTOP, theme=LIGHT)
    one = found.courses[0]
    drawn = points(figure, f"course-{one.course.number}")
    assert drawn[0] == (
        pytest.approx(one.day(one.scores[0]) / 7),
        float(one.scores[0].total - one.baseline.total),
    )
    assert find(figure, "baseline").get_segments()[0][0][1] == 0
    for each in found.courses:
        hollow = [
            a.get_gid()
            for a in figure.findobj()
            if a.get_gid() == f"course-{each.course.number}-half-gone"
        ]
        assert bool(hollow) == (each.half_lost is not None)


@SHAPES
def test_sessions_are_compared_with_words_apart(shape):
    course = courses.responder()
    effect = comparisons.effect(course)
    for found in (comparisons.dose(course, effect), comparisons.dissociation(course, effect)):
        if found.n:
            check_words_apart(against.draw(found, shape=shape, theme=LIGHT))
