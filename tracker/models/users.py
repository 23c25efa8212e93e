"""People who sign in, their roles, and each place where they are signed in."""

from datetime import datetime

from flask_security import RoleMixin, SQLAlchemyUserDatastore, UserMixin
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    exists,
)
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from tracker.models.database import Id, JsonText, Model, UtcDateTime, db, new_id

user_role = Table(
    "user_role",
    db.metadata,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Model, RoleMixin):
    """A role by its name in the access policy."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    description: Mapped[str | None] = mapped_column(String(255))
    permissions: Mapped[list[str] | None] = mapped_column(
        MutableList.as_mutable(JsonText()), default=list
    )


class Passkey(Model):
    """A passkey of a user (WebAuthn): its public half, and how often it says it was used.

    `user_handle` is what it was told the user is called: random, the same for all of one user.
    `credential_id`, `user_handle` and `public_key` (in COSE) are in base64url.
    """

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    # At most 1,023 bytes, by the standard.
    credential_id: Mapped[str] = mapped_column(String(1364), unique=True)
    user_handle: Mapped[str] = mapped_column(String(86))
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class User(Model, UserMixin):
    """A person who signs in. The names of most columns are those Flask-Security asks for."""

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    # Two who share a mailbox each have a name to sign in by; `partial_indexes` holds them to it.
    email: Mapped[str] = mapped_column(String(255), index=True)
    sign_in_name: Mapped[str | None] = mapped_column(String(40), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    invited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    invitation_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # type: ignore[assignment]
    current_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # type: ignore[assignment]
    last_login_ip: Mapped[str | None] = mapped_column(String(64))
    current_login_ip: Mapped[str | None] = mapped_column(String(64))
    login_count: Mapped[int | None] = mapped_column(Integer)  # type: ignore[assignment]
    # Wrong tries from everywhere since `failed_since`, and until when they close the account to
    # browsers that it does not know; `locked_until` tells people of the latest lock, wherever.
    failed_count: Mapped[int] = mapped_column(Integer, default=0)
    failed_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_phone_number: Mapped[str | None] = mapped_column(String(128))
    tf_last_counter: Mapped[int | None] = mapped_column(BigInteger)
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(JsonText()))
    codes_kept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    create_datetime: Mapped[datetime | None] = mapped_column(UtcDateTime)  # type: ignore[assignment]
    update_datetime: Mapped[datetime | None] = mapped_column(UtcDateTime)  # type: ignore[assignment]
    # Of the secret in the address of the person's calendar; NULL while there is none.
    calendar_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    # Another e-mail that the person asked for, until the link that was mailed there is opened.
    email_wanted: Mapped[str | None] = mapped_column(String(255))
    email_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    email_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Of the links that set a new password only the one of this number works.
    reset_number: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    roles: Mapped[list[Role]] = relationship(secondary=user_role, lazy="selectin")  # type: ignore[assignment]
    has_passkey: Mapped[bool] = column_property(
        exists().where(Passkey.user_id == id).correlate_except(Passkey)
    )

    @property
    def has_second_factor(self) -> bool:
        """Say whether an authenticator or a passkey is set up."""
        return self.tf_primary_method is not None or self.has_passkey

    @property
    def is_staff(self) -> bool:
        """Say whether the person works for the clinic."""
        return any(role.name != "patient" for role in self.roles)

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Ask staff for a second factor where the setting says so, and whoever has set one up."""
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Say whether the person must set an authenticator up: a passkey does as well."""
        return self.must_have_second_factor() and not self.has_passkey

    def must_have_second_factor(self) -> bool:
        """Say whether a password alone may not be enough."""
        return self.is_staff and super().check_tf_required_setup()


class AccountChange(Model):
    """What was done to somebody's way in, and why: disabled, enabled, other roles, a reset."""

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_name: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)


class SignIn(Model):
    """One place where a user is signed in. Ending the row ends the cookie, whoever holds a copy."""

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(64), default="")


class SignInBrake(Model):
    """How often somebody failed to open an account from one place, and until when that waits."""

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[str] = mapped_column(String(80), primary_key=True)
    failed_count: Mapped[int] = mapped_column(Integer, default=0)
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class KnownDevice(Model):
    """A browser in which an account was opened before. Several accounts may know one browser."""

    __table_args__ = (UniqueConstraint("token_hash", "user_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UnlockLink(Model):
    """A link that opens a locked account once, as its hash."""

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CountedTry(Model):
    """One thing that an address did and may not do often, such as a wrong password."""

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=new_id)
    address: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_counted_try_address", address, what, at),)


def datastore() -> SQLAlchemyUserDatastore:
    """Make what Flask-Security reads and writes users through."""
    return SQLAlchemyUserDatastore(db, User, Role)
