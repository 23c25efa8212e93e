"""Several chairs and boards at once, on the servers that clinics run: the short form of the load.

The whole of it, with twenty sessions, is `python -m tests.benchmarks chairs`.
"""

import pytest

from tests.benchmarks import chairs
from tests.benchmarks.chairs import Load

SHORT = Load(sessions=3, readings=4, pace_s=0.6, poll_s=0.3, boards=2, doubled=0.5)


@pytest.mark.parametrize(
    "server", ["waitress", pytest.param("gunicorn", marks=pytest.mark.postgres)]
)
def test_no_reading_is_lost_or_doubled_and_every_board_shows_each(server):
    outcome = chairs.measure(server, SHORT)
    assert outcome.record.errors == []
    assert len(outcome.record.sent) == SHORT.sessions * SHORT.readings
    assert outcome.record.resent > 0
    found = (outcome.lost, outcome.doubled, outcome.changed, outcome.out_of_order, outcome.unseen)
    assert found == (0, 0, 0, 0, 0)
