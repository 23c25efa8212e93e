"""What a browser was asked last, kept in its own cookie, and for which address.

The cookie is signed, so a challenge holds for the browser that it was made in; that it is good once
the database says (services/passkeys/commands.py).
"""

from typing import Any

from flask import current_app, request
from flask.sessions import SessionMixin

from tracker.domain.passkeys import relying_party
from tracker.domain.passkeys.relying_party import RelyingParty
from tracker.domain.problems import InvalidError
from tracker.services import clock
from tracker.services.passkeys import ceremonies
from tracker.services.passkeys.ceremonies import Question
from tracker.web import login

_KEY = "passkey_asked"
# What a challenge is for: one that was made to add a passkey signs nobody in.
ADD, SECOND, ALONE, PROVE = "add", "second", "alone", "prove"


def browser() -> SessionMixin:
    """Give what the cookie of the present browser holds."""
    held: SessionMixin = current_app.extensions["browser"]
    return held


def party() -> RelyingParty:
    """Tell for which address passkeys are made here; raise InvalidError with what to open."""
    return relying_party.find(login.settings().address, opened=request.host_url)


def ask(what: str, **more: str) -> Question:
    """Draw a challenge for the page that is shown now; it ends the one before."""
    asked = Question(ceremonies.new_challenge(), party())
    browser()[_KEY] = [what, asked.challenge, clock.now().timestamp(), more]
    return asked


def take(what: str) -> tuple[Question, dict[str, str]] | None:
    """Take the challenge that an answer is to; None where there is none, or it is too old."""
    held: Any = browser().pop(_KEY, None)
    if held is None or held[0] != what:
        return None
    age = clock.now().timestamp() - held[2]
    if not 0 <= age <= ceremonies.LASTS.total_seconds():
        return None
    try:
        return Question(held[1], party()), held[3]
    except InvalidError:  # the page will say where to open it
        return None
