"""The pages of one's own account, and the one that an invitation opens."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.config import Settings
from tracker.domain.access import Permission
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import MailTime
from tracker.domain.problems import InvalidError, NotFoundError
from tracker.services import clock
from tracker.services.people import devices, invitations, logins, recovery
from tracker.web import login
from tracker.web.account import known_devices
from tracker.web.account.forms import (
    AddressForm,
    ButtonForm,
    NameForm,
    RemindersForm,
    UnlockForm,
    WelcomeForm,
)
from tracker.web.guard import actor, may, requires
from tracker.web.login_limits import brake_guessing, brake_mails
from tracker.web.mail import run_beside

if TYPE_CHECKING:
    from tracker.services.letters.queries import MailChoice
    from tracker.services.passkeys.ceremonies import SignedAnswer
    from tracker.web.passkeys.proving import Asking

blueprint = Blueprint("account", __name__)


@blueprint.get("/account/")
@requires(Permission.ACCOUNT_USE)
def show() -> ResponseReturnValue:
    """Show how and where the person signs in."""
    # Imported here: a start and most pages do without.
    from tracker.services.calendar import feeds
    from tracker.services.passkeys import queries as passkey_queries

    by = actor()
    since = clock.now() - timedelta(minutes=login.settings().idle_minutes)
    return render_template(
        "account/show.html",
        form=ButtonForm(),
        places=logins.places(login.token(), since=since, by=by),
        browsers=devices.listing(known_devices.token(), by=by),
        means=logins.sign_in_methods(by=by),
        passkeys=passkey_queries.listing(by=by),
        passkeys_alone=ClinicSettings.read(g.clinic.settings).passkeys_alone,
        has_feed=may(Permission.TODAY_VIEW) and feeds.is_made(by=by),
        reminders=_reminders() if may(Permission.OWN_RECORD_VIEW) else None,
    )


def _reminders() -> "MailChoice":
    from tracker.services.letters import queries as letter_queries

    return letter_queries.own_choice(by=actor())


@blueprint.route("/account/reminders", methods=["GET", "POST"])
@requires(Permission.OWN_RECORD_VIEW)
def reminders() -> ResponseReturnValue:
    """Choose whether reminders come by e-mail, in the morning or in the evening."""
    from tracker.services.letters import commands as letter_commands

    by, chosen = actor(), _reminders()
    settings = ClinicSettings.read(g.clinic.settings)
    form = RemindersForm(
        when=RemindersForm.OFF if chosen.stopped_at else chosen.mail_time.value,
        morning_from=settings.morning_from,
        evening_from=settings.evening_from,
    )
    if form.validate_on_submit():
        if form.when.data == RemindersForm.OFF:
            letter_commands.stop_mail(by.patient_id or 0, by=by)
            flash("No reminders are sent to you by e-mail.", "success")
        else:
            letter_commands.resume_mail(by.patient_id or 0, by=by, at=MailTime(form.when.data))
            flash("Saved. Reminders come when you want them.", "success")
        return redirect(url_for("account.show"), 303)
    sent = {
        "when there are questions for you": settings.reminders,
        "on the day before a visit": PlanningSettings.read(g.clinic.settings).day_before,
    }
    about = [words for words, is_sent in sent.items() if is_sent]
    page = render_template("account/reminders.html", form=form, chosen=chosen, about=about)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/account/sign-out-elsewhere")
@requires(Permission.ACCOUNT_USE)
def sign_out_elsewhere() -> ResponseReturnValue:
    """Sign out in every other browser."""
    by = actor()
    if by.user_id is not None:
        logins.end_others(by.user_id, login.token(), action=logins.SIGNED_OUT_ELSEWHERE, by=by)
    flash("You are signed out everywhere else.", "success")
    return redirect(url_for("account.show"), 303)


@blueprint.route("/account/name", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
def rename() -> ResponseReturnValue:
    """Change one's own name."""
    from tracker.services.people import identity

    form = NameForm(name=actor().name)
    if form.validate_on_submit():
        try:
            identity.rename_self(form.name.data, by=actor())
        except InvalidError as error:
            form.show(error.problems)
        else:
            flash("Your name is changed.", "success")
            return redirect(url_for("account.show"), 303)
    page = render_template("account/name.html", form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/account/e-mail", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
def change_address() -> ResponseReturnValue:
    """Ask for another e-mail address: a link goes there, and nothing changes until it is opened."""
    from tracker.services.people import identity

    def link(token: str) -> str:
        return url_for("account.confirm_address", token=token, _external=True)

    form, means = AddressForm(), logins.sign_in_methods(by=actor())
    by_passkey = means.passkey and not means.authenticator
    if form.validate_on_submit():
        try:
            identity.ask_address(
                form.email.data,
                password=form.password.data or "",
                code=form.code.data,
                link=link,
                by=actor(),
                signed=_take_answer(form) if by_passkey else None,
            )
        except InvalidError as error:
            form.show(error.problems)
        else:
            flash(
                "We sent a mail to the new address. Open the link in it within 24 hours. "
                "Until then nothing changes.",
                "info",
            )
            return redirect(url_for("account.show"), 303)
    asking = _ask_passkey(form) if by_passkey else None
    page = render_template("account/address.html", form=form, means=means, asking=asking)
    return page, 422 if form.is_submitted() else 200


def _take_answer(form: AddressForm) -> "SignedAnswer | None":
    from tracker.web.passkeys import proving

    return proving.answer(form.credential.data)


def _ask_passkey(form: AddressForm) -> "Asking":
    from tracker.web.passkeys import proving

    form.credential.data = ""  # it was an answer to what was asked before
    return proving.ask(actor().user_id or 0)


@blueprint.route("/e-mail/<token>", methods=["GET", "POST"])
@brake_guessing
def confirm_address(token: str) -> ResponseReturnValue:
    """Let whoever reads a mailbox make its address that of their account."""
    from tracker.services.people import identity

    try:
        wanted = identity.find_asked(token)
    except NotFoundError:
        return render_template("account/address_over.html"), 404
    form = ButtonForm()
    if form.validate_on_submit():
        try:
            identity.confirm_address(token, address=request.remote_addr or "")
        except InvalidError as error:
            form.show(error.problems)
        else:
            flash("Your e-mail is changed. Please sign in again.", "success")
            return redirect(url_for("security.login"), 303)
    page = render_template("account/confirm_address.html", form=form, wanted=wanted, token=token)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/sign-in/unlock", methods=["GET", "POST"])
@brake_mails
def ask_unlock() -> ResponseReturnValue:
    """Mail a link that unlocks, and say the same whether there is an account or none."""
    from tracker.services.people import unlocking

    page_of_link = url_for("account.unlock", token="", _external=True)
    form = UnlockForm()
    if form.validate_on_submit():
        typed, address = form.email.data, request.remote_addr or ""
        run_beside(partial(unlocking.ask, typed, link=page_of_link.__add__, address=address))
        flash("If there is an account, a link is on its way to its mailbox.", "info")
        return redirect(url_for("security.login"), 303)
    page = render_template("account/ask_unlock.html", form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/sign-in/unlock/<token>", methods=["GET", "POST"])
@brake_guessing
def unlock(token: str) -> ResponseReturnValue:
    """Unlock the account whose mailbox has the link, and sign nobody in."""
    from tracker.services.people import unlocking

    form = ButtonForm()
    try:
        unlocking.find(token)
        if form.validate_on_submit():
            unlocking.unlock(token, address=request.remote_addr or "")
            flash("Sign-in is open again. Sign in with your password.", "success")
            return redirect(url_for("security.login"), 303)
    except NotFoundError:
        return render_template("account/unlock_over.html"), 404
    return render_template("account/unlock.html", form=form, token=token)


@blueprint.post("/account/browsers/remove")
@requires(Permission.ACCOUNT_USE)
def remove_browser() -> ResponseReturnValue:
    """Let one's account know a browser no more."""
    device_id = request.form.get("browser", type=int)
    if device_id is None:
        return redirect(url_for("account.show"), 303)
    devices.remove(device_id, by=actor())
    flash("Your account does not know that browser any more.", "success")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/recovery-codes/keep")
@requires(Permission.ACCOUNT_USE)
def keep_codes() -> ResponseReturnValue:
    """Note that somebody keeps their recovery codes, and let them go on."""
    recovery.keep(by=actor())
    flash("Good. You are ready for the day your phone or passkey is lost.", "success")
    return redirect("/", 303)


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
@brake_guessing
def welcome(token: str) -> ResponseReturnValue:
    """Let whoever was invited choose their password."""
    try:
        invited = invitations.find(token)
    except NotFoundError:
        return render_template("account/welcome_over.html"), 404
    form = WelcomeForm()
    if form.validate_on_submit():
        try:
            user_id = invitations.accept(
                token, form.password.data or "", address=request.remote_addr or ""
            )
        except InvalidError as error:
            form.show(error.problems)
        else:
            return login.enter(user_id)
    answer = render_template("account/welcome.html", form=form, invited=invited, token=token)
    return answer, 422 if form.is_submitted() else 200
