"""What tests of signing in do again and again."""

import re
from pathlib import Path

from tests.browsing import Browser
from tests.people import ANNA, PASSWORD

NEW = "eight patient herons wade south"


def try_to_sign_in(browser: Browser, email: str = ANNA, password: str = PASSWORD, *, expect: int):
    browser.open("/sign-in")
    return browser.send("/sign-in", {"email": email, "password": password}, expect=expect)


def copy_of(browser: Browser) -> Browser:
    """Another browser that holds a copy of the cookie."""
    other = Browser(browser.app)
    other.client.set_cookie("tracker", browser.client.get_cookie("tracker").value)
    return other


def is_in(browser: Browser) -> bool:
    """Whether pages of ours and of Flask-Security both take the browser for signed in."""
    ours = browser.client.get("/account/").status_code
    theirs = browser.client.get("/password/change").status_code
    assert ours == theirs
    return ours == 200


def reset_link(mail_folder: Path) -> str:
    """The path of the link in the latest mail."""
    latest = max(mail_folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    text = latest.read_text().replace("=\n", "").replace("=3D", "=")
    return re.search(r"http://localhost(/\S+)", text).group(1)


def ask_for_link(browser: Browser, email: str) -> str:
    browser.open("/password/forgotten")
    return browser.send("/password/forgotten", {"email": email}, expect=200).text
