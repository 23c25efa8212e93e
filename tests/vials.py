"""Lots of controlled drugs for tests, and what is entered of them."""

from datetime import date
from decimal import Decimal
from typing import Any

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
