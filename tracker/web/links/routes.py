"""Open a mailed link. Opening changes nothing: mail programs open links before people do."""

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Actor
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import links as check_in_links
from tracker.services.check_ins.answers import ClosedError
from tracker.services.clinic import clinics
from tracker.web import login_links
from tracker.web.answers.safety import offer_safety
from tracker.web.login_forms import address
from tracker.web.login_limits import brake_guessing

blueprint = Blueprint("links", __name__, url_prefix="/links")
blueprint.context_processor(offer_safety)


@blueprint.get("/over")
def over() -> ResponseReturnValue:
    """Say what to do when a link opens nothing any more."""
    return render_template("links/over.html")


@blueprint.get("/<token>")
@brake_guessing
def show(token: str) -> ResponseReturnValue:
    """Show whose clinic it is and a button; nothing of anybody."""
    if (holder := check_in_links.resolve_link(token, address=address())) is None:
        return _nothing()
    _at_clinic_of(holder)
    return render_template("links/show.html", token=token)


@blueprint.post("/<token>")
@brake_guessing
def begin(token: str) -> ResponseReturnValue:
    """Let this browser answer, and begin."""
    if (holder := check_in_links.resolve_link(token, address=address())) is None:
        return _nothing()
    _at_clinic_of(holder)
    signed_in: Actor | None = g.actor
    if signed_in is not None and signed_in.patient_id != holder.patient_id:
        return render_template("links/elsewhere.html"), 403
    if signed_in is None:
        login_links.remember(token)
        check_in_links.note_followed(holder)
    check_in_id = holder.check_in_id or 0
    try:
        answering.begin(check_in_id, by=signed_in or holder)
    except ClosedError:
        return redirect(url_for("answers.show", check_in_id=check_in_id), 303)
    return redirect(url_for("answers.onwards", check_in_id=check_in_id), 303)


@blueprint.get("/<token>/no-more-mail")
@brake_guessing
def stop(token: str) -> ResponseReturnValue:
    """Ask whether no more e-mails shall be sent."""
    if (holder := check_in_links.addressee(token, address=address())) is None:
        return _nothing()
    _at_clinic_of(holder)
    return render_template("links/stop.html", token=token)


@blueprint.post("/<token>/no-more-mail")
@brake_guessing
def stop_mail(token: str) -> ResponseReturnValue:
    """Send no more e-mails to whoever got this one."""
    if (holder := check_in_links.addressee(token, address=address())) is None:
        return _nothing()
    _at_clinic_of(holder)
    # Imported here, with all that writes letters: few press this, and every start would pay.
    from tracker.services.letters import commands as letter_commands

    letter_commands.stop_mail(holder.patient_id or 0, by=holder)
    return render_template("links/stopped.html")


def _at_clinic_of(holder: Actor) -> None:
    g.clinic = clinics.view(holder.clinic_id)


def _nothing() -> ResponseReturnValue:
    return render_template("links/over.html"), 404
