import re
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.charts import courses
from tracker.domain.codes import Indication
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.trend import Audience
from tracker.domain.scores.glance import Tone
from tracker.domain.scores.points import IncompletePoint

PATIENT = Audience.PATIENT


def for_patient(course):
    return progress_summary.sentence(replace(course, audience=PATIENT))


def test_the_patient_reads_a_fall_and_what_it_is_worth():
    assert for_patient(courses.responder()) == (
        "Your depression score (PHQ-9) was 9 on 24 Mar: mild. "
        "That is 9 better than at the start and 2 better than on 16 Mar. "
        "A fall of 7 or more is usually a real change. "
        "Your mood rose in 5 of 6 sessions with a rating before and after."
    )


def test_the_clinician_reads_numbers_dates_and_rules():
    assert progress_summary.sentence(courses.responder()) == (
        "PHQ-9 18 to 9: a fall of 9 (50 %), 2 Mar to 24 Mar, 6 sessions. "
        "A fall of 7 or more is usually a real change. "
        "This meets response (half of baseline); remission is 4 or less. "
        "Range: moderately severe at baseline, then mild. "
        "Since the score before, 11 to 9: a fall of 2; this can be chance. "
        "Mood rose in 5 of 6 sessions with both values, mean change +2.2."
    )


def test_what_was_not_finished_later_is_said_and_what_was_made_up_for_is_not():
    unfinished = IncompletePoint(instrument="phq9", at=courses.at(9), answered=5, asked=9)
    scores = courses.totals("phq9", d0=18, d7=12)
    course = courses.prepare([courses.given(1, 0)], [*scores, unfinished])
    assert progress_summary.sentence(course).endswith(
        "12 Mar: incomplete, 5 of 9 answered, no total."
    )
    assert for_patient(course).endswith(
        "The form of 12 Mar has no score, as too many answers were missing."
    )
    scores += courses.totals("phq9", d14=11)
    course = courses.prepare([courses.given(1, 0)], [*scores, unfinished])
    assert "12 Mar" not in for_patient(course)


def test_a_change_that_can_be_chance_says_so():
    assert "A fall of less than 7 can be chance." in for_patient(courses.non_responder())


def test_a_rise_is_said_where_higher_is_better():
    sentence = for_patient(courses.well_being())
    assert "That is 36 better than at the start" in sentence
    assert "A rise of 10 or more" in sentence


def test_a_change_for_the_worse_says_which_way_is_better():
    course = courses.prepare([courses.given(1, 0)], courses.totals("phq9", d0=10, d7=16))
    assert for_patient(course) == (
        "Your depression score (PHQ-9) was 16 on 10 Mar: moderately severe. "
        "That is 6 worse than at the start. "
        "A rise of 5 or more matters to most people, but less than 7 can still be chance."
    )


def test_without_a_baseline_no_change_is_claimed():
    course = courses.gaps()
    assert "no score from just before your first session" in for_patient(course)
    assert "No baseline" in progress_summary.sentence(course)
    assert "no baseline" in progress_summary.alt(course)


def test_before_any_dose_it_says_so():
    course = courses.scores_alone()
    assert for_patient(course) == (
        "Your depression score (BDI-II) was 19 on 26 May: mild. That is 1 worse than on 28 Apr. "
        "You have had no session yet. A rise of less than 4 is too small to matter to most people."
    )
    assert "No baseline: no dose yet." in progress_summary.sentence(course)


def test_with_a_baseline_alone_nothing_is_compared():
    course = courses.one()
    assert "Later scores will be compared with this one." in for_patient(course)
    assert "nothing later yet" in progress_summary.sentence(course)


def test_an_unchanged_score_is_the_same():
    course = courses.prepare([courses.given(1, 0)], courses.totals("phq9", d0=10, d7=10))
    assert for_patient(course) == (
        "Your depression score (PHQ-9) was 10 on 10 Mar: moderate. "
        "That is the same as at the start."
    )


def test_a_relapse_does_not_hide_behind_the_baseline():
    course = courses.prepare(
        [courses.given(1, 0)], courses.totals("phq9", d0=21, d14=5, d28=12, d42=14)
    )
    assert "Your lowest score was 5 on 17 Mar." in for_patient(course)
    assert "The lowest score was 5 on 17 Mar." in progress_summary.sentence(course)


def test_the_best_score_is_not_told_twice():
    course = courses.prepare([courses.given(1, 0)], courses.totals("phq9", d0=21, d14=5, d28=14))
    assert "9 worse than on 17 Mar" in for_patient(course)
    assert "lowest" not in for_patient(course)
    assert (
        "5 to 14: a rise of 9, for the worse; this is usually real."
        in progress_summary.sentence(course)
    )


def test_percent_is_left_out_from_a_baseline_of_zero():
    course = courses.prepare([courses.given(1, 0)], courses.totals("phq9", d0=0, d7=3))
    assert "PHQ-9 0 to 3: a rise of 3, for the worse, 3 Mar" in progress_summary.sentence(course)
    assert "response" not in progress_summary.sentence(course)


def test_nothing_yet_is_said_plainly():
    assert progress_summary.sentence(courses.nobody()) == "No sessions yet."
    assert progress_summary.alt(courses.planned()) == (
        "No sessions yet. The next is planned for 3 Mar 2026."
    )


def test_the_alternative_text_has_last_score_band_and_change():
    alt = progress_summary.alt(courses.responder())
    assert alt.startswith("Progress from 2 Mar 2026 to 24 Mar 2026, 6 sessions given. ")
    assert "PHQ-9: last 9 (mild) on 24 Mar 2026; 9 better than 18: real, response." in alt


def test_scales_without_a_panel_are_named():
    others = progress_summary.others(courses.many_scales())
    assert others == "Also recorded: BDI-II 14 on 24 Mar 2026; CADSS 7 on 17 Mar 2026."
    assert progress_summary.others(courses.one()) == ""
    assert others in progress_summary.alt(courses.many_scales())


def test_a_list_shows_last_score_change_and_a_line_within_its_box():
    status = progress_summary.status(courses.responder())
    assert status.last == "PHQ-9 9, mild, 24 Mar"
    assert status.change == "9 better than 18: real, response"
    assert (status.tone, status.attention) == (Tone.GOOD, ())
    assert status.points[0] == pytest.approx((0, 18 / 27))
    assert status.points[-1] == pytest.approx((1, 9 / 27))
    assert progress_summary.status(courses.nobody()).points == ()


@pytest.mark.parametrize("name", courses.COURSES)
def test_the_patient_reads_short_plain_sentences(name):
    text = for_patient(courses.COURSES[name]())
    for part in re.split(r"(?<=\.) ", text):
        assert len(part.split()) <= 18, part
    assert not re.search(r"remission|response|baseline|mean", text)


def test_a_pain_scale_reads_as_a_fall():
    sentence = progress_summary.sentence(courses.pain())
    assert "Pain fell in 4 of 6 sessions with both values" in sentence
    assert "This meets response (a fall of 30 % of baseline)." in sentence


def test_a_single_pair_is_told_as_such():
    assert "Your mood went from 3 to 6 in your session." in for_patient(courses.one())


def test_a_course_without_scales_counts_its_sessions():
    course = courses.prepare([courses.rated(1, 0, "3>6", None)], [])
    assert progress_summary.sentence(course).startswith("1 session, no scale totals yet.")
    assert for_patient(course).startswith("1 session so far, and no questionnaire scores yet.")


def test_a_pain_score_is_not_told_beside_that_there_is_no_score():
    sessions = [
        courses.given(1, 0, pain_before=3, pain_after=1, indication=Indication.CHRONIC_PAIN)
    ]
    told = for_patient(courses.prepare(sessions, []))
    assert told.startswith("Your pain score was 3 on 3 Mar: mild. Lower is better.")
    assert "no questionnaire scores" not in told


def test_a_scale_of_whole_numbers_has_no_half_points_to_reach():
    course = courses.prepare([courses.given(1, 0)], courses.totals("phq9", d0=17))
    assert course.scales[0].latest.response_at == 8
    peg = courses.prepare([courses.given(1, 0)], courses.totals("peg", d0=7))
    assert peg.scales[0].latest.response_at == Decimal("4.9")


def test_of_two_courses_the_last_leads_and_counts_its_own_sessions():
    course = courses.two_courses()
    assert progress_summary.sentence(course).startswith(
        "Course 2, from 27 Apr 2027. PHQ-9 22 to 11: a fall of 11 (50 %), 26 Apr to 2 Jun, "
        "5 sessions."
    )
    assert progress_summary.earlier_courses(course) == (
        "Course 1, Mar 2026: PHQ-9 12 to 4; MADRS 26 to 8.",
    )
    assert progress_summary.earlier_courses(courses.responder()) == ()


def test_a_course_without_a_score_yet_is_told_apart_from_the_one_before():
    sessions = list(courses.two_courses().sessions)
    unfinished = IncompletePoint(instrument="phq9", at=courses.at(425), answered=5, asked=9)
    scores = [*courses.totals("phq9", m1=12, d28=4), unfinished]
    told = {
        audience: progress_summary.sentence(courses.prepare(sessions, scores, audience=audience))
        for audience in Audience
    }
    assert told[Audience.CLINICIAN].startswith(
        "Course 2, from 27 Apr 2027: no PHQ-9 score yet. The last one before it was 4 on "
        "31 Mar 2026. 2 May: incomplete, 5 of 9 answered, no total."
    )
    assert told[Audience.PATIENT].startswith(
        "Your course of 27 Apr 2027 has no PHQ-9 score yet. The last one before it was 4 on "
        "31 Mar 2026. The form of 2 May has no score"
    )


def test_what_came_of_an_earlier_course_is_told_with_its_best():
    def earlier(**scores):
        sessions = list(courses.two_courses().sessions)
        course = courses.prepare(sessions, courses.totals("phq9", d419=22, d456=11, **scores))
        return progress_summary.earlier_courses(course)

    assert earlier(m1=20, d28=9, d200=18) == (
        "Course 1, Mar to Sep 2026: PHQ-9 20 to 18, best 9 on 31 Mar 2026.",
    )
    assert earlier(m1=20) == ("Course 1, Mar 2026: PHQ-9 20, nothing later.",)
    assert earlier(d28=9) == ("Course 1, Mar 2026: PHQ-9 9, no baseline.",)
