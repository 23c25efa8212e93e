"""The pages on which people are invited, changed and disabled."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission, Role
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.problems import InvalidError
from tracker.services.clinic import countries
from tracker.services.people import accounts, invitations
from tracker.services.unit_of_work import AlreadySavedError
from tracker.web.guard import actor, requires
from tracker.web.login import fresh
from tracker.web.people.forms import ActForm, InviteForm, InvitePatientForm, RolesForm

blueprint = Blueprint("people", __name__)

# What a button does -> how, and what is said when it is done.
_ACTS: dict[str, tuple[Callable[..., None], str]] = {
    "disable": (accounts.disable, "Disabled, and signed out everywhere."),
    "enable": (accounts.enable, "Enabled again."),
    "unlock": (accounts.unlock, "Unlocked."),
    "reset-second-factor": (
        accounts.reset_second_factor,
        "The second step is reset. It is set up anew at the next sign-in.",
    ),
}


@blueprint.get("/people/")
@requires(Permission.PEOPLE_MANAGE)
def listing() -> ResponseReturnValue:
    """List everybody who can sign in."""
    people = accounts.listing(by=actor())
    to_do = countries.to_do(ClinicSettings.read(g.clinic.settings))  # where their day begins
    return render_template("people/listing.html", people=people, to_do=to_do)


@blueprint.route("/people/invite", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
@fresh
def invite() -> ResponseReturnValue:
    """Make an account and mail the invitation."""
    form = InviteForm()
    if form.is_submitted():
        readable = form.validate()
        try:
            if readable:
                user_id = accounts.invite(form.draft(), once=form.once.data or "", by=actor())
                _send(user_id)
                return redirect(url_for("people.show", user_id=user_id), 303)
        except AlreadySavedError as saved:
            return redirect(url_for("people.show", user_id=saved.result_id), 303)
        except InvalidError as error:
            form.show(error.problems)
        return render_template("people/invite.html", form=form), 422
    return render_template("people/invite.html", form=form)


@blueprint.route("/patients/<int:patient_id>/invite", methods=["GET", "POST"])
@requires(Permission.PATIENT_INVITE)
@fresh
def invite_patient(patient_id: int) -> ResponseReturnValue:
    """Make an account for a patient and mail the invitation."""
    patient = invitations.of_patient(patient_id, by=actor())
    form = InvitePatientForm()
    page = {"form": form, "patient": patient, "patient_id": patient_id}
    if not form.is_submitted():
        return render_template("people/invite_patient.html", **page)
    back = f"/patients/{patient_id}/"
    try:
        if form.validate():
            user_id = invitations.invite_patient(patient_id, once=form.once.data or "", by=actor())
            _send(user_id)
            return redirect(back, 303)
    except AlreadySavedError:
        return redirect(back, 303)
    except InvalidError as error:
        form.show(error.problems)
    return render_template("people/invite_patient.html", **page), 422


@blueprint.route("/people/<int:user_id>/", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
@fresh
def show(user_id: int) -> ResponseReturnValue:
    """Show an account, and do what its buttons say."""
    person = accounts.view(user_id, by=actor())
    form = RolesForm(roles=person.roles)
    act = ActForm()
    if not act.is_submitted():
        return render_template("people/show.html", whom=person, form=form)
    if not act.validate():
        abort(400)
    try:
        _do(act.act.data, user_id, form)
    except InvalidError as error:
        form.show(error.problems)
        person = accounts.find(user_id, by=actor())
        return render_template("people/show.html", whom=person, form=form), 422
    return redirect(url_for("people.show", user_id=user_id), 303)


def _do(act: str, user_id: int, form: RolesForm) -> None:
    """Do one thing to an account and say what was done."""
    if act == "roles":
        accounts.set_roles(user_id, _ticked_roles(user_id, form), by=actor())
        flash("The roles are changed. The person must sign in again.", "success")
    elif act == "send-again":
        _send(user_id)
    elif act in _ACTS:
        change, words = _ACTS[act]
        change(user_id, by=actor())
        flash(words, "success")
    else:
        abort(400)


def _ticked_roles(user_id: int, form: RolesForm) -> frozenset[Role]:
    """Read the ticked roles; being a patient is not among them, and stays as it is."""
    held = accounts.find(user_id, by=actor()).roles
    return frozenset(form.roles.data or ()) | (frozenset(held) & {Role.PATIENT})


def _send(user_id: int) -> None:
    """Mail the invitation and say what became of it."""

    def link(token: str) -> str:
        return url_for("account.welcome", token=token, _external=True)

    if invitations.send(user_id, link=link, by=actor()):
        flash("The invitation is on its way. Its link works for 7 days.", "success")
    else:
        flash("The account is made, but the mail was not sent. Send it again later.", "warning")
