"""PostgreSQL is shut down, stopped and cut off while people save: short forms.

At length: python -m tests.reliability.postgres, and python -m tests.reliability.failover
"""

import pytest

from tests.reliability import failover, postgres

pytestmark = pytest.mark.postgres


def test_nothing_is_lost_when_the_server_restarts_and_the_line_is_cut():
    plan = postgres.Plan(
        restarts=1, cut_seconds=0.5, hang_seconds=0, frozen_seconds=0, slow_seconds=0,
        people=2, workers=1,
    )  # fmt: skip
    report = postgres.run(plan)
    assert report.faults == []
    assert report.outcome.acknowledged > 0


def test_nothing_is_lost_when_the_server_dies_and_its_standby_is_promoted():
    report = failover.run(1, people=2, workers=1)
    assert report.faults == []
    assert report.outcome.acknowledged > 0
