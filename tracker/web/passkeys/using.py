"""Signing in with a passkey: after the password, or in its place."""

from collections.abc import Sequence
from typing import Any

from flask import (
    abort,
    after_this_request,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import login_user
from flask_security.utils import _view_commit

from tracker.domain.passkeys import wording
from tracker.domain.problems import InvalidError, Problem
from tracker.services.passkeys import ceremonies, commands, queries
from tracker.services.passkeys.ceremonies import Credential
from tracker.services.passkeys.commands import PasskeyRefusedError
from tracker.services.people import brakes
from tracker.web.account import known_devices, second_step
from tracker.web.login_forms import address, drop_half_open, is_closed
from tracker.web.passkeys import challenges
from tracker.web.passkeys.forms import AnswerForm


def second_page() -> ResponseReturnValue:
    """Ask whoever gave their password for one of their passkeys, and let them in by it."""
    if g.actor is not None:
        return redirect(url_for("home.start"))
    user = _half_in()
    if user is None:
        return redirect(url_for("security.login"))
    form = AnswerForm()
    if form.validate_on_submit():
        if not user.active or is_closed(user.id):
            drop_half_open()
            form.show([Problem("", brakes.LOCKED)])
        elif _fits(user, form):
            after_this_request(_view_commit)
            current_app.extensions["security"].two_factor_plugins.tf_complete(user, True)
            return redirect(following(), 303)
    known = [] if form.form_errors and not _half_in() else queries.credentials(user.id)
    return _show(
        "passkeys/second_step.html",
        form,
        challenges.SECOND,
        known,
        has_code=user.tf_primary_method is not None,
        has_recovery=bool(user.mf_recovery_codes),
    )


def alone_page() -> ResponseReturnValue:
    """Ask anybody for a passkey, and let its holder in; everybody else is told the same."""
    if g.actor is not None:
        return redirect(url_for("home.start"))
    if not second_step.passkeys_alone():
        abort(404)
    form = AnswerForm()
    if form.validate_on_submit():
        user_id = _holder_of(form)
        if user_id is not None:
            return _enter(user_id)
        form.show([Problem("", wording.CLOSED_OR_UNKNOWN)])
    return _show("passkeys/sign_in.html", form, challenges.ALONE, [])


def _fits(user: Any, form: AnswerForm) -> bool:
    taken = challenges.take(challenges.SECOND)
    if taken is None:
        form.show([Problem("", wording.NOT_MADE)])
        return False
    place = known_devices.place_of(user.id)
    try:
        commands.use_second(user.id, form.credential.data or "", taken[0], place=place)
    except PasskeyRefusedError as error:
        if error.closed:
            drop_half_open()
        form.show([Problem("", brakes.LOCKED if error.closed else wording.REFUSED)])
        return False
    return True


def _holder_of(form: AnswerForm) -> int | None:
    taken = challenges.take(challenges.ALONE)
    if taken is None:
        return None
    try:
        return commands.use_alone(
            form.credential.data or "", taken[0], address=address(), device=known_devices.token()
        )
    except PasskeyRefusedError:
        return None


def _enter(user_id: int) -> ResponseReturnValue:
    """Sign in the holder of a passkey that made sure who uses it: that is both steps."""
    challenges.browser().clear()  # half a sign-in of somebody else, too
    after_this_request(_view_commit)
    g.signed_in_by = commands.WHAT
    user: Any = current_app.extensions["security"].datastore.find_user(id=user_id)
    login_user(user, authn_via=[commands.WHAT])
    return redirect(following(), 303)


def following() -> str:
    """Tell where to go on; Flask-Security names a page in full, and at first the one we are at."""
    path = request.args.get("next", "").removeprefix(request.host_url.rstrip("/"))
    return "/" if path in {"", url_for("security.login")} else path


def _half_in() -> Any:
    """Find whose password was right and whose passkey is still to come; None for anybody else."""
    held = challenges.browser()
    if held.get("tf_state") != "ready" or "tf_user_id" not in held:
        return None
    store = current_app.extensions["security"].datastore
    user: Any = store.find_user(fs_uniquifier=held["tf_user_id"])
    return user if user is not None and user.has_passkey else None


def _show(
    template: str, form: AnswerForm, what: str, known: Sequence[Credential], **more: Any
) -> ResponseReturnValue:
    """Show a page with a new challenge, or say where passkeys can be used."""
    options, fault = None, ""
    form.credential.data = ""  # it was an answer to what was asked before
    try:
        asked = challenges.ask(what)
    except InvalidError as error:
        fault = error.problems[0].message
    else:
        verified = what == challenges.ALONE
        options = ceremonies.options_to_use(asked, known, verified=verified)
    page = render_template(template, form=form, options=options, fault=fault, **more)
    return page, form.status if form.is_submitted() else 200
