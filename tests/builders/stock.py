"""Lots of controlled drugs for tests, and what is entered of them."""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.builders.entries import write
from tracker.domain.access import Actor
from tracker.domain.codes import Drug
from tracker.domain.stock.lots import Container, LotDraft, MovementDraft
from tracker.services.stock import commands as stock_commands

VIALS = LotDraft(
    drug=Drug.KETAMINE,
    container=Container.VIAL,
    lot_number="KX-17",
    unit_mg=Decimal(500),
    concentration_mg_per_ml=Decimal(50),
    expires_on=date(2099, 3, 31),
)
DEVICES = LotDraft(
    drug=Drug.ESKETAMINE,
    container=Container.DEVICE,
    lot_number="SP-4",
    unit_mg=Decimal(28),
    concentration_mg_per_ml=None,
    expires_on=date(2099, 3, 31),
    ndc="50458-028-02",
)


def amount(mg: float | str | None, **values: Any) -> MovementDraft:
    """Say how much, with the names and the reason that every movement takes."""
    given = {"witness": "Wanda Nurse", "reason": "Harbour Pharmacy, invoice 12"} | values
    return MovementDraft(amount_mg=None if mg is None else Decimal(str(mg)), **given)


def a_lot(by: Actor, draft: LotDraft = VIALS, mg: float | None = None) -> int:
    """Enter a lot, with what was received of it, if anything, and return its id."""
    return stock_commands.add_lot(draft, None if mg is None else amount(mg), by=by)


def dose(
    by: Actor, session_id: int, mg: Decimal | int | str, lot_id: int | None, **more: Any
) -> str:
    """Write a dose from a lot and return its key."""
    return write(by, session_id, "given", {"dose_mg": str(mg), "lot_id": lot_id}, **more)


def stop(
    by: Actor, session_id: int, mg: Decimal | int | None, lot_id: int | None, **more: Any
) -> str:
    """Stop an infusion that has given so much, and return the key."""
    told = {"action": "stop", "dose_mg": None if mg is None else str(mg), "lot_id": lot_id}
    return write(by, session_id, "infusion", told, **more)


def take_back(by: Actor, session_id: int, key: str) -> str:
    """Withdraw an entry and return the key of the withdrawal."""
    return write(by, session_id, "withdrawal", {"reason": "another patient"}, replaces=key)
