"""Where passkeys are added, used and removed; the first of these pages loads what they do."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.web.guard import requires
from tracker.web.login import fresh
from tracker.web.login_limits import brake_tries

blueprint = Blueprint("passkeys", __name__)


@blueprint.route("/account/passkeys/new", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
@fresh
def add() -> ResponseReturnValue:
    """Add a passkey to one's own account."""
    from tracker.web.passkeys import adding

    return adding.page()


@blueprint.route("/account/passkeys/remove", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_USE)
@fresh
def remove() -> ResponseReturnValue:
    """Remove one of one's own passkeys, which the address names by `passkey`."""
    from tracker.web.passkeys import removing

    return removing.page()


@blueprint.route("/second-step/passkey/set-up", methods=["GET", "POST"])
@brake_tries
def set_up() -> ResponseReturnValue:
    """Add a first passkey, half-way in, where staff must have a second step."""
    from tracker.web.passkeys import adding

    return adding.first_page()


@blueprint.route("/second-step/passkey", methods=["GET", "POST"])
@brake_tries
def second_step() -> ResponseReturnValue:
    """Ask for a passkey after the password."""
    from tracker.web.passkeys import using

    return using.second_page()


@blueprint.route("/sign-in/passkey", methods=["GET", "POST"])
@brake_tries
def sign_in() -> ResponseReturnValue:
    """Ask for a passkey in place of the password, where the clinic allows it."""
    from tracker.web.passkeys import using

    return using.alone_page()
