"""What somebody looks for: names and record numbers, which no log and no history is to hold.

A search form is sent, and answered with an address in which only this server reads what was typed,
for the person who typed it. Scripts send what is typed so far in a header.
"""

import base64
import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

from flask import current_app, request

from tracker.web.guard import actor

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

PARAMETER = "terms"
HEADER = "Search-Text"
LONGEST = 200
HOURS_KEPT = 12  # a working day: whoever comes back after that types it anew


def from_form(name: str = "q") -> str:
    """Read a field of a search form that was sent."""
    return request.form.get(name, "").strip()[:LONGEST]


def from_header() -> str:
    """Read what a script sends while somebody types."""
    return unquote(request.headers.get(HEADER, "")).strip()[:LONGEST]


def seal(name: str, text: str) -> str | None:
    """Write a term so that only this server reads it, for whoever asks; None where it is empty."""
    if not text:
        return None
    content = json.dumps({"user": actor().user_id, name: text})
    return _cipher().encrypt(content.encode()).decode()


def from_address(name: str = "q") -> str:
    """Read a term of the address; '' where there is none, it is too old or somebody else's."""
    from cryptography.fernet import InvalidToken  # most pages do without

    token = request.args.get(PARAMETER, "")
    if not token:
        return ""
    try:
        content = json.loads(_cipher().decrypt(token.encode(), ttl=HOURS_KEPT * 60 * 60))
    except InvalidToken:
        return ""
    return str(content.get(name, "")) if content["user"] == actor().user_id else ""


def _cipher() -> "Fernet":
    from cryptography.fernet import Fernet

    secret = str(current_app.config["SECRET_KEY"]).encode()
    return Fernet(base64.urlsafe_b64encode(hmac.digest(secret, b"search terms", "sha256")))
