"""Type into every form with free text of every role, and lose it in eight ways; count what is gone.

The sign-in ends, another tab signs out, the connection is lost, a field is wrong, one goes back,
loads the page anew, the tab crashes, the server is killed: in Chromium, with a clinic that has
every kind of record in every state. The forms are read from the pages; which keep no draft, and
why, says tracker/web/drafts/declared.py. python -m tests.reliability.typed_text --help
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Browser, Error, sync_playwright

from tests import databases
from tests.journeys.conftest import CHROMIUM, FLAGS
from tests.reliability.typed_text.places import Clinic, Place
from tests.reliability.typed_text.ways import (
    WAYS,
    Desk,
    Typed,
    lost,
    reopened,
    type_and_leave,
)

RESTART = "restart"
T = TypeVar("T")
Tell = Callable[[str], None]


@dataclass
class Outcome:
    """What came of it: how many trials of each way, and what was lost in which form."""

    trials: dict[str, int] = field(default_factory=dict)
    lost: dict[tuple[str, str], int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # nothing was wrong: it was saved

    @property
    def characters(self) -> int:
        """How many characters are gone."""
        return sum(self.lost.values())


class Walk:
    """Tries the ways with the forms, and writes down what came of it."""

    def __init__(self, desk: Desk, wanted: Callable[[str, Place], bool], tell: Tell) -> None:
        self.desk, self.wanted, self.tell, self.outcome = desk, wanted, tell, Outcome()

    def one_by_one(self, way: str, lose: Callable[[Desk, Place], int]) -> None:
        """Try a way with each form."""
        for place in self._places(way):
            gone = self._try(way, place, partial(lose, self.desk, place))
            self._note(way, place, gone)
            self.desk.clinic.drop_drafts()

    def restart(self) -> None:
        """Type into every form, kill the server, start it, and look into every form."""
        typed = dict[Place, Typed]()
        for place in self._places(RESTART):
            if done := self._try(RESTART, place, partial(type_and_leave, self.desk, place)):
                typed[place] = done
        self.desk.served.kill()
        self.desk.served.start()
        for place, words in typed.items():
            found = self._try(RESTART, place, partial(reopened, self.desk, place))
            if found is not None:
                self._note(RESTART, place, lost(words, found))
        self.desk.clinic.drop_drafts()

    def _places(self, way: str) -> list[Place]:
        self.desk.leave()  # what asks for the password anew has it from now
        return [place for place in self.desk.clinic.places if self.wanted(way, place)]

    def _try(self, way: str, place: Place, act: Callable[[], T]) -> T | None:
        try:
            return act()
        except (Error, LookupError) as broken:
            said = str(broken).splitlines()[0]
            self.outcome.broken.append(f"{way}: {place.words} {place.path}: {said}")
            self.tell(f"{way}: {place.words}: broken, {said}")
            self.desk.leave()
            return None

    def _note(self, way: str, place: Place, gone: int | None) -> None:
        if gone is None:
            return
        trials = self.outcome.trials
        trials[way] = trials.get(way, 0) + 1
        if gone:
            self.outcome.lost[way, place.words] = gone
        self.tell(f"{way}: {place.words}: {gone} lost")


def run(
    browser: Browser,
    clinic: Clinic,
    *,
    wanted: Callable[[str, Place], bool] = lambda way, place: True,
    tell: Tell = lambda _: None,
) -> Outcome:
    """Try every way with every form, or those that are wanted."""
    with clinic.serve() as served:
        desk = Desk(browser, clinic, served)
        walk = Walk(desk, wanted, tell)
        walk.restart()
        for way, lose in WAYS.items():
            walk.one_by_one(way, lose)
        desk.leave()
    walk.outcome.taken = desk.taken
    return walk.outcome


def main(arguments: list[str] | None = None) -> int:
    """Print what was tried and what is lost; end with 1 if there is any."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability.typed_text", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--ways", default="", help="those that begin with one of these, by commas")
    parser.add_argument("--forms", default="", help="those whose endpoint begins so, by commas")
    parser.add_argument("--list", action="store_true", help="name the forms, and try nothing")
    parser.add_argument("--verbose", action="store_true")
    told = parser.parse_args(arguments)
    ways, begins = tuple(told.ways.split(",")), tuple(told.forms.split(","))
    place, began = databases.fastest(Path(tempfile.gettempdir())), time.monotonic()
    with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name:
        clinic = Clinic(Path(name))
        if told.list:
            for one in clinic.places:
                print(one.words, one.path, *one.names)
            print("found on no page:", *clinic.missing)
            print("not walked:", clinic.left_out)
            return 0
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            done = run(
                browser,
                clinic,
                wanted=lambda way, one: way.startswith(ways) and one.endpoint.startswith(begins),
                tell=(lambda line: print(line, flush=True)) if told.verbose else lambda _: None,
            )
            browser.close()
    print(f"{len(clinic.places)} forms, {sum(done.trials.values())} trials {done.trials}, "
          f"{done.characters} characters lost, {time.monotonic() - began:.0f} s")  # fmt: skip
    print(f"nothing was wrong, so it was saved: {', '.join(done.taken) or 'none'}")
    for (way, words), gone in done.lost.items():
        print(f"lost  {way}: {words}: {gone} characters")
    for line in done.broken:
        print(f"broken  {line}")
    return 1 if done.lost or done.broken else 0
