from datetime import UTC, timedelta

import pytest
import time_machine
from msgspec.structs import replace
from sqlalchemy import update

from tests.builders.eligibility import FINE_ESKETAMINE, FINE_KETAMINE, NOON, decided
from tests.builders.patients import HELD, START, a_series, planned
from tests.stopping import stopped_at
from tracker.domain.codes import SeriesState, SessionState
from tracker.domain.eligibility.draft import Decision
from tracker.domain.problems import InvalidError
from tracker.domain.sessions import comments
from tracker.domain.sessions.findings import UncommentedError
from tracker.models import db
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.audit import queries as audit_queries
from tracker.services.audit.queries import TrailFilter
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.series import start_rules as series_start
from tracker.services.sessions import commands as session_commands
from tracker.services.unit_of_work import unit_of_work

WHY = "An emergency; assessed by telephone."


on_the_day = stopped_at(NOON + timedelta(days=1))


@pytest.fixture
def unassessed(anna, patient):
    return a_series(anna, patient, eligibility_reason="")


def record(series_id, anna, **change):
    draft = replace(HELD, **change)
    return session_commands.record(
        draft, series_id=series_id, session_id=planned(series_id)[0], by=anna
    )


def activate(series_id, anna, reason=""):
    version = series_queries.find(series_id, by=anna).version
    series_commands.set_state(
        series_id, SeriesState.ACTIVE, "", version=version, by=anna, eligibility_reason=reason
    )


def stands(series_id):
    row = db.session.get_one(Series, series_id, populate_existing=True)
    return row.state, row.eligibility_id, row.eligibility_reason


def put_state(series_id, state, anna):
    with unit_of_work(anna) as unit:
        db.session.execute(update(Series).where(Series.id == series_id).values(state=state))
        unit.audit("test.state")


@pytest.mark.both_databases
def test_a_series_starts_on_the_assessment_that_says_eligible(anna, patient, unassessed):
    made = decided(anna, patient)
    record(unassessed, anna)
    assert stands(unassessed) == ("active", made, "")
    start = series_start.of_series(unassessed, UTC)
    assert (start.eligibility_id, start.decided_by, bool(start)) == (made, anna.name, True)
    assert series_start.question(unassessed) == ""


def test_without_one_a_session_wants_a_comment_which_is_then_the_reason(anna, unassessed):
    with pytest.raises(UncommentedError) as caught:
        record(unassessed, anna)
    [finding] = caught.value.findings
    assert finding.message.startswith("No signed eligibility assessment for this drug.")
    assert finding.source == series_start.CLINIC_RULE
    record(unassessed, anna, comment=WHY)
    assert stands(unassessed) == ("active", None, WHY)


def test_what_was_said_to_something_else_is_no_part_of_the_reason(anna, unassessed):
    asked = series_start.question(unassessed)
    said = comments.compose("", {"176 kg is the first weight.": "Weighed twice", asked: WHY})
    record(unassessed, anna, comment=said)
    assert stands(unassessed) == ("active", None, WHY)


def test_the_second_session_is_not_asked_again(anna, unassessed):
    record(unassessed, anna, comment=WHY)
    later = replace(HELD, started_at=START + timedelta(hours=4), discharged_at=None)
    session_commands.record(later, series_id=unassessed, by=anna)
    assert stands(unassessed) == ("active", None, WHY)


def test_setting_a_series_going_asks_too(anna, unassessed):
    with pytest.raises(InvalidError) as caught:
        activate(unassessed, anna)
    assert [problem.field for problem in caught.value.problems] == ["eligibility_reason"]
    assert stands(unassessed) == ("planned", None, "")
    activate(unassessed, anna, WHY)
    assert stands(unassessed) == ("active", None, WHY)


@pytest.mark.parametrize("later", [Decision.NOT_YET, Decision.NOT_ELIGIBLE])
def test_a_newer_refusal_overrules_an_older_eligible(anna, patient, unassessed, later):
    decided(anna, patient)
    with time_machine.travel(NOON + timedelta(days=2), tick=False):
        decided(anna, patient, later)
        said = f"The newest eligibility assessment says {later.label.lower()}."
        assert series_start.question(unassessed).startswith(said)
        with pytest.raises(InvalidError):
            activate(unassessed, anna)
        activate(unassessed, anna, WHY)
    assert stands(unassessed) == ("active", None, WHY)


def test_a_newer_eligible_overrules_an_older_refusal(anna, patient, unassessed):
    decided(anna, patient, Decision.NOT_YET)
    with time_machine.travel(NOON + timedelta(days=2), tick=False):
        made = decided(anna, patient)
        activate(unassessed, anna)
    assert stands(unassessed) == ("active", made, "")


def test_an_assessment_for_the_other_drug_says_nothing(anna, patient, unassessed):
    decided(anna, patient, draft=FINE_ESKETAMINE)
    assert series_start.question(unassessed)
    [line] = series_start.of_patient(patient)
    assert (line.drug.value, line.decision) == ("esketamine", Decision.ELIGIBLE)


def test_an_unsigned_assessment_says_nothing(anna, patient, unassessed):
    eligibility_commands.start(patient, FINE_KETAMINE, by=anna)
    assert series_start.question(unassessed)


def test_the_reason_given_with_the_plan_is_enough(anna, patient):
    reasoned = a_series(anna, patient, eligibility_reason=WHY)
    assert series_start.question(reasoned) == ""
    record(reasoned, anna)
    assert stands(reasoned) == ("active", None, WHY)


def test_a_refusal_after_the_plan_undoes_the_reason_given_with_it(anna, patient):
    reasoned = a_series(anna, patient, eligibility_reason=WHY)
    with time_machine.travel(NOON + timedelta(days=2), tick=False):
        decided(anna, patient, Decision.NOT_ELIGIBLE)
        with pytest.raises(InvalidError):
            activate(reasoned, anna)


def test_an_assessment_after_the_plan_is_what_it_starts_on(anna, patient):
    reasoned = a_series(anna, patient, eligibility_reason=WHY)
    made = decided(anna, patient)
    record(reasoned, anna)
    assert stands(reasoned)[:2] == ("active", made)


def test_one_that_was_stopped_before_anything_was_given_is_asked_when_taken_up(anna, unassessed):
    put_state(unassessed, "stopped", anna)
    with pytest.raises(InvalidError):
        activate(unassessed, anna)
    with pytest.raises(UncommentedError):
        record(unassessed, anna)
    activate(unassessed, anna, WHY)
    assert stands(unassessed)[2] == WHY


def test_one_that_has_begun_long_ago_is_taken_up_without_a_question(anna, unassessed):
    with unit_of_work(anna) as unit:
        db.session.execute(
            update(TreatmentSession)
            .where(TreatmentSession.id == planned(unassessed)[0])
            .values(state=SessionState.COMPLETED.value, started_at=START)
        )
        unit.audit("test.held")
    put_state(unassessed, "completed", anna)
    activate(unassessed, anna)
    assert stands(unassessed) == ("active", None, "")
    assert not series_start.of_series(unassessed, UTC)


def test_a_reason_has_an_end(anna, unassessed):
    with pytest.raises(InvalidError) as caught:
        activate(unassessed, anna, "x" * 10_001)
    assert [one.field for one in caught.value.problems] == ["eligibility_reason"]


def test_the_trail_says_on_what_a_series_began(cast, anna, patient, unassessed):
    made = decided(anna, patient)
    record(unassessed, anna)
    [line] = audit_queries.read(by=cast.console, wanted=TrailFilter(action="series.begun")).lines
    assert line.detail == f"eligibility:{made}"
