"""Two who edit the same, and forms that are sent five times: no silent overwrite, one record.

Every form that is declared to change something is opened by two people two hundred times; the
first saves, the second comes late with other words: none of the first may vanish unseen, none of
the second be lost. So it is with steps in which somebody says why. Every form that is declared to
make something is sent five times, four of them at once. Forms as in tracker/web/drafts/declared.py,
what is typed as in tests/web/drafts/every_form.py. python -m tests.reliability.editors --help
"""

import argparse
import html
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import delete, func, select

from tests import databases
from tests.browsing import Browser
from tests.reliability.bad_input.bench import Bench, bench
from tests.reliability.editors.scenes import SCENES, Place
from tests.web.drafts.every_form import CREATES, EDITS, STEPS, Creates, Edits, FormReader
from tracker.models import db
from tracker.models.drafts import Draft

SENT_AT_ONCE = 4
SIGN_IN_ANEW_S = 600  # what asks for the password again does so after a quarter of an hour


@dataclass
class Outcome:
    """What came of it."""

    edits: int = 0
    creates: int = 0
    faults: list[str] = field(default_factory=list)


def path_of(made: Bench, endpoint: str) -> str:
    """Write the address of a form."""
    rule = next(
        r for r in made.app.url_map.iter_rules() if r.endpoint == endpoint and "POST" in r.methods
    )
    path = made.path(rule)
    if endpoint in {"people.change", "people.roles", "people.confirm"}:
        path = path.replace(str(made.scene.users["ben"]), str(made.scene.cast.anna.user_id))
    return path


def page_of(made: Bench, form: Creates | Edits, path: str) -> str:
    """Write the address of the page that has a form."""
    if not form.page:
        return path + form.query
    rule = next(r for r in made.app.url_map.iter_rules() if r.endpoint == form.page)
    return made.path(rule)


def another(text: str, number: int) -> str:
    """Make other words of the same kind, another in each round."""
    if text.count("/") == 2:
        return f"{number % 27 + 1:02}/{4 + number % 2 * 3:02}/2027"
    if ":" in text:
        return f"{8 + number % 9:02}:{number // 9 % 60:02}"
    if text.replace(".", "").isdigit():
        return f"0.{number % 9 + 1}{number // 9 % 9 + 1}" if "." in text else str(number % 12 + 1)
    return f"{text} {number}" if "." not in text else f"{text}{number}"


def set_scene(made: Bench, name: str) -> Place:
    """Make what a form needs, and keep it for the next rounds."""
    if not name:
        return Place()
    with made.app.app_context():
        place = SCENES[name](made)
        made.close()
    return place


class Two:
    """Two people at one form, again and again."""

    def __init__(self, made: Bench, endpoint: str, edit: Edits) -> None:
        self.made, self.edit, self.field = made, edit, f'name="{edit.name}"'
        self.place = set_scene(made, edit.scene)
        self.path = self.place.path or path_of(made, endpoint)
        self.page = page_of(made, edit, self.path)
        if edit.once:
            made.keep("scene")

    def rounds(self, rounds: int) -> Iterator[str]:
        """Let both edit; yield what should not be."""
        mine, theirs = (signed_in(self.made, self.edit.who) for _ in range(2))
        for number in range(rounds):
            try:
                fault = self._stale(mine, theirs, number)
            except LookupError as error:
                fault = str(error)
            if fault:
                yield f"{number}: {fault}"
            if self.edit.once:
                self.made.restore("scene")

    def _stale(self, mine: Browser, theirs: Browser, number: int) -> str:
        edit = self.edit
        first, second = another(edit.theirs, 2 * number), another(edit.mine, 2 * number + 1)
        if first == second:
            second = another(edit.mine, 2 * number + 2)
        late, early = self._fill_in(mine, second), self._fill_in(theirs, first)
        saved = self._send(theirs, early)
        if saved.status_code != 303:
            return f"the first was not saved: {saved.status_code} {errors_of(saved.text)}"
        self.made.written.clear()
        answer = mine.client.post(self.path, data=late)
        if answer.status_code == 303:
            return self._led(mine, answer.location, second)
        if answer.status_code not in {409, 422}:
            return f"the second got {answer.status_code}"
        if second not in html.unescape(answer.text):
            return f"the words of the second are gone: {answer.status_code}"
        return self._standing(theirs, first)

    def _fill_in(self, browser: Browser, words: str) -> dict:
        """Open the page, and be shown what would be done where it asks for that."""
        page = browser.client.get(self.page)
        if page.status_code != 200:
            raise LookupError(f"not opened: {page.status_code}")
        more = self.edit.more | self.place.more | {self.edit.name: words}
        sent = FormReader.of(page.text, self.field).sent | more
        if self.edit.asks:
            shown = browser.client.post(self.path, data=sent | {"preview": "1"})
            sent = FormReader.of(shown.text, self.field).sent | more
        return sent

    def _led(self, mine: Browser, location: str, words: str) -> str:
        """Look where somebody was led whose form was not refused."""
        written = any(words in one for one in self.made.written)
        if self.edit.both:
            return "" if written else "the words of the second are gone"
        lost = "" if words in html.unescape(mine.client.get(location).text) else "words gone"
        return ", ".join(filter(None, ("written over" if written else "", lost)))

    def _send(self, browser: Browser, sent: dict) -> object:
        """Send a form, and again what is asked about on the page and meant."""
        saved = browser.client.post(self.path, data=sent)
        asks = ('name="seen"', 'name="answered"', 'name="shown"')
        if saved.status_code == 422 and any(one in saved.text for one in asks):
            again = FormReader.of(saved.text, self.field).sent
            saved = browser.client.post(
                self.path, data=again | self.edit.more | self.place.more | {
                    self.edit.name: sent[self.edit.name]
                },
            )  # fmt: skip
        return saved

    def _standing(self, theirs: Browser, first: str) -> str:
        if self.edit.once:
            return ""
        with self.made.app.app_context():  # both are one person here, whose draft would be shown
            db.session.execute(delete(Draft))
            db.session.commit()
            db.session.remove()
        page = theirs.client.get(self.page).text
        stands = FormReader.of(page, self.field).sent[self.edit.name][0].strip()
        return "" if stands == first else f"{stands!r} stands, not {first!r}"


def errors_of(page: str) -> list[str]:
    """Read what a page says is wrong."""
    said = re.findall(r"Error: </span>([^<]+)", page)
    summary = re.search(r'id="error-summary".*?</(?:section|div)>', page, re.S)
    return said[:3] or re.findall(r">([^<>\n]{12,})<", summary[0] if summary else "")[:4]


def signed_in(made: Bench, who: str) -> Browser:
    """Give another browser with the sign-in that was kept with the database."""
    browser = Browser(made.app)
    kept = made.browser(who).client.get_cookie("tracker")
    browser.client.set_cookie("tracker", kept.value)
    return browser


def edits(made: Bench, endpoints: list[str], rounds: int) -> Iterator[tuple[str, list[str]]]:
    """Let two people change the same, again and again; yield what should not be, form by form."""
    began, kinds = time.monotonic(), [EDITS, STEPS]
    for endpoint, kind in ((one, kind) for kind in kinds for one in endpoints if one in kind):
        if time.monotonic() - began > SIGN_IN_ANEW_S:
            made.sign_in_anew()
            began = time.monotonic()
        yield endpoint, list(Two(made, endpoint, kind[endpoint]).rounds(rounds))
        made.restore()


def creates(made: Bench, endpoints: list[str], rounds: int) -> Iterator[tuple[str, list[str]]]:
    """Send each form that makes something five times; yield what should not be, form by form."""
    for endpoint in (one for one in endpoints if one in CREATES):
        if rounds > 1:
            made.sign_in_anew()
        faults = []
        for number in range(rounds):
            try:
                fault = _five_times(made, endpoint)
            except LookupError as error:
                fault = str(error)
            faults += [f"{number}: {fault}"] if fault else []
            made.restore()
        yield endpoint, faults


def _count(made: Bench, form: Creates) -> int:
    query = select(func.count()).select_from(form.model)
    if form.state:
        query = query.where(form.model.state == form.state)
    with made.app.app_context():
        found = db.session.scalar(query)
        db.session.remove()
    return found or 0


def _five_times(made: Bench, endpoint: str) -> str:
    form = CREATES[endpoint]
    place = set_scene(made, form.scene)
    path = place.path or path_of(made, endpoint)
    browser, typed = signed_in(made, form.who), form.typed | place.more
    page = browser.client.get(page_of(made, form, path))
    if page.status_code != 200:
        return f"not opened: {page.status_code} {page.headers.get('Location')}"
    sent = FormReader.of(page.text, f'action="{path}"' if form.page else "").sent | typed
    if form.asks:
        asked = browser.client.post(path, data=sent)
        sent = FormReader.of(asked.text).sent | typed
    before, gate = _count(made, form), threading.Barrier(SENT_AT_ONCE)
    clients = [signed_in(made, form.who).client for _ in range(SENT_AT_ONCE)]

    def send(client: object) -> object:
        gate.wait()
        return client.post(path, data=sent)

    with ThreadPoolExecutor(SENT_AT_ONCE) as hands:
        came = list(hands.map(send, clients))
    came.append(browser.client.post(path, data=sent))
    many, codes = _count(made, form) - before, [one.status_code for one in came]
    if codes == [303] * 5 and many == form.makes:
        return ""
    return f"{codes}, {many} records, {errors_of(came[0].text)}"


def run(
    made: Bench,
    *,
    edit_rounds: int,
    create_rounds: int,
    wanted: Callable[[str], bool] = lambda _: True,
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Do all of it."""
    outcome = Outcome()
    endpoints = list(dict.fromkeys(filter(wanted, (*EDITS, *STEPS, *CREATES))))
    for endpoint, faults in edits(made, endpoints, edit_rounds) if edit_rounds else ():
        outcome.edits += edit_rounds
        outcome.faults += [f"{endpoint} {fault}" for fault in faults]
        tell(f"{endpoint}: {edit_rounds} stale edits, {len(faults)} faults")
    for endpoint, faults in creates(made, endpoints, create_rounds) if create_rounds else ():
        outcome.creates += create_rounds
        outcome.faults += [f"{endpoint} {fault}" for fault in faults]
        tell(f"{endpoint}: {create_rounds} x 5 sends, {len(faults)} faults")
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
    parser.add_argument("--forms", default="", help="those whose endpoint begins so, by commas")
    parser.add_argument("--verbose", action="store_true", help="tell each form as it is done")
    told = parser.parse_args(arguments)
    place, began = databases.fastest(Path(tempfile.gettempdir())), time.monotonic()
    with (
        tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name,
        bench(Path(name), told.database) as made,
    ):
        done = run(
            made, edit_rounds=told.edits, create_rounds=told.creates,
            wanted=lambda endpoint: endpoint.startswith(tuple(told.forms.split(","))),
            tell=(lambda line: print(line, flush=True)) if told.verbose else lambda _: None,
        )  # fmt: skip
    print(f"{done.edits} stale edits of {len(EDITS)} forms and {len(STEPS)} steps, "
          f"{done.creates} x 5 sends of {len(CREATES)} forms, {len(done.faults)} faults, "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    for fault in done.faults[:80]:
        print(f"fault  {fault}")
    return 1 if done.faults else 0
