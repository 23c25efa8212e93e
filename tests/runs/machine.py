"""How a run of many tests uses the machine: workers, what begins, compiled modules."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
# A file goes to one worker as a whole. What takes longest begins, and what is quick fills the end.
FIRST = (
    "gates/test_memory.py", "journeys/test_every_page.py", "journeys/test_session_day.py",
    "cli/test_remind.py", "journeys/test_chair.py", "journeys/test_check_in.py",
    "journeys/test_board.py", "journeys", "cli/test_chairs.py", "gates", "web/test_access.py",
    "charts", "cli", "services/stock", "test_mutants.py", "js", "rules", "models",
)  # fmt: skip


def workers() -> int | None:
    """Count one more than there are cores, as journeys wait for pages; the environment goes first.

    None leaves the count to pytest-xdist, which reads its own variable.
    """
    named = "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ
    return None if named else (os.cpu_count() or 1) + 1


def place(item: pytest.Item) -> int:
    """Tell how early a test begins: the smaller, the earlier."""
    early = (n for n, name in enumerate(FIRST) if item.path.is_relative_to(TESTS / name))
    return next(early, len(FIRST))


def keep_compiled(config: pytest.Config) -> None:
    """Keep compiled modules among pytest's own files where they may not stand beside the sources.

    Without them each worker rewrites every assert anew, for five seconds.
    """
    started_by_another = hasattr(config, "workerinput")
    if sys.dont_write_bytecode and not started_by_another and hasattr(config, "cache"):
        with suppress(OSError):  # a checkout that nobody may write to
            os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("compiled"))
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def keep_fonts(config: pytest.Config) -> None:
    """Keep matplotlib's list of fonts among pytest's own files.

    By itself an application puts it into its instance. That of a test is gone when a server that a
    later test started first draws, which would make the folder anew, for every test to trip over.
    """
    started_by_another = hasattr(config, "workerinput")
    if not started_by_another and hasattr(config, "cache"):
        with suppress(OSError):
            os.environ.setdefault("MPLCONFIGDIR", str(config.cache.mkdir("matplotlib")))
