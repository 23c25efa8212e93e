"""Server processes that are measured: plain Flask, and the tracker by waitress or gunicorn.

Each is asked over one connection, by the same client, so that what asking costs is on every side.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ("waitress", "gunicorn")
PATIENCE_SECONDS = 120


class Server:
    """A server process that listens on a port of its own."""

    def __init__(self, *command: str, facts: dict[str, Any] | None = None) -> None:
        """Start a Python module with arguments, `PORT` standing for the port, and wait for it."""
        self.facts = facts or {}
        self.tag = ""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        words = [word.replace("PORT", str(port)) for word in command]
        self.process = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT)
        self.connection = HTTPConnection("127.0.0.1", port, timeout=600)
        self._wait()

    def _wait(self) -> None:
        last = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None and time.monotonic() < last:
            try:
                return self.connection.connect()
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise AssertionError("The server did not start; what it wrote stands above.")

    def get(self, path: str, expect: int = 200, **headers: str) -> bytes:
        """Ask for a page, as the clinician where one is signed in."""
        known = {"Cookie": self.facts.get("cookie", "")}
        self.connection.request("GET", path, headers={**known, **headers})
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status == expect, (path, answer.status)
        self.tag = answer.headers.get("ETag", "")
        return content

    def measure(self) -> dict[str, float]:
        """Ask the process for its CPU seconds and its memory in MiB."""
        return json.loads(self.get("/bare/measure"))  # type: ignore[no-any-return]

    def cpu_of(self, ask: Callable[[], object], times: int) -> float:
        """Measure the server's CPU seconds for one request."""
        before = self.measure()["cpu_s"]
        for _ in range(times):
            ask()
        return (self.measure()["cpu_s"] - before) / times

    def stop(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def bare() -> Server:
    """Serve plain Flask."""
    return Server("tests.benchmarks._bare", "PORT")


def furnish(folder: Path) -> None:
    """Make an instance with a treated patient, and a clinician and the patient signed in."""
    command = [sys.executable, "-m", "tests.benchmarks._furnished", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)


def tracker(folder: Path, kind: str = "waitress") -> Server:
    """Serve a furnished instance by one of `SERVERS`, in one process."""
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    command = {
        "waitress": ["tests.benchmarks._served", str(folder), "PORT"],
        "gunicorn": ["gunicorn", f"tests.benchmarks._served:measurable({str(folder)!r})",
                     "--threads", "4", "--bind", "127.0.0.1:PORT", "--log-level", "warning"],
    }[kind]  # fmt: skip
    return Server(*command, facts=facts)
