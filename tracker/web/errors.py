"""Turn what went wrong into a page that says what to do."""

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from tracker.domain.problems import ForbiddenError, NotFoundError
from tracker.services import unit
from tracker.services.unit import UNAVAILABLE

PAGES = frozenset({400, 403, 404, 413, 429, 500, 503})


def _page(code: int, **words: object) -> ResponseReturnValue:
    return render_template(f"errors/{code}.html", **words), code


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code not in PAGES:
        return error
    return _page(error.code)


def _forbidden(error: ForbiddenError) -> ResponseReturnValue:
    unit.note(g.get("actor"), "refused", request.endpoint or "", detail=str(error))
    return _page(403)


def _unknown_host(_error: SecurityError) -> ResponseReturnValue:
    """Answer plainly: no link on a page could be right under a name that is not ours."""
    words = "This server has another name. Whoever runs it can set TRACKER_ADDRESS to this one.\n"
    return words, 400, {"Content-Type": "text/plain; charset=utf-8"}


def init_app(app: Flask) -> None:
    """Register the pages for refusals and failures."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(CSRFError, lambda error: _page(400, csrf=True))
    app.register_error_handler(NotFoundError, lambda error: _page(404))
    app.register_error_handler(ForbiddenError, _forbidden)

    def unavailable(error: Exception) -> ResponseReturnValue:
        app.logger.error("database unavailable: %s", type(error).__name__)
        return _page(503)

    for kind in UNAVAILABLE:
        app.register_error_handler(kind, unavailable)
