"""The pages of both checklists: before a session, and before somebody leaves."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from tracker.domain.access import Permission
from tracker.domain.checklists.discharge import Discharge, Instruction
from tracker.domain.checklists.pre_session import PreSession
from tracker.domain.codes import SessionState
from tracker.domain.drugs import DEVICE_MG
from tracker.domain.problems import StaleError
from tracker.services import clock, drafts
from tracker.services.checklists import discharge as discharge_checklist
from tracker.services.checklists import pre_session as pre_session_checklist
from tracker.services.checklists.discharge import DischargePage
from tracker.services.checklists.pre_session import PreSessionPage
from tracker.services.drafts import StoredDraft
from tracker.services.people import second_person
from tracker.web.checklists.discharge_forms import DischargeForm, instruction_field, met_name
from tracker.web.checklists.forms import ChecklistForm
from tracker.web.checklists.pre_session_forms import PreSessionForm
from tracker.web.drafts.autosave import form_of_request, keeps_draft
from tracker.web.guard import actor, requires

blueprint = Blueprint("checklists", __name__)

MEANWHILE = "Somebody else saved the checks while you were writing. Compare, then save again."
_OVER = frozenset({SessionState.COMPLETED, SessionState.CANCELLED, SessionState.MISSED})


@blueprint.route("/sessions/<int:session_id>/gate", methods=["GET", "POST"])
@requires(Permission.SESSION_WATCH)
@keeps_draft("gate")
def pre_session(session_id: int) -> ResponseReturnValue:
    """Show the checks before a session, and save them."""
    page = pre_session_checklist.prepare_page(session_id, by=actor())
    if request.method == "GET" and page.session_page.state in _OVER:
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    key, now, zone = form_of_request(), clock.now(), g.clinic.zone
    stored = drafts.find(key, by=actor()) if request.method == "GET" else None
    if stored:
        form = PreSessionForm(MultiDict(stored.content))
    elif request.method == "GET":
        form = PreSessionForm.start(page.pre_session, zone, now, page.opened_sequence)
        form.lines = page.filled.lines if page.filled else ()
    else:
        return _save_pre_session(session_id, page, key, now)
    pre_session_checklist.audit_view(page, by=actor())
    return _pre_session_page(form, page, key, stored)


def _save_pre_session(
    session_id: int, page: PreSessionPage, key: str, now: datetime
) -> ResponseReturnValue:
    form = PreSessionForm()
    checks = form.checks(g.clinic.zone, now, page.pre_session)
    write = partial(
        pre_session_checklist.save, session_id, checks, opened=form.version.data, by=actor(),
        once=form.once.data, form=key, second=form.claim(checks.dose_checked_by),
    )  # fmt: skip
    if _store(form, write, _is_readable_pre_session(form, checks, page, now)):
        flash("The checks before the session are saved.", "success")
        return redirect(url_for("live.show", session_id=session_id), 303)
    theirs = None
    if form.status == 409:
        theirs = pre_session_checklist.prepare_page(session_id, by=actor()).filled
    if form.status != 503:  # then nothing can be read either, and what was typed matters more
        form.lines = pre_session_checklist.review(checks, page, by=actor())
        pre_session_checklist.audit_view(page, by=actor())
    return _pre_session_page(form, page, key, theirs=theirs), form.status


def _store(form: ChecklistForm, write: Callable[[], int], is_readable: bool) -> bool:
    """Write what was read; where somebody else was first, reopen the form on theirs."""
    try:
        return is_readable and form.send(write) is not None
    except StaleError as error:
        form.reopen(error.current_version, MEANWHILE)
        return False


def _is_readable_pre_session(
    form: PreSessionForm, checks: PreSession, page: PreSessionPage, now: datetime
) -> bool:
    """Say whether every text could be read; where not, list everything that is wrong at once."""
    untimely = list(form.clock_problems(g.clinic.zone, now))
    if form.validate() and not untimely:
        return True
    form.show(
        [
            *untimely,
            *pre_session_checklist.check(
                checks, page, by=actor(), second=form.claim(checks.dose_checked_by)
            ),
        ]
    )
    return False


def _pre_session_page(
    form: PreSessionForm,
    page: PreSessionPage,
    key: str,
    stored: StoredDraft | None = None,
    theirs: Any = None,
) -> str:
    form.offer_colleagues(second_person.colleagues(by=actor()))
    return render_template(
        "checklists/pre_session.html",
        form=form,
        sheet=page,
        key=key,
        kept=stored,
        theirs=theirs,
        device_mg=DEVICE_MG if page.by_device else None,
    )


@blueprint.route("/sessions/<int:session_id>/discharge", methods=["GET", "POST"])
@requires(Permission.SESSION_WATCH)
@keeps_draft("discharge")
def discharge(session_id: int) -> ResponseReturnValue:
    """Show the checks before somebody leaves, and save them."""
    page = discharge_checklist.prepare_page(session_id, by=actor())
    if request.method == "GET" and page.session_page.state is not SessionState.UNDER_WAY:
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    key = form_of_request()
    stored = drafts.find(key, by=actor()) if request.method == "GET" else None
    if stored:
        form = DischargeForm(MultiDict(stored.content))
    elif request.method == "GET":
        zone = g.clinic.zone
        form = DischargeForm.start(page.discharge, zone, page.now, page.opened_sequence)
        form.lines = page.filled.lines if page.filled else ()
    else:
        return _save_discharge(session_id, page, key)
    discharge_checklist.audit_view(page, by=actor())
    return _discharge_page(form, page, key, stored)


def _save_discharge(session_id: int, page: DischargePage, key: str) -> ResponseReturnValue:
    form = DischargeForm()
    typed = form.discharge(page.criteria, g.clinic.zone, page.now, page.discharge)
    write = partial(
        discharge_checklist.save, session_id, typed, opened=form.version.data, by=actor(),
        once=form.once.data, form=key,
    )  # fmt: skip
    if _store(form, write, _is_readable_discharge(form, typed, page)):
        flash("The checks before leaving are saved.", "success")
        return redirect(url_for("sessions.sign", session_id=session_id), 303)
    theirs = None
    if form.status == 409:
        theirs = discharge_checklist.prepare_page(session_id, by=actor()).filled
    form.lines = discharge_checklist.review(typed, page)
    if form.status != 503:  # then no line can be written, and what was typed matters more
        discharge_checklist.audit_view(page, by=actor())
    return _discharge_page(form, page, key, theirs=theirs), form.status


def _is_readable_discharge(form: DischargeForm, typed: Discharge, page: DischargePage) -> bool:
    """Say whether every text could be read; where not, list everything that is wrong at once."""
    untimely = list(form.clock_problems(g.clinic.zone, page.now))
    if form.validate() and not untimely:
        return True
    form.show([*untimely, *discharge_checklist.check(typed, page)])
    return False


def _discharge_page(
    form: DischargeForm,
    page: DischargePage,
    key: str,
    stored: StoredDraft | None = None,
    theirs: Any = None,
) -> str:
    return render_template(
        "checklists/discharge.html",
        form=form,
        sheet=page,
        key=key,
        kept=stored,
        theirs=theirs,
        criteria=[(one, form[met_name(one.code)]) for one in page.criteria],
        sources=[one.source_in(page.labels) for one in page.criteria],
        instructions=[form[instruction_field(one)] for one in Instruction],
    )
