"""How much memory a process takes at most while something is done."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_Result = TypeVar("_Result")
_STEP_SECONDS = 0.02


def held_mib(process: int | str = "self") -> float:
    """Say what a process holds of its own: mapped pages of a file can be dropped at any time."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    return int((status.partition("RssAnon:")[2].split() or ["0"])[0]) / 1024


class Watch:
    """Looks all the while at what a process holds."""

    def __init__(self, process: int | str = "self") -> None:
        """Begin from what it holds now."""
        self.first = self.most = held_mib(process)
        self._process, self._over = process, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(_STEP_SECONDS):
            self.most = max(self.most, held_mib(self._process))

    def end(self) -> float:
        """Stop, and say by how much it grew at most."""
        self._over.set()
        self._thread.join()
        self.most = max(self.most, held_mib(self._process))
        return self.most - self.first


def growth_of(work: Callable[[], _Result]) -> tuple[_Result, float]:
    """Do something, and say by how many MiB this process grew at most."""
    watch = Watch()
    try:
        done = work()
    finally:
        grown = watch.end()
    return done, grown
