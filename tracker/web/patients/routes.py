"""The pages of patients."""

from typing import TYPE_CHECKING

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import StaleError
from tracker.services.check_ins.schedules import titles
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import page as patient_page
from tracker.services.patients import search as patient_search
from tracker.services.patients import suggestions
from tracker.services.patients.commands import PatientView
from tracker.web import conflicts
from tracker.web.addresses import asked_page
from tracker.web.guard import actor, may, requires
from tracker.web.patients import search_terms
from tracker.web.patients.forms import PatientForm, ReasonForm
from tracker.web.progress.panel import panel
from tracker.web.progress.parts import parts
from tracker.web.sessions import answers as shown

if TYPE_CHECKING:
    from tracker.services.merges.queries import MergeView

blueprint = Blueprint("patients", __name__, url_prefix="/patients")

# What the list can show: the address's word and the tab's.
SHOWS = {
    "current": "Current",
    "active": "With an active series",
    "overdue": "Check-in overdue",
    "attention": "Needs attention",
    "archived": "Archived",
    "all": "Everybody",
}

_PARTS = ("lede", "actions", "course", "details")  # of the page of a patient, which are kept


@blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.PATIENT_LIST)
def listing() -> ResponseReturnValue:
    """List patients by name, or those whom a search finds."""
    show = request.values.get("show", "")
    show = show if show in SHOWS else "current"
    if request.method == "POST":
        return _find(search_terms.from_form(), show)
    query = search_terms.from_address()
    found = patient_search.listing(by=actor(), query=query, show=show, **asked_page())
    return render_template(
        "patients/listing.html",
        found=found,
        query=query,
        terms=request.args.get(search_terms.PARAMETER) if query else None,
        show=show,
        shows=SHOWS,
    )


def _find(query: str, show: str) -> ResponseReturnValue:
    """Go where a search leads: the one on top of every page opens whoever is the only one found."""
    if request.form.get("open") and (one := suggestions.suggest(query, by=actor()).only):
        return redirect(url_for("patients.show", patient_id=one.id), 303)
    terms = search_terms.seal("q", query)
    return redirect(url_for("patients.listing", show=show, terms=terms), 303)


@blueprint.get("/search")
@requires(Permission.PATIENT_LIST)
def search() -> ResponseReturnValue:
    """Answer what is typed so far with the first who fit; nothing typed, with whom one saw last."""
    query = search_terms.from_header()
    found = suggestions.suggest(query, by=actor()) if query else suggestions.recent(by=actor())
    return render_template("patients/_suggestions.html", found=found, query=query)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.PATIENT_EDIT)
def new() -> ResponseReturnValue:
    """Enter a patient."""
    form = PatientForm(other_number_name=_other_number_name())
    if form.is_submitted():
        draft, asked = form.draft(), shown.read(form.seen.data)
        if _is_readable(form, draft):
            made = form.send(
                lambda: patient_commands.add(draft, by=actor(), once=form.once.data, seen=asked)
            )
            form.seen.data = shown.write(form.findings)
            if made is not None:
                flash("Patient entered. What comes next stands under First steps.", "success")
                return redirect(url_for("patients.show", patient_id=made), 303)
    return _form(form)


@blueprint.get("/<int:patient_id>/")
@requires(Permission.PATIENT_VIEW)
def show(patient_id: int) -> ResponseReturnValue:
    """Show one patient's whole course."""
    page = patient_page.show(patient_id, by=actor())
    voids = may(Permission.SCORE_RECORD)

    def values() -> dict[str, object]:
        progress = panel(page.progress.trend(), patient_id=patient_id)
        return {"page": page, "progress": progress, "voids": voids, "titles": titles()}

    shown = parts("patients/_page.html", _PARTS, (voids, page.key), values)
    return render_template(
        "patients/show.html",
        patient=page.patient,
        whose=page.banner,
        alerts=page.alerts,
        words=page.words,
        merge=_merge_of(page.patient),
        **dict(zip(_PARTS, shown, strict=True)),
    )


@blueprint.route("/<int:patient_id>/edit", methods=["GET", "POST"])
@requires(Permission.PATIENT_EDIT)
def edit(patient_id: int) -> ResponseReturnValue:
    """Change who somebody is."""
    there = redirect(url_for("patients.show", patient_id=patient_id), 303)
    if conflicts.theirs_stands():
        return there
    patient = patient_commands.find(patient_id, by=actor())
    kept = patient.draft.other_number
    form = PatientForm(data=_values(patient), other_number_name=_other_number_name(), kept=kept)
    draft, asked = form.draft(), shown.read(form.seen.data)

    def change() -> int:
        patient_commands.change(
            patient_id, draft, version=form.version.data, by=actor(), once=form.once.data,
            seen=asked,
        )  # fmt: skip
        return patient_id

    if form.is_submitted() and _is_readable(form, draft, patient_id):
        try:
            if form.send(change) is not None:
                flash("Changes saved.", "success")
                return there
        except StaleError:
            rows = list(form.differences(patient.draft))
            return conflicts.page(
                "patients/conflict.html", rows, patient.version, by=patient.changed_by,
                there=there, patient=patient,
            )  # fmt: skip
        form.seen.data = shown.write(form.findings)
    return _form(form, patient)


@blueprint.route("/<int:patient_id>/archive", methods=["GET", "POST"])
@requires(Permission.PATIENT_EDIT)
def archive(patient_id: int) -> ResponseReturnValue:
    """Put a patient away, with a reason."""
    patient = patient_commands.find(patient_id, by=actor())
    form = ReasonForm()

    def put_away() -> int:
        patient_commands.archive(patient_id, form.reason.data, by=actor())
        return patient_id

    if form.validate_on_submit() and form.send(put_away) is not None:
        flash("The patient is archived. Their record is kept.", "success")
        return redirect(url_for("patients.listing"), 303)
    page = render_template("patients/archive.html", form=form, patient=patient)
    return page, form.status if form.is_submitted() else 200


@blueprint.post("/<int:patient_id>/restore")
@requires(Permission.PATIENT_EDIT)
def restore(patient_id: int) -> ResponseReturnValue:
    """Bring an archived patient back."""
    patient_commands.restore(patient_id, by=actor())
    flash("The patient is back among the current ones.", "success")
    return redirect(url_for("patients.show", patient_id=patient_id), 303)


def _merge_of(patient: PatientView) -> "MergeView | None":
    if patient.merged_into_id is None:
        return None
    from tracker.services.merges import queries  # hardly ever needed: no start waits for it

    return queries.of_merged(patient.id, by=actor())


def _is_readable(form: PatientForm, draft: PatientDraft, patient_id: int | None = None) -> bool:
    """Say whether every text could be read; where not, tell everything that is wrong at once."""
    if form.validate():
        return True
    form.show(patient_commands.problems(draft, by=actor(), patient_id=patient_id))
    return False


def _other_number_name() -> str:
    return ClinicSettings.read(g.clinic.settings).other_number_name


def _form(form: PatientForm, patient: PatientView | None = None) -> ResponseReturnValue:
    page = render_template("patients/form.html", form=form, patient=patient)
    return page, form.status if form.is_submitted() else 200


def _values(patient: PatientView) -> dict[str, object]:
    draft = patient.draft
    return {name: getattr(draft, name) for name in draft.__struct_fields__} | {
        "version": patient.version
    }
