"""What the tiles say beyond one scale: dangers, other illnesses, what is worse elsewhere."""

from decimal import Decimal

from msgspec.structs import replace

from tests.charts import courses
from tracker.domain.codes import Indication
from tracker.domain.progress import attention, summary, tiles
from tracker.domain.scores.points import IncompletePoint


def rows_of(course):
    return {
        row.title: [(tile.about, tile.answer) for tile in row.tiles] for row in tiles.rows(course)
    }


def of(*scores, **values):
    return courses.prepare(
        courses.course_of(1, 1, (0, 7)), [one for s in scores for one in s], **values
    )


def test_a_danger_stays_until_a_later_form_is_none():
    high = courses.totals("c-ssrs-screener", d14=3)
    course = of(courses.totals("phq9", m1=20, d7=9), high)
    [look] = rows_of(course)["Needs a look"]
    assert look[0] == "C-SSRS screener"
    assert look[1].startswith("3")
    none = courses.totals("c-ssrs-screener", d21=0)
    assert "Needs a look" not in rows_of(of(courses.totals("phq9", m1=20, d7=9), high, none))


def test_an_answer_about_suicide_is_a_danger_also_on_an_incomplete_form():
    first, last = courses.totals("phq9", m1=20, d7=9)
    asked = replace(last, safety=((9, Decimal(2)),))
    course = of([first, asked])
    assert rows_of(course)["Needs a look"] == [("PHQ-9", "Question 9: 2")]
    assert attention.reasons(course)[0].startswith("PHQ-9 question 9: 2, on ")
    half = IncompletePoint(
        instrument="phq9", at=courses.at(9), answered=5, asked=9, safety=((9, Decimal(1)),)
    )
    assert rows_of(of([first, last], [half]))["Needs a look"] == [("PHQ-9", "Question 9: 1")]
    assert "Needs a look" not in rows_of(of([first, replace(last, safety=((9, Decimal(0)),))]))


def test_a_total_that_its_own_row_shows_is_not_said_twice():
    course = of(courses.totals("phq9", m1=20, d7=27))
    assert "Needs a look" not in rows_of(course)
    assert rows_of(course)["PHQ-9"][0] == ("Now", "27, severe")


def test_worse_on_a_scale_without_a_row_is_seen():
    others = courses.totals("madrs", m1=30, d7=20), courses.totals("gad7", m1=9, d7=14)
    phq9 = courses.totals("phq9", m1=20, d7=9)
    course = of(phq9, *others, indication=Indication.DEPRESSION)
    [look] = rows_of(course)["Needs a look"]
    assert look == ("GAD-7", "5 worse than 9 at baseline")
    assert "GAD-7 5 worse than 9 at baseline" in attention.reasons(course)


def test_each_illness_that_is_treated_has_a_row():
    course = courses.side_by_side()
    assert [*rows_of(course)] == ["PEG", "PHQ-9"] or [*rows_of(course)] == ["PHQ-9", "PEG"]


def test_the_line_of_an_earlier_course_tells_of_its_own_illness():
    sessions = courses.course_of(1, 1, (0, 3, 7), indication=Indication.DEPRESSION)
    sessions += courses.course_of(2, 4, (30, 33, 37), indication=Indication.CHRONIC_PAIN)
    scores = courses.totals("peg", m1=8, d7=8, d29=8, d37=5)
    course = courses.prepare(sessions, scores, indication=Indication.CHRONIC_PAIN)
    assert not any("PEG" in line for line in summary.earlier_courses(course))


def test_mood_is_told_of_the_latest_course():
    sessions = courses.course_of(1, 1, (0, 3, 7)) + courses.course_of(2, 4, (420, 423))
    course = courses.prepare(sessions, courses.totals("phq9", m1=20, d419=20, d423=10))
    assert "Mood rose in 2 of 2 sessions" in summary.sentence(course)


def test_the_baseline_of_a_new_course_is_not_worse_than_the_end_of_one_long_over():
    sessions = courses.course_of(1, 1, (0, 3)) + courses.course_of(2, 3, (420,))
    scores = courses.totals("phq9", m1=20, d7=8, d419=19)
    course = courses.prepare(sessions, scores)
    assert course.scales[0].verdict.since_last is None
    assert attention.reasons(course) == ()
    near = courses.course_of(1, 1, (0, 3)) + courses.course_of(2, 3, (60,))
    last = courses.prepare(near, courses.totals("phq9", m1=20, d7=8, d59=19))
    assert last.scales[0].verdict.since_last.points == 11


def test_a_prorated_baseline_is_marked():
    first, last = courses.totals("phq9", m1=20, d7=9)
    [_now, change, *_rest] = tiles.rows(of([replace(first, prorated=True), last]))[0].tiles
    assert change.detail == "real, response, baseline prorated"


def test_a_response_nobody_asked_about_for_long_says_so():
    course = of(courses.totals("phq9", m1=20, d7=9, d180=8))
    held = next(tile for tile in tiles.rows(course)[0].tiles if tile.about == "Response")
    assert held.detail == "held at the last score; no score for 173 days of that"


def test_an_old_best_is_not_called_now():
    course = of(courses.totals("phq9", m1=20, d7=9), now=courses.at(100))
    best = next(tile for tile in tiles.rows(course)[0].tiles if tile.about == "Best")
    assert best.answer == "9, the last score"
