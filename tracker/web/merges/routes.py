"""The pages that merge two records of one person, and take them apart."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.problems import Problem
from tracker.services.patients import commands as patient_commands
from tracker.web.guard import actor, requires
from tracker.web.patients import search_terms
from tracker.web.sessions import answers as shown

blueprint = Blueprint("merges", __name__, url_prefix="/patients")

APART_ALREADY = "Somebody has taken these records apart meanwhile."


@blueprint.route("/<int:patient_id>/merge/", methods=["GET", "POST"])
@requires(Permission.PATIENT_MERGE)
def choose(patient_id: int) -> ResponseReturnValue:
    """Find the other record of a person."""
    from tracker.services.merges import queries  # hardly ever needed: no start waits for it

    patient = patient_commands.find(patient_id, by=actor())
    if patient.merged_into_id is not None:
        return redirect(url_for("patients.show", patient_id=patient_id))
    if request.method == "POST":
        terms = search_terms.seal("q", search_terms.from_form())
        return redirect(url_for("merges.choose", patient_id=patient_id, terms=terms), 303)
    query = search_terms.from_address()
    found = queries.others(patient_id, query, by=actor()) if query else ()
    return render_template("merges/choose.html", patient=patient, query=query, found=found)


@blueprint.route("/<int:patient_id>/merge/<int:other_id>", methods=["GET", "POST"])
@requires(Permission.PATIENT_MERGE)
def compare(patient_id: int, other_id: int) -> ResponseReturnValue:
    """Compare two records, and merge them."""
    from tracker.services.merges import accounts, commands, queries
    from tracker.web.merges.forms import MergeForm

    compared = queries.compare(patient_id, other_id, by=actor())
    form = MergeForm(compared.sides)
    draft, asked = form.draft(), shown.read(form.seen.data)
    if form.is_submitted() and form.validate():
        if draft is None:
            form.show([Problem("kept", "Choose which record is kept.")])
            if form.account_of and form.account_of.data is None:
                form.show([accounts.NO_CHOICE])
            form.show(commands.check(form.reason.data, is_sure=form.is_sure.data))
        else:
            kept_id = form.send(
                lambda: commands.merge(draft, by=actor(), once=form.once.data, seen=asked)
            )
            if kept_id is not None:
                flash("The records are merged. All of it stands here now.", "success")
                return redirect(url_for("patients.show", patient_id=kept_id), 303)
    form.seen.data = shown.write(compared.findings)
    page = render_template(
        "merges/compare.html", form=form, compared=compared, patient_id=patient_id
    )
    return page, form.status if form.is_submitted() else 200


@blueprint.route("/<int:patient_id>/take-apart", methods=["GET", "POST"])
@requires(Permission.PATIENT_MERGE)
def take_apart(patient_id: int) -> ResponseReturnValue:
    """Take a merge apart: asked once, and once more with what it means."""
    from tracker.services.merges import commands, queries
    from tracker.web.merges.forms import TakeApartForm

    patient, form = patient_commands.find(patient_id, by=actor()), TakeApartForm()
    if patient.merged_into_id is None and not form.reason.data:
        return redirect(url_for("patients.show", patient_id=patient_id))
    if patient.merged_into_id is None:
        form.form_errors.append(APART_ALREADY)
        return render_template("merges/take_apart.html", form=form, patient=patient), 422
    merge = queries.of_merged(patient_id, by=actor())
    asked = shown.read(form.seen.data)
    if form.is_submitted() and form.validate():
        done = form.send(
            lambda: commands.take_apart(
                patient_id, form.reason.data, by=actor(), once=form.once.data, seen=asked
            )
        )
        if done is not None:
            flash("The records are taken apart. Each has its own again.", "success")
            return redirect(url_for("patients.show", patient_id=patient_id), 303)
        form.seen.data = shown.write(form.findings)
    page = render_template("merges/take_apart.html", form=form, patient=patient, merge=merge)
    return page, form.status if form.is_submitted() else 200
