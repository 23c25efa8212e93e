"""How `tracker serve` meets requests that are too large, or that never come whole."""

import socket
import threading
import time
from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.cli.proxies import free_port
from tests.databases import ENVIRON
from tracker import create_app, listening
from tracker.models import db
from tracker.request_limits import MIB


@contextmanager
def serve(app, **settings):
    server = listening.listen(app, host="127.0.0.1", port=free_port(), threads=2, **settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(5)


def read_length(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(len(body)).encode()]


def ask(server, head, body=b""):
    with closing(socket.create_connection(("127.0.0.1", server.adj.port), 20)) as client:
        client.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
        return _read(client)


def _read(client):
    said = b""
    while got := client.recv(65536):
        said += got
    return said.decode()


def post(length):
    return f"POST / HTTP/1.1\nHost: x\nConnection: close\nContent-Length: {length}\n"


def test_a_body_beyond_every_limit_is_refused_unread_on_a_page():
    with serve(read_length) as server:
        answer = ask(server, post(listening.BODY_BYTES_MAX))
    assert answer.startswith("HTTP/1.1 413")
    assert "larger than 9 MB, so nothing was saved" in answer
    assert "default-src 'none'" in answer


def test_headers_beyond_every_limit_are_refused_on_a_page():
    with serve(read_length) as server:
        head = "GET / HTTP/1.1\nHost: x\nX-Long: "
        limit = server.adj.max_request_header_size
        answer = ask(server, head + "x" * (limit - len(head) - 4))
    assert answer.startswith("HTTP/1.0 431")
    assert "could not be read" in answer


def test_a_request_that_is_drawn_out_is_closed_however_lively_it_is(monkeypatch):
    monkeypatch.setattr(listening, "BODY_SECONDS_MAX", 0.3)
    monkeypatch.setattr(listening, "LOOK_EVERY_SECONDS", 0)
    with serve(read_length) as server:
        client = socket.create_connection(("127.0.0.1", server.adj.port), 20)
        with closing(client), pytest.raises(ConnectionError):
            _draw_out(client)
        assert ask(server, post(3), b"abc").endswith("3")


def _draw_out(client):
    client.sendall(post(10_000).replace("\n", "\r\n").encode() + b"\r\n")
    last = time.monotonic() + 15
    while time.monotonic() < last:
        client.sendall(b"x")
        time.sleep(0.05)


def test_a_body_that_finds_no_room_is_told_so(monkeypatch):
    def refuse(*_arguments, **_named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("waitress.buffers.TempfileBasedBuffer", refuse)
    with serve(read_length, inbuf_overflow=1_000) as server:
        answer = ask(server, post(9_000), b"x" * 9_000)
    assert answer.startswith("HTTP/1.1 507")
    assert "no room just now for what was sent" in answer


def test_the_files_of_large_bodies_take_only_so_much_together(monkeypatch):
    monkeypatch.setattr(listening, "FILES_BYTES_MAX", 2 * MIB)
    with serve(read_length) as server, ExitStack() as stack:
        for _ in range(3):
            one = socket.create_connection(("127.0.0.1", server.adj.port), 20)
            stack.enter_context(closing(one))
            one.sendall(post(MIB).replace("\n", "\r\n").encode() + b"\r\n")
        assert _read(one).startswith("HTTP/1.1 503")
        assert ask(server, post(3), b"abc").endswith("3")


@pytest.mark.both_databases
def test_what_gunicorn_makes_once_for_all_its_workers_holds_no_connection(settings, monkeypatch):
    """Each opens its own after the fork: one that two use spoils a database."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TRACKER_INSTANCE", str(settings.instance))
    monkeypatch.setenv("TRACKER_DATABASE_URL", settings.database_url)
    before = threading.active_count()
    app = create_app()
    with app.app_context():
        assert db.engine.pool.checkedin() + db.engine.pool.checkedout() == 0
    assert threading.active_count() == before
