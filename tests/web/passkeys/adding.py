"""What the tests of passkeys do again and again."""

from msgspec import structs

from tests.browsing import Browser
from tests.builders.authenticator import SoftPasskey, asked
from tests.people import Cast
from tracker.domain.access import Actor
from tracker.services.audit import queries as audit_queries
from tracker.services.clinic import clinics

NEW = "/account/passkeys/new"
SECOND, ALONE, SET_UP = "/second-step/passkey", "/sign-in/passkey", "/second-step/passkey/set-up"


def add(browser: Browser, key: SoftPasskey | None = None, name: str = "My phone") -> SoftPasskey:
    """Add a passkey in a browser that is signed in."""
    key = key or SoftPasskey()
    browser.open(NEW)
    answer = key.make(asked(browser.response.text))
    browser.send(NEW, {"name": name, "credential": answer}, expect=303)
    return key


def use(browser: Browser, key: SoftPasskey, path: str = SECOND, *, expect: int = 303) -> None:
    """Open a page that asks for a passkey, and answer it."""
    browser.open(path)
    browser.send(path, {"credential": key.use(asked(browser.response.text))}, expect=expect)


def allow_alone(cast: Cast, *, by: Actor | None = None, allow: bool = True) -> None:
    """Let people of a clinic sign in with a passkey alone."""
    by = by or cast.adam
    draft, version = clinics.draft(by=by)
    changed = structs.replace(draft, passkeys_alone=allow, country="US", emergency_number="911")
    clinics.change_settings(changed, version=version, by=by)


def trail(cast: Cast) -> list[str]:
    """What the trail says was done, the newest first, with its detail."""
    lines = audit_queries.read(by=cast.adam).lines
    return [f"{line.action} {line.detail}".strip() for line in lines]
