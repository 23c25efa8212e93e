"""What a session takes from the stock: drawn with its entries, and what was not drawn."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeGuard
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Drug, SessionState
from tracker.domain.formatting import in_full, time_of_day
from tracker.domain.live.entries import (
    Content,
    Dose,
    Entry,
    Infusion,
    InfusionAction,
    effective,
    roots,
)
from tracker.domain.stock import balance as stock_balance
from tracker.domain.stock.balance import StockLine
from tracker.domain.stock.lots import Lot, Movement
from tracker.models.database import db
from tracker.models.scoping import fetch, subject
from tracker.models.stock import StockEntry, StockLot
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.clinic import clinics
from tracker.services.stock import rows as stock_rows
from tracker.services.stock.rows import NewStockEntry
from tracker.services.unit_of_work import Unit

CORRECTED = "The session's entry was corrected."
STRUCK_OUT = "The session was struck out."


def update_stock(
    unit: Unit, by: Actor, row: TreatmentSession, entry: Entry, log: Sequence[Entry]
) -> None:
    """Draw what an entry says was given, and take back what the entry it corrects had drawn.

    `log` is what arrived before it. Two people may correct one entry: the correction that arrived
    last holds, so what any of them drew is taken back. An entry is never refused for the stock's
    sake: without a lot, or with one that is not the clinic's or holds another drug, nothing is
    drawn (services.stock.of_session tells so), and a balance may go below zero.
    """
    if not (is_dose(entry.content) or entry.replaces):
        return
    draw = draw_of(entry.content)
    stock_rows.lock(by)
    first = roots((one.key, one.replaces) for one in (*log, entry))
    drawn = _drawn_lines(
        by, row.id, {key for key, root in first.items() if root == first[entry.key]}
    )
    lot_id = _lot_of(by, row, draw[0]) if draw else None
    if draw and any(_is_same(one, entry, lot_id, draw[1]) for one in drawn):
        return  # a note was corrected, say: the book has it right already
    for one in drawn:
        stock_rows.undo(unit, by, one, CORRECTED)
    if draw and lot_id is not None:
        new_entry = NewStockEntry(
            movement=Movement.GIVEN,
            amount_mg=draw[1],
            at=entry.at,
            session_id=row.id,
            patient_id=row.patient_id,
            entry_key=entry.key,
        )
        stock_rows.write(unit, by, lot_id, new_entry)


def reverse_all(unit: Unit, by: Actor, session_id: int) -> list[StockLine]:
    """Reverse everything that stands in the books for a session; return what was reversed."""
    stock_rows.lock(by)
    standing = stock_rows.lines(
        by,
        StockEntry.session_id == session_id,
        StockEntry.kind != Movement.REVERSED.value,
        stock_rows.IN_EFFECT,
    )
    for line in standing:
        stock_rows.undo(unit, by, line, STRUCK_OUT)
    return standing


def reversed_with(by: Actor, session_id: int, at: datetime | None) -> list[StockLine]:
    """List what was reversed when a session was struck out at an instant."""
    written_of_it = stock_rows.lines(by, StockEntry.session_id == session_id)
    undone = {
        line.reverses_id
        for line in written_of_it
        if line.movement is Movement.REVERSED and at is not None and line.recorded_at >= at
    }
    return [line for line in written_of_it if line.entry_id in undone]


def draw_again(unit: Unit, by: Actor, lines: Sequence[StockLine], row: TreatmentSession) -> None:
    """Write what was drawn for a session that was struck out for the one that stands."""
    if lines:
        stock_rows.lock(by)
    for line in lines:
        entry = NewStockEntry(
            movement=line.movement,
            amount_mg=line.amount_mg,
            at=line.at,
            witness=line.second,
            reason=line.reason,
            session_id=row.id,
            patient_id=row.patient_id,
            entry_key=line.entry_key,
        )
        stock_rows.write(unit, by, line.lot_id, entry)


def draw_of(content: Content) -> tuple[int, Decimal] | None:
    """Say which lot an entry draws from and how many mg; None where it draws nothing.

    An infusion is drawn at its stop, when it is known what was given in fact.
    """
    match content:
        case (
            Dose(lot_id=int(lot_id), dose_mg=Decimal() as dose_mg)
            | Infusion(action=InfusionAction.STOP, lot_id=int(lot_id), dose_mg=Decimal() as dose_mg)
        ) if dose_mg:
            return lot_id, dose_mg
    return None


def is_dose(content: Content) -> TypeGuard[Dose | Infusion]:
    """Say whether an entry tells of a dose that left the stock."""
    return isinstance(content, Dose) or (
        isinstance(content, Infusion) and content.action is InfusionAction.STOP
    )


def _is_same(line: StockLine, entry: Entry, lot_id: int | None, dose_mg: Decimal) -> bool:
    return (line.lot_id, line.amount_mg, line.at) == (lot_id, dose_mg, entry.at)


def _drawn_lines(by: Actor, session_id: int, keys: set[str]) -> list[StockLine]:
    """List what stands as drawn for entries of a session."""
    return stock_rows.lines(
        by,
        StockEntry.session_id == session_id,
        StockEntry.kind == Movement.GIVEN.value,
        StockEntry.entry_key.in_(keys),
        stock_rows.IN_EFFECT,
    )


def _lot_of(by: Actor, row: TreatmentSession, lot_id: int) -> int | None:
    """Find the lot that an entry names, where it is one of the clinic's and of the drug given."""
    return db.session.scalar(
        select(StockLot.id).where(
            StockLot.id == lot_id, StockLot.clinic_id == by.clinic_id, StockLot.drug == row.drug
        )
    )


class Draw(Struct, frozen=True, kw_only=True):
    """What stands as drawn from one lot; `amount_text` is the amount in words."""

    lot: Lot
    amount_text: str
    at: datetime
    by: str


class SessionStock(Struct, frozen=True, kw_only=True):
    """What was drawn for a session, and what was not though it was given, each a sentence."""

    draws: tuple[Draw, ...]
    missing: tuple[str, ...]


def of_session(session_id: int, log: Sequence[Entry], *, by: Actor) -> SessionStock:
    """Show what was drawn for a session, given its log; the page leaves the audit line."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.STOCK_VIEW, subject(row))
    written_of_it = stock_rows.lines(by, StockEntry.session_id == session_id)
    drawn = [
        line for line in stock_balance.effective(written_of_it) if line.movement is Movement.GIVEN
    ]
    named = {wanted[0] for entry in log if (wanted := draw_of(entry.content))}
    ids = named | {line.lot_id for line in drawn}
    lots = {lot.lot_id: lot for lot in stock_rows.lots(by, StockLot.id.in_(ids))} if ids else {}
    draws = tuple(
        Draw(lot=lots[line.lot_id], amount_text=lots[line.lot_id].spell(line.amount_mg), at=line.at,
             by=line.by)
        for line in sorted(drawn, key=lambda one: one.at)
    )  # fmt: skip
    zone = clinics.view(by.clinic_id).zone
    missing = [
        *_reasons_not_drawn(log, drawn, lots, Drug(row.drug), zone),
        *_difference(row, drawn),
    ]
    return SessionStock(draws=draws, missing=tuple(missing))


def _reasons_not_drawn(
    log: Sequence[Entry],
    drawn: Sequence[StockLine],
    lots: Mapping[int, Lot],
    drug: Drug,
    zone: ZoneInfo,
) -> Iterator[str]:
    """Say of each dose that stands in the log why nothing stands as drawn for it."""
    first = roots((entry.key, entry.replaces) for entry in log)
    served = {first.get(line.entry_key) for line in drawn}
    for entry in effective(log):
        content = entry.content
        if is_dose(content) and first[entry.key] not in served:
            yield f"{time_of_day(entry.at.astimezone(zone))}: {_why(content, lots, drug)}"


def _why(content: Dose | Infusion, lots: Mapping[int, Lot], drug: Drug) -> str:
    dose_mg, lot_id = content.dose_mg, content.lot_id
    if not dose_mg:
        return "it is not known how much was given, so nothing was drawn from the stock."
    dose = f"{in_full(dose_mg)} mg"
    if lot_id is None:
        return f"{dose} were given without a lot, so nothing was drawn from the stock."
    lot = lots.get(lot_id)
    if lot is None or lot.drug is not drug:
        return f"{dose} name a lot that is none of the clinic's {drug.label.lower()}: not drawn."
    return f"{dose} were drawn from lot {lot.lot_number}; that was reversed in the ledger."


def _difference(row: TreatmentSession, drawn: Sequence[StockLine]) -> Iterator[str]:
    """Say where a record and the stock differ; where nothing was drawn, the doses say why."""
    total_mg = sum((line.amount_mg for line in drawn), Decimal(0))
    if row.state == SessionState.COMPLETED and drawn and row.dose_mg not in (None, total_mg):
        recorded = in_full(row.dose_mg or Decimal(0))
        yield f"The record says {recorded} mg, and {in_full(total_mg)} mg were drawn."
