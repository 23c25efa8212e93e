"""The page at the chair and what it exchanges with the server."""

import html
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.builders.entries import NOW, sent, under_way
from tests.builders.patients import HELD, a_patient, a_series, planned
from tests.people import ADAM, ANNA, CLEO
from tests.stopping import stopped_at
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.sessions import commands as session_commands
from tracker.services.unit_of_work import UNAVAILABLE

FETCH = {"X-Requested-With": "fetch"}
WIRE = {
    "key", "sequence", "kind", "at", "received_at", "by", "content", "replaces", "is_late", "words",
    "outside", "signs",
}  # fmt: skip


clock = stopped_at(NOW)


@pytest.fixture
def chair(anna):
    """A session of Ben's that has begun."""
    return under_way(anna)


@pytest.fixture
def series(anna):
    return a_series(anna, a_patient(anna))


def token(browser):
    """Read the token that every page carries for its scripts."""
    text = browser.client.get("/account/").text
    return re.search(r'name="csrf-token" content="([^"]+)"', text).group(1)


def post(browser, session_id, *written, body=None, **headers):
    """Send entries as the page's script does."""
    headers = FETCH | {"X-CSRFToken": token(browser)} | headers
    data = json.dumps({"entries": list(written)}) if body is None else body
    path = f"/sessions/{session_id}/live/entries"
    return browser.client.post(path, data=data, headers=headers, content_type="application/json")


def poll(browser, session_id, after=0):
    return browser.client.get(f"/sessions/{session_id}/live/entries?after={after}", headers=FETCH)


def state(session_id):
    wanted = select(TreatmentSession.state).where(TreatmentSession.id == session_id)
    return db.session.scalar(wanted)


def test_a_session_begins_at_a_press_and_leads_to_the_chair(browse, series):
    browser, session_id = browse(ANNA), planned(series)[0]
    browser.open(f"/sessions/{session_id}/")
    browser.send(f"/sessions/{session_id}/live/begin", {}, expect=303)
    page = browser.follow()
    assert browser.response.request.path == f"/sessions/{session_id}/live/"
    assert "Patient, Ben" in page.text
    assert state(session_id) == "under-way"


def test_a_second_press_leads_to_the_same_chair(browse, chair):
    browser = browse(ANNA)
    browser.open("/today/")
    browser.send(f"/sessions/{chair}/live/begin", {}, expect=303)
    assert browser.response.headers["Location"] == f"/sessions/{chair}/live/"


def test_an_extra_session_begins_once_from_one_page(browse, series):
    browser = browse(ANNA)
    once = browser.open(f"/series/{series}/").value("once")
    assert once
    made = set()
    page = browser.send(f"/series/{series}/live/begin", {"once": once}, expect=422)
    assert "not in the plan of its series" in page.text
    assert len(planned(series)) == 2
    answered = {"once": once, "reason": "Asked for", "answered": page.value("answered")}
    for _ in range(2):
        browser.send(f"/series/{series}/live/begin", answered, expect=303)
        made.add(browser.response.headers["Location"])
    assert len(made) == 1
    assert len(planned(series)) == 3


def test_without_an_assessment_the_reason_is_asked_for_and_then_it_begins(browse, anna):
    session_id = planned(a_series(anna, a_patient(anna), eligibility_reason=""))[0]
    browser, path = browse(ANNA), f"/sessions/{session_id}/live/begin"
    browser.open(f"/sessions/{session_id}/")
    page = browser.send(path, {}, expect=422)
    assert "No signed eligibility assessment" in page.text
    assert state(session_id) == "planned"
    # A reason answers what was shown, and nothing else.
    page = browser.send(path, {"reason": "Assessed at the referring clinic"}, expect=422)
    answered = {"answered": page.value("answered"), "reason": "Assessed at the referring clinic"}
    browser.send(path, answered, expect=303)
    assert state(session_id) == "under-way"


def test_what_is_recorded_does_not_begin_again_and_shows_its_record(browse, series, anna, clock):
    clock.shift(timedelta(hours=4))
    session_id = session_commands.record(
        HELD, series_id=series, session_id=planned(series)[0], by=anna
    )
    browser = browse(ANNA)
    browser.open("/today/")
    page = browser.send(f"/sessions/{session_id}/live/begin", {}, expect=422)
    assert "This session has been recorded. Amend its record, or strike it out." in page.text
    browser.open(f"/sessions/{session_id}/live/", expect=303)
    assert browser.response.headers["Location"] == f"/sessions/{session_id}/"


def test_entries_come_back_as_the_wire_has_them(browse, chair, clock):
    clock.shift(timedelta(minutes=16))
    browser = browse(ANNA)
    answer = post(
        browser,
        chair,
        sent("1", minute=-2, systolic_mmhg="152", diastolic_mmhg=82, sedation=5),
        sent("2", "given", dose_mg="35.50"),
        sent("3", pain=11),
    )
    assert answer.status_code == 200
    assert answer.json["now"] == (NOW + timedelta(minutes=16)).isoformat()
    reading, given = answer.json["taken"]
    assert set(reading) == WIRE
    assert reading == {
        "key": "key-000001", "sequence": 1, "kind": "reading",
        "at": (NOW - timedelta(minutes=2)).isoformat(),
        "received_at": (NOW + timedelta(minutes=16)).isoformat(),
        "by": "Anna Clinician", "replaces": "", "is_late": False,
        "content": {"systolic_mmhg": 152, "diastolic_mmhg": 82, "sedation": 5},
        "words": "BP 152/82, sedation 5",
        "outside": [
            "Systolic pressure 152 mmHg, above 140 (clinic default; no published limit)"
        ],
        "signs": ["systolic_mmhg"],
    }  # fmt: skip
    assert given["content"] == {"dose_mg": "35.50"}
    assert answer.json["refused"] == [
        {
            "key": "key-000003",
            "problems": [
                {"field": "pain", "message": "Give the pain as a whole number from 0 to 10."}
            ],
        }
    ]


def test_a_poll_tells_what_is_new_and_what_is_due(browse, chair, clock):
    clock.shift(timedelta(minutes=23))
    browser = browse(ANNA)
    assert poll(browser, chair).json["due"] == {
        "minute": 0, "at": None, "late": False, "minutes_late": 0, "words": "Before the start",
    }  # fmt: skip
    post(browser, chair, sent("1", minute=-2, systolic_mmhg=120), sent("2", "given", dose_mg=35))
    found = poll(browser, chair, after=1).json
    assert [one["key"] for one in found["entries"]] == ["key-000002"]
    assert found["sequence"] == 2
    assert found["state"] == "under-way"
    assert found["started_at"] == NOW.isoformat()
    assert found["due"] == {
        "minute": 15, "at": (NOW + timedelta(minutes=15)).isoformat(), "late": True,
        "minutes_late": 8, "words": "15 min",
    }  # fmt: skip


def test_the_page_carries_the_log_that_a_poll_goes_on_from(browse, chair, anna):
    written = "</script>\"'&amp;<b>"
    entry_log.append(chair, [sent("1", "note", text=written)], by=anna)
    browser = browse(ANNA)
    browser.open(f"/sessions/{chair}/live/")
    carried = re.search(r'data-live="([^"]*)"', browser.response.text).group(1)
    page = json.loads(html.unescape(carried))
    assert page["entries"] == poll(browser, chair).json["entries"]
    assert page["entries"][0]["words"] == written
    assert page["sequence"] == 1


@pytest.mark.parametrize("after", ["-1", "x", "9" * 10, "1" * 17, "", "١"])
def test_a_poll_from_nowhere_is_refused(browse, chair, after):
    assert poll(browse(ANNA), chair, after).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        "", "nothing", "[]", "{}", '{"entries": {}}', '{"entries": []}', "[" * 100_000, "9" * 5000,
        '{"entries": "' + "x" * 1000 + '"}', '{"entries": [' + "1," * 60 + "1]}", "\xff",
    ],
)  # fmt: skip
def test_what_is_no_list_of_entries_is_refused_in_words(browse, chair, body):
    answer = post(browse(ANNA), chair, body=body)
    assert answer.status_code == 422
    assert answer.json["problems"][0]["field"] == "entries"


@pytest.mark.parametrize(
    "entry",
    [
        "1", "null", "[]", '{"key": NaN}', '{"key": "k-12345678", "kind": {}}',
        '{"key": "k-12345678", "kind": "given", "at": "2026-03-02T15:00:00Z", '
        '"content": {"dose_mg": NaN}}',
        '{"key": "k-12345678", "kind": "given", "at": "2026-03-02T15:00:00Z", '
        '"content": {"dose_mg": 1e999}}',
        '{"key": "k-12345678", "kind": "note", "at": "2026-03-02T15:00:00Z", '
        '"content": {"text": "\\ud800\\u0000"}}',
    ],
)  # fmt: skip
def test_a_hostile_entry_is_refused_and_breaks_nothing(browse, chair, entry):
    answer = post(browse(ANNA), chair, body=f'{{"entries": [{entry}]}}')
    assert answer.status_code == 200
    assert answer.json["taken"] == []
    assert answer.json["refused"][0]["problems"]


def test_what_was_typed_is_never_markup(browse, chair):
    answer = post(browse(ANNA), chair, sent("1", "note", text="<b onclick=x>&amp;</b>"))
    assert answer.mimetype == "application/json"
    assert answer.json["taken"][0]["words"] == "<b onclick=x>&amp;</b>"
    assert answer.headers["Cache-Control"] == "no-store"


def test_strangers_learn_nothing(browse, chair):
    for who, status in ((CLEO, 404), (ADAM, 403)):
        browser = browse(who)
        assert poll(browser, chair).status_code == status
        assert post(browser, chair, sent("1", pain=1)).status_code == status
    assert entry_log.of_session(chair) == []


def test_who_was_signed_out_is_told_so_and_loses_nothing(browse, chair):
    browser = browse(ANNA)
    kept = token(browser)
    browser.client.delete_cookie("tracker")
    assert poll(browser, chair).status_code == 401
    answer = browser.client.post(
        f"/sessions/{chair}/live/entries",
        json={"entries": [sent("1", pain=1)]},
        headers=FETCH | {"X-CSRFToken": kept},
    )
    assert answer.status_code in {400, 401}
    assert entry_log.of_session(chair) == []


def test_entries_without_the_pages_token_are_refused(browse, chair):
    assert post(browse(ANNA), chair, sent("1", pain=1), **{"X-CSRFToken": ""}).status_code == 400


def test_a_database_that_does_not_answer_is_no_loss(browse, chair, monkeypatch):
    def down(*_args, **_words):
        raise UNAVAILABLE[0]("INSERT", None, Exception())

    browser = browse(ANNA)
    monkeypatch.setattr("tracker.services.live.entry_log.unit_of_work", down)
    assert post(browser, chair, sent("1", pain=1)).status_code == 503


def test_watching_does_not_keep_a_browser_signed_in_and_writing_does(browse, chair, clock):
    watching, writing = browse(ANNA), browse(ANNA)
    for number in range(8):
        clock.shift(timedelta(minutes=5))
        watched = poll(watching, chair).status_code
        written = post(writing, chair, sent(str(number), pain=1, minute=number)).status_code
    assert (watched, written) == (401, 200)


def test_a_poll_leaves_few_lines_in_the_trail(browse, chair):
    browser = browse(ANNA)
    for _ in range(5):
        poll(browser, chair)
    seen = select(AuditEvent.subject).where(AuditEvent.action == "live.viewed")
    assert db.session.scalars(seen).all() == [f"session:{chair}"]


def test_today_offers_to_begin_and_to_open(browse, anna, series):
    browser = browse(ANNA)
    first = planned(series)[0]
    page = browser.open("/today/")
    assert f"/sessions/{first}/live/begin" in {form.get("action") for form in page.forms}
    live_commands.begin(first, by=anna)
    assert f"/sessions/{first}/live/" in browser.open("/today/").links
    assert f"/sessions/{first}/live/" in browser.open(f"/sessions/{first}/").links
    assert f"/sessions/{first}/live/" in browser.open(f"/series/{series}/").links


def test_entries_as_plain_text_from_another_page_are_refused(browse, chair):
    """A form elsewhere can send text/plain with our cookie, and no header of its own."""
    browser = browse(ANNA)
    path = f"/sessions/{chair}/live/entries"
    token = browser.open("/account/").value("csrf_token")
    body = f'{{"entries": [{{}}], "csrf_token": "{token}"}}'
    answer = browser.client.post(path, data=body, content_type="text/plain")
    assert answer.status_code == 400
