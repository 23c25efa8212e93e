"""How often an address, or a person, did what is not to be done often: counted for all servers."""

from datetime import timedelta
from math import ceil

from msgspec import Struct
from sqlalchemy import bindparam, func, select, text

from tracker.models.database import connection, db
from tracker.models.users import CountedTry
from tracker.services import clock
from tracker.services.unit_of_work import housekeeping

ADDRESS_MOST = 64  # characters
_LOCK = text("SELECT pg_advisory_xact_lock(7041780, hashtext(:address))")
_COUNT = (
    select(func.count())
    .select_from(CountedTry)
    .where(
        CountedTry.address == bindparam("address"),
        CountedTry.what == bindparam("what"),
        CountedTry.at > bindparam("since"),
    )
)

_NEWEST = (
    select(CountedTry.at)
    .where(
        CountedTry.address == bindparam("address"),
        CountedTry.what == bindparam("what"),
        CountedTry.at > bindparam("since"),
    )
    .order_by(CountedTry.at.desc())
)


class TryLimit(Struct, frozen=True):
    """So many times in so many minutes, whichever minutes these are."""

    times: int
    minutes: int


def has_room(limit: TryLimit, what: str, *, address: str) -> bool:
    """Say whether an address may do a thing once more."""
    since = clock.now() - timedelta(minutes=limit.minutes)
    asked = {"address": address, "what": what, "since": since}
    return (db.session.scalar(_COUNT, asked) or 0) < limit.times


def seconds_to_wait(limit: TryLimit, what: str, *, address: str) -> int:
    """Say in how many seconds there is room for one more; at least one."""
    since = clock.now() - timedelta(minutes=limit.minutes)
    asked = {"address": address, "what": what, "since": since}
    # Of as many as there may be, the first leaves the span before all others.
    oldest = db.session.scalar(_NEWEST.offset(limit.times - 1).limit(1), asked)
    return max(1, ceil((oldest - since).total_seconds())) if oldest is not None else 1


def add(limit: TryLimit, what: str, *, address: str) -> bool:
    """Count a thing; False when that is too often, and then it is not counted."""
    if not has_room(limit, what, address=address):  # a flood takes no lock
        return False
    with housekeeping(needs_room=False):  # whoever tries is not let off by a full disk
        if connection().dialect.name == "postgresql":
            db.session.execute(_LOCK, {"address": address})  # SQLite has one writer anyway
        room = has_room(limit, what, address=address)
        if room:
            db.session.add(CountedTry(address=address, what=what, at=clock.now()))
    return room
