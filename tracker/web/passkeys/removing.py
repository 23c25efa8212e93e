"""Removing a passkey, which asks first."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.services.passkeys import commands, queries
from tracker.web import login
from tracker.web.guard import actor
from tracker.web.passkeys.forms import ButtonForm


def page(passkey_id: int) -> ResponseReturnValue:
    """Ask whether a passkey is to go, and remove it."""
    by = actor()
    passkey, form = queries.find(passkey_id, by=by), ButtonForm()

    def action() -> int:
        commands.remove(passkey_id, token=login.token(), by=by)
        return passkey_id

    if form.validate_on_submit() and form.send(action) is not None:
        flash("The passkey is removed. You are signed out everywhere else.", "success")
        return redirect(url_for("account.show"), 303)
    page = render_template("passkeys/remove.html", form=form, passkey=passkey)
    return page, form.status if form.is_submitted() else 200
