"""Download CSV."""

from flask import Blueprint, Response, render_template, stream_with_context
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.problems import NotFoundError, Problem
from tracker.web.exports.forms import ExportForm
from tracker.web.exports.limits import brake_files
from tracker.web.guard import actor, requires
from tracker.web.login import fresh

blueprint = Blueprint("exports", __name__)


@blueprint.get("/exports/")
@requires(Permission.CLINIC_EXPORT)
@fresh
def show() -> ResponseReturnValue:
    """Ask what to export."""
    return render_template("exports/show.html", form=ExportForm(formdata=None))


@blueprint.post("/exports/")
@requires(Permission.CLINIC_EXPORT)
@fresh
@brake_files
def download() -> ResponseReturnValue:
    """Send the rows as a file whose name says nothing of anybody."""
    # Imported here: what writes files is a good part of a start, and of no use to most pages.
    from tracker.services.exports import stream as export_stream

    form = ExportForm()
    if not form.validate_on_submit():
        return render_template("exports/show.html", form=form), 422
    choice = form.choice()
    if choice.first and choice.last and choice.last < choice.first:
        form.show([Problem("last", "The last day cannot be before the first.")])
        return render_template("exports/show.html", form=form), 422
    try:
        pieces = export_stream.stream(choice, by=actor())
    except NotFoundError:
        form.show([Problem("record_number", "There is no patient with this record number.")])
        return render_template("exports/show.html", form=form), 422
    answer = Response(stream_with_context(pieces), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{choice.kind}.csv"'
    return answer


@blueprint.get("/patients/<int:patient_id>/record.zip")
@requires(Permission.CLINIC_EXPORT)
@fresh
@brake_files
def patient_copy(patient_id: int) -> ResponseReturnValue:
    """Send what a patient would get of their own record, for a clinician to hand it to them.

    Put together before the first byte is sent, what goes wrong is a page and never half a file.
    """
    from tracker.services.exports import stream as export_stream

    pieces = export_stream.archive_of(patient_id, by=actor())
    answer = Response(b"".join(pieces), mimetype="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="record.zip"'
    return answer
