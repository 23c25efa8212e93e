"""The controlled-drug ledger: enter lots and movements, take mistakes out; the views are beside."""

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace
from sqlalchemy import insert, select, update

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import SessionState
from tracker.domain.formatting import in_full
from tracker.domain.people.second_person import NOBODY, SecondPerson, SecondPersonClaim
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.domain.stock import lots as stock_lots
from tracker.domain.stock.lots import Lot, LotDraft, Movement, MovementDraft
from tracker.models import sealing
from tracker.models.database import db, new_id
from tracker.models.scoping import fetch
from tracker.models.stock import StockEntry, StockLot
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock, stamps
from tracker.services.people import second_person
from tracker.services.stock import rows as stock_rows
from tracker.services.stock.rows import NewStockEntry
from tracker.services.unit_of_work import Unit, refuse_second, unit_of_work

_TAKEN = "This lot is entered already, with this drug and strength. Receive more into it there."
# What may be put right of a lot with entries: the amounts of those rest on the rest.
CORRECTABLE = ("lot_number", "concentration_mg_per_ml", "expires_on", "ndc")


def add_lot(
    draft: LotDraft, received: MovementDraft | None = None, *, by: Actor, once: str = ""
) -> int:
    """Enter a lot and return its id; `received` is what of it came with it, if any."""
    authorize(by, Permission.STOCK_EDIT)
    if found := problems(draft, received, by=by):
        raise InvalidError(found)
    with unit_of_work(by) as unit:
        unit.once(once)
        stock_rows.lock(by)
        _refuse_second(by, draft)
        lot_id = new_id()
        values = _columns(draft) | {
            "drug": draft.drug,
            "form": draft.container,
            "unit_mg": draft.unit_mg,
        }
        db.session.execute(
            insert(StockLot).values(
                id=lot_id, clinic_id=by.clinic_id, made_at=unit.now, made_by=by.name, **values
            )
        )
        sealing.touch(StockLot, [lot_id])
        unit.audit("lot.added", f"lot:{lot_id}")
        if received is not None:
            _write(unit, by, lot_id, Movement.RECEIVED, received, SecondPerson())
        unit.mark_saved(once, lot_id)
    return lot_id


def problems(draft: LotDraft, received: MovementDraft | None, *, by: Actor) -> list[Problem]:
    """List everything that is wrong with a lot and what came with it."""
    found = stock_lots.check_lot(draft)
    if received is not None:
        known = not {"drug", "container", "unit_mg", "expires_on"} & {one.field for one in found}
        lot = _lot_of(draft) if known else None
        if lot is not None:
            now = clock.now()
            found += stock_lots.check_movement(
                received, Movement.RECEIVED, lot, writer=by.name, now=now
            )
    return found


def _lot_of(draft: LotDraft) -> Lot | None:
    if draft.drug is None or draft.container is None:
        return None
    if draft.unit_mg is None or draft.expires_on is None:
        return None
    return Lot(
        lot_id=0,
        drug=draft.drug,
        container=draft.container,
        lot_number=draft.lot_number,
        unit_mg=draft.unit_mg,
        concentration_mg_per_ml=draft.concentration_mg_per_ml,
        expires_on=draft.expires_on,
    )


def _refuse_second(by: Actor, draft: LotDraft, other_than: int = 0) -> None:
    same = select(StockLot.id).where(
        StockLot.clinic_id == by.clinic_id,
        StockLot.drug == draft.drug,
        StockLot.lot_number == draft.lot_number.strip(),
        StockLot.unit_mg == draft.unit_mg,
        StockLot.id != other_than,
    )
    if db.session.scalar(same) is not None:
        raise InvalidError([Problem("lot_number", _TAKEN)])


def _columns(draft: LotDraft) -> dict[str, object]:
    return {
        "lot_number": draft.lot_number.strip(),
        "concentration_mg_per_ml": draft.concentration_mg_per_ml,
        "expires_on": draft.expires_on,
        "ndc": draft.ndc.strip(),
    }


def correctable(lot: Lot) -> tuple[object, ...]:
    """List what may be put right of a lot, for the stamp of its page."""
    return tuple(getattr(lot, name) for name in CORRECTABLE)


def correct_lot(
    lot_id: int, draft: LotDraft, *, by: Actor, once: str = "", opened: str = ""
) -> int:
    """Put right what was typed wrong from a label; drug, form and strength stay.

    The trail keeps what stood there: a lot number or a day of expiry tells of no patient. `opened`
    is the stamp of what the page showed; StaleError when it says something else by now.
    """
    authorize(by, Permission.STOCK_EDIT)
    stock_rows.lot(by, lot_id)
    if found := stock_lots.check_lot(draft):
        raise InvalidError(found)
    with unit_of_work(by) as unit:
        unit.once(once)
        stock_rows.lock(by)
        lot, new = stock_rows.lot(by, lot_id), _columns(draft)
        stamps.refuse_other(opened, *correctable(lot))
        changed = [name for name in CORRECTABLE if new[name] != getattr(lot, name)]
        if not changed:
            raise InvalidError([Problem("", "Nothing differs from what is entered already.")])
        _refuse_second(by, draft, other_than=lot_id)
        db.session.execute(update(StockLot).where(StockLot.id == lot_id).values(**new))
        sealing.touch(StockLot, [lot_id])
        was = ", ".join(f"{name} was {getattr(lot, name)}" for name in changed)
        unit.audit("lot.corrected", f"lot:{lot_id}", detail=was)
        unit.mark_saved(once, lot_id)
    return lot_id


def receive(
    lot_id: int,
    draft: MovementDraft,
    *,
    by: Actor,
    once: str = "",
    second: SecondPersonClaim = NOBODY,
) -> int:
    """Enter what came in, and from whom; return the entry's id."""
    return _move(lot_id, Movement.RECEIVED, draft, by=by, once=once, second=second)


def waste(
    lot_id: int,
    draft: MovementDraft,
    *,
    by: Actor,
    once: str = "",
    second: SecondPersonClaim = NOBODY,
) -> int:
    """Enter what was wasted, with the name of a second person; return the entry's id."""
    return _move(lot_id, Movement.WASTED, draft, by=by, once=once, second=second)


def give_back(
    lot_id: int,
    draft: MovementDraft,
    *,
    by: Actor,
    once: str = "",
    second: SecondPersonClaim = NOBODY,
) -> int:
    """Enter what was returned, to whom and why; return the entry's id."""
    return _move(lot_id, Movement.RETURNED, draft, by=by, once=once, second=second)


def count(
    lot_id: int,
    draft: MovementDraft,
    *,
    by: Actor,
    once: str = "",
    second: SecondPersonClaim = NOBODY,
) -> int:
    """Enter what was counted; the balance stays, and a difference is shown. Return the id."""
    return _move(lot_id, Movement.COUNTED, draft, by=by, once=once, second=second)


def movement_problems(
    draft: MovementDraft,
    movement: Movement,
    lot: Lot,
    *,
    by: Actor,
    second: SecondPersonClaim = NOBODY,
) -> list[Problem]:
    """List everything that cannot be about a movement, the second person's account included."""
    claim = _claim(draft, second)
    named = replace(draft, witness=second_person.name_of(claim, by=by) or draft.witness)
    return [
        *stock_lots.check_movement(named, movement, lot, writer=by.name, now=clock.now()),
        *second_person.problems(claim, "witness", by=by),
    ]


def _claim(draft: MovementDraft, second: SecondPersonClaim) -> SecondPersonClaim:
    return second if second.user_id is not None else SecondPersonClaim(name=draft.witness)


def _move(
    lot_id: int,
    movement: Movement,
    draft: MovementDraft,
    *,
    by: Actor,
    once: str,
    second: SecondPersonClaim,
) -> int:
    authorize(by, Permission.STOCK_EDIT)
    lot = stock_rows.lot(by, lot_id)
    refuse_second(once)  # before a code is used up: a second click gets what the first one made
    if found := movement_problems(draft, movement, lot, by=by, second=second):
        raise InvalidError(found)
    witness = second_person.settle(_claim(draft, second), by=by)
    with unit_of_work(by) as unit:
        unit.once(once)
        stock_rows.lock(by)
        entry_id = _write(unit, by, lot_id, movement, draft, witness)
        unit.mark_saved(once, entry_id)
    return entry_id


def _write(
    unit: Unit,
    by: Actor,
    lot_id: int,
    movement: Movement,
    draft: MovementDraft,
    witness: SecondPerson,
) -> int:
    entry = NewStockEntry(
        movement=movement,
        amount_mg=draft.amount_mg or Decimal(0),
        at=draft.at or unit.now,
        witness=witness,
        reason=draft.reason,
    )
    return stock_rows.write(unit, by, lot_id, entry)


def give(
    lot_id: int, session_id: int, amount_mg: Decimal | None = None, *, by: Actor, once: str = ""
) -> int:
    """Draw the dose of a recorded session from a lot; None draws all that is not drawn yet."""
    authorize(by, Permission.STOCK_EDIT)
    lot = stock_rows.lot(by, lot_id)
    row = fetch(by, TreatmentSession, session_id)
    with unit_of_work(by) as unit:
        unit.once(once)
        stock_rows.lock(by)
        db.session.refresh(row)
        left, given_at = _left_of(row, lot)
        wanted = left if amount_mg is None else amount_mg
        found = list(stock_lots.check_amount(wanted, Movement.GIVEN, lot))
        if not found and wanted > left:
            text = f"Of this session's dose {in_full(left)} mg are not drawn yet. Give no more."
            found = [Problem("amount_mg", text)]
        if found:
            raise InvalidError(found)
        entry = NewStockEntry(
            movement=Movement.GIVEN,
            amount_mg=wanted,
            at=given_at,
            session_id=row.id,
            patient_id=row.patient_id,
        )
        entry_id = stock_rows.write(unit, by, lot_id, entry)
        unit.mark_saved(once, entry_id)
    return entry_id


def _left_of(row: TreatmentSession, lot: Lot) -> tuple[Decimal, datetime]:
    """Say what of a session's dose is not drawn yet and when it was given."""
    if row.state != SessionState.COMPLETED or row.dose_mg is None or row.started_at is None:
        raise InvalidError([Problem("session_id", "Choose a recorded session with a dose.")])
    if row.drug != lot.drug:
        raise InvalidError([Problem("session_id", f"This lot is {lot.drug.label.lower()}.")])
    drawn = stock_rows.drawn_mg(row.id)
    if drawn >= row.dose_mg:
        text = "All of this session's dose is drawn already."
        raise InvalidError([Problem("session_id", text)])
    return row.dose_mg - drawn, row.started_at


def reverse(entry_id: int, reason: str, *, by: Actor, once: str = "") -> int:
    """Take a mistaken entry out by another that says why; both stay. Return the new one's id."""
    authorize(by, Permission.STOCK_EDIT)
    lot_of_entry(entry_id, by=by)
    with unit_of_work(by) as unit:
        unit.once(once)
        stock_rows.lock(by)
        # Read after the lock: of two who reverse at once, the second finds it done.
        [line] = stock_rows.lines(by, StockEntry.id == entry_id)
        done = bool(stock_rows.lines(by, StockEntry.reverses_id == entry_id))
        if found := stock_lots.check_reversal(reason, line.movement, reversed_already=done):
            raise InvalidError(found)
        made = stock_rows.undo(unit, by, line, reason)
        unit.mark_saved(once, made)
    return made


def lot_of_entry(entry_id: int, *, by: Actor) -> int:
    """Find the lot whose book an entry stands in; NotFoundError when it is not the clinic's."""
    authorize(by, Permission.STOCK_VIEW)
    query = select(StockEntry.lot_id).where(
        StockEntry.id == entry_id, StockEntry.clinic_id == by.clinic_id
    )
    lot_id = db.session.scalar(query)
    if lot_id is None:
        raise NotFoundError
    return lot_id
