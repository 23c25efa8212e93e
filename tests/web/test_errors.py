"""What a refusal or a failure says, and what it leaves behind."""

import sqlite3
from collections import Counter
from contextlib import closing

import pytest
from sqlalchemy import event, select

from tests.builders import courses
from tests.people import ANNA, CLEO
from tracker.models import db
from tracker.models.audit import AuditEvent

TYPED = "a sentence that took a while to write"


@pytest.fixture
def treated(cast):
    return courses.treat(cast.console)


@pytest.mark.parametrize("number", ["9" * 17, "9" * 400, "9" * 5000, "%D9%A1", "-1"])
@pytest.mark.parametrize(
    "address",
    ["/patients/{}/", "/patients/{}/progress.svg", "/series/{}/", "/sessions/{}/record"],
)
def test_a_number_that_no_record_can_have_is_a_page_that_is_not_there(browse, address, number):
    browse(ANNA).open(address.format(number), expect=404)


def test_looking_for_somebody_elses_record_leaves_a_line(browse, cast, treated):
    browse(CLEO).open(f"/patients/{treated.patient_id}/", expect=404)
    line = db.session.scalar(
        select(AuditEvent).where(AuditEvent.action == "refused", AuditEvent.actor == cast.cleo.name)
    )
    assert line.subject == "patients.show"
    assert line.detail == f"not there patient_id:{treated.patient_id}"


def test_a_database_that_is_busy_gives_back_what_was_typed(browse, settings, treated):
    browser = browse(ANNA)
    patient, session = f"/patients/{treated.patient_id}", f"/sessions/{treated.session_ids[0]}"
    token = browser.open(f"{patient}/archive").value("csrf_token")
    db.session.remove()
    db.engine.dispose()
    event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=10"))
    path = settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for address, name in (
            ("/patients/new", "notes"),
            (f"{patient}/edit", "notes"),
            (f"{patient}/archive", "reason"),
            (f"{patient}/scores/new", "note"),
            (f"{session}/amend", "private_notes"),
            (f"/series/{treated.series_id}/sessions/new", "private_notes"),
        ):
            sent = {"csrf_token": token, name: TYPED, "record_number": "B-9"}
            page = browser.send(address, sent, expect=503)
            assert "nothing was saved" in page.text or "Not saved" in page.text, address
            assert TYPED in page.text, address


def test_a_password_is_never_given_back(browse, settings):
    browser = browse(ANNA)
    browser.open("/password/change")
    db.session.remove()
    db.engine.dispose()
    event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=10"))
    path = settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        words = {"password": TYPED, "new_password": TYPED, "new_password_confirm": TYPED}
        browser.send("/password/change", words, expect=503)
        assert TYPED not in browser.response.text


# What is about a password or a way in is never given back.
SECRET = ("security.", "account.")


def test_every_address_says_so_when_the_database_is_gone(browse, app, monkeypatch, request):
    """Whatever a page and its frame ask for: the page that says so asks for nothing more."""
    browser = browse(ANNA)
    token = browser.open("/patients/new").value("csrf_token")
    db.session.remove()
    db.engine.dispose()

    def refuse(*_):
        raise sqlite3.OperationalError("gone")

    event.listen(engine := db.engine, "do_connect", refuse)
    request.addfinalizer(lambda: event.remove(engine, "do_connect", refuse))
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    found = Counter()
    for rule in app.url_map.iter_rules():
        # What is made of letters is a secret, or names a page or a form: any will do.
        any_of = {
            name: one.items for name, one in rule._converters.items() if hasattr(one, "items")
        }
        arguments = {name: min(any_of.get(name, "1")) for name in rule.arguments}
        path = rule.build(arguments, append_unknown=False)[1]
        for method in rule.methods & {"GET", "POST"}:
            sent = {"csrf_token": token, "words": TYPED} if method == "POST" else None
            answer = browser.client.open(path, method=method, data=sent)
            given_back = method == "GET" or rule.endpoint.startswith(SECRET) or TYPED in answer.text
            kind = "silent" if answer.status_code == 503 and not given_back else answer.status_code
            found[kind] += 1
            assert answer.status_code != 500, (method, path)
            assert kind != "silent", (method, path)
    assert found[503] > 200, found
