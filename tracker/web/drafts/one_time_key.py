"""The one-time key of a form, tied to what was sent with it, and where to.

A second click sends the same again and gets what the first one made. A form that comes back with
other content, from the history of a browser, say, is another form: nothing of it was saved. So is
one that is sent about another record: whoever is told that it was saved would look for it there.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from typing import Any

from flask import request
from wtforms import HiddenField

from tracker.services.unit_of_work import DIGEST, one_time_key

KEY_MAX = 40  # characters; the database keeps a digest with it
RESENT = (
    "This form was saved before with other content, and that stands. What you see here is not "
    "saved: look at what was saved, then save this again if it should stand as well."
)
_NOT_OF_A_KEY = re.compile(r"[^A-Za-z0-9_-]+")


class OneTimeKey(HiddenField):
    """A key drawn with the page; `data` is what services take: the key, and a digest once sent."""

    data: Any
    raw_data: Any

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        """Draw a key for each page, and take none from outside but as it was drawn."""
        super().__init__(
            label,
            default=lambda: secrets.token_urlsafe(16),
            filters=[lambda key: _NOT_OF_A_KEY.sub("", key or "")[:KEY_MAX]],
            **kwargs,
        )

    def tie_to(self, sent: Any, not_typed: Collection[str]) -> None:
        """Add a digest of what was sent where, but for what a page puts into a form itself."""
        if not self.raw_data or not self.data:
            return
        typed = sorted(
            (name, [value for value in sent.getlist(name) if isinstance(value, str)])
            for name in sent
            if name.rpartition("-")[2] not in not_typed
        )
        made = hashlib.blake2b(repr((request.path, typed)).encode(), digest_size=8).hexdigest()
        self.data = f"{self.data}{DIGEST}{made}"

    def renew(self) -> None:
        """Draw another key: what is sent from now on is another form."""
        self.data, self.raw_data = secrets.token_urlsafe(16), None

    def _value(self) -> str:
        return one_time_key(self.data or "")
