"""The pages on which people are invited, changed and disabled."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from tracker.domain.access import Permission
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.problems import InvalidError, StaleError
from tracker.services.clinic import countries
from tracker.services.people import accounts, invitations
from tracker.services.people.accounts import AccountState, PersonView
from tracker.services.unit_of_work import AlreadySavedError
from tracker.web import mail
from tracker.web.drafts.stamped import StampedForm
from tracker.web.guard import actor, requires
from tracker.web.login import fresh
from tracker.web.people.forms import (
    ActForm,
    IdentityForm,
    InviteForm,
    InvitePatientForm,
    RolesForm,
    WhyForm,
)

blueprint = Blueprint("people", __name__)


class _Act(Struct, frozen=True):
    """What is asked about before it is done to an account; `verb` is one of access_changes."""

    verb: str
    heading: str
    text: str
    button: str
    done: str
    danger: bool = False


_ACTS = {
    "disable": _Act(
        "disable",
        "Disable this account?",
        "The person is signed out at once and cannot sign in any more. What they recorded stays. "
        "They get a mail that their account is closed.",
        "Disable",
        "Disabled, and signed out everywhere.",
        danger=True,
    ),
    "enable": _Act(
        "enable",
        "Enable this account again?",
        "The person can sign in as before. They get a mail that their account is open again.",
        "Enable again",
        "Enabled again.",
    ),
    "reset-second-step": _Act(
        "reset_second_factor",
        "Reset the second step?",
        "Their authenticator, their passkeys and their recovery codes work no more, and they are "
        "signed out. At the next sign-in they set it up anew: be sure that it is they who ask. "
        "They get a mail.",
        "Reset the second step",
        "The second step is reset. It is set up anew at the next sign-in.",
        danger=True,
    ),
}


@blueprint.get("/people/")
@requires(Permission.PEOPLE_MANAGE)
def listing() -> ResponseReturnValue:
    """List everybody who can sign in."""
    people = accounts.listing(by=actor())
    to_do = countries.to_do(ClinicSettings.read(g.clinic.settings))  # where their day begins
    from tracker.web.clinic import backups as backups_page  # few pages need it

    return render_template(
        "people/listing.html",
        people=people,
        to_do=to_do,
        backup_note=backups_page.note(),
        disk_note=backups_page.disk_note(),
        mail_note=mail.note(),
    )


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
    from tracker.services.people import identity

    patient = identity.of_patient(patient_id, by=actor())
    if patient.person is not None:
        return redirect(url_for("people.patient_account", patient_id=patient_id), 303)
    form = InvitePatientForm()
    page = {"form": form, "patient": patient, "patient_id": patient_id}
    if not form.is_submitted():
        return render_template("people/invite_patient.html", **page)
    try:
        if form.validate():
            user_id = invitations.invite_patient(
                patient_id,
                sign_in_name=form.sign_in_name.data,
                once=form.once.data or "",
                by=actor(),
            )
            _send(user_id)
            return redirect(f"/patients/{patient_id}/", 303)
    except AlreadySavedError:
        return redirect(f"/patients/{patient_id}/", 303)
    except InvalidError as error:
        form.show(error.problems)
    return render_template("people/invite_patient.html", **page), 422


@blueprint.route("/patients/<int:patient_id>/account", methods=["GET", "POST"])
@requires(Permission.PATIENT_INVITE)
@fresh
def patient_account(patient_id: int) -> ResponseReturnValue:
    """Show what a patient signs in by; change it, or send the invitation again."""
    from tracker.services.people import identity

    patient = identity.of_patient(patient_id, by=actor())
    person = patient.person
    if person is None:
        return redirect(url_for("people.invite_patient", patient_id=patient_id), 303)
    form = IdentityForm(obj=person)
    form.stand_on_person(person)
    status = 200
    if form.is_submitted():
        again = url_for("people.patient_account", patient_id=patient_id)
        if request.form.get("act") == "send-again":
            done = _try(form, lambda: _press("send-again", person.id))
        else:
            done = _change(
                form,
                person,
                lambda: identity.change_patient(
                    patient_id, form.draft(), by=actor(), opened=form.opened_stamp
                ),
            )
        if done:
            return redirect(again, 303)
        status = form.status
    page = {"form": form, "patient": patient, "patient_id": patient_id}
    return render_template("people/patient_account.html", **page), status


@blueprint.route("/people/<int:user_id>/", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
@fresh
def show(user_id: int) -> ResponseReturnValue:
    """Show an account, send its invitation again, or unlock it."""
    from tracker.domain.audit.actions import WORDS
    from tracker.services.people import access_changes

    person = accounts.view(user_id, by=actor())
    form = ActForm()
    status = 200
    if form.is_submitted():
        if not form.validate() or form.act.data not in {"send-again", "unlock"}:
            abort(400)
        if _try(form, lambda: _press(form.act.data, user_id)):
            return redirect(url_for("people.show", user_id=user_id), 303)
        status = 422
    changes = access_changes.history(user_id, by=actor())
    page = {"whom": person, "form": form, "changes": changes, "words": WORDS}
    return render_template("people/show.html", **page), status


@blueprint.route("/people/<int:user_id>/change", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
@fresh
def change(user_id: int) -> ResponseReturnValue:
    """Change what somebody of the staff is called, and signs in by."""
    from tracker.services.people import identity

    person = accounts.view(user_id, by=actor())
    form = IdentityForm(obj=person)
    form.stand_on_person(person)
    if not form.is_submitted():
        return render_template("people/change.html", whom=person, form=form)
    if _change(
        form,
        person,
        lambda: identity.change(user_id, form.draft(), by=actor(), opened=form.opened_stamp),
    ):
        return redirect(url_for("people.show", user_id=user_id), 303)
    return render_template("people/change.html", whom=person, form=form), form.status


@blueprint.route("/people/<int:user_id>/roles", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
@fresh
def roles(user_id: int) -> ResponseReturnValue:
    """Give somebody of the staff other roles."""
    from tracker.services.people import access_changes

    person = accounts.view(user_id, by=actor())
    form = RolesForm(obj=person)
    form.stand_on_roles(person.roles)
    if not form.is_submitted():
        return render_template("people/roles.html", whom=person, form=form)

    def give() -> bool:
        wanted = frozenset(form.roles.data or ())
        access_changes.set_roles(
            user_id, wanted, reason=form.reason.data, by=actor(), opened=form.opened_stamp
        )
        return True

    if form.validate() and _try(form, give):
        flash("The roles are changed. The person must sign in again.", "success")
        return redirect(url_for("people.show", user_id=user_id), 303)
    return render_template("people/roles.html", whom=person, form=form), form.status


@blueprint.route("/people/<int:user_id>/<act>", methods=["GET", "POST"])
@requires(Permission.PEOPLE_MANAGE)
@fresh
def confirm(user_id: int, act: str) -> ResponseReturnValue:
    """Ask before something is done to an account, and do it."""
    from tracker.services.people import access_changes

    if act not in _ACTS:
        abort(404)
    asked, form = _ACTS[act], WhyForm()
    page = {"whom": accounts.view(user_id, by=actor()), "form": form, "asked": asked, "act": act}
    if not form.is_submitted():
        return render_template("people/confirm.html", **page)

    def do() -> bool:
        getattr(access_changes, asked.verb)(user_id, reason=form.reason.data, by=actor())
        return True

    if form.validate() and _try(form, do):
        flash(asked.done, "success")
        return redirect(url_for("people.show", user_id=user_id), 303)
    return render_template("people/confirm.html", **page), 422


def _press(act: str, user_id: int) -> bool:
    from tracker.services.people import access_changes

    if act == "send-again":
        _send(user_id)
    else:
        access_changes.unlock(user_id, by=actor())
        flash("Unlocked.", "success")
    return True


def _change(form: IdentityForm, person: PersonView, change: Callable[[], bool]) -> bool:
    """Change what somebody signs in by; whoever never accepted is invited anew."""

    def do() -> bool:
        if change() and person.state is AccountState.INVITED:
            _send(person.id)
        else:
            flash("Saved. The person is told by e-mail.", "success")
        return True

    return bool(form.validate()) and _try(form, do)


def _try(form: ActForm | IdentityForm | WhyForm, do: Callable[[], bool]) -> bool:
    """Do what a form asks for; what is wrong is put beside its field."""
    try:
        return do()
    except InvalidError as error:
        form.show(error.problems)
    except StaleError:
        if not isinstance(form, StampedForm):
            raise
        form.show_theirs()
    return False


def _send(user_id: int) -> None:
    """Mail the invitation and say what became of it."""

    def link(token: str) -> str:
        return url_for("account.welcome", token=token, _external=True)

    if not invitations.send(user_id, link=link, by=actor()):
        flash("The account is made, but the mail was not sent. Send it again later.", "warning")
    elif mail.goes_to_files():
        flash(
            "The account is made. No mail server is set, so the invitation is a file in the folder "
            "mail on the server: hand over the link in it. It works for 7 days.",
            "warning",
        )
    else:
        flash("The invitation is on its way. Its link works for 7 days.", "success")
