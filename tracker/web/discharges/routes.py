"""The page of the checks before somebody leaves."""

from functools import partial

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from tracker.domain.access import Permission
from tracker.domain.checklists.discharge import Discharge, Instruction
from tracker.domain.codes import SessionState
from tracker.domain.problems import StaleError
from tracker.services import drafts
from tracker.services.checklists import discharge as discharge_checklist
from tracker.services.checklists.discharge import DischargeSheet
from tracker.services.drafts import KeptDraft
from tracker.web.discharges.forms import DischargeForm, met_name, told_name
from tracker.web.drafts.autosave import keeps_draft
from tracker.web.guard import actor, requires

blueprint = Blueprint("discharges", __name__)

MEANWHILE = "Somebody else saved the checks while you were writing. Compare, then save again."


@blueprint.route("/sessions/<int:session_id>/discharge", methods=["GET", "POST"])
@requires(Permission.SESSION_WATCH)
@keeps_draft("discharge")
def show(session_id: int) -> ResponseReturnValue:
    """Show the checks before somebody leaves, and save them."""
    sheet = discharge_checklist.sheet(session_id, by=actor())
    if request.method == "GET" and sheet.sheet.state is not SessionState.UNDER_WAY:
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    key = f"discharge-{session_id}"
    kept = drafts.find(key, by=actor()) if request.method == "GET" else None
    if kept:
        form = DischargeForm(MultiDict(kept.content))
    elif request.method == "GET":
        zone = g.clinic.zone
        form = DischargeForm.start(sheet.discharge, zone, sheet.now, sheet.opened)
        form.lines = sheet.filled.lines if sheet.filled else ()
    else:
        return _save(session_id, sheet, key)
    discharge_checklist.shown(sheet, by=actor())
    return _page(form, sheet, key, kept)


def _save(session_id: int, sheet: DischargeSheet, key: str) -> ResponseReturnValue:
    form, theirs = DischargeForm(), None
    found = form.discharge(sheet.criteria, g.clinic.zone, sheet.now, sheet.discharge)
    deed = partial(
        discharge_checklist.save, session_id, found, opened=form.sequence, by=actor(),
        once=form.once.data, form=key,
    )  # fmt: skip
    try:
        if _is_readable(form, found, sheet) and form.send(deed) is not None:
            flash("The checks before leaving are saved.", "success")
            return redirect(url_for("sessions.sign", session_id=session_id), 303)
    except StaleError as error:
        form.reopen(error.current_version)
        form.form_errors.append(MEANWHILE)
        form.status, theirs = 409, discharge_checklist.sheet(session_id, by=actor()).filled
    form.lines = discharge_checklist.review(found, sheet)
    if form.status != 503:  # then no line can be written, and what was typed matters more
        discharge_checklist.shown(sheet, by=actor())
    return _page(form, sheet, key, theirs=theirs), form.status


def _is_readable(form: DischargeForm, found: Discharge, sheet: DischargeSheet) -> bool:
    """Say whether every text could be read; where not, tell everything that is wrong at once."""
    untimely = list(form.clock_problems(g.clinic.zone, sheet.now))
    if form.validate() and not untimely:
        return True
    form.show([*untimely, *discharge_checklist.check(found, sheet)])
    return False


def _page(
    form: DischargeForm,
    sheet: DischargeSheet,
    key: str,
    kept: KeptDraft | None = None,
    theirs: object = None,
) -> str:
    return render_template(
        "discharges/show.html",
        form=form,
        sheet=sheet,
        key=key,
        kept=kept,
        theirs=theirs,
        criteria=[(one, form[met_name(one.code)]) for one in sheet.criteria],
        instructions=[form[told_name(one)] for one in Instruction],
    )
