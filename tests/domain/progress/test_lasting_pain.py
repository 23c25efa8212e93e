from decimal import Decimal

from msgspec.structs import replace

from tests.charts import courses
from tracker.domain.codes import Indication
from tracker.domain.progress import summary, tiles
from tracker.domain.progress.trend import Audience

DAYS = (0, 7, 14)


def in_pain(*befores, scores=(), indication=Indication.CHRONIC_PAIN):
    sessions = [
        courses.given(n, day, pain_before=before, pain_after=1, indication=indication)
        for n, (day, before) in enumerate(zip(DAYS, befores, strict=False), 1)
    ]
    return courses.prepare(sessions, list(scores))


def rows_of(course):
    return [
        (row.title, [tile.answer for tile in row.tiles], row.tiles[1].detail)
        for row in tiles.rows(course)
    ]


def test_pain_before_sessions_is_compared_with_that_before_the_first_dose():
    [(title, answers, judged)] = rows_of(in_pain(8, 7, 5))
    assert title == "Pain before and between sessions"
    assert answers[:2] == ["5, moderate", "3 better than 8"]
    assert judged == "matters; whether it is chance is not known, response"


def test_less_than_thirty_percent_is_too_small_to_matter():
    # 30 % of 8 is 2.4: on a scale of whole numbers 3.
    [(_title, answers, judged)] = rows_of(in_pain(8, 6))
    assert answers[1] == "2 less than 8"
    assert judged == "too small to matter to most people"


def test_what_was_rated_right_after_a_session_is_no_lasting_change():
    [(_title, answers, _judged)] = rows_of(in_pain(8, 8))
    assert answers[1] == "The same as 8"


def test_a_rating_between_sessions_counts():
    later = courses.totals("pain-nrs", d20=3)
    [(_title, answers, _judged)] = rows_of(in_pain(8, 8, scores=later))
    assert answers[1] == "5 better than 8"


def test_a_session_whose_pain_nobody_rated_is_not_pain_of_zero():
    course = in_pain(8, None, 6)
    assert [v.score.total for v in course.pain.lasting.verdicts] == [Decimal(8), Decimal(6)]


def test_pain_of_somebody_treated_for_something_else_stays_in_its_panel():
    phq9 = courses.totals("phq9", m1=20, d14=12)
    rows = rows_of(in_pain(8, 5, scores=phq9, indication=Indication.DEPRESSION))
    assert [title for title, *_rest in rows] == ["PHQ-9"]
    both = rows_of(in_pain(8, 5, scores=phq9))
    assert [title for title, *_rest in both] == ["PHQ-9", "Pain before and between sessions"]


def test_the_sentences_say_the_same():
    course = in_pain(8, 7, 5)
    assert "Pain before and between sessions: 3 better than 8" in summary.sentence(course)
    patient = replace(course, audience=Audience.PATIENT)
    words = summary.sentence(patient)
    assert "Your pain score was 5 on 17 Mar: moderate." in words
    assert "That is 3 better than at the start and 2 better than on 10 Mar." in words


def test_mood_is_not_judged_for_nobody_knows_how_much_matters():
    assert courses.responder().mood.lasting is None


def test_a_pain_course_beside_another_has_its_own_baseline():
    depression = courses.course_of(1, 1, (0, 3, 7), indication=Indication.DEPRESSION)
    pain = [
        courses.given(
            n, day, pain_before=before, series_number=2, indication=Indication.CHRONIC_PAIN
        )
        for n, day, before in ((4, 29, 7), (5, 36, 4))
    ]
    course = courses.prepare([*depression, *pain], [])
    assert course.pain.lasting.baseline.total == 7
    assert [row.tiles[1].answer for row in tiles.rows(course)] == ["3 better than 7"]
