"""Doses written at the chair, for tests of what follows from them."""

from decimal import Decimal
from typing import Any

from tests.at_the_chair import write
from tracker.domain.access import Actor


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
