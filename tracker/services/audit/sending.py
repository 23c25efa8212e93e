"""Send the lines of the trail elsewhere as they are written, for others to watch and to keep.

What leaves is what an administrator may read who reads no record: numbers in place of names, and
nothing that was found (OWASP ASVS 5.0, 16.4.3). Whoever receives the lines sees by their numbers
and seals whether one is missing. The clinic waits for none of it: what cannot be sent waits.
"""

import fcntl
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.exc import SQLAlchemyError

from tracker.config import Settings
from tracker.domain.audit import for_administrators
from tracker.models import schema
from tracker.models.audit import AuditEvent

POSITION = "trail-sent"  # in the instance: the number of the last line that was sent
AT_ONCE = 500
PATIENCE_SECONDS = 5.0
GATHER_SECONDS = 0.2
AGAIN_SECONDS = 30.0  # after a failure, before the next try
PORT = 6514  # syslog over TLS (RFC 5425)
_PRIORITY = 13 * 8 + 6  # log audit, informational (RFC 5424, 6.2.1)
_COLUMNS = (
    AuditEvent.sequence, AuditEvent.at, AuditEvent.clinic_id, AuditEvent.user_id, AuditEvent.roles,
    AuditEvent.address, AuditEvent.action, AuditEvent.patient_id, AuditEvent.subject,
    AuditEvent.detail, AuditEvent.seal,
)  # fmt: skip


class Standing(Struct, frozen=True):
    """How far the lines were sent, of how many, and when last."""

    sent: int
    newest: int
    at: float | None


def write_line(row: Any) -> str:
    """Write a line as it is sent: JSON of what tells who did what to which number."""
    action = for_administrators.code_of(row.action)
    hidden = row.action in for_administrators.LEFT_OUT
    shown = for_administrators.is_detail_shown(row.action, of_patient=row.patient_id is not None)
    named = for_administrators.is_subject_shown(row.action)
    made = {
        "line": row.sequence,
        "at": row.at.isoformat(timespec="microseconds"),
        "clinic": row.clinic_id,
        "user": row.user_id,
        "roles": row.roles,
        "address": row.address,
        "action": "record.changed" if hidden else action,
        "patient": row.patient_id,
        "subject": row.subject if named and not hidden else "",
        "detail": row.detail if shown and not hidden else "",
        "seal": row.seal,
    }
    return json.dumps(made, ensure_ascii=True, separators=(",", ":"))


def send(settings: Settings) -> int:
    """Send every line that was not sent yet, in order; say how many. OSError where that fails.

    Of several processes one sends, and the others leave it to that one.
    """
    count = 0
    engine = schema.open_engine(settings.database_url)
    try:
        with engine.connect() as opened, _position(settings.instance) as file:
            while file is not None and (rows := _after(opened, _read(file))):
                _hand_over(settings, [write_line(row) for row in rows])
                _write(file, rows[-1].sequence)
                count += len(rows)
    finally:
        engine.dispose()
    return count


def standing(settings: Settings) -> Standing:
    """Say how far the lines were sent."""
    path = settings.instance / POSITION
    engine = schema.open_engine(settings.database_url)
    try:
        with engine.connect() as opened:
            newest = opened.scalar(select(func.max(AuditEvent.sequence))) or 0
    finally:
        engine.dispose()
    if not path.exists():
        return Standing(0, newest, None)
    return Standing(int(path.read_bytes() or b"0"), newest, path.stat().st_mtime)


def follow(engine: Engine, settings: Settings) -> None:
    """Send after whatever an application stores, by a thread of its own."""
    sender = _Sender(settings)
    event.listen(engine, "commit", lambda _: sender.nudge())


class _Sender:
    """A thread that sends when it is told that something was stored."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._told = settings, threading.Event()
        self._process = 0

    def nudge(self) -> None:
        """Say that there may be a line; the thread begins with the first, after any fork."""
        if self._process != os.getpid():
            self._process = os.getpid()
            threading.Thread(target=self._run, name="trail", daemon=True).start()
        self._told.set()

    def _run(self) -> None:
        while True:
            self._told.wait()
            time.sleep(GATHER_SECONDS)
            self._told.clear()
            with suppress(BlockingIOError):
                try:
                    send(self._settings)
                except (OSError, SQLAlchemyError):
                    time.sleep(AGAIN_SECONDS)
                    self._told.set()


def _after(connection: Connection, sequence: int) -> list[Any]:
    query = select(*_COLUMNS).where(AuditEvent.sequence > sequence)
    return list(connection.execute(query.order_by(AuditEvent.sequence).limit(AT_ONCE)).all())


@contextmanager
def _position(instance: Path) -> Iterator[int | None]:
    """Open what says how far the lines were sent; None where another process is at it."""
    file = os.open(instance / POSITION, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file
    finally:
        os.close(file)


def _read(file: int) -> int:
    digits = os.pread(file, 20, 0).strip()
    return int(digits) if digits.isdigit() else 0


def _write(file: int, sequence: int) -> None:
    os.pwrite(file, f"{sequence:<20}".encode(), 0)


def _hand_over(settings: Settings, lines: Iterable[str]) -> None:
    place = urlsplit(settings.trail_to)
    if place.scheme == "file":
        _append(Path(unquote(place.path)), lines)
        return
    host, query = place.hostname or "", parse_qs(place.query)
    context = ssl.create_default_context(cafile=query.get("ca", [None])[0])
    named = urlsplit(settings.address).hostname or "-"
    frames = b"".join(_frame(line, named) for line in lines)
    with (
        socket.create_connection((host, place.port or PORT), PATIENCE_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as wrapped,
    ):
        wrapped.sendall(frames)


def _append(path: Path, lines: Iterable[str]) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(file, "".join(f"{line}\n" for line in lines).encode())
        os.fsync(file)
    finally:
        os.close(file)


def _frame(line: str, host: str) -> bytes:
    """Write a line as a message of syslog, with its length before it (RFC 5425, 4.3)."""
    at = json.loads(line)["at"]
    message = f"<{_PRIORITY}>1 {at} {host} tracker - audit - {line}".encode()
    return b"%d %s" % (len(message), message)
