"""The pages of alerts."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.services.alerts import commands as alert_commands
from tracker.web.addresses import asked_page
from tracker.web.alerts.forms import DoneForm
from tracker.web.guard import actor, requires

blueprint = Blueprint("alerts", __name__, url_prefix="/alerts")

SHOWS = {"open": "To look at", "acknowledged": "Acknowledged"}


@blueprint.get("/")
@requires(Permission.ALERT_VIEW)
def listing() -> ResponseReturnValue:
    """List the alerts that wait, or those that were acknowledged, page by page."""
    show = request.args.get("show", "open")
    if show not in SHOWS:
        abort(404)
    page = alert_commands.listing(by=actor(), show=show, **asked_page())
    return render_template("alerts/listing.html", page=page, show=show, shows=SHOWS)


@blueprint.get("/open")
@requires(Permission.ALERT_VIEW)
def waiting() -> ResponseReturnValue:
    """Answer a page that asks by itself whether anything is new: nothing, or the new list."""
    known = request.args.get("known", "")
    shown = alert_commands.list_if_changed(known, by=actor())
    if shown is None:
        return "", 204
    return render_template("alerts/open.html", alerts=shown, key=alert_commands.key(shown))


@blueprint.route("/<int:alert_id>/", methods=["GET", "POST"])
@requires(Permission.ALERT_VIEW)
def show(alert_id: int) -> ResponseReturnValue:
    """Show an alert, and acknowledge it."""
    form = DoneForm()

    def action() -> int:
        alert_commands.acknowledge(alert_id, form.done.data, by=actor())
        return alert_id

    if form.validate_on_submit() and form.send(action) is not None:
        flash("Acknowledged. What you wrote is kept with your name.", "success")
        return redirect(url_for("alerts.show", alert_id=alert_id), 303)
    alert = alert_commands.find(alert_id, by=actor())
    status = form.status if request.method == "POST" else 200
    return render_template("alerts/show.html", alert=alert, form=form), status
