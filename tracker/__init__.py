"""The ketamine and esketamine treatment session tracker."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"


@contextmanager
def starting() -> Iterator[None]:
    """Collect no garbage: what a start makes is there to stay, to look through it a tenth of it."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def create_app(**options: Any) -> "Flask":
    """Make the web application.

    Imported lazily, so that `import tracker` costs nothing.
    """
    with starting():
        from tracker.app import create_app as make

        return make(**options)
