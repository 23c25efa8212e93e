"""The gate for memory: a server that draws and serves on and on must not grow. No clock is asked.

`python -m tests.benchmarks memory` measures the same with more and larger pictures.
"""

import pytest

from tests.benchmarks import memory
from tests.benchmarks._server import Server, furnish, tracker

AMOUNT = 300
FIRST = 60  # until fonts, templates and caches are full
GROWTH_MAX_MIB = 3


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The tracker by waitress, in a process of its own."""
    folder = tmp_path_factory.mktemp("memory")
    furnish(folder)
    server = tracker(folder)
    yield server
    server.stop()


def draw(server: Server, amount: int) -> None:
    memory.draw(server, amount, memory.SMALL, shape="phone")


@pytest.mark.parametrize("work", [memory.ask, draw], ids=["pages", "pictures"])
def test_a_server_does_not_grow(server, work):
    work(server, FIRST)
    before = server.measure()["own_mib"]
    work(server, AMOUNT)
    grown = server.measure()["own_mib"] - before
    assert grown <= GROWTH_MAX_MIB, "What is made for each one, and held afterwards?"
