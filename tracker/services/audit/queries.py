"""Read the audit trail, a page of it or all that fits as a file, and verify it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Select, func, or_, select, type_coerce
from sqlalchemy.types import NullType

from tracker.domain.access import Actor, Permission, Role, Subject, allows, authorize
from tracker.domain.audit import for_administrators, hash_chain
from tracker.domain.audit.actions import words
from tracker.models.audit import AuditEvent, AuditEventPatient, RowSeal
from tracker.models.database import another, db
from tracker.models.patients import Patient
from tracker.models.users import Role as RoleRow
from tracker.models.users import User
from tracker.services.clinic import clinics
from tracker.services.patients import formerly
from tracker.services.unit_of_work import audit

PAGE = 100
LATELY = 5000  # lines whose actions are offered to filter by
AT_ONCE = 500  # lines of a file
_who = another(Patient)
_LINES = (
    select(
        *(
            getattr(AuditEvent, name)
            for name in (
                "sequence", "at", "actor", "roles", "address", "action", "subject", "detail",
                "patient_id",
            )
        ),
        Patient.record_number,
        _who.c.id.label("actor_patient_id"),
    )
    .outerjoin(Patient, Patient.id == AuditEvent.patient_id)
    .outerjoin(_who, _who.c.user_id == AuditEvent.user_id)
)  # fmt: skip


_SEALED = (
    "sequence", "clinic_id", "user_id", "actor", "roles", "address", "action", "patient_id",
    "subject", "detail",
)  # fmt: skip
_NAMED = (
    select(AuditEventPatient.sequence, AuditEventPatient.patient_id)
    .order_by(AuditEventPatient.sequence, AuditEventPatient.patient_id)
    .execution_options(yield_per=2000)
)
_ROW_SEALS = (
    select(RowSeal.sequence, RowSeal.of_table, RowSeal.piece, RowSeal.columns, RowSeal.content)
    .order_by(RowSeal.sequence)
    .execution_options(yield_per=100)  # a piece of an import has some 50 KB
)
_AT = type_coerce(AuditEvent.at, NullType()).label("at")
_Line = tuple[int, str, str, Mapping[str, object]]


class TrailFilter(Struct, frozen=True, kw_only=True):
    """Which lines are wanted: `first` and `last` are days of the clinic, both included."""

    action: str = ""
    user_id: int | None = None
    record_number: str = ""
    staff_only: bool = False
    first: date | None = None
    last: date | None = None


class AuditLine(Struct, frozen=True, kw_only=True):
    """One line of the trail as somebody may read it: names of records, never content.

    `sequence` is None, and subject and detail are '', where they would tell who reads no records
    something of one. `named` counts whom a page of several showed.
    """

    sequence: int | None
    at: datetime
    actor: str
    roles: str
    address: str
    action: str
    subject: str
    detail: str
    record_number: str | None
    named: int = 0
    numbers: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What was done, in words."""
        return words(self.action)


class AuditPage(Struct, frozen=True):
    """Some lines, newest first, and where the next page begins; None on the last."""

    lines: list[AuditLine]
    before: int | None


def read(*, by: Actor, before: int | None = None, wanted: TrailFilter | None = None) -> AuditPage:
    """List a page of the clinic's trail, newest first, from below a sequence number.

    Lines that belong to no clinic, such as a sign-in with an unknown e-mail, are shown to all.
    """
    authorize(by, Permission.AUDIT_VIEW, Subject(by.clinic_id))
    query = _query(wanted or TrailFilter(), by)
    rows = _rows(query, before, PAGE + 1)
    shown = rows[:PAGE]
    audit(by, "audit.viewed", patients=_patients_in(shown), detail=f"{len(shown)} lines")
    named = _counts([row.sequence for row in shown])
    lines = [_line(row, by, named=named.get(row.sequence, 0)) for row in shown]
    return AuditPage(lines, shown[-1].sequence if len(rows) > PAGE else None)


def stream(wanted: TrailFilter, *, by: Actor) -> Iterator[bytes]:
    """Check, audit with the number of lines, and give the lines that fit as CSV, newest first."""
    from tracker.exchange.csv import writer as csv_writer
    from tracker.exchange.tables.audit import AUDIT
    from tracker.models import standby

    authorize(by, Permission.AUDIT_VIEW, Subject(by.clinic_id))
    with standby.large_reads(standby.EXPORT_SECONDS):
        query = _query(wanted, by)
        found = query.with_only_columns(AuditEvent.sequence).subquery()
        count = db.session.scalar(select(func.count()).select_from(found)) or 0
        named = select(AuditEventPatient.patient_id).where(
            AuditEventPatient.sequence.in_(select(found.c.sequence))
        )
        shown = query.with_only_columns(AuditEvent.patient_id).union(
            query.with_only_columns(_who.c.id), named
        )
        patients = [one for one in db.session.scalars(shown) if one is not None]
        newest = db.session.scalar(select(func.max(found.c.sequence))) or 0
    audit(by, "audit.exported", patients=patients, detail=f"{count} lines")
    rows = (_cells(line) for line in _all_lines(query, newest + 1, by))
    made = csv_writer.write_csv(AUDIT, rows, zone=clinics.view(by.clinic_id).zone, bom=True)
    return standby.pieces(made, standby.EXPORT_SECONDS)


def actions(*, by: Actor) -> list[str]:
    """List what was done lately, to choose from, in the order of its words."""
    authorize(by, Permission.AUDIT_VIEW, Subject(by.clinic_id))
    lately = select(AuditEvent.action).order_by(AuditEvent.sequence.desc()).limit(LATELY).subquery()
    found = set(db.session.scalars(select(lately.c.action).distinct()))
    return sorted(found, key=words) if _reads_records(by) else for_administrators.codes(found)


def staff(*, by: Actor) -> list[tuple[int, str]]:
    """List those who work at the clinic, by id and name, to choose from."""
    authorize(by, Permission.AUDIT_VIEW, Subject(by.clinic_id))
    works = User.roles.any(RoleRow.name != Role.PATIENT.value)
    query = select(User.id, User.name).where(User.clinic_id == by.clinic_id, works)
    return [(row.id, row.name) for row in db.session.execute(query.order_by(User.name, User.id))]


def by_staff() -> ColumnElement[bool]:
    """Find the lines of those who work at a clinic."""
    return or_(
        *(AuditEvent.roles.contains(role.value) for role in (Role.CLINICIAN, Role.ADMINISTRATOR))
    )


def _reads_records(by: Actor) -> bool:
    return allows(by, Permission.PATIENT_VIEW)


def _query(wanted: TrailFilter, by: Actor) -> Select[Any]:
    query = _LINES.where(or_(AuditEvent.clinic_id == by.clinic_id, AuditEvent.clinic_id.is_(None)))
    if not _reads_records(by):
        query = query.where(
            AuditEvent.action.not_in(for_administrators.LEFT_OUT),
            ~AuditEvent.subject.startswith(for_administrators.ABOUT_AN_ALERT)
            | AuditEvent.action.in_(for_administrators.SHOWN_AS),
        )
    if wanted.action:
        query = query.where(_of_action(wanted.action, by))
    if wanted.user_id is not None:
        query = query.where(AuditEvent.user_id == wanted.user_id)
    if wanted.staff_only:
        query = query.where(by_staff())
    if wanted.record_number:
        query = query.where(_about(wanted.record_number, by))
    zone = clinics.view(by.clinic_id).zone
    if wanted.first is not None:
        query = query.where(AuditEvent.at >= datetime.combine(wanted.first, time(), zone))
    if wanted.last is not None:
        after = wanted.last + timedelta(days=1)
        query = query.where(AuditEvent.at < datetime.combine(after, time(), zone))
    return query


def _of_action(action: str, by: Actor) -> ColumnElement[bool]:
    if _reads_records(by):
        return AuditEvent.action == action
    return AuditEvent.action.in_(for_administrators.actions_of(action))


def _about(record_number: str, by: Actor) -> ColumnElement[bool]:
    """Find the lines about a person alone, and those of lists that a record of theirs stood on."""
    named = select(AuditEventPatient.sequence).where(
        formerly.is_of_person(AuditEventPatient.patient_id, record_number, by=by)
    )
    return or_(
        formerly.is_of_person(AuditEvent.patient_id, record_number, by=by),
        AuditEvent.sequence.in_(named),
    )


def _rows(query: Select[Any], before: int | None, limit: int) -> Sequence[Any]:
    if before is not None:
        query = query.where(AuditEvent.sequence < before)
    return db.session.execute(query.order_by(AuditEvent.sequence.desc()).limit(limit)).all()


def _patients_in(rows: Sequence[Any]) -> list[int]:
    """List whom a page of the trail names itself: by record number, or as who did something."""
    return [one for row in rows for one in (row.patient_id, row.actor_patient_id) if one]


def _counts(sequences: Sequence[int]) -> dict[int, int]:
    of_line = AuditEventPatient.sequence
    query = select(of_line, func.count()).where(of_line.in_(sequences)).group_by(of_line)
    return {row[0]: row[1] for row in db.session.execute(query)}


def _numbers(sequences: Sequence[int], by: Actor) -> dict[int, list[str]]:
    query = (
        select(AuditEventPatient.sequence, Patient.record_number)
        .join(Patient, Patient.id == AuditEventPatient.patient_id)
        .where(AuditEventPatient.sequence.in_(sequences), Patient.clinic_id == by.clinic_id)
        .order_by(AuditEventPatient.sequence, Patient.record_number)
    )
    found: dict[int, list[str]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.sequence, []).append(row.record_number)
    return found


def _all_lines(query: Select[Any], before: int, by: Actor) -> Iterator[AuditLine]:
    while rows := _rows(query, before, AT_ONCE):
        numbers = _numbers([row.sequence for row in rows], by)
        for row in rows:
            of_line = tuple(numbers.get(row.sequence, ()))
            yield _line(row, by, named=len(of_line), numbers=of_line)
        before = rows[-1].sequence


def _line(row: Any, by: Actor, *, named: int, numbers: tuple[str, ...] = ()) -> AuditLine:
    told = _reads_records(by)
    of_patient = row.patient_id is not None
    return AuditLine(
        # A gap in the numbers would tell that something was left out.
        sequence=row.sequence if told else None,
        at=row.at,
        actor=row.actor,
        roles=row.roles,
        address=row.address,
        action=row.action if told else for_administrators.code_of(row.action),
        subject=row.subject if told or for_administrators.is_subject_shown(row.action) else "",
        detail=row.detail
        if told or for_administrators.is_detail_shown(row.action, of_patient=of_patient)
        else "",
        record_number=row.record_number,
        named=named,
        numbers=numbers,
    )


def _cells(line: AuditLine) -> Sequence[object]:
    numbers = (*filter(None, (line.record_number,)), *line.numbers)
    return (
        line.sequence, line.at, line.actor, line.roles, line.what, line.subject, line.detail,
        len(numbers), " ".join(numbers), line.address,
    )  # fmt: skip


def verify(*, noted: str = "", anchors: Mapping[int, str] | None = None) -> hash_chain.ChainCheck:
    """Walk the whole chain and say whether it holds. Needs no rights: it shows no line.

    `noted` is a head that somebody kept elsewhere, `anchors` are seals by their sequence: a trail
    cut off before one of them, or made anew, does not hold.
    """
    options = db.engine.get_execution_options()
    key, earlier = options["audit_key"], options["earlier_audit_keys"]
    known = _Marks(noted, dict(anchors or {}))
    try:
        verdict = hash_chain.verify(key, known.listen(_lines()), earlier=earlier)
    except (TypeError, ValueError):  # an instant that is none, a number that is a text
        return hash_chain.ChainCheck(known.met, "", known.met + 1, "it cannot be read")
    if verdict.intact and known.anchors:
        first = min(known.anchors)
        return replace(verdict, broken_at=first, reason="it is not the line that was anchored")
    if verdict.intact and known.noted:
        last = verdict.lines + 1
        return replace(verdict, broken_at=last, reason="the noted head is not in it")
    return verdict


class _Marks:
    """What was kept elsewhere of the trail, until each is met in it."""

    def __init__(self, noted: str, anchors: dict[int, str]) -> None:
        self.noted, self.anchors, self.met = noted, anchors, 0

    def listen(self, lines: Iterator[_Line]) -> Iterator[_Line]:
        """Pass on the lines, and forget what is met in them."""
        for line in lines:
            sequence, _, seal, _ = line
            if seal == self.noted:
                self.noted = ""
            if self.anchors.get(sequence) == seal:
                del self.anchors[sequence]
            yield line
            self.met += 1


class _Beside:
    """Rows that are sealed with lines, walked beside them: `at` is the next line that has some."""

    def __init__(self, key: str, rows: Any, seal: Callable[[Iterator[Any]], object]) -> None:
        self.key, self._seal = key, seal
        self._by_line: Iterator[Any] = iter(groupby(rows, key=attrgetter("sequence")))
        self.at: int | None = None
        self._rows: Iterator[Any] = iter(())
        self._step()

    def _step(self) -> None:
        self.at, self._rows = next(self._by_line, (None, iter(())))

    def take(self) -> object:
        """Give what the line at hand seals of them, and go on to the next."""
        sealed = self._seal(self._rows)
        self._step()
        return sealed


def _lines() -> Iterator[_Line]:
    """Walk the trail in order, each line with what it seals; a row of no line is a line too many.

    The tables are walked side by side: a join would bring each line as often as it names somebody.
    """
    named = (getattr(AuditEvent, name) for name in (*_SEALED, "previous", "seal"))
    query = select(_AT, *named).order_by(AuditEvent.sequence).execution_options(yield_per=2000)
    execute = db.session.execute
    # All close their cursors when the walk ends early.
    with execute(query) as rows, execute(_NAMED) as names, execute(_ROW_SEALS) as seals:
        beside = (
            _Beside(hash_chain.PATIENTS, names, lambda of: [one.patient_id for one in of]),
            _Beside(hash_chain.ROWS, seals, _digest_rows),
        )
        for row in rows.mappings():
            sequence = row["sequence"]
            yield from (
                _of_no_line(one.at) for one in beside if one.at is not None and one.at < sequence
            )
            line = {name: row[name] for name in _SEALED}
            line["at"] = _instant(row["at"])
            line |= {one.key: one.take() for one in beside if one.at == sequence}
            yield sequence, row["previous"], row["seal"], line
        yield from (_of_no_line(one.at) for one in beside if one.at is not None)


def _instant(kept: str | datetime) -> str:
    """Write an instant as it was sealed; SQLite's text as it stands, whatever it says."""
    if isinstance(kept, str):
        return f"{kept.replace(' ', 'T')}+00:00"
    return kept.astimezone(UTC).isoformat(timespec="microseconds")


def _digest_rows(rows: Iterator[Any]) -> str:
    return hash_chain.digest_pieces(hash_chain.SealedPiece(*row[1:]) for row in rows)


def _of_no_line(sequence: int) -> _Line:
    """Stand for a line that something is sealed with and that is not there: it holds never."""
    return sequence, "", "", {}
