"""The page of nobody that browsers keep for the chair, and the script that answers with it."""

import re

import pytest

from tests.people import ANNA
from tests.web.live.kept_files import kept, needed
from tracker.domain.live.entries import EventAction, EventOutcome, EventTerm, InfusionAction, Mark
from tracker.web.addresses import plain_name


@pytest.fixture
def shell(browse):
    """What anybody gets."""
    return browse.client.get("/chair").text


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
    files = kept(browse.client.get("/worker.js").text, "chair")
    assert files == needed(shell)
    assert all(browse.client.get(path).status_code == 200 for path in files)


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
