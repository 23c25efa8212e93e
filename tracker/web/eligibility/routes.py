"""Assess before treatment: fill the form in, read what speaks against and what is missing, sign."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from tracker.domain.access import Permission
from tracker.domain.codes import Drug
from tracker.domain.eligibility import review as eligibility_review
from tracker.domain.eligibility.prefill import LineKind
from tracker.domain.eligibility.questions import RESISTANCE, RESISTANT_AT, Group
from tracker.domain.eligibility.review import of_kind, summary
from tracker.domain.eligibility.text import answer_lines, differences
from tracker.domain.problems import StaleError
from tracker.services import drafts
from tracker.services.drafts import StoredDraft
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.eligibility.commands import EligibilityView, Start
from tracker.services.health_lists import queries as item_queries
from tracker.web import conflicts
from tracker.web.drafts.autosave import form_of_request, keeps_draft
from tracker.web.eligibility.forms import DecisionForm, EligibilityForm
from tracker.web.guard import actor, requires

blueprint = Blueprint("eligibility", __name__)

AS_LISTED = "as-listed"
CHANGED_MEANWHILE = (
    "Somebody saved this assessment meanwhile. Read what it says now, then sign; what you chose "
    "and wrote is still here."
)


@blueprint.get("/patients/<int:patient_id>/eligibilities/")
@requires(Permission.ELIGIBILITY_VIEW)
def listing(patient_id: int) -> ResponseReturnValue:
    """List a patient's assessments."""
    found = eligibility_commands.listing(patient_id, by=actor())
    return render_template("eligibility/listing.html", found=found)


@blueprint.route("/patients/<int:patient_id>/eligibilities/new", methods=["GET", "POST"])
@requires(Permission.ELIGIBILITY_DECIDE)
@keeps_draft("eligibility")
def new(patient_id: int) -> ResponseReturnValue:
    """Start an assessment: the drug first, then the form."""
    key = form_of_request()
    stored = drafts.find(key, by=actor()) if request.method == "GET" else None
    form = EligibilityForm(MultiDict(stored.content)) if stored else EligibilityForm()
    drug = form.for_drug or _drug(request.args.get("drug", ""))
    start = eligibility_commands.begin_with(patient_id, drug, by=actor())
    if drug is None:
        return render_template("eligibility/choose.html", start=start, drugs=list(Drug))
    if request.method == "GET" and not stored:
        form = EligibilityForm.start(start.draft)
    elif request.method == "POST" and not _has_acted(form, patient_id):
        draft = form.draft()
        action = partial(
            eligibility_commands.start, patient_id, draft, by=actor(), once=form.once.data, form=key
        )
        if _is_readable(form) and (made := form.send(action)) is not None:
            flash("Saved, not signed yet. Read what it says, then decide.", "success")
            return _to(made)
    else:
        form.status = 200
    return _form(form, key, stored, start)


@blueprint.get("/eligibilities/<int:eligibility_id>/")
@requires(Permission.ELIGIBILITY_VIEW)
def show(eligibility_id: int) -> ResponseReturnValue:
    """Show an assessment: what speaks against, what is missing, what is fine, the decision."""
    view = eligibility_commands.find(eligibility_id, by=actor())
    return _page(view, _deciding(view)), 200


@blueprint.route("/eligibilities/<int:eligibility_id>/edit", methods=["GET", "POST"])
@requires(Permission.ELIGIBILITY_DECIDE)
@keeps_draft("eligibility-edit")
def edit(eligibility_id: int) -> ResponseReturnValue:
    """Go on with an assessment that nobody has signed."""
    view = eligibility_commands.find(eligibility_id, by=actor())
    key = form_of_request()
    if conflicts.theirs_stands():
        drafts.discard(key, by=actor())
        return _to(eligibility_id)
    if view.line.decision is not None and request.method == "GET":
        return _to(eligibility_id)
    stored = drafts.find(key, by=actor()) if request.method == "GET" else None
    form = EligibilityForm(MultiDict(stored.content)) if stored else EligibilityForm()
    form.drug.data = view.line.drug.value
    if request.method == "GET" and not stored:
        form = EligibilityForm.start(view.draft, view.version)
    elif request.method == "POST" and not _has_acted(form, view.patient_id):
        answer = _save(form, view, key)
        if answer is not None:
            return answer
    else:
        form.status = 200
    return _form(form, key, stored, view=view)


def _has_acted(form: EligibilityForm, patient_id: int) -> bool:
    """Add or remove a row, or take the patient's list over, where that was pressed."""
    pressed = request.form.get("act", "")
    if pressed != AS_LISTED:
        return form.act(pressed)
    form.take_list(item_queries.standing(patient_id, by=actor()))
    return True


def _save(form: EligibilityForm, view: EligibilityView, key: str) -> ResponseReturnValue | None:
    """Save what was typed; None when the form must be shown again."""
    draft = form.draft()
    action = partial(
        eligibility_commands.change, view.line.id, draft, version=form.version.data, by=actor(),
        once=form.once.data, form=key,
    )  # fmt: skip
    try:
        if not _is_readable(form) or form.send(action) is None:
            return None
    except StaleError:
        rows, there = list(differences(view.draft, draft)), _to(view.line.id)
        if not rows:
            drafts.discard(key, by=actor())
        return conflicts.page(
            "eligibility/conflict.html",
            rows,
            view.version,
            by=view.saved_by,
            there=there,
            view=view,
        )
    flash("Saved, not signed yet. Read what it says, then decide.", "success")
    return _to(view.line.id)


@blueprint.post("/eligibilities/<int:eligibility_id>/")
@requires(Permission.ELIGIBILITY_DECIDE)
def decide(eligibility_id: int) -> ResponseReturnValue:
    """Sign a decision."""
    form = DecisionForm()
    action = partial(
        eligibility_commands.decide, eligibility_id, form.decision.data, form.reason.data or "",
        version=form.version.data, seen=form.seen.data or "", by=actor(), once=form.once.data,
    )  # fmt: skip
    try:
        if form.validate() and form.send(action) is not None:
            flash("Signed. The assessment stays as it is from now on.", "success")
            return _to(eligibility_id)
    except StaleError as error:
        form.reopen(error.current_version, CHANGED_MEANWHILE)
    view = eligibility_commands.find(eligibility_id, by=actor())
    form.version.data, form.seen.data = view.version, view.lines_hash
    return _page(view, form), form.status


def _deciding(view: EligibilityView) -> DecisionForm:
    return DecisionForm(
        formdata=None, data={"version": view.version, "seen": view.lines_hash, "reason": ""}
    )


def _page(view: EligibilityView, form: DecisionForm) -> str:
    return render_template(
        "eligibility/show.html",
        view=view,
        form=form,
        summary=summary(view.lines),
        kinds=[(kind, of_kind(view.lines, kind)) for kind in LineKind],
        told=answer_lines(view.draft),
    )


def _form(
    form: EligibilityForm,
    key: str,
    stored: StoredDraft | None,
    start: Start | None = None,
    view: EligibilityView | None = None,
) -> ResponseReturnValue:
    counted = eligibility_review.count(form.draft().treatments)
    page = render_template(
        "eligibility/form.html",
        form=form,
        key=key,
        kept=stored,
        start=start,
        view=view,
        about=view or start,
        counted=counted,
        judged_by=(RESISTANT_AT, RESISTANCE),
        groups={group.value: group.label for group in Group},
    )
    return page, form.status if request.method == "POST" else 200


def _is_readable(form: EligibilityForm) -> bool:
    """Say whether every text could be read; where not, tell everything that is wrong at once."""
    if form.validate():
        return True
    form.show(eligibility_commands.problems(form.draft(), by=actor()))
    return False


def _drug(code: str) -> Drug | None:
    return next((drug for drug in Drug if drug.value == code), None)


def _to(eligibility_id: int) -> ResponseReturnValue:
    return redirect(url_for("eligibility.show", eligibility_id=eligibility_id), 303)
