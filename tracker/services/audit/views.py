"""Views of a page that asks by itself every few seconds: a line the first time, then now and again.

Every other view leaves its line where the page is read, each time.
"""

from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, func, select

from tracker.domain.access import Actor
from tracker.models.audit import AuditEvent
from tracker.models.database import db, plain_rows
from tracker.services.unit_of_work import audit

VIEWED_EVERY = timedelta(minutes=15)  # a page that asks every few seconds is one look
LINES_IN_THAT_TIME_MAX = 20_000
REMEMBERED_MAX = 4_096

_NEWEST = select(func.coalesce(func.max(AuditEvent.sequence), 0)).scalar_subquery()
_NOTED = (
    select(AuditEvent.at)
    .where(
        AuditEvent.sequence > _NEWEST - LINES_IN_THAT_TIME_MAX,
        AuditEvent.action == bindparam("action"),
        AuditEvent.subject == bindparam("subject"),
        AuditEvent.user_id == bindparam("user_id"),
        AuditEvent.at > bindparam("since"),
    )
    .order_by(AuditEvent.sequence.desc())
    .limit(1)
)
_Viewer = tuple[int | None, str, str]
# Who looked at what when, as far as this process knows: the audit log need not be asked each time.
_last_views: WeakKeyDictionary[Engine, dict[_Viewer, datetime]] = WeakKeyDictionary()


def note_view(
    by: Actor,
    action: str,
    subject: str = "",
    *,
    now: datetime,
    patient_id: int | None = None,
    detail: str = "",
) -> None:
    """Leave a line of a view unless the same person left one of it a moment ago."""
    known = _last_views.setdefault(db.engine, {})
    viewer, since = (by.user_id, action, subject), now - VIEWED_EVERY
    if (last := known.get(viewer)) is not None and last > since:
        return
    asked = {"action": action, "subject": subject, "user_id": by.user_id, "since": since}
    noted_at = plain_rows(_NOTED, asked).scalar()
    if noted_at is None:
        audit(by, action, subject, patient_id=patient_id, detail=detail)
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    known[viewer] = noted_at or now
