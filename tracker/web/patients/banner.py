"""Put the banner on every page that is about one patient, whichever route made it.

A page names its patient in its address, or in what it is given: `SUBJECTS` are the names by which
pages call it. A new page needs no line here unless it calls it otherwise;
`tests/gates/test_pages.py` looks at every page.
"""

from typing import Any

from flask import Flask, before_render_template, g, request
from jinja2 import Template

from tracker.services.patients import banner
from tracker.web.guard import may

WHOSE = "whose"
SUBJECTS = ("view", "sheet", "about", "one", "found", "start", "alert")
# Pages for somebody else, or about many.
_ELSEWHERE = ("errors/", "security/", "my/", "answers/", "links/", "today/", "account/", "stock/")


def init_app(app: Flask) -> None:
    """Listen for pages that are about to be made."""
    before_render_template.connect(_add, app, weak=False)


def _add(_app: Flask, template: Template, context: dict[str, Any], **_more: object) -> None:
    name = template.name or ""
    is_part = name.rpartition("/")[2].startswith("_")
    if WHOSE in context or is_part or name.startswith(_ELSEWHERE) or not may("patient:view"):
        return
    if (patient_id := _patient_id(context)) is not None:
        context[WHOSE] = banner.of(patient_id, by=g.actor)


def _patient_id(context: dict[str, Any]) -> int | None:
    """Find whom a page is about: by its address, else by what it is given."""
    named = (request.view_args or {}).get("patient_id") or context.get("patient_id")
    if named is None and "patient" in context:
        named = getattr(context["patient"], "id", None)
    given = (context.get(name) for name in SUBJECTS) if named is None else ()
    return next(filter(None, map(_of, given)), named)


def _of(subject: Any) -> int | None:
    """Name whose a session, a series or another record is; at the chair its page says so."""
    of_page = getattr(subject, "session_page", subject)
    found: int | None = getattr(of_page, "patient_id", None)
    return found
