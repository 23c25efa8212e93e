"""Nobody takes so many files or pictures that the others wait."""

from datetime import timedelta

import pytest
import time_machine

from tests.browsing import Browser
from tests.builders.courses import account, treat
from tests.people import ADAM, ANNA, BEN
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.people.tries import TryLimit
from tracker.services.progress import drawing
from tracker.web.exports import limits

THREE = TryLimit(3, minutes=10)
FILE = "/audit/lines.csv?action=signed-in"


def statuses(browser: Browser, path: str, count: int) -> list[int]:
    """How a file is answered, again and again."""
    return [browser.client.get(path).status_code for _ in range(count)]


@pytest.fixture
def three(monkeypatch):
    """Only three files within ten minutes, and three drawn pictures."""
    monkeypatch.setattr(limits, "FILES", THREE)
    monkeypatch.setattr(limits, "DRAWN", THREE)


@pytest.mark.both_databases
def test_files_are_held_back_per_person_and_it_is_said_when_they_come_again(three, browse, cast):
    adam, anna = browse(ADAM), browse(ANNA)
    assert statuses(adam, FILE, 3) == [200] * 3
    with time_machine.travel(clock.now() + timedelta(minutes=6, seconds=30)):
        adam.open(FILE, expect=429)
    assert "You asked for very many files" in adam.page.text
    assert "the next are made in 4 minutes." in adam.page.text
    assert "Forgotten your password" not in adam.page.text
    wait = int(adam.response.headers["Retry-After"])
    assert 180 < wait <= 210
    assert statuses(Browser(browse.app)(ADAM), FILE, 1) == [429], "whichever browser it is"
    assert statuses(anna, "/stock/inspection.csv", 1) == [200], "a colleague is let through"
    later = clock.now() + timedelta(minutes=10, seconds=5)
    with time_machine.travel(later):
        fresh = browse(ADAM)
        assert statuses(fresh, FILE, 4) == [200, 200, 200, 429]


def test_one_line_tells_of_it_and_not_one_for_each(three, browse, cast):
    adam = browse(ADAM)
    assert statuses(adam, FILE, 9) == [200] * 3 + [429] * 6
    lines = [x for x in audit_queries.read(by=cast.adam).lines if x.action == "file.limited"]
    told = (cast.adam.name, "files, in 10 minutes")
    assert [(line.actor, line.detail) for line in lines] == [told]


def test_every_file_counts_a_patients_own_copy_too(three, browse, cast):
    treated = treat(cast.console)
    account(cast.console, treated)
    ben = browse(BEN)
    assert statuses(ben, "/my/download.zip", 4) == [200] * 3 + [429]


def test_pictures_that_are_kept_are_never_held_back(three, browse, cast):
    treated = treat(cast.console)
    anna = browse(ANNA)
    page = f"/patients/{treated.patient_id}/progress"
    drawing._content.cache.clear()
    looks = [f"{page}.svg?shape={shape}&theme={theme}" for shape in drawing.SHAPES
             for theme in drawing.THEMES]  # fmt: skip
    assert [statuses(anna, look, 1)[0] for look in looks] == [200, 200, 200, 429]
    assert statuses(anna, looks[0], 5) == [200] * 5
    assert statuses(browse(ADAM), "/guide/example.svg", 1) == [200]


def test_the_chair_has_no_limit():
    """Entries, drafts and forms are saved by views that nothing of this is put before."""
    braked = {"audit.download", "exports.download", "exports.patient_copy", "my.archive",
              "outcomes.report_csv", "outcomes.report_pdf", "stock.inspection",
              "worksheets.pdf"}  # fmt: skip
    from tests.rules.checkout import TRACKER, text

    routes = "\n".join(text(path) for path in (TRACKER / "web").rglob("routes.py"))
    assert routes.count("@brake_files") == len(braked)
