"""What a page shows of a course: the sentence, the picture, the numbers, the meaning."""

from flask import url_for
from msgspec import Struct

from tracker.domain.progress import after_dose, explanations, tiles
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.explanations import TextTable
from tracker.domain.progress.tiles import TileRow
from tracker.domain.progress.trend import Audience, Trend

# Width and height that a browser reserves until the picture is there; then the picture decides.
_DESKTOP_WIDTH, _DESKTOP_PANEL, _DESKTOP_REST = 883, 200, 170
_PHONE_WIDTH, _PHONE_PANEL, _PHONE_REST = 307, 260, 210
_AFTER_SIZE, _AFTER_PHONE_SIZE = (883, 250), (307, 325)


class Numbers(Struct, frozen=True):
    """A table of the course; a row is its first cell, then (heading, value) for each other one."""

    caption: str
    headings: tuple[str, ...]
    rows: list[tuple[str, list[tuple[str, str]]]]


class AfterDosePanel(Struct, frozen=True):
    """How long each course lasts: one sentence a course, and the picture."""

    scale: str
    sentences: tuple[str, ...]
    alt: str
    urls: dict[str, str]
    size: tuple[int, int] = _AFTER_SIZE
    phone_size: tuple[int, int] = _AFTER_PHONE_SIZE


class Panel(Struct, frozen=True):
    """Everything that templates/progress/_panel.html needs; `urls` as components/picture.html.

    Clinicians read the tiles of `rows`, patients the sentence.
    """

    sentence: str
    rows: tuple[TileRow, ...]
    is_worse: bool
    earlier: tuple[str, ...]
    alt: str
    tables: tuple[Numbers, ...]
    meaning: tuple[str, ...]
    empty: bool
    urls: dict[str, str]
    png_url: str
    size: tuple[int, int]
    phone_size: tuple[int, int]
    after: AfterDosePanel | None = None


def panel(trend: Trend, *, patient_id: int | None = None) -> Panel:
    """Lay a course out for a page: of a patient by id, or without one of whoever is signed in."""
    drawn = len(trend.panels)
    return Panel(
        sentence=progress_summary.sentence(trend),
        rows=tiles.rows(trend) if trend.audience is Audience.CLINICIAN else (),
        is_worse=progress_summary.is_worse(trend),
        earlier=progress_summary.earlier_courses(trend),
        alt=progress_summary.alt(trend),
        tables=tuple(map(numbers, explanations.tables(trend))),
        meaning=explanations.what_it_means(trend),
        empty=trend.empty,
        urls=looks(_address("progress", patient_id, "svg")),
        png_url=_address("progress", patient_id, "png"),
        size=(_DESKTOP_WIDTH, _DESKTOP_REST + drawn * _DESKTOP_PANEL),
        phone_size=(_PHONE_WIDTH, _PHONE_REST + drawn * _PHONE_PANEL),
        after=_after(trend, patient_id),
    )


def _after(trend: Trend, patient_id: int | None) -> AfterDosePanel | None:
    after = after_dose.after_last_dose(trend)
    if after is None:
        return None
    urls = looks(_address("after_dose", patient_id, "svg"))
    scale, lines = after.instrument.short_title, after_dose.sentences(after)
    return AfterDosePanel(scale, lines, after_dose.alt(after), urls)


def looks(address: str) -> dict[str, str]:
    """Give the addresses of a picture in both shapes and themes."""
    return {
        "desktop": f"{address}?shape=desktop&theme=light",
        "desktop_dark": f"{address}?shape=desktop&theme=dark",
        "phone": f"{address}?shape=phone&theme=light",
        "phone_dark": f"{address}?shape=phone&theme=dark",
    }


def numbers(table: TextTable) -> Numbers:
    """Lay a table out for a page."""
    others = table.headers[1:]
    rows = [(first, list(zip(others, rest, strict=True))) for first, *rest in table.rows]
    return Numbers(table.caption, table.headers, rows)


def _address(view: str, patient_id: int | None, kind: str) -> str:
    """Give the address of a view of a course: `progress`, or `after_dose`."""
    own, of_patient = {
        "progress": ("own", "of_patient"),
        "after_dose": ("own_after_dose", "after_dose_of_patient"),
    }[view]
    if patient_id is None:
        return url_for(f"progress.{own}", kind=kind)
    return url_for(f"progress.{of_patient}", patient_id=patient_id, kind=kind)
