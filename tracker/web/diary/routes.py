"""Patients write how they are and ask to talk; staff read it and say so by name."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from tracker.domain import parsing
from tracker.domain.access import Permission
from tracker.domain.diary import draft as diary_draft
from tracker.domain.problems import InvalidError
from tracker.services import drafts
from tracker.services.diary import commands as diary_commands
from tracker.services.diary import queries as diary_queries
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import portal
from tracker.web.addresses import asked_page
from tracker.web.answers.safety import offer_safety
from tracker.web.diary.forms import DayAfterForm, DiaryNoteForm, FeelForm
from tracker.web.drafts.autosave import draft_attributes, form_of_request, keeps_draft
from tracker.web.guard import actor, requires

blueprint = Blueprint("diary", __name__)
blueprint.context_processor(offer_safety)

SHOWS = {"new": "New", "read": "Read"}
SENT = "Sent. Thank you: your clinic will read it."
Form = FeelForm | DiaryNoteForm | DayAfterForm


@blueprint.route("/diary/<int:patient_id>/now", methods=["GET", "POST"])
@requires(Permission.DIARY_WRITE)
@keeps_draft("feel")
def now(patient_id: int) -> ResponseReturnValue:
    """Ask a patient how they feel at this moment."""
    diary_queries.refuse_others(patient_id, by=actor())
    return _write("diary/now.html", FeelForm, partial(diary_commands.write, patient_id))


@blueprint.route("/diary/<int:patient_id>/note", methods=["GET", "POST"])
@requires(Permission.DIARY_WRITE)
@keeps_draft("note")
def note(patient_id: int) -> ResponseReturnValue:
    """Let a patient write a note for the next visit."""
    diary_queries.refuse_others(patient_id, by=actor())
    return _write("diary/note.html", DiaryNoteForm, partial(diary_commands.write, patient_id))


@blueprint.route("/diary/sessions/<int:session_id>/day-after", methods=["GET", "POST"])
@requires(Permission.DIARY_WRITE)
@keeps_draft("day-after")
def day_after(session_id: int) -> ResponseReturnValue:
    """Ask a patient how the day after a session is."""
    about = portal.treatment_session(session_id, by=actor())
    if request.method == "GET":
        if diary_commands.day_after_id(session_id) is not None:
            flash(diary_commands.WRITTEN_ALREADY, "info")
            return redirect(url_for("diary.mine"), 303)
        if not diary_queries.offer([about.start], g.clinic.zone, by=actor()).day_after:
            return redirect(url_for("my.treatment_session", session_id=session_id), 303)
    action = partial(diary_commands.write_day_after, session_id)
    return _write("diary/day_after.html", DayAfterForm, action, session=about)


def _write(
    template: str, kind: type[Form], action: Callable[..., int], **words: object
) -> ResponseReturnValue:
    """Show a form, with what was typed before; store what is sent, or show it again."""
    key, by = form_of_request(), actor()
    stored = drafts.find(key, by=by) if request.method == "GET" else None
    form = kind(MultiDict(stored.content)) if stored else kind()
    if request.method == "POST":
        written = form.draft()
        if not form.validate():
            form.show(diary_draft.check(written))
        elif (
            form.send(
                partial(
                    action,
                    written,
                    by=by,
                    once=form.once.data,
                    form=key,
                    pressed_at=form.press_moment,
                )
            )
            is not None
        ):
            flash(SENT, "success")
            # A script that keeps the words until they are taken believes no redirect: any network
            # in between could send one.
            if request.headers.get("X-Requested-With") == "fetch":
                return {"taken": True}
            return redirect(url_for("diary.mine"), 303)
    keeping = draft_attributes(key) | {"data-draft-url": url_for("diary.keep", form=key)}
    page = render_template(template, form=form, key=key, keeping=keeping, kept=stored, **words)
    return page, form.status if request.method == "POST" else 200


@blueprint.post("/diary/drafts/<form>")
@requires(Permission.DIARY_WRITE)
def keep(form: str) -> ResponseReturnValue:
    """Keep what a patient is typing. A script asks this, so it is no sign of life."""
    drafts.keep(form, request.form.to_dict(flat=False), by=actor())
    return Response(status=204, mimetype="text/plain")


@blueprint.post("/diary/drafts/<form>/discard")
@requires(Permission.DIARY_WRITE)
def discard(form: str) -> ResponseReturnValue:
    """Throw away what was typed and not sent."""
    drafts.discard(form, by=actor())
    return redirect(url_for("my.progress"), 303)


@blueprint.get("/diary/")
@requires(Permission.DIARY_WRITE)
def mine() -> ResponseReturnValue:
    """Show patients what they wrote, and whether it was read."""
    return render_template("diary/mine.html", lines=diary_queries.own(by=actor()))


@blueprint.post("/diary/entries/<int:diary_id>/withdraw")
@requires(Permission.DIARY_WRITE)
def withdraw(diary_id: int) -> ResponseReturnValue:
    """Let a patient take back what they wrote within an hour, or a wish nobody has seen."""
    try:
        diary_commands.withdraw(diary_id, by=actor())
    except InvalidError as error:
        flash(error.problems[0].message, "warning")
    else:
        flash("Taken back. Your clinic can still see that you wrote it.", "success")
    is_wish = request.form.get("back") == "talk"
    return redirect(url_for("diary.talk" if is_wish else "diary.mine"), 303)


@blueprint.route("/diary/talk", methods=["GET", "POST"])
@requires(Permission.DIARY_WRITE)
def talk() -> ResponseReturnValue:
    """Show whom to call at once, and let a patient ask to be called."""
    by = actor()
    if request.method == "POST":
        diary_commands.ask_to_talk(by.patient_id or 0, by=by)
        return redirect(url_for("diary.talk"), 303)
    return render_template("diary/talk.html", wish=diary_queries.own_wish(by=by))


@blueprint.get("/diary/words")
@requires(Permission.DIARY_VIEW)
def listing() -> ResponseReturnValue:
    """List new words from patients, or those that were read."""
    show = request.args.get("show", "")
    show = show if show in SHOWS else "new"
    page = diary_queries.listing(by=actor(), show=show, **asked_page())
    return render_template("diary/listing.html", page=page, show=show, shows=SHOWS)


@blueprint.get("/patients/<int:patient_id>/diary")
@requires(Permission.DIARY_VIEW)
def of_patient(patient_id: int) -> ResponseReturnValue:
    """List everything that one patient wrote."""
    lines = diary_queries.of_patient(patient_id, by=actor())
    patient = patient_commands.look_up(patient_id, by=actor())
    return render_template("diary/of_patient.html", patient=patient, lines=lines)


@blueprint.post("/diary/entries/<int:diary_id>/read")
@requires(Permission.DIARY_MARK)
def mark_read(diary_id: int) -> ResponseReturnValue:
    """Note by name that words were read."""
    patient_id = diary_commands.mark_read(diary_id, by=actor())
    flash("Marked as read, in your name. To undo it, see the words that were read.", "success")
    return _back(patient_id)


@blueprint.post("/diary/entries/<int:diary_id>/unread")
@requires(Permission.DIARY_MARK)
def mark_unread(diary_id: int) -> ResponseReturnValue:
    """Take it back that words were read."""
    patient_id = diary_commands.mark_unread(diary_id, by=actor())
    flash("Not read: it stands among the new words again.", "success")
    return _back(patient_id)


def _back(patient_id: int) -> ResponseReturnValue:
    """Go back to the page that the button stood on: of a patient, the checks, or the list."""
    place, _, number = request.form.get("back", "").partition("-")
    session_id = parsing.row_id(number)
    if place == "patient":
        return redirect(url_for("patients.show", patient_id=patient_id), 303)
    if place == "diary":
        return redirect(url_for("diary.of_patient", patient_id=patient_id), 303)
    if place == "gate" and session_id is not None:
        return redirect(url_for("checklists.pre_session", session_id=session_id), 303)
    if place == "session" and session_id is not None:
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    return redirect(url_for("diary.listing"), 303)
