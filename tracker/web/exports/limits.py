"""A limit per person on what takes long to make: files, and pictures that have to be drawn.

So that nobody, and no script with somebody's cookie, keeps the server from the others (OWASP ASVS
5.0, 2.4.1). The figures are ours, several times what people were seen to need: all eleven kinds of
export five times over, and a new picture every second. Entries at the chair have no limit.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.formatting import times
from tracker.services.people import brakes, tries
from tracker.services.people.tries import ADDRESS_MOST, TryLimit
from tracker.services.unit_of_work import audit

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

FILES = TryLimit(60, minutes=10)
DRAWN = TryLimit(300, minutes=5)
_TOLD = TryLimit(1, minutes=5)


def brake_files(view: View) -> View:
    """Slow down whoever takes one file after another."""

    @wraps(view)
    def limit(**arguments: Any) -> ResponseReturnValue:
        refused = refuse_beyond(FILES, "files")
        return view(**arguments) if refused is None else refused

    return cast("View", limit)


def refuse_beyond(limit: TryLimit, what: str) -> Response | None:
    """Count a file or a picture; give the page that says when to come back where it is too much."""
    who = _who()
    if tries.add(limit, what, address=who):
        return None
    if tries.add(_TOLD, f"{what} told", address=who):  # a line for each would be a flood of lines
        audit(g.get("actor"), "file.limited", detail=f"{what}, in {limit.minutes} minutes")
    seconds = tries.seconds_to_wait(limit, what, address=who)
    wait = times(-(-seconds // 60), "minute")
    answer = make_response(render_template("errors/429.html", wait=wait, busy=what), 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _who() -> str:
    """Name whom it is counted for: a person, or the network of somebody who is not signed in."""
    actor = g.get("actor")
    if actor is not None and actor.user_id is not None:
        return f"user:{actor.user_id}"
    return brakes.network_of(request.remote_addr or "")[:ADDRESS_MOST]
