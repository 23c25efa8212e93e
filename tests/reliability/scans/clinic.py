"""A clinic with every kind of record, served on a port, that counts what it answers."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from waitress.server import create_server

from tests.people import ADAM, ANNA, BEN
from tests.reliability.bad_input.bench import Bench
from tests.web.test_access import csrf

NUMBER = re.compile(r"/\d+(?=/|$)")
ROLES = {"nobody": "nobody", "patient": BEN, "clinician": ANNA, "administrator": ADAM}
THREADS = 8


class Counting:
    """Lets requests through and counts the answers: what a scanner overlooks is seen here."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app, self.answers = app, Counter[int]()
        self.crashes: list[str] = []
        self.addresses = set[str]()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""

        def begin(status: str, *rest: Any) -> Any:
            code = int(status[:3])
            self.answers[code] += 1
            where = f"{environ['REQUEST_METHOD']} {NUMBER.sub('/N', environ['PATH_INFO'])}"
            if code not in {404, 405}:
                self.addresses.add(where)
            if code >= 500:
                self.crashes.append(f"{code} {where}")
            return start(status, *rest)

        return self.app(environ, begin)

    def take(self) -> tuple[Counter[int], list[str]]:
        """Give what was answered since the last time; `addresses` are kept over all times."""
        found = self.answers, self.crashes
        self.answers, self.crashes = Counter(), []
        return found


class ServedClinic:
    """The clinic's address, and what somebody sends along who is signed in there."""

    def __init__(self, bench: Bench, counting: Counting, port: int) -> None:
        self.bench, self.counting, self.port = bench, counting, port

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.port}"

    def headers(self, role: str) -> dict[str, str]:
        """Give the cookie of a role's sign-in, and the token that its forms carry."""
        who = ROLES[role]
        browser = self.bench.browser(who) if who != "nobody" else None
        if browser is None:
            browser = self.bench.browser("nobody")
            page = browser.open("/sign-in")
            token = page.value("csrf_token") or ""
        else:
            token = csrf(browser)
        cookie = browser.client.get_cookie("tracker")
        return {"Cookie": f"tracker={cookie.value if cookie else ''}", "X-CSRFToken": token}

    def is_in(self, role: str) -> bool:
        """Say whether a role is signed in still: a scan of the sign-in page says nothing."""
        if role == "nobody":
            return True
        answer = self.bench.browser(ROLES[role]).client.get("/account/")
        return answer.status_code == 200

    def restore(self) -> None:
        """Put back what scanners stored, and forget what they were answered."""
        self.bench.restore()
        self.counting.take()


@contextmanager
def served(folder: Path, port: int = 0) -> Iterator[ServedClinic]:
    """Furnish and serve a clinic by waitress, as `tracker serve` does."""
    bench = Bench(folder)
    counting = Counting(bench.app)
    server = create_server(counting, host="127.0.0.1", port=port, threads=THREADS)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    try:
        yield ServedClinic(bench, counting, int(server.effective_port))
    finally:
        server.close()
        serving.join(5)
