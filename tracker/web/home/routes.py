"""Send everybody to where they start, and tell a monitor that we are well."""

from flask import Blueprint, g, redirect, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Role
from tracker.services import health

blueprint = Blueprint("home", __name__)

# The first that somebody holds decides.
_STARTS = (
    (Role.CLINICIAN, "today.show"),
    (Role.ADMINISTRATOR, "people.listing"),
    (Role.PATIENT, "my.progress"),
)


@blueprint.get("/")
def start() -> ResponseReturnValue:
    """Go to the person's own first page."""
    if g.actor is None:
        return redirect(url_for("security.login"))
    for role, endpoint in _STARTS:
        if role in g.actor.roles:
            return redirect(url_for(endpoint))
    return redirect(url_for("guide.index"))


@blueprint.get("/healthz")
def health_check() -> ResponseReturnValue:
    """Say whether the database answers and is up to date; nothing else."""
    well = health.is_well()
    return ("ok\n" if well else "not well\n"), (200 if well else 503), {"Content-Type": "text/plain"}
