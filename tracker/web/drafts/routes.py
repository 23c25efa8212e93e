"""Keep what is typed, and throw it away when asked to."""

from flask import Blueprint, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.services import drafts
from tracker.web.drafts import autosave
from tracker.web.guard import actor, requires

blueprint = Blueprint("drafts", __name__, url_prefix="/drafts")
blueprint.add_app_template_global(autosave.draft_attributes)
blueprint.add_app_template_global(autosave.page_attributes)
blueprint.after_app_request(autosave.forget_saved)
blueprint.after_app_request(autosave.keep_refused)


@blueprint.post("/<form>")
@requires(Permission.SESSION_RECORD)
def keep(form: str) -> ResponseReturnValue:
    """Keep what is being typed. A script asks this, so it is no sign of life."""
    drafts.keep(form, request.form.to_dict(flat=False), by=actor())
    return Response(status=204, mimetype="text/plain")


@blueprint.post("/of-page")
@requires(Permission.ACCOUNT_USE)
def keep_page() -> ResponseReturnValue:
    """Keep what is being typed into a page that declares no kind of draft."""
    if not autosave.keep_page(request.args.get("page", ""), by=actor()):
        abort(400)
    return Response(status=204, mimetype="text/plain")


@blueprint.post("/of-page/discard")
@requires(Permission.ACCOUNT_USE)
def discard_page() -> ResponseReturnValue:
    """Throw what was typed into a page away, and open the page anew."""
    page = request.args.get("page", "")
    if not autosave.is_page(page):
        abort(400)
    drafts.discard_page(page, by=actor())
    return redirect(page, 303)


@blueprint.post("/<form>/discard")
@requires(Permission.SESSION_RECORD)
def discard(form: str) -> ResponseReturnValue:
    """Throw a draft away and open its form anew."""
    page = autosave.page_of(form)
    drafts.discard(form, by=actor())
    return redirect(page, 303)
