"""Who has an e-mail address: one person, or several who each have a name to sign in by."""

import unicodedata

from sqlalchemy import bindparam, select, text

from tracker.domain.people import sign_in_name
from tracker.domain.problems import Problem
from tracker.models.database import connection, db
from tracker.models.users import User

LONGEST = 255  # characters of an address, as the table has it
TAKEN = Problem(
    "email",
    "Somebody has this e-mail address already. Where people share a mailbox each has a sign-in "
    "name: give one below, or another address.",
)
NAME_TAKEN = Problem("sign_in_name", "Somebody has this sign-in name. Choose another one.")
_SHARED = Problem(
    "sign_in_name", "Others have the same e-mail address, so this account needs a sign-in name."
)

_AT = select(User.id, User.clinic_id, User.name, User.sign_in_name).where(
    User.email == bindparam("email"), User.id != bindparam("but")
)
_NAMED = select(User.id).where(User.sign_in_name == bindparam("name"), User.id != bindparam("but"))
# Two who take one address at the same moment: each would look before the other has it.
_LOCK = text("SELECT pg_advisory_xact_lock(7041780, hashtext(:email))")


def hold(email: str) -> None:
    """Let nobody else take an address until the commit; SQLite has one writer anyway."""
    if connection().dialect.name == "postgresql":
        db.session.execute(_LOCK, {"email": email})


def check(email: str, name: str, *, clinic_id: int, own_id: int = 0) -> list[Problem]:
    """List why somebody cannot have an address with a name to sign in by ('' for none).

    Both are spelt as they are stored. Whoever asks manages accounts of the clinic.
    """
    problems = []
    if name and db.session.scalar(_NAMED, {"name": name, "but": own_id}) is not None:
        problems.append(NAME_TAKEN)
    others = db.session.execute(_AT, {"email": email, "but": own_id}).all()
    if others and not name:
        problems.append(_SHARED if own_id and _has(own_id, email) else TAKEN)
    elif nameless := next((one for one in others if one.sign_in_name is None), None):
        here = nameless.clinic_id == clinic_id
        whose = f"the account of {nameless.name}" if here else "an account of another clinic"
        message = (
            f"This mailbox is also that of {whose}, which has no sign-in name: give it one first."
        )
        problems.append(Problem("email", message))
    return problems


def has_room(email: str, *, own_id: int) -> bool:
    """Say whether somebody may move to an address as they are, without saying who has it."""
    own = db.session.scalar(select(User.sign_in_name).where(User.id == own_id))
    return not check(email, own or "", clinic_id=0, own_id=own_id)


def find(typed: str) -> list[User]:
    """Find whose e-mail address or name to sign in by somebody typed; several share a mailbox."""
    if len(typed) > LONGEST or not typed.strip().isprintable():
        return []
    if "@" in typed:
        is_theirs = User.email == unicodedata.normalize("NFC", typed).strip().lower()
    else:
        is_theirs = User.sign_in_name == sign_in_name.normalize(typed)
    return list(db.session.scalars(select(User).where(is_theirs).order_by(User.id).limit(20)))


def _has(user_id: int, email: str) -> bool:
    return db.session.scalar(select(User.email).where(User.id == user_id)) == email
