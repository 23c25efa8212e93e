"""Adding a passkey: signed in, or half-way in where a second step must be set up."""

from collections.abc import Callable
from typing import Any

from flask import (
    after_this_request,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security.utils import _view_commit

from tracker.domain.access import Actor
from tracker.domain.passkeys import wording
from tracker.domain.problems import InvalidError, Problem
from tracker.services.passkeys import ceremonies, commands, queries
from tracker.services.passkeys.commands import NewPasskey
from tracker.services.people import logins
from tracker.web import login
from tracker.web.guard import actor
from tracker.web.passkeys import challenges
from tracker.web.passkeys.forms import NewForm
from tracker.web.passkeys.using import following

_SETTING_UP = frozenset({"setup_from_login", "validating_profile"})


def page() -> ResponseReturnValue:
    """Show the form to whoever is signed in, and add what comes with it."""
    by = actor()

    def finish() -> ResponseReturnValue:
        login.see_to_codes(current_app, _store().find_user(id=by.user_id))
        flash("Your passkey is added. You are signed out everywhere else.", "success")
        return redirect(url_for("account.show"), 303)

    return _page(by, login.token(), finish, is_first=False)


def first_page() -> ResponseReturnValue:
    """Show it to whoever gave their password and has no second step yet; then let them in."""
    user = _half_in()
    if user is None:
        return redirect(url_for("security.login"))
    by = logins.actor_of(user.id, address=request.remote_addr or "")

    def finish() -> ResponseReturnValue:
        after_this_request(_view_commit)
        current_app.extensions["security"].two_factor_plugins.tf_complete(user, True)
        return redirect(following(), 303)

    return _page(by, "", finish, is_first=True)


def _page(
    by: Actor, token: str, finish: Callable[[], ResponseReturnValue], *, is_first: bool
) -> ResponseReturnValue:
    form = NewForm()
    if form.validate_on_submit():

        def action() -> int:
            return _add(form, token, by)

        if form.send(action) is not None:
            return finish()
    return _show(form, by, is_first=is_first), form.status if form.is_submitted() else 200


def _add(form: NewForm, token: str, by: Actor) -> int:
    taken, wrong = challenges.take(challenges.ADD), wording.fault_of_name(form.name.data or "")
    if wrong and not form.credential.data:  # the script asks for no passkey before it has a name
        raise InvalidError([Problem("name", wrong)])
    if taken is None:
        problems = [Problem("name", wrong)] if wrong else []
        raise InvalidError([*problems, Problem(commands.CREDENTIAL, wording.NOT_MADE)])
    asked, more = taken
    new = NewPasskey(form.name.data or "", more["handle"], form.credential.data or "")
    return commands.add(new, asked, token=token, by=by)


def _show(form: NewForm, by: Actor, *, is_first: bool) -> str:
    """Show the form with a new challenge, or say where passkeys can be added."""
    options, fault = None, ""
    form.credential.data = ""  # it was an answer to what was asked before
    user_id = by.user_id or 0
    holder = queries.holder(user_id)
    try:
        asked = challenges.ask(challenges.ADD, handle=holder.handle)
    except InvalidError as error:
        fault = error.problems[0].message
    else:
        known = queries.credentials(user_id)
        options = ceremonies.options_to_make(asked, holder, known)
    return render_template(
        "passkeys/new.html", form=form, options=options, fault=fault, is_first=is_first
    )


def _half_in() -> Any:
    """Find whose password was right and who must set a second step up; None for anybody else."""
    held = challenges.browser()
    if held.get("tf_state") not in _SETTING_UP or "tf_user_id" not in held:
        return None
    user: Any = _store().find_user(fs_uniquifier=held["tf_user_id"])
    if user is None or not user.active or user.has_second_factor:
        return None
    return user


def _store() -> Any:
    return current_app.extensions["security"].datastore
