from tests.charts import courses
from tracker.domain.progress.after_dose import after_last_dose, alt, sentences


def lines(course):
    return [line.split(": ", 1)[1] for line in sentences(after_last_dose(course))]


def of_one(*, doses=(0, 7), **totals):
    sessions = courses.course_of(1, 1, doses)
    return courses.prepare(sessions, courses.totals("phq9", **totals))


def test_it_says_of_each_course_how_long_a_response_held():
    assert lines(courses.three_courses()) == [
        "response held to 20 days and was lost by 40 days after the last dose.",
        "response held to 53 days and was lost by 83 days after the last dose.",
        "in response at the last score: 7, 21 days after the last dose.",
    ]
    assert alt(after_last_dose(courses.three_courses())).startswith(
        "PHQ-9 after the last dose of each course. "
    )


def test_nothing_is_said_before_a_score_came_after_a_last_dose():
    assert after_last_dose(courses.nobody()) is None
    assert after_last_dose(courses.scores_alone()) is None
    assert after_last_dose(of_one(m1=20, d7=8)) is None
    assert after_last_dose(of_one(m1=20, d8=8)) is not None


def test_a_response_that_was_lost_before_the_last_dose_is_not_said_to_have_held():
    [line] = lines(of_one(doses=(0, 30), m1=20, d7=8, d14=16, d21=17, d40=18))
    assert (
        line
        == "response lost before the last dose, the last score 18, 10 days after the last dose."
    )


def test_a_response_at_the_last_dose_that_is_not_seen_again():
    [line] = lines(of_one(m1=20, d6=8, d14=16, d21=17))
    assert line == "response held at the last dose, lost by 7 days after the last dose."


def test_one_score_out_of_response_is_not_yet_a_loss():
    [line] = lines(of_one(m1=20, d6=8, d14=9, d21=12))
    assert line == "out of response once: 12, 14 days after the last dose."


def test_a_response_never_reached():
    [line] = lines(of_one(m1=20, d14=15))
    assert line == "response not reached, the last score 15, 7 days after the last dose."


def test_a_score_without_a_response_to_reach_is_written_with_its_scale():
    [line] = lines(of_one(m1=6, d14=3))
    assert line == "PHQ-9 3, 7 days after the last dose."


def test_the_last_score_before_the_last_dose_is_kept_where_it_is_near():
    near, far = of_one(m1=20, d5=12, d14=9), of_one(doses=(0, 30), m1=20, d5=12, d40=9)
    assert after_last_dose(near).courses[0].days == (-2, 7)
    assert after_last_dose(far).courses[0].days == (10,)


def test_a_loss_is_told_although_response_came_back():
    [line] = lines(of_one(m1=20, d7=9, d20=9, d42=14, d49=15, d70=10))
    assert line == (
        "response held to 13 days and was lost by 35 days after the last dose; "
        "in response again at 63 days."
    )


def test_a_course_for_another_illness_is_left_out():
    course = courses.side_by_side()
    after = after_last_dose(course)
    treated = {one.course.indication for one in after.courses}
    assert treated <= {*after.instrument.indications}
