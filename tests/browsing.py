"""A test browser that looks at every page it opens as a careful reader would."""

import contextvars
import re
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.people import PASSWORD

VOID = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    )
)


class Page(HTMLParser):
    """A parsed page, with what is wrong with it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text_parts: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.forms: list[dict[str, str | None]] = []
        self.links: list[str] = []
        self.headings: list[str] = []
        self.folded: set[str] = set()  # ids that nobody sees before they open something
        self._open: list[str] = []
        self._folds: list[bool] = []  # of each open <details>, whether it is shut
        self.feed(text)
        self.close()
        if self._open:
            self.faults.append(f"never closed: {self._open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in VOID:
            self._open.append(tag)
        if tag == "details":
            self._folds.append("open" not in values)
        if "id" in values:
            self.ids.append(values["id"] or "")
        if any(self._folds):
            self._look_into_fold(tag, values)
        if "style" in values or any(name.startswith("on") for name in values):
            self.faults.append(f"inline style or script on <{tag}>")
        if tag == "img" and "alt" not in values:
            self.faults.append("an image without alt")
        self._gather(tag, values)

    def _look_into_fold(self, tag: str, values: dict[str, str | None]) -> None:
        if "id" in values:
            self.folded.add(values["id"] or "")
        classes = (values.get("class") or "").split()
        asks = {"faulty", "said", "remark"} & {*classes}
        if asks or values.get("aria-invalid") == "true" or "data-unusual" in values:
            self.faults.append(f"<{tag} {values.get('id')}> asks to be looked at, folded away")

    def _gather(self, tag: str, values: dict[str, str | None]) -> None:
        if tag == "label":
            self.labels.add(values.get("for") or "")
        if tag in {"input", "select", "textarea"}:
            self.fields.append(values | {"tag": tag})
        if tag == "form":
            self.forms.append(values)
        if tag == "a":
            self.links.append(values.get("href") or "")
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if tag == "details" and self._folds:
            self._folds.pop()
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-1:]}")
            if tag in self._open:
                while self._open.pop() != tag:
                    pass
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open[-1:] not in (["script"], ["style"]):
            self.text_parts.append(data)

    @property
    def text(self) -> str:
        """The words of the page, spaces folded."""
        return re.sub(r"\s+", " ", " ".join(self.text_parts)).strip()

    def value(self, name: str) -> str | None:
        """The value of a field by name."""
        return next((f.get("value") for f in self.fields if f.get("name") == name), None)

    def inspect(self) -> list[str]:
        """List what a careful reader would mind."""
        faults = list(self.faults)
        faults += [f"id {i!r} twice" for i in set(self.ids) if self.ids.count(i) > 1]
        if self.headings.count("h1") != 1:
            faults.append(f"{self.headings.count('h1')} main headings")
        for field in self.fields:
            named = field.get("aria-label") or field.get("aria-labelledby")
            shown = field.get("type") not in {"hidden", "submit", "button"}
            if shown and not named and field.get("id") not in self.labels:
                faults.append(f"field {field.get('name')!r} without a label")
        led = {link[1:] for link in self.links if link.startswith("#")}
        faults += [f"a link leads to {i!r}, folded away" for i in sorted(led & self.folded)]
        faults += ["a form without an action or method" for f in self.forms if not f.get("method")]
        return faults


class ApartClient(FlaskClient):
    """A client whose requests know nothing of the test's own application context.

    Flask would share its `g` among them all, and with it who was signed in and which form token
    was found right: one browser would be let in by what another did.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a request as a server does, with nothing around it, and read the whole answer."""
        kwargs.setdefault("buffered", True)
        return contextvars.Context().run(super().open, *args, **kwargs)


class Browser:
    """Opens pages and fails on any that is not in order."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.page = Page("<h1></h1>")
        self.response: TestResponse | None = None

    def __call__(self, email: str, password: str = PASSWORD) -> "Browser":
        """Give a new browser that is signed in as somebody."""
        browser = Browser(self.app)
        browser.open("/sign-in")
        browser.send("/sign-in", {"email": email, "password": password}, expect=302)
        return browser

    def open(self, path: str, *, expect: int = 200) -> Page:
        """Open a page and inspect it."""
        return self._answer(self.client.get(path), expect)

    def send(self, path: str, data: dict[str, object], *, expect: int = 302) -> Page:
        """Send a form, with the token of the page that is open."""
        token = self.page.value("csrf_token") or ""
        return self._answer(self.client.post(path, data={"csrf_token": token, **data}), expect)

    def search(self, path: str, **typed: str) -> Page:
        """Fill in the search form of a page and send it; give the page that it leads to."""
        self.open(path)
        self.send(path, dict(typed), expect=303)
        return self.follow()

    def follow(self) -> Page:
        """Go where the last answer pointed."""
        assert self.response is not None
        return self.open(self.response.headers["Location"])

    def _answer(self, response: TestResponse, expect: int) -> Page:
        self.response = response
        assert response.status_code == expect, (
            response.status_code,
            response.headers.get("Location"),
            response.text[:2000],
        )
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        if response.mimetype == "text/html" and response.status_code not in {302, 303, 308}:
            self.page = Page(response.text)
            assert self.page.inspect() == [], self.page.inspect()
        return self.page
