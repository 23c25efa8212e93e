"""Two who edit the same, and forms that are sent five times: no silent overwrite, one record.

Every form that changes something is opened by two people two hundred times; the first saves, the
second comes late with other words: none of the first may vanish unseen, none of the second be lost.
Every form that makes something is sent five times, four of them at once. Forms as in
tests/web/drafts/every_form.py. python -m tests.reliability.editors --help
"""

import argparse
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from tests import databases
from tests.browsing import Browser
from tests.people import ADAM, ANNA
from tests.reliability.bad_input.bench import Bench, bench
from tests.web.drafts.every_form import CREATES, EDITS, Edits, FormReader
from tracker.models import db

SENT_AT_ONCE = 4
REFUSED = {409, 422}


@dataclass
class Outcome:
    """What came of it."""

    edits: int = 0
    creates: int = 0
    faults: list[str] = field(default_factory=list)


def path_of(made: Bench, endpoint: str) -> str:
    """Write the address of a form."""
    rule = next(r for r in made.app.url_map.iter_rules() if r.endpoint == endpoint)
    path = made.path(rule)
    if endpoint == "people.change":
        path = path.replace(str(made.scene.users["ben"]), str(made.scene.cast.anna.user_id))
    return path


def another(text: str, number: int) -> str:
    """Make other words of the same kind, another in each round."""
    if text.count("/") == 2:
        return f"{number % 27 + 1:02}/{4 + number % 2 * 3:02}/2027"
    if text.replace(".", "").isdigit():
        return f"0.{number % 9 + 1}{number // 9 % 9 + 1}" if "." in text else str(number % 12 + 1)
    return f"{text} {number}" if "." not in text else f"{text}{number}"


def edits(made: Bench, rounds: int) -> Iterator[str]:
    """Let two people change the same, again and again; yield what should not be."""
    for endpoint, edit in EDITS.items():
        path = path_of(made, endpoint)
        mine, theirs = (_signed_in(made, edit.who) for _ in range(2))
        for number in range(rounds):
            if fault := _stale(mine, theirs, path, edit, number):
                yield f"{endpoint} {number}: {fault}"
        made.restore()


def _signed_in(made: Bench, who: str) -> Browser:
    """Give another browser with the sign-in that was kept with the database."""
    browser = Browser(made.app)
    kept = made.browser(who).client.get_cookie("tracker")
    browser.client.set_cookie("tracker", kept.value)
    return browser


def _stale(mine: Browser, theirs: Browser, path: str, edit: Edits, number: int) -> str:
    first, second = another(edit.theirs, 2 * number), another(edit.mine, 2 * number + 1)
    if first == second:
        second = another(edit.mine, 2 * number + 2)
    sent = []
    for browser in (mine, theirs):
        page = browser.client.get(path)
        if page.status_code != 200:
            return f"not opened: {page.status_code}"
        sent.append(FormReader.of(page.text).sent | edit.more)
    saved = theirs.client.post(path, data=sent[1] | {edit.name: first})
    if saved.status_code == 422 and 'name="seen"' in saved.text:  # unusual: asked, and meant
        again = FormReader.of(saved.text).sent | edit.more
        saved = theirs.client.post(path, data=again | {edit.name: first})
    if saved.status_code != 303:
        return f"the first was not saved: {saved.status_code}"
    late = mine.client.post(path, data=sent[0] | {edit.name: second})
    if late.status_code not in REFUSED:
        return f"overwritten: {late.status_code}"
    if second not in late.text:
        return "the words of the second are gone"
    stands = FormReader.of(theirs.client.get(path).text).sent[edit.name][0].strip()
    return "" if stands == first else f"{stands!r} stands, not {first!r}"


def creates(made: Bench, rounds: int) -> Iterator[str]:
    """Send each form that makes something five times; yield what should not be."""
    for endpoint in CREATES:
        for number in range(rounds):
            if fault := _five_times(made, endpoint):
                yield f"{endpoint} {number}: {fault}"
            made.restore()


def _count(made: Bench, model: type) -> int:
    with made.app.app_context():
        found = db.session.scalar(select(func.count()).select_from(model))
        db.session.remove()
    return found or 0


def _five_times(made: Bench, endpoint: str) -> str:
    form, path = CREATES[endpoint], path_of(made, endpoint)
    browser = _signed_in(made, form.who)
    sent = FormReader.of(browser.client.get(path + form.query).text).sent | form.typed
    if form.asks_first:
        sent |= FormReader.of(browser.client.post(path, data=sent).text).sent | form.typed
    before, gate = _count(made, form.model), threading.Barrier(SENT_AT_ONCE)
    clients = [_signed_in(made, form.who).client for _ in range(SENT_AT_ONCE)]

    def send(client: object) -> int:
        gate.wait()
        return client.post(path, data=sent).status_code

    with ThreadPoolExecutor(SENT_AT_ONCE) as hands:
        came = list(hands.map(send, clients))
    came.append(browser.client.post(path, data=sent).status_code)
    many = _count(made, form.model) - before
    return "" if came == [303] * 5 and many == 1 else f"{came}, {many} records"


def run(made: Bench, *, edit_rounds: int, create_rounds: int) -> Outcome:
    """Do all of it."""
    outcome = Outcome(len(EDITS) * edit_rounds, len(CREATES) * create_rounds)
    outcome.faults += edits(made, edit_rounds)
    outcome.faults += creates(made, create_rounds)
    return outcome


def main(arguments: list[str] | None = None) -> int:
    """Print what was tried and what does not hold; end with 1 if there is any."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability.editors", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--creates", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    told = parser.parse_args(arguments)
    place = databases.fastest(Path(tempfile.gettempdir()))
    with (
        tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name,
        bench(Path(name), told.database) as made,
    ):
        assert {ANNA, ADAM} <= {*made.people}
        done = run(made, edit_rounds=told.edits, create_rounds=told.creates)
    print(f"{done.edits} stale edits of {len(EDITS)} forms, {done.creates} x 5 sends of "
          f"{len(CREATES)} forms, {len(done.faults)} faults")  # fmt: skip
    for fault in done.faults[:50]:
        print(f"fault  {fault}")
    return 1 if done.faults else 0
