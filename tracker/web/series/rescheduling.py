"""The page on which all sessions still to come are moved to other weekdays, a time and a chair."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.formatting import times
from tracker.services.series import queries as series_queries
from tracker.services.series import rescheduling
from tracker.services.series.rescheduling import Proposal
from tracker.web.calendar.routes import tell_conflicts_of_series
from tracker.web.guard import actor
from tracker.web.series.forms import MovingForm


def page(series_id: int) -> ResponseReturnValue:
    """Show which session goes to which day, and move them when that was seen."""
    stands = rescheduling.pattern_of(series_id, by=actor())
    form = MovingForm(obj=stands)
    form.chair.offer(PlanningSettings.read(g.clinic.settings).chairs, stands.chair)
    proposal, is_preview = _proposal(series_id, form), bool(request.form.get("preview"))
    if form.validate_on_submit() and proposal and not is_preview and _move(series_id, form):
        days = sorted(one.to for one in proposal.moves if one.to)
        moved = sum(one.changes for one in proposal.moves if one.to)
        flash(f"{times(moved, 'session')} moved.", "success")
        tell_conflicts_of_series(series_id, days[0], days[-1])
        return redirect(url_for("series.show", series_id=series_id), 303)
    form.shown.raw_data, form.shown.data = None, proposal.signature if proposal else ""
    one = series_queries.find(series_id, by=actor())
    shown = render_template("series/move.html", form=form, one=one, proposal=proposal)
    is_wrong = form.is_submitted() and (form.errors or not is_preview)
    return shown, form.status if is_wrong else 200


def _proposal(series_id: int, form: MovingForm) -> Proposal | None:
    """Say what would be moved where; None while what was typed cannot be read."""
    if form.planned_time.process_errors or form.weekdays.process_errors:
        return None
    chosen = form.chosen.data or () if form.is_submitted() else None
    return rescheduling.propose(series_id, form.pattern(), chosen, by=actor())


def _move(series_id: int, form: MovingForm) -> bool:
    """Move what was chosen; False when the form must be shown again."""

    def move() -> int:
        return rescheduling.move(
            series_id,
            form.pattern(),
            form.chosen.data or (),
            form.shown.data or "",
            by=actor(),
            once=form.once.data,
        )

    return form.send(move) is not None
