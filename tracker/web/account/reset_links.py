"""Links that set a new password: one at a time, each good once, and none after a newer one."""

from typing import Any

from flask import g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tracker.services.people import passwords


class ResetLinks:
    """Signs links as Flask-Security does, each with the number that holds for its account.

    Two links of one mail have one number. A form that sends a password holds the account until it
    is stored: of several at the same instant the second finds another password there.
    """

    def __init__(self, serializer: URLSafeTimedSerializer) -> None:
        """Sign by what Flask-Security made."""
        self._serializer = serializer

    def dumps(self, data: list[Any]) -> Any:
        """Make a link that ends those made before."""
        numbers: dict[str, int] = g.setdefault("reset_numbers", {})
        owner = data[0]
        if owner not in numbers:
            numbers[owner] = passwords.number_reset_link(owner)
        return self._serializer.dumps([*data, numbers[owner]])

    def loads_unsafe(self, token: str, **limits: Any) -> Any:
        """Read what cannot be trusted, such as a link that is too old."""
        return self._serializer.loads_unsafe(token, **limits)

    def loads(self, token: str, **limits: Any) -> Any:
        """Read a link; BadSignature where a newer one was made since."""
        data = self._serializer.loads(token, **limits)
        holds = request.method == "POST"
        if len(data) < 3 or not passwords.is_last_reset_link(data[0], data[2], hold=holds):
            raise BadSignature("a newer link was made")
        return data
