"""Which readings are due, when they are late, and what lies beyond the limits."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.builders.session_logs import at, log
from tracker.domain.clinic.treatment_settings import LABEL_BEFORE, WHELTON, TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.drugs import NASAL_ESKETAMINE
from tracker.domain.live import monitoring
from tracker.domain.live.entries import (
    Dose,
    Entry,
    EntryKind,
    Infusion,
    InfusionAction,
    Note,
    Reading,
    Withdrawal,
)
from tracker.domain.live.monitoring import DueState, due_rows, next_due, schedule

SETTINGS = TreatmentSettings()
BP = Reading(systolic_mmhg=120, diastolic_mmhg=80)
HIGH = Reading(systolic_mmhg=150, diastolic_mmhg=80)
PULSE = Reading(heart_rate_bpm=70)
START = Infusion(action=InfusionAction.START)
DEVICE = Dose(dose_mg=Decimal(28))
IV = schedule(Drug.KETAMINE, Route.IV, SETTINGS)
NASAL = schedule(Drug.ESKETAMINE, Route.NASAL, SETTINGS)


def states(plan, entries, minute, ended=None):
    """Tell where each reading that is due stands at a minute."""
    ended_at = None if ended is None else at(ended)
    rows = due_rows(plan, entries, now=at(minute), ended_at=ended_at)
    return {row.minute: row.state.value for row in rows}


def test_a_reading_before_the_start_belongs_to_every_schedule():
    for plan in (IV, NASAL):
        assert states(plan, [], 0) == {0: "due"}
        assert states(plan, log((-3, BP)), 0) == {0: "done"}
        assert states(plan, log((-3, BP), (0, DEVICE)), 1)[0] == "done"
        assert states(plan, log((0, DEVICE), (0.5, BP)), 1)[0] == "done"
        assert states(plan, log((0, DEVICE), (2, BP)), 3)[0] == "missed"


def test_before_the_start_there_is_no_minute_to_count_from():
    [row] = due_rows(IV, [], now=at(0))
    assert (row.at, row.words, row.is_late) == (None, "Before the start", False)


def test_an_infusion_is_read_every_quarter_of_an_hour_until_the_end():
    entries = log((-1, BP), (0, START))
    assert states(IV, entries, 3) == {0: "done", 15: "coming"}
    assert states(IV, entries, 15) == {0: "done", 15: "due", 30: "coming"}
    assert states(IV, entries, 20) == {0: "done", 15: "due", 30: "coming"}
    assert states(IV, entries, 21) == {0: "done", 15: "late", 30: "coming"}
    assert states(IV, entries, 29.9) == {0: "done", 15: "late", 30: "coming"}
    assert states(IV, entries, 30) == {0: "done", 15: "missed", 30: "due", 45: "coming"}
    assert states(IV, [*entries, *log((0, START), (1, START), (27, BP))[2:]], 28)[15] == "missed"
    assert states(IV, entries, 44, ended=44) == {0: "done", 15: "missed", 30: "missed"}


def test_who_leaves_before_the_first_reading_was_due_is_asked_for_none():
    assert states(IV, log((-1, BP), (0, START)), 12, ended=10) == {0: "done"}
    assert next_due(due_rows(IV, log((0, START)), now=at(12), ended_at=at(10))) is None


@pytest.mark.parametrize("route", [Route.IM, Route.SC, Route.ORAL, Route.SUBLINGUAL, Route.NASAL])
def test_other_routes_are_read_like_an_infusion(route):
    plan = schedule(Drug.KETAMINE, route, SETTINGS)
    assert (plan.every_minutes, plan.minutes) == (15, ())
    assert plan.source == "clinic setting; no published interval"


def test_the_clinic_sets_how_often_and_when_it_is_late():
    settings = TreatmentSettings(reading_every_minutes=10, late_after_minutes=2)
    plan = schedule(Drug.KETAMINE, Route.IV, settings)
    assert states(plan, log((0, START)), 13) == {0: "missed", 10: "late", 20: "coming"}


def test_a_pause_does_not_stop_the_clock():
    entries = log((-1, BP), (0, START), (5, Infusion(action=InfusionAction.PAUSE)))
    assert states(IV, entries, 31) == {0: "done", 15: "missed", 30: "due", 45: "coming"}


def test_a_reading_shortly_before_its_time_counts_and_one_long_before_does_not():
    early = log((-1, BP), (0, START), (10, BP))
    assert states(IV, early, 16)[15] == "done"
    too_early = log((-1, BP), (0, START), (9.5, BP))
    assert states(IV, too_early, 16)[15] == "due"


def test_a_late_reading_says_how_late_it_was_and_leaves_the_next_where_it_was():
    rows = due_rows(IV, log((-1, BP), (0, START), (22, BP)), now=at(28))
    by_minute = {row.minute: row for row in rows}
    assert (by_minute[15].state, by_minute[15].minutes_late) == (DueState.DONE, 7)
    assert by_minute[30].state is DueState.COMING
    assert by_minute[30].at == at(30)


def test_how_late_it_is_counts_from_when_it_was_due():
    row = next_due(due_rows(IV, log((-1, BP), (0, START)), now=at(23.9)))
    assert (row.minute, row.is_late, row.minutes_late) == (15, True, 8)


def test_what_was_missed_stays_in_the_list_and_the_next_is_asked_for():
    rows = due_rows(IV, log((-1, BP), (0, START)), now=at(40))
    assert [(row.minute, row.state.value) for row in rows] == [
        (0, "done"), (15, "missed"), (30, "late"), (45, "coming"),
    ]  # fmt: skip
    assert next_due(rows).minute == 30


def test_a_withdrawn_reading_was_never_taken_and_a_note_is_no_reading():
    entries = log(
        (-1, BP), (0, START), (15, BP), (16, Withdrawal(reason="Wrong chair"), "key-3"),
        (15, Note(text="Asleep")), (15, Reading(note="Asleep", pain=0)),
    )  # fmt: skip
    assert states(IV, entries, 17)[15] == "due"


def test_any_vital_sign_counts_where_the_label_asks_for_no_pressure():
    assert states(IV, log((0, START), (15, PULSE)), 16)[15] == "done"
    assert states(NASAL, log((0, DEVICE), (40, PULSE)), 41)[40] == "due"


def test_esketamine_is_read_at_forty_minutes_and_at_two_hours():
    entries = log((-5, BP), (0, DEVICE), (5, DEVICE))
    assert states(NASAL, entries, 30) == {0: "done", 40: "coming", 120: "coming"}
    assert next_due(due_rows(NASAL, entries, now=at(30))).at == at(40)
    assert states(NASAL, entries, 50) == {0: "done", 40: "late", 120: "coming"}
    assert states(NASAL, entries, 120)[40] == "missed"
    done = [*entries, *log((-5, BP), (0, DEVICE), (41, BP), (121, BP))[2:]]
    assert set(states(NASAL, done, 122).values()) == {"done"}
    assert next_due(due_rows(NASAL, done, now=at(122))) is None
    assert "40 minutes" in NASAL.source
    assert "2 hours" in NASAL.source


def test_a_high_pressure_after_esketamine_is_read_again_until_it_is_stable():
    entries = log((-5, BP), (0, DEVICE), (41, HIGH))
    assert states(NASAL, entries, 45) == {0: "done", 40: "done", 56: "coming", 120: "coming"}
    stable = log((-5, BP), (0, DEVICE), (41, HIGH), (57, HIGH), (70, BP))
    assert states(NASAL, stable, 75) == {
        0: "done", 40: "done", 56: "done", 72: "done", 120: "coming",
    }  # fmt: skip
    # One that would be asked for anyway is asked for once.
    assert list(states(NASAL, log((0, DEVICE), (103, HIGH)), 110)) == [0, 40, 120]


def test_a_high_pressure_before_forty_minutes_asks_for_nothing_more():
    assert list(states(NASAL, log((0, DEVICE), (10, HIGH)), 12)) == [0, 40, 120]


def test_a_session_that_is_over_asks_for_nothing():
    assert due_rows(IV, [], now=at(10), ended_at=at(5)) == []
    entries = log((-1, BP), (0, START), (15, BP))
    assert next_due(due_rows(IV, entries, now=at(90), ended_at=at(50))) is None


def test_a_session_that_nobody_signs_does_not_grow_for_ever():
    rows = due_rows(IV, log((0, START)), now=at(7 * 24 * 60))
    assert rows[-1].minute <= 24 * 60 + 15


def test_minutes_do_not_follow_the_clock_on_the_wall():
    night = datetime(2026, 3, 8, 6, 50, tzinfo=UTC)  # ten minutes before New York springs forward
    [given] = [
        Entry(
            sequence=1, key="key-1", kind=EntryKind.GIVEN, at=night, received_at=night, by="Anna",
            content=DEVICE,
        )
    ]  # fmt: skip
    rows = due_rows(NASAL, [given], now=night + timedelta(minutes=41))
    assert [row.at for row in rows if row.minute == 40] == [night + timedelta(minutes=40)]


def outside(reading, *, minute=10, given=(Drug.KETAMINE, Route.IV), settings=SETTINGS):
    [entry] = log((minute, reading))
    return monitoring.outside(entry, at(0), *given, settings)


def test_limits_are_passed_not_reached():
    at_the_limit = Reading(
        systolic_mmhg=140, diastolic_mmhg=90, heart_rate_bpm=120, spo2_percent=93
    )
    assert outside(at_the_limit) == []
    assert outside(Reading(sedation=0, dissociation=10, pain=10)) == []


def test_each_value_is_told_against_the_strictest_limit_it_passed():
    wild = Reading(systolic_mmhg=182, diastolic_mmhg=95, heart_rate_bpm=44, spo2_percent=89)
    told = [(one.field, one.message, one.source) for one in outside(wild)]
    none = "clinic default; no published limit"
    assert told == [
        ("systolic_mmhg", "Systolic pressure 182 mmHg, above 180, severe", WHELTON),
        ("diastolic_mmhg", "Diastolic pressure 95 mmHg, above 90", none),
        ("heart_rate_bpm", "Heart rate 44 beats/min, below 50", none),
        ("spo2_percent", "Oxygen saturation 89 %, below 90, severe", none),
    ]


def test_the_label_speaks_of_a_reading_before_the_dose_alone():
    [before] = outside(Reading(systolic_mmhg=150), minute=-5, given=NASAL_ESKETAMINE)
    assert before.source == LABEL_BEFORE.us
    [held] = outside(Reading(systolic_mmhg=165), minute=-5, given=NASAL_ESKETAMINE)
    assert held.message.endswith("the clinic's limit to hold")
    [during] = outside(Reading(systolic_mmhg=165), minute=40, given=NASAL_ESKETAMINE)
    assert during.message == "Systolic pressure 165 mmHg, above 140"
    assert during.source == "clinic default; no published limit"


def test_before_anything_was_given_every_reading_is_one_before():
    [entry] = log((5, Reading(systolic_mmhg=150)))
    [found] = monitoring.outside(entry, None, *NASAL_ESKETAMINE, SETTINGS)
    assert found.source == LABEL_BEFORE.us


def test_the_clinics_own_limit_does_not_borrow_the_labels_name():
    [told] = outside(HIGH, settings=TreatmentSettings(systolic_warn_mmhg=145))
    assert "above 145" in told.message
    assert told.source == "clinic setting"


def test_every_number_of_a_schedule_names_its_source():
    assert monitoring.ESKETAMINE_US_MINUTES == (40, 120)
    for drug in Drug:
        for route in Route:
            assert schedule(drug, route, SETTINGS).source


@pytest.mark.parametrize("country", ["IE", "CA"])
def test_the_reading_after_two_hours_is_the_us_labels_alone(country):
    plan = schedule(Drug.ESKETAMINE, Route.NASAL, TreatmentSettings.read({"country": country}))
    assert plan.minutes == (40,)
    assert "2 hours" not in plan.source
    assert NASAL.minutes == (40, 120)
