"""Two people saved the same record: both versions on one page, and the choice between them."""

import secrets

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from tracker.domain.sessions import diff as session_diff
from tracker.domain.sessions.draft import SessionDraft
from tracker.services import drafts
from tracker.services.sessions import commands as session_commands
from tracker.web.guard import actor

_OURS = frozenset({"csrf_token", "once", "opened", "choice", "reason"})


def page(session_id: int, mine: SessionDraft, reason: str) -> ResponseReturnValue:
    """Show what differs; where nothing does, there is nothing to choose."""
    view = session_commands.find(session_id, by=actor())
    rows = session_diff.changes(view.draft, mine, g.clinic.zone)
    if not rows:
        forget(session_id)
        flash(f"{view.recorded_by} saved the same meanwhile, so there was nothing to add.", "info")
        return redirect(url_for("sessions.show", session_id=session_id), 303)
    kept = [pair for pair in request.form.items(multi=True) if pair[0] not in _OURS]
    kept += [
        ("csrf_token", generate_csrf()),
        ("once", secrets.token_urlsafe(16)),
        ("opened", str(view.version)),
        ("reason", reason),
    ]
    return render_template("sessions/conflict.html", view=view, rows=rows, kept=kept), 409


def forget(session_id: int) -> None:
    """Drop what was typed about a session that is settled now."""
    for kind in ("record", "amend"):
        drafts.discard(f"{kind}-{session_id}", by=actor())
