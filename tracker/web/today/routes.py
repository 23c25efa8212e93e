"""The clinician's first page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.services import today
from tracker.web.guard import actor, requires

blueprint = Blueprint("today", __name__, url_prefix="/today")


@blueprint.get("/")
@requires(Permission.TODAY_VIEW)
def show() -> ResponseReturnValue:
    """Show who comes today, what is overdue and what comes next."""
    return render_template("today/show.html", day=today.show(by=actor()))
