"""A first dose is judged by the label of the clinic's country, on what its record knows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.clinics import settle
from tests.builders.patients import a_patient
from tests.builders.worksheets import SPRAY, START, a_nasal_series
from tracker.domain.sessions.findings import UncommentedError
from tracker.models import db
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.services.sessions import amendments, dose_history
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions.amendments import SessionPlace

BORN = date(1961, 3, 3)  # 65 on the day of START


@pytest.fixture
def series(anna):
    made = a_nasal_series(anna)
    born(made, BORN)
    return made


def patient_of(series):
    return db.session.get_one(Series, series).patient_id


def born(series, day):
    db.session.get_one(Patient, patient_of(series)).birth_date = day
    db.session.commit()


def unusual(series, **changed):
    place = SessionPlace(patient_of(series), series, None)
    found = amendments.findings_of(replace(SPRAY, **changed), place)
    return [one.message for one in found if "first dose" in one.message]


@pytest.mark.both_databases
def test_56_mg_at_65_years_asks_for_a_comment_in_the_union(anna, cast, series):
    settle(cast.clinic_id, "IE")
    with pytest.raises(UncommentedError) as caught:
        session_commands.record(replace(SPRAY, comment=""), series_id=series, by=anna)
    [finding] = [one for one in caught.value.findings if "first dose" in one.message]
    assert finding.message == "A first dose of 56 mg at 65 years is above 28 mg."
    assert "EU product information" in finding.source


@pytest.mark.parametrize("country", ["US", "CA"])
def test_and_nowhere_else(cast, series, country):
    settle(cast.clinic_id, country)
    assert unusual(series) == []


def test_a_day_before_the_birthday_and_without_a_birth_date_it_does_not(cast, series):
    settle(cast.clinic_id, "GB")
    assert unusual(series)
    assert unusual(series, dose_mg=Decimal(28)) == []
    born(series, BORN + timedelta(days=1))
    assert unusual(series) == []
    born(series, None)
    assert unusual(series) == []


def test_the_age_is_that_of_the_clinics_own_day(cast, series):
    settle(cast.clinic_id, "GB")
    born(series, date(1961, 3, 4))
    late = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)  # still 3 March in New York
    assert unusual(series, started_at=late) == []


def test_the_second_dose_is_not_the_first(anna, cast, series):
    session_commands.record(SPRAY, series_id=series, by=anna)
    settle(cast.clinic_id, "IE")
    later = START + timedelta(days=3)
    assert unusual(series, started_at=later) == []
    assert dose_history.had_esketamine(patient_of(series), later)
    assert not dose_history.had_esketamine(patient_of(series), START)
    assert not dose_history.had_esketamine(a_patient(anna, "C-1"), later)
