"""The pages of one's own account, and the one that an invitation opens."""

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.config import Settings
from tracker.domain.access import Permission
from tracker.domain.problems import InvalidError, NotFoundError
from tracker.services import clock
from tracker.services.people import invitations, logins
from tracker.web import login
from tracker.web.account.forms import ElsewhereForm, WelcomeForm
from tracker.web.guard import actor, may, requires

blueprint = Blueprint("account", __name__)


@blueprint.get("/account/")
@requires(Permission.ACCOUNT_USE)
def show() -> ResponseReturnValue:
    """Show how and where the person signs in."""
    # Imported here: a start and most pages do without.
    from tracker.services.calendar import feeds

    by = actor()
    since = clock.now() - timedelta(minutes=login.settings().idle_minutes)
    return render_template(
        "account/show.html",
        form=ElsewhereForm(),
        places=logins.places(login.token(), since=since, by=by),
        means=logins.sign_in_methods(by=by),
        has_feed=may(Permission.TODAY_VIEW) and feeds.is_made(by=by),
    )


@blueprint.post("/account/sign-out-elsewhere")
@requires(Permission.ACCOUNT_USE)
def sign_out_elsewhere() -> ResponseReturnValue:
    """Sign out in every other browser."""
    by = actor()
    if by.user_id is not None:
        logins.end_others(by.user_id, login.token(), action="user.signed-out-elsewhere", by=by)
    flash("You are signed out everywhere else.", "success")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/calendar")
@requires(Permission.TODAY_VIEW)
def make_feed() -> ResponseReturnValue:
    """Make the secret address of one's calendar, or another in its place; it is shown once."""
    from tracker.services.calendar import feeds

    token = feeds.make(by=actor())
    settings: Settings = current_app.extensions["settings"]
    base = settings.address or request.url_root.rstrip("/")
    address = base + url_for("calendar.feed", token=token)
    return render_template("account/calendar.html", feed_address=address)


@blueprint.post("/account/calendar/end")
@requires(Permission.TODAY_VIEW)
def end_feed() -> ResponseReturnValue:
    """End one's calendar: its address answers nobody any more."""
    from tracker.services.calendar import feeds

    feeds.end(by=actor())
    flash("Your calendar is ended: its address works no more.", "success")
    return redirect(url_for("account.show"), 303)


@blueprint.route("/welcome/<token>", methods=["GET", "POST"])
def welcome(token: str) -> ResponseReturnValue:
    """Let whoever was invited choose their password."""
    try:
        invited = invitations.find(token)
    except NotFoundError:
        return render_template("account/welcome_over.html"), 404
    form = WelcomeForm()
    if form.validate_on_submit():
        try:
            invitations.accept(token, form.password.data, address=request.remote_addr or "")
        except InvalidError as error:
            form.show(error.problems)
        else:
            flash("Your password is set. Sign in with it now.", "success")
            return redirect(url_for("security.login"), 303)
    answer = render_template("account/welcome.html", form=form, invited=invited, token=token)
    return answer, 422 if form.is_submitted() else 200
