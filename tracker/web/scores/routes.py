"""Record scores on any scale, list them, void a mistaken one."""

from functools import partial

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from tracker.domain import assessments
from tracker.domain.access import Permission
from tracker.instruments import library
from tracker.services import clock, drafts, patients, scores
from tracker.web.drafts.keeping import keeps_draft
from tracker.web.guard import actor, requires
from tracker.web.scores.forms import ScoreForm, VoidForm

blueprint = Blueprint("scores", __name__)


@blueprint.get("/patients/<int:patient_id>/scores/")
@requires(Permission.PATIENT_VIEW)
def listing(patient_id: int) -> ResponseReturnValue:
    """List a patient's scores, voided ones too."""
    return render_template(
        "scores/listing.html",
        patient=patients.find(patient_id, by=actor()),
        lines=scores.listing(patient_id, by=actor())[::-1],
        instruments=library(),
    )


@blueprint.route("/patients/<int:patient_id>/scores/new", methods=["GET", "POST"])
@requires(Permission.SCORE_RECORD)
@keeps_draft("score")
def new(patient_id: int) -> ResponseReturnValue:
    """Record a total on a named scale."""
    ties, key = scores.ties(patient_id, by=actor()), f"score-{patient_id}"
    kept = drafts.find(key, by=actor()) if request.method == "GET" else None
    form = ScoreForm(MultiDict(kept.content)) if kept else ScoreForm()
    form.offer(ties)
    if request.method == "POST":
        tie, draft = form.tied_to(ties), form.draft(g.clinic.zone)
        deed = partial(
            scores.record, patient_id, draft, series_id=tie.series_id if tie else None,
            session_id=tie.session_id if tie else None, by=actor(), once=form.once.data,
        )  # fmt: skip
        untimely = list(form.clock_problems(g.clinic.zone))
        if not form.validate() or untimely:
            scale = library().get(draft.instrument)
            wrong = assessments.check(draft, scale, now=clock.now())
            form.show([*untimely, *(p for p in wrong if p.field != "taken_at" or not untimely)])
        elif form.send(deed) is not None:
            flash("The score is saved.", "success")
            return redirect(url_for("scores.listing", patient_id=patient_id), 303)
    elif not kept:
        form.taken_on.data = clock.today(g.clinic.zone)
    patient = patients.find(patient_id, by=actor())
    page = render_template("scores/new.html", form=form, patient=patient, key=key, kept=kept)
    return page, form.status if request.method == "POST" else 200


@blueprint.route("/scores/<int:score_id>/void", methods=["GET", "POST"])
@requires(Permission.SCORE_RECORD)
def void(score_id: int) -> ResponseReturnValue:
    """Void a mistaken score, with the reason."""
    form = VoidForm()
    patient_id, line = scores.find(score_id, by=actor())

    def deed() -> int:
        scores.void(score_id, form.reason.data, by=actor())
        return score_id

    if form.validate_on_submit() and form.send(deed) is not None:
        flash("The score is voided. It stays in the list, struck out.", "success")
        return redirect(url_for("scores.listing", patient_id=patient_id), 303)
    status = form.status if request.method == "POST" else 200
    page = render_template(
        "scores/void.html", form=form, line=line, patient_id=patient_id, instruments=library()
    )
    return page, status
