"""Record a session, planned or extra; read, amend, move, set aside and follow one up."""

from functools import partial

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict

from tracker.domain.access import Permission
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.codes import SessionState
from tracker.domain.live.entries import EntryKind
from tracker.domain.measures import VITAL_SIGNS
from tracker.domain.parsing import check_reason
from tracker.domain.problems import StaleError
from tracker.domain.series import placing
from tracker.domain.sessions import comments
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions import fields as session_fields
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.fields import FieldKind, Reader
from tracker.domain.sessions.record import SessionRecord
from tracker.services import clock, drafts
from tracker.services.checklists import queries as checklist_queries
from tracker.services.diary import queries as diary_queries
from tracker.services.diary.queries import DiaryLine
from tracker.services.scores import commands as score_commands
from tracker.services.series import plan_context
from tracker.services.series import start_rules as series_start
from tracker.services.sessions import amendments, follow_ups, planning
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions.commands import SessionPage
from tracker.services.stock import session_use as stock_use
from tracker.services.worksheets import queries as worksheet_queries
from tracker.web.calendar.routes import tell_conflicts
from tracker.web.drafts.autosave import form_of_request, keeps_draft
from tracker.web.filters import moment
from tracker.web.forms import NounForm
from tracker.web.guard import actor, may, requires
from tracker.web.login import fresh
from tracker.web.sessions import answers, cards, conflict, history, life, signing
from tracker.web.sessions.forms import (
    AmendForm,
    FollowUpForm,
    MoveSessionForm,
    SessionForm,
)

blueprint = Blueprint("sessions", __name__)

RECORDED_TWICE = "Two people recorded this session."
BEGUN_MEANWHILE = (
    "Somebody has begun this session meanwhile. Write into its log, and sign it there."
)


@blueprint.get("/sessions/<int:session_id>/")
@requires(Permission.PATIENT_VIEW)
def show(session_id: int) -> ResponseReturnValue:
    """Show a session with its history."""
    # Imported here: a start and most pages do without what tells a session minute by minute.
    from tracker.services.timelines import pictures as timeline_pictures
    from tracker.web.timelines.panel import log, panel

    view = session_commands.find(session_id, by=actor())
    day = timeline_pictures.load(session_id, by=actor())
    messages = [finding.message for finding in view.findings]
    return render_template(
        "sessions/show.html",
        view=view,
        said={message: comments.answer_to(view.record.comment, message) for message in messages},
        said_besides=comments.without(view.record.comment, messages),
        told=view.record,
        steps=history.steps(view, g.clinic.zone),
        links=life.links(view.record),
        scores=score_commands.of_session(session_id, by=actor()),
        vitals=VITAL_SIGNS,
        notes=_notes(view.record),
        start=series_start.of_series(view.series_id, g.clinic.zone),
        timeline=panel(day),
        log=log(day),
        gate=checklist_queries.last_of(day.entries, EntryKind.GATE),
        discharge=checklist_queries.last_of(day.entries, EntryKind.DISCHARGE),
        worksheet=worksheet_queries.brief(session_id, by=actor()),
        drawn=stock_use.of_session(session_id, day.entries, by=actor()),
        words=_words(session_id, view.patient_id),
    )


def _words(session_id: int, patient_id: int) -> list[DiaryLine]:
    """List what the patient wrote of the days after, for who may read it."""
    if not may(Permission.DIARY_VIEW):
        return []
    return diary_queries.of_session(session_id, patient_id, by=actor())


def _notes(told: SessionRecord) -> list[tuple[str, str]]:
    """List the notes that stand at the end of a record, those of staff for staff alone."""
    see_all = may(Permission.PRIVATE_NOTES_VIEW)
    return [
        (one.label, getattr(told, one.name))
        for one in session_fields.DRAFTED
        if one.kind is FieldKind.TEXT
        and one.name not in _ELSEWHERE
        and (see_all or one.reader is not Reader.STAFF)
    ]


# The dose has its notes beside it, and what is unusual its comment.
_ELSEWHERE = frozenset({"dose_notes", "comment"})


@blueprint.route("/series/<int:series_id>/sessions/new", methods=["GET", "POST"])
@requires(Permission.SESSION_RECORD)
@keeps_draft("extra")
def extra(series_id: int) -> ResponseReturnValue:
    """Record a session that was not planned."""
    return _recording(session_commands.prepare_page(series_id, by=actor()), form_of_request())


@blueprint.route("/sessions/<int:session_id>/record", methods=["GET", "POST"])
@requires(Permission.SESSION_RECORD)
@keeps_draft("record")
def record(session_id: int) -> ResponseReturnValue:
    """Record a planned session that was held."""
    session_page = session_commands.prepare_page(None, session_id, by=actor())
    if session_page.state is SessionState.COMPLETED and request.method == "GET":
        return _to(session_id)
    if session_page.state is SessionState.UNDER_WAY and request.method == "GET":
        return redirect(url_for("sessions.sign", session_id=session_id), 303)
    return _recording(session_page, form_of_request())


def _recording(session_page: SessionPage, key: str) -> ResponseReturnValue:
    zone = g.clinic.zone
    stored = drafts.find(key, by=actor()) if request.method == "GET" else None
    if stored:
        form = SessionForm(MultiDict(stored.content))
        answers.show(form)
    elif request.method == "GET":
        # The weight of last time is offered, and counts once somebody confirms it.
        draft = replace(session_page.draft, weight_kg=None)
        form = SessionForm.start(draft, zone, session_page.day)
    else:
        form = SessionForm()
        draft = form.draft(zone)
        action = partial(
            session_commands.record,
            draft,
            series_id=session_page.series_id,
            session_id=session_page.session_id,
            by=actor(),
            once=form.once.data,
            form=key,
            answered=answers.list_answered(form),
        )
        try:
            if session_page.state is SessionState.UNDER_WAY:
                form.form_errors.append(BEGUN_MEANWHILE)
            readable = _is_readable(form, draft) and not form.form_errors
            saved = form.send(action) if readable else None
        except StaleError:
            return conflict.page(session_page.session_id or 0, draft, RECORDED_TWICE)
        if saved is not None:
            flash("The session is saved.", "success")
            return _to(saved)
        answers.show(form)
    if form.status != 503:  # then no line can be written, and what was typed matters more
        session_commands.audit_view(session_page, by=actor())
    page = render_template(
        "sessions/record.html",
        form=form,
        sheet=session_page,
        key=key,
        kept=stored,
        effects=form.fields_of,
    )
    return page, form.status if request.method == "POST" else 200


@blueprint.route("/sessions/<int:session_id>/sign", methods=["GET", "POST"])
@requires(Permission.SESSION_RECORD)
@keeps_draft("sign")
def sign(session_id: int) -> ResponseReturnValue:
    """Sign a session under way: its log becomes the record."""
    return signing.page(session_id)


@blueprint.route("/sessions/<int:session_id>/amend", methods=["GET", "POST"])
@requires(Permission.SESSION_AMEND)
@keeps_draft("amend")
def amend(session_id: int) -> ResponseReturnValue:
    """Change what was recorded; the earlier version is kept."""
    view = session_commands.find(session_id, by=actor())
    if view.record.state is not SessionState.COMPLETED:
        return redirect(url_for("sessions.record", session_id=session_id), 303)
    zone, key = g.clinic.zone, form_of_request()
    stored = drafts.find(key, by=actor()) if request.method == "GET" else None
    if stored:
        form = AmendForm(MultiDict(stored.content))
        answers.show(form)
    elif request.method == "GET":
        form = AmendForm.start(view.draft, zone)
        form.version.data = view.version
    else:
        form = AmendForm()
        draft = form.draft(zone, view.draft)
        choice = request.form.get("choice")
        action = partial(
            amendments.keep_theirs if choice == "theirs" else amendments.amend,
            session_id, draft, reason=form.reason.data, version=form.version.data, by=actor(),
            once=form.once.data, form=key,
        )  # fmt: skip
        try:
            saved = form.send(action) if _is_readable(form, draft) else None
        except StaleError:
            return conflict.page(session_id, draft, form.reason.data)
        if saved is not None:
            if choice:
                conflict.forget(session_id)
            flash("The change is saved, and the earlier version is kept.", "success")
            return _to(saved)
        answers.show(form)
    page = render_template(
        "sessions/amend.html",
        form=form,
        view=view,
        key=key,
        kept=stored,
        effects=form.fields_of,
        cards=cards.lay_out(form, view.draft, zone),
    )
    return page, form.status if request.method == "POST" else 200


@blueprint.route("/sessions/<int:session_id>/move", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def move(session_id: int) -> ResponseReturnValue:
    """Change what is planned of a session: day, time, chair, dose."""
    stands = planning.find(session_id, by=actor())
    form = MoveSessionForm.of(stands, PlanningSettings.read(g.clinic.settings).chairs)
    plan = form.plan(stands)

    def action() -> int:
        if not placing.check(plan):
            unusual = plan_context.of_session(plan, session_id, by=actor())
            plan_context.ask_to_read(unusual, answers.read(form.seen.data))
        return planning.change(
            session_id, plan, by=actor(), once=form.once.data, opened=form.opened_stamp
        )

    if form.is_submitted() and not form.validate():
        form.show(placing.check(plan))
    elif form.is_submitted() and form.send(action) is not None:
        moved = plan.planned_on != stands.planned_on
        flash("The session is moved." if moved else "The plan of the session is saved.", "success")
        tell_conflicts(session_id, plan.planned_on)
        if request.args.get("back") == "calendar":
            return redirect(url_for("calendar.show", day=plan.planned_on, view="day"), 303)
        return _to(session_id)
    form.seen.raw_data, form.seen.data = None, answers.write(form.findings)
    return _planning(session_id, "sessions/move.html", form)


@blueprint.route("/sessions/<int:session_id>/not-held", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def cancel_or_miss(session_id: int) -> ResponseReturnValue:
    """Say that a planned session was cancelled or missed, and why."""
    return life.cancel_or_miss(session_id)


@blueprint.post("/sessions/<int:session_id>/plan-again")
@requires(Permission.SERIES_EDIT)
def plan_again(session_id: int) -> ResponseReturnValue:
    """Put a session that was cancelled or missed back among the planned ones."""
    return life.plan_again(session_id)


@blueprint.route("/series/<int:series_id>/sessions/plan", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def add(series_id: int) -> ResponseReturnValue:
    """Plan one more session of a series."""
    return life.add(series_id)


@blueprint.route("/sessions/<int:session_id>/void", methods=["GET", "POST"])
@requires(Permission.SESSION_AMEND)
@fresh
def void(session_id: int) -> ResponseReturnValue:
    """Strike a session out that was recorded in error."""
    return life.void(session_id)


@blueprint.route("/sessions/<int:session_id>/restore", methods=["GET", "POST"])
@requires(Permission.SESSION_AMEND)
def restore(session_id: int) -> ResponseReturnValue:
    """Let a session stand again that was struck out by mistake."""
    return life.restore(session_id)


@blueprint.route("/sessions/<int:session_id>/transfer", methods=["GET", "POST"])
@requires(Permission.SESSION_AMEND)
@fresh
def transfer(session_id: int) -> ResponseReturnValue:
    """Move a session to the patient, or the series, that it belongs to."""
    return life.transfer(session_id)


def _planning(session_id: int, template: str, form: NounForm) -> ResponseReturnValue:
    view = session_commands.find(session_id, by=actor())
    status = form.status if request.method == "POST" else 200
    return render_template(template, form=form, view=view, told=view.record), status


@blueprint.route("/sessions/<int:session_id>/follow-up", methods=["GET", "POST"])
@requires(Permission.SCORE_RECORD)
@keeps_draft("follow-up")
def follow_up(session_id: int) -> ResponseReturnValue:
    """Ask mood and pain again some hours or a day after a session."""
    key, now = form_of_request(), clock.now().astimezone(g.clinic.zone)
    stored = drafts.find(key, by=actor()) if request.method == "GET" else None
    form = FollowUpForm(MultiDict(stored.content)) if stored else FollowUpForm()
    if request.method == "POST":
        untimely = list(form.clock_problems(g.clinic.zone))
        at = form.taken_at(g.clinic.zone) if form.taken_time.data else None
        action = partial(
            follow_ups.record, session_id, mood=form.mood.data, pain=form.pain.data, taken_at=at,
            by=actor(), once=form.once.data, form=key,
        )  # fmt: skip
        if not form.validate() or untimely:
            form.show(untimely)
        elif form.send(action) is not None:
            flash(f"Mood and pain of {moment(at)} are saved.", "success")
            return redirect(url_for("sessions.show", session_id=session_id), 303)
    elif not stored:
        form.taken_on.data, form.taken_time.data = now.date(), now.time().replace(second=0)
    view = session_commands.find(session_id, by=actor())
    page = render_template("sessions/follow_up.html", form=form, view=view, key=key, kept=stored)
    return page, form.status if request.method == "POST" else 200


def _is_readable(form: SessionForm, draft: SessionDraft) -> bool:
    """Say whether every text could be read; where not, tell everything that is wrong at once."""
    untimely = list(form.clock_problems(g.clinic.zone))
    if form.validate() and not untimely:
        return True
    fields = {problem.field for problem in untimely}
    wrong = session_draft.check(draft, now=clock.now())
    if isinstance(form, AmendForm):
        wrong += check_reason(form.reason.data)
    form.show(untimely)
    form.show(problem for problem in wrong if form.place(problem.field) not in fields)
    return False


def _to(session_id: int) -> ResponseReturnValue:
    return redirect(url_for("sessions.show", session_id=session_id), 303)
