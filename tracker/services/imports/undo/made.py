"""Which rows an import made, as the line of the trail sealed them."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Select, func, select

from tracker.domain.audit import hash_chain
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.audit import AuditEvent, RowSeal
from tracker.models.database import connection, plain_rows
from tracker.models.imports import FileImport
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import Reading, TreatmentSession
from tracker.services.imports.existing import pieces

# What a file makes, in an order in which everything comes before what it hangs on.
TABLES: Mapping[str, type[Any]] = {
    model.__tablename__: model
    for model in (Alert, Assessment, Reading, TreatmentSession, Series, Patient)
}


class Seal(NamedTuple):
    """What a row said once the import was stored, in the columns that were digested."""

    columns: tuple[str, ...]
    digest: bytes


Seals = dict[int, Seal]


class MadeRows(Struct, frozen=True):
    """What an import made, by table and id, and the rows that were there and that it changed."""

    made: Mapping[str, Seals]
    changed: Mapping[str, Seals]

    def ids(self, model: type[Any]) -> tuple[int, ...]:
        """List the rows that were made in a table."""
        return tuple(self.made.get(model.__tablename__, ()))

    def in_order(self) -> Iterator[tuple[type[Any], Seals]]:
        """Give the tables with the rows that were made, those first that hang on others."""
        for name, model in TABLES.items():
            if seals := self.made.get(name):
                yield model, seals


def subject_of(import_id: int) -> str:
    """Name an import as the trail does."""
    return f"import:{import_id}"


def read(row: FileImport) -> MadeRows:
    """Read which rows an import made; there are none where its line sealed none."""
    sealed = _read_seals(row)
    older = {
        Series.__tablename__: {*row.activated},
        # An alert of before may tell since when a response is regained.
        Alert.__tablename__: _older_alerts(sealed.get(Alert.__tablename__, {}), row),
    }
    made, changed = dict(sealed), {}
    for name, keys in older.items():
        seals = sealed.get(name, {})
        changed[name] = {key: seals[key] for key in keys & seals.keys()}
        made[name] = {key: seal for key, seal in seals.items() if key not in keys}
    return MadeRows(made, changed)


def _read_seals(row: FileImport) -> dict[str, Seals]:
    found: dict[str, Seals] = {}
    for of_table, named, content in plain_rows(_pieces_of(row)):
        if of_table in TABLES:
            columns, seals = tuple(named.split()), found.setdefault(of_table, {})
            for key, _, digest in hash_chain.read_piece(content):
                seals[key] = Seal(columns, digest)
    return found


def _pieces_of(row: FileImport) -> Select[str, str, bytes]:
    """Find what the unit of work of the import sealed: with the first of its lines."""
    # From the newest line back: what is undone was mostly imported a moment ago.
    line = connection().scalar(
        select(AuditEvent.sequence)
        .where(
            AuditEvent.clinic_id == row.clinic_id,
            AuditEvent.subject == subject_of(row.id),
            AuditEvent.action == "imported",
            AuditEvent.patient_id.is_(None),
        )
        .order_by(AuditEvent.sequence.desc())
        .limit(1)
    )
    first = select(func.max(RowSeal.sequence)).where(RowSeal.sequence <= (line or 0))
    return (
        select(RowSeal.of_table, RowSeal.columns, RowSeal.content)
        .where(RowSeal.sequence == first.scalar_subquery())
        .order_by(RowSeal.piece)
    )


def _older_alerts(seals: Seals, row: FileImport) -> set[int]:
    query = select(Alert.id).where(Alert.raised_at != row.imported_at)
    return {
        key
        for piece in pieces(seals)
        for key in plain_rows(query.where(Alert.id.in_(piece))).scalars()
    }
