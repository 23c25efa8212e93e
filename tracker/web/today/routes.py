"""The clinician's first page, and the board of the sessions under way."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.services import today
from tracker.services.live import board
from tracker.services.stock import queries as stock_queries
from tracker.web.guard import actor, requires

blueprint = Blueprint("today", __name__, url_prefix="/today")


@blueprint.get("/")
@requires(Permission.TODAY_VIEW)
def show() -> ResponseReturnValue:
    """Show who comes today, what is overdue and what comes next."""
    chairs = board.live_sessions(by=actor())
    return render_template(
        "today/show.html",
        day=today.show(by=actor()),
        board=chairs,
        to_sign={one.line.session_id for one in chairs.sessions if one.at.left_at},
        stock=stock_queries.notices(by=actor()),
    )


@blueprint.get("/board")
@requires(Permission.SESSION_WATCH)
def status_board() -> ResponseReturnValue:
    """Show every session under way, to be read from across the room."""
    return render_template("today/board.html", board=board.show(by=actor()))


@blueprint.get("/board/news")
@requires(Permission.SESSION_WATCH)
def news() -> ResponseReturnValue:
    """Answer a board that asks by itself whether anything is new: nothing, or the new board."""
    found = board.board_if_changed(request.args.get("known", ""), by=actor())
    if found is None:
        return "", 204
    return render_template("today/news.html", board=found, wall="wall" in request.args)
