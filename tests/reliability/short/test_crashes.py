"""A server that is killed while people save: the short form of `tests.reliability.crashes`."""

from tests.reliability.crashes import kills
from tests.reliability.crashes.kills import Load

SHORT = Load(kills=1, saves=16, writers=2, counted=0)


def test_what_was_acknowledged_outlives_a_kill_and_is_there_once(sqlite_templates):
    outcome = kills.measure("waitress", SHORT, templates=sqlite_templates)
    assert outcome.ledger.count >= SHORT.saves
    assert outcome.resent > 0
    assert {*outcome.ledger.saved} == {"entry", "score", "session"}
    # How long a start takes says something about the machine.
    assert [one for one in outcome.faults if not one.startswith("back only")] == []
