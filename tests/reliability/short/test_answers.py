"""What a server of ours answers to what no browser of ours would ask."""

import re
import socket
import threading

import pytest
import waitress

from tests.browsing import Browser
from tests.people import ANNA
from tracker.web import login_settings


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "DEBUG", "PUT", "DELETE"])
def test_other_methods_are_refused(browse, method):
    answer = browse.client.open("/sign-in", method=method, headers={"X-Secret": "Thistledown"})
    assert answer.status_code == 405
    assert "Thistledown" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/.git/config", "/.git/", "/static/", "/static/layouts/", "/static/../keys.json", "/keys.json",
     "/static/%2e%2e/%2e%2e/keys.json", "/static/..%5c..%5ckeys.json", "/tracker.sqlite3", "/.env",
     "/static//etc/passwd", "/server-status", "/metrics", "/console", "/docs", "/openapi.json"],
)  # fmt: skip
def test_nothing_is_served_but_what_has_an_address(browse, path):
    answer = browse(ANNA).client.get(path, follow_redirects=True)
    assert answer.status_code == 404, path
    assert "secret_key" not in answer.text


@pytest.mark.parametrize(
    ("path", "managers"),
    [
        ("/sign-in", {"current-password"}),
        ("/password/change", {"current-password", "new-password"}),
    ],
)
def test_passwords_are_masked_may_be_pasted_and_are_known_to_managers(browse, path, managers):
    browser = Browser(browse.app) if path == "/sign-in" else browse(ANNA)
    page = browser.open(path)
    fields = [one for one in page.fields if "password" in str(one.get("name"))]
    assert fields
    assert {one.get("type") for one in fields} == {"password"}
    assert {one.get("autocomplete") for one in fields} == managers
    assert not [one for one in fields if "onpaste" in one or "maxlength" in one]


def test_passwords_are_kept_by_argon2id_at_its_usual_cost(settings):
    import dataclasses

    real = dataclasses.replace(settings, testing=False)
    told = login_settings.security_config(real)
    assert told["SECURITY_PASSWORD_SCHEMES"] == ["argon2"]
    cost = told["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"]
    assert cost["argon2__memory_cost"] >= 19 * 1024
    assert cost["argon2__time_cost"] >= 2


def test_of_two_values_of_one_name_the_first_counts_wherever_it_stands(browse, cast):
    """And what stands behind the question mark is never taken for what a form says."""
    browser = browse(ANNA)
    page = browser.open("/patients/new")
    typed = {
        "csrf_token": page.value("csrf_token"), "once": page.value("once"),
        "record_number": ["N-1", "N-2"], "given_name": "Nina", "family_name": ["First", "Second"],
        "birth_date": "1980-02-03",
    }  # fmt: skip
    answer = browser.client.post("/patients/new?family_name=Third&record_number=N-3", data=typed)
    assert answer.status_code == 303, answer.text
    text = browser.client.get(answer.location).text
    assert "First" in text
    assert not re.search(r"Second|Third|N-2|N-3", text)


def test_a_request_with_two_lengths_is_refused(app):
    """What the proxy and the server would cut otherwise must not become two requests."""
    server = waitress.create_server(app, host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    try:
        for lengths in (
            "Content-Length: 5\r\nContent-Length: 6", "Content-Length: -1", "Content-Length: 0x5",
            "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity",
        ):  # fmt: skip
            said = _ask(server.effective_port, lengths)
            assert re.match(rb"HTTP/1\.[01] (400|501) ", said), (lengths, said[:80])
    finally:
        server.close()


def _ask(port: int, lengths: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        head = (
            f"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n\r\nGET /x HTTP/1.1\r\n\r\n"
        )
        line.sendall(head.encode())
        return line.recv(4096)
