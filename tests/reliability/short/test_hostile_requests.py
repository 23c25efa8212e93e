"""Requests made to hurt: each is counted before it is read, and refused on a page that says so."""

import json
import re
import socket
import threading

import pytest
from sqlalchemy import delete

from tests.browsing import Browser
from tests.builders.patients import a_series, planned
from tests.people import ADAM, ANNA
from tests.signing_in import ask_for_link, reset_link
from tracker import request_limits
from tracker.exchange.mapping.model import MappingError
from tracker.exchange.mapping.toml_reader import from_toml
from tracker.models import db
from tracker.models.users import CountedTry
from tracker.services.live import commands as live_commands
from tracker.web.guard import is_public

FORM = "application/x-www-form-urlencoded"
# Routes that take more than is usual, and why; whatever else is sent anywhere is small.
LARGER = {
    "imports.stage": "a file of a clinic's years",
    "imports.decide": "what the columns of a wide file mean",
    "live.append": "hours at the chair without a connection",
}


def refuse(client, path, status, words, **request):
    answer = client.open(path, **request)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
    assert words in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_every_route_that_takes_much_says_so_and_the_public_ones_take_little(app):
    larger = set()
    for rule in app.url_map.iter_rules():
        limit = request_limits.limit_of(app, rule.endpoint)
        if is_public(rule.endpoint):
            assert limit == request_limits.PUBLIC, rule
        elif limit.size_bytes > request_limits.USUAL.size_bytes:
            larger.add(rule.endpoint)
        else:
            assert limit == request_limits.USUAL, rule
    assert larger == set(LARGER)


def test_the_fields_of_a_form_are_counted(browse, cast):
    fields = "&".join(f"f{n}=1" for n in range(20_000))
    for client, path, size in (
        (browse.app.test_client(), "/sign-in", 3_000),
        (browse(ANNA).client, "/patients/new", 6_000),
    ):  # fmt: skip
        for body in (fields, fields[:size]):
            refuse(client, path, 413, "too large", method="POST", data=body, content_type=FORM)


def test_the_parts_of_a_form_are_counted(browse, cast):
    part = '--b\r\nContent-Disposition: form-data; name="f{}"\r\n\r\n1\r\n'
    body = "".join(part.format(n) for n in range(600)) + "--b--\r\n"
    refuse(
        browse(ADAM).client, "/imports/", 413, "too large",
        method="POST", data=body, content_type="multipart/form-data; boundary=b",
    )  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-in/passkey", "/password/forgotten", "/links/x", "/welcome/x"]
)
def test_a_public_form_takes_4_kilobytes(app, path):
    body = "email=" + "x" * 5000
    refuse(app.test_client(), path, 413, "4 KB", method="POST", data=body, content_type=FORM)


@pytest.mark.parametrize(
    "request_",
    [
        {"query_string": "q=" + "x" * 9000},
        {"query_string": "&".join(f"q{n}=1" for n in range(200))},
        {"headers": {"Cookie": "a=" + "x" * 9000}},
        {"headers": {"Cookie": "; ".join(f"c{n}=1" for n in range(200))}},
        {"headers": {f"X-{n}": "x" * 4000 for n in range(9)}},
    ],
)
def test_addresses_and_headers_are_counted(app, cast, request_):
    refuse(app.test_client(use_cookies=False), "/sign-in", 400, "too long", **request_)


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"entries": ' + "[" * 30 + "]" * 30 + "}",
        '{"entries": [' + "{}," * 30_000 + "{}]}",
        json.dumps({f"k{n}": n for n in range(30_000)}),
        '{"entries": [' + "9" * 400 + "]}",
        '{"entries": [1e' + "9" * 400 + "]}",
        '{"entries": [0.' + "9" * 400 + "]}",
    ],
)
def test_json_is_neither_deep_nor_long(browse, cast, patient, body):
    [first, *_] = planned(a_series(cast.anna, patient))
    session_id = live_commands.begin(first, by=cast.anna, reason="Measured")
    browser = browse(ANNA)
    token = browser.open("/account/").value("csrf_token")
    answer = browser.client.post(
        f"/sessions/{session_id}/live/entries", data=body, content_type="application/json",
        headers={"X-CSRFToken": token, "X-Requested-With": "fetch"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert answer.json["problems"]


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 90_000 + "=1",
        "\n".join(f"k{n} = 1" for n in range(30_000)),
        "[[scores]]\n" * 5_000,
        "a = " + "[" * 5_000 + "]" * 5_000,
        "a = " + "9" * 5_000,
    ],
)
def test_a_mapping_is_bounded(text):
    with pytest.raises(MappingError) as caught:
        from_toml(text)
    assert len(caught.value.problems) <= 100


@pytest.mark.parametrize("path", ["/welcome/none", "/links/none", "/password/forgotten/none"])
def test_addresses_with_a_secret_are_braked(app, cast, path):
    client = app.test_client()
    answers = [client.get(path).status_code for _ in range(12)]
    assert answers[-1] == 429


def test_a_form_behind_a_secret_is_braked_as_the_sign_in_is(browse, settings):
    ask_for_link(browse, ANNA)
    reset = reset_link(settings.mail_folder)
    admin = browse(ADAM)
    page = admin.open("/people/invite")
    sent = {"name": "Dora", "email": "dora@example.org", "roles": "clinician"}
    admin.send("/people/invite", sent | {"once": page.value("once")}, expect=303)
    latest = max(settings.mail_folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    plain = latest.read_text().replace("=\n", "").replace("=3D", "=")
    welcome = re.search(r"(/welcome/[\w-]+)", plain).group(1)
    for link in (reset, welcome):
        db.session.execute(delete(CountedTry))
        db.session.commit()
        browser = Browser(admin.app)
        browser.open(link)
        token = browser.page.value("csrf_token")
        wrong = {"csrf_token": token, "password": "short", "password_confirm": "short"}
        answers = [browser.client.post(link, data=wrong).status_code for _ in range(11)]
        assert set(answers[:10]) <= {200, 422}
        assert answers[10] == 429


@pytest.fixture
def drawn_out(monkeypatch):
    """A request whose body stands still in the middle."""
    monkeypatch.setattr(request_limits, "BODY_SECONDS_MAX", 0.2)
    near, far = socket.socketpair()
    near.sendall(b"half a form")
    with near, far:
        yield request_limits._TimedStream(far.makefile("rb"), far)


def test_a_body_that_stands_still_is_cut_off(drawn_out):
    assert drawn_out.read(2_000) == b"half a form"


def test_of_those_that_stand_still_only_so_many_are_waited_for(drawn_out, monkeypatch):
    monkeypatch.setattr(request_limits, "BODY_SECONDS_MAX", 600)
    monkeypatch.setattr(request_limits, "SLOW_AFTER_SECONDS", 0.05)
    monkeypatch.setattr(request_limits, "_slow_bodies", threading.BoundedSemaphore(1))
    assert request_limits._slow_bodies.acquire(blocking=False)  # another one's
    drawn_out._until += 600
    assert drawn_out.read(2_000) == b"half a form"


def test_a_body_that_is_late_and_comes_gives_its_place_back(monkeypatch):
    monkeypatch.setattr(request_limits, "SLOW_AFTER_SECONDS", 0.05)
    monkeypatch.setattr(request_limits, "_slow_bodies", threading.BoundedSemaphore(1))
    near, far = socket.socketpair()
    with near, far:
        stream = request_limits._TimedStream(far.makefile("rb"), far)
        rest = threading.Timer(0.3, near.sendall, (b" the rest",))
        near.sendall(b"half a form,")
        rest.start()
        assert stream.read(21) == b"half a form, the rest"
    assert request_limits._slow_bodies.acquire(blocking=False)
