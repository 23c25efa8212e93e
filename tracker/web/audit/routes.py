"""The page of the audit trail: who did or saw what, when and from where; never the content."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.services.audit import queries as audit_queries
from tracker.services.people import accounts
from tracker.web.addresses import asked_id
from tracker.web.guard import actor, requires

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


def _text(name: str) -> str:
    """Read a text of the address; PostgreSQL refuses to look for a zero character."""
    return request.args.get(name, "").replace("\0", "").strip()


@blueprint.get("/")
@requires(Permission.AUDIT_VIEW)
def show() -> ResponseReturnValue:
    """Show a page of the trail, newest first."""
    by = actor()
    chosen: dict[str, Any] = {
        "action": _text("action"),
        "user_id": asked_id("user_id"),
        "record_number": _text("record_number"),
    }
    # Imported here: a start and most pages do without.
    from tracker.domain.audit.actions import words

    page = audit_queries.read(by=by, before=asked_id("before"), **chosen)
    older = url_for("audit.show", before=page.before, **chosen) if page.before else ""
    return render_template(
        "audit/show.html",
        page=page,
        chosen=chosen,
        older=older,
        actions=sorted(audit_queries.actions(by=by), key=words),
        words=words,
        people=accounts.listing(by=by),
    )
