"""Imports that were done: the newest, one of them, and what was set aside with one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.models.database import db
from tracker.models.imports import FileImport
from tracker.services.imports.plan import in_words
from tracker.services.imports.undo import aside, commands
from tracker.services.imports.undo import made as made_rows
from tracker.services.imports.undo.touched import LaterChange
from tracker.services.unit_of_work import audit

LISTED_MAX = 50
_KINDS = {"mapped": "another table, or a form"}


class ImportLine(Struct, frozen=True, kw_only=True):
    """A file that was imported, as a list tells it."""

    id: int
    kind: str
    at: datetime
    by: str
    rows_read: int
    rows_stored: int
    rows_refused: int
    rows_duplicate: int
    rows_left_out: int
    stored: str
    undone_at: datetime | None
    undone_by: str
    undone_reason: str


class ImportView(Struct, frozen=True):
    """One import, what was touched of it since, and why else it cannot be undone."""

    line: ImportLine
    touched: tuple[LaterChange, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def can_be_undone(self) -> bool:
        """Say whether all of it can be taken back now."""
        return self.line.undone_at is None and not self.touched and not self.problems


def listing(*, by: Actor) -> tuple[ImportLine, ...]:
    """List the clinic's newest imports, the newest first."""
    authorize(by, Permission.CLINIC_IMPORT, Subject(by.clinic_id))
    rows = db.session.scalars(
        select(FileImport)
        .where(FileImport.clinic_id == by.clinic_id)
        .order_by(FileImport.imported_at.desc())
        .limit(LISTED_MAX)
    )
    return tuple(_line(row) for row in rows)


def find_line(import_id: int, *, by: Actor) -> ImportLine:
    """Find an import of the clinic, as the list tells it."""
    authorize(by, Permission.CLINIC_IMPORT, Subject(by.clinic_id))
    return _line(_find(import_id, by))


def find(
    import_id: int, *, by: Actor, touched: tuple[LaterChange, ...] | None = None
) -> ImportView:
    """Find an import of the clinic, with everything that was touched of it since.

    `touched` is what somebody was just told; None looks again.
    """
    authorize(by, Permission.CLINIC_IMPORT, Subject(by.clinic_id))
    row = _find(import_id, by)
    if row.undone_at is not None:
        return ImportView(_line(row))
    line = _line(row)
    try:
        touched = commands.find_touched(row) if touched is None else touched
    except InvalidError as error:
        return ImportView(line, problems=tuple(error.problems))
    shown = {one.patient_id for one in touched if one.patient_id is not None}
    detail = f"{len(touched)} touched since"
    audit(by, "import.viewed", made_rows.subject_of(import_id), patients=shown, detail=detail)
    return ImportView(line, touched)


def read_set_aside(import_id: int, *, by: Actor) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every row that was set aside when an import was undone; leaves an audit line."""
    authorize(by, Permission.CLINIC_IMPORT, Subject(by.clinic_id))
    row = _find(import_id, by)
    audit(by, "import.set-aside-read", made_rows.subject_of(import_id), detail=in_words(row.counts))
    return aside.rows_of(import_id)


def _find(import_id: int, by: Actor) -> FileImport:
    row = db.session.scalar(
        select(FileImport).where(FileImport.id == import_id, FileImport.clinic_id == by.clinic_id)
    )
    if row is None:
        raise NotFoundError
    return row


def _line(row: FileImport) -> ImportLine:
    return ImportLine(
        id=row.id,
        kind=_KINDS.get(row.kind, row.kind),
        at=row.imported_at,
        by=row.imported_by,
        rows_read=row.rows_read,
        rows_stored=row.rows_stored,
        rows_refused=row.rows_refused,
        rows_duplicate=row.rows_duplicate,
        rows_left_out=row.rows_left_out,
        stored=in_words(row.counts),
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        undone_reason=row.undone_reason,
    )
