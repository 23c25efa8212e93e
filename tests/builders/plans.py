"""What is planned, changed through the one door that the page takes."""

from datetime import date

from msgspec import structs

from tracker.domain.access import Actor
from tracker.services.sessions import planning


def move(session_id: int, planned_on: date | None, *, by: Actor) -> None:
    """Plan a session for another day; all else that is planned of it stays."""
    stands = planning.find(session_id, by=by)
    planning.change(session_id, structs.replace(stands, planned_on=planned_on), by=by)
