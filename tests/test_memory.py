import gc
import os
import subprocess
import sys
import weakref

import pytest

from tests import databases
from tracker.memory import give_back, keep_everything, pause_collection

# Blocks of 16 MiB, each freed under a small one that stays: the top of a heap would keep them all.
GIVEN_BACK = """
import gc
from pathlib import Path
from tracker.memory import hold_little

def held():
    return int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0]) / 1024

{start}
before = held()
stays = []
for _ in range(5):
    large = bytearray(b'1') * (16 * 1024 * 1024)
    stays.append(bytearray(100_000))
    del large
print(held() - before, gc.get_freeze_count())
"""
SERVED = "from tracker.cli import instance; instance.start(Path({folder!r}))"
BY_GUNICORN = "import tracker; tracker.create_app()"


class Ring:
    """A thing that refers to itself: only the collector frees it."""

    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def _as_it_was():
    was_on = gc.isenabled()
    yield
    (gc.enable if was_on else gc.disable)()


@pytest.mark.parametrize("leave", [gc.disable, gc.enable])
def test_the_collector_is_left_as_it_was(leave):
    leave()
    before = gc.isenabled()
    with pause_collection():
        assert not gc.isenabled()
    assert gc.isenabled() == before
    with pytest.raises(RuntimeError), pause_collection():
        raise RuntimeError
    assert gc.isenabled() == before


@pytest.mark.parametrize("collect_after", [False, True])
def test_what_was_dropped_is_collected_where_asked(collect_after):
    gc.disable()
    with pause_collection(collect_after=collect_after):
        dropped = weakref.ref(Ring())
    assert (dropped() is None) == collect_after


def test_what_is_there_to_stay_is_not_looked_through_again():
    # Not undone: pytest's own start is left out of the search in the same way (conftest.py).
    stays = Ring()
    keep_everything()
    assert not any(one is stays for one in gc.get_objects())


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone is asked")
def test_a_large_block_is_given_back_as_it_is_freed():
    # In a process of its own: what others allocated before decides where a block goes.
    held_mib, _ = given_back("hold_little()")
    assert held_mib < 2


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone is asked")
@pytest.mark.parametrize("start", [SERVED, BY_GUNICORN], ids=["tracker serve", "gunicorn"])
def test_every_way_to_serve_holds_little_and_keeps_its_start_out_of_the_search(settings, start):
    folder = str(settings.instance)
    held_mib, kept = given_back(start.format(folder=folder), TRACKER_INSTANCE=folder)
    assert held_mib < 2
    assert kept > 50_000


def given_back(start: str, **environ: str) -> tuple[float, int]:
    """Start a process, let it use much and drop it: the MiB it holds, and what it froze."""
    code = GIVEN_BACK.format(start=start)
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **databases.ENVIRON, **environ},
    )
    held_mib, kept = answer.stdout.split()
    return float(held_mib), int(kept)


GIVES_BACK = """
from pathlib import Path
from tracker.memory import give_back, hold_little

def held():
    return int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0]) / 1024

hold_little()
small = [bytes(1000) for _ in range(20_000)]
stays = small[::100]
del small
before = held()
give_back()
print(before - held())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone is told to")
def test_what_lies_free_between_what_stays_is_given_back():
    done = subprocess.run(
        [sys.executable, "-c", GIVES_BACK], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) > 5
    give_back()
