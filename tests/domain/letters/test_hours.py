"""At which hour an e-mail leaves: that of the choice, unless it would come too late."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import MailTime
from tracker.domain.letters import hours

ZONE = ZoneInfo("America/New_York")
DAY = datetime(2026, 3, 5, tzinfo=ZONE)
USUAL = ClinicSettings()
LATER = DAY + timedelta(days=3)
MORNING, EVENING = MailTime.MORNING, MailTime.EVENING


def may_leave(at, choice, settings=USUAL, until=LATER):
    now = DAY.replace(hour=at.hour, minute=at.minute)
    return hours.may_leave(now, choice, settings, until=until)


@pytest.mark.parametrize(
    ("choice", "at", "leaves"),
    [
        (MORNING, time(7, 59), False), (MORNING, time(8), True), (MORNING, time(19, 59), True),
        (MORNING, time(20), False), (EVENING, time(8), False), (EVENING, time(17, 59), False),
        (EVENING, time(18), True), (EVENING, time(19, 59), True), (EVENING, time(20), False),
        (EVENING, time(0), False),
    ],
)  # fmt: skip
def test_e_mails_leave_from_the_hour_of_the_choice_to_the_quiet_hours(choice, at, leaves):
    assert may_leave(at, choice) is leaves


def test_the_hours_are_those_of_the_clinic():
    late = ClinicSettings(morning_from=time(9), evening_from=time(19, 30))
    assert [may_leave(time(8, 59), MORNING, late), may_leave(time(9), MORNING, late)] == [
        False, True,
    ]  # fmt: skip
    assert not may_leave(time(19, 29), EVENING, late)
    assert may_leave(time(19, 30), EVENING, late)


def test_what_is_over_before_the_hour_or_soon_after_leaves_before_it():
    six = DAY.replace(hour=18)
    assert not may_leave(time(9), EVENING, until=six + hours.TIME_TO_ACT)
    assert may_leave(time(9), EVENING, until=six + hours.TIME_TO_ACT - timedelta(minutes=1))
    assert not may_leave(time(7), EVENING, until=DAY.replace(hour=9))  # the quiet hours hold


def test_an_hour_within_the_quiet_ones_holds_nothing_back_for_ever():
    early = ClinicSettings(quiet_from=time(17), quiet_until=time(9))
    assert may_leave(time(12), EVENING, early)
    assert may_leave(time(9), MORNING, early)
    assert not may_leave(time(18), EVENING, early)
