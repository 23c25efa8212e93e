"""What an address tried is counted in the database, and forgotten after its minutes."""

from datetime import timedelta

import pytest
import time_machine

from tracker.services import clock
from tracker.services.people import tries
from tracker.services.people.tries import TryLimit

pytestmark = pytest.mark.both_databases
TWICE = TryLimit(2, minutes=5)


def test_so_many_in_so_many_minutes_and_each_address_by_itself(app):
    now = clock.now()
    with time_machine.travel(now, tick=False):
        assert [tries.add(TWICE, "links", address="a") for _ in range(3)] == [True, True, False]
        assert not tries.has_room(TWICE, "links", address="a")
        assert tries.has_room(TWICE, "links", address="b")
        assert tries.has_room(TWICE, "mails", address="a")
    with time_machine.travel(now + timedelta(minutes=5), tick=False):
        assert tries.has_room(TWICE, "links", address="a")
