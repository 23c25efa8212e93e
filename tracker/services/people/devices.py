"""Browsers in which an account was opened before: strangers who guess do not close it to them.

A browser holds a long random cookie, of which its hash stands in a row for each account that was
opened there. It opens nothing: password and second step are asked for as anywhere.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import bindparam, delete, select, update

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.problems import NotFoundError
from tracker.models.database import db
from tracker.models.users import KnownDevice
from tracker.services import clock
from tracker.services.people import brakes
from tracker.services.people.brakes import TryPlace
from tracker.services.unit_of_work import housekeeping, unit_of_work

LASTS = timedelta(days=180)  # without a sign-in
_LONGEST_TOKEN = 100  # characters; what is longer is none of ours

_KNOWN = select(KnownDevice.id).where(
    KnownDevice.token_hash == bindparam("token_hash"),
    KnownDevice.user_id == bindparam("user_id"),
    KnownDevice.seen_at > bindparam("since"),
)


class DeviceView(Struct, frozen=True):
    """A browser that an account knows."""

    id: int
    name: str
    began_at: datetime
    seen_at: datetime
    here: bool


def place_of(user_id: int, token: str, *, address: str) -> TryPlace:
    """Tell at which place somebody tries to open an account: a browser it knows, or an address."""
    if token and len(token) <= _LONGEST_TOKEN:
        asked = {
            "token_hash": _hash(token),
            "user_id": user_id,
            "since": clock.now() - LASTS,
        }
        if (found := db.session.scalar(_KNOWN, asked)) is not None:
            return brakes.at_device(found, address)
    return brakes.at_address(address)


def remember(user_id: int, token: str, *, name: str) -> str:
    """Let an account know the browser in which it was just opened; return what that keeps now.

    It is another token each time, for every account that knows the browser: one that was copied, or
    put there by somebody else, is worth nothing from then on.
    """
    now, new = clock.now(), secrets.token_urlsafe(32)
    with housekeeping(needs_room=False):  # somebody signs in to read, on a full disk too
        db.session.execute(
            delete(KnownDevice).where(
                KnownDevice.user_id == user_id, KnownDevice.seen_at <= now - LASTS
            )
        )
        theirs = KnownDevice.token_hash == _hash(token)
        db.session.execute(update(KnownDevice).where(theirs).values(token_hash=_hash(new)))
        seen = db.session.execute(
            update(KnownDevice)
            .where(KnownDevice.token_hash == _hash(new), KnownDevice.user_id == user_id)
            .values(seen_at=now, name=name)
        )
        if not seen.rowcount:  # type: ignore[attr-defined]
            db.session.add(
                KnownDevice(
                    token_hash=_hash(new), user_id=user_id, name=name, began_at=now, seen_at=now
                )
            )
    return new


def listing(token: str, *, by: Actor) -> list[DeviceView]:
    """List the browsers that one's own account knows, the latest used first."""
    rows = db.session.execute(
        select(
            KnownDevice.id,
            KnownDevice.name,
            KnownDevice.began_at,
            KnownDevice.seen_at,
            KnownDevice.token_hash,
        )
        .where(KnownDevice.user_id == by.user_id, KnownDevice.seen_at > clock.now() - LASTS)
        .order_by(KnownDevice.seen_at.desc())
        .limit(50)
    )
    here = _hash(token)
    return [DeviceView(*row[:4], here=row[4] == here) for row in rows]


def remove(device_id: int, *, by: Actor) -> None:
    """Let one's account know a browser no more."""
    authorize(by, Permission.ACCOUNT_USE, Subject(by.clinic_id))
    with unit_of_work(by) as unit:
        gone = db.session.execute(
            delete(KnownDevice).where(
                KnownDevice.id == device_id, KnownDevice.user_id == by.user_id
            )
        )
        if not gone.rowcount:  # type: ignore[attr-defined]
            raise NotFoundError
        unit.audit("user.browser-forgotten", f"user:{by.user_id}")


def forget_all(user_id: int) -> None:
    """Let an account know no browser any more, inside the caller's unit of work."""
    db.session.execute(delete(KnownDevice).where(KnownDevice.user_id == user_id))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
