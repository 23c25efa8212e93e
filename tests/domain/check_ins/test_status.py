from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.check_ins import status as check_in_status
from tracker.domain.check_ins.status import CheckInStatus
from tracker.domain.codes import CheckInState

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "standing"),
    [
        (-1, CheckInStatus.SCHEDULED),
        (0, CheckInStatus.DUE),
        (1, CheckInStatus.OVERDUE),
        (2, CheckInStatus.MISSED),
    ],
)
def test_the_clock_says_where_an_open_one_stands(hours, standing):
    now = NOW + hours * HOUR
    found = check_in_status.status_of(CheckInState.OPEN, NOW, NOW + HOUR, NOW + 2 * HOUR, now=now)
    assert found is standing


def test_what_people_did_stands_whatever_the_clock_says():
    for state in (CheckInState.DONE, CheckInState.DECLINED, CheckInState.WITHDRAWN):
        found = check_in_status.status_of(state, NOW, NOW, NOW, now=NOW)
        assert found.value == state.value


def problems(instruments=("phq9",), opens=0.0, due=1.0, closes=2.0) -> list[str]:
    times = [None if h is None else NOW + h * HOUR for h in (opens, due, closes)]
    found = check_in_status.check(instruments, *times, answerable={"phq9", "gad7"}, now=NOW)
    return [problem.field for problem in found]


def test_one_sent_by_hand_may_be_right():
    assert problems() == []


def test_everything_missing_is_listed_at_once():
    assert problems((), None, None, None) == ["instruments", "opens_at", "due_at", "closes_at"]


def test_only_what_patients_can_answer_is_asked():
    assert problems(("phq9", "madrs")) == ["instruments"]
    assert problems(("phq9",) * 13) == ["instruments"]


def test_the_times_follow_each_other_and_end_ahead():
    assert problems(opens=2) == ["due_at"]
    assert problems(opens=-3, due=-2, closes=-1) == ["closes_at"]
    assert problems(due=24 * 25, closes=24 * 32) == ["closes_at"]
    assert problems(due=24, closes=24 * 16) == ["closes_at"]
