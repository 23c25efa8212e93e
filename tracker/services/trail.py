"""Read and verify the audit trail."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from tracker.domain import ledger
from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.models.audit import AuditEvent
from tracker.models.database import db
from tracker.services.unit import note

PAGE = 100
_TABLE = AuditEvent.__table__
_SEALED = (
    "sequence", "clinic_id", "user_id", "actor", "roles", "address", "action", "patient_id",
    "subject", "detail",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One line of the trail, as an administrator reads it. It names records, never their content."""

    sequence: int
    at: datetime
    actor: str
    roles: str
    address: str
    action: str
    patient_id: int | None
    subject: str
    detail: str


def read(
    *, by: Actor, before: int | None = None, action: str = "", actor: str = ""
) -> list[TrailLine]:
    """List a page of the clinic's trail, newest first, from below a sequence number."""
    authorize(by, Permission.AUDIT_VIEW, Subject(by.clinic_id))
    wanted = select(*(_TABLE.c[name] for name in TrailLine.__dataclass_fields__)).where(
        _TABLE.c.clinic_id == by.clinic_id
    )
    if before is not None:
        wanted = wanted.where(_TABLE.c.sequence < before)
    if action:
        wanted = wanted.where(_TABLE.c.action == action)
    if actor:
        wanted = wanted.where(_TABLE.c.actor == actor)
    rows = db.session.execute(wanted.order_by(_TABLE.c.sequence.desc()).limit(PAGE)).all()
    note(by, "audit.viewed", detail=f"{len(rows)} lines")
    return [TrailLine(*row) for row in rows]


def verify() -> ledger.Verdict:
    """Walk the whole chain and say whether it holds. Needs no rights: it shows no line."""
    key = db.engine.get_execution_options()["audit_key"]
    return ledger.verify(key, _lines())


def _lines() -> Iterator[tuple[int, str, str, Mapping[str, object]]]:
    wanted = select(_TABLE).order_by(_TABLE.c.sequence).execution_options(yield_per=2000)
    for row in db.session.execute(wanted).mappings():
        line = {name: row[name] for name in _SEALED}
        line["at"] = row["at"].isoformat(timespec="microseconds")
        yield row["sequence"], row["previous"], row["seal"], line
