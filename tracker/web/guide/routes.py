"""The pages of the guide, and what some of them are completed with from the program itself."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.instruments.model import Instrument
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.explanations import explain
from tracker.instruments import library
from tracker.services.progress import pictures as progress_pictures
from tracker.web.answers.safety import own_safety
from tracker.web.guide import matrix, pages
from tracker.web.progress.answers import answer, look
from tracker.web.progress.panel import looks

blueprint = Blueprint("guide", __name__, url_prefix="/guide")
blueprint.context_processor(lambda: {"safety": own_safety()})


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Show the first page."""
    return render_template("guide/page.html", name="index", page=pages.page("index"))


@blueprint.get("/<name>")
def page(name: str) -> ResponseReturnValue:
    """Show a page, completed with what is generated for it."""
    found = pages.page(name)
    more = _MORE.get(name, dict)()
    template = f"guide/{name}.html" if more else "guide/page.html"
    return render_template(template, name=name, page=found, **more)


@blueprint.get("/example.svg")
def example() -> ResponseReturnValue:
    """Show the picture that the guide explains; it is of nobody."""
    return answer(progress_pictures.example_picture(**look()))


def _picture() -> dict[str, Any]:
    course = progress_pictures.example()
    return {
        "urls": looks(url_for("guide.example")),
        "sentence": progress_summary.sentence(course),
        "alt": progress_summary.alt(course),
        "scales": [(scale.title, explain(scale)) for scale in library().values()],
    }


def _tables() -> dict[str, Any]:
    from tracker.exchange.columns import dictionary
    from tracker.exchange.tables import EXPORTED

    return {"tables": [(table, dictionary(table)) for table in EXPORTED.values()]}


def _instruments() -> dict[str, Any]:
    scales = sorted(library().values(), key=lambda scale: scale.title)
    return {"instruments": [(scale, _how_answered(scale)) for scale in scales]}


def _how_answered(scale: Instrument) -> str:
    """Say who answers, and in which way."""
    if scale.answerable:
        count = len(scale.items)
        return f"{count} question{'s' if count > 1 else ''}, by the patient or by staff"
    if scale.needs_wording:
        return "Total only, by staff, until the clinic adds the wording"
    return "Total only, by staff"


def _access() -> dict[str, Any]:
    return {"roles": list(matrix.ROLES.values()), "rows": matrix.rows()}


_MORE: dict[str, Callable[[], dict[str, Any]]] = {
    "what-the-picture-shows": _picture,
    "import-and-export": _tables,
    "instruments": _instruments,
    "access": _access,
}
