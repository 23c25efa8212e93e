"""List worksheets, show one, change it, call it complete, say how it was submitted, reopen it."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from tracker.domain.access import Permission
from tracker.domain.problems import InvalidError, StaleError
from tracker.domain.worksheets import form as worksheet_form
from tracker.domain.worksheets.form import WorksheetState
from tracker.services import clock, drafts
from tracker.services.worksheets import commands as worksheet_commands
from tracker.services.worksheets import queries as worksheet_queries
from tracker.services.worksheets import rows as worksheet_rows
from tracker.services.worksheets.queries import WorksheetView
from tracker.web.addresses import asked_page
from tracker.web.drafts.autosave import form_of_request, keeps_draft
from tracker.web.exports.limits import brake_files
from tracker.web.forms import OpenedForm
from tracker.web.guard import actor, requires
from tracker.web.worksheets import hints
from tracker.web.worksheets.forms import (
    CompleteForm,
    ReopenForm,
    SubmitForm,
    WorksheetForm,
    form_class,
)

blueprint = Blueprint("worksheets", __name__)

SHOWS = {"open": "To submit", "late": "Late", "submitted": "Submitted"}
STALE = (
    "Somebody changed this worksheet while the page was open. Look at it again, then send this "
    "page once more."
)


@blueprint.get("/worksheets/")
@requires(Permission.WORKSHEET_VIEW)
def listing() -> ResponseReturnValue:
    """List the worksheets to submit, the late ones or the submitted, page by page."""
    show = request.args.get("show", "open")
    if show not in SHOWS:
        abort(404)
    page = worksheet_queries.listing(by=actor(), show=show, **asked_page())
    sends = worksheet_rows.sends_forms(g.clinic)
    return render_template(
        "worksheets/listing.html", page=page, show=show, shows=SHOWS, sends=sends
    )


@blueprint.get("/sessions/<int:session_id>/worksheet")
@requires(Permission.WORKSHEET_VIEW)
def show(session_id: int) -> ResponseReturnValue:
    """Show a worksheet, to be read or printed."""
    view = worksheet_queries.find(session_id, by=actor())
    return render_template(
        "worksheets/show.html", view=view, parts=worksheet_form.sections(view.lines)
    )


@blueprint.get("/sessions/<int:session_id>/worksheet.pdf")
@requires(Permission.WORKSHEET_VIEW)
@brake_files
def pdf(session_id: int) -> ResponseReturnValue:
    """Hand a worksheet out as PDF; its name tells nothing of the patient."""
    named = f'attachment; filename="worksheet-{session_id}.pdf"'
    headers = {"Content-Type": "application/pdf", "Content-Disposition": named}
    return worksheet_queries.pdf(session_id, by=actor()), headers


@blueprint.post("/sessions/<int:session_id>/worksheet/begin")
@requires(Permission.WORKSHEET_EDIT)
def begin(session_id: int) -> ResponseReturnValue:
    """Give a session that has none its worksheet."""
    try:
        worksheet_commands.begin(session_id, by=actor())
    except InvalidError as error:
        flash(error.problems[0].message, "warning")
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    return _to(session_id)


@blueprint.route("/sessions/<int:session_id>/worksheet/edit", methods=["GET", "POST"])
@requires(Permission.WORKSHEET_EDIT)
@keeps_draft("worksheet")
def edit(session_id: int) -> ResponseReturnValue:
    """Fill in what is missing, and change what is there."""
    key, view = form_of_request(), worksheet_queries.find(session_id, by=actor())
    if view.state is WorksheetState.SUBMITTED:
        flash("This worksheet was submitted. Reopen it to change it.", "warning")
        return _to(session_id)
    stored = drafts.find(key, by=actor()) if request.method == "GET" else None
    if request.method == "GET":
        made = form_class(view.form.code)
        return _edit_page(
            made(MultiDict(stored.content)) if stored else made.start(view), view, stored=stored
        )
    form = form_class(view.form.code)()
    action = partial(
        worksheet_commands.change, session_id, form.changes(), by=actor(),
        version=form.version.data, form_version=form.form_version.data, once=form.once.data,
        form=key,
    )  # fmt: skip
    try:
        if not form.validate():
            form.show(worksheet_form.check(view.form.code, form.changes()))
        elif form.send(action) is not None:
            flash("The worksheet is saved.", "success")
            return _to(session_id)
    except StaleError:
        view = worksheet_queries.find(session_id, by=actor())
        theirs = form.rebase(view)
        form.reopen(view.version, STALE)
        return _edit_page(form, view, theirs=theirs), form.status
    return _edit_page(form, view), form.status


def _edit_page(
    form: WorksheetForm,
    view: WorksheetView,
    *,
    stored: drafts.StoredDraft | None = None,
    theirs: list[tuple[str, str]] | None = None,
) -> str:
    for code, hint in hints.of(view).items():
        if code in form.codes:  # somebody may have chosen another version of the form meanwhile
            form[code].description = hint
    return render_template(
        "worksheets/edit.html",
        form=form,
        view=view,
        key=form_of_request(),
        kept=stored,
        theirs=theirs,
        parts=hints.parts(form.codes),
    )


@blueprint.route("/sessions/<int:session_id>/worksheet/complete", methods=["GET", "POST"])
@requires(Permission.WORKSHEET_EDIT)
def complete(session_id: int) -> ResponseReturnValue:
    """Call a worksheet complete."""
    form = CompleteForm()

    def action() -> int:
        return worksheet_commands.complete(
            session_id, reason=form.reason.data or "", version=form.version.data, by=actor(),
            once=form.once.data,
        )  # fmt: skip

    return _step(session_id, form, action, "complete", "The worksheet is complete.")


@blueprint.route("/sessions/<int:session_id>/worksheet/submit", methods=["GET", "POST"])
@requires(Permission.WORKSHEET_EDIT)
def submit(session_id: int) -> ResponseReturnValue:
    """Say by which way, when and with what confirmation the form was submitted."""
    form, zone = SubmitForm(), g.clinic.zone
    now = clock.now().astimezone(zone)
    if request.method == "GET":
        form.submitted_on.data, form.submitted_time.data = now.date(), now.time().replace(second=0)

    def action() -> int:
        if problems := form.clock_problems(zone):
            raise InvalidError(problems)
        return worksheet_commands.submit(
            session_id, form.channel.data, form.confirmation.data or "", form.submitted_at(zone),
            version=form.version.data, by=actor(), once=form.once.data,
        )  # fmt: skip

    return _step(session_id, form, action, "submit", "The worksheet is marked as submitted.")


@blueprint.route("/sessions/<int:session_id>/worksheet/reopen", methods=["GET", "POST"])
@requires(Permission.WORKSHEET_EDIT)
def reopen(session_id: int) -> ResponseReturnValue:
    """Make a draft of a worksheet again."""
    form = ReopenForm()

    def action() -> int:
        return worksheet_commands.reopen(
            session_id, reason=form.reason.data or "", version=form.version.data, by=actor(),
            once=form.once.data,
        )  # fmt: skip

    return _step(session_id, form, action, "reopen", "The worksheet is open again.")


def _step(
    session_id: int, form: OpenedForm, action: Callable[[], int], name: str, done: str
) -> ResponseReturnValue:
    """Take a worksheet one step on, or show the page that asks for it."""
    status = 200
    if request.method == "POST":
        status = form.status
        try:
            if form.validate() and form.send(action) is not None:
                flash(done, "success")
                return _to(session_id)
            status = form.status
        except StaleError as error:
            form.reopen(error.current_version, STALE)
            status = form.status
    view = worksheet_queries.find(session_id, by=actor())
    if request.method == "GET":
        form.version.data = view.version
    return render_template(f"worksheets/{name}.html", form=form, view=view), status


def _to(session_id: int) -> ResponseReturnValue:
    return redirect(url_for("worksheets.show", session_id=session_id), 303)
