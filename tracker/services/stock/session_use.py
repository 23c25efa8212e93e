"""What was given at the chair, drawn from its lot in the transaction that stores the entry."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeGuard

from sqlalchemy import select

from tracker.domain.access import Actor
from tracker.domain.live.entries import Content, Entry, Given, Infusion, InfusionAction
from tracker.domain.stock.balance import Line
from tracker.domain.stock.lots import Movement
from tracker.models.database import db
from tracker.models.session_entries import SessionEntry
from tracker.models.stock import StockEntry, StockLot
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.stock import rows as stock_rows
from tracker.services.stock.rows import Going
from tracker.services.unit_of_work import Unit

CORRECTED = "The session's entry was corrected."


def follow(
    unit: Unit, by: Actor, row: TreatmentSession, entry: Entry, corrected: Entry | None
) -> None:
    """Draw what an entry says was given, and take back what the entry it corrects had drawn.

    `corrected` is the entry that it replaces, if any. An entry is never refused for the stock's
    sake: without a lot, or with one that is not the clinic's or holds another drug, nothing is
    drawn (services.stock.of_session tells so), and a balance may go below zero.
    """
    if not (is_dose(entry.content) or entry.replaces):
        return
    wanted = draw_of(entry.content)
    stock_rows.hold(by)
    drawn = _drawn(by, row.id, _chain(row.id, entry, corrected))
    lot_id = _lot_of(by, row, wanted[0]) if wanted else None
    if wanted and any(_is_same(one, entry, lot_id, wanted[1]) for one in drawn):
        return  # a note was corrected, say: the book has it right already
    for one in drawn:
        stock_rows.undo(unit, by, one, CORRECTED)
    if wanted and lot_id is not None:
        going = Going(
            movement=Movement.GIVEN,
            amount_mg=wanted[1],
            at=entry.at,
            session_id=row.id,
            patient_id=row.patient_id,
            entry_key=entry.key,
        )
        stock_rows.write(unit, by, lot_id, going)


def draw_of(content: Content) -> tuple[int, Decimal] | None:
    """Say which lot an entry draws from and how many mg; None where it draws nothing.

    An infusion is drawn at its stop, when it is known what was given in fact.
    """
    match content:
        case (
            Given(lot_id=int(lot_id), dose_mg=Decimal() as dose_mg)
            | Infusion(action=InfusionAction.STOP, lot_id=int(lot_id), dose_mg=Decimal() as dose_mg)
        ) if dose_mg:
            return lot_id, dose_mg
    return None


def is_dose(content: Content) -> TypeGuard[Given | Infusion]:
    """Say whether an entry tells of a dose that left the stock."""
    return isinstance(content, Given) or (
        isinstance(content, Infusion) and content.action is InfusionAction.STOP
    )


def _is_same(line: Line, entry: Entry, lot_id: int | None, dose_mg: Decimal) -> bool:
    return (line.lot_id, line.amount_mg, line.at) == (lot_id, dose_mg, entry.at)


def _chain(session_id: int, entry: Entry, corrected: Entry | None) -> set[str]:
    """List the keys of all entries that say the same thing as this one, corrections of each other.

    Two people may correct one entry: the correction that arrived last holds, so what any of them
    drew is taken back.
    """
    stored = select(SessionEntry.key, SessionEntry.replaces).where(
        SessionEntry.session_id == session_id
    )
    rows = db.session.execute(stored.order_by(SessionEntry.sequence))
    links = [(row.key, row.replaces) for row in rows]
    if corrected is not None:
        links.append((corrected.key, corrected.replaces))
    links.append((entry.key, entry.replaces))
    first = roots(links)
    return {key for key, root in first.items() if root == first[entry.key]}


def roots(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Tell for each key which entry its chain of corrections began with, from (key, replaces)."""
    first: dict[str, str] = {}
    for key, replaces in links:
        first[key] = first.get(replaces, replaces) or key
    return first


def _drawn(by: Actor, session_id: int, keys: set[str]) -> list[Line]:
    """List what stands as drawn for entries of a session."""
    return stock_rows.lines(
        by,
        StockEntry.session_id == session_id,
        StockEntry.kind == Movement.GIVEN.value,
        StockEntry.entry_key.in_(keys),
        stock_rows.STANDS,
    )


def _lot_of(by: Actor, row: TreatmentSession, lot_id: int) -> int | None:
    """Find the lot that an entry names, where it is one of the clinic's and of the drug given."""
    return db.session.scalar(
        select(StockLot.id).where(
            StockLot.id == lot_id, StockLot.clinic_id == by.clinic_id, StockLot.drug == row.drug
        )
    )
