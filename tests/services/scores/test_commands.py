from datetime import timedelta
from decimal import Decimal

import pytest

from tests.builders.patients import HELD, START, a_patient, a_series
from tracker.domain.access import Actor, Role
from tracker.domain.codes import Occasion
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.domain.scores.draft import AssessmentDraft
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import follow_ups
from tracker.services.unit_of_work import AlreadySavedError, SentForm

DRAFT = AssessmentDraft(instrument="madrs", total=Decimal(31), taken_at=START, note="calm")


@pytest.fixture
def held(anna, patient):
    return session_commands.record(HELD, series_id=a_series(anna, patient), by=anna)


@pytest.mark.both_databases
def test_a_score_comes_back_as_it_was_recorded(anna, patient):
    made = score_commands.record(patient, DRAFT, by=anna)
    [told] = score_commands.of_patient(patient, by=anna)
    assert (told.score_id, told.instrument, told.total, told.note) == (made, "madrs", 31, "calm")
    assert (told.taken_at, told.series_number, told.session_id) == (START, None, None)


@pytest.mark.both_databases
def test_a_score_tied_to_a_session_counts_its_hours(anna, patient, held):
    later = START + timedelta(hours=24, minutes=30)
    draft = AssessmentDraft(
        instrument="madrs", total=Decimal(12), taken_at=later, occasion=Occasion.HOURS_AFTER
    )
    score_commands.record(patient, draft, session_id=held, by=anna)
    [told] = score_commands.of_patient(patient, by=anna)
    assert (told.hours_after, told.series_number, told.session_id) == (Decimal("24.5"), 1, held)


def test_a_total_off_the_scale_is_refused(anna, patient):
    for total in (Decimal(61), Decimal(-1), Decimal("NaN"), Decimal("Infinity"), None):
        wrong = AssessmentDraft(instrument="madrs", total=total, taken_at=START)
        with pytest.raises(InvalidError, match="total"):
            score_commands.record(patient, wrong, by=anna)


def test_a_score_is_not_tied_to_another_patient(anna, held):
    other = a_patient(anna, "B-18")
    with pytest.raises(InvalidError, match="another patient"):
        score_commands.record(other, DRAFT, session_id=held, by=anna)


@pytest.mark.both_databases
def test_a_voided_score_stays_with_its_reason_and_counts_no_more(anna, patient):
    made = score_commands.record(patient, DRAFT, by=anna)
    score_commands.void(made, "Wrong patient", by=anna)
    assert score_commands.of_patient(patient, by=anna) == []
    [line] = score_commands.listing(patient, by=anna)
    assert (line.voided_by, line.voided_reason) == ("Anna Clinician", "Wrong patient")


def test_voiding_needs_a_reason(anna, patient):
    made = score_commands.record(patient, DRAFT, by=anna)
    with pytest.raises(InvalidError, match="reason"):
        score_commands.void(made, "  ", by=anna)


@pytest.mark.both_databases
def test_a_second_click_makes_one_score(anna, patient):
    made = score_commands.record(patient, DRAFT, by=anna, sent=SentForm("k"))
    with pytest.raises(AlreadySavedError) as caught:
        score_commands.record(patient, DRAFT, by=anna, sent=SentForm("k"))
    assert caught.value.result_id == made


@pytest.mark.both_databases
def test_mood_and_pain_are_asked_again_after_a_session(anna, patient, held):
    at = START + timedelta(hours=4)
    follow_ups.record(held, mood=8, pain=None, taken_at=at, by=anna)
    [told] = score_commands.of_patient(patient, by=anna)
    assert (told.instrument, told.total, told.hours_after) == ("mood-nrs", 8, 4)
    assert (told.occasion, told.session_id) == (Occasion.HOURS_AFTER, held)


def test_a_follow_up_says_everything_that_is_wrong_at_once(anna, held):
    with pytest.raises(InvalidError) as caught:
        follow_ups.record(held, mood=11, pain=-1, taken_at=START - timedelta(hours=1), by=anna)
    assert [problem.field for problem in caught.value.problems] == ["taken_at", "mood", "pain"]
    with pytest.raises(InvalidError, match="mood or pain"):
        follow_ups.record(held, mood=None, pain=None, taken_at=START, by=anna)
    with pytest.raises(InvalidError, match="Give the day"):
        follow_ups.record(held, mood=1, pain=2, taken_at=None, by=anna)
    late = START + timedelta(days=15)
    with pytest.raises(InvalidError, match="two weeks"):
        follow_ups.record(held, mood=1, pain=2, taken_at=late, by=anna)


@pytest.mark.both_databases
def test_strangers_find_nothing_and_patients_may_not(cast, anna, patient, held):
    made = score_commands.record(patient, DRAFT, by=anna)
    ben = Actor(None, cast.clinic_id, "Ben", frozenset({Role.PATIENT}), patient)
    deeds = [
        lambda by: score_commands.record(patient, DRAFT, by=by),
        lambda by: score_commands.void(made, "x", by=by),
        lambda by: score_commands.listing(patient, by=by),
        lambda by: score_commands.of_session(held, by=by),
        lambda by: follow_ups.record(held, mood=1, pain=1, taken_at=START, by=by),
    ]
    for deed in deeds:
        with pytest.raises(NotFoundError):
            deed(cast.cleo)
        with pytest.raises(ForbiddenError):
            deed(ben)
