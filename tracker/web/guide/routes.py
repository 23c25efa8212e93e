"""The pages of the guide, and what some of them are completed with from the program itself."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.domain import sentences
from tracker.domain.explanations import what_it_means
from tracker.domain.panels import ScorePoint
from tracker.domain.trends import Audience, trend
from tracker.instruments import library
from tracker.services import pictures
from tracker.web.guide import matrix, pages
from tracker.web.progress.answers import answer, look
from tracker.web.progress.panel import looks

blueprint = Blueprint("guide", __name__, url_prefix="/guide")


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
    return answer(pictures.example_picture(**look()))


def _picture() -> dict[str, Any]:
    course = pictures.example()
    return {
        "urls": looks(url_for("guide.example")),
        "sentence": sentences.sentence(course),
        "alt": sentences.alt(course),
        "scales": [(scale.title, _explained(code)) for code, scale in library().items()],
    }


def _explained(code: str) -> tuple[str, ...]:
    """Explain one scale in the very words that stand below a picture which shows it."""
    now = datetime(2026, 3, 3, tzinfo=UTC)
    point = ScorePoint(instrument=code, total=library()[code].minimum, at=now)
    return what_it_means(trend((), (point,), library(), now=now, audience=Audience.CLINICIAN))


def _tables() -> dict[str, Any]:
    from tracker.exchange.columns import dictionary
    from tracker.exchange.tables import TABLES

    return {"tables": [(table, dictionary(table)) for table in TABLES.values()]}


def _access() -> dict[str, Any]:
    return {"roles": list(matrix.ROLES.values()), "rows": matrix.rows()}


_MORE: dict[str, Callable[[], dict[str, Any]]] = {
    "what-the-picture-shows": _picture,
    "import-and-export": _tables,
    "access": _access,
}
