"""Add a passkey, sign in with it, remove it."""

from msgspec import Struct
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.parsing import visible_text
from tracker.domain.passkeys import wording
from tracker.domain.people.notices import AccountNotice
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.users import Passkey, User
from tracker.services.passkeys import ceremonies
from tracker.services.passkeys.ceremonies import AnswerError, Question
from tracker.services.people import brakes, devices, logins, notices
from tracker.services.people.brakes import TryPlace
from tracker.services.unit_of_work import AlreadySavedError, Unit, unit_of_work

CREDENTIAL = "credential"  # the field that a browser's answer comes in
ADDED, REMOVED, USED = "user.passkey-added", "user.passkey-removed", "user.passkey-used"
WHAT = "passkey"  # as a try of one is called in the trail


class PasskeyRefusedError(Exception):
    """A passkey opens nothing here and now. `closed` says that the account is, after this try."""

    def __init__(self, *, closed: bool = False) -> None:
        """Keep whether it was one try too many."""
        self.closed = closed
        super().__init__("refused")


class NewPasskey(Struct, frozen=True):
    """What somebody calls a new passkey, how it calls them, and what their browser answered."""

    name: str
    handle: str
    answer: str


def add(new: NewPasskey, asked: Question, *, token: str, by: Actor) -> int:
    """Add a passkey to one's own account, and return its id. Other browsers are signed out.

    `token` is of the sign-in that stays, '' where there is none yet.
    """
    authorize(by, Permission.ACCOUNT_USE, Subject(by.clinic_id))
    problems = []
    if wrong := wording.fault_of_name(new.name):
        problems.append(Problem("name", wrong))
    try:
        made = ceremonies.check_new(new.answer, asked)
    except AnswerError:
        raise InvalidError([*problems, Problem(CREDENTIAL, wording.NOT_MADE)]) from None
    if problems:
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        unit.once(asked.challenge)  # sent twice, it made one
        user = _hold(by)
        if _count(by) >= wording.MOST:
            raise InvalidError([Problem("", wording.TOO_MANY)])
        row = Passkey(
            user_id=user.id,
            credential_id=made.credential_id,
            user_handle=new.handle,
            public_key=made.public_key,
            sign_count=made.sign_count,
            transports=made.transports,
            name=visible_text(new.name),
            made_at=unit.now,
        )
        db.session.add(row)
        try:
            db.session.flush()
        except IntegrityError as error:
            raise InvalidError([Problem(CREDENTIAL, wording.KNOWN)]) from error
        passkey_id, email = int(row.id), user.email
        unit.mark_saved(asked.challenge, passkey_id)
        logins.note_change(unit, user, token, ADDED)
    notices.tell(email, AccountNotice.PASSKEY_ADDED, clinic_id=by.clinic_id)
    return passkey_id


def remove(passkey_id: int, *, token: str, by: Actor) -> None:
    """Remove one of one's own passkeys. Other browsers are signed out.

    Staff who must have a second step keep one.
    """
    authorize(by, Permission.ACCOUNT_USE, Subject(by.clinic_id))
    with unit_of_work(by) as unit:
        user = _hold(by)
        mine = Passkey.id == passkey_id, Passkey.user_id == by.user_id
        if db.session.scalar(select(Passkey.id).where(*mine)) is None:
            raise NotFoundError
        is_last = _count(by) == 1 and user.tf_primary_method is None
        if is_last and user.must_have_second_factor():
            raise InvalidError([Problem("", wording.LAST)])
        db.session.execute(delete(Passkey).where(*mine))
        email = user.email
        logins.note_change(unit, user, token, REMOVED)
    notices.tell(email, AccountNotice.PASSKEY_REMOVED, clinic_id=by.clinic_id)


def use_second(user_id: int, answer: str, asked: Question, *, place: TryPlace) -> None:
    """Take a passkey as the second step of somebody whose password was right.

    Raise PasskeyRefusedError where it is none of theirs, or not signed as it was asked.
    """
    row = _find(answer)
    if row is None or row.user_id != user_id or not _names_holder(row, answer):
        raise _count_failure(user_id, place, after_password=True)
    _use(row, answer, asked, place=place, alone=False)


def use_alone(answer: str, asked: Question, *, address: str, device: str) -> int:
    """Take a passkey in place of password and second step, and say whose it is.

    Raise PasskeyRefusedError for one that nobody has and for one whose account is shut, locked or
    of a clinic that wants a password, all alike. `device` is what the browser is known by.
    """
    row = _find(answer)
    if row is None:
        with unit_of_work(None) as unit:
            unit.audit("sign-in.failed", detail=f"unknown passkey, from {address}")
        raise PasskeyRefusedError
    place = devices.place_of(row.user_id, device, address=address)
    if why := _shut(row, place):
        brakes.refuse(row.user_id, f"{WHAT}; {why}", address=address)
        raise PasskeyRefusedError
    if not _names_holder(row, answer, must=True):
        raise _count_failure(row.user_id, place, after_password=False)
    user_id = int(row.user_id)
    _use(row, answer, asked, place=place, alone=True)
    return user_id


def _shut(row: Passkey, place: TryPlace) -> str:
    """Say why an account is not opened by a passkey alone, whatever was signed."""
    user = db.session.get_one(User, row.user_id, populate_existing=True)
    stored = db.session.scalar(select(Clinic.settings).where(Clinic.id == user.clinic_id))
    if not ClinicSettings.read(stored or {}).passkeys_alone:
        return "the clinic wants a password"
    if not user.active or user.password is None:
        return "disabled"
    return "locked" if brakes.is_locked(user.id, place) else ""


def _names_holder(row: Passkey, answer: str, *, must: bool = False) -> bool:
    """Say whether an answer calls the holder as it should; a plain key without a memory cannot."""
    told = ceremonies.user_handle(answer)
    return told == row.user_handle or (not told and not must)


def _find(answer: str) -> Passkey | None:
    try:
        named = ceremonies.credential_id(answer)
    except AnswerError:
        return None
    found: Passkey | None = db.session.scalar(select(Passkey).where(Passkey.credential_id == named))
    return found


def _use(row: Passkey, answer: str, asked: Question, *, place: TryPlace, alone: bool) -> None:
    user_id, passkey_id = int(row.user_id), int(row.id)
    try:
        counter = ceremonies.check_use(answer, asked, row.public_key, verified=alone)
    except AnswerError:
        raise _count_failure(user_id, place, after_password=not alone) from None
    by = logins.actor_of(user_id, address=place.address)
    try:
        with unit_of_work(by, needs_room=False) as unit:
            # Good once, whoever has a copy of the browser's cookie.
            unit.once(asked.challenge)
            if not _count_up(unit, passkey_id, counter):
                raise PasskeyRefusedError
            unit.mark_saved(asked.challenge, passkey_id)
            unit.audit(USED, f"user:{user_id}", detail="alone" if alone else "")
    except AlreadySavedError:
        brakes.refuse(user_id, f"{WHAT}; sent twice", address=place.address)
        raise PasskeyRefusedError from None
    except PasskeyRefusedError:
        brakes.refuse(user_id, f"{WHAT}; its counter went back", address=place.address)
        raise


def _count_up(unit: Unit, passkey_id: int, counter: int) -> bool:
    """Store the counter of a passkey; False where it went back: somebody has a copy of it.

    Those that are kept on several devices always say 0.
    """
    goes_on = Passkey.sign_count < counter if counter else Passkey.sign_count == 0
    done = db.session.execute(
        update(Passkey)
        .where(Passkey.id == passkey_id, goes_on)
        .values(sign_count=counter, used_at=unit.now)
    )
    return done.rowcount == 1  # type: ignore[attr-defined,no-any-return]


def _count_failure(user_id: int, place: TryPlace, *, after_password: bool) -> PasskeyRefusedError:
    closed = brakes.count_failure(user_id, WHAT, place, after_password=after_password)
    return PasskeyRefusedError(closed=closed)


def _hold(by: Actor) -> User:
    """Hold one's own account while its passkeys change: two at once see each other."""
    return db.session.get_one(User, by.user_id, populate_existing=True, with_for_update=True)


def _count(by: Actor) -> int:
    query = select(func.count()).select_from(Passkey).where(Passkey.user_id == by.user_id)
    return db.session.scalar(query) or 0
