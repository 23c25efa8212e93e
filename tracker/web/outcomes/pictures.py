"""Pictures of outcomes on a page: each with its sentence and its table, of the same value."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, url_for
from msgspec import Struct

from tracker.domain.access import Actor
from tracker.domain.outcomes.pictures import curves, flow, rates
from tracker.domain.outcomes.pictures.picture import OutcomePicture
from tracker.domain.outcomes.selection import ALL, Selection
from tracker.services.outcomes import pictures as outcome_pictures
from tracker.services.outcomes.queries import OutcomeReport
from tracker.web.outcomes.forms import SelectionForm
from tracker.web.progress.answers import answer, look
from tracker.web.progress.panel import Numbers, numbers

# Width and height that a browser reserves until the picture is there; then the picture decides.
SIZE, PHONE_SIZE = (883, 380), (294, 380)
TOLD_ON_PAGE = (flow.NAME, rates.NAME)  # the report has their numbers as tables of its own
MAIN = (flow.NAME, rates.NAME, curves.TO_RESPONSE, curves.KEPT)


class OutcomePanel(Struct, frozen=True):
    """What templates/outcomes/_pictures.html needs of one picture."""

    name: str
    title: str
    sentence: str
    alt: str
    urls: dict[str, str]
    png_url: str
    is_missing: bool
    numbers: Numbers | None
    size: tuple[int, int] = SIZE
    phone_size: tuple[int, int] = PHONE_SIZE


def of_report(report: OutcomeReport, asked: Mapping[str, Any]) -> list[OutcomePanel]:
    """Lay out the main pictures, which need nothing but the report."""
    prepared = outcome_pictures.of_report(report)
    return _panels((one for one in prepared if one.name in MAIN), asked, TOLD_ON_PAGE)


def everything(
    code: str, form: SelectionForm, asked: Mapping[str, Any], *, by: Actor
) -> tuple[OutcomeReport, list[OutcomePanel]]:
    """Lay out all pictures."""
    report, prepared = outcome_pictures.everything(code, _selection_of(form), by=by)
    return report, _panels(prepared, asked)


def answer_with(name: str, code: str, form: SelectionForm, *, kind: str, by: Actor) -> Response:
    """Answer with one picture in the look that the address asks for."""
    wanted = {"kind": kind, **look()}
    chosen = _selection_of(form)
    found = outcome_pictures.picture_of(name, code, chosen, by=by, look=wanted)
    return answer(found, name=f"outcomes-{name}")


def _selection_of(form: SelectionForm) -> Selection:
    return form.selection() if form.validate() else ALL


def _panels(
    prepared: Iterable[OutcomePicture], asked: Mapping[str, Any], told: tuple[str, ...] = ()
) -> list[OutcomePanel]:
    return [
        OutcomePanel(
            name=one.name,
            title=one.title,
            sentence=one.sentence,
            alt=one.alt,
            urls=_looks(one.name, asked),
            png_url=url_for("outcomes.picture", which=one.name, kind="png", **asked),
            is_missing=bool(one.missing),
            numbers=None if one.name in told or one.missing else numbers(one.table),
        )
        for one in prepared
    ]


def _looks(name: str, asked: Mapping[str, Any]) -> dict[str, str]:
    """Give the addresses of a picture in both shapes and themes."""
    looks = {
        "desktop": ("desktop", "light"),
        "desktop_dark": ("desktop", "dark"),
        "phone": ("phone", "light"),
        "phone_dark": ("phone", "dark"),
    }
    return {
        key: url_for("outcomes.picture", which=name, kind="svg", **asked, shape=shape, theme=theme)
        for key, (shape, theme) in looks.items()
    }
