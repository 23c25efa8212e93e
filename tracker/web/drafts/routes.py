"""Keep what is typed, and throw it away when asked to."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.problems import NotFoundError
from tracker.services import drafts
from tracker.web.guard import actor, requires

blueprint = Blueprint("drafts", __name__, url_prefix="/drafts")

# The page of each form, by the kind in the draft's name.
PAGES = {
    "record": "/sessions/{}/record",
    "extra": "/series/{}/sessions/new",
    "amend": "/sessions/{}/amend",
    "follow-up": "/sessions/{}/follow-up",
    "score": "/patients/{}/scores/new",
    "patient": "/patients/{}/edit",
    "series": "/patients/{}/series/new",
}


@blueprint.post("/<form>")
@requires(Permission.SESSION_RECORD)
def keep(form: str) -> ResponseReturnValue:
    """Keep what is being typed. A script asks this, so it is no sign of life."""
    drafts.keep(form, request.form.to_dict(flat=False), by=actor())
    return "", 204


@blueprint.post("/<form>/discard")
@requires(Permission.SESSION_RECORD)
def discard(form: str) -> ResponseReturnValue:
    """Throw a draft away and open its form anew."""
    kind, _, number = form.rpartition("-")
    if kind not in PAGES or not number.isdecimal():
        raise NotFoundError
    drafts.discard(form, by=actor())
    return redirect(PAGES[kind].format(number), 303)
