"""An uploaded file on its way in: kept, looked at as often as wanted, then imported or dropped."""

import secrets
from datetime import datetime, timedelta
from itertools import islice

from msgspec import Struct
from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.problems import NotFoundError, Problem
from tracker.exchange.csv.encodings import UnreadableFileError
from tracker.exchange.mapping.model import MappingError
from tracker.models.audit import AuditEvent
from tracker.models.database import db
from tracker.models.drafts import Submission
from tracker.models.staging import StagedFile
from tracker.services import clock
from tracker.services.imports import run as import_run
from tracker.services.imports.plan import (
    NO_ANSWERS,
    ImportAnswers,
    ImportPlan,
    OutdatedPlanError,
)
from tracker.services.unit_of_work import AlreadySavedError, audit, housekeeping, unit_of_work

KEPT_FOR = timedelta(days=1)


class Preview(Struct, frozen=True, kw_only=True):
    """A staged file, and what importing it would do.

    `table` names which of our own tables it is, empty for any other; our own have a `mapping` only
    where something must be asked. `questions` about the mapping name its keys. `plan` is None while
    they keep it from being used, or while `unreadable` says why the file cannot be read.
    """

    key: str
    kept_at: datetime
    size_bytes: int
    table: str
    encoding: str
    separator: str
    mapping: str
    plan: ImportPlan | None = None
    questions: tuple[Problem, ...] = ()
    unreadable: str = ""


class FinishedImport(Struct, frozen=True):
    """An import that was done: its id in the audit trail, when, and what it stored, in words."""

    subject: str
    at: datetime
    stored: str

    @property
    def import_id(self) -> int:
        """The id of the import."""
        return int(self.subject.partition(":")[2])


class _StagedRow(Struct, frozen=True):
    key: str
    content: bytes
    mapping: str
    kept_at: datetime


def keep(content: bytes, *, by: Actor) -> None:
    """Keep an uploaded file in place of the one before; UnreadableFileError for what is no table.

    Files that anybody left behind for a day are dropped.
    """
    mapping = _first_mapping(content, by=by)
    values = {
        "user_id": _user(by), "clinic_id": by.clinic_id, "content": content, "mapping": mapping,
    }  # fmt: skip
    try:
        _replace(values, by, len(content))
    except IntegrityError:  # two windows uploaded in the same instant
        _replace(values, by, len(content))


def waiting_since(*, by: Actor) -> datetime | None:
    """Say since when a file of this person waits; None when there is none."""
    authorize(by, Permission.CLINIC_IMPORT, Subject(by.clinic_id))
    return db.session.scalar(select(StagedFile.kept_at).where(_of_user(by)))


def preview(*, by: Actor) -> Preview:
    """Look at the person's staged file as it is mapped now; nothing is stored."""
    staged = _find(by=by)
    guessed = import_run.outline(staged.content, by=by)
    plan: ImportPlan | None = None
    # What the proposal asks is asked until somebody has edited it.
    untouched = staged.mapping == guessed.to_toml()
    questions = guessed.open_questions if untouched else ()
    unreadable = ""
    try:
        plan = import_run.plan(staged.content, mapping=staged.mapping, by=by)
    except MappingError as error:
        questions = questions or error.problems
    except UnreadableFileError as error:
        unreadable = str(error)
    rows = f"{plan.rows_read} rows" if plan else "not readable yet"
    audit(by, "import.previewed", detail=rows)
    return Preview(
        key=staged.key,
        kept_at=staged.kept_at,
        size_bytes=len(staged.content),
        table=guessed.mapping.table,
        encoding=guessed.mapping.file.encoding,
        separator=guessed.mapping.file.separator,
        mapping=staged.mapping,
        plan=plan,
        questions=questions,
        unreadable=unreadable,
    )


def change(key: str, mapping: str, *, by: Actor) -> None:
    """Keep an edited mapping, usable or not; then raise MappingError where it cannot be used yet.

    An emptied one brings the first proposal back.
    """
    staged = _find(key, by=by)
    mapping = mapping if mapping.strip() else _first_mapping(staged.content, by=by)
    with unit_of_work(by) as unit:
        db.session.execute(update(StagedFile).where(_of_user(by, key)).values(mapping=mapping))
        unit.audit("import.mapped")
    try:
        # The first row is enough: a mapping is refused before any is read.
        import_run.plan(
            staged.content, mapping=mapping, by=by, progress=lambda rows: islice(rows, 1)
        )
    except UnreadableFileError:
        return  # the preview says it


def is_edited(key: str, mapping: str, *, by: Actor) -> bool:
    """Say whether a mapping differs from the one that the preview was made with."""
    kept = db.session.scalar(select(StagedFile.mapping).where(_of_user(by, key)))
    return kept is not None and kept.strip() != mapping.strip()


def apply(
    key: str,
    *,
    by: Actor,
    raise_alerts: bool = False,
    answers: ImportAnswers = NO_ANSWERS,
) -> int:
    """Import the staged file as it is mapped, drop it, and return the id of the import.

    `raise_alerts` is that of `imports.apply`, `answers` are those of `imports.plan`.
    A second click gets AlreadySavedError. Raises what `imports.plan` and `imports.apply` raise; the
    file then stays.
    """
    try:
        staged = _find(key, by=by)
    except NotFoundError:
        _refuse_second_click(key)
        raise
    planned = import_run.plan(staged.content, mapping=staged.mapping, answers=answers, by=by)
    try:
        import_run.apply(planned, by=by, raise_alerts=raise_alerts)
    except OutdatedPlanError:
        _refuse_second_click(key)
        raise
    # Should the server stop just here, the file waits on, and its preview says that all is there.
    with housekeeping():
        db.session.execute(delete(StagedFile).where(_of_user(by, key)))
        db.session.add(Submission(key=key, result_id=planned.id, saved_at=clock.now()))
    return planned.id


def discard(key: str, *, by: Actor) -> None:
    """Throw the staged file away."""
    with unit_of_work(by) as unit:
        db.session.execute(delete(StagedFile).where(_of_user(by, key)))
        unit.audit("import.discarded")


def last(*, by: Actor) -> FinishedImport:
    """Find what this person imported last; NotFoundError when nothing."""
    authorize(by, Permission.CLINIC_IMPORT, Subject(by.clinic_id))
    event = db.session.execute(
        select(AuditEvent.subject, AuditEvent.at, AuditEvent.detail)
        .where(
            AuditEvent.clinic_id == by.clinic_id,
            AuditEvent.user_id == by.user_id,
            AuditEvent.action == "imported",
            AuditEvent.patient_id.is_(None),
        )
        .order_by(AuditEvent.sequence.desc())
        .limit(1)
    ).one_or_none()
    if event is None:
        raise NotFoundError
    return FinishedImport(event.subject, event.at, event.detail.partition(": ")[2])


def _first_mapping(content: bytes, *, by: Actor) -> str:
    """Propose a mapping; our own tables need none unless something about them must be asked."""
    guessed = import_run.outline(content, by=by)
    return "" if guessed.mapping.table and not guessed.open_questions else guessed.to_toml()


def _user(by: Actor) -> int:
    """Name the account that a file belongs to; the command line has none and stages nothing."""
    if by.user_id is None:
        raise NotFoundError
    return by.user_id


def _of_user(by: Actor, key: str | None = None) -> ColumnElement[bool]:
    own = (StagedFile.user_id == by.user_id) & (StagedFile.clinic_id == by.clinic_id)
    return own if key is None else own & (StagedFile.key == key)


def _find(key: str | None = None, *, by: Actor) -> _StagedRow:
    authorize(by, Permission.CLINIC_IMPORT, Subject(by.clinic_id))
    columns = (StagedFile.key, StagedFile.content, StagedFile.mapping, StagedFile.kept_at)
    row = db.session.execute(select(*columns).where(_of_user(by, key))).one_or_none()
    if row is None:
        raise NotFoundError
    return _StagedRow(*row)


def _replace(values: dict[str, object], by: Actor, size: int) -> None:
    now, key = clock.now(), secrets.token_urlsafe(16)
    with unit_of_work(by) as unit:
        db.session.execute(
            delete(StagedFile).where(
                or_(StagedFile.user_id == by.user_id, StagedFile.kept_at < now - KEPT_FOR)
            )
        )
        db.session.execute(insert(StagedFile).values(key=key, kept_at=now, **values))
        unit.audit("import.staged", detail=f"{size} bytes")


def _refuse_second_click(key: str) -> None:
    made = db.session.scalar(select(Submission.result_id).where(Submission.key == key))
    if made is not None:
        raise AlreadySavedError(made)
