from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tracker.domain import formatting

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 3, 4, tzinfo=NEW_YORK), "the end of 3 Mar 2026"),
        (datetime(2026, 1, 1, tzinfo=NEW_YORK), "the end of 31 Dec 2025"),
        (datetime(2026, 3, 4, 20, tzinfo=NEW_YORK), "4 Mar 2026, 20:00"),
        (datetime(2026, 3, 4, 0, 1, tzinfo=NEW_YORK), "4 Mar 2026, 00:01"),
    ],
)
def test_until_a_midnight_is_until_the_end_of_the_day_before(at, words):
    assert formatting.until(at) == words
