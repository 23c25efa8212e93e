"""Thirty-two people whose requests never come whole: everybody else is answered within 2 seconds.

Each sends the head of a form and a part of its body, and waits. `tracker serve` reads bodies before
a thread has to do with them; gunicorn has threads for them, and ends them after 20 seconds. A proxy
in front, as `tracker deploy` prints it, takes them whole before either sees them.
python -m tests.reliability.slow_clients --help
"""

import argparse
import socket
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability import reports
from tests.reliability.serving import DATABASES, Writer, clinic
from tracker.request_limits import BODY_SECONDS_MAX

OTHERS_WITHIN_SECONDS = 2.0
SLOW = 32


@dataclass
class Outcome:
    """What came of it: how long others waited, and how many of the slow were let go in time."""

    kind: str
    slow: int
    waits: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    ended: int = 0
    ended_within_s: float = 0.0

    def __str__(self) -> str:
        """Say it in a line."""
        waits = sorted(self.waits)
        return (
            f"{self.kind}: {self.slow} half-sent; others answered after "
            f"{waits[len(waits) // 2]:.2f} s (median), {waits[-1]:.2f} s (slowest) of "
            f"{len(waits)}; {self.ended} of the slow ended within {self.ended_within_s:.0f} s"
        )

    @property
    def faults(self) -> list[str]:
        """Say what does not hold."""
        found = self.wrong[:10]
        if max(self.waits) > OTHERS_WITHIN_SECONDS:
            found.append(f"others waited {max(self.waits):.1f} s")
        if self.ended < self.slow:
            found.append(f"{self.slow - self.ended} of the slow were never let go")
        return found


def send_half(port: int, path: str) -> socket.socket:
    """Send the head of a form and a part of its body."""
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2000\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=half"
    )
    client.sendall(head.encode())
    return client


def wait_for_answer(port: int, path: str) -> float:
    """Ask for a page, and tell how many seconds it took."""
    began = time.monotonic()
    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30).close()
    return time.monotonic() - began


def measure(kind: str, *, slow: int = SLOW, asked: int = 20) -> Outcome:
    """Let the slow hold one kind of server, and ask it for pages and saves meanwhile."""
    outcome = Outcome(kind, slow)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        server = stack.enter_context(clinic(kind, Path(name), desks=1, sessions=10))
        server.start()
        writer = Writer(server, 0)
        writer.sign_on()
        clients = [
            stack.enter_context(closing(send_half(server.port, "/sign-in"))) for _ in range(slow)
        ]
        time.sleep(0.5)
        for _ in range(asked):
            _ask(writer, outcome)
        _see_them_end(clients, outcome)
    return outcome


def _ask(writer: Writer, outcome: Outcome) -> None:
    page = writer.ask("GET", "/today/")
    save = writer.next_save()
    saved = writer.send(save)
    outcome.waits += [page.seconds, saved.seconds]
    if page.status != 200 or not writer.is_saved(save, saved):
        outcome.wrong.append(f"{page.status} {saved.status} {saved.text[:200]}")


def _see_them_end(clients: list[socket.socket], outcome: Outcome) -> None:
    """Wait, a little longer than a body may take, until each has an answer or is closed."""
    began = time.monotonic()
    last = began + BODY_SECONDS_MAX + 15
    for client in clients:
        client.settimeout(max(last - time.monotonic(), 0.1))
        try:
            client.recv(65536)
            outcome.ended += 1
        except TimeoutError:
            continue
        except OSError:
            outcome.ended += 1
    outcome.ended_within_s = time.monotonic() - began


def main() -> int:
    """Measure the servers that are asked for, and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--slow", type=int, default=SLOW, help="how many never finish (32)")
    parser.add_argument("--server", choices=DATABASES, action="append", help="one alone")
    asked = parser.parse_args()
    outcomes = (measure(kind, slow=asked.slow) for kind in asked.server or DATABASES)
    return reports.tell((str(outcome), outcome.faults) for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
