"""What a session under way is to be given; a dose far from it is taken once it is confirmed."""

from collections.abc import Sequence

from tracker.domain.checklists import pre_session
from tracker.domain.clinic import dose_slips
from tracker.domain.clinic.dose_slips import ExpectedDose
from tracker.domain.formatting import in_full
from tracker.domain.live.entries import Content, Dose, Entry, EntryKind, Form, Infusion, latest_form
from tracker.domain.problems import InvalidError, Problem
from tracker.models.database import db
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.sessions import rows as session_rows


def ask(row: TreatmentSession, log: Sequence[Entry], content: Content) -> None:
    """Raise InvalidError for a dose that looks like a slip, unless that very number is confirmed.

    A dose may be given in parts, so one that is merely less than planned is not asked about.
    """
    if not isinstance(content, Dose | Infusion) or not content.dose_mg:
        return
    if content.confirmed_mg == content.dose_mg:
        return
    for found in dose_slips.review(content.dose_mg, _dose_to_give(row, log), is_part=True):
        sure = f"If {in_full(content.dose_mg)} mg is right, confirm it."
        raise InvalidError([Problem("confirmed_mg", f"{found.message} {sure}")])


def _dose_to_give(row: TreatmentSession, log: Sequence[Entry]) -> ExpectedDose:
    """Say what is to be given in mg: as checked today, else as planned, by today's weight."""
    plan = session_rows.planned_dose(db.session.get_one(Series, row.series_id), row)
    checks = latest_form(log, EntryKind.GATE)
    told = pre_session.PreSession()
    if checks is not None and isinstance(checks.content, Form):
        told = pre_session.read(checks.content.fields)
    per_kg = told.dose_mg_per_kg or plan.mg_per_kg
    today = told.dose_mg or pre_session.planned_mg(told)
    in_mg = today or plan.for_weight(told.weight_kg or row.weight_kg)
    return ExpectedDose(amount=in_mg, per_kg=per_kg)
