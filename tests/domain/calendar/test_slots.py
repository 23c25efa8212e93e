from datetime import date, time

import pytest

from tracker.domain.calendar import slots
from tracker.domain.calendar.slots import ChairSlot
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route

DAY = date(2026, 3, 2)
SETTINGS = TreatmentSettings()


def slot(session_id, begins, chair="Chair 1", **more):
    told = {
        "session_id": session_id, "patient_id": session_id, "label": f"Patient {session_id}",
        "day": DAY, "begins": begins, "minutes": 120, "chair": chair,
    }  # fmt: skip
    return ChairSlot(**told | more)


def test_one_chair_holds_one_session_at_a_time():
    told = slots.conflicts([slot(1, time(10)), slot(2, time(11)), slot(3, time(12))], ())
    assert told == {
        1: ("Chair 1 is taken by Patient 2, 11:00 to 13:00.",),
        2: (
            "Chair 1 is taken by Patient 1, 10:00 to 12:00.",
            "Chair 1 is taken by Patient 3, 12:00 to 14:00.",
        ),
        3: ("Chair 1 is taken by Patient 2, 11:00 to 13:00.",),
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (slot(1, time(10)), slot(2, time(10), chair="Chair 2")),
        (slot(1, time(10), chair=""), slot(2, time(10), chair="")),
        (slot(1, time(10)), slot(2, None)),
        (slot(1, time(10)), slot(2, time(10), day=date(2026, 3, 3))),
        (slot(1, time(10)), slot(2, time(12))),
    ],
)
def test_what_does_not_meet_is_no_conflict(one, other):
    assert slots.conflicts([one, other], ()) == {}


def test_a_patient_comes_once_a_day():
    told = slots.conflicts([slot(1, None), slot(2, time(10), patient_id=1)], ())
    words = ("The patient has another session on this day.",)
    assert told == {1: words, 2: words}


def test_a_day_on_which_the_clinic_is_closed_is_told():
    assert slots.conflicts([slot(1, None)], {DAY}) == {1: ("The clinic is closed on this day.",)}


@pytest.mark.parametrize(
    ("drug", "route", "minutes"),
    [
        (Drug.ESKETAMINE, Route.NASAL, 135),  # watched for two hours by the US label
        (Drug.KETAMINE, Route.IV, 120),
        (Drug.KETAMINE, Route.IM, 120),
    ],
)
def test_how_long_a_session_takes_follows_from_the_route(drug, route, minutes):
    assert slots.minutes(drug, route, SETTINGS) == minutes


def test_a_session_that_runs_past_midnight_ends_with_the_day():
    assert slot(1, time(23)).ends == time(23, 59)
    assert slot(1, None).ends is None


def test_fasting_is_as_the_label_or_the_clinic_has_it():
    assert slots.fasting(Drug.ESKETAMINE, Route.NASAL, SETTINGS) == (
        "no food 2 h, no drink 30 min before"
    )
    assert slots.fasting(Drug.KETAMINE, Route.IV, SETTINGS) == "no food 6 h, no drink 2 h before"
    none = TreatmentSettings(food_hours=0, drink_hours=0)
    assert slots.fasting(Drug.KETAMINE, Route.IV, none) == ""
