"""Once means once, and nobody overwrites anybody silently: over every address there is."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.web.drafts.every_form import (
    CREATES,
    CREATES_ELSEWHERE,
    EDITS,
    EDITS_ELSEWHERE,
    STEPS,
    WHAT_TO_DO,
    FormReader,
)
from tests.web.test_access import scene  # noqa: F401 - a fixture with every kind of object in it
from tracker.models import db

SENT_AT_ONCE = 4


def address(scene, endpoint):  # noqa: F811
    rule = next(r for r in scene.app.url_map.iter_rules() if r.endpoint == endpoint)
    return scene.fill(rule, "ben").replace("/count", "/receive")


def count(model):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def test_every_form_is_in_a_list(app):
    forms = {r.endpoint for r in app.url_map.iter_rules() if "POST" in r.methods}
    ours = {one for one in forms if not one.startswith("security.")}
    lists = (CREATES, CREATES_ELSEWHERE, EDITS, EDITS_ELSEWHERE, STEPS)
    known = {endpoint for one in lists for endpoint in one}
    assert not ours - known, f"{sorted(ours - known)}: {WHAT_TO_DO}"
    assert not known - ours, f"gone: {sorted(known - ours)}"
    assert len(known) == sum(map(len, lists)), "a form stands in one list"


@pytest.mark.both_databases
@pytest.mark.parametrize("endpoint", CREATES)
def test_a_form_that_is_sent_five_times_makes_one_record(scene, browse, endpoint):  # noqa: F811
    made, path = CREATES[endpoint], address(scene, endpoint)
    browser = browse(made.who)
    page = browser.open(path + made.query)
    sent = FormReader.of(browser.response.text).sent | made.typed
    if made.asks_first:
        page = browser.send(path, sent, expect=422)
        sent |= {"seen": page.value("seen") or ""}
    before = count(made.model)
    cookie = browser.client.get_cookie("tracker").value
    gate = threading.Barrier(SENT_AT_ONCE)

    def send(client):
        client.set_cookie("tracker", cookie)
        gate.wait()
        return client.post(path, data=sent)

    clients = [browse.app.test_client() for _ in range(SENT_AT_ONCE)]
    with ThreadPoolExecutor(SENT_AT_ONCE) as hands:
        came = list(hands.map(send, clients))
    came.append(browser.client.post(path, data=sent))  # the button of going back
    said = [re.findall(r"Error: </span>([^<]+)", one.text) for one in came]
    assert [one.status_code for one in came] == [303] * 5, said
    assert count(made.model) - before == 1


@pytest.mark.parametrize("endpoint", EDITS)
def test_of_two_who_change_the_same_the_second_sees_both(scene, browse, endpoint):  # noqa: F811
    edit, path = EDITS[endpoint], address(scene, endpoint)
    if endpoint == "people.change":
        path = path.replace(str(scene.users["ben"]), str(scene.cast.anna.user_id))
    mine, theirs = browse(edit.who), browse(edit.who)
    pages = []
    for browser in (mine, theirs):
        browser.open(path)
        pages.append(FormReader.of(browser.response.text).sent | edit.more)
    theirs.send(path, pages[1] | {edit.name: edit.theirs}, expect=303)
    answer = mine.client.post(path, data=pages[0] | {edit.name: edit.mine})
    assert answer.status_code in {409, 422}, answer.headers.get("Location")
    assert edit.mine in answer.text, "what the second one typed is on the page"
    assert edit.theirs in answer.text or edit.name == "planned_on", "and what stands"
    theirs.open(path)
    stands = FormReader.of(theirs.response.text).sent[edit.name][0]
    assert stands.strip() == edit.theirs
