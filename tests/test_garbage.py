import gc
import weakref

import pytest

from tracker.garbage import keep_everything, pause_collection


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
