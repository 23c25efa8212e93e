"""The pages of patients."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.problems import InvalidError, StaleError
from tracker.services import patient_pages, patients
from tracker.services.unit import AlreadySavedError
from tracker.web.guard import actor, requires
from tracker.web.patients.forms import PatientForm, ReasonForm
from tracker.web.progress.panel import panel

blueprint = Blueprint("patients", __name__, url_prefix="/patients")

# What the list can show: the address's word and the tab's.
SHOWS = {
    "current": "Current",
    "active": "With an active series",
    "archived": "Archived",
    "all": "Everybody",
}


@blueprint.get("/")
@requires(Permission.PATIENT_LIST)
def listing() -> ResponseReturnValue:
    """List patients by name, or those whom a search finds."""
    show = request.args.get("show", "current")
    query = request.args.get("q", "").strip()
    found = patients.listing(
        by=actor(),
        query=query,
        show=show if show in SHOWS else "current",
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
    )
    return render_template(
        "patients/listing.html", found=found, query=query, show=show, shows=SHOWS
    )


@blueprint.get("/search")
@requires(Permission.PATIENT_LIST)
def search() -> ResponseReturnValue:
    """Answer what is typed so far with the first who fit."""
    found = patients.suggest(request.args.get("q", ""), by=actor())
    return render_template("patients/_suggestions.html", found=found)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.PATIENT_EDIT)
def new() -> ResponseReturnValue:
    """Enter a patient."""
    form = PatientForm()
    if form.validate_on_submit():
        try:
            patient_id = patients.add(form.draft(), by=actor(), once=form.once.data)
        except AlreadySavedError as earlier:
            patient_id = earlier.result_id
        except InvalidError as refused:
            form.show(refused.problems)
            return _form(form), 422
        flash("Patient entered. Plan a series next.", "success")
        return redirect(url_for("patients.show", patient_id=patient_id), 303)
    return _form(form), 422 if form.is_submitted() else 200


@blueprint.get("/<int:patient_id>/")
@requires(Permission.PATIENT_VIEW)
def show(patient_id: int) -> ResponseReturnValue:
    """Show one patient's whole course."""
    page = patient_pages.show(patient_id, by=actor())
    return render_template(
        "patients/show.html",
        page=page,
        patient=page.patient,
        today=page.trend.now.date(),
        progress=panel(page.trend, patient_id=patient_id),
    )


@blueprint.route("/<int:patient_id>/edit", methods=["GET", "POST"])
@requires(Permission.PATIENT_EDIT)
def edit(patient_id: int) -> ResponseReturnValue:
    """Change who somebody is."""
    there = redirect(url_for("patients.show", patient_id=patient_id), 303)
    if request.form.get("choice") == "theirs":
        flash("What the other person saved stands. Yours was not saved.", "info")
        return there
    patient = patients.find(patient_id, by=actor())
    form = PatientForm(data=_values(patient))
    if not form.validate_on_submit():
        return _form(form, patient), 422 if form.is_submitted() else 200
    try:
        version = int(form.version.data) if form.version.data.isdecimal() else 0
        patients.change(patient_id, form.draft(), version=version, by=actor(), once=form.once.data)
    except StaleError:
        return _conflict(form, patient), 409
    except InvalidError as refused:
        form.show(refused.problems)
        return _form(form, patient), 422
    except AlreadySavedError:
        return there
    flash("Changes saved.", "success")
    return there


@blueprint.route("/<int:patient_id>/archive", methods=["GET", "POST"])
@requires(Permission.PATIENT_EDIT)
def archive(patient_id: int) -> ResponseReturnValue:
    """Put a patient away, with a reason."""
    patient = patients.find(patient_id, by=actor())
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            patients.archive(patient_id, form.reason.data, by=actor())
        except InvalidError as refused:
            form.show(refused.problems)
        else:
            flash(f"{patient.label} is archived. Their record is kept.", "success")
            return redirect(url_for("patients.listing"), 303)
    page = render_template("patients/archive.html", form=form, patient=patient)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/<int:patient_id>/restore")
@requires(Permission.PATIENT_EDIT)
def restore(patient_id: int) -> ResponseReturnValue:
    """Bring an archived patient back."""
    patients.restore(patient_id, by=actor())
    flash("The patient is back among the current ones.", "success")
    return redirect(url_for("patients.show", patient_id=patient_id), 303)


def _form(form: PatientForm, patient: patients.PatientView | None = None) -> str:
    return render_template("patients/form.html", form=form, patient=patient)


def _values(patient: patients.PatientView) -> dict[str, object]:
    draft = patient.draft
    return {name: getattr(draft, name) for name in draft.__dataclass_fields__} | {
        "version": str(patient.version)
    }


def _conflict(form: PatientForm, patient: patients.PatientView) -> str:
    """Show both versions; whoever decides sends everything typed again, with the newer version."""
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"version", "choice"}
    ]
    return render_template(
        "patients/conflict.html",
        patient=patient,
        rows=list(form.differences(patient.draft)),
        kept=[*kept, ("version", str(patient.version))],
    )
