"""What a browser is asked for and what it answers, by py_webauthn.

That is loaded by the first passkey: it takes a tenth of a second and some MiB, which a start does
without (tracker/__init__.py keeps Flask-Security from loading it).
"""

import json
import secrets
import struct
import sys
import threading
from collections.abc import Iterable
from datetime import timedelta
from types import ModuleType
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from msgspec import Struct

from tracker.domain.passkeys.relying_party import RelyingParty

LASTS = timedelta(minutes=5)  # from the page to the press of a finger
ANSWER_MOST = 4_000  # characters; most have some 1,000, and a form for anybody takes 4 KiB
NAME = "Session tracker"  # as an authenticator app has it: neutral, others may see it
_CHALLENGE_BYTES = 32
_HANDLE_BYTES = 32
_TRANSPORTS = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})
_loading = threading.Lock()


class AnswerError(Exception):
    """What a browser answered is no answer to what it was asked; says why, for the log alone."""


class Question(Struct, frozen=True):
    """What a browser was asked, and for which address."""

    challenge: str
    party: RelyingParty


class SignedAnswer(Struct, frozen=True):
    """What a browser answered, unchecked, and to what."""

    answer: str
    question: Question


class Credential(Struct, frozen=True):
    """A passkey as it is named to a browser."""

    credential_id: str
    transports: str


class NewCredential(Struct, frozen=True):
    """A passkey that was just made."""

    credential_id: str
    public_key: str
    sign_count: int
    transports: str


class Holder(Struct, frozen=True):
    """Whom a passkey is made for, as their device shows it."""

    handle: str
    name: str
    display_name: str


def new_challenge() -> str:
    """Draw what a browser is to sign."""
    return secrets.token_urlsafe(_CHALLENGE_BYTES)


def new_handle() -> str:
    """Draw what passkeys call a person: nothing that says who it is."""
    return secrets.token_urlsafe(_HANDLE_BYTES)


def options_to_make(asked: Question, holder: Holder, known: Iterable[Credential]) -> dict[str, Any]:
    """Write what a browser needs to make a passkey, on a device that has none of the `known`."""
    webauthn = _library()
    structs = webauthn.helpers.structs
    wanted = structs.AuthenticatorSelectionCriteria(
        resident_key=structs.ResidentKeyRequirement.PREFERRED,
        user_verification=structs.UserVerificationRequirement.PREFERRED,
    )
    made = webauthn.generate_registration_options(
        rp_id=asked.party.id,
        rp_name=NAME,
        user_id=_bytes(holder.handle),
        user_name=holder.name,
        user_display_name=holder.display_name,
        challenge=_bytes(asked.challenge),
        timeout=_milliseconds(),
        attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=wanted,
        exclude_credentials=[_descriptor(one) for one in known],
    )
    return _as_json(webauthn.options_to_json(made))


def options_to_use(
    asked: Question, known: Iterable[Credential] = (), *, verified: bool
) -> dict[str, Any]:
    """Write what a browser needs to use one of the `known` passkeys, or any that it has."""
    webauthn = _library()
    needs = webauthn.helpers.structs.UserVerificationRequirement
    made = webauthn.generate_authentication_options(
        rp_id=asked.party.id,
        challenge=_bytes(asked.challenge),
        timeout=_milliseconds(),
        allow_credentials=[_descriptor(one) for one in known],
        user_verification=needs.REQUIRED if verified else needs.PREFERRED,
    )
    return _as_json(webauthn.options_to_json(made))


def check_new(answer: str, asked: Question) -> NewCredential:
    """Check what a browser answered when it was to make a passkey; raise AnswerError."""
    told, webauthn = read(answer), _library()
    try:
        found = webauthn.verify_registration_response(
            credential=told,
            expected_challenge=_bytes(asked.challenge),
            expected_rp_id=asked.party.id,
            expected_origin=asked.party.origin,
        )
    except _faults() as error:
        raise AnswerError(type(error).__name__) from error
    named = told["response"].get("transports")
    transports = _TRANSPORTS.intersection(named) if isinstance(named, list) else ()
    return NewCredential(
        credential_id=_text(found.credential_id),
        public_key=_text(found.credential_public_key),
        sign_count=found.sign_count,
        transports=" ".join(sorted(transports)),
    )


def check_use(answer: str, asked: Question, public_key: str, *, verified: bool) -> int:
    """Check what a browser signed with a passkey, and tell its counter; raise AnswerError.

    `verified` demands that the device made sure who uses it. Whether the counter went back is for
    whoever stores it to say.
    """
    told, webauthn = read(answer), _library()
    try:
        found = webauthn.verify_authentication_response(
            credential=told,
            expected_challenge=_bytes(asked.challenge),
            expected_rp_id=asked.party.id,
            expected_origin=asked.party.origin,
            credential_public_key=_bytes(public_key),
            credential_current_sign_count=0,
            require_user_verification=verified,
        )
    except _faults() as error:
        raise AnswerError(type(error).__name__) from error
    return int(found.new_sign_count)


def read(answer: str) -> dict[str, Any]:
    """Read what a browser sent, unchecked, or raise AnswerError."""
    if not answer or len(answer) > ANSWER_MOST:
        raise AnswerError("none, or too long")
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise AnswerError("not JSON") from error
    named: dict[str, Any] = told if isinstance(told, dict) else {}
    if not isinstance(named.get("response"), dict) or not isinstance(named.get("id"), str):
        raise AnswerError("no credential")
    # The library looks at one, and whose passkey it is at the other.
    if named.get("rawId") != named["id"]:
        raise AnswerError("two names")
    return named


def credential_id(answer: str) -> str:
    """Tell which passkey an answer says it is from, spelled as it is stored."""
    return str(read(answer)["id"]).rstrip("=")


def user_handle(answer: str) -> str:
    """Tell what the passkey calls its holder; '' where it does not say."""
    told = read(answer)["response"].get("userHandle")
    return told.rstrip("=") if isinstance(told, str) else ""


def _library() -> Any:
    """Load py_webauthn."""
    with _loading:
        if sys.modules.get(_NAME, _loading) is None:  # barred at the start
            del sys.modules[_NAME]
        import webauthn

        loaded: ModuleType = webauthn
    return loaded


def _faults() -> tuple[type[Exception], ...]:
    """Name what the library raises; much of what is crooked makes Python itself stumble."""
    from webauthn.helpers.exceptions import WebAuthnException

    return (
        WebAuthnException, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError,
        OverflowError, RecursionError, struct.error,
    )  # fmt: skip


def _descriptor(one: Credential) -> Any:
    structs = _library().helpers.structs
    known = {kind.value for kind in structs.AuthenticatorTransport}
    return structs.PublicKeyCredentialDescriptor(
        id=_bytes(one.credential_id),
        transports=[
            structs.AuthenticatorTransport(word) for word in one.transports.split() if word in known
        ]
        or None,
    )


def _milliseconds() -> int:
    return int(LASTS.total_seconds() * 1_000)


def _as_json(text: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(text)
    return made


def _bytes(text: str) -> bytes:
    made: bytes = _library().base64url_to_bytes(text)
    return made


def _text(raw: bytes) -> str:
    made: str = _library().helpers.bytes_to_base64url(raw)
    return made


_NAME = "webauthn"
