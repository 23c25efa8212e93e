"""What a request may bring, counted before anything of it is read, and how long that may take.

One limit holds for every form; a route that needs more says so with `takes`. What nobody is signed
in for needs less: a sign-in is a few hundred bytes.
"""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import IO, Any, TypeVar, cast

import flask
from flask import Flask, current_app
from msgspec import Struct
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.formparser import FormDataParser
from werkzeug.utils import cached_property

KIB = 1024
MIB = 1024 * KIB

View = TypeVar("View", bound=Callable[..., Any])


class BodyLimit(Struct, frozen=True):
    """How many bytes a body may have, how many fields a form, and whether it may be JSON.

    A form that comes as JSON could hold lists and numbers where a browser sends text alone.
    """

    size_bytes: int
    fields: int
    json: bool = False


# A form holds a few notes of 10,000 characters; each of those may take nine bytes on its way.
USUAL = BodyLimit(512 * KIB, 500)
PUBLIC = BodyLimit(4 * KIB, 30)
# An address or a cookie of ours has some hundred bytes; what sites beside us leave comes along.
QUERY_BYTES_MAX, QUERY_FIELDS_MAX = 8 * KIB, 100
COOKIE_BYTES_MAX, COOKIES_MAX = 8 * KIB, 100
HEADER_BYTES_MAX = 32 * KIB
JSON_PARTS_MAX, JSON_DEPTH_MAX, JSON_DIGITS_MAX = 20_000, 20, 40
# A slow body holds a thread of gunicorn; waitress, and a proxy, take it whole first.
BODY_SECONDS_MAX = 20.0
SLOW_AFTER_SECONDS = 1.0
SLOW_BODIES_MAX = 24  # of 32 threads: the others answer


class OversizedError(BadRequest):
    """The address or the headers of a request are longer than any that a page of ours makes."""


def takes(
    size_bytes: int, *, fields: int = USUAL.fields, json: bool = False
) -> Callable[[View], View]:
    """Declare that a route needs bodies larger than usual, or takes what a script sends as JSON."""

    def declare(view: View) -> View:
        view.body_limit = BodyLimit(size_bytes, fields, json)  # type: ignore[attr-defined]
        return view

    return declare


def limit_of(app: Flask, endpoint: str | None) -> BodyLimit:
    """Tell what a route takes: what it says, else the usual; little where anybody may send."""
    view = app.view_functions.get(endpoint or "")
    own: BodyLimit | None = getattr(view, "body_limit", None)
    if own is not None:
        return own
    return USUAL if hasattr(view, "permission") else PUBLIC


class _CountingParser(FormDataParser):
    """Count the fields of a form that comes in one piece; werkzeug counts those in parts alone."""

    def _parse_urlencoded(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str],
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, Any]]:
        body = stream.read()
        if self.max_form_parts is not None and body.count(b"&") >= self.max_form_parts:
            raise RequestEntityTooLarge
        return super()._parse_urlencoded(BytesIO(body), mimetype, content_length, options)


class _BoundedJson:
    """JSON that is no deeper and no larger than what a page of ours sends."""

    dumps = staticmethod(flask.json.dumps)

    @staticmethod
    def loads(content: bytes) -> Any:
        """Read it, or raise ValueError."""
        if sum(map(content.count, (b",", b"[", b"{"))) > JSON_PARTS_MAX:
            raise ValueError("too many parts")
        try:
            made = json.loads(content, parse_int=_whole, parse_float=_number)
        except RecursionError:  # brackets within brackets, thousands deep
            raise ValueError("too deep") from None
        if _depth_beyond(made):
            raise ValueError("too deep")
        return made


def _whole(digits: str) -> int:
    _refuse_long(digits)
    return int(digits)


def _number(digits: str) -> float:
    _refuse_long(digits)
    return float(digits)


def _refuse_long(digits: str) -> None:
    if len(digits) > JSON_DIGITS_MAX:
        raise ValueError("too many digits")


def _depth_beyond(value: object) -> bool:
    """Say whether something lies deeper than JSON_DEPTH_MAX."""
    level = [value]
    for _ in range(JSON_DEPTH_MAX):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


_slow_bodies = threading.BoundedSemaphore(SLOW_BODIES_MAX)


class _Reading:
    """A read from a socket that a slow sender may hold; what comes too late is cut off.

    Most bodies are there at once. One that is not needs a place among the slow ones.
    """

    def __init__(self, client: socket.socket, until: float) -> None:
        self._client, self._until = client, until
        self._lock, self._is_over, self._is_slow = threading.Lock(), False, False

    def __enter__(self) -> None:
        self._set_alarm(min(SLOW_AFTER_SECONDS, self._seconds_left()), self._look)

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._is_over = True
            self._alarm.cancel()
            if self._is_slow:
                _slow_bodies.release()

    def _seconds_left(self) -> float:
        return max(self._until - time.monotonic(), 0.0)

    def _set_alarm(self, seconds: float, then: Callable[[], None]) -> None:
        self._alarm = threading.Timer(seconds, then)
        self._alarm.daemon = True
        self._alarm.start()

    def _look(self) -> None:
        """Let it go on until its time is over, where there is a place for it."""
        with self._lock:
            if self._is_over:
                return
            left = self._seconds_left()
            self._is_slow = left > 0 and _slow_bodies.acquire(blocking=False)
            if self._is_slow:
                self._set_alarm(left, self._cut)
                return
        self._cut()

    def _cut(self) -> None:
        with self._lock, suppress(OSError):  # whoever sent it may be gone
            if not self._is_over:
                self._client.shutdown(socket.SHUT_RD)


class _TimedStream:
    """A body that is read from a socket, all of it within BODY_SECONDS_MAX."""

    def __init__(self, stream: IO[bytes], client: socket.socket) -> None:
        self._stream, self._client = stream, client
        self._until = time.monotonic() + BODY_SECONDS_MAX

    def read(self, size: int = -1) -> bytes:
        with _Reading(self._client, self._until):
            return self._stream.read(size)


class BoundedRequest(flask.Request):
    """A request of which nothing is read that is larger than its route takes."""

    form_data_parser_class = _CountingParser

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        """Leave the address and the cookies unread where they are too long."""
        self.is_oversized = _is_oversized(environ)
        if self.is_oversized:
            environ = environ | {"QUERY_STRING": "", "HTTP_COOKIE": ""}
        super().__init__(environ, *args, **kwargs)

    @cached_property
    def stream(self) -> IO[bytes]:
        """Give the body, which a sender may not draw out."""
        stream: IO[bytes] = super().stream
        client = self.environ.get("gunicorn.socket")
        return cast("IO[bytes]", _TimedStream(stream, client)) if client else stream


def _is_oversized(environ: dict[str, Any]) -> bool:
    query, cookie = environ.get("QUERY_STRING", ""), environ.get("HTTP_COOKIE", "")
    if len(query) > QUERY_BYTES_MAX or query.count("&") >= QUERY_FIELDS_MAX:
        return True
    if len(cookie) > COOKIE_BYTES_MAX or cookie.count(";") >= COOKIES_MAX:
        return True
    headers = (len(value) for name, value in environ.items() if name.startswith("HTTP_"))
    return sum(headers) > HEADER_BYTES_MAX


def _count_first() -> None:
    asked = cast("BoundedRequest", flask.request)
    if asked.is_oversized:
        raise OversizedError
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    limit = limit_of(app, asked.endpoint)
    asked.json_module = _BoundedJson  # Flask puts the application's own there
    asked.max_content_length, asked.max_form_parts = limit.size_bytes, limit.fields
    if asked.is_json and not limit.json:
        raise UnsupportedMediaType


def init_app(app: Flask) -> None:
    """Count first: before a token, a sign-in or a form is looked at."""
    app.before_request(_count_first)
