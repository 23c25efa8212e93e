from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.backups.status import BackupStatus, DrillOutcome, how_long, size

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "late"), [(0, False), (25.9, False), (26, False), (26.1, True), (400, True)]
)
def test_a_backup_is_late_after_26_hours(hours, late):
    status = BackupStatus(folder="/x", newest=NOW - timedelta(hours=hours))
    assert status.is_late(NOW) is late
    assert bool(status.to_do(NOW)) is late


def test_what_is_to_do_says_what_is_wrong():
    late = BackupStatus(folder="/x", newest=NOW - timedelta(hours=30))
    assert late.to_do(NOW) == "The newest backup was made 30 hours ago."
    assert BackupStatus(folder="/x").to_do(NOW) == "There is no backup of this clinic."
    gone = BackupStatus(folder="/x", trouble="The folder of the backups is not there.")
    assert gone.to_do(NOW) == "The folder of the backups is not there. No backup can be seen."


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "0 minutes"), (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59), "59 minutes"), (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "47 hours"), (timedelta(hours=48), "2 days"),
        (timedelta(days=9, hours=23), "9 days"),
    ],
)  # fmt: skip
def test_how_long_ago_is_told_in_few_words(span, words):
    assert how_long(span) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "1 KiB"), (2048, "2 KiB"), (3 * 1024**2 // 2, "1.5 MiB")]
)
def test_a_size_is_told_in_few_words(count, words):
    assert size(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.1, "1 second"), (1.6, "2 seconds"), (59.4, "59 seconds"), (60, "1.0 minutes"),
     (60.5, "1.0 minutes"), (200, "3.3 minutes")],
)  # fmt: skip
def test_how_long_a_trial_took_is_told_in_seconds_and_then_in_minutes(seconds, words):
    assert DrillOutcome(NOW, "x", seconds, passed=True).took == words
