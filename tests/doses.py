"""Doses written at the chair, for tests of what follows from them."""

import secrets
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.rooms import a_patient, a_series, planned
from tracker.domain.access import Actor
from tracker.services import clock, entries, live


def begun(by: Actor, record_number: str = "B-17", **values: Any) -> int:
    """Begin a session of a patient of its own and return its id; `values` are the series'."""
    patient = a_patient(by, record_number)
    return live.begin(planned(a_series(by, patient, sessions=1, **values))[0], by=by)


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


def write(
    by: Actor,
    session_id: int,
    kind: str,
    content: dict[str, object],
    *,
    replaces: str = "",
    key: str = "",
    at: datetime | None = None,
) -> str:
    """Send an entry as a browser does and return its key."""
    key = key or secrets.token_urlsafe(16)
    raw = {
        "key": key,
        "kind": kind,
        "at": (at or clock.now()).isoformat(),
        "content": content,
        "replaces": replaces,
    }
    done = entries.append(session_id, [raw], by=by)
    assert not done.refused, done.refused
    return key
