from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.backups.file_names import SUFFIX, file_name, time_in
from tracker.domain.backups.keeping import KeepRule, list_outdated

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)  # a Monday


def nightly(days, *, until=NOW):
    return [until - timedelta(days=n) for n in range(days)]


def kept(times, rule=None, now=NOW):
    return sorted(set(times) - set(list_outdated(times, rule or KeepRule(), now)), reverse=True)


def test_of_two_years_of_nights_a_week_five_weeks_and_a_year_are_kept():
    days = [f"{at:%Y-%m-%d}" for at in kept(nightly(730))]
    assert days == [
        "2026-11-30", "2026-11-29", "2026-11-28", "2026-11-27", "2026-11-26", "2026-11-25",
        "2026-11-24",
        "2026-11-22", "2026-11-15", "2026-11-08",  # Sundays; the 30th and the 29th stand above
        "2026-10-31", "2026-09-30", "2026-08-31", "2026-07-31", "2026-06-30", "2026-05-31",
        "2026-04-30", "2026-03-31", "2026-02-28", "2026-01-31", "2025-12-31",
    ]  # fmt: skip


def test_nothing_goes_while_there_are_few():
    assert list_outdated(nightly(7), KeepRule(), NOW) == []
    assert list_outdated([], KeepRule(), NOW) == []


def test_the_newest_stays_whatever_the_rule_and_however_old_it_is():
    times = nightly(40, until=NOW - timedelta(days=900))
    assert kept(times, KeepRule(0, 0, 0)) == [NOW - timedelta(days=900)]


def test_a_long_pause_uses_up_no_place():
    old = nightly(3, until=NOW - timedelta(days=300))
    assert kept([NOW, *old], KeepRule(4, 0, 0)) == [NOW, *old]


def test_all_of_the_last_day_stay_and_of_a_day_before_the_newest():
    today = [NOW - timedelta(hours=n) for n in range(6)]
    before = [NOW - timedelta(days=2, hours=n) for n in range(1, 6)]
    assert kept([*today, *before], KeepRule(3, 0, 0)) == [*today, before[0]]


def test_what_goes_is_told_oldest_first():
    gone = list_outdated(nightly(20), KeepRule(3, 0, 0), NOW)
    assert gone == sorted(gone)
    assert len(gone) == 17


@pytest.mark.parametrize("at", [NOW, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)])
def test_a_name_has_the_time_and_nothing_else(at):
    assert time_in(file_name(at)) == at
    assert file_name(NOW) == f"2026-11-30T03-00-00Z{SUFFIX}"


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "2026-11-30T03-00-00Z.tar.gz.age.part", "2026-11-31T03-00-00Z.tar.gz.age",
     "2026-1-3T03-00-00Z.tar.gz.age", "x2026-11-30T03-00-00Z.tar.gz.age", ""],
)  # fmt: skip
def test_a_file_with_another_name_is_none_of_ours(name):
    assert time_in(name) is None
