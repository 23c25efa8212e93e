"""A server that is killed while people save: the short form of `tests.reliability.crashes`."""

from tests.reliability import crashes
from tests.reliability.crashes import Load


def test_what_was_acknowledged_outlives_a_kill_and_is_there_once():
    outcome = crashes.measure("waitress", Load(kills=2, saves=60, writers=3, counted=0))
    assert outcome.ledger.count >= 60
    assert outcome.resent > 0
    assert {*outcome.ledger.saved} == {"entry", "score", "session"}
    assert [one for one in outcome.faults if not one.startswith("back only")] == []
