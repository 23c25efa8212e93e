"""Hints about who opened which record."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.audit.unusual import (
    PersonTrace,
    RecordLook,
    email_key,
    hints,
    name_key,
    phone_key,
)
from tracker.domain.clinic.settings import ClinicSettings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DANA, OTTO = 1, 2
STAFF = {
    DANA: PersonTrace(frozenset({"reed"}), frozenset({"dana.reed"}), frozenset({"125550100"}), 7),
    OTTO: PersonTrace(frozenset({"otto"}), frozenset({"otto"})),
}
PATIENTS = {
    7: PersonTrace(frozenset({"reed"})),
    8: PersonTrace(frozenset({"reed"})),
    9: PersonTrace(frozenset({"moss"}), frozenset({"dana.reed"}), frozenset({"125550100"})),
    10: PersonTrace(frozenset({""}), frozenset({""}), frozenset({""})),
}


DEFAULTS = ClinicSettings()


def told(looks, settings=DEFAULTS, zone="UTC"):
    found = hints(looks, STAFF, PATIENTS, settings, ZoneInfo(zone))
    return [(hint.user_id, hint.why, hint.patient_ids) for hint in found]


def test_what_is_alike_is_told_and_what_nobody_knows_is_not():
    looks = [RecordLook(NOON + timedelta(days=n), DANA, n) for n in (7, 8, 9, 10)]
    assert sorted(told(looks)) == [
        (DANA, "It is their own record.", (7,)),
        (DANA, "The patient has the same family name.", (8,)),
        (DANA, "The patient has the same telephone number.", (9,)),
        (DANA, "The patient’s e-mail address begins the same.", (9,)),
    ]
    assert told([RecordLook(NOON, OTTO, n) for n in (7, 8, 9, 10)]) == []


@pytest.mark.parametrize(("apart", "is_listed"), [(1, True), (29, True), (30, False)])
def test_more_records_than_the_limit_within_an_hour_are_told_once(apart, is_listed):
    looks = [RecordLook(NOON + timedelta(minutes=apart * n), OTTO, 100 + n) for n in range(3)]
    found = told(looks, ClinicSettings(records_an_hour=2))
    why = "3 records within an hour; more than 2 are listed."
    assert found == ([(OTTO, why, (100, 101, 102))] if is_listed else [])
    assert told(looks, ClinicSettings(records_an_hour=3)) == []


def test_one_record_many_times_is_not_many_records():
    looks = [RecordLook(NOON + timedelta(minutes=n), OTTO, 100) for n in range(50)]
    assert told(looks, ClinicSettings(records_an_hour=2)) == []


def test_hours_are_those_of_the_clinic_and_none_where_none_are_set():
    settings = ClinicSettings(open_from=time(8), open_until=time(18))
    late = [RecordLook(NOON + timedelta(hours=5, minutes=n), OTTO, 100 + n) for n in range(3)]
    assert told(late) == []
    assert told(late, settings) == []
    [(_, why, records)] = told(late, settings, "Europe/Berlin")
    assert why.startswith("Outside the clinic’s hours")
    assert records == (100, 101, 102)


def test_a_clinic_may_work_past_midnight():
    settings = ClinicSettings(open_from=time(20), open_until=time(4))
    assert settings.is_open(time(23))
    assert settings.is_open(time(3, 59))
    assert not settings.is_open(time(4))
    assert not settings.is_open(time(12))


def test_names_addresses_and_numbers_are_compared_as_people_write_them():
    assert name_key("Dana van REED") == name_key(" reed ") == "reed"
    assert email_key("Dana.Reed@clinic.example") == email_key("dana.reed@home.example")
    assert phone_key("+1 (212) 555-0100") == phone_key("212 555 0100")
    assert phone_key("0100") == ""
