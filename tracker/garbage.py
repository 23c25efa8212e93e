"""The collector of garbage, kept out of the way of what has no use for it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 1  # what was made since the collector last looked through everything


@contextmanager
def pause_collection(*, collect_after: bool = False) -> Iterator[None]:
    """Make no search for garbage until the block ends; then, where asked, among what is young.

    What makes no rings of references, or makes them to stay, is only held up by the search. What
    makes many and drops them all at its end (a figure) wants one search right after: one on the way
    takes what is still in use for old, and the old is looked through hardly ever.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
        if collect_after:
            gc.collect(YOUNG)


def keep_everything() -> None:
    """Let the collector pass over all that was made so far, for good.

    For a process that has started and now serves. Called in a pause: the first search afterwards
    would go through everything, which is a tenth of the start.
    """
    gc.freeze()
