"""The page of nobody that browsers keep, and the script that answers with it."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.people import ANNA
from tracker.domain.live.entries import EventAction, EventOutcome, EventTerm, InfusionAction, Mark
from tracker.web.addresses import plain_name
from tracker.web.live import chair

STATIC = Path(chair.__file__).parents[2] / "static"
IMPORTED = re.compile(r'(?:from |import\()"(\.[\w./-]+\.js)"')
SHOWN = re.compile(r'new URL\("(\.[^"]+)", import\.meta\.url')  # a picture that a script puts in
HOOK = re.compile(r'"(\[data-[\w-]+\]|body\[data-idle-minutes\])": "(\.[\w./-]+\.js)"')
PAGE = "layouts/page.js"


@pytest.fixture
def shell(browse):
    """What anybody gets."""
    return browse.client.get("/chair").text


def needed(page: str) -> set[str]:
    """List every file that the page loads, and every one that those load."""
    found = set(re.findall(r'(?:src|href)="([^"]+\.(?:js|css|svg))"', page))
    names = {plain_name(path.removeprefix("/static/")) for path in found}
    todo = {*names, *hooked(page)}
    while todo:
        name = todo.pop()
        names.add(name)
        if name.endswith(".js") and name != PAGE:  # what page.js loads depends on the page
            script = (STATIC / name).read_text()
            imported = IMPORTED.findall(script) + SHOWN.findall(script)
            todo |= {beside(name, other) for other in imported} - names
    return {f"/static/{name}" for name in names}


def beside(name: str, other: str) -> str:
    """Find what a module means by `./other.js` or `../folder/other.js`."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), other))


def hooked(page: str) -> Iterator[str]:
    """List what page.js loads for what stands in the page; the time-out starts with the shell."""
    text = (STATIC / PAGE).read_text()
    for name in re.findall(r'^import .*"(\.[\w./-]+\.js)"', text, re.MULTILINE):
        yield beside(PAGE, name)
    for hook, name in HOOK.findall(text):
        if re.search(rf"{re.escape(hook.strip('[]'))}[\s=>]", page):
            yield beside(PAGE, name)


def test_the_page_that_is_kept_is_the_same_for_everybody(browse, shell):
    browser = browse(ANNA)
    assert browser.client.get("/chair").text == shell
    assert "csrf" not in shell
    assert "Anna" not in shell
    assert "data-person" not in shell


def test_the_worker_may_answer_for_every_address_and_is_a_script(browse):
    answer = browse.client.get("/worker.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_worker_keeps_every_file_the_page_needs_and_no_other(browse, shell):
    script = browse.client.get("/worker.js").text
    listed = re.search(r"const STATIC = \[(.*?)\];", script, re.DOTALL).group(1)
    kept = {f"/static/{name}" for name in re.findall(r'"([^"]+)"', listed)}
    assert kept == needed(shell)
    assert all(browse.client.get(path).status_code == 200 for path in kept)


def test_the_worker_knows_a_file_by_the_name_that_pages_use(browse, shell):
    """It strips the version as the server does."""
    pattern = re.search(
        r"const VERSION = /(.+)/;", browse.client.get("/worker.js").text
    ).group(1).replace("\\/", "/")  # fmt: skip
    named = re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css|svg))"', shell)
    assert named
    for path in named:
        plain = re.sub(pattern, "/static/", path)
        assert plain == f"/static/{plain_name(path.removeprefix('/static/'))}" != path


def test_everything_that_can_be_written_can_be_chosen_without_a_server(shell):
    for name, codes in (
        ("term", EventTerm),
        ("actions", EventAction),
        ("outcome", EventOutcome),
        ("mark", Mark),
    ):
        for code in codes:
            assert shell.count(f'name="{name}" value="{code}"') == 1, code
    for action in InfusionAction:
        assert f'data-code="action:{action}">{action.label}' in shell
