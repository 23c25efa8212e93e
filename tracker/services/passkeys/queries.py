"""The passkeys of a person, and what a browser is asked with."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import func, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.problems import NotFoundError
from tracker.models.database import db
from tracker.models.users import Passkey, User
from tracker.services.passkeys import ceremonies
from tracker.services.passkeys.ceremonies import Credential, Holder


class PasskeyView(Struct, frozen=True):
    """A passkey as its holder sees it."""

    id: int
    name: str
    made_at: datetime
    used_at: datetime | None


_VIEW = select(Passkey.id, Passkey.name, Passkey.made_at, Passkey.used_at)


def listing(*, by: Actor) -> list[PasskeyView]:
    """List one's own passkeys, the oldest first."""
    authorize(by, Permission.ACCOUNT_USE, Subject(by.clinic_id))
    query = _VIEW.where(Passkey.user_id == by.user_id).order_by(Passkey.made_at, Passkey.id)
    return [PasskeyView(*row) for row in db.session.execute(query)]


def find(passkey_id: int, *, by: Actor) -> PasskeyView:
    """Find one of one's own passkeys."""
    authorize(by, Permission.ACCOUNT_USE, Subject(by.clinic_id))
    query = _VIEW.where(Passkey.id == passkey_id, Passkey.user_id == by.user_id)
    row = db.session.execute(query).first()
    if row is None:
        raise NotFoundError
    return PasskeyView(*row)


def credentials(user_id: int) -> Sequence[Credential]:
    """Name a person's passkeys as a browser wants them; only to whoever gave their password."""
    query = select(Passkey.credential_id, Passkey.transports).where(Passkey.user_id == user_id)
    return [Credential(*row) for row in db.session.execute(query.order_by(Passkey.id))]


def holder(user_id: int) -> Holder:
    """Tell how passkeys call a person: by the handle of those that they have, or by a new one."""
    handle = select(Passkey.user_handle).where(Passkey.user_id == user_id).limit(1)
    query = select(
        handle.scalar_subquery(), func.coalesce(User.sign_in_name, User.email), User.name
    )
    row = db.session.execute(query.where(User.id == user_id)).one()
    return Holder(row[0] or ceremonies.new_handle(), *row[1:])
