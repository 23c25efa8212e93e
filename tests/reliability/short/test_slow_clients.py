"""Requests that never come whole: the short form of `tests.reliability.slow_clients`."""

from tests.reliability import slow_clients


def test_whoever_sends_half_a_form_holds_nobody_up():
    outcome = slow_clients.measure("waitress", asked=3, wait_for_end=False)
    assert outcome.faults == []
