"""The page of the checks before a session."""

from datetime import datetime
from functools import partial

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from tracker.domain.access import Permission
from tracker.domain.gates import DEVICE_MG, Gate
from tracker.domain.problems import StaleError
from tracker.domain.words import SessionState
from tracker.services import clock, drafts, gates
from tracker.services.drafts import KeptDraft
from tracker.services.gates import GateSheet
from tracker.web.drafts.keeping import keeps_draft
from tracker.web.gates.forms import SIGNS, GateForm
from tracker.web.guard import actor, requires

blueprint = Blueprint("gates", __name__)

MEANWHILE = "Somebody else saved the checks while you were writing. Compare, then save again."
_OVER = frozenset({SessionState.COMPLETED, SessionState.CANCELLED, SessionState.MISSED})


@blueprint.route("/sessions/<int:session_id>/gate", methods=["GET", "POST"])
@requires(Permission.SESSION_WATCH)
@keeps_draft("gate")
def show(session_id: int) -> ResponseReturnValue:
    """Show the checks before a session, and save them."""
    sheet = gates.sheet(session_id, by=actor())
    if request.method == "GET" and sheet.sheet.state in _OVER:
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    key, now, zone = f"gate-{session_id}", clock.now(), g.clinic.zone
    kept = drafts.find(key, by=actor()) if request.method == "GET" else None
    if kept:
        form = GateForm(MultiDict(kept.content))
    elif request.method == "GET":
        form = GateForm.start(sheet.gate, zone, now, sheet.opened)
        form.lines = sheet.filled.lines if sheet.filled else ()
    else:
        return _save(session_id, sheet, key, now)
    gates.shown(sheet, by=actor())
    return _page(form, sheet, key, kept)


def _save(session_id: int, sheet: GateSheet, key: str, now: datetime) -> ResponseReturnValue:
    form, theirs = GateForm(), None
    gate = form.gate(g.clinic.zone, now, sheet.gate)
    deed = partial(
        gates.save, session_id, gate, opened=form.sequence, by=actor(), once=form.once.data,
        form=key,
    )  # fmt: skip
    try:
        if _is_readable(form, gate, sheet, now) and form.send(deed) is not None:
            flash("The checks before the session are saved.", "success")
            return redirect(url_for("live.show", session_id=session_id), 303)
    except StaleError as error:
        form.reopen(error.current_version)
        form.form_errors.append(MEANWHILE)
        form.status, theirs = 409, gates.sheet(session_id, by=actor()).filled
    if form.status != 503:  # then nothing can be read either, and what was typed matters more
        form.lines = gates.review(gate, sheet, by=actor())
        gates.shown(sheet, by=actor())
    return _page(form, sheet, key, theirs=theirs), form.status


def _is_readable(form: GateForm, gate: Gate, sheet: GateSheet, now: datetime) -> bool:
    """Say whether every text could be read; where not, tell everything that is wrong at once."""
    untimely = list(form.clock_problems(g.clinic.zone, now))
    if form.validate() and not untimely:
        return True
    form.show([*untimely, *gates.check(gate, sheet, by=actor())])
    return False


def _page(
    form: GateForm,
    sheet: GateSheet,
    key: str,
    kept: KeptDraft | None = None,
    theirs: object = None,
) -> str:
    return render_template(
        "gates/show.html",
        form=form,
        sheet=sheet,
        key=key,
        kept=kept,
        theirs=theirs,
        signs=SIGNS,
        device_mg=DEVICE_MG if sheet.by_device else None,
    )
