"""The ways to lose what was typed that meet one form at a time, each as it happens in a browser."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.journeys.serving import Served
from tests.people import PASSWORD
from tests.reliability.typed_text.places import Clinic, Place

WIDE = {"width": 1280, "height": 900}
WAIT_MS = 30_000
# Finds the form that has a field, and types into fields as if keys were pressed.
TYPE = """([names, more]) => {
  const form = [...document.querySelectorAll("main form")].find((one) => one.elements[names[0]]);
  if (!form) return null;
  const typed = {};
  names.forEach((name, index) => {
    let field = form.elements[name];
    if (field instanceof RadioNodeList) field = field[0];
    if (!field || field.disabled || !("value" in field)) return;
    const lines = field instanceof HTMLTextAreaElement ? "\\nand a second line" : "";
    const most = field.maxLength > 0 ? field.maxLength : 9000;
    const text = (more ? field.value + more : `Thistledown ${index} née${lines}`).slice(0, most);
    const proto = lines ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
    Object.getOwnPropertyDescriptor(proto, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    typed[name] = text;
  });
  return typed;
}"""
READ = """(names) => Object.fromEntries(names.map((name) => {
  for (const form of document.querySelectorAll("main form")) {
    let field = form.elements[name];
    if (field instanceof RadioNodeList) field = field[0];
    if (field && "value" in field) return [name, field.value];
  }
  return [name, ""];
}))"""
SAVED = """(name) => {
  const form = [...document.querySelectorAll("main form")].find((one) => one.elements[name]);
  return Boolean(form?.dataset.draftUrl) && !form.hasAttribute("data-unsaved");
}"""
SUBMIT = """(name) => {
  const form = [...document.querySelectorAll("main form")].find((one) => one.elements[name]);
  form.noValidate = true;
  form.requestSubmit(
    form.querySelector("button[type=submit]:not([name]), button:not([type]):not([name])"));
}"""

UNLIMITED = """() => document.querySelectorAll("main [maxlength]").forEach(
  (one) => one.removeAttribute("maxlength"))"""

Typed = dict[str, str]


def lost(typed: Typed, found: Typed) -> int:
    """Count the characters that are gone."""
    return sum(len(text) - len(_common(text, found.get(name, ""))) for name, text in typed.items())


def _common(text: str, other: str) -> str:
    if text == other:
        return text
    same = 0
    for one, two in zip(text, other, strict=False):
        if one != two:
            break
        same += 1
    return text[:same]


class Desk:
    """A browser, a clinic, and who sits there."""

    def __init__(self, browser: Browser, clinic: Clinic, served: Served) -> None:
        self.browser, self.clinic, self.served = browser, clinic, served
        self.contexts: dict[str, BrowserContext] = {}
        self.taken: list[str] = []

    def context(self, who: str) -> BrowserContext:
        """Give the browser of somebody, signed in."""
        if who not in self.contexts:
            made = self.browser.new_context(base_url=self.served.url, viewport=WIDE)
            made.set_default_timeout(WAIT_MS)
            self.contexts[who] = made
            page = made.new_page()
            page.goto("/sign-in")
            sign_in(page, who)
            page.close()
        return self.contexts[who]

    def leave(self) -> None:
        """Close every browser: the next one signs in anew."""
        for made in self.contexts.values():
            made.close()
        self.contexts.clear()

    def open(self, place: Place) -> Page:
        """Open a form once its scripts have started."""
        page = self.context(place.who).new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        go(page, place.path)
        return page


def sign_in(page: Page, who: str) -> None:
    """Sign in on the page that asks."""
    page.fill("input[name=email]", who)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    started(page)


def go(page: Page, path: str) -> None:
    """Go to a page and wait for its scripts."""
    page.goto(path)
    started(page)


def started(page: Page) -> None:
    """Wait until the scripts of a page have started."""
    with suppress(Error):
        page.locator("html[data-started]").wait_for(state="attached", timeout=4_000)


def write(page: Page, place: Place, more: str = "", *, keep: bool = True) -> Typed:
    """Type into every field for free text, and wait until it is on the server."""
    typed: Typed | None = page.evaluate(TYPE, [list(place.names), more])
    if typed is None:
        raise LookupError("no form")
    if keep:
        page.evaluate("window.dispatchEvent(new Event('online'))")  # now, not in five seconds
        with suppress(Error):
            page.wait_for_function(SAVED, arg=place.names[0], timeout=3_000)
    return typed


def read(page: Page, place: Place) -> Typed:
    """Read what stands in the fields."""
    found: Typed = page.evaluate(READ, list(place.names))
    return found


def reopened(desk: Desk, place: Place) -> Typed:
    """Open the page anew and read what stands there."""
    page = desk.open(place)
    found = read(page, place)
    page.close()
    return found


def expiry(desk: Desk, place: Place) -> int:
    """Let the sign-in end before the form is sent; sign in again."""
    page = desk.open(place)
    typed = write(page, place)
    typed |= write(page, place, ", more", keep=False)
    desk.clinic.end_sign_ins(place.who)
    patience = 2_000 if place.endpoint.startswith("diary.") else 30_000  # sent by its script
    with suppress(Error), page.expect_navigation(timeout=patience):
        page.evaluate(SUBMIT, place.names[0])
    if "/sign-in" not in page.url:  # its script sent it, and keeps it until somebody signs in
        go(page, "/sign-in")
    sign_in(page, place.who)
    page.wait_for_timeout(300)
    gone = lost(typed, reopened(desk, place))
    gone = 0 if gone and desk.clinic.has_entry(typed) else gone
    page.close()
    return gone


def elsewhere(desk: Desk, place: Place) -> int:
    """Sign out in another tab, and in again."""
    page = desk.open(place)
    typed = write(page, place)
    other = desk.context(place.who).new_page()
    go(other, "/account/")
    with other.expect_navigation():
        other.evaluate("document.querySelector('form[action*=sign-out]').submit()")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    go(other, "/sign-in")
    sign_in(other, place.who)
    page.close()
    other.close()
    return lost(typed, reopened(desk, place))


def network(desk: Desk, place: Place) -> int:
    """Type on without a connection; it comes back, and the tab is gone."""
    page = desk.open(place)
    typed = write(page, place)
    desk.context(place.who).set_offline(True)
    typed |= write(page, place, ", more", keep=False)
    page.evaluate("window.dispatchEvent(new Event('online'))")  # tried, and not kept
    page.wait_for_timeout(150)
    desk.context(place.who).set_offline(False)
    with suppress(Error):
        page.wait_for_function(SAVED, arg=place.names[0], timeout=5_000)
    page.close(run_before_unload=False)
    return lost(typed, reopened(desk, place))


def error(desk: Desk, place: Place) -> int:
    """Send what cannot be taken; what was taken is not lost."""
    page = desk.open(place)
    page.evaluate(UNLIMITED)
    typed = write(page, place)
    typed |= write(page, place, " and so on" * 400)  # longer than most may be
    with page.expect_navigation() as went:
        page.evaluate(SUBMIT, place.names[0])
    started(page)
    if went.value is None or went.value.status in {200, 303} or desk.clinic.has_entry(typed):
        desk.taken.append(place.words)
        page.close()
        return 0
    gone = lost(typed, read(page, place))
    page.close()
    return gone


def back(desk: Desk, place: Place) -> int:
    """Go to another page and back."""
    page = desk.open(place)
    typed = write(page, place)
    go(page, "/guide/")
    page.go_back()
    started(page)
    gone = lost(typed, read(page, place))
    page.close()
    return gone


def reload(desk: Desk, place: Place) -> int:
    """Load the page anew."""
    page = desk.open(place)
    typed = write(page, place)
    page.reload()
    started(page)
    gone = lost(typed, read(page, place))
    page.close()
    return gone


def crash(desk: Desk, place: Place) -> int:
    """Let the tab crash."""
    page = desk.open(place)
    typed = write(page, place)
    with suppress(Error):
        page.goto("chrome://crash", timeout=2_000)
    with suppress(Error):
        page.close()
    return lost(typed, reopened(desk, place))


def type_and_leave(desk: Desk, place: Place) -> Typed:
    """Type, and close the tab once it is on the server."""
    page = desk.open(place)
    typed = write(page, place)
    page.close()
    return typed


WAYS: Mapping[str, Callable[[Desk, Place], int]] = {
    "reload": reload,
    "back": back,
    "crash of the tab": crash,
    "connection lost": network,
    "signed out elsewhere": elsewhere,
    "sign-in ended": expiry,
    "error": error,  # the last: some of it is taken, and then its page is another
}
