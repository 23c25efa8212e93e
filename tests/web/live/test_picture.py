"""The picture at the chair: told again only where it changed, and to whoever may watch."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.builders.entries import NOW, under_way, write
from tests.people import ADAM, ANNA, CLEO
from tests.stopping import stopped_at
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services.progress import drawing

FETCH = {"X-Requested-With": "fetch"}


clock = stopped_at(NOW)


@pytest.fixture
def chair(anna):
    return under_way(anna)


def ask(browser, session_id, **query):
    query = {"shape": "tablet", "theme": "light", **query}
    path = f"/sessions/{session_id}/live/picture"
    return browser.client.get(path, query_string=query, headers=FETCH)


def test_the_chair_is_told_the_picture_and_its_words(browse, anna, chair, clock):
    write(anna, chair, "reading", {"systolic_mmhg": 152, "diastolic_mmhg": 94})
    told = ask(browse(ANNA), chair).json
    assert set(told) == {"tag", "at", "svg", "alt"}
    assert "152/94" in told["svg"]
    assert "Blood pressure 152/94" in told["alt"]
    assert told["at"] == NOW.isoformat()


def test_it_is_the_same_picture_as_on_the_page_of_the_session(browse, anna, chair):
    write(anna, chair, "reading", {"heart_rate_bpm": 70})
    browser = browse(ANNA)
    page = browser.client.get(f"/sessions/{chair}/timeline.svg?shape=tablet&theme=light")
    told = ask(browser, chair).json
    assert told["svg"].encode() == page.data
    assert f'W/"{told["tag"]}"' == page.headers["ETag"]


def test_a_picture_that_is_known_is_neither_sent_nor_drawn(browse, anna, chair, monkeypatch):
    write(anna, chair, "reading", {"heart_rate_bpm": 70})
    browser = browse(ANNA)
    tag = ask(browser, chair).json["tag"]
    monkeypatch.setattr(drawing.Picture, "content", None)
    assert set(ask(browser, chair, known=tag).json) == {"tag", "at"}
    write(anna, chair, "note", {"text": "Eyes closed."})
    monkeypatch.undo()
    assert "svg" in ask(browser, chair, known=tag).json
    other = ask(browser, chair, known=tag, theme="dark").json
    assert other["tag"] != tag


def test_before_the_first_entry_there_is_no_picture(browse, chair):
    told = ask(browse(ANNA), chair).json
    assert told["svg"] == ""
    assert told["alt"].startswith("Nothing was written down")


@pytest.mark.parametrize("query", [{"shape": "poster"}, {"theme": "pink"}])
def test_there_is_no_other_look(browse, chair, query):
    assert ask(browse(ANNA), chair, **query).status_code == 404


@pytest.mark.parametrize(("who", "status"), [(CLEO, 404), (ADAM, 403)])
def test_only_who_may_watch_sees_it(browse, chair, who, status):
    answer = ask(browse(who), chair)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"


def test_looking_again_and_again_is_one_line_in_the_trail(browse, anna, chair):
    browser = browse(ANNA)
    for value in (70, 71, 72):
        write(anna, chair, "reading", {"heart_rate_bpm": value})
        ask(browser, chair)
    seen = select(AuditEvent.action).where(
        AuditEvent.action.in_(["live.viewed", "timeline.viewed"])
    )
    assert db.session.scalars(seen).all() == ["live.viewed"]


def test_a_page_that_asks_by_itself_does_not_stay_signed_in(browse, chair, clock):
    browser = browse(ANNA)
    for _ in range(8):
        clock.shift(timedelta(minutes=5))
        status = ask(browser, chair).status_code
    assert status == 401
