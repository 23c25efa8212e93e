"""The steps in the life of a session as pages: what leads on from its state, and how."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.codes import SessionState
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.formatting import full_day, number, time_of_day
from tracker.domain.problems import StaleError
from tracker.domain.sessions import life
from tracker.domain.sessions.life import Step, Way
from tracker.domain.sessions.line import SessionLine
from tracker.domain.sessions.record import SessionRecord
from tracker.services import clock
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import suggestions
from tracker.services.series import queries as series_queries
from tracker.services.series.queries import SeriesView
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import tied_scores, voiding
from tracker.services.sessions.commands import SessionView
from tracker.services.sessions.tied_scores import TiedScore
from tracker.services.sessions.voiding import Transfer
from tracker.services.worksheets import queries as worksheet_queries
from tracker.services.worksheets.queries import WorksheetBrief
from tracker.web.addresses import asked_id
from tracker.web.forms import NounForm
from tracker.web.guard import actor, may
from tracker.web.patients import search_terms
from tracker.web.sessions import answers
from tracker.web.sessions.forms import (
    AddSessionForm,
    NotHeldForm,
    RestoreForm,
    TransferForm,
    VoidSessionForm,
)

# Where each step is taken; those of POST take it at once, the others have a page that asks.
ENDPOINTS = {
    Step.BEGIN: "live.begin",
    Step.NOT_BEGUN: "live.undo_begin",
    Step.RECORD: "sessions.record",
    Step.SIGN: "sessions.sign",
    Step.AMEND: "sessions.amend",
    Step.MOVE: "sessions.move",
    Step.CANCEL: "sessions.cancel_or_miss",
    Step.MISS: "sessions.cancel_or_miss",
    Step.PLAN_AGAIN: "sessions.plan_again",
    Step.VOID: "sessions.void",
    Step.TRANSFER: "sessions.transfer",
    Step.RESTORE: "sessions.restore",
}
AT_ONCE = frozenset({Step.BEGIN, Step.PLAN_AGAIN})
_STATES = {Step.CANCEL: SessionState.CANCELLED, Step.MISS: SessionState.MISSED}
CHANGED = "Somebody changed this session meanwhile. What it says now is on its page: read it first."


class StepLink(Struct, frozen=True):
    """A step that may be taken: what its button says, where it leads, whether at once."""

    step: Step
    label: str
    url: str
    at_once: bool


def links(told: SessionRecord | SessionLine) -> list[StepLink]:
    """List the steps that lead on from a session and that whoever looks may take."""
    return list(_links(told))


def _links(told: SessionRecord | SessionLine) -> Iterator[StepLink]:
    known: set[Step] = set()
    if life.check_missed(told.planned_on, today=clock.today(g.clinic.zone)):
        known.add(Step.MISS)  # it is still to come
    for way in life.ways(told.state, given=told.started_at is not None):
        if way.step not in known and may(way.permission):
            known.add(way.step)
            yield StepLink(way.step, way.step.label, _url(way, told), way.step in AT_ONCE)


def _url(way: Way, told: SessionRecord | SessionLine) -> str:
    state = _STATES.get(way.step)
    values: dict[str, Any] = {"state": state.value} if state else {}
    return url_for(ENDPOINTS[way.step], session_id=told.session_id, **values)


def cancel_or_miss(session_id: int) -> ResponseReturnValue:
    """Say that a planned session was cancelled or missed, and why; plan another if wanted."""
    form = NotHeldForm(data={"state": request.args.get("state")})

    def action() -> int:
        return life_steps.cancel_or_miss(
            session_id, form.state.data, form.reason.data or "",
            another_on=form.another_on.data if form.another.data else None,
            by=actor(), once=form.once.data,
        )  # fmt: skip

    if form.validate_on_submit() and _is_dated(form) and form.send(action) is not None:
        more = " Another one is planned." if form.another.data else ""
        flash(f"The session is {form.state.data.label.lower()}.{more}", "success")
        return _to(session_id)
    view = session_commands.find(session_id, by=actor())
    if not form.is_submitted():
        form.another_on.data = life_steps.propose_day(view.series_id, _closed_days())
    return _page("sessions/cancel_or_miss.html", form, view)


def _closed_days() -> frozenset[date]:
    return PlanningSettings.read(g.clinic.settings).closed_days


def _is_dated(form: NotHeldForm) -> bool:
    """Say whether the day of another one is given where one is wanted."""
    if form.another.data and form.another_on.data is None:
        form.another_on.errors = ["Give the day of the other session."]
        return False
    return True


def plan_again(session_id: int) -> ResponseReturnValue:
    """Put a session that was cancelled or missed back among the planned ones."""
    form = NounForm()
    if form.send(lambda: life_steps.plan_again(session_id, by=actor())) is None:
        for message in form.form_errors:
            flash(message, "warning")
    else:
        flash("The session is planned again.", "success")
    return _to(session_id)


def add(series_id: int) -> ResponseReturnValue:
    """Plan one more session of a series."""
    form = AddSessionForm()
    if form.validate_on_submit():
        made = form.send(
            lambda: life_steps.add(series_id, form.planned_on.data, by=actor(), once=form.once.data)
        )
        if made is not None:
            flash("One more session is planned.", "success")
            return redirect(url_for("series.show", series_id=series_id), 303)
    one = series_queries.find(series_id, by=actor())
    if not form.is_submitted():
        form.planned_on.data = life_steps.propose_day(series_id, _closed_days())
    page = render_template("sessions/add.html", form=form, one=one)
    return page, form.status if form.is_submitted() else 200


def void(session_id: int) -> ResponseReturnValue:
    """Strike a session out, with a reason."""
    form = VoidSessionForm()

    def action() -> int:
        return voiding.void(
            session_id, form.reason.data or "", version=form.version.data, by=actor(),
            once=form.once.data, plan_again=bool(form.plan_again.data),
            score_ids=form.scores.data or (),
        )  # fmt: skip

    if _take(form, action):
        flash("The session is struck out. It stays readable here and counts nowhere.", "success")
        return _to(session_id)
    view = session_commands.find(session_id, by=actor())
    form.version.data = view.version
    if view.record.planned_on is None:
        del form.plan_again
    _offer_scores(form, view)
    return _page("sessions/void.html", form, view, worksheet=_worksheet(view))


def restore(session_id: int) -> ResponseReturnValue:
    """Let a session stand again that was struck out by mistake."""
    form = RestoreForm()

    def action() -> int:
        return voiding.restore(
            session_id, form.reason.data or "", version=form.version.data, by=actor(),
            once=form.once.data,
        )  # fmt: skip

    if _take(form, action):
        flash("The session stands again.", "success")
        return _to(session_id)
    view = session_commands.find(session_id, by=actor())
    form.version.data = view.version
    return _page("sessions/restore.html", form, view)


def transfer(session_id: int) -> ResponseReturnValue:
    """Move a session to the patient, or the series, that it belongs to."""
    view = session_commands.find(session_id, by=actor())
    query, patient_id = search_terms.from_address(), asked_id("patient")
    if patient_id is None and request.method == "POST":
        terms = search_terms.seal("q", search_terms.from_form())
        return redirect(url_for("sessions.transfer", session_id=session_id, terms=terms), 303)
    if patient_id is None:
        found = suggestions.suggest(query, by=actor()).lines if query else ()
        return render_template(
            "sessions/transfer_to.html",
            view=view,
            told=view.record,
            query=query,
            found=[line for line in found if line.id != view.patient_id],
            has_other_series=len(series_queries.of_patient(view.patient_id, by=actor())) > 1,
        )
    patient = patient_commands.find(patient_id, by=actor())
    courses = series_queries.of_patient(patient_id, by=actor())
    form = TransferForm()
    form.target.choices = list(_targets(courses, view))
    if form.is_submitted():
        saved = _send_transfer(session_id, form)
        if saved is not None:
            flash("The session is recorded here, and struck out where it was.", "success")
            return _to(saved)
    form.version.data = view.version
    _offer_scores(form, view)
    _offer_to_wait(form, view)
    form.answered.raw_data, form.answered.data = None, answers.write(form.findings)
    page = render_template(
        "sessions/transfer.html",
        form=form,
        view=view,
        told=view.record,
        patient=patient,
        worksheet=_worksheet(view),
    )
    return page, form.status if form.is_submitted() else 200


def _send_transfer(session_id: int, form: TransferForm) -> int | None:
    if not form.validate():
        return None
    series_id, _, planned = (form.target.data or "").partition("-")
    wanted = Transfer(
        int(series_id), int(planned) if planned else None, form.reason.data or "",
        form.comment.data or "", tuple(form.scores.data or ()), bool(form.plan_again.data),
    )  # fmt: skip
    try:
        return form.send(
            lambda: voiding.transfer(
                session_id, wanted, version=form.version.data, by=actor(), once=form.once.data,
                answered=answers.read(form.answered.data),
            )
        )  # fmt: skip
    except StaleError:
        form.form_errors.append(CHANGED)
        return None


def _offer_to_wait(form: TransferForm, view: SessionView) -> None:
    """Offer that a planned session waits again, since what was held in it was another's."""
    told = view.record
    here = series_queries.find(view.series_id, by=actor()).record
    if told.planned_on is None or here.state in life_steps.ENDED:
        del form.plan_again
        return
    form.plan_again.label.text = (
        f"Session {told.number} of {view.patient_label}, series {here.number}, is still to be "
        f"held: plan it again for {full_day(told.planned_on)}"
    )
    if not form.is_submitted():
        form.plan_again.data = True


def _offer_scores(form: VoidSessionForm | TransferForm, view: SessionView) -> None:
    """Offer the scores of a session that stand, each with its scale, total and time."""
    told, zone = view.record, g.clinic.zone
    offered = [
        (one.score_id, _words_of(one), one.is_of_sitting)
        for one in tied_scores.of_session(told.session_id, told.started_at, zone, by=actor())
    ]
    if offered:
        form.scores.offer(offered, opens=not form.is_submitted())
    else:
        del form.scores


def _words_of(score: TiedScore) -> str:
    total = number(score.total) if score.total is not None else "incomplete"
    at = score.taken_at.astimezone(g.clinic.zone)
    when = f"{full_day(at)}, {time_of_day(at)}" if score.time_known else full_day(at)
    return f"{score.scale} {total}, {when}"


def _targets(courses: list[SeriesView], view: SessionView) -> Iterator[tuple[str, str]]:
    """List where a session may be recorded: planned ones of each series, or one more."""
    for course in courses:
        if course.id == view.series_id:
            continue
        record = course.record
        given = f"{record.drug.label.lower()}, {record.route.label}"
        of = f"series {record.number} ({record.indication.label}, {given})"
        for line in course.sessions:
            if life.find(Step.RECORD, line.state, given=False):
                day = full_day(line.planned_on) if line.planned_on else "no day"
                yield f"{course.id}-{line.session_id}", f"Session {line.number} of {of}: {day}"
        yield f"{course.id}-", f"One more session of {of}"


def _worksheet(view: SessionView) -> WorksheetBrief:
    """Say how the worksheet of a session stands, which only nasal esketamine has."""
    told = view.record
    if is_nasal_esketamine(told.drug, told.route):
        return worksheet_queries.brief(told.session_id, by=actor())
    return WorksheetBrief()


def _take(form: VoidSessionForm | RestoreForm, action: Callable[[], int]) -> bool:
    """Say whether a step was taken; a page that is out of date is shown anew."""
    if not form.validate_on_submit():
        return False
    try:
        return form.send(action) is not None
    except StaleError:
        form.form_errors.append(CHANGED)
        return False


def _page(template: str, form: NounForm, view: SessionView, **more: Any) -> ResponseReturnValue:
    status = form.status if request.method == "POST" else 200
    return render_template(template, form=form, view=view, told=view.record, **more), status


def _to(session_id: int) -> ResponseReturnValue:
    return redirect(url_for("sessions.show", session_id=session_id), 303)
