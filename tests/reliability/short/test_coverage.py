"""Intervals hold a truth that is known: a short form of `python -m tests.reliability.coverage`."""

import pytest

from tests.builders.outcomes import cohort, known
from tests.reliability.coverage import intervals
from tests.reliability.coverage.__main__ import differences
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import queries as outcome_queries


def test_intervals_hold_the_truth_as_often_as_they_say():
    for one in intervals.covered(800, 20, seed=1):
        assert one.of >= 38
        assert one.is_right, str(one)


def test_the_exact_coverage_of_wilson_is_near_what_it_says():
    for n in (10, 40, 200):
        assert intervals.exact_coverage(n, 0.3276) == pytest.approx(0.95, abs=0.02)


def test_those_whose_truth_is_known_are_counted_as_plain_sql_counts_them(cast):
    known.store(cast.clinic_id, list(known.draw(150, seed=2)))
    outcome_commands.count_anew(by=cast.anna)
    found = outcome_queries.report("phq9", by=cast.anna).figures
    assert differences(found, cohort.by_windows(cast.clinic_id)) == []
    assert found.flow.missing > 15
