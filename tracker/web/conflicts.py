"""Two people saved the same record: both versions on one page, and the choice between them."""

from collections.abc import Sequence
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from tracker.web.forms import OPENED

THEIRS = "What the other person saved stands. Yours was not saved."


def page(
    template: str,
    rows: Sequence[Any],
    version: int,
    *,
    by: str,
    there: ResponseReturnValue,
    instead: dict[str, str] | None = None,
    **about: Any,
) -> ResponseReturnValue:
    """Show what differs from the version saved by `by`; where nothing does, there is no choice.

    Everything that was sent is sent again with the choice, but for what stands in `instead`.
    """
    if not rows:
        flash(f"{by} saved the same meanwhile, so there was nothing to add.", "info")
        return there
    new = {"version": str(version)} | (instead or {})
    left_out = {*new, OPENED, "choice", "theirs", "act"}
    kept = [pair for pair in request.form.items(multi=True) if pair[0] not in left_out]
    return render_template(template, rows=rows, kept=[*kept, *new.items()], **about), 409


def theirs_stands() -> bool:
    """Say whether somebody chose what the other person saved, and tell them what that means."""
    if request.form.get("choice") != "theirs":
        return False
    flash(THEIRS, "info")
    return True
