"""The pages of series."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain import plans
from tracker.domain.access import Permission
from tracker.domain.problems import InvalidError, StaleError
from tracker.domain.words import SeriesState
from tracker.services import patients, series
from tracker.services.patients import PatientView
from tracker.services.series import SeriesView
from tracker.services.unit import AlreadySavedError
from tracker.web.guard import actor, requires
from tracker.web.series.forms import SeriesChangeForm, SeriesForm, StateForm

blueprint = Blueprint("series", __name__)

# What a button calls the step into a state, and what is said of it first.
STEPS = {
    SeriesState.ACTIVE: ("Take up again", "Sessions can be planned and recorded again."),
    SeriesState.COMPLETED: ("Complete", "Sessions still planned are cancelled."),
    SeriesState.STOPPED: ("Stop", "Sessions still planned are cancelled. Say why it stops."),
}


@blueprint.route("/patients/<int:patient_id>/series/new", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def new(patient_id: int) -> ResponseReturnValue:
    """Plan a series; shows its dates first when asked to."""
    patient = patients.find(patient_id, by=actor())
    form = SeriesForm(data={"indication": next(iter(patient.draft.indications), None)})
    if not form.validate_on_submit():
        return _new(form, patient), 422 if form.is_submitted() else 200
    draft = form.draft()
    if request.form.get("preview"):
        problems = plans.check(draft)
        form.show(problems)
        return _new(form, patient, () if problems else plans.lay_out(draft)), 422 if problems else 200
    try:
        series_id = series.plan(patient_id, draft, by=actor(), once=form.once.data)
    except AlreadySavedError as earlier:
        series_id = earlier.result_id
    except InvalidError as refused:
        form.show(refused.problems)
        return _new(form, patient), 422
    flash("Series planned. Every session can be moved.", "success")
    return redirect(url_for("series.show", series_id=series_id), 303)


@blueprint.get("/series/<int:series_id>/")
@requires(Permission.PATIENT_VIEW)
def show(series_id: int) -> ResponseReturnValue:
    """Show a series with its sessions and what can be done with each."""
    return render_template("series/show.html", one=series.find(series_id, by=actor()), steps=STEPS)


@blueprint.route("/series/<int:series_id>/edit", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def edit(series_id: int) -> ResponseReturnValue:
    """Change what is planned."""
    there = redirect(url_for("series.show", series_id=series_id), 303)
    if request.form.get("choice") == "theirs":
        flash("What the other person saved stands. Yours was not saved.", "info")
        return there
    one = series.find(series_id, by=actor())
    form = SeriesChangeForm(obj=one.record, version=str(one.version))
    if not form.validate_on_submit():
        return _edit(form, one), 422 if form.is_submitted() else 200
    try:
        series.change(series_id, form.draft(), version=_version(form), by=actor())
    except StaleError:
        return _conflict(form, one), 409
    except InvalidError as refused:
        form.show(refused.problems)
        return _edit(form, one), 422
    flash("Plan changed. Sessions still to come follow it.", "success")
    return there


@blueprint.route("/series/<int:series_id>/state", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def state(series_id: int) -> ResponseReturnValue:
    """Complete, stop or take a series up again."""
    wanted = request.args.get("to", "")
    if wanted not in STEPS:
        abort(404)
    there = redirect(url_for("series.show", series_id=series_id), 303)
    one = series.find(series_id, by=actor())
    form = StateForm(version=str(one.version))
    to = SeriesState(wanted)
    if form.validate_on_submit():
        try:
            series.set_state(series_id, to, form.reason.data, version=_version(form), by=actor())
        except StaleError:
            flash("Somebody changed this series meanwhile. Look again, then decide.", "warning")
            return there
        except InvalidError as refused:
            form.show(refused.problems)
        else:
            flash(f"The series is now {to.label.lower()}.", "success")
            return there
    page = render_template("series/state.html", form=form, one=one, to=to, step=STEPS[to])
    return page, 422 if form.is_submitted() else 200


def _new(form: SeriesForm, patient: PatientView, days: tuple[date, ...] = ()) -> str:
    return render_template(
        "series/new.html",
        form=form,
        patient=patient,
        days=days,
        templates=plans.TEMPLATES.values(),
    )


def _edit(form: SeriesChangeForm, one: SeriesView) -> str:
    return render_template("series/edit.html", form=form, one=one)


def _version(form: SeriesChangeForm | StateForm) -> int:
    """Read the version that was opened; nonsense is none, and so is out of date."""
    text = form.version.data or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _conflict(form: SeriesChangeForm, one: SeriesView) -> str:
    """Show both versions; whoever decides sends everything typed again, with the newer version."""
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"version", "choice"}
    ]
    return render_template(
        "series/conflict.html",
        one=one,
        rows=list(form.differences(one)),
        kept=[*kept, ("version", str(one.version))],
    )
