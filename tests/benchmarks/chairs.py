"""Twenty sessions under way with a reading each minute, on both servers: nothing lost or doubled.

Every chair posts its readings and asks for the others' every three seconds, four boards ask as
often, and a tenth of the posts is sent twice at once, as after a lost answer. The database is then
compared with what was sent. The minute is shortened here; in real time it takes ten minutes:
python -m tests.benchmarks.chairs --pace 60
"""

import argparse
import json
import random
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.benchmarks._chair_servers import SERVERS, Clinic, served
from tests.benchmarks._figures import Figure

SHOWN_WITHIN_SECONDS = 5.0
HEART_RATE = 60  # the first reading says 60, the next 61 ...: a board tells which it shows
TIMEOUT_SECONDS = 30
CARD = re.compile(r"/sessions/(\d+)/live/.*?(?:<dt>HR</dt><dd>(\d+)|</li>)", re.DOTALL)
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass(frozen=True)
class Load:
    """How much there is to do. `pace_s` is the time from one reading of a chair to its next."""

    sessions: int = 20
    readings: int = 10
    pace_s: float = 6.0
    poll_s: float = 3.0
    boards: int = 4
    doubled: float = 0.1


@dataclass
class Record:
    """What was done and seen; `sent` and `shown` by session and number of the reading."""

    requests: int = 0
    errors: list[str] = field(default_factory=list)
    resent: int = 0
    reconnected: int = 0
    sent: dict[tuple[int, int], float] = field(default_factory=dict)
    taken: dict[tuple[int, int], float] = field(default_factory=dict)
    shown: dict[tuple[int, int, int], float] = field(default_factory=dict)
    answers: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def waits(self) -> list[float]:
        """List how long each board took to show each reading after it was taken, sorted."""
        return sorted(
            self.shown[board, session, number] - at
            for (session, number), at in self.sent.items()
            for board in {board for board, *_ in self.shown}
            if (board, session, number) in self.shown
        )


class Client:
    """A browser: one cookie, one connection that is opened again when the server closed it."""

    def __init__(self, clinic: Clinic, cookie: str, record: Record) -> None:
        self.clinic, self.record = clinic, record
        self.headers = {"Cookie": cookie, "X-Requested-With": "fetch"}
        self._open()

    def _open(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.clinic.port, timeout=TIMEOUT_SECONDS)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Make a request and note how it went; 0 is the status where there was no answer."""
        data = None if body is None else json.dumps(body)
        headers = self.headers | ({"Content-Type": "application/json"} if data else {})
        began = time.monotonic()
        status, said = self._try(method, path, data, headers)
        with self.record.lock:
            self.record.requests += 1
            self.record.answers.append(time.monotonic() - began)
            if status not in (200, 204):
                self.record.errors.append(f"{method} {path}: {status} {said[:200]}")
        return status, said

    def _try(
        self, method: str, path: str, data: str | None, headers: dict[str, str]
    ) -> tuple[int, str]:
        for attempt in (1, 2):
            try:
                self.connection.request(method, path, data, headers)
                answer = self.connection.getresponse()
                return answer.status, answer.read().decode()
            except (OSError, HTTPException) as error:
                self.connection.close()
                self._open()
                # An idle connection that the server had closed: a browser opens another.
                if attempt == 2 or isinstance(error, TimeoutError):
                    return 0, repr(error)
                self.record.reconnected += 1
        raise AssertionError

    def token(self) -> str:
        """Read the token that posts must carry."""
        _, page = self.ask("GET", "/today/board")
        found = TOKEN.search(page)
        assert found is not None
        return found.group(1)


def board(client: Client, number: int, load: Load, over: threading.Event) -> None:
    """Ask for the board again and again, and note when it first shows each reading."""
    known = "none"
    while not over.is_set():
        status, page = client.ask("GET", f"/today/board/news?known={known}&wall=yes")
        if status == 200:
            known = page.partition('data-board-known="')[2].partition('"')[0]
            _note_shown(client.record, number, page)
        over.wait(load.poll_s)


def _note_shown(record: Record, number: int, page: str) -> None:
    now = time.monotonic()
    with record.lock:
        for session, rate in CARD.findall(page):
            # A reading that another followed before the board asked was not missed.
            for shown in range(int(rate or 0) - HEART_RATE + 1):
                record.shown.setdefault((number, int(session), shown), now)


def chair(client: Client, session_id: int, load: Load, seed: int) -> None:
    """Post a reading at each pace and ask for what is new in between."""
    draw = random.Random(seed)
    client.headers["X-CSRFToken"] = client.token()
    path = f"/sessions/{session_id}/live/entries"
    at = time.monotonic() + draw.random() * load.pace_s
    after = 0
    for number in range(load.readings):
        while time.monotonic() < at:
            time.sleep(max(0.0, min(load.poll_s, at - time.monotonic())))
            status, said = client.ask("GET", f"{path}?after={after}")
            after = json.loads(said)["sequence"] if status == 200 else after
        _post(client, path, session_id, number, twice=draw.random() < load.doubled)
        at += load.pace_s


def _post(client: Client, path: str, session_id: int, number: int, *, twice: bool) -> None:
    content = {
        "systolic_mmhg": 120, "diastolic_mmhg": 80, "heart_rate_bpm": HEART_RATE + number,
        "spo2_percent": 98, "sedation": 5, "note": f"reading {number}",
    }  # fmt: skip
    entry = {
        "key": f"load-{session_id}-{number}", "kind": "reading", "replaces": "",
        "at": datetime.now(UTC).isoformat(), "content": content,
    }  # fmt: skip
    record = client.record
    with record.lock:
        record.sent[session_id, number] = time.monotonic()
        record.resent += twice
    other = Client(client.clinic, client.headers["Cookie"], record)
    other.headers = client.headers
    threads = [
        threading.Thread(target=_send, args=(one, path, entry, session_id, number))
        for one in ([client, other] if twice else [client])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.connection.close()


def _send(client: Client, path: str, entry: dict[str, Any], session_id: int, number: int) -> None:
    status, said = client.ask("POST", path, {"entries": [entry]})
    if status != 200:
        return
    answer = json.loads(said)
    with client.record.lock:
        if answer["refused"] or [one["key"] for one in answer["taken"]] != [entry["key"]]:
            client.record.errors.append(said[:300])
        client.record.taken.setdefault((session_id, number), time.monotonic())


def drive(clinic: Clinic, load: Load) -> Record:
    """Let all chairs and boards do their work, and wait until the boards had time to show it."""
    record, over = Record(), threading.Event()
    clients = [Client(clinic, cookie, record) for cookie in clinic.cookies]
    boards = [
        threading.Thread(target=board, args=(clients[n], n, load, over)) for n in range(load.boards)
    ]
    chairs = [
        threading.Thread(target=chair, args=(client, session_id, load, n))
        for n, (client, session_id) in enumerate(
            zip(clients[load.boards :], clinic.session_ids, strict=True)
        )
    ]
    for thread in (*boards, *chairs):
        thread.start()
    for thread in chairs:
        thread.join()
    last = time.monotonic() + load.poll_s + SHOWN_WITHIN_SECONDS
    while unseen(load, record) and time.monotonic() < last:
        time.sleep(load.poll_s / 10)
    over.set()
    for thread in boards:
        thread.join()
    for client in clients:
        client.connection.close()
    return record


def unseen(load: Load, record: Record) -> int:
    """Count the readings that a board has not shown, for each board."""
    with record.lock:
        return len(record.sent) * load.boards - len(record.waits())


@dataclass(frozen=True)
class Outcome:
    """What became of a load: differences between what was sent and what is stored."""

    record: Record
    lost: int
    doubled: int
    changed: int
    out_of_order: int
    unseen: int


def compare(clinic: Clinic, load: Load, record: Record) -> Outcome:
    """Compare the database with what was sent, and the boards with the database."""
    wanted = "SELECT session_id, sequence, key, content FROM session_entry ORDER BY 1, 2"
    engine = create_engine(clinic.database_url)
    with engine.connect() as connection:
        rows = connection.execute(text(wanted)).all()
    engine.dispose()
    stored = Counter((row.session_id, row.key) for row in rows)
    sent = {(session, f"load-{session}-{number}") for session, number in record.sent}
    counts: dict[int, list[int]] = {}
    for row in rows:
        counts.setdefault(row.session_id, []).append(row.sequence)
    told = {(row.session_id, row.key): json.loads(row.content)["note"] for row in rows}
    return Outcome(
        record=record,
        lost=len(sent - stored.keys()) + len(sent) - len(record.taken),
        doubled=sum(stored.values()) - len(stored) + len(stored.keys() - sent),
        changed=sum(note != f"reading {key.rsplit('-', 1)[1]}" for (_, key), note in told.items()),
        out_of_order=sum(those != list(range(1, len(those) + 1)) for those in counts.values()),
        unseen=unseen(load, record),
    )


def measure(kind: str, load: Load) -> Outcome:
    """Put the load on one kind of server."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "template").mkdir()
        browsers = load.sessions + load.boards
        with served(kind, folder, sessions=load.sessions, browsers=browsers) as clinic:
            return compare(clinic, load, drive(clinic, load))


def figures(kind: str, load: Load, outcome: Outcome) -> list[Figure]:
    """Write an outcome as figures against their limits."""
    record = outcome.record
    waits, answers = record.waits(), sorted(record.answers)
    about = f"{kind}, {load.sessions} sessions, {load.readings} readings every {load.pace_s:g} s"
    found = [
        (f"errors in {record.requests} requests", len(record.errors)),
        (f"readings lost of {len(record.sent)}", outcome.lost),
        (f"readings doubled, {record.resent} sent twice", outcome.doubled),
        ("readings changed", outcome.changed),
        ("sessions whose numbering has a gap", outcome.out_of_order),
        (f"readings that one of {load.boards} boards never showed", outcome.unseen),
    ]
    slowest = max(waits, default=0.0)
    ninety_nine = round(_at(answers, 99) * 1000)
    return [
        *(Figure(f"{about}: {words}", count, 0) for words, count in found),
        Figure(
            f"{about}: until a board shows a reading, s, slowest (median {_at(waits, 50):.1f})",
            round(slowest, 1), SHOWN_WITHIN_SECONDS,
        ),
        Figure(
            f"{about}: an answer, ms, 99 of 100 within (median {_at(answers, 50) * 1000:.0f})",
            ninety_nine,
        ),
    ]  # fmt: skip


def _at(values: list[float], percent: int) -> float:
    return values[min(len(values) - 1, len(values) * percent // 100)] if values else 0.0


def run() -> Iterator[Figure]:
    """Measure both servers at the shortened pace."""
    load = Load()
    for kind in SERVERS:
        yield from figures(kind, load, measure(kind, load))


def main() -> int:
    """Measure one server, or both, at a pace of one's own choice."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pace", type=float, default=60.0, help="seconds between readings")
    asked.add_argument("--readings", type=int, default=10)
    asked.add_argument("--sessions", type=int, default=20)
    asked.add_argument("--server", choices=SERVERS)
    wanted = asked.parse_args()
    load = Load(sessions=wanted.sessions, readings=wanted.readings, pace_s=wanted.pace)
    beyond = 0
    for kind in [wanted.server] if wanted.server else SERVERS:
        outcome = measure(kind, load)
        for figure in figures(kind, load, outcome):
            beyond += not figure.is_within
            print(figure)
        for error in outcome.record.errors[:10]:
            print(f"       {error}")
        print(f"       connections opened again: {outcome.record.reconnected}", flush=True)
    return 1 if beyond else 0


if __name__ == "__main__":
    raise SystemExit(main())
