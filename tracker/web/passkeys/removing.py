"""Removing a passkey, which asks first."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.parsing import row_id
from tracker.services.passkeys import commands, queries
from tracker.web import login
from tracker.web.account.forms import ButtonForm
from tracker.web.guard import actor


def page() -> ResponseReturnValue:
    """Ask whether a passkey is to go, and remove it."""
    by, passkey_id = actor(), request.args.get("passkey", type=row_id)
    if passkey_id is None:
        return redirect(url_for("account.show"), 303)
    passkey, form = queries.find(passkey_id, by=by), ButtonForm()

    def action() -> int:
        commands.remove(passkey_id, token=login.token(), by=by)
        return passkey_id

    if form.validate_on_submit() and form.send(action) is not None:
        flash("The passkey is removed. You are signed out everywhere else.", "success")
        return redirect(url_for("account.show"), 303)
    page = render_template("passkeys/remove.html", form=form, passkey=passkey)
    return page, form.status if form.is_submitted() else 200
