"""Two people saved the same record: both versions on one page, and the choice between them."""

import secrets

from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.sessions import diff as session_diff
from tracker.domain.sessions.draft import SessionDraft
from tracker.services import drafts
from tracker.services.sessions import commands as session_commands
from tracker.web import conflicts
from tracker.web.guard import actor


def page(session_id: int, mine: SessionDraft, reason: str) -> ResponseReturnValue:
    """Show what differs; where nothing does, there is nothing to choose."""
    view = session_commands.find(session_id, by=actor())
    rows = session_diff.changes(view.draft, mine, g.clinic.zone)
    if not rows:
        forget(session_id)
    return conflicts.page(
        "sessions/conflict.html",
        rows,
        view.version,
        by=view.recorded_by,
        there=redirect(url_for("sessions.show", session_id=session_id), 303),
        instead={"reason": reason, "once": secrets.token_urlsafe(16)},
        view=view,
    )


def forget(session_id: int) -> None:
    """Drop what was typed about a session that is settled now."""
    for kind in ("record", "amend"):
        drafts.discard(f"{kind}-{session_id}", by=actor())
