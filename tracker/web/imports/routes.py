"""Upload a file, see what importing it would do, import all of it or nothing, and undo that."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.request_limits import MIB, takes
from tracker.services.unit_of_work import AlreadySavedError
from tracker.web.errors import answer_not_found
from tracker.web.guard import actor, requires
from tracker.web.imports.forms import StagedForm, UndoForm, UploadForm
from tracker.web.login import fresh

# Services that read files are imported where they are used: they are a good part of a start, and of
# no use to most pages.

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

SHOWN_MAX = 100  # problems on the page; the total is said
FILE_BYTES_MAX = 8 * MIB  # a clinic's years of sessions; it is read as a whole


@blueprint.get("/")
@requires(Permission.CLINIC_IMPORT)
def show() -> ResponseReturnValue:
    """Ask for a file."""
    return _upload_page(UploadForm(formdata=None))


@blueprint.post("/")
@requires(Permission.CLINIC_IMPORT)
@takes(FILE_BYTES_MAX)
def stage() -> ResponseReturnValue:
    """Keep the file to look at; nothing of it is imported yet."""
    from tracker.exchange.csv.encodings import UnreadableFileError
    from tracker.services.imports import staging

    form = UploadForm()
    if not form.validate_on_submit():
        return _upload_page(form), 422
    try:
        staging.keep(form.file.data.read(), by=actor())
    except UnreadableFileError as error:
        form.show([Problem("file", str(error))])
        return _upload_page(form), 422
    return redirect(url_for("imports.show_staged"), 303)


@blueprint.get("/staged")
@requires(Permission.CLINIC_IMPORT)
def show_staged() -> ResponseReturnValue:
    """Show what was recognised and what importing the file would do."""
    return _staged_page()


@blueprint.post("/staged")
@requires(Permission.CLINIC_IMPORT)
@takes(MIB)  # the mapping of a wide file
def decide() -> ResponseReturnValue:
    """Check an edited mapping, import the file, or throw it away, as the button says."""
    form = StagedForm()
    if not form.validate_on_submit():
        return _staged_page(form), 422
    action = {"apply": _apply, "discard": _discard}.get(request.form.get("action", ""), _check)
    return action(form)


@blueprint.get("/done")
@requires(Permission.CLINIC_IMPORT)
def show_done() -> ResponseReturnValue:
    """Show what the person's last import stored."""
    from tracker.services.imports import staging

    return render_template("imports/done.html", finished=staging.last(by=actor()))


@blueprint.get("/<int:import_id>")
@requires(Permission.CLINIC_IMPORT)
def show_one(import_id: int) -> ResponseReturnValue:
    """Show what one import read and stored, and whether it was undone."""
    from tracker.services.imports.undo import queries

    return render_template("imports/show_one.html", line=queries.find_line(import_id, by=actor()))


@blueprint.route("/<int:import_id>/undo", methods=["GET", "POST"])
@requires(Permission.CLINIC_IMPORT)
@fresh
def undo(import_id: int) -> ResponseReturnValue:
    """Undo a whole import with the reason, where nothing of it was touched since."""
    from tracker.services.imports.undo import commands, queries

    form, touched = UndoForm(), None

    def action() -> int:
        return commands.undo(import_id, form.reason.data, by=actor(), once=form.once.data or "")

    if form.validate_on_submit():
        try:
            done = form.send(action)
        except commands.TouchedError as error:
            touched = error.touched
        else:
            if done is not None:
                flash("The import is undone. The same file can be imported again.", "success")
                return redirect(url_for("imports.show_one", import_id=import_id), 303)
    view = queries.find(import_id, by=actor(), touched=touched)
    status = 200 if request.method == "GET" else (409 if touched else form.status)
    page = render_template("imports/undo.html", form=form, view=view, shown_max=SHOWN_MAX)
    return page, status


@blueprint.errorhandler(NotFoundError)
def handle_missing(error: NotFoundError) -> ResponseReturnValue:
    """Begin again where no file waits: it was imported, thrown away, or replaced meanwhile."""
    if request.view_args:
        return answer_not_found(error)
    flash("This file does not wait here any more. Upload it again to go on.", "warning")
    return redirect(url_for("imports.show"), 303)


def _upload_page(form: UploadForm) -> str:
    from tracker.services.imports import staging
    from tracker.services.imports.undo import queries

    return render_template(
        "imports/show.html",
        form=form,
        limit_mb=FILE_BYTES_MAX // MIB,
        waiting_since=staging.waiting_since(by=actor()),
        imported=queries.listing(by=actor()),
        listed_max=queries.LISTED_MAX,
    )


def _staged_page(form: StagedForm | None = None) -> str:
    """Render the preview; `form` is one that must be shown again with what was typed."""
    from tracker.services.imports import staging

    preview = staging.preview(by=actor())
    if form is None:
        form = StagedForm(formdata=None, once=preview.key, mapping=preview.mapping)
    return render_template(
        "imports/staged.html", form=form, preview=preview, plan=preview.plan, shown_max=SHOWN_MAX
    )


def _check(form: StagedForm) -> ResponseReturnValue:
    from tracker.exchange.mapping.model import MappingError
    from tracker.services.imports import staging

    try:
        staging.change(form.key, form.mapping.data, by=actor())
    except MappingError as error:
        form.show(Problem("mapping", _problem_text(problem)) for problem in error.problems)
        return _staged_page(form), 422
    return redirect(url_for("imports.show_staged"), 303)


def _problem_text(problem: Problem) -> str:
    return f"{problem.field}: {problem.message}" if problem.field else problem.message


def _apply(form: StagedForm) -> ResponseReturnValue:
    from tracker.exchange.csv.encodings import UnreadableFileError
    from tracker.exchange.mapping.model import MappingError
    from tracker.services.imports import staging
    from tracker.services.imports.plan import ImportAnswers, OutdatedPlanError

    if staging.is_edited(form.key, form.mapping.data, by=actor()):
        flash("The mapping was changed, so nothing is imported yet: look at it first.", "warning")
        return _check(form)
    try:
        staging.apply(
            form.key,
            by=actor(),
            raise_alerts=form.raise_alerts.data,
            answers=ImportAnswers(
                same_day=form.same_day.data,
                same_person=form.same_person.data,
                doses=form.doses.data,
            ),
        )
    except AlreadySavedError:
        pass
    except OutdatedPlanError:
        flash("The clinic's records changed meanwhile. Look at the preview again.", "error")
        return redirect(url_for("imports.show_staged"), 303)
    except (InvalidError, MappingError, UnreadableFileError):
        flash("Nothing was imported. What stands in the way is listed here.", "error")
        return redirect(url_for("imports.show_staged"), 303)
    return redirect(url_for("imports.show_done"), 303)


def _discard(form: StagedForm) -> ResponseReturnValue:
    from tracker.services.imports import staging

    staging.discard(form.key, by=actor())
    flash("The file was thrown away. Nothing of it was imported.", "info")
    return redirect(url_for("imports.show"), 303)
