"""What is loaded by a start and by the first pages: both must be quick and small."""

import os
import subprocess
import sys

import pytest

from tests.browsing import Browser
from tests.databases import ENVIRON
from tests.people import ANNA
from tests.rules.checkout import ROOT
from tracker.config import Settings

DRAWING = ("matplotlib", "numpy", "scipy", "statsmodels", "fpdf", "fhir", "PIL", "fontTools")
SERVING = ("flask", "sqlalchemy", "alembic", "werkzeug", "waitress")
# What some page or command needs, and no first page: seconds and MiB that everybody would pay for.
SELDOM = (
    "OpenSSL", "alembic", "cbor2", "cryptography.hazmat.primitives.asymmetric",
    "cryptography.hazmat.primitives.serialization", "cryptography.x509", "markdown",
    "nh3", "psycopg", "pydoc", "qrcode", "tracker.charts", "tracker.cli",
    "tracker.exchange", "tracker.instruments.shelf", "unittest", "waitress", "webauthn.helpers",
    "xml.etree", "zxcvbn",
)  # fmt: skip
# 666 and 259 when they were set; 390 of ours before the last five, each small: the banner of every
# page reads allergies and medicines, who enters a patient or a dose may name a second one; whoever
# signs in is looked up by mailbox or by name, and asked whether their recovery codes are kept; a
# check-in that closes takes over what was answered, and old numbers of merged records are followed;
# patients write by themselves, which Today and their own pages tell; a start asks if it is safe;
# each save seals its rows, and what is refused says whose it was; requests are counted before they
# are read, every save asks for room on the disk, and lines of looks may wait; what an address tried
# is counted for all servers, and the address of a database is looked at before it is asked.
# Tries are counted by place as well, and a browser is known again; a form says
# once what it is. Two more are the addresses of
# passkeys; what is behind them, and the library for it, is loaded by the first passkey. Files
# and pictures have a limit for each person.
OTHERS_MAX, OURS_MAX = 700, 440

LOADED = """
import sys
__import__(sys.argv[1])
print(*sys.modules)
"""
FIRST_PAGES = """
import sys
from tracker import create_app
client = create_app().test_client()
assert client.get("/sign-in", buffered=True).status_code == 200
client.set_cookie("tracker", sys.argv[1])
assert client.get("/today/", buffered=True).status_code == 200
print(*sys.modules)
"""


def loaded(script: str, *arguments: str, **environ: str) -> set[str]:
    """Run a script in a process of its own and list what it loaded."""
    answer = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | environ,
    )
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.split())


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("tracker", (*SERVING, *DRAWING, "click")),
        ("tracker.domain", (*SERVING, *DRAWING, "click")),
        ("tracker.cli", (*SERVING, *DRAWING)),
        ("tracker.app", (*DRAWING, "tomllib", "tracker.instruments.shelf")),
    ],
)
def test_a_start_loads_nothing_heavy(module: str, heavy: tuple[str, ...]) -> None:
    found = loaded(LOADED, module) & set(heavy)
    assert not found, f"Import these inside the functions that need them, not on top: {found}"


def test_the_first_pages_load_nothing_heavy_and_not_much(
    browse: Browser, settings: Settings
) -> None:
    browser = browse(ANNA)
    browser.open("/account/")
    environ = ENVIRON | {
        "TRACKER_INSTANCE": str(settings.instance),
        "TRACKER_DATABASE_URL": settings.database_url,
    }
    modules = loaded(FIRST_PAGES, browser.client.get_cookie("tracker").value, **environ)
    assert "tracker.web.today.routes" in modules
    found = modules & {*DRAWING, *SELDOM}
    assert not found, f"Import these inside the functions that need them, not on top: {found}"
    ours = sum(name.split(".")[0] == "tracker" for name in modules)
    assert ours <= OURS_MAX, ours
    assert len(modules) - ours <= OTHERS_MAX, len(modules) - ours
