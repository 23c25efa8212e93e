"""The calendar by week and by day, a session added to it, and feeds for calendars outside."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.clinic.planning import PlanningSettings
from tracker.services import clock
from tracker.services.sessions import planning
from tracker.web.calendar.forms import AddForm, DayForm
from tracker.web.filters import weekday
from tracker.web.guard import actor, requires
from tracker.web.login_forms import address
from tracker.web.login_limits import brake_guessing

if TYPE_CHECKING:
    from tracker.services.calendar.feeds import Feed

blueprint = Blueprint("calendar", __name__, url_prefix="/calendar")
VIEWS = {"week": 7, "day": 1}
TOLD_MAX = 3
FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)


@blueprint.get("/")
@requires(Permission.TODAY_VIEW)
def show() -> ResponseReturnValue:
    """Show a week or a day by chair."""
    # Imported here: a start and most pages do without.
    from tracker.services.calendar import queries as calendar_queries

    today = clock.today(g.clinic.zone)
    asked, view = DayForm(request.args), request.args.get("view", "week")
    asked.validate()
    day = _asked_day(asked, today)
    view = view if view in VIEWS else "week"
    if view == "week":
        days = calendar_queries.week(day, by=actor())
    else:
        days = [calendar_queries.day_list(day, by=actor())]
    step = timedelta(days=VIEWS[view])
    return render_template(
        f"calendar/{view}.html",
        asked=asked if asked.errors else DayForm(data={"day": day}),
        days=days,
        day=day,
        today=today,
        view=view,
        before=max(day - step, FIRST),
        after=min(day + step, LAST),
    )


def _asked_day(asked: DayForm, today: date) -> date:
    """Tell the day that an address names; today for none, or for what is no day."""
    return min(max(asked.day.data or today, FIRST), LAST)


@blueprint.route("/add", methods=["GET", "POST"])
@requires(Permission.SERIES_EDIT)
def add() -> ResponseReturnValue:
    """Plan one more session of a series that goes on."""
    form = AddForm(
        data={"planned_on": _asked_day(DayForm(request.args), clock.today(g.clinic.zone))}
    )
    form.chair.offer(PlanningSettings.read(g.clinic.settings).chairs)

    def action() -> int:
        return planning.add(
            form.record_number.data or "", form.plan(), by=actor(), once=form.once.data
        )

    if form.validate_on_submit() and (made := form.send(action)) is not None:
        day = form.planned_on.data
        flash("The session is planned.", "success")
        tell_conflicts(made, day)
        return redirect(url_for("calendar.show", day=day, view="day"), 303)
    page = render_template("calendar/add.html", form=form)
    return page, form.status if form.is_submitted() else 200


def tell_conflicts(session_id: int, day: date | None) -> None:
    """Say what stands in the way of a session that was just planned."""
    from tracker.services.calendar import queries as calendar_queries

    if day is not None:
        for words in calendar_queries.conflicts_of(session_id, day, by=actor()):
            flash(words, "warning")


def tell_conflicts_of_series(series_id: int, first: date, last: date) -> None:
    """Say what stands in the way of a series that was just planned; the calendar has them all."""
    from tracker.services.calendar import queries as calendar_queries

    found = calendar_queries.conflicts_of_series(series_id, first, last, by=actor())
    for day, words in found[:TOLD_MAX]:
        flash(f"{weekday(day)}: {words}", "warning")
    if len(found) > TOLD_MAX:
        flash(f"{len(found) - TOLD_MAX} more conflicts stand in the calendar.", "warning")


@blueprint.get("/feed/<token>.ics")
@brake_guessing
def feed(token: str) -> ResponseReturnValue:
    """Answer a calendar program that has the secret address of somebody's feed."""
    from tracker.services.calendar import feeds

    return file_of(feeds.read(token, address=address()))


def file_of(made: "Feed") -> Response:
    """Send a calendar file."""
    response = Response(made.text, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.file_name}"'
    return response
