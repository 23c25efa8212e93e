"""A demonstration clinic that is furnished once, copied, and served for real."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tracker import config, create_app
from tracker.models import db
from tracker.services.demo import clinic as demo_clinic
from tracker.services.system import database as system_database


@dataclass
class Served:
    """A clinic served by a process of its own, which can be killed like any other."""

    instance: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start `tracker serve` and wait until it answers."""
        command = (
            sys.executable, "-m", "tracker", "serve",
            "--instance", str(self.instance), "--port", str(self.port),
        )  # fmt: skip
        with (self.instance / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{self.url}/healthz") as answer:
                    assert answer.status == 200
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self.instance / "serve.log").read_text())

    def kill(self) -> None:
        """Kill the server as a power cut would, with no time to tidy up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def furnish(instance: Path) -> Path:
    """Set an instance up, with the demonstration's patients."""
    instance.mkdir()
    config.make_keys(instance)
    (instance / config.DEMO_FILE).write_text("demonstration", encoding="utf-8")
    settings = config.read(instance, {})
    settings.mail_folder.mkdir(exist_ok=True)
    system_database.upgrade(settings.database_url, instance)
    app = create_app(settings=settings)
    with app.app_context():
        demo_clinic.furnish(16, progress=lambda things: things)
        db.session.remove()
        db.engine.dispose()
    return instance


def copied(furnished: Path, instance: Path) -> Path:
    """Copy an instance that nobody works in."""
    shutil.copytree(furnished, instance)
    return instance


@contextmanager
def serving(instance: Path) -> Iterator[Served]:
    """Serve a clinic by waitress."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clinic = Served(instance, port)
    clinic.start()
    yield clinic
    clinic.kill()
