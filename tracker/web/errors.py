"""Turn what went wrong into a page that says what to do.

These pages need nothing that may be what broke: their templates are loaded at the start, and where
the database, or whatever else a page stands on, fails once more, they come without it.
"""

import errno
from collections.abc import Mapping

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from tracker.domain.problems import ForbiddenError, MergedError, NotFoundError
from tracker.request_limits import MIB, OversizedError
from tracker.services.audit import refusals
from tracker.services.disk import is_full
from tracker.services.unit_of_work import UNAVAILABLE
from tracker.web.forms import NOT_TYPED

PAGES = frozenset({400, 403, 404, 413, 429, 500, 503})
# Those that have no page of their own: what is said, and what to do.
OTHERS: Mapping[int, tuple[str, str]] = {
    401: ("Please sign in", "Sign in, then open this page again. Nothing was saved."),
    405: ("This cannot be opened", "It is an address that forms are sent to. Go back to the form."),
    409: ("Somebody was faster", "This was changed meanwhile, so nothing was saved. Go back, open "
          "the page anew and look at what stands there now."),
    415: ("This file cannot be read", "It is not of a kind that is taken here. Nothing was saved."),
    422: ("Something is not right yet", "Nothing was saved. Go back: your text is kept, and what "
          "is missing or cannot be read stands beside its field."),
}  # fmt: skip
# What they extend and import; a banner is never among it.
FRAME = (
    "layouts/narrow.html", "layouts/page.html", "components/frame.html", "components/icons.html",
    "components/numbers.html", "components/errors.html", "components/conflict.html",
)  # fmt: skip
TOO_LONG = "The address, or what the browser sent along with it, is too long. Nothing was saved."
# No room, a limit on what a user may have, a disk that was put read-only after a fault.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})
_BARE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<h1>{title}</h1><p>{words}</p><p><a href="/">Start page</a></p></html>'
)
_LAST_WORDS: Mapping[int, tuple[str, str]] = {
    503: (
        "Not available right now",
        "Nothing was saved. Go back: your text is kept there. Wait a minute and try again. If it "
        "happens again, write down on paper what matters and tell an administrator.",
    ),
}
_LAST_WORDS_OF_ALL = ("Something went wrong", "Nothing was saved. Go back, and try again later.")


def _page(code: int, **words: object) -> ResponseReturnValue:
    """Make the page of an error: by its template, without the database, or in bare words."""
    if code in OTHERS:
        name, words = "other", {"title": OTHERS[code][0], "what_to_do": OTHERS[code][1]}
    else:
        name = str(code)
    for _ in range(2):
        try:
            return render_template(f"errors/{name}.html", **words), code
        except Exception:  # noqa: BLE001 - an error page that fails must not be another error
            g.database_is_away = True  # the second time it asks for less
            g.actor = None
    title, told = OTHERS.get(code) or _LAST_WORDS.get(code, _LAST_WORDS_OF_ALL)
    return Response(_BARE.format(title=title, words=told), code, mimetype="text/html")


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code not in PAGES | OTHERS.keys():
        return error
    return _page(error.code)


def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    limit = request.max_content_length or 0
    return _page(413, limit=f"{limit // MIB} MB" if limit >= MIB else f"{limit // 1024} KB")


def _forbidden(error: ForbiddenError) -> ResponseReturnValue:
    return _after_refusal(str(error), 403)


def _after_refusal(why: str, code: int) -> ResponseReturnValue:
    """Leave a line of what was refused, and say so; without that line nothing is answered."""
    if (who := g.get("actor")) is not None:
        try:
            refusals.note(who, request.endpoint or "", request.view_args or {}, why=why)
        except UNAVAILABLE as error:
            return _unavailable(error)
    return _page(code)


def answer_not_found(_error: NotFoundError) -> ResponseReturnValue:
    """Leave a line where somebody tried an id: whoever tries many looks for records of others."""
    return _after_refusal("not there", 404) if request.view_args else _page(404)


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


def _unavailable(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("database unavailable: %s", type(error).__name__)
    g.database_is_away = True  # the page round it asks nothing more
    return _page(503, kept=_typed_texts(), full=is_full(error))


def _no_room(error: OSError) -> ResponseReturnValue:
    """Say that the disk is full where a file of its own could not be written; else it is a fault.

    What was typed is not looked for: it may be what had no room.
    """
    if error.errno not in _NO_ROOM:
        raise error
    current_app.logger.error("no room on the disk: %s", type(error).__name__)
    g.database_is_away = True
    return _page(503, full=True)


def load_pages(app: Flask) -> None:
    """Load what error pages are made of, so that none of it is looked for when something broke.

    Called once all filters are there.
    """
    for code in (*sorted(PAGES), "other"):
        app.jinja_env.get_template(f"errors/{code}.html")
    for name in FRAME:
        app.jinja_env.get_template(name)


def init_app(app: Flask) -> None:
    """Register the pages for refusals and failures."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(CSRFError, lambda error: _page(400, csrf=True))
    app.register_error_handler(OversizedError, lambda error: _page(400, message=TOO_LONG))
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(NotFoundError, answer_not_found)
    app.register_error_handler(ForbiddenError, _forbidden)
    app.register_error_handler(MergedError, _lead_on)
    app.register_error_handler(OSError, _no_room)
    for kind in UNAVAILABLE:
        app.register_error_handler(kind, _unavailable)
