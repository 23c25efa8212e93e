"""Views of a page that asks by itself every few seconds: a line the first time, then now and again.

Every other view leaves its line where the page is read, each time.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from msgspec import Struct
from sqlalchemy import Engine, bindparam, func, select

from tracker.domain.access import Actor
from tracker.models.audit import AuditEvent, AuditEventPatient
from tracker.models.database import db, plain_rows
from tracker.services.unit_of_work import audit

VIEWED_EVERY = timedelta(minutes=15)  # a page that asks every few seconds is one look
LINES_IN_THAT_TIME_MAX = 20_000
REMEMBERED_MAX = 4_096

_NEWEST = select(func.coalesce(func.max(AuditEvent.sequence), 0)).scalar_subquery()
_LAST = (
    select(AuditEvent.sequence, AuditEvent.at)
    .where(
        AuditEvent.sequence > _NEWEST - LINES_IN_THAT_TIME_MAX,
        AuditEvent.action == bindparam("action"),
        AuditEvent.subject == bindparam("subject"),
        AuditEvent.user_id == bindparam("user_id"),
        AuditEvent.at > bindparam("since"),
    )
    .order_by(AuditEvent.sequence.desc())
    .limit(1)
    .subquery()
)
_NOTED = select(_LAST.c.at, AuditEventPatient.patient_id).outerjoin(
    AuditEventPatient, AuditEventPatient.sequence == _LAST.c.sequence
)
_Viewer = tuple[int | None, str, str]


class _Look(Struct, frozen=True):
    """The line of a look: when, and whom of several it names."""

    at: datetime
    patients: frozenset[int] = frozenset()


# Who looked at what when, as far as this process knows: the audit log need not be asked each time.
_last_views: WeakKeyDictionary[Engine, dict[_Viewer, _Look]] = WeakKeyDictionary()


def note_view(
    by: Actor,
    action: str,
    subject: str = "",
    *,
    now: datetime,
    patient_id: int | None = None,
    patients: Collection[int] = (),
    detail: str = "",
) -> None:
    """Leave a line of a view unless the same person left one of it a moment ago.

    Where the page shows several, that line must have named everybody whom it shows now.
    """
    known = _last_views.setdefault(db.engine, {})
    viewer, since, shown = (by.user_id, action, subject), now - VIEWED_EVERY, frozenset(patients)
    last = known.get(viewer)
    if last is not None and last.at > since and shown <= last.patients:
        return
    asked = {"action": action, "subject": subject, "user_id": by.user_id, "since": since}
    rows = plain_rows(_NOTED, asked).all()
    look = _Look(rows[0].at, frozenset(row.patient_id for row in rows)) if rows else None
    if look is None or not shown <= look.patients:
        audit(by, action, subject, patient_id=patient_id, patients=shown, detail=detail)
        look = _Look(now, shown)
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    known[viewer] = look
