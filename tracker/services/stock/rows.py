"""Stock between the tables and the domain: lots, books, balances, and the one way to write."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)

from tracker.domain.access import Actor
from tracker.domain.codes import Drug
from tracker.domain.people.second_person import SecondPerson
from tracker.domain.problems import NotFoundError
from tracker.domain.stock.balance import LastCount, StockLine
from tracker.domain.stock.lots import SIGNS, Container, Lot, Movement
from tracker.models import sealing
from tracker.models.clinics import Clinic
from tracker.models.database import another, db, new_id, plain_rows
from tracker.models.stock import StockEntry, StockLot
from tracker.services.unit_of_work import Unit

_KEPT = 10_000  # a number keeps four digits after the point: counted so, sums are exact anywhere
_LOT = select(
    StockLot.id,
    StockLot.drug,
    StockLot.form,
    StockLot.lot_number,
    StockLot.unit_mg,
    StockLot.concentration_mg_per_ml,
    StockLot.expires_on,
    StockLot.ndc,
)
_LINE = select(
    StockEntry.id.label("entry_id"),
    StockEntry.sequence,
    StockEntry.kind,
    StockEntry.amount_mg,
    StockEntry.at,
    StockEntry.recorded_at,
    StockEntry.by,
    StockEntry.witness,
    StockEntry.witness_how,
    StockEntry.witness_id,
    StockEntry.reason,
    StockEntry.reverses_id,
    StockEntry.session_id,
    StockEntry.patient_id,
    StockEntry.entry_key,
    StockEntry.lot_id,
)
_undoing = another(StockEntry)
IN_EFFECT = ~exists().where(_undoing.c.reverses_id == StockEntry.id)
_PARTS = cast(func.round(StockEntry.amount_mg * _KEPT), BigInteger)
_EFFECT = case(
    *((StockEntry.kind == movement.value, sign * _PARTS) for movement, sign in SIGNS.items()),
    else_=0,
)

# Built once: Today and the page at the chair ask them every time.
_BALANCES = (
    select(StockEntry.lot_id, func.sum(_EFFECT))
    .where(
        StockEntry.clinic_id == bindparam("clinic_id"),
        StockEntry.kind.in_([movement.value for movement in SIGNS]),
        IN_EFFECT,
    )
    .group_by(StockEntry.lot_id)
)


def _last_counts() -> Select[Any]:
    """Ask for each lot's last count that stands, with the sum of what stands before it in time."""
    counts = (
        select(
            StockEntry.lot_id,
            StockEntry.at,
            StockEntry.sequence,
            StockEntry.amount_mg,
            func.row_number()
            .over(
                partition_by=StockEntry.lot_id,
                order_by=(StockEntry.at.desc(), StockEntry.sequence.desc()),
            )
            .label("place"),
        )
        .where(
            StockEntry.clinic_id == bindparam("clinic_id"),
            StockEntry.kind == Movement.COUNTED.value,
            IN_EFFECT,
        )
        .subquery()
    )
    earlier = or_(
        StockEntry.at < counts.c.at,
        and_(StockEntry.at == counts.c.at, StockEntry.sequence < counts.c.sequence),
    )
    return (
        select(counts.c.lot_id, counts.c.at, counts.c.amount_mg, func.sum(_EFFECT))
        .outerjoin(StockEntry, and_(StockEntry.lot_id == counts.c.lot_id, earlier, IN_EFFECT))
        .where(counts.c.place == 1)
        .group_by(counts.c.lot_id, counts.c.at, counts.c.amount_mg)
    )


_LAST_COUNTS = _last_counts()


class NewStockEntry(Struct, frozen=True, kw_only=True):
    """What is written into a lot's book: an entry without its place in it."""

    movement: Movement
    amount_mg: Decimal
    at: datetime
    witness: SecondPerson = SecondPerson()
    reason: str = ""
    session_id: int | None = None
    patient_id: int | None = None
    entry_key: str = ""
    reverses_id: int | None = None


def mg(parts: object) -> Decimal:
    """Turn a sum of ten-thousandths into mg, without needless digits."""
    number = Decimal(str(parts or 0)) / _KEPT
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()


def lock(by: Actor) -> None:
    """Hold the clinic's stock until the commit, so that each book is written by one at a time.

    SQLite has one writer anyway. On PostgreSQL the clinic's row stands for all lots: a log that
    arrives at once may draw from several, and two that lock lots in other orders would never end.
    """
    query = select(Clinic.id).where(Clinic.id == by.clinic_id)
    db.session.execute(query.with_for_update(key_share=True))


def lots(by: Actor, *conditions: ColumnElement[bool]) -> list[Lot]:
    """Read lots of the clinic, what expires first first."""
    query = _LOT.where(StockLot.clinic_id == by.clinic_id, *conditions)
    ordered = query.order_by(StockLot.drug, StockLot.expires_on, StockLot.lot_number, StockLot.id)
    return [as_lot(row) for row in db.session.execute(ordered).mappings()]


def lot(by: Actor, lot_id: int) -> Lot:
    """Read a lot; NotFoundError when the clinic has no such lot."""
    found = lots(by, StockLot.id == lot_id)
    if not found:
        raise NotFoundError
    return found[0]


def as_lot(row: Mapping[str, Any] | Any) -> Lot:
    """Make the domain's lot of a row."""
    return Lot(
        lot_id=row["id"],
        drug=Drug(row["drug"]),
        container=Container(row["form"]),
        lot_number=row["lot_number"],
        unit_mg=row["unit_mg"],
        concentration_mg_per_ml=row["concentration_mg_per_ml"],
        expires_on=row["expires_on"],
        ndc=row["ndc"],
    )


def lines(by: Actor, *conditions: ColumnElement[bool]) -> list[StockLine]:
    """Read entries of the clinic's books, in the order of writing within each lot."""
    query = _LINE.where(StockEntry.clinic_id == by.clinic_id, *conditions)
    ordered = query.order_by(StockEntry.lot_id, StockEntry.sequence)
    return [_line(dict(row)) for row in db.session.execute(ordered).mappings()]


def _line(row: dict[str, Any]) -> StockLine:
    return StockLine(movement=Movement(row.pop("kind")), **row)


def balances(by: Actor) -> dict[int, Decimal]:
    """Add every lot's book up; a lot in which nothing stands is not there."""
    found = plain_rows(_BALANCES, {"clinic_id": by.clinic_id})
    return {lot_id: mg(parts) for lot_id, parts in found}


def last_counts(by: Actor) -> dict[int, LastCount]:
    """Find every lot's last count that stands, against what stands of everything before it."""
    found = plain_rows(_LAST_COUNTS, {"clinic_id": by.clinic_id})
    return {
        lot_id: LastCount(at=at, counted_mg=counted, variance_mg=counted - mg(parts))
        for lot_id, at, counted, parts in found
    }


def drawn_parts(session_id: SQLColumnExpression[int]) -> ColumnElement[int]:
    """Add up, for a query over sessions, what stands as given to each, in ten-thousandths."""
    return (
        select(func.coalesce(func.sum(_PARTS), 0))
        .where(
            StockEntry.session_id == session_id,
            StockEntry.kind == Movement.GIVEN.value,
            IN_EFFECT,
        )
        .scalar_subquery()
    )


def drawn_mg(session_id: int) -> Decimal:
    """Add up what stands as given to one session."""
    return mg(db.session.scalar(select(drawn_parts(literal(session_id)))))


def parts(column: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """Count a stored number in ten-thousandths, for a query."""
    return cast(func.round(column * _KEPT), BigInteger)


def write(unit: Unit, by: Actor, lot_id: int, entry: NewStockEntry) -> int:
    """Append an entry to a lot's book and return its id; call `lock` before what it rests on."""
    last = select(func.max(StockEntry.sequence)).where(StockEntry.lot_id == lot_id)
    entry_id = new_id()
    db.session.execute(
        insert(StockEntry).values(
            id=entry_id,
            clinic_id=by.clinic_id,
            lot_id=lot_id,
            sequence=(db.session.scalar(last) or 0) + 1,
            kind=entry.movement.value,
            amount_mg=entry.amount_mg,
            at=entry.at,
            recorded_at=unit.now,
            by=by.name,
            by_id=by.user_id,
            witness=entry.witness.name,
            witness_how=entry.witness.how.value if entry.witness.how else "",
            witness_id=entry.witness.user_id,
            reason=entry.reason.strip(),
            patient_id=entry.patient_id,
            session_id=entry.session_id,
            entry_key=entry.entry_key,
            reverses_id=entry.reverses_id,
        )
    )
    sealing.touch(StockEntry, [entry_id])
    detail = f"session:{entry.session_id}" if entry.session_id else ""
    action = f"stock.{entry.movement.value}"
    unit.audit(action, f"lot:{lot_id}", patient_id=entry.patient_id, detail=detail)
    return entry_id


def undo(unit: Unit, by: Actor, line: StockLine, reason: str) -> int:
    """Append the reversal of an entry and return its id."""
    entry = NewStockEntry(
        movement=Movement.REVERSED,
        amount_mg=line.amount_mg,
        at=unit.now,
        reason=reason,
        session_id=line.session_id,
        patient_id=line.patient_id,
        entry_key=line.entry_key,
        reverses_id=line.entry_id,
    )
    return write(unit, by, line.lot_id, entry)
