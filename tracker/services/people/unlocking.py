"""Unlock an account by e-mail: a link that opens it again, and signs nobody in.

Whoever asks is told the same, whether there is an account or none.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import bindparam, delete, select

from tracker.domain.people.notices import AccountNotice
from tracker.domain.problems import NotFoundError
from tracker.models.database import db
from tracker.models.users import UnlockLink, User
from tracker.services import clock
from tracker.services.people import brakes, logins, mailboxes, notices
from tracker.services.unit_of_work import unit_of_work

LASTS = timedelta(minutes=30)
# A stranger who asks again and again fills nobody's mailbox.
NOT_AGAIN_WITHIN = timedelta(minutes=5)

_HOLDER = (
    select(User)
    .join(UnlockLink, UnlockLink.user_id == User.id)
    .where(
        UnlockLink.token_hash == bindparam("token_hash"),
        UnlockLink.made_at > bindparam("since"),
        User.active.is_(True),
    )
)


def ask(typed: str, *, link: Callable[[str], str], address: str) -> None:
    """Mail a link for each account of a mailbox, or for that of a sign-in name; if there is one.

    There is one line for whoever asks. It is done beside the answer: no time that it takes says
    that there is an account.
    """
    with unit_of_work(None) as unit:
        asked = []
        for user in mailboxes.find(typed):
            if user.active and user.password is not None and not _was_asked(user):
                token = secrets.token_urlsafe(32)
                db.session.execute(delete(UnlockLink).where(UnlockLink.user_id == user.id))
                db.session.add(
                    UnlockLink(token_hash=_hash(token), user_id=user.id, made_at=unit.now)
                )
                asked.append((user.email, user.sign_in_name or "", user.clinic_id, token))
        unit.audit("unlocking.asked", detail=f"{len(asked)} accounts, from {address}")
    for email, name, clinic_id, token in asked:
        notices.tell(
            email,
            AccountNotice.UNLOCK_ASKED,
            clinic_id=clinic_id,
            sign_in_name=name,
            link=link(token),
        )


def find(token: str) -> None:
    """Raise NotFoundError where a link is used, ended or too old."""
    _holder(token)


def unlock(token: str, *, address: str) -> None:
    """Open the account that a link was mailed for. The link works once."""
    user = _holder(token)
    with unit_of_work(logins.actor_of(user.id, address=address)) as unit:
        db.session.get_one(User, user.id, populate_existing=True, with_for_update=True)
        user = _holder(token)  # of two who send it at once the second finds none
        db.session.execute(delete(UnlockLink).where(UnlockLink.user_id == user.id))
        brakes.open_again(user)
        unit.audit("user.unlocked", f"user:{user.id}", detail="by e-mail")


def end_all(user_id: int) -> None:
    """End the links of an account, inside the caller's unit of work."""
    db.session.execute(delete(UnlockLink).where(UnlockLink.user_id == user_id))


def _was_asked(user: User) -> bool:
    since = clock.now() - NOT_AGAIN_WITHIN
    made = select(UnlockLink.made_at).where(
        UnlockLink.user_id == user.id, UnlockLink.made_at > since
    )
    return db.session.scalar(made) is not None


def _holder(token: str) -> User:
    asked = {"token_hash": _hash(token), "since": clock.now() - LASTS}
    user = db.session.scalar(_HOLDER, asked)
    if user is None:
        raise NotFoundError
    return user


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
