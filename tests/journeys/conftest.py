"""A demonstration clinic served for real, and Debian's Chromium to walk through it."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tracker import config, create_app
from tracker.models import db
from tracker.services.demo import clinic as demo_clinic
from tracker.services.system import database as system_database

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
PHONE = {"width": 360, "height": 740}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every journey as needing a browser; without one it says so."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            # A module at a time: a worker's journeys share one clinic, and no worker has them all.
            item.add_marker(pytest.mark.xdist_group(f"journeys of {item.path.stem}"))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no chromium on this machine"))


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


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demonstration clinic, served by waitress."""
    instance = tmp_path_factory.mktemp("instance")
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clinic = Served(instance, port)
    clinic.start()
    yield clinic
    clinic.kill()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's chromium, and no word to anybody outside."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], served: Served) -> dict[str, Any]:
    """Every page belongs to the served clinic."""
    return {**browser_context_args, "base_url": served.url}


@pytest.fixture
def noise(page: Page) -> Iterator[list[str]]:
    """What the browser minds on any page, and requests that leave the machine; must stay empty."""
    heard: list[str] = []
    page.on("console", lambda m: heard.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on(
        "request",
        lambda r: (
            None if "127.0.0.1" in r.url or not r.url.startswith("http") else heard.append(r.url)
        ),
    )
    yield heard
    assert heard == []


def sign_in(page: Page, role: str) -> None:
    """Sign in as one of the demonstration's accounts."""
    offer = next(offer for offer in demo_clinic.OFFERS if offer.role == role)
    page.goto("/sign-in")
    page.fill("input[name=email]", offer.email)
    page.fill("input[name=password]", offer.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
