"""The ketamine and esketamine treatment session tracker."""

import gc
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"


def create_app(**options: Any) -> "Flask":
    """Make the web application.

    Imported lazily, so that `import tracker` costs nothing.
    """
    collecting = gc.isenabled()
    gc.disable()  # what a start makes is there to stay: looking through it is a tenth of the time
    try:
        from tracker.app import create_app as make

        return make(**options)
    finally:
        if collecting:
            gc.enable()
