"""The forms of a page with their fields, and what kind of thing each field takes."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

DAYS, TIMES = {"day-first", "month-first"}, {"24-hour", "12-hour"}
NOT_SENT = {"submit", "button", "image", "reset"}
OWN = {"csrf_token", "once"}  # what a page makes anew, and nobody types


@dataclass
class Field:
    """One field: what it takes, and how long that may be where it says so."""

    name: str
    kind: str
    limit: int | None = None


@dataclass
class Form:
    """A form as it stands on a page."""

    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    sent: dict[str, list[str]] = field(default_factory=dict)
    has_file: bool = False


def kind_of(tag: str, told: dict[str, str | None]) -> str:
    """Say what a field takes."""
    typed, name = told.get("data-typed") or "", told.get("name") or ""
    if tag == "select" or told.get("type") in {"radio", "checkbox"}:
        return "choice"
    if told.get("type") == "hidden":
        return "hidden"
    if typed in DAYS or told.get("type") == "date" or name.endswith("birth_date"):
        return "day"
    if typed in TIMES or told.get("type") == "time":
        return "time"
    if told.get("inputmode") in {"decimal", "numeric"} or told.get("type") in {"number", "range"}:
        return "number"
    return "text"


class Reader(HTMLParser):
    """Reads the forms of a page; what a browser would send stands in `sent`."""

    def __init__(self, page: str, here: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.shown: dict[str, list[str]] = {}
        self._here, self._form = here, None
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        """Take a form or a field of it."""
        told = dict(attrs)
        if tag == "form":
            way = (told.get("method") or "get").upper()
            self._form = Form(told.get("action") or self._here, way)
            self.forms.append(self._form)
        elif tag == "option" and self._select and self._form:
            # A browser sends the first where none is chosen.
            if "selected" in told or self._select not in self._form.sent:
                self._form.sent[self._select] = [told.get("value") or ""]
        elif tag in {"input", "select", "textarea"} and self._form is not None:
            self._take(tag, told)

    def _take(self, tag: str, told: dict[str, str | None]) -> None:
        name, form = told.get("name") or "", self._form
        if told.get("type") == "file":
            form.has_file = True
        if (
            not name
            or "__row__" in name
            or "disabled" in told
            or told.get("type") in NOT_SENT | {"file"}
        ):
            return
        limit = told.get("maxlength")
        if name not in OWN:
            one = Field(name, kind_of(tag, told), int(limit) if limit else None)
            form.fields.setdefault(name, one)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            form.sent[name] = [""]
        elif told.get("type") not in {"radio", "checkbox"} or "checked" in told:
            form.sent.setdefault(name, []).append(told.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        """Leave a field or the form."""
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
        elif tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        """Take the text of a field of many lines."""
        if self._area and self._form is not None:
            first = not self._form.sent[self._area][0]
            self._form.sent[self._area][0] += data.removeprefix("\n") if first else data
