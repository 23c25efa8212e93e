"""Drawn pictures: what tells two apart, when one is drawn, and how long it is kept."""

import gc
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from tracker.domain.progress.trend import Trend

if TYPE_CHECKING:
    from tracker.domain.timelines.timeline import Timeline

KINDS = ("svg", "png")
SHAPES = ("desktop", "phone")
THEMES = ("light", "dark")
KEPT_BYTES_MAX = 2 * 1024 * 1024  # about fifty pictures

_PACKAGE = Path(__file__).resolve().parents[2]
_DRAWN_FROM = (("charts", "**/*.py"), ("domain", "**/*.py"), ("instruments", "*.toml"))


Content = TypeVar("Content", bound=Sized)


class Kept(Generic[Content]):
    """What was made, by its tag, the least recently wanted dropped first; no tag holds a name."""

    def __init__(self, size_max: int) -> None:
        """Start with nothing kept. Sizes are what `len` says: bytes, or letters."""
        self._size_max = size_max
        self._size = 0
        self._things: OrderedDict[Hashable, Content] = OrderedDict()
        self._lock = Lock()

    def find(self, tag: Hashable) -> Content | None:
        """Find a thing that was kept."""
        with self._lock:
            found = self._things.get(tag)
            if found is not None:
                self._things.move_to_end(tag)
            return found

    def keep(self, tag: Hashable, content: Content) -> None:
        """Keep a thing, and drop others until all of them fit."""
        with self._lock:
            before = self._things.pop(tag, None)
            self._size += len(content) - (len(before) if before is not None else 0)
            self._things[tag] = content
            while self._size > self._size_max:
                self._size -= len(self._things.popitem(last=False)[1])


_kept: Kept[bytes] = Kept(KEPT_BYTES_MAX)
# One thread draws for all of them. More would not draw faster, would draw a picture twice that two
# people want, and would each keep the 10 MiB and more that drawing needs.
_drawer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawer")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is drawn when its content is asked for; equal tags are equal pictures."""

    tag: str
    kind: str
    shape: str
    theme: str
    prepare: Callable[[], "Trend | Timeline"]

    def content(self) -> bytes:
        """Give the picture's bytes: kept ones, or drawn now."""
        return _kept.find(self.tag) or _drawer.submit(self._drawn).result()

    def _drawn(self) -> bytes:
        found = _kept.find(self.tag)  # somebody may have wanted it just before
        if found is None:
            found = _draw(self.prepare(), self.kind, self.shape, self.theme)
            _kept.keep(self.tag, found)
        return found


def tag(*facts: object) -> str:
    """Hash everything that a picture is made from, and what draws it."""
    return sha256(repr((_drawn_by(), *facts)).encode()).hexdigest()[:32]


@cache
def _drawn_by() -> str:
    """Hash what draws: a new version, threshold or colour must not be mistaken for the old one."""
    digest = sha256(version("matplotlib").encode())
    for folder, pattern in _DRAWN_FROM:
        for path in sorted((_PACKAGE / folder).glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _draw(prepared: "Trend | Timeline", kind: str, shape: str, theme: str) -> bytes:
    # Imported here: matplotlib takes half a second and 40 MiB that a server without pictures saves.
    from tracker.charts import progress, render, style, vitals

    write = {"svg": render.svg, "png": render.png}[kind]
    shapes = {"desktop": style.DESKTOP, "phone": style.PHONE}
    themes = {"light": style.LIGHT, "dark": style.DARK}
    # A figure is a ring of references, and that of a PNG holds 8 MiB: left to the collector's own
    # pace, seventy of them took 100 MiB that never came back. Nor may it look while one is drawn:
    # that takes a third of the time, and what it passes over it takes for old and leaves for long.
    collecting = gc.isenabled()
    gc.disable()
    try:
        drawn = (
            progress.draw(prepared, shape=shapes[shape], theme=themes[theme])
            if isinstance(prepared, Trend)
            else vitals.draw(prepared, shape=shapes[shape], theme=themes[theme])
        )
        return write(drawn)
    finally:
        if collecting:
            gc.enable()
        gc.collect(1)
