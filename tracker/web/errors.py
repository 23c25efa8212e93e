"""Turn what went wrong into a page that says what to do."""

from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from tracker.domain.problems import ForbiddenError, MergedError, NotFoundError
from tracker.services.audit import refusals
from tracker.services.unit_of_work import UNAVAILABLE
from tracker.web.forms import NOT_TYPED

PAGES = frozenset({400, 403, 404, 413, 429, 500, 503})


def _page(code: int, **words: object) -> ResponseReturnValue:
    """Show a page that says what is wrong, also where the database that its frame asks is gone."""
    try:
        return render_template(f"errors/{code}.html", **words), code
    except UNAVAILABLE:
        g.database_is_away = True
        return render_template(f"errors/{code}.html", **words), code


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code not in PAGES:
        return error
    return _page(error.code)


def _forbidden(error: ForbiddenError) -> ResponseReturnValue:
    _note_refusal(str(error))
    return _page(403)


def _note_refusal(why: str) -> None:
    if (who := g.get("actor")) is not None:
        refusals.note(who, request.endpoint or "", request.view_args or {}, why=why)


def _answer_not_found(_error: NotFoundError) -> ResponseReturnValue:
    """Leave a line where somebody tried an id: whoever tries many looks for records of others."""
    if request.view_args:
        _note_refusal("not there")
    return _page(404)


def _lead_on(error: MergedError) -> ResponseReturnValue:
    """Show the patient's page, which leads to the record that is kept; a form says it itself."""
    flash(error.problems[0].message, "warning")
    patient_id = (request.view_args or {}).get("patient_id")
    there = url_for("patients.show", patient_id=patient_id) if patient_id else url_for("home.start")
    return redirect(there, 303)


def _typed_texts() -> list[tuple[str, str]]:
    """Name what a form brought, so that it can be given back; a password is never repeated."""
    if (request.endpoint or "").startswith(("security.", "account.")):
        return []
    return [
        (name.replace("_", " ").capitalize(), text)
        for name, text in request.form.items(multi=True)
        if name not in NOT_TYPED and text.strip()
    ]


def _unknown_host(_error: SecurityError) -> ResponseReturnValue:
    """Answer plainly: no link on a page could be right under a name that is not ours."""
    words = "This server has another name. Whoever runs it can set TRACKER_ADDRESS to this one.\n"
    return words, 400, {"Content-Type": "text/plain; charset=utf-8"}


def init_app(app: Flask) -> None:
    """Register the pages for refusals and failures."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(CSRFError, lambda error: _page(400, csrf=True))
    app.register_error_handler(NotFoundError, _answer_not_found)
    app.register_error_handler(ForbiddenError, _forbidden)
    app.register_error_handler(MergedError, _lead_on)

    def unavailable(error: Exception) -> ResponseReturnValue:
        app.logger.error("database unavailable: %s", type(error).__name__)
        g.database_is_away = True  # the page round it asks nothing more
        return _page(503, kept=_typed_texts())

    for kind in UNAVAILABLE:
        app.register_error_handler(kind, unavailable)
