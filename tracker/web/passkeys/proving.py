"""A passkey beside the password on a form that changes something delicate."""

from typing import Any

from msgspec import Struct

from tracker.domain.problems import InvalidError
from tracker.services.passkeys import ceremonies, queries
from tracker.services.passkeys.ceremonies import SignedAnswer
from tracker.web.passkeys import challenges


class Asking(Struct, frozen=True):
    """What a form asks a browser for; where that cannot be done here, why not."""

    options: dict[str, Any] | None
    fault: str = ""


def answer(credential: str | None) -> SignedAnswer | None:
    """Take what came with a form; None where it is no answer to what was asked."""
    taken = challenges.take(challenges.PROVE)
    return SignedAnswer(credential or "", taken[0]) if credential and taken else None


def ask(user_id: int) -> Asking:
    """Ask for one of somebody's passkeys."""
    try:
        question = challenges.ask(challenges.PROVE)
    except InvalidError as error:
        return Asking(None, error.problems[0].message)
    known = queries.credentials(user_id)
    return Asking(ceremonies.options_to_use(question, known, verified=False))
