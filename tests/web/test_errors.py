"""What a refusal or a failure says, and what it leaves behind."""

import builtins
import dataclasses
import errno
import sqlite3
from collections import Counter
from contextlib import closing

import pytest
from flask import abort
from jinja2.meta import find_referenced_templates
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from tests.browsing import ApartClient, Page
from tests.builders import courses
from tests.people import ADAM, ANNA, CLEO
from tracker import create_app
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services import disk, unit_of_work
from tracker.services.audit import queries as audit_queries
from tracker.services.audit import waiting
from tracker.web import errors

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


CODES = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)


@pytest.fixture
def bereft(settings, monkeypatch):
    """A server that has lost its database, its files and the folder of compiled pages."""
    app = create_app(settings=dataclasses.replace(settings, testing=False))
    app.test_client_class = ApartClient

    def break_down(code):
        if code == 500:
            raise ZeroDivisionError
        abort(code)

    # Public, as its name says: what is refused comes before anybody is asked who they are.
    app.add_url_rule("/broken/<int:code>", "guide.broken", break_down, methods=["GET", "POST"])
    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "do_connect", _refuse_to_connect)

    def refuse(*_arguments, **_named):
        raise OSError(errno.EIO, "away")

    monkeypatch.setattr(app.jinja_env.bytecode_cache, "directory", "/nowhere")
    monkeypatch.setattr(app.jinja_env.loader, "get_source", refuse)
    monkeypatch.setattr(builtins, "open", refuse)
    return app


def _refuse_to_connect(*_arguments):
    raise sqlite3.OperationalError("unable to open database file")


@pytest.mark.parametrize("code", CODES)
def test_the_page_of_an_error_needs_nothing_that_may_be_what_broke(bereft, code):
    answer = bereft.test_client().get(f"/broken/{code}")
    assert answer.status_code == code
    page = Page(answer.text)
    assert page.inspect() == []
    assert "Session tracker" in page.text  # all of the page, and not the last words alone
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_form_that_is_sent_to_a_server_without_anything_is_told_that_nothing_was_saved(bereft):
    answer = bereft.test_client().post("/sign-in", data={"email": "x"})
    assert (answer.status_code, "Nothing was saved" in answer.text) == (400, True)
    bereft.config["WTF_CSRF_ENABLED"] = False
    answer = bereft.test_client().post("/sign-in", data={"email": "x", "password": TYPED})
    assert (answer.status_code, "nothing was saved" in answer.text) == (503, True)
    assert TYPED not in answer.text


def test_where_even_its_template_is_gone_an_error_is_told_in_bare_words(bereft, monkeypatch):
    def refuse(*_arguments, **_named):
        raise OSError(errno.EIO, "away")

    monkeypatch.setattr(errors, "render_template", refuse)
    for code in CODES:
        answer = bereft.test_client().get(f"/broken/{code}")
        assert answer.status_code == code
        assert "<h1>" in answer.text
        assert answer.mimetype == "text/html"


def test_what_error_pages_are_made_of_is_loaded_at_the_start(app):
    """But for the banner of a patient, of whom no error page is."""
    env, named = app.jinja_env, set()
    pages = [f"errors/{code}.html" for code in errors.PAGES] + ["errors/other.html"]
    for name in (*pages, *errors.FRAME):
        source = env.loader.get_source(env, name)[0]
        named |= set(find_referenced_templates(env.parse(source)))
    assert named - {"components/banner.html"} <= set(errors.FRAME)


def test_a_page_whose_compiled_form_finds_no_room_is_shown_all_the_same(settings, monkeypatch):
    app = create_app(settings=dataclasses.replace(settings, testing=False))
    app.test_client_class = ApartClient
    monkeypatch.setattr(app.jinja_env.bytecode_cache, "directory", "/nowhere")
    assert app.test_client().get("/sign-in").status_code == 200


@pytest.fixture
def little_room(cast, patient, monkeypatch):
    monkeypatch.setattr(disk, "free_bytes", lambda _path: disk.REFUSE_BELOW_BYTES - 1)


def test_without_room_records_are_read_and_saves_are_refused_with_what_was_typed(
    browse, patient, little_room
):
    browser = browse(ANNA)  # a sign-in goes on as well
    patient = f"/patients/{patient}"
    browser.open(f"{patient}/")
    page = browser.open(f"{patient}/scores/new")
    typed = {
        "instrument": "madrs", "total": "31", "taken_on": "2026-03-02", "taken_time": "",
        "occasion": "baseline", "tie": "", "note": TYPED, "once": page.value("once"),
    }  # fmt: skip
    page = browser.send(f"{patient}/scores/new", typed, expect=503)
    assert "Not saved: the disk of the server is full" in page.text
    assert TYPED in browser.response.text
    # What is refused for a fault of its own is so without room, too: its draft is not kept.
    page = browser.send(f"{patient}/scores/new", typed | {"total": "none"}, expect=422)
    assert TYPED in browser.response.text
    page = browser.send(f"{patient}/archive", {"reason": TYPED}, expect=503)
    assert "Not saved: the disk of the server is full" in page.text
    assert TYPED in browser.response.text


def test_a_full_disk_lets_lines_of_looks_wait_and_the_trail_takes_them_up(
    browse, settings, treated, monkeypatch
):
    waiting.prepare(settings.instance)
    browser = browse(ANNA)
    begin = unit_of_work.begin_writing
    monkeypatch.setattr(unit_of_work, "begin_writing", _find_no_room)
    browser.open(f"/patients/{treated.patient_id}/")
    browser.open("/patients/999999/", expect=404)
    assert waiting.is_any(settings.instance)
    monkeypatch.setattr(unit_of_work, "begin_writing", begin)
    browser.open("/account/name")
    browser.open(f"/patients/{treated.patient_id}/")
    assert not waiting.is_any(settings.instance)
    looks = select(AuditEvent.at).where(
        AuditEvent.action == "patient.viewed", AuditEvent.patient_id == treated.patient_id
    )
    assert len(db.session.scalars(looks).all()) == 2
    assert db.session.scalar(select(AuditEvent.subject).where(AuditEvent.action == "refused"))
    assert audit_queries.verify().intact


def _find_no_room():
    cause = sqlite3.OperationalError("database or disk is full")
    cause.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise OperationalError("BEGIN", None, cause)


def test_where_no_line_can_wait_nothing_is_shown(browse, treated, monkeypatch):
    browser = browse(ANNA)
    monkeypatch.setattr(unit_of_work, "begin_writing", _find_no_room)
    page = browser.open(f"/patients/{treated.patient_id}/", expect=503)
    assert "disk of the server is full" in page.text
    browser.open("/patients/999999/", expect=503)


def test_a_file_that_has_no_room_is_told_in_words(browse, monkeypatch):
    def refuse(**_named):
        raise OSError(errno.ENOSPC, "No space left on device")

    browser = browse(ADAM)
    monkeypatch.setitem(browser.app.view_functions, "people.listing", refuse)
    browser.app.view_functions["people.listing"].permission = "people:manage"
    assert "disk of the server is full" in browser.open("/people/", expect=503).text


def test_administrators_are_told_early_that_the_disk_runs_full(browse, cast, monkeypatch):
    browser = browse(ADAM)
    assert "To do: room on the server" not in browser.open("/people/").text
    usage = type("Usage", (), {"free": 180 * disk.MIB})
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _path: usage)
    for address in ("/people/", "/clinic/", "/clinic/backups"):
        page = browser.open(address)
        assert "Only 180 MB are free in" in page.text, address
        assert "Below 16 MB nothing is saved" in page.text, address


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
