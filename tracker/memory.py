"""How a process uses memory: when garbage is looked for, and what the system gets back."""

import ctypes
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

YOUNG = 1  # what was made since the collector last looked through everything
# Of glibc's mallopt(3).
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_LARGE_BYTES = 128 * 1024


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
    would go through everything, which is a tenth of the start. The collector also waits with its
    thorough search until a quarter of what it knows is new: of a start that is 5 MiB of garbage.
    """
    gc.freeze()


def hold_little() -> None:
    """Let glibc use one heap for all threads and give each large block back as it is freed.

    By itself it makes a heap a thread and keeps what a PNG once needed, together 35 MiB. One thread
    at a time runs Python, so that one heap holds nobody up. Elsewhere nothing is done.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


def give_back() -> None:
    """Give the system what lies free within the heap: after a picture that is some 2 MiB."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


@cache
def _of_glibc(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
