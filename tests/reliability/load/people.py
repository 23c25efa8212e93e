"""People with a browser each, who read, think and save, and how long every answer took."""

import http.client
import random
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.reliability.bad_input.fields import Reader
from tests.reliability.load.clinic import Clinic

PATIENCE_SECONDS = 30
THINK_STAFF_SECONDS, THINK_PATIENT_SECONDS = (8.0, 40.0), (15.0, 60.0)
NUMBERS = re.compile(r'href="(/patients/\d+/)"')


@dataclass
class Times:
    """How long answers took, by what was asked for, and what went wrong."""

    taken: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, seconds: float, fault: str = "") -> None:
        """Note an answer."""
        with self.lock:
            self.taken.setdefault(kind, []).append(seconds)
            if fault:
                self.errors.append(fault)

    def p95(self, kind: str) -> float:
        """Say within how many seconds nineteen of twenty were answered."""
        found = sorted(self.taken.get(kind, [0.0]))
        return found[min(len(found) - 1, int(len(found) * 0.95))]


class Person:
    """Somebody at a browser."""

    def __init__(self, clinic: Clinic, cookie: str, times: Times, number: int) -> None:
        self.clinic, self.cookie, self.times = clinic, cookie, times
        self.draw, self.number = random.Random(number), number
        self.line: http.client.HTTPConnection | None = None

    def ask(self, kind: str, path: str, typed: dict | None = None) -> tuple[int, str, str]:
        """Ask for a page or send a form; note how long it took."""
        headers = {"Cookie": self.cookie, "Sec-Fetch-Site": "same-origin"}
        body = None
        if typed is not None:
            body = urlencode(typed, doseq=True)
            headers |= {"Content-Type": "application/x-www-form-urlencoded",
                        "Referer": self.clinic.url}  # fmt: skip
        before = time.monotonic()
        try:
            answer = self._answer("GET" if body is None else "POST", path, body, headers)
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            self.times.add(kind, time.monotonic() - before, f"{path}: {type(error).__name__}")
            return 0, "", ""
        wrong = answer.status >= 400 and answer.status != 422
        shown = re.sub(r"\d{3,}", "N", path)
        fault = f"{shown}: {answer.status}" if wrong else ""
        self.times.add(kind, time.monotonic() - before, fault)
        return answer.status, text, answer.headers.get("Location", "")

    def _answer(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        """Ask, and once more on a new line where the server had closed the old one: browsers do."""
        if self.line is not None:
            try:
                self.line.request(method, path, body, headers)
                return self.line.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError):
                self._hang_up()
        self.line = http.client.HTTPConnection(
            "127.0.0.1", self.clinic.port, timeout=PATIENCE_SECONDS
        )
        self.line.request(method, path, body, headers)
        return self.line.getresponse()

    def _hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line = None

    def form(self, path: str, having: str) -> tuple[str, dict[str, list[str]]]:
        """Open a page and read the form that has a field."""
        _, text, _ = self.ask("read", path)
        for form in Reader(text, path).forms:
            if having in form.fields:
                return form.action, form.sent
        return "", {}

    def send(self, path: str, sent: dict, note: str = "") -> None:
        """Send a form; a save that is acknowledged leads on.

        What the page asks before it saves, such as a score of that day that stands already, is
        answered with yes: the same is sent again with what was seen.
        """
        status, text, _ = self.ask("save", path, sent)
        if status == 422:
            asked = [form for form in Reader(text, path).forms if any(form.sent.get("seen", ()))]
            if asked:
                again = {name: asked[0].sent[name] for name in ("once", "seen", "csrf_token")}
                status, text, _ = self.ask("save", path, sent | again)
        if status == 303 and note:
            with self.times.lock:
                self.times.saved.append(note)
        elif status == 422:
            said = re.findall(r"Error: </span>([^<]+)", text)
            self.times.add("refused", 0.0, f"{re.sub(r'[0-9]{3,}', 'N', path)}: {said[:2]}")


class Clinician(Person):
    """Somebody at work: Today, a patient, a picture, a score, a new patient."""

    def turns(self) -> Iterator[Callable[[], None]]:
        """Give what is done next, for ever."""
        while True:
            yield self.draw.choices(
                (self.today, self.look, self.find, self.picture, self.score, self.enrol),
                (20, 30, 15, 20, 10, 5),
            )[0]

    def somebody(self) -> str:
        """Draw a patient."""
        return f"/patients/{self.draw.randrange(1, self.clinic.records + 1)}/"

    def today(self) -> None:
        """Open Today, and what is on it."""
        self.ask("read", "/today/")

    def look(self) -> None:
        """Open a patient."""
        self.ask("read", self.somebody())

    def find(self) -> None:
        """Look for a name."""
        letters = (
            self.draw.choice("bdfghklm") + self.draw.choice("aeiou") + self.draw.choice("nrst")
        )
        self.ask("read", f"/patients/?q={letters}")

    def picture(self) -> None:
        """Look at the picture of a course."""
        self.ask("chart", f"{self.somebody()}progress.svg")

    def score(self) -> None:
        """Enter a total for somebody."""
        path = f"{self.somebody()}scores/new"
        action, sent = self.form(path, "instrument")
        if not sent:
            return
        note = f"load {secrets.token_hex(6)}"
        typed = {"instrument": ["madrs"], "total": [str(self.draw.randrange(40))], "note": [note],
                 "occasion": ["follow-up"]}  # fmt: skip
        self.send(action, sent | typed, note)

    def enrol(self) -> None:
        """Enter somebody new."""
        action, sent = self.form("/patients/new", "record_number")
        number = f"LOAD-{secrets.token_hex(6)}"
        typed = {"record_number": [number], "given_name": ["Nina"],
                 "family_name": [secrets.token_hex(4)], "birth_date": ["1980-02-03"]}  # fmt: skip
        self.send(action, sent | typed, number)


class Patient(Person):
    """Somebody at home: My progress, the picture, a word of how they feel."""

    def turns(self) -> Iterator[Callable[[], None]]:
        """Give what is done next, for ever."""
        while True:
            yield self.draw.choices(
                (self.progress, self.picture, self.waiting, self.feel), (40, 25, 20, 15)
            )[0]

    def progress(self) -> None:
        """Open My progress."""
        self.ask("read", "/my/")

    def picture(self) -> None:
        """Look at the picture."""
        self.ask("chart", "/my/progress.svg")

    def waiting(self) -> None:
        """See what is to be answered."""
        self.ask("read", "/answers/")

    def feel(self) -> None:
        """Say how one feels now."""
        action, sent = self.form(f"/diary/{self.number - 999}/now", "mood")
        if not sent:
            return
        note = f"load {secrets.token_hex(6)}"
        self.send(action, sent | {"mood": ["5"], "words": [note]}, note)


def live(person: Person, until: float, think: tuple[float, float]) -> None:
    """Do one thing after another, and think between them."""
    time.sleep(person.draw.uniform(0, think[1]))
    for turn in person.turns():
        if time.monotonic() >= until:
            return
        turn()
        time.sleep(min(person.draw.uniform(*think), max(until - time.monotonic(), 0)))


def play(clinic: Clinic, minutes: float, *, pace: float = 1.0) -> Times:
    """Let everybody live for so many minutes; a pace of 2 halves the time that they think."""
    times, until = Times(), time.monotonic() + minutes * 60
    people = [Clinician(clinic, one, times, n) for n, one in enumerate(clinic.staff)]
    others = [Patient(clinic, one, times, 1000 + n) for n, one in enumerate(clinic.patients)]
    threads = []
    for person, think in (
        *((one, THINK_STAFF_SECONDS) for one in people),
        *((one, THINK_PATIENT_SECONDS) for one in others),
    ):
        paced = (think[0] / pace, think[1] / pace)
        threads.append(threading.Thread(target=live, args=(person, until, paced), daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times
