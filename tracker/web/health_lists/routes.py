"""A patient's allergies and current medicines: see them, enter one, end one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.health_lists import draft as item_rules
from tracker.domain.health_lists.draft import HealthItemKind
from tracker.services.clinic import clinics
from tracker.services.health_lists import commands as item_commands
from tracker.services.health_lists import queries as item_queries
from tracker.services.patients import commands as patient_commands
from tracker.web.guard import actor, requires
from tracker.web.health_lists.forms import EndItemForm, HealthItemForm

blueprint = Blueprint("health_lists", __name__)


@blueprint.get("/patients/<int:patient_id>/health-lists/")
@requires(Permission.PATIENT_VIEW)
def of_patient(patient_id: int) -> ResponseReturnValue:
    """Show the lists of a patient, ended entries among them."""
    patient = patient_commands.look_up(patient_id, by=actor())
    items = item_queries.listing(patient_id, by=actor())
    return render_template("health_lists/of_patient.html", patient=patient, items=items)


@blueprint.route("/patients/<int:patient_id>/health-lists/new", methods=["GET", "POST"])
@requires(Permission.HEALTH_LIST_EDIT)
def new(patient_id: int) -> ResponseReturnValue:
    """Enter an allergy or a medicine, or that there is none."""
    patient = patient_commands.find(patient_id, by=actor())
    asked_for = request.args.get("kind", "")
    kind = HealthItemKind(asked_for) if asked_for in list(HealthItemKind) else None
    today = clinics.today(actor().clinic_id)
    form = HealthItemForm(data={"kind": kind, "noted_on": today})
    draft = form.draft()
    if form.is_submitted() and not form.validate():
        form.show(item_rules.check(draft, today=today))
    elif form.is_submitted():
        made = form.send(
            lambda: item_commands.add(patient_id, draft, by=actor(), once=form.once.data)
        )
        if made is not None:
            flash("Entered.", "success")
            return redirect(url_for("health_lists.of_patient", patient_id=patient_id), 303)
    page = render_template("health_lists/new.html", form=form, patient=patient)
    return page, form.status if form.is_submitted() else 200


@blueprint.route("/health-lists/<int:item_id>/end", methods=["GET", "POST"])
@requires(Permission.HEALTH_LIST_EDIT)
def end(item_id: int) -> ResponseReturnValue:
    """End an entry, with the reason."""
    item, patient_id = item_queries.find(item_id, by=actor())
    today = clinics.today(actor().clinic_id)
    form = EndItemForm(data={"ended_on": today})
    reason, day = form.reason.data or "", form.ended_on.data
    if form.is_submitted() and not form.validate():
        form.show(item_rules.check_end(reason, day, noted_on=item.noted_on, today=today))
    elif form.is_submitted():
        done = form.send(lambda: item_commands.end(item_id, reason, day, by=actor()))
        if done is not None:
            flash("Ended. It stays below with your reason.", "success")
            return redirect(url_for("health_lists.of_patient", patient_id=done), 303)
    page = render_template("health_lists/end.html", form=form, item=item, patient_id=patient_id)
    return page, form.status if form.is_submitted() else 200
