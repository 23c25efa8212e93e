"""Send everybody to where they start, and tell a monitor that we are well."""

from flask import Blueprint, current_app, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from tracker.domain.access import Permission, Role
from tracker.services.system import database as system_database
from tracker.web.guard import actor, requires

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


@blueprint.get("/alive")
@requires(Permission.ACCOUNT_USE)
def alive() -> ResponseReturnValue:
    """Keep somebody signed in who says that they are still there, and freshen the form token."""
    return {"csrf_token": generate_csrf(), "person": str(actor().user_id)}


@blueprint.get("/standing")
def standing() -> ResponseReturnValue:
    """Tell a page who is signed in at its browser, if anybody is; this keeps nobody signed in."""
    return {"person": str(g.actor.user_id) if g.actor is not None else ""}


@blueprint.get("/healthz")
def health_check() -> ResponseReturnValue:
    """Say whether the database answers and is up to date; nothing else."""
    well = system_database.is_well()
    return (
        ("ok\n" if well else "not well\n"),
        (200 if well else 503),
        {"Content-Type": "text/plain"},
    )


@blueprint.get("/worker.js")
def worker() -> ResponseReturnValue:
    """Give the script that answers without a server; from here it may answer for every address."""
    return current_app.send_static_file("offline/worker.js")
