"""Drawn pictures: what tells two apart, when one is drawn, and how long it is kept."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from threading import Condition
from typing import TYPE_CHECKING, cast

from cachetools import LRUCache, cached
from msgspec import Struct

from tracker.domain import date_format
from tracker.domain.progress.after_dose import AfterLastDose
from tracker.domain.progress.trend import Trend
from tracker.memory import give_back, pause_collection

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracker.charts.style import Theme
    from tracker.domain.outcomes.person.comparisons import SessionComparison
    from tracker.domain.outcomes.person.durability import Durability
    from tracker.domain.outcomes.pictures.picture import OutcomePicture
    from tracker.domain.outcomes.safety.run_chart import RunChart
    from tracker.domain.timelines.timeline import Timeline

    Prepared = (
        Trend
        | AfterLastDose
        | Timeline
        | OutcomePicture
        | RunChart
        | Durability
        | SessionComparison
    )

_OF_OUTCOMES = "tracker.domain.outcomes."  # where their prepared values are
KINDS = ("svg", "png")
SHAPES = ("desktop", "phone")
THEMES = ("light", "dark")
CACHE_BYTES_MAX = 2 * 1024 * 1024  # about fifty pictures

_PACKAGE = Path(__file__).resolve().parents[2]
_DRAWN_FROM = (("charts", "**/*.py"), ("domain", "**/*.py"), ("instruments", "*.toml"))

# One thread draws for all of them. More would not draw faster, would draw a picture twice that two
# people want, and would each keep the 10 MiB and more that drawing needs.
_drawer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawer")


class Picture(Struct, frozen=True):
    """A picture that is drawn when its content is asked for; equal tags are equal pictures."""

    tag: str
    kind: str
    shape: str
    theme: str
    prepare: Callable[[], "Prepared"]

    @property
    def is_kept(self) -> bool:
        """Say whether it was drawn already, and is at hand."""
        return self.tag in _content.cache

    def content(self) -> bytes:
        """Give the picture's bytes: drawn now, or taken from the cache."""
        return _content(self)


# Whoever wants a picture that is being drawn for somebody else waits for that one.
@cached(LRUCache(CACHE_BYTES_MAX, getsizeof=len), key=attrgetter("tag"), condition=Condition())
def _content(picture: Picture) -> bytes:
    # In the context of whoever asks: days are written as their clinic does.
    return _drawer.submit(copy_context().run, _draw_alone, picture).result()


def _draw_alone(picture: Picture) -> bytes:
    """Draw without a search for garbage on the way; it takes up to a third of the time.

    A figure is a ring of references, and that of a PNG holds 8 MiB: left to the collector's own
    pace they take 60 MiB. When it comes, no name here may hold the figure: a figure in use is taken
    for old, the old is looked through hardly ever, and with 1,300 pictures 2 GiB were lost so.
    """
    with pause_collection(collect_after=True):
        content = _draw(picture.prepare(), picture.kind, picture.shape, picture.theme)
    give_back()
    return content


def tag(*facts: object) -> str:
    """Hash everything that a picture is made from, and what draws it."""
    return sha256(repr((_drawn_by(), date_format.current(), *facts)).encode()).hexdigest()[:32]


@cache
def _drawn_by() -> str:
    """Hash what draws: a new version, threshold or colour must not be mistaken for the old one."""
    digest = sha256(version("matplotlib").encode())
    for folder, pattern in _DRAWN_FROM:
        for path in sorted((_PACKAGE / folder).glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _draw(prepared: "Prepared", kind: str, shape: str, theme: str) -> bytes:
    # Imported here: matplotlib takes half a second and 40 MiB that a server without pictures saves.
    from tracker.charts import render, style

    write = {"svg": render.svg, "png": render.png}[kind]
    return write(_figure(prepared, shape, {"light": style.LIGHT, "dark": style.DARK}[theme]))


def _figure(prepared: "Prepared", shape: str, theme: "Theme") -> "Figure":
    """Draw a picture; what draws others is not loaded for it."""
    if type(prepared).__module__.startswith(_OF_OUTCOMES):
        return _outcome_figure(prepared, shape, theme)
    from tracker.charts import after_dose, progress, style
    from tracker.charts.timelines import picture, sizes

    shapes = {"desktop": style.DESKTOP, "phone": style.PHONE}
    if isinstance(prepared, Trend):
        return progress.draw(prepared, shape=shapes[shape], theme=theme)
    if isinstance(prepared, AfterLastDose):
        return after_dose.draw(prepared, shape=shapes[shape], theme=theme)
    frames = {"desktop": sizes.DESKTOP, "tablet": sizes.TABLET, "phone": sizes.PHONE}
    return picture.draw(cast("Timeline", prepared), shape=frames[shape], theme=theme)


def _outcome_figure(prepared: "Prepared", shape: str, theme: "Theme") -> "Figure":
    """Draw one person's outcomes, safety by month, or what became of the courses of a clinic."""
    from tracker.charts import style
    from tracker.charts.outcomes import against, durability, run_chart, sheet
    from tracker.charts.outcomes import picture as outcome_picture
    from tracker.domain.outcomes.person.comparisons import SessionComparison
    from tracker.domain.outcomes.person.durability import Durability
    from tracker.domain.outcomes.safety.run_chart import RunChart

    shapes = {"desktop": style.DESKTOP, "phone": style.PHONE}
    if isinstance(prepared, Durability):
        return durability.draw(prepared, shape=shapes[shape], theme=theme)
    if isinstance(prepared, RunChart):
        return run_chart.draw(prepared, shape=shapes[shape], theme=theme)
    if isinstance(prepared, SessionComparison):
        return against.draw(prepared, shape=shapes[shape], theme=theme)
    sheets = {"desktop": sheet.DESKTOP, "phone": sheet.PHONE}
    return outcome_picture.draw(cast("OutcomePicture", prepared), shape=sheets[shape], theme=theme)
