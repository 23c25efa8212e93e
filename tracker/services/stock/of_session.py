"""What was drawn from the stock for one session, and what of its doses was not, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Drug, SessionState
from tracker.domain.formatting import in_full
from tracker.domain.live.entries import Entry, Given, Infusion, standing
from tracker.domain.stock import balance as stock_balance
from tracker.domain.stock.balance import Line
from tracker.domain.stock.lots import Lot, Movement
from tracker.models.scoping import fetch, subject
from tracker.models.stock import StockEntry, StockLot
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.clinic import clinics
from tracker.services.stock import rows as stock_rows
from tracker.services.stock.session_use import draw_of, is_dose, roots


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What stands as drawn from one lot; `told` is the amount in words."""

    lot: Lot
    told: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStock:
    """What was drawn for a session, and what was not though it was given, each a sentence."""

    draws: tuple[Draw, ...]
    missing: tuple[str, ...]


def of_session(session_id: int, log: Sequence[Entry], *, by: Actor) -> SessionStock:
    """Show what was drawn for a session, given its log; the page leaves the audit line."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.STOCK_VIEW, subject(row))
    written_of_it = stock_rows.lines(by, StockEntry.session_id == session_id)
    drawn = [
        line for line in stock_balance.standing(written_of_it) if line.movement is Movement.GIVEN
    ]
    named = {wanted[0] for entry in log if (wanted := draw_of(entry.content))}
    ids = named | {line.lot_id for line in drawn}
    lots = {lot.lot_id: lot for lot in stock_rows.lots(by, StockLot.id.in_(ids))} if ids else {}
    draws = tuple(
        Draw(lot=lots[line.lot_id], told=lots[line.lot_id].told(line.amount_mg), at=line.at,
             by=line.by)
        for line in sorted(drawn, key=lambda one: one.at)
    )  # fmt: skip
    zone = clinics.view(by.clinic_id).zone
    missing = [*_not_drawn(log, drawn, lots, Drug(row.drug), zone), *_difference(row, drawn)]
    return SessionStock(draws=draws, missing=tuple(missing))


def _not_drawn(
    log: Sequence[Entry], drawn: Sequence[Line], lots: Mapping[int, Lot], drug: Drug, zone: ZoneInfo
) -> Iterator[str]:
    """Say of each dose that stands in the log why nothing stands as drawn for it."""
    first = roots((entry.key, entry.replaces) for entry in log)
    served = {first.get(line.entry_key) for line in drawn}
    for entry in standing(log):
        content = entry.content
        if is_dose(content) and first[entry.key] not in served:
            yield f"{entry.at.astimezone(zone):%H:%M}: {_why(content, lots, drug)}"


def _why(content: Given | Infusion, lots: Mapping[int, Lot], drug: Drug) -> str:
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


def _difference(row: TreatmentSession, drawn: Sequence[Line]) -> Iterator[str]:
    """Say where a record and the stock differ; where nothing was drawn, the doses say why."""
    total_mg = sum((line.amount_mg for line in drawn), Decimal(0))
    if row.state == SessionState.COMPLETED and drawn and row.dose_mg not in (None, total_mg):
        recorded = in_full(row.dose_mg or Decimal(0))
        yield f"The record says {recorded} mg, and {in_full(total_mg)} mg were drawn."
