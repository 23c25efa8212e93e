"""What is unusual about a session beside the others of its patient, and beside its plan."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.codes import SessionState
from tracker.domain.sessions import other_sessions
from tracker.domain.sessions.other_sessions import BeginContext, OtherSession

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)  # 10:00 in the clinic
TODAY = date(2026, 3, 2)


def other(hours_ago=None, *, state=SessionState.COMPLETED, lasted=None, left=True, number=2):
    started = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    ended = started + timedelta(minutes=lasted) if started and lasted else None
    return OtherSession(
        session_id=number, series_number=1, number=number, state=state, started_at=started,
        ended_at=ended, discharged_at=ended if left else None,
    )  # fmt: skip


def told(**values):
    about = BeginContext(today=TODAY, now=NOW, zone=ZONE, **values)
    return [finding.message for finding in other_sessions.at_begin(about)]


def test_nothing_is_asked_of_a_planned_session_on_its_day():
    assert told(planned_on=TODAY, others=(other(24 * 3, lasted=120),)) == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"planned_on": date(2026, 3, 3)},
         "It is planned for 3 Mar 2026, and today is another day."),
        ({"is_extra": True}, "This session is not in the plan of its series."),
        ({"archived_on": date(2026, 2, 1)}, "This patient was archived on 1 Feb 2026."),
        ({"others": (other(1, state=SessionState.UNDER_WAY),)},
         "Session 2 of series 1 of this patient is under way, since 09:00."),
        ({"others": (other(state=SessionState.UNDER_WAY),)},
         "Session 2 of series 1 of this patient is under way."),
        ({"others": (other(3, lasted=90),)},
         "Session 2 of series 1 of this patient began at 07:00, hours ago."),
        ({"others": (other(24 * 3, lasted=60, left=False),)},
         "The record of session 2 of series 1, of 27 Feb 2026, does not say when the patient "
         "left."),
    ],
)  # fmt: skip
def test_begin_asks_where_something_speaks_against_it(values, message):
    assert told(**{"planned_on": TODAY} | values) == [message]


def findings(minutes, lasts, *others):
    start = NOW + timedelta(minutes=minutes)
    end = start + timedelta(minutes=lasts) if lasts else None
    found = other_sessions.of_record(start, end, others, ZONE)
    return [finding.message for finding in found]


def test_two_sessions_at_one_time_are_told():
    there = other(0, lasted=90)
    assert findings(30, 40, there) == [
        "At this time session 2 of series 1 was going on: 10:00 to 11:30."
    ]
    assert findings(-20, 40, there) == findings(30, 40, there)
    going_on = other(1, state=SessionState.UNDER_WAY)
    assert "09:00 to a time not recorded" in findings(0, 0, going_on)[0]


def test_within_an_hour_is_told_and_later_is_not():
    there = other(0, lasted=20)
    assert findings(50, 40, there) == [
        "Session 2 of series 1 of this patient began within an hour of this one."
    ]
    assert findings(90, 40, there) == []
    assert findings(0, 40, other()) == []


@pytest.mark.parametrize(
    ("day", "planned_on", "message"),
    [
        (date(2025, 11, 2), date(2026, 11, 2), "365 days before that"),
        (date(2026, 3, 31), date(2026, 3, 2), "29 days after that"),
        (date(2026, 2, 1), None, "The series starts on 2 Mar 2026; 1 Feb 2026 is 29 days before"),
        (date(2026, 3, 30), date(2026, 3, 2), ""),
        (date(2027, 3, 30), None, ""),
        (None, date(2026, 3, 2), ""),
    ],
)
def test_a_day_far_from_its_plan_is_asked_about(day, planned_on, message):
    found = other_sessions.beside_plan(day, planned_on, date(2026, 3, 2))
    assert [finding.field for finding in found] == (["started_at"] if message else [])
    assert message in "".join(finding.message for finding in found)


def test_no_series_reaches_a_year_that_is_a_slip():
    starts_on = date(2026, 3, 2)
    [problem] = other_sessions.check_planned_on(date(1900, 1, 1), starts_on)
    assert "more than two years" in problem.message
    assert other_sessions.check_planned_on(date(2027, 12, 1), starts_on) == []
