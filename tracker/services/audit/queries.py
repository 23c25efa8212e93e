"""Read and verify the audit trail."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import or_, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.audit import hash_chain
from tracker.models.audit import AuditEvent
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.services.patients import formerly
from tracker.services.unit_of_work import audit

PAGE = 100
LATELY = 5000  # lines whose actions are offered to filter by
_LINES = select(
    *(
        getattr(AuditEvent, name)
        for name in ("sequence", "at", "actor", "roles", "address", "action", "subject", "detail")
    ),
    Patient.record_number,
).outerjoin(Patient, Patient.id == AuditEvent.patient_id)
_SEALED = (
    "sequence", "clinic_id", "user_id", "actor", "roles", "address", "action", "patient_id",
    "subject", "detail",
)  # fmt: skip


class AuditLine(Struct, frozen=True):
    """One line of the trail as an administrator reads it: names of records, never content."""

    sequence: int
    at: datetime
    actor: str
    roles: str
    address: str
    action: str
    subject: str
    detail: str
    record_number: str | None


class AuditPage(Struct, frozen=True):
    """Some lines, newest first, and where the next page begins; None on the last."""

    lines: list[AuditLine]
    before: int | None


def read(
    *,
    by: Actor,
    before: int | None = None,
    action: str = "",
    user_id: int | None = None,
    record_number: str = "",
) -> AuditPage:
    """List a page of the clinic's trail, newest first, from below a sequence number.

    Lines that belong to no clinic, such as a sign-in with an unknown e-mail, are shown to all.
    """
    authorize(by, Permission.AUDIT_VIEW, Subject(by.clinic_id))
    query = _LINES.where(or_(AuditEvent.clinic_id == by.clinic_id, AuditEvent.clinic_id.is_(None)))
    if before is not None:
        query = query.where(AuditEvent.sequence < before)
    if action:
        query = query.where(AuditEvent.action == action)
    if user_id is not None:
        query = query.where(AuditEvent.user_id == user_id)
    if record_number:
        query = query.where(formerly.is_of_person(AuditEvent.patient_id, record_number, by=by))
    found = db.session.execute(query.order_by(AuditEvent.sequence.desc()).limit(PAGE + 1)).all()
    lines = [AuditLine(*tuple(row)) for row in found[:PAGE]]
    audit(by, "audit.viewed", detail=f"{len(lines)} lines")
    return AuditPage(lines, lines[-1].sequence if len(found) > PAGE else None)


def actions(*, by: Actor) -> list[str]:
    """List what was done lately, to choose from."""
    authorize(by, Permission.AUDIT_VIEW, Subject(by.clinic_id))
    lately = select(AuditEvent.action).order_by(AuditEvent.sequence.desc()).limit(LATELY).subquery()
    return sorted(db.session.scalars(select(lately.c.action).distinct()))


def verify(*, noted: str = "") -> hash_chain.ChainCheck:
    """Walk the whole chain and say whether it holds. Needs no rights: it shows no line.

    `noted` is a head that somebody kept elsewhere: a trail cut off after it does not hold.
    """
    key = db.engine.get_execution_options()["audit_key"]
    seals: set[str] = set()
    verdict = hash_chain.verify(key, _collect_seals(_lines(), noted, seals))
    if verdict.intact and noted and not seals:
        last = verdict.lines + 1
        return replace(verdict, broken_at=last, reason="the noted head is not in it")
    return verdict


def _collect_seals(
    lines: Iterator[tuple[int, str, str, Mapping[str, object]]], noted: str, seals: set[str]
) -> Iterator[tuple[int, str, str, Mapping[str, object]]]:
    for line in lines:
        if line[2] == noted:
            seals.add(noted)
        yield line


def _lines() -> Iterator[tuple[int, str, str, Mapping[str, object]]]:
    named = (getattr(AuditEvent, name) for name in (*_SEALED, "at", "previous", "seal"))
    query = select(*named).order_by(AuditEvent.sequence).execution_options(yield_per=2000)
    with db.session.execute(query) as rows:  # closes its cursor when the walk ends early
        for row in rows.mappings():
            line = {name: row[name] for name in _SEALED}
            line["at"] = row["at"].isoformat(timespec="microseconds")
            yield row["sequence"], row["previous"], row["seal"], line
