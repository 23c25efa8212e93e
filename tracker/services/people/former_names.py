"""Names that somebody of the staff signed by before, as the history of their account has them."""

from sqlalchemy import select

from tracker.domain.access import Actor
from tracker.models.database import db
from tracker.models.users import AccountChange
from tracker.services.unit_of_work import Unit

RENAMED = "user.changed"  # nothing else is kept under that word


def note(unit: Unit, by: Actor, before: str, now: str) -> None:
    """Note in the history of one's own account what one was called before, and is called now."""
    db.session.add(
        AccountChange(
            clinic_id=by.clinic_id,
            user_id=by.user_id,
            at=unit.now,
            by_name=before,
            action=RENAMED,
            reason=f"Their own name, which is {now} now",
        )
    )


def of_oneself(*, by: Actor) -> list[str]:
    """List what somebody was called before."""
    query = select(AccountChange.by_name).where(
        AccountChange.user_id == by.user_id, AccountChange.action == RENAMED
    )
    return list(db.session.scalars(query))
