"""A series has begun while a session stands in it that was held, and waits again without one."""

from datetime import UTC, timedelta

import pytest
from msgspec import structs

from tests.builders.patients import HELD, START, a_patient, a_series, planned
from tests.stopping import stopped_at
from tracker.models import db
from tracker.models.series import Series
from tracker.services.series import start_rules
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import voiding
from tracker.services.sessions.voiding import Transfer

pytestmark = pytest.mark.both_databases
clock = stopped_at(START + timedelta(hours=6))
WHY = "Entered twice"
LATER = START + timedelta(hours=4)
HELD_LATER = structs.replace(
    HELD, started_at=LATER, discharged_at=LATER + (HELD.discharged_at - HELD.started_at),
    comment="A second one on that day",
)  # fmt: skip


@pytest.fixture
def patient(anna):
    return a_patient(anna)


@pytest.fixture
def series(anna, patient):
    return a_series(anna, patient, sessions=3)


@pytest.fixture
def held(anna, series):
    return session_commands.record(HELD, series_id=series, session_id=planned(series)[0], by=anna)


def series_state(series_id):
    db.session.rollback()
    return db.session.get_one(Series, series_id).state


def test_a_series_that_it_alone_had_begun_waits_again_until_it_is_taken_back(anna, patient):
    series = a_series(anna, patient, sessions=2, eligibility_reason="")
    said = structs.replace(HELD, comment="Assessed by telephone")
    held = session_commands.record(said, series_id=series, session_id=planned(series)[0], by=anna)
    assert series_state(series) == "active"
    voiding.void(held, WHY, version=1, by=anna)
    assert series_state(series) == "planned"
    assert not start_rules.of_series(series, UTC)
    voiding.restore(held, "It was held", version=2, by=anna)
    assert series_state(series) == "active"
    assert start_rules.of_series(series, UTC).reason == "Assessed by telephone"
    voiding.void(held, WHY, version=3, by=anna)
    assert series_state(series) == "planned"


def test_a_series_that_another_session_was_held_in_goes_on(anna, series, held):
    other = session_commands.record(
        HELD_LATER, series_id=series, session_id=planned(series)[1], by=anna
    )
    voiding.void(held, WHY, version=1, by=anna)
    assert series_state(series) == "active"
    voiding.void(other, WHY, version=1, by=anna)
    assert series_state(series) == "planned"


def test_moved_to_another_patient_the_series_there_has_begun_and_not_the_one_here(
    anna, series, held
):
    there = a_series(anna, a_patient(anna, record_number="P-2"), sessions=1)
    target = Transfer(there, planned(there)[0], reason="Wrong patient")
    voiding.transfer(held, target, version=1, by=anna)
    assert (series_state(series), series_state(there)) == ("planned", "active")


def test_a_reason_of_the_plan_is_not_taken_for_one_that_only_begins_alike(anna, patient):
    series = a_series(anna, patient, sessions=2, eligibility_reason="Assessed")
    said = structs.replace(HELD, comment="Assessed by telephone again")
    held = session_commands.record(said, series_id=series, session_id=planned(series)[0], by=anna)
    voiding.void(held, WHY, version=1, by=anna)
    db.session.rollback()
    assert db.session.get_one(Series, series).eligibility_reason == "Assessed"
