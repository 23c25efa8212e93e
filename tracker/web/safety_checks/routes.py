"""The checks that recur in long use: what is due, what was found, a new result."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.safety_checks import draft as check_rules
from tracker.domain.safety_checks.kinds import RULES, CheckKind
from tracker.services.clinic import clinics
from tracker.services.patients import commands as patient_commands
from tracker.services.safety_checks import commands as check_commands
from tracker.services.safety_checks import queries as check_queries
from tracker.web.guard import actor, requires
from tracker.web.login import fresh
from tracker.web.safety_checks.forms import SafetyCheckForm, VoidCheckForm

blueprint = Blueprint("safety_checks", __name__)


def _sources() -> dict[str, str]:
    """Say where each check comes from by the labels that apply, by what it is called."""
    labels = ClinicSettings.read(g.clinic.settings).labels
    return {rule.kind.label: rule.source_in(labels) for rule in RULES}


@blueprint.get("/safety-checks/")
@requires(Permission.SAFETY_CHECK_VIEW)
def listing() -> ResponseReturnValue:
    """List the patients for whom a check is due, the longest due first."""
    found, count = check_queries.due_list(by=actor())
    return render_template("safety_checks/listing.html", found=found, count=count, named=_sources())


@blueprint.get("/patients/<int:patient_id>/safety-checks/")
@requires(Permission.SAFETY_CHECK_VIEW)
def of_patient(patient_id: int) -> ResponseReturnValue:
    """Show what is due for a patient and every result."""
    patient = patient_commands.find(patient_id, by=actor())
    checks = check_queries.of_patient(patient_id, by=actor())
    return render_template(
        "safety_checks/of_patient.html", patient=patient, checks=checks, named=_sources()
    )


@blueprint.route("/patients/<int:patient_id>/safety-checks/new", methods=["GET", "POST"])
@requires(Permission.SAFETY_CHECK_RECORD)
def new(patient_id: int) -> ResponseReturnValue:
    """Record the result of a check."""
    patient = patient_commands.find(patient_id, by=actor())
    asked_for = request.args.get("kind", "")
    kind = CheckKind(asked_for) if asked_for in list(CheckKind) else None
    today = clinics.today(actor().clinic_id)
    checks = check_queries.of_patient(patient_id, by=actor())
    given = checks.exposure_words if kind is CheckKind.EXPOSURE else ""
    form = SafetyCheckForm(data={"kind": kind, "checked_on": today, "value": given})
    draft = form.draft()
    if form.is_submitted() and not form.validate():
        form.show(check_rules.check(draft, today=today))
    elif form.is_submitted():
        made = form.send(
            lambda: check_commands.record(patient_id, draft, by=actor(), once=form.once.data)
        )
        if made is not None:
            flash("The result is saved.", "success")
            return redirect(url_for("safety_checks.of_patient", patient_id=patient_id), 303)
    page = render_template(
        "safety_checks/new.html",
        form=form,
        patient=patient,
        checks=checks,
        rules=RULES,
        named=_sources(),
    )
    return page, form.status if form.is_submitted() else 200


@blueprint.route("/safety-checks/<int:check_id>/void", methods=["GET", "POST"])
@requires(Permission.SAFETY_CHECK_RECORD)
@fresh
def void(check_id: int) -> ResponseReturnValue:
    """Strike a mistaken result out."""
    result, patient_id = check_queries.find(check_id, by=actor())
    form = VoidCheckForm()
    if form.validate_on_submit():
        done = form.send(lambda: check_commands.void(check_id, form.reason.data, by=actor()))
        if done is not None:
            flash("The result is voided. It stays in the list, struck out.", "success")
            return redirect(url_for("safety_checks.of_patient", patient_id=done), 303)
    page = render_template(
        "safety_checks/void.html", form=form, result=result, patient_id=patient_id
    )
    return page, form.status if form.is_submitted() else 200
