"""The same scale twice on one day: whoever enters it is asked, and no alert is made of the pair."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.check_ins import ask, fill, themself
from tests.builders.patients import HELD, START, a_series
from tracker.domain.codes import AlertKind, Occasion
from tracker.domain.problems import UnseenError
from tracker.domain.scores.draft import AssessmentDraft
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.services import clock
from tracker.services.check_ins import answers as answering
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import follow_ups
from tracker.services.unit_of_work import AlreadySavedError, SentForm

WORST = AssessmentDraft(instrument="phq9", total=Decimal(27), taken_at=START)
BEST = replace(WORST, total=Decimal(0), taken_at=START + timedelta(hours=2))


def totals(anna, patient):
    return [told.total for told in score_commands.of_patient(patient, by=anna)]


def kinds():
    return set(db.session.scalars(db.select(Alert.kind)))


@pytest.mark.both_databases
def test_a_second_form_of_a_day_is_asked_about_and_then_recorded(anna, patient):
    first = score_commands.record(patient, WORST, by=anna)
    with pytest.raises(UnseenError) as asked:
        score_commands.record(patient, BEST, by=anna, sent=SentForm("k", []))
    assert totals(anna, patient) == [27]
    [finding] = asked.value.findings
    assert finding.message.startswith("PHQ-9 of 2 Mar 2026 is there already: 27 at ")
    assert finding.message.endswith("The same form twice, or a correction?")
    assert (finding.score_id, finding.source) == (first, "PHQ-9 asks about: last 2 weeks")
    sent = SentForm("k", [finding.message])
    made = score_commands.record(patient, BEST, by=anna, sent=sent)
    assert totals(anna, patient) == [27, 0]
    with pytest.raises(AlreadySavedError, match=str(made)):
        score_commands.record(patient, BEST, by=anna, sent=sent)


def test_an_answer_given_for_one_does_not_hold_for_one_that_came_later(anna, patient):
    score_commands.record(patient, WORST, by=anna)
    with pytest.raises(UnseenError) as asked:
        score_commands.record(patient, BEST, by=anna, sent=SentForm("k", []))
    meanwhile = replace(WORST, total=Decimal(12), taken_at=START + timedelta(hours=1))
    score_commands.record(patient, meanwhile, by=anna)
    seen = [finding.message for finding in asked.value.findings]
    with pytest.raises(UnseenError) as again:
        score_commands.record(patient, BEST, by=anna, sent=SentForm("k", seen))
    assert len(again.value.findings) == 2


def test_one_that_was_voided_is_corrected_without_a_question(anna, patient):
    wrong = score_commands.record(patient, WORST, by=anna)
    score_commands.void(wrong, "Wrong patient", by=anna)
    score_commands.record(patient, BEST, by=anna, sent=SentForm("k", []))
    assert totals(anna, patient) == [0]


def test_the_day_before_and_another_patient_are_not_asked_about(anna, patient):
    yesterday = replace(WORST, taken_at=START - timedelta(days=1))
    score_commands.record(patient, yesterday, by=anna)
    score_commands.record(patient, BEST, by=anna, sent=SentForm("k", []))
    assert totals(anna, patient) == [27, 0]


def test_a_form_hours_after_a_session_of_that_day_needs_no_answer(anna, patient):
    series = a_series(anna, patient)
    held = session_commands.record(HELD, series_id=series, by=anna)
    before = replace(WORST, occasion=Occasion.BEFORE_SESSION, taken_at=START - timedelta(hours=1))
    after = replace(BEST, occasion=Occasion.HOURS_AFTER)
    for draft in (before, after):
        score_commands.record(patient, draft, session_id=held, by=anna, sent=SentForm(seen=[]))
    assert totals(anna, patient) == [27, 0]
    again = replace(after, taken_at=START + timedelta(hours=2, minutes=5))
    with pytest.raises(UnseenError):
        score_commands.record(patient, again, session_id=held, by=anna, sent=SentForm(seen=[]))


def test_mood_and_pain_hours_after_a_session_are_asked_as_often_as_wanted(anna, patient):
    held = session_commands.record(HELD, series_id=a_series(anna, patient), by=anna)
    for hours in (2, 4):
        at = START + timedelta(hours=hours)
        follow_ups.record(held, mood=7, pain=3, taken_at=at, by=anna)
    assert len(totals(anna, patient)) == 4


def test_a_pair_of_one_day_is_no_course_that_a_score_could_be_the_worst_of(anna, patient):
    for hours, total in ((0, 0), (2, 5), (3, 27)):
        draft = replace(WORST, total=Decimal(total), taken_at=START + timedelta(hours=hours))
        score_commands.record(patient, draft, by=anna)
    assert AlertKind.TOP_SCORE.value not in kinds()
    next_day = replace(WORST, total=Decimal(5), taken_at=START + timedelta(days=1))
    score_commands.record(patient, next_day, by=anna)
    assert AlertKind.TOP_SCORE.value not in kinds()


def test_a_score_worse_than_those_of_two_other_days_is_still_told(anna, patient):
    for days, total in ((0, 12), (7, 10), (14, 0), (14.1, 27)):
        draft = replace(WORST, total=Decimal(total), taken_at=START + timedelta(days=days))
        score_commands.record(patient, draft, by=anna)
    assert AlertKind.TOP_SCORE.value in kinds()


def test_a_patient_is_never_asked_whether_a_form_of_the_day_is_a_second_one(anna, patient):
    ben, check_in = themself(anna.clinic_id, patient), ask(anna, patient)
    score_commands.record(patient, replace(WORST, taken_at=clock.now()), by=anna)
    fill(ben, check_in)
    assert answering.finish(check_in, "phq9", by=ben)
    assert len(totals(anna, patient)) == 2
