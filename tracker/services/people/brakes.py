"""The brake on guessing: by account and place together, and slower on the whole account.

Wrong tries of a stranger close an account where they are made, and leave its holder alone who is
elsewhere. Many from many places close it to every browser but those that it knows (devices.py).
"""

import ipaddress
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Delete, and_, bindparam, delete, select, update

from tracker.domain.access import Actor
from tracker.domain.problems import InvalidError, Problem
from tracker.models.database import db
from tracker.models.users import SignInBrake, User
from tracker.services import clock
from tracker.services.people import passwords
from tracker.services.unit_of_work import unit_of_work

MOST_FAILURES = 5  # at one place
LOCKED_FOR = timedelta(minutes=15)
# From all places together: more than somebody makes who tries at one address as often as the lock
# there lets them, so that one stranger alone never closes the account to its holder.
MOST_EVERYWHERE = 30
WITHIN = timedelta(hours=1)
# Whoever types a wrong code knew the password: ten of those close the account everywhere.
CODE_COUNTS_FOR = 3
FORGOTTEN_AFTER = timedelta(days=1)
_IPV6_NETWORK = 64  # bits: one home or one rented server has so many addresses to itself
LOCKED = (
    "Sign-in to this account is closed for a while here, after several wrong tries. Wait 15 "
    "minutes, or have it unlocked: by e-mail on the sign-in page, or by an administrator."
)


class TryPlace(Struct, frozen=True):
    """Where somebody tries: its `key` is what tries are counted by.

    A browser that the account knows is a place of its own, whatever address it has. One that
    `stays_open` does so while the account is closed everywhere else; what goes wrong at one that
    `counts_alone` is not counted for the whole account.
    """

    key: str
    address: str = ""
    stays_open: bool = False
    counts_alone: bool = False


_STANDING = (
    select(SignInBrake.locked_until, User.closed_until)
    .select_from(User)
    .outerjoin(
        SignInBrake,
        and_(SignInBrake.user_id == User.id, SignInBrake.place == bindparam("place")),
    )
    .where(User.id == bindparam("user_id"))
)


def network_of(address: str) -> str:
    """Name the network that one person has to themselves: an IPv4 address, or 64 bits of IPv6."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False))


def at_address(address: str) -> TryPlace:
    """Take an address as a place."""
    return TryPlace(f"address:{network_of(address)}", address)


def at_device(device_id: int, address: str) -> TryPlace:
    """Take a browser that the account knows as a place."""
    return TryPlace(f"device:{device_id}", address, stays_open=True, counts_alone=True)


def beside(by: Actor) -> TryPlace:
    """Take somebody's sign-in as a place: what is typed there closes no account for anybody else.

    So a nurse who mistypes a colleague's password does not shut that colleague out.
    """
    return TryPlace(f"beside:{by.user_id}", by.address, stays_open=True)


def is_locked(user_id: int, place: TryPlace) -> bool:
    """Say whether an account is closed just now to whoever is at a place, whatever is typed."""
    found = db.session.execute(_STANDING, {"user_id": user_id, "place": place.key}).first()
    return found is not None and _is_closed(*found, place)


def _is_closed(here: datetime | None, everywhere: datetime | None, place: TryPlace) -> bool:
    now = clock.now()
    if here is not None and here > now:
        return True
    return not place.stays_open and everywhere is not None and everywhere > now


def count_failure(
    user_id: int, what: str, place: TryPlace, *, after_password: bool = False
) -> bool:
    """Count a wrong password or code, and say whether the account is closed at the place now.

    `after_password` is for a code that was typed by somebody who knew the password.
    While it is closed nothing is counted, so that nobody can keep it closed for ever.
    """
    user = db.session.get_one(User, user_id)
    somebody = Actor(None, user.clinic_id, "", frozenset(), address=place.address)
    subject = f"user:{user_id}"
    with unit_of_work(somebody) as unit:
        user = db.session.get_one(User, user_id, populate_existing=True, with_for_update=True)
        brake = _brake_of(user_id, place, unit.now)
        if _is_closed(brake.locked_until, user.closed_until, place):
            unit.audit("sign-in.refused", subject, detail=f"{what}; locked")
            return True
        unit.audit("sign-in.failed", subject, detail=f"wrong {what}")
        closed_here = _count_here(brake, unit.now)
        weight = CODE_COUNTS_FOR if after_password else 1
        closed_everywhere = not place.counts_alone and _count_everywhere(user, weight, unit.now)
        closed = closed_here or closed_everywhere
        if closed:
            user.locked_until = unit.now + LOCKED_FOR
            where = f"after {MOST_FAILURES} failures" if closed_here else "after many, everywhere"
            unit.audit("user.locked", subject, detail=where)
        return closed


def _brake_of(user_id: int, place: TryPlace, now: datetime) -> SignInBrake:
    found = db.session.get(SignInBrake, (user_id, place.key), populate_existing=True)
    if found is None:
        db.session.execute(_of(user_id).where(SignInBrake.failed_at < now - FORGOTTEN_AFTER))
        found = SignInBrake(user_id=user_id, place=place.key, failed_count=0)
        db.session.add(found)
    elif found.failed_at < now - FORGOTTEN_AFTER:
        found.failed_count = 0
    found.failed_at = now
    return found


def _of(user_id: int) -> Delete:
    return delete(SignInBrake).where(SignInBrake.user_id == user_id)


def _count_here(brake: SignInBrake, now: datetime) -> bool:
    brake.failed_count += 1
    if brake.failed_count < MOST_FAILURES:
        return False
    brake.failed_count, brake.locked_until = 0, now + LOCKED_FOR
    return True


def _count_everywhere(user: User, weight: int, now: datetime) -> bool:
    if user.failed_since is None or user.failed_since < now - WITHIN:
        user.failed_count, user.failed_since = 0, now
    user.failed_count += weight
    if user.failed_count < MOST_EVERYWHERE:
        return False
    user.failed_count, user.failed_since = 0, None
    user.closed_until = now + LOCKED_FOR
    return True


def forget_failures(user: User, place: TryPlace) -> None:
    """Forget wrong tries at a place from which the account was opened, in the caller's unit."""
    user.failed_count, user.failed_since = 0, None
    db.session.execute(_of(int(user.id)).where(SignInBrake.place == place.key))


def open_again(user: User) -> None:
    """Open an account wherever it was closed, inside the caller's unit of work."""
    user.failed_count, user.failed_since = 0, None
    user.closed_until = user.locked_until = None
    db.session.execute(
        update(SignInBrake)
        .where(SignInBrake.user_id == user.id)
        .values(failed_count=0, locked_until=None)
    )


def prove(user_id: int, password: str, code: str, place: TryPlace) -> None:
    """Raise InvalidError unless somebody gives their password, and a code where they have one.

    A wrong one counts as one at sign-in does, and says which.
    """
    if is_locked(user_id, place):
        raise InvalidError([Problem("password", LOCKED)])
    user = db.session.get_one(User, user_id)
    second = user.tf_primary_method is not None
    if not passwords.is_right(user, password):
        wrong = Problem("password", "This is not your password.")
    elif second and not passwords.is_right_code(user, code.strip()):
        wrong = Problem("code", "This code does not fit. Wait for the next one: each works once.")
    else:
        return
    closed = count_failure(user_id, wrong.field, place, after_password=wrong.field == "code")
    raise InvalidError([Problem(wrong.field, LOCKED) if closed else wrong])


def refuse(user_id: int, reason: str, *, address: str) -> None:
    """Leave a line about a right password that was refused all the same."""
    user = db.session.get_one(User, user_id)
    somebody = Actor(None, user.clinic_id, "", frozenset(), address=address)
    with unit_of_work(somebody) as unit:
        unit.audit("sign-in.refused", f"user:{user_id}", detail=reason)


def note_stranger(*, address: str, several: bool = False) -> None:
    """Leave a line about an e-mail that nobody here has, or that several people share.

    The e-mail is left out: people type passwords there, and who is no patient is nobody's business.
    """
    with unit_of_work(None) as unit:
        what = "an e-mail that several people share" if several else "unknown e-mail"
        unit.audit("sign-in.failed", detail=f"{what}, from {address}")


def note_guess(*, address: str, where: str) -> None:
    """Leave a line about an address with a secret in it that is none, or none any more."""
    with unit_of_work(None) as unit:
        unit.audit("link.refused", where, detail=f"from {address}")


def note_flood(*, address: str, where: str) -> None:
    """Leave a line about an address that tried too often."""
    with unit_of_work(None) as unit:
        unit.audit("sign-in.limited", where, detail=f"too many tries, from {address}")
