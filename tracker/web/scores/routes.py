"""Record scores by total or by answers, list and show them, void a mistaken one."""

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from tracker.domain.access import Permission
from tracker.domain.scores import draft as score_draft
from tracker.instruments import library
from tracker.services import clock, drafts
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import schedules
from tracker.services.drafts import StoredDraft
from tracker.services.patients import commands as patient_commands
from tracker.services.scores import commands as score_commands
from tracker.services.scores import queries as score_queries
from tracker.services.scores import session_links as score_links
from tracker.services.scores.session_links import SessionLink
from tracker.services.unit_of_work import SentForm
from tracker.web.addresses import asked_id
from tracker.web.drafts.autosave import form_of_request, keeps_draft
from tracker.web.guard import actor, requires
from tracker.web.login import fresh
from tracker.web.scores.forms import AnyScoreForm, ScoreForm, VoidForm, answers_form
from tracker.web.sessions import answers as shown

blueprint = Blueprint("scores", __name__)
Form = TypeVar("Form", bound=AnyScoreForm)


@blueprint.get("/patients/<int:patient_id>/scores/")
@requires(Permission.PATIENT_VIEW)
def listing(patient_id: int) -> ResponseReturnValue:
    """List a patient's scores, voided ones too."""
    return render_template(
        "scores/listing.html",
        patient=patient_commands.find(patient_id, by=actor()),
        lines=score_commands.listing(patient_id, by=actor())[::-1],
    )


@blueprint.get("/scores/<int:score_id>/")
@requires(Permission.PATIENT_VIEW)
def show(score_id: int) -> ResponseReturnValue:
    """Show one score as it was asked and answered."""
    view = score_queries.find(score_id, by=actor())
    patient = patient_commands.find(view.patient_id, by=actor())
    return render_template("scores/show.html", view=view, line=view.line, patient=patient)


@blueprint.route("/patients/<int:patient_id>/scores/new", methods=["GET", "POST"])
@requires(Permission.SCORE_RECORD)
@keeps_draft("score")
def new(patient_id: int) -> ResponseReturnValue:
    """Record a total on a named scale, or choose to enter the answers."""
    ties, key = score_links.ties(patient_id, by=actor()), form_of_request()
    form, stored = _form(ScoreForm, key, ties)
    if request.method == "GET" and not stored:
        form.instrument.data = request.args.get("instrument", "")
    if (made := _send(form, patient_id, ties)) is not None:
        return redirect(url_for("scores.show", score_id=made), 303)
    patient = patient_commands.find(patient_id, by=actor())
    page = render_template(
        "scores/new.html",
        form=form,
        patient=patient,
        key=key,
        kept=stored,
        askable=schedules.answerable(patient.draft.indications),
    )
    return page, form.status if request.method == "POST" else 200


@blueprint.route("/patients/<int:patient_id>/scores/answers/<instrument>", methods=["GET", "POST"])
@requires(Permission.SCORE_RECORD)
@keeps_draft("answers")
def answers(patient_id: int, instrument: str) -> ResponseReturnValue:
    """Enter the answers of a paper form."""
    ties, key = score_links.ties(patient_id, by=actor()), form_of_request()
    scale = library().get(instrument)
    if scale is None or not scale.answerable:
        abort(404)
    form, stored = _form(answers_form(scale), key, ties)
    if (made := _send(form, patient_id, ties)) is not None:
        return redirect(url_for("scores.show", score_id=made), 303)
    patient = patient_commands.find(patient_id, by=actor())
    page = render_template(
        "scores/answers.html", form=form, scale=scale, patient=patient, key=key, kept=stored
    )
    return page, form.status if request.method == "POST" else 200


def _form(
    kind: type[Form], key: str, ties: Sequence[SessionLink]
) -> tuple[Form, StoredDraft | None]:
    """Make the form, with the draft that was kept of it, or for today."""
    stored = drafts.find(key, by=actor()) if request.method == "GET" else None
    form = kind(MultiDict(stored.content)) if stored else kind()
    check_in_id = _check_in_id()
    form.offer(ties, blank="No series" if check_in_id is None else "As the check-in")
    if stored:
        form.seen.data = ""  # this page has asked nothing yet
    elif request.method == "GET":
        form.taken_on.data = clock.today(g.clinic.zone)
        if check_in_id is not None:
            form.occasion.data = check_in_commands.find(check_in_id, by=actor()).occasion
    return form, stored


def _check_in_id() -> int | None:
    """Name the check-in that the score is entered for."""
    return asked_id("check-in")


def _send(form: AnyScoreForm, patient_id: int, ties: Sequence[SessionLink]) -> int | None:
    """Save what was sent and return the id, or put everything wrong beside its field."""
    if request.method != "POST":
        return None
    link, draft = form.tied_to(ties), form.draft(g.clinic.zone)
    early = [*form.clock_problems(g.clinic.zone), *form.left_out_problems()]
    if not form.validate() or early:
        fields = {problem.field for problem in early}
        wrong = score_draft.check(draft, library().get(draft.instrument), now=clock.now())
        untimely = fields & {"taken_time", "taken_clock"}
        form.show([*early, *(p for p in wrong if p.field != "taken_at" or not untimely)])
        return None
    made = form.send(
        partial(
            score_commands.record, patient_id, draft, series_id=link.series_id if link else None,
            session_id=link.session_id if link else None,
            check_in_id=_check_in_id(), by=actor(),
            sent=SentForm(form.once.data, shown.read(form.seen.data)),
        )
    )  # fmt: skip
    form.seen.data = shown.write(form.findings)
    if made is not None:
        flash("The score is saved.", "success")
    return made


@blueprint.route("/scores/<int:score_id>/void", methods=["GET", "POST"])
@requires(Permission.SCORE_RECORD)
@fresh
def void(score_id: int) -> ResponseReturnValue:
    """Void a mistaken score, with the reason."""
    form = VoidForm()
    view = score_queries.find(score_id, by=actor())

    def action() -> int:
        score_commands.void(score_id, form.reason.data, by=actor())
        return score_id

    if form.validate_on_submit() and form.send(action) is not None:
        flash("The score is voided. It stays in the list, struck out.", "success")
        return redirect(url_for("scores.listing", patient_id=view.patient_id), 303)
    status = form.status if request.method == "POST" else 200
    return render_template("scores/void.html", form=form, view=view, line=view.line), status
