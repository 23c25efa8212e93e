"""Begin a session, watch over it, and take what is written while it is under way."""

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from tracker.domain import parsing
from tracker.domain.access import Permission
from tracker.domain.codes import SessionState
from tracker.domain.formatting import full_day
from tracker.domain.live import entries
from tracker.domain.live.entries import EntryKind
from tracker.domain.problems import InvalidError
from tracker.request_limits import MIB, takes
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions.commands import SessionPage
from tracker.web.guard import actor, requires
from tracker.web.live import chair, wire
from tracker.web.live.forms import BeginForm, NotBegunForm
from tracker.web.progress.answers import look
from tracker.web.sessions import answers

blueprint = Blueprint("live", __name__)
SEQUENCE_MAX = 2**31 - 1  # what the column of PostgreSQL holds


@blueprint.get("/sessions/<int:session_id>/live/")
@requires(Permission.SESSION_WATCH)
def show(session_id: int) -> ResponseReturnValue:
    """Show the page at the chair; once a session is over, its record."""
    view = live_commands.view(session_id, by=actor())
    if view.state is not SessionState.UNDER_WAY:
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    log = [wire.line(one) for one in view.lines]
    page = chair.page(view, log, wire.due(view.next_due))
    return render_template("live/show.html", view=view, page=page, words=chair.words())


@blueprint.post("/sessions/<int:session_id>/live/begin")
@requires(Permission.SESSION_WATCH)
def begin(session_id: int) -> ResponseReturnValue:
    """Begin a planned session; a series without an eligible assessment asks for a reason first."""
    form = BeginForm()
    begun = form.send(
        lambda: live_commands.begin(
            session_id, by=actor(), once=form.once.data, reason=form.reason.data or "",
            answered=answers.read(form.answered.data),
        )
    )  # fmt: skip
    if begun is None:
        return _begin_page(form, session_commands.prepare_page(None, session_id, by=actor()))
    if earlier := entries.asked_again(entry_log.of_session(begun), EntryKind.GATE):
        day = full_day(earlier.at.astimezone(g.clinic.zone))
        flash(f"The checks before were of {day}. They hold no more: ask again.", "warning")
    return redirect(url_for("live.show", session_id=begun), 303)


@blueprint.post("/series/<int:series_id>/live/begin")
@requires(Permission.SESSION_WATCH)
def begin_extra(series_id: int) -> ResponseReturnValue:
    """Begin a session that was not planned."""
    form = BeginForm()
    begun = form.send(
        lambda: live_commands.begin_extra(
            series_id, by=actor(), once=form.once.data, reason=form.reason.data or "",
            answered=answers.read(form.answered.data),
        )
    )  # fmt: skip
    if begun is None:
        return _begin_page(form, session_commands.prepare_page(series_id, by=actor()))
    return redirect(url_for("live.show", session_id=begun), 303)


def _begin_page(form: BeginForm, page: SessionPage) -> ResponseReturnValue:
    if form.status != 503:  # then no line can be written
        session_commands.audit_view(page, by=actor())
    form.answered.raw_data, form.answered.data = None, answers.write(form.findings)
    if parsing.is_blank(form.reason.data or "") and form.findings:
        form.reason.errors = []  # nobody was asked before: the findings say what is wanted
    return render_template("live/begin.html", form=form, sheet=page), form.status


@blueprint.route("/sessions/<int:session_id>/live/not-begun", methods=["GET", "POST"])
@requires(Permission.SESSION_WATCH)
def undo_begin(session_id: int) -> ResponseReturnValue:
    """Take back that a session has begun, while nothing was given."""
    form = NotBegunForm()

    def action() -> int:
        take_back = form.entries.data == "take-back"
        return life_steps.undo_begin(
            session_id, take_back=take_back, reason=form.reason.data or "", by=actor(),
            once=form.once.data,
        )  # fmt: skip

    if form.validate_on_submit() and form.send(action) is not None:
        _tell_not_begun(session_id)
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    view = session_commands.find(session_id, by=actor())
    if not view.added_by_begin and not form.reason.data:
        del form.reason
    elif not form.is_submitted() and not form.reason.data:  # a draft has its own
        form.reason.data = "Begun by mistake"
    written = len(entry_log.of_session(session_id))
    page = render_template(
        "live/undo_begin.html", form=form, view=view, told=view.record, written=written
    )
    return page, form.status if request.method == "POST" else 200


def _tell_not_begun(session_id: int) -> None:
    state = session_commands.state_of(session_id, by=actor())
    more = " What was written in it stays readable." if entry_log.of_session(session_id) else ""
    if state is SessionState.CANCELLED:
        flash(f"The extra session is cancelled: it has not begun.{more}", "success")
    else:
        flash(f"The session is planned again.{more}", "success")


@blueprint.get("/sessions/<int:session_id>/live/entries")
@requires(Permission.SESSION_WATCH)
def poll(session_id: int) -> ResponseReturnValue:
    """Tell a page that asks by itself what was written since; this is no use of the browser."""
    after = parsing.row_id(request.args.get("after", "0"))
    if after is None or after > SEQUENCE_MAX:
        abort(400)
    return jsonify(wire.poll_json(live_commands.poll(session_id, after, by=actor())))


@blueprint.get("/sessions/<int:session_id>/live/picture")
@requires(Permission.SESSION_WATCH)
def picture(session_id: int) -> ResponseReturnValue:
    """Tell a page that asks by itself how the session looks now, unless it knows that already."""
    # Imported here: a start and most pages do without.
    from tracker.services.timelines import pictures as timeline_pictures

    wanted = look(timeline_pictures.SHAPES)
    log, found = timeline_pictures.picture_at_chair(session_id, by=actor(), **wanted)
    return jsonify(wire.picture_json(log, found, known=request.args.get("known", "")))


@blueprint.post("/sessions/<int:session_id>/live/entries")
@requires(Permission.SESSION_WATCH)
@takes(2 * MIB, json=True)  # hours of a session that went on without a connection come at once
def append(session_id: int) -> ResponseReturnValue:
    """Take entries; each has its own fate, and one that was taken before counts as taken."""
    try:
        done = entry_log.append(session_id, _sent_entries(), by=actor())
    except InvalidError as error:
        return _plain(wire.problems(error.problems))
    return jsonify(
        wire.append_json(done, live_commands.lines_of(session_id, done.taken, by=actor()))
    )


def _sent_entries() -> object:
    body = request.get_json(silent=True)
    return body.get("entries") if isinstance(body, dict) else None


def _plain(problems: list[dict[str, str]]) -> Response:
    answer = jsonify({"problems": problems})
    answer.status_code = 422
    return answer


@blueprint.get("/chair")
def shell() -> ResponseReturnValue:
    """Give the page at the chair without anybody in it: browsers keep it for a lost connection."""
    return render_template("live/shell.html", words=chair.words())
