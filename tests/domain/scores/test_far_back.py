"""A score dated years before all else is asked about."""

from datetime import date

import pytest

from tracker.domain.scores import far_back

FIRST = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("taken_on", "earliest", "is_asked"),
    [
        (date(2024, 3, 2), FIRST, False), (date(2024, 2, 28), FIRST, True),
        (date(1970, 1, 1), FIRST, True), (date(1970, 1, 1), None, False),
        (date(2026, 11, 1), FIRST, False),
    ],
)  # fmt: skip
def test_only_more_than_two_years_before_all_else_are_asked_about(taken_on, earliest, is_asked):
    found = far_back.finding(taken_on, earliest, "PHQ-9")
    assert (found is not None) is is_asked
    if found:
        assert "Is the year right?" in found.message
        assert "clinic default" in found.source
