"""Send what nobody should to every field of every form of every role."""

import html
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule

from tests.people import ADAM, ANNA, BEN
from tests.reliability.bad_input import cases
from tests.reliability.bad_input.bench import Bench
from tests.reliability.bad_input.cases import Case
from tests.reliability.bad_input.fields import Field, Form, Reader
from tests.web.drafts.every_form import CREATES
from tracker.domain import parsing

TOO_SLOW_SECONDS = 10
PARTS = 10
HUGE = b"x" * 64 * 2**20
SIGNED_IN = {ANNA, ADAM, BEN}
NO_PAGES = {"static", "security.static", "security.logout", "home.alive", "account.confirm_address"}
# What a form needs beside the field that is tried, to be taken at all.
FILLED: dict[str, dict[str, object]] = {
    **{endpoint: made.typed for endpoint, made in CREATES.items()},
    "sessions.amend": {"reason": "Slip"},
    "sessions.void": {"reason": "Slip"}, "scores.void": {"reason": "Slip"},
    "safety_checks.void": {"reason": "Slip"}, "sessions.cancel_or_miss": {"reason": "Ill"},
    "patients.archive": {"reason": "Moved away"}, "series.state": {"reason": "Moved away"},
    "diary.talk": {"words": "Please call"}, "alerts.show": {"note": "Called", "outcome": "called"},
}  # fmt: skip
QUERIES = {endpoint: made.query for endpoint, made in CREATES.items()}
# Texts that are stored otherwise than they were typed, and why that is right.
REWRITTEN = {
    "record_number": "plain width, nothing unseen: fold_identifier",
    "lot_number": "plain width, nothing unseen",
    "email": "lower case", "sign_in_name": "lower case", "password": "kept as a hash, shown never",
}  # fmt: skip


@dataclass
class Outcome:
    """What came of it."""

    forms: set[tuple[str, str]] = field(default_factory=set)
    tried: int = 0
    taken: int = 0
    came_back: int = 0
    slowest: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    fewest: int = 10**9
    faults: list[str] = field(default_factory=list)


def pages(bench: Bench) -> Iterator[tuple[str, Rule, str]]:
    """List what each person can open: a role, a route and an address."""
    rules = [r for r in bench.app.url_map.iter_rules() if "GET" in r.methods]
    for rule in sorted(rules, key=str):
        if rule.endpoint in NO_PAGES or {"token", "filename"} & {*rule.arguments}:
            continue
        if rule.endpoint == "guide.page":
            continue
        path = bench.path(rule) + QUERIES.get(rule.endpoint, "")
        for who in bench.people:
            yield who, rule, path
    yield bench.people[1], rule, f"/links/{bench.scene.link}"


def forms(
    bench: Bench, which: Callable[[str], bool] = lambda _: True
) -> Iterator[tuple[str, str, Form]]:
    """Give each form once per role, with where it is sent to, of the pages that are asked for."""
    met = set[tuple[str, str, str, frozenset[str]]]()
    own = bench.app.url_map.bind("localhost")
    for who, rule, path in pages(bench):
        if not which(rule.endpoint):
            continue
        answer = bench.browser(who).client.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for form in Reader(answer.text, path).forms:
            target = urljoin(path, form.action)
            try:
                endpoint, _ = own.match(urlsplit(target).path, form.method)
            except (HTTPException, RequestRedirect):
                continue
            mark = (who, endpoint, form.method, frozenset(form.fields))
            if mark not in met and not endpoint.startswith("security.logout"):
                met.add(mark)
                form.action = target
                yield who, endpoint, form


class Trial:
    """Sends cases and looks at what is answered."""

    def __init__(self, bench: Bench, outcome: Outcome, only: Callable[[Case], bool]) -> None:
        self.bench, self.outcome, self.only = bench, outcome, only

    def form(self, who: str, endpoint: str, form: Form) -> None:
        """Try each field of a form, then bytes that are no text, then far too many."""
        self.client = self.bench.browser(who).client
        fill = {k: v if isinstance(v, list) else [v] for k, v in FILLED.get(endpoint, {}).items()}
        base = form.sent | {k: [str(x) for x in v] for k, v in fill.items()}
        count, met = 0, Counter[str]()
        for one in form.fields.values():
            every = list(filter(self.only, cases.OF[one.kind](one.limit)))
            # The first field of a kind is sent all; each other one a part, another each time.
            part = every if not met[one.kind] else every[met[one.kind] % PARTS :: PARTS]
            met[one.kind] += 1
            for case in part:
                self._send(who, endpoint, form, base, one, case)
            count += len(part)
        if typed := [f for f in form.fields.values() if f.kind != "hidden"]:
            self.outcome.fewest = min(self.outcome.fewest, count)
            for name, raw in cases.INVALID.items():
                self._send_bytes(who, endpoint, form, base, typed[0].name, name, raw)
        self.outcome.forms.add((who, endpoint))

    def _send(
        self, who: str, endpoint: str, form: Form, base: dict, one: Field, case: Case
    ) -> None:
        where = f"{who} {endpoint} {one.name} ({one.kind}) {case.name!r}"
        client, outcome = self.client, self.outcome
        data = base | {one.name: [case.text]}
        self.bench.written.clear()
        before = time.monotonic()
        if form.method == "GET":
            path, _, query = form.action.partition("?")
            asked = parse_qsl(query) + [(k, v) for k, many in data.items() for v in many]
            answer = client.get(f"{path}?{urlencode(asked, errors='surrogatepass')[:60_000]}")
        else:
            answer = client.post(form.action, data=data)
        took = time.monotonic() - before
        outcome.tried += 1
        outcome.kinds[one.kind] += 1
        outcome.slowest = max(outcome.slowest, took)
        self._look(where, answer.status_code, answer.text, took)
        led = answer.headers.get("Location", "")
        if led.startswith("/sign-in") and who in SIGNED_IN and one.kind != "hidden":
            self.outcome.faults.append(f"{where}: signed out")
        if form.method != "POST":
            return
        if answer.status_code in {302, 303} and "/sign-in" not in answer.location:
            self._taken(where, client, answer.location, one, case)
        elif answer.status_code == 422 and one.kind == "text" and answer.mimetype == "text/html":
            self._shown(where, answer.text, form, one, case)

    def _look(self, where: str, status: int, text: str, took: float) -> None:
        if status >= 500 or "Traceback" in text:
            self.outcome.faults.append(f"{where}: {status}")
        if took > TOO_SLOW_SECONDS:
            self.outcome.faults.append(f"{where}: {took:.1f} s")

    def _taken(self, where: str, client, location: str, one: Field, case: Case) -> None:
        self.outcome.taken += 1
        if (after := client.get(location)).status_code >= 500:
            self.outcome.faults.append(f"{where}: taken, then {after.status_code} at {location}")
        if one.kind == "number" and case.never:
            self.outcome.faults.append(f"{where}: taken as a number")
        if one.kind == "text" and one.name not in REWRITTEN:
            if self._holds(case):
                self.outcome.came_back += 1
            elif not parsing.is_blank(case.text):
                self.outcome.faults.append(f"{where}: taken, and not stored as typed")
        self.bench.restore()

    def _holds(self, case: Case) -> bool:
        lines = case.text.replace("\r\n", "\n").strip()  # as a text of several lines is stored
        forms = {form for one in (case.text.strip(), lines) for form in _as_stored(one)}
        return any(one in text for text in self.bench.written for one in forms)

    def _shown(self, where: str, text: str, form: Form, one: Field, case: Case) -> None:
        wanted = case.text.replace("\r\n", "\n").replace("\r", "\n").strip()
        if one.name in REWRITTEN or parsing.is_blank(wanted):
            return
        for other in Reader(text, form.action).forms:
            for shown in other.sent.get(one.name, ()):
                if shown.replace("\r\n", "\n").replace("\r", "\n").strip() == wanted:
                    return
        if html.escape(wanted) not in text:
            self.outcome.faults.append(f"{where}: refused, and what was typed is gone")

    def _send_bytes(
        self, who: str, endpoint: str, form: Form, base: dict, name: str, case: str, raw: bytes
    ) -> None:
        pairs = [(k, v) for k, many in base.items() if k != name for v in many]
        quoted = "".join(f"%{byte:02X}" for byte in raw)
        body = urlencode(pairs) + f"&{name}={quoted}"
        client = self.client
        if form.method == "GET":
            answer = client.get(f"{form.action.partition('?')[0]}?{body}")
        else:
            kind = "application/x-www-form-urlencoded"
            answer = client.post(form.action, data=body, content_type=kind)
        self.outcome.tried += 1
        self._look(f"{who} {endpoint} {name} {case}", answer.status_code, answer.text, 0)
        if answer.status_code in {302, 303} and form.method == "POST":
            self.bench.restore()


def _as_stored(text: str) -> set[str]:
    """Write a text as it may stand in a column, plain or in JSON."""
    return {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


def run(
    bench: Bench,
    *,
    only: Callable[[Case], bool] = lambda _: True,
    which: Callable[[str], bool] = lambda _: True,
    pages_of: Callable[[str], bool] = lambda _: True,
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Try all, or the cases and forms that are asked for."""
    outcome = Outcome()
    trial = Trial(bench, outcome, only)
    with bench.app.app_context():
        found = list(forms(bench, pages_of))
    for who, endpoint, form in found:
        if not which(endpoint):
            continue
        before = time.monotonic()
        trial.form(who, endpoint, form)
        tell(f"{who} {endpoint} {len(form.fields)} fields {time.monotonic() - before:.1f} s")
    outcome.faults += list(too_large(bench)) if which("too large") else []
    return outcome


def too_large(bench: Bench) -> Iterator[str]:
    """Send 64 MB to a form of each role: refused before it is read."""
    for who, path in (("nobody", "/sign-in"), (bench.people[3], "/patients/new")):
        answer = bench.browser(who).client.post(path, data=HUGE, content_type="text/plain")
        form = bench.browser(who).client.post(path, data={"x": "m" * (9 * 2**20)})
        for one in (answer, form):
            if one.status_code not in {400, 413}:
                yield f"{who} {path}: {one.status_code} for far too much"


def shorten(faults: list[str]) -> list[str]:
    """Say once what many cases of a field have in common."""
    groups = dict[str, list[str]]()
    for fault in faults:
        head, _, tail = fault.partition(") ")
        what = re.sub(r"^.*?: ", "", tail)
        groups.setdefault(f"{head}): {what}", []).append(tail.partition(": ")[0])
    return [f"{head} x{len(many)}: {', '.join(many[:6])}" for head, many in groups.items()]
