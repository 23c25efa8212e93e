"""Mailed links to one check-in: a secret of 256 bits, of which only the hash is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update

from tracker.domain.access import Actor, Role
from tracker.domain.codes import CheckInState
from tracker.models.check_ins import CheckIn, CheckInLink
from tracker.models.database import db, plain_rows
from tracker.services import clock
from tracker.services.unit_of_work import Unit, audit

# Where a link leads, below the address of the instance. The pages of `web.links` answer there.
PATH = "/links/{token}"
STOP_PATH = "/links/{token}/no-more-mail"

LONGEST = timedelta(days=14)
READ_FOR = timedelta(minutes=30)
HOLDER = "holder of a link"

_FOUND = (
    select(
        CheckIn.id,
        CheckIn.clinic_id,
        CheckIn.patient_id,
        CheckIn.state,
        CheckIn.closes_at,
        CheckIn.finished_at,
        CheckInLink.expires_at,
        CheckInLink.ended_at,
    )
    .join_from(CheckInLink, CheckIn, CheckInLink.check_in_id == CheckIn.id)
    .where(CheckInLink.token_hash == bindparam("token_hash"))
)


def hash_of(token: str) -> str:
    """Hash a token as it is kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def make(unit: Unit, check_in_id: int, *, alongside: bool = False) -> str:
    """Make a link to a check-in inside a unit of work and return its secret; it ends earlier ones.

    It lasts as long as the check-in can be answered, and 14 days at most. One that is still to be
    mailed stands `alongside` those that arrived, until `end_earlier`.
    """
    check_in = db.session.get_one(CheckIn, check_in_id)
    if not alongside:
        end(unit, check_in_id)
    token = secrets.token_urlsafe(32)
    db.session.add(
        CheckInLink(
            token_hash=hash_of(token),
            clinic_id=check_in.clinic_id,
            check_in_id=check_in_id,
            made_at=unit.now,
            expires_at=min(check_in.closes_at, unit.now + LONGEST),
        )
    )
    unit.audit("check-in.link-made", f"check-in:{check_in_id}", patient_id=check_in.patient_id)
    return token


def end(unit: Unit, check_in_id: int) -> None:
    """End every link to a check-in inside a unit of work."""
    db.session.execute(
        update(CheckInLink)
        .where(CheckInLink.check_in_id == check_in_id, CheckInLink.ended_at.is_(None))
        .values(ended_at=unit.now)
    )


def end_all_of(unit: Unit, patient_id: int) -> None:
    """End every link that was mailed to a patient, whose address changed, inside a unit of work."""
    theirs = select(CheckIn.id).where(CheckIn.patient_id == patient_id)
    db.session.execute(
        update(CheckInLink)
        .where(CheckInLink.check_in_id.in_(theirs), CheckInLink.ended_at.is_(None))
        .values(ended_at=unit.now)
        .execution_options(synchronize_session=False)
    )


def end_earlier(unit: Unit, check_in_id: int) -> None:
    """End every link to a check-in but the latest, inside a unit of work."""
    latest = select(func.max(CheckInLink.made_at)).where(CheckInLink.check_in_id == check_in_id)
    db.session.execute(
        update(CheckInLink)
        .where(
            CheckInLink.check_in_id == check_in_id,
            CheckInLink.ended_at.is_(None),
            CheckInLink.made_at < latest.scalar_subquery(),
        )
        .values(ended_at=unit.now)
        .execution_options(synchronize_session=False)
    )


def resolve_link(token: str, *, address: str = "") -> Actor | None:
    """Tell whom a link makes of whoever holds it; None when it is unknown, too old or used up.

    Nothing is stored: mail programs open links before people do.
    """
    found = _find(hash_of(token))
    return _actor(found, address) if found is not None and _opens(found, clock.now()) else None


def still_good(token_hash: str, *, address: str = "") -> Actor | None:
    """Tell the same of a browser that followed a link before.

    For a while after it is over that browser may still read its thank-you page, or that what it
    sends came too late. The services answer nothing any more by then.
    """
    found = _find(token_hash)
    if found is None or not (_opens(found, now := clock.now()) or _is_just_over(found, now)):
        return None
    return _actor(found, address)


def note_followed(by: Actor) -> None:
    """Leave the line that a link was followed."""
    audit(by, "link.followed", f"check-in:{by.check_in_id}", patient_id=by.patient_id)


def addressee(token: str, *, address: str = "") -> Actor | None:
    """Tell in whose mail a link came: one that opens nothing any more still stops further mail."""
    found = _find(hash_of(token))
    return None if found is None else _actor(found, address)


def _find(token_hash: str) -> Any:
    return plain_rows(_FOUND, {"token_hash": token_hash}).one_or_none()


def _opens(found: Any, now: datetime) -> bool:
    return (
        found.ended_at is None
        and found.state == CheckInState.OPEN.value
        and now < min(found.expires_at, found.closes_at)
    )


def _is_just_over(found: Any, now: datetime) -> bool:
    """Say whether it ended lately, and not because a newer link was made."""
    finished_at = found.finished_at
    if found.ended_at is not None and (finished_at is None or found.ended_at < finished_at):
        return False
    over_at: datetime = min(found.expires_at, found.closes_at, finished_at or found.expires_at)
    return now - over_at < READ_FOR


def _actor(found: Any, address: str) -> Actor:
    return Actor(
        user_id=None,
        clinic_id=found.clinic_id,
        name=HOLDER,
        roles=frozenset({Role.LINK}),
        patient_id=found.patient_id,
        address=address,
        check_in_id=found.id,
    )
