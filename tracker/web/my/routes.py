"""The pages that patients see of themselves."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import SessionState
from tracker.domain.diary import draft as diary_draft
from tracker.services import clock
from tracker.services.diary import queries as diary_queries
from tracker.services.patients import portal
from tracker.services.patients.portal import OwnSession
from tracker.web.addresses import asked_id
from tracker.web.answers import showing
from tracker.web.answers.safety import safety_of
from tracker.web.calendar.routes import file_of
from tracker.web.exports.limits import brake_files
from tracker.web.guard import actor, requires
from tracker.web.login import fresh
from tracker.web.progress.panel import panel
from tracker.web.progress.parts import part

if TYPE_CHECKING:
    from tracker.services.diary.queries import OwnOffer
    from tracker.web.timelines.panel import TimelinePanel

blueprint = Blueprint("my", __name__, url_prefix="/my")


@blueprint.get("/")
@requires(Permission.OWN_RECORD_VIEW)
def progress() -> ResponseReturnValue:
    """Show patients how they are doing."""
    mine = portal.progress(by=actor())

    crisis, safety = mine.is_crisis, safety_of(g.clinic.settings)
    preparation = PlanningSettings.read(g.clinic.settings).preparation
    address = TreatmentSettings.read(g.clinic.settings).address

    def course() -> dict[str, object]:
        lists = {"ahead": mine.ahead, "so_far": mine.so_far, "called_off": mine.called_off}
        told = {"safety": safety, "crisis": crisis, "preparation": preparation, "address": address}
        days = {"has_unrecorded": mine.has_unrecorded, "today": mine.rows.today}
        return {"progress": panel(mine.trend), **days, **told, **lists}

    return render_template(
        "my/progress.html",
        course=part("my/_course.html", (safety, crisis, preparation, address, mine.key), course),
        crisis=crisis,
        safety=safety,
        waiting=mine.waiting,
        begun=mine.begun,
        offer=mine.offer,
        patient_id=actor().patient_id,
        titles=showing.titles,
    )


@blueprint.get("/summary")
@requires(Permission.OWN_RECORD_VIEW)
def summary() -> ResponseReturnValue:
    """Show patients their treatment in short, to read and to print."""
    # Imported here: a start and most pages do without.
    from tracker.domain.outcomes.person import own_summary
    from tracker.domain.progress import summary as progress_summary

    mine = portal.summary(by=actor())
    trend = mine.trend
    return render_template(
        "my/summary.html",
        parts=own_summary.parts(trend),
        progress=None if trend.empty else panel(trend),
        is_worse=progress_summary.is_worse(trend),
        crisis=mine.is_crisis,
        safety=safety_of(g.clinic.settings),
        name=actor().name,
        today=mine.rows.today,
    )


@blueprint.get("/sessions/<int:session_id>/")
@requires(Permission.OWN_RECORD_VIEW)
def treatment_session(session_id: int) -> ResponseReturnValue:
    """Show patients one of their sessions."""
    shown = portal.treatment_session(session_id, by=actor())
    preparation = PlanningSettings.read(g.clinic.settings).preparation
    return render_template(
        "my/session.html",
        shown=shown,
        timeline=_timeline(shown),
        preparation=preparation,
        address=TreatmentSettings.read(g.clinic.settings).address,
        today=clock.today(g.clinic.zone),
        offer=_offer(shown),
    )


def _offer(shown: OwnSession) -> "OwnOffer | None":
    """Find out whether the days after a session are asked about; on most days they are not."""
    today = clock.today(g.clinic.zone)
    if shown.day is None or not diary_draft.is_day_after(shown.day, today):
        return None
    return diary_queries.offer([shown.start], g.clinic.zone, by=actor())


def _timeline(shown: OwnSession) -> "TimelinePanel | None":
    """Lay a session out minute by minute, once it is signed."""
    # Imported here: a start and most pages do without.
    from tracker.services.timelines import pictures as timeline_pictures
    from tracker.web.timelines.panel import panel as timeline_panel

    if shown.state is not SessionState.COMPLETED:
        return None
    return timeline_panel(timeline_pictures.load(shown.session_id, by=actor()))


@blueprint.get("/download/appointments.ics")
@requires(Permission.OWN_RECORD_VIEW)
def appointments() -> ResponseReturnValue:
    """Send patients their planned sessions for a calendar of their own, the next or a named one."""
    from tracker.services.calendar import feeds

    next_only, session_id = "next" in request.args, asked_id("session")
    return file_of(feeds.own(by=actor(), next_only=next_only, session_id=session_id))


@blueprint.get("/looks")
@requires(Permission.OWN_RECORD_VIEW)
def looks() -> ResponseReturnValue:
    """Show patients who looked at their record."""
    # Imported here: a start and most pages do without.
    from tracker.services.audit import looks as looks_at_record

    with_own = "own" in request.args
    page = looks_at_record.own(by=actor(), before=asked_id("before"), with_own=with_own)
    return render_template("my/looks.html", page=page, with_own=with_own)


@blueprint.get("/download")
@requires(Permission.OWN_RECORD_EXPORT)
@fresh
def download() -> ResponseReturnValue:
    """Say what the copy holds, before it is taken."""
    return render_template("my/download.html")


@blueprint.get("/download.zip")
@requires(Permission.OWN_RECORD_EXPORT)
@fresh
@brake_files
def archive() -> ResponseReturnValue:
    """Send patients everything that is held about them.

    One person's rows are few. Put together before the first byte is sent, what goes wrong is a page
    that says so and never half a file.
    """
    from tracker.services.exports import stream as export_stream

    response = Response(b"".join(export_stream.own_archive(by=actor())), mimetype="application/zip")
    # The name says nothing of treatment: it lands in download lists that others may see.
    response.headers["Content-Disposition"] = 'attachment; filename="my-record.zip"'
    return response
