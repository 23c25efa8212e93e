"""Keep what is typed, and throw it away when asked to."""

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.services import drafts
from tracker.web.drafts import autosave
from tracker.web.guard import actor, requires

blueprint = Blueprint("drafts", __name__, url_prefix="/drafts")
blueprint.add_app_template_global(autosave.draft_attributes)


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
    page = autosave.page_of(form)
    drafts.discard(form, by=actor())
    return redirect(page, 303)
