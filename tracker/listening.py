"""How `tracker serve` listens: waitress, with an end to requests that are drawn out."""

import time
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask
from waitress.utilities import Error, RequestEntityTooLarge

from tracker.request_limits import BODY_SECONDS_MAX, HEADER_BYTES_MAX, MIB

# Above the largest that a route takes, so that its own page can say so.
BODY_BYTES_MAX = 9 * MIB
CONNECTIONS_MAX = 500
# Larger bodies go to files, which together may take so much of the disk.
KEPT_IN_MEMORY_BYTES = 512 * 1024
FILES_BYTES_MAX = 128 * MIB
# A request that came whole waits as long as it must for its answer; a connection may idle so long.
IDLE_SECONDS_MAX = 60
LOOK_EVERY_SECONDS = 5
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<h1>{title}</h1><p>{words}</p></html>\n"
)
_LARGE = (
    "This is too large",
    f"What was sent is larger than {BODY_BYTES_MAX // MIB} MB, so nothing was saved. Go back, and "
    "send a smaller file, or split it in parts.",
)
_UNREADABLE = ("This request could not be read", "Nothing was saved. Go back and try again.")
_BROKEN = (
    "Not saved",
    "The server has no room just now for what was sent, or failed. Nothing was saved. Go back: "
    "what you typed is kept there. Try again later, and tell an administrator.",
)


class _NoRoomError(Error):  # type: ignore[misc]
    """A body that its file has no room for."""

    code = 507
    reason = "Insufficient Storage"


class _BusyError(Error):  # type: ignore[misc]
    """Too many large bodies are on their way."""

    code = 503
    reason = "Service Unavailable"


class _Request(HTTPRequestParser):  # type: ignore[misc]
    """A request that knows since when it is on its way."""

    def __init__(self, adjustments: Any) -> None:
        super().__init__(adjustments)
        self.began = time.monotonic()


class _Refusal(ErrorTask):  # type: ignore[misc]
    """A refusal of the server itself, in words."""

    def execute(self) -> None:
        error = self.request.error
        words = _UNREADABLE if error.code < 500 else _BROKEN
        if isinstance(error, RequestEntityTooLarge):
            words = _LARGE
        body = _PAGE.format(title=words[0], words=words[1]).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests are whole within BODY_SECONDS_MAX, or it is closed."""

    parser_class = _Request
    error_task_class = _Refusal
    request: _Request | None

    def received(self, data: bytes) -> bool:
        """Take some more of a request; where its file has no room, say so and close."""
        try:
            taken = bool(super().received(data))
        except OSError:
            self.logger.warning("no room for what was sent")
            self._refuse(_NoRoomError(""))
            return False
        if self.body_bytes > KEPT_IN_MEMORY_BYTES and self._is_too_much():
            self._refuse(_BusyError(""))
        return taken

    @property
    def body_bytes(self) -> int:
        """How large the body is that is on its way, as far as it is known."""
        asked = self.request
        return max(asked.content_length, asked.body_bytes_received) if asked else 0

    def _is_too_much(self) -> bool:
        under_way = sum(channel.body_bytes for channel in self.server.active_channels.values())
        return bool(under_way > FILES_BYTES_MAX)

    def _refuse(self, error: Error) -> None:
        asked = self.request or _Request(self.adj)
        asked.error, asked.completed = error, True
        with self.requests_lock:
            self.request = None
            self.requests.append(asked)
            if len(self.requests) == 1:
                self.server.add_task(self)

    def is_drawn_out(self, now: float) -> bool:
        """Say whether a request is on its way for too long."""
        return self.request is not None and now - self.request.began > BODY_SECONDS_MAX


def listen(app: Any, **settings: Any) -> BaseWSGIServer:
    """Make the server; OSError where it cannot listen."""
    server = create_server(
        app,
        ident=None,
        max_request_body_size=BODY_BYTES_MAX,
        **{"inbuf_overflow": KEPT_IN_MEMORY_BYTES} | settings,
        max_request_header_size=HEADER_BYTES_MAX + 8 * 1024,  # so that our own page can say so
        connection_limit=CONNECTIONS_MAX,
        channel_timeout=IDLE_SECONDS_MAX,
        cleanup_interval=LOOK_EVERY_SECONDS,
        asyncore_use_poll=True,  # select() ends at 1,024 open files
    )
    for one in _sockets(server):
        one.channel_class = _Channel
        one.maintenance = _closing(one, one.maintenance)
    return server


def _sockets(server: Any) -> list[BaseWSGIServer]:
    """List what listens: one a family of addresses."""
    if isinstance(server, BaseWSGIServer):
        return [server]
    return [one for one in server.map.values() if isinstance(one, BaseWSGIServer)]


def _closing(server: BaseWSGIServer, look: Any) -> Any:
    def maintenance(now: float) -> None:
        look(now)
        at = time.monotonic()
        for channel in list(server.active_channels.values()):
            if channel.is_drawn_out(at):
                channel.will_close = True

    return maintenance
