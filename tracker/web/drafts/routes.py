"""Keep what is typed, and throw it away when asked to."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.services import drafts
from tracker.web.guard import actor, requires

blueprint = Blueprint("drafts", __name__, url_prefix="/drafts")

# The page of each form, by the kind in the draft's name.
PAGES = {
    "record": ("sessions.record", "session_id"),
    "extra": ("sessions.extra", "series_id"),
    "amend": ("sessions.amend", "session_id"),
    "gate": ("checklists.pre_session", "session_id"),
    "discharge": ("checklists.discharge", "session_id"),
    "sign": ("sessions.sign", "session_id"),
    "follow-up": ("sessions.follow_up", "session_id"),
    "score": ("scores.new", "patient_id"),
    "answers": ("scores.answers", "patient_id"),
    "patient": ("patients.edit", "patient_id"),
    "series": ("series.new", "patient_id"),
    "eligibility": ("eligibility.new", "patient_id"),
    "eligibility-edit": ("eligibility.edit", "eligibility_id"),
}


@blueprint.post("/<form>")
@requires(Permission.SESSION_RECORD)
def keep(form: str) -> ResponseReturnValue:
    """Keep what is being typed. A script asks this, so it is no sign of life."""
    drafts.keep(form, request.form.to_dict(flat=False), by=actor())
    return Response(status=204, mimetype="text/plain")


@blueprint.post("/<form>/discard")
@requires(Permission.SESSION_RECORD)
def discard(form: str) -> ResponseReturnValue:
    """Throw a draft away and open its form anew."""
    kind, number, code = drafts.parse(form)
    drafts.discard(form, by=actor())
    endpoint, argument = PAGES[kind]
    values: dict[str, Any] = {argument: number} | ({"instrument": code} if code else {})
    return redirect(url_for(endpoint, **values), 303)
