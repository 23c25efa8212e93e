"""Who may be meant while somebody types, and whom they looked at last."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, func, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.patients import draft as patient_draft
from tracker.models.audit import AuditEvent
from tracker.models.database import db, plain_rows
from tracker.models.patients import Patient
from tracker.models.scoping import visible
from tracker.services.patients import search
from tracker.services.patients.search import PatientLine
from tracker.services.unit_of_work import audit

SHOWN_MAX = 8
RECENT_LINES_MAX = (
    4_000  # of the whole trail: a busy clinic's day, and never more to read than that
)

_NEWEST = select(func.coalesce(func.max(AuditEvent.sequence), 0)).scalar_subquery()
_LOOKED_AT = (
    select(AuditEvent.patient_id)
    .where(
        AuditEvent.sequence > _NEWEST - RECENT_LINES_MAX,
        AuditEvent.user_id == bindparam("user_id"),
        AuditEvent.clinic_id == bindparam("clinic_id"),
        AuditEvent.action == "patient.viewed",
    )
    .group_by(AuditEvent.patient_id)
    .order_by(func.max(AuditEvent.sequence).desc())
    .limit(SHOWN_MAX)
)


class Suggestions(Struct, frozen=True):
    """The first patients who fit; `more` says that others do too."""

    lines: tuple[PatientLine, ...] = ()
    more: bool = False

    @property
    def only(self) -> PatientLine | None:
        """The one patient who fits; None where there are none or several."""
        return self.lines[0] if len(self.lines) == 1 and not self.more else None


def suggest(query: str, *, by: Actor) -> Suggestions:
    """List the first patients whom what was typed so far finds: the current ones, then archived."""
    authorize(by, Permission.PATIENT_LIST)
    if not patient_draft.query_words(query):
        return Suggestions()
    rows = list(search.matching(query, "current", by, limit=SHOWN_MAX + 1))
    if len(rows) <= SHOWN_MAX:
        rows += search.matching(query, "archived", by, limit=SHOWN_MAX + 1 - len(rows))
    return Suggestions(_tell(rows[:SHOWN_MAX], by), more=len(rows) > SHOWN_MAX)


def recent(*, by: Actor) -> Suggestions:
    """List whom this person looked at last, the latest first, as the audit trail has it."""
    authorize(by, Permission.PATIENT_LIST)
    asked = {"user_id": by.user_id, "clinic_id": by.clinic_id}
    ids = list(plain_rows(_LOOKED_AT, asked).scalars())
    query = select(*search.LINE).where(
        Patient.id.in_(ids), visible(by, Patient), Patient.archived_at.is_(None)
    )
    found = {row.id: row for row in db.session.execute(query)} if ids else {}
    return Suggestions(_tell([found[one] for one in ids if one in found], by))


def _tell(rows: Sequence[Any], by: Actor) -> tuple[PatientLine, ...]:
    ids = [row.id for row in rows]
    audit(by, "patients.suggested", patients=ids, detail=f"{len(ids)} patients")
    return tuple(search.line_of(row) for row in rows)
