"""A demonstration clinic served for real, and Debian's Chromium to walk through it."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.serving import Served, copied, furnish, serving
from tests.journeys.steps.chair import TABLET, Clinic
from tests.journeys.steps.starting import goto_waits_for_scripts  # noqa: F401  (a fixture)
from tracker.services.demo import clinic as demo_clinic

CHROMIUM = (
    shutil.which("chromium-headless-shell")
    or shutil.which("chromium")
    or shutil.which("google-chrome")
)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    # A page of a journey is gone before code that was made quick for it pays.
    "--js-flags=--no-opt --no-maglev",
)  # fmt: skip
PHONE = {"width": 360, "height": 740}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every journey as needing a browser; without one it says so."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no chromium on this machine"))


@pytest.fixture(scope="session")
def furnished(memory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with the demonstration clinic, to be copied: one worker makes it for all."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return furnish(memory / "furnished")
    shared = tmp_path_factory.getbasetemp().parent / "furnished"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            # Moved in as a whole: a worker that fails half-way leaves the next one to begin anew.
            half = copied(furnish(memory / "furnished"), shared.with_suffix(".half"))
            half.rename(shared)
    return shared


@pytest.fixture(scope="session")
def served(furnished: Path, memory: Path) -> Iterator[Served]:
    """The demonstration clinic that the journeys share, and change."""
    with serving(copied(furnished, memory / "served")) as clinic:
        yield clinic


@pytest.fixture(scope="session")
def clinic(served: Served) -> Clinic:
    """The served clinic's database."""
    return Clinic(served)


@pytest.fixture
def tablet(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    """A tablet that lies on its side at the chair."""
    context = browser.new_context(base_url=served.url, viewport=TABLET, has_touch=True)
    yield context
    context.close()


@pytest.fixture
def at_chair(tablet: BrowserContext, enter: Callable[[Page, str], None]) -> Page:
    """A page on the tablet, with the clinician in."""
    page = tablet.new_page()
    enter(page, "clinician")
    return page


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's chromium, and no word to anybody outside."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], served: Served) -> dict[str, Any]:
    """Every page belongs to the served clinic."""
    return {**browser_context_args, "base_url": served.url}


def listen(page: Page) -> list[str]:
    """Gather what the browser minds on a page, and requests that leave the machine."""
    heard: list[str] = []
    page.on("console", lambda m: heard.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on(
        "request",
        lambda r: (
            None if "127.0.0.1" in r.url or not r.url.startswith("http") else heard.append(r.url)
        ),
    )
    return heard


@pytest.fixture
def noise(page: Page) -> Iterator[list[str]]:
    """What the browser minds on any page; must stay empty."""
    heard = listen(page)
    yield heard
    assert heard == []


@pytest.fixture(scope="session")
def enter(served: Served) -> Callable[[Page, str], None]:
    """Let a browser into the shared clinic with its role's one sign-in, and show no page yet."""
    known: dict[str, list[Any]] = {}

    def let_in(page: Page, role: str) -> None:
        if role in known:
            page.context.add_cookies(known[role])
            # Whoever signed out, or was away for long, is not let in by an old cookie.
            if page.request.get("/account/", max_redirects=0).status == HTTPStatus.OK:
                return
            page.context.clear_cookies()
        sign_in(page, role)
        known[role] = page.context.cookies()

    return let_in


def sign_in(page: Page, role: str) -> None:
    """Sign in as one of the demonstration's accounts."""
    offer = next(offer for offer in demo_clinic.OFFERS if offer.role == role)
    page.goto("/sign-in")
    page.fill("input[name=email]", offer.email)
    page.fill("input[name=password]", offer.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
