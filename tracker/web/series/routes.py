"""The pages of series."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.check_ins.schedule import ScheduleLine
from tracker.domain.clinic.course_rules import CourseRules
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Indication, SeriesState
from tracker.domain.courses import text as course_text
from tracker.domain.problems import StaleError
from tracker.domain.series import plan as series_plan
from tracker.domain.series.placing import PlacedDay
from tracker.domain.series.plan import SeriesDraft
from tracker.services import clock
from tracker.services.check_ins import schedules
from tracker.services.check_ins.schedules import ScheduleView
from tracker.services.courses import queries as course_queries
from tracker.services.patients import commands as patient_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import plan_context
from tracker.services.series import queries as series_queries
from tracker.services.series import start_rules as series_start
from tracker.services.series.queries import SeriesView
from tracker.web import conflicts
from tracker.web.calendar.routes import tell_conflicts_of_series
from tracker.web.guard import actor, requires
from tracker.web.live.forms import BeginForm
from tracker.web.series.forms import SeriesChangeForm, SeriesForm, StateForm
from tracker.web.series.schedule_forms import ScheduleForm
from tracker.web.sessions import answers as shown
from tracker.web.sessions import life as session_life

blueprint = Blueprint("series", __name__)

CHANGED_MEANWHILE = (
    "Somebody changed this series meanwhile. What you chose is still here: compare it with what "
    "stands, below, and save again to put yours in its place."
)
STATE_CHANGED = (
    "Somebody changed this series meanwhile: it is {} now. Look at it, then decide; what you wrote "
    "is still here."
)
# What a button calls the step into a state, and what is said of it first.
STEPS = {
    SeriesState.ACTIVE: (
        "Take up again",
        "Sessions that were cancelled when it ended are planned again.",
    ),
    SeriesState.COMPLETED: ("Complete", "Sessions still planned are cancelled."),
    SeriesState.STOPPED: ("Stop", "Sessions still planned are cancelled. Say why it stops."),
}


@blueprint.route("/patients/<int:patient_id>/series/new", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def new(patient_id: int) -> ResponseReturnValue:
    """Plan a series; shows its dates first when asked to."""
    patient = patient_commands.find(patient_id, by=actor())
    rules = PlanningSettings.read(g.clinic.settings)
    form = _new_form(patient_id, next(iter(patient.draft.indications), None), rules)
    draft, place = form.draft(), ""
    if form.is_submitted():
        problems = series_plan.check(draft)
        if not form.validate() or (problems and request.form.get("preview")):
            form.show(problems)
        elif request.form.get("preview"):
            form.status = 200
            form.findings = tuple(plan_context.of_plan(patient_id, draft, by=actor()))
            place = course_queries.with_draft(patient_id, draft, patient.zone, _rules())
        elif (made := _plan(form, patient_id, draft)) is not None:
            flash("Series planned. Every session can be moved.", "success")
            placed = series_plan.planned_days(draft, rules.closed_days)
            tell_conflicts_of_series(made, placed[0], placed[-1])
            return redirect(url_for("series.show", series_id=made), 303)
    form.seen.data = shown.write(form.findings)
    days = _preview(form, draft, rules)
    form.show_doses(draft)
    page = render_template(
        "series/new.html",
        form=form,
        patient=patient,
        draft=draft,
        days=days,
        laid_out_by=series_plan.LAYING_OUT,
        conflicts=_conflicts(patient_id, draft, days),
        place=place,
        proposal=course_text.proposal(course_queries.of_plan(patient_id, patient.zone, _rules())),
        templates=series_plan.TEMPLATES.values(),
        assessed=series_start.of_patient(patient_id),
    )
    return page, form.status if form.is_submitted() else 200


def _new_form(
    patient_id: int, indication: Indication | None, rules: PlanningSettings
) -> SeriesForm:
    """Start from the patient's indication, and from where and when the last series took place."""
    last = None if request.form else series_queries.last_place(patient_id)
    data = {"indication": indication} | (last or {})
    form = SeriesForm(data=data)
    form.chair.offer(rules.chairs, form.chair.data or "")
    return form


def _plan(form: SeriesForm, patient_id: int, draft: SeriesDraft) -> int | None:
    return form.send(
        lambda: series_commands.plan(
            patient_id,
            draft,
            by=actor(),
            once=form.once.data,
            eligibility_reason=form.eligibility_reason.data or "",
            seen=shown.read(form.seen.data),
        )
    )


def _preview(
    form: SeriesForm, draft: SeriesDraft, rules: PlanningSettings
) -> tuple[PlacedDay, ...]:
    """Lay the dates out as soon as they follow from what was typed, whatever else is wrong."""
    unread = any(form[name].process_errors for name in series_plan.LAYING_OUT)
    wrong = {problem.field for problem in series_plan.check(draft)}
    if unread or not wrong.isdisjoint(series_plan.LAYING_OUT):
        return ()
    return series_plan.laid_out(draft, rules.closed_days)


def _conflicts(
    patient_id: int, draft: SeriesDraft, days: Sequence[PlacedDay]
) -> Mapping[date, tuple[str, ...]]:
    """Say what would stand in the way of the days that the page shows."""
    if not days:
        return {}
    # Imported here: a start and most pages do without.
    from tracker.services.calendar import queries as calendar_queries

    wanted = [one.day for one in days]
    return calendar_queries.conflicts_of_plan(patient_id, draft, wanted, by=actor())


@blueprint.get("/series/<int:series_id>/")
@requires(Permission.PATIENT_VIEW)
def show(series_id: int) -> ResponseReturnValue:
    """Show a series with its sessions and what can be done with each."""
    one = series_queries.find(series_id, by=actor())
    start = series_start.of_series(series_id, g.clinic.zone)
    return render_template(
        "series/show.html",
        one=one,
        today=clock.today(g.clinic.zone),
        steps=STEPS,
        begin=BeginForm(),
        start=start,
        course=_course(one),
        remarks=plan_context.of_series(one),
        links={line.session_id: session_life.links(line) for line in one.sessions},
    )


def _rules() -> CourseRules:
    """Take the rules of courses from the clinic that was read with the sign-in."""
    return TreatmentSettings.read(g.clinic.settings).course_rules


def _course(one: SeriesView) -> str:
    """Say which course a series belongs to, and who says so."""
    zone = g.clinic.zone
    words = course_queries.of_series(one.patient_id, one.record.number, zone, _rules())
    if not words:
        return "None yet: no dose was given"
    by = "as its plan says" if one.record.course_role else "by the rule of phase and pause"
    return f"{words}, {by}"


@blueprint.route("/series/<int:series_id>/edit", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def edit(series_id: int) -> ResponseReturnValue:
    """Change what is planned."""
    there = redirect(url_for("series.show", series_id=series_id), 303)
    if conflicts.theirs_stands():
        return there
    one = series_queries.find(series_id, by=actor())
    form = SeriesChangeForm(obj=one.record, version=one.version)
    draft = form.draft()

    def change() -> int:
        if not series_plan.check_change(draft):
            keeps = bool(form.keep_own_doses.data)
            unusual = plan_context.of_change(one, draft, keeps_own_doses=keeps)
            plan_context.ask_to_read(unusual, shown.read(form.seen.data))
        return series_commands.change(
            series_id,
            draft,
            version=form.version.data,
            by=actor(),
            keep_own_doses=bool(form.keep_own_doses.data),
        )

    if form.is_submitted() and not form.validate():
        form.show(series_plan.check_change(draft))
    elif form.is_submitted():
        try:
            if form.send(change) is not None:
                flash("Plan changed. Sessions still to come follow it.", "success")
                return there
        except StaleError:
            rows = list(form.differences(one))
            return conflicts.page(
                "series/conflict.html", rows, one.version, by="Somebody", there=there, one=one
            )
    form.seen.data = shown.write(form.findings)
    rule = course_text.rule(_rules())
    page = render_template("series/edit.html", form=form, one=one, rule=rule)
    return page, form.status if form.is_submitted() else 200


@blueprint.route("/series/<int:series_id>/move", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def move(series_id: int) -> ResponseReturnValue:
    """Move all sessions still to come to other weekdays, a time and a chair."""
    # Imported here: a start and most pages do without.
    from tracker.web.series import rescheduling

    return rescheduling.page(series_id)


@blueprint.route("/series/<int:series_id>/state", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def state(series_id: int) -> ResponseReturnValue:
    """Complete, stop or take a series up again."""
    asked_for = request.args.get("to", "")
    if asked_for not in STEPS:
        abort(404)
    there = redirect(url_for("series.show", series_id=series_id), 303)
    one = series_queries.find(series_id, by=actor())
    form = StateForm(version=one.version)
    to = SeriesState(asked_for)
    asked = series_start.question(series_id) if to is SeriesState.ACTIVE else ""
    if asked:
        form.eligibility_reason.description = asked
    else:
        del form.eligibility_reason

    def step() -> int:
        series_commands.set_state(
            series_id,
            to,
            form.reason.data,
            version=form.version.data,
            by=actor(),
            eligibility_reason=form.eligibility_reason.data if asked else "",
        )
        return series_id

    if form.validate_on_submit():
        try:
            if form.send(step) is not None:
                flash(f"The series is now {to.label.lower()}.", "success")
                return there
        except StaleError:
            form.reopen(one.version, STATE_CHANGED.format(one.record.state.label.lower()))
    page = render_template("series/state.html", form=form, one=one, to=to, step=STEPS[to])
    return page, form.status if form.is_submitted() else 200


@blueprint.route("/series/<int:series_id>/schedule", methods=["GET", "POST"])
@requires(Permission.CHECK_IN_EDIT)
def schedule(series_id: int) -> ResponseReturnValue:
    """Change which questionnaires are asked for, and when."""
    one = schedules.find(series_id, by=actor())
    form = ScheduleForm.of(one)
    act = request.form.get("act", "save")
    if form.is_submitted() and act == "add":
        form.lines.append_entry()
        form.status = 200
    elif form.is_submitted() and (act == "usual" or _is_readable(form)):
        lines = None if act == "usual" else form.draft()
        if (answer := _save_schedule(form, one, lines)) is not None:
            return answer
    page = render_template("series/schedule.html", form=form, one=one, titles=schedules.titles())
    return page, form.status if form.is_submitted() else 200


def _is_readable(form: ScheduleForm) -> bool:
    """Say whether every line could be read; where not, tell everything that is wrong at once."""
    if form.validate():
        return True
    form.show(schedules.problems(form.draft()))
    return False


def _save_schedule(
    form: ScheduleForm, one: ScheduleView, lines: list[ScheduleLine] | None
) -> ResponseReturnValue | None:
    """Save a schedule; None when the form must be shown again."""

    def save() -> int:
        schedules.change(
            one.series_id, lines, version=form.version.data, by=actor(), once=form.once.data
        )
        return one.series_id

    try:
        if form.send(save) is None:
            return None
    except StaleError:
        form.reopen(one.version, CHANGED_MEANWHILE)
        return None
    flash("Schedule saved. Check-ins still ahead follow it.", "success")
    return redirect(url_for("series.show", series_id=one.series_id), 303)
