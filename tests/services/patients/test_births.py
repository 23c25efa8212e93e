"""Nothing clinical is dated before the birth of whom it is about, at whatever door it comes in."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from tests.builders.patients import HELD, START, a_patient, a_series, planned
from tests.builders.plans import move
from tracker.domain.codes import Drug
from tracker.domain.eligibility.draft import EligibilityDraft
from tracker.domain.problems import InvalidError
from tracker.domain.safety_checks.draft import SafetyCheckDraft
from tracker.domain.safety_checks.kinds import CheckKind
from tracker.domain.scores.draft import AssessmentDraft
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.patients import commands as patient_commands
from tracker.services.safety_checks import commands as check_commands
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands

BORN = date(1975, 1, 1)
EARLY = START.replace(year=1974)
SAID = "This is before the patient was born, on 1 Jan 1975. Check the year, or the birth date."


@pytest.fixture
def patient(anna):
    return a_patient(anna, birth_date=BORN)


@pytest.fixture
def series(anna, patient):
    return a_series(anna, patient)


def refused(action):
    with pytest.raises(InvalidError) as caught:
        action()
    return [(one.field, one.message) for one in caught.value.problems]


def a_total(at):
    return AssessmentDraft(instrument="phq9", total=Decimal(9), taken_at=at)


@pytest.mark.both_databases
def test_a_score_before_birth_is_refused(anna, patient):
    assert refused(lambda: score_commands.record(patient, a_total(EARLY), by=anna)) == [
        ("taken_at", SAID)
    ]
    on_the_day = START.replace(year=1975, month=1, day=1)
    assert score_commands.record(patient, a_total(on_the_day), by=anna)


def test_the_day_is_that_of_the_clinic(anna, patient):
    eve = EARLY.replace(month=12, day=31, hour=23, tzinfo=ZoneInfo("America/New_York"))
    assert refused(lambda: score_commands.record(patient, a_total(eve), by=anna))


def test_who_has_no_birth_date_is_not_asked_for_one(anna):
    assert score_commands.record(a_patient(anna), a_total(EARLY), by=anna)


def test_a_session_before_birth_is_refused_in_its_record_and_in_an_amendment(anna, series):
    early = replace(HELD, started_at=EARLY, discharged_at=None)
    held = session_commands.record(HELD, series_id=series, by=anna)
    for action in (
        lambda: session_commands.record(early, series_id=series, by=anna),
        lambda: amendments.amend(held, early, reason="Wrong year", version=1, by=anna),
    ):
        assert ("started_at", SAID) in refused(action)


def test_a_session_is_not_moved_nor_a_series_planned_before_birth(anna, patient, series):
    first = planned(series)[0]
    told = refused(lambda: move(first, EARLY.date(), by=anna))
    assert told == [("planned_on", SAID)]


def test_a_check_and_an_eligibility_before_birth_are_refused(anna, patient):
    check = SafetyCheckDraft(kind=CheckKind.LIVER, checked_on=EARLY.date(), value="normal")
    assert refused(lambda: check_commands.record(patient, check, by=anna)) == [("checked_on", SAID)]
    assessed = EligibilityDraft(drug=Drug.KETAMINE, assessed_on=EARLY.date())
    found = refused(lambda: eligibility_commands.start(patient, assessed, by=anna))
    assert ("assessed_on", SAID) in found


@pytest.mark.both_databases
def test_a_birth_date_is_not_after_what_is_on_record(anna, patient):
    score_commands.record(patient, a_total(START.replace(year=1980)), by=anna)
    view = patient_commands.find(patient, by=anna)

    def born(day):
        draft = replace(view.draft, birth_date=day)
        return lambda: patient_commands.change(patient, draft, version=view.version, by=anna)

    said = "Something on record is of 2 Mar 1980, before this birth date."
    assert refused(born(date(1980, 3, 3))) == [("birth_date", said)]
    born(date(1980, 3, 2) - timedelta(days=1))()
