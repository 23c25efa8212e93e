"""The lines of the trail reach another place, without a name and without what was found."""

import dataclasses
import json
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from tests.builders.courses import treat
from tests.cli import proxies
from tracker import config, create_app
from tracker.domain.audit import hash_chain
from tracker.models import db
from tracker.services.audit import queries as audit_queries
from tracker.services.audit import sending
from tracker.services.system import doctor
from tracker.services.unit_of_work import audit


@pytest.fixture
def to_file(settings, tmp_path):
    """Settings that send the lines to a file."""
    return dataclasses.replace(settings, trail_to=f"file://{tmp_path / 'trail.jsonl'}")


def lines(settings: config.Settings) -> list[dict]:
    """What arrived."""
    path = Path(settings.trail_to.removeprefix("file://"))
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.both_databases
def test_every_line_is_sent_once_in_order_without_names_or_what_was_found(to_file, cast):
    treated = treat(cast.console)
    for action in ("alert.raised", "alert.viewed", "score.recorded"):
        audit(cast.anna, action, "alert:5", patient_id=treated.patient_id, detail="phq9")
    sent = sending.send(to_file)
    arrived = lines(to_file)
    assert [line["line"] for line in arrived] == [*range(1, sent + 1)]
    assert arrived[-1]["seal"] == audit_queries.verify().head
    everything = json.dumps(arrived)
    assert cast.anna.name not in everything
    assert "phq9" not in everything
    assert "alert" not in everything, "that there is one is an answer"
    assert {line["patient"] for line in arrived} >= {treated.patient_id}
    assert sending.send(to_file) == 0
    audit(cast.anna, "today.viewed")
    assert sending.send(to_file) == 1
    last = lines(to_file)[-1]
    assert (last["user"], last["action"]) == (cast.anna.user_id, "today.viewed")
    found = sending.standing(to_file)
    assert found.sent == found.newest == sent + 1
    assert (to_file.instance / sending.POSITION).stat().st_mode & 0o077 == 0


def test_a_server_of_syslog_gets_them_by_tls_and_only_with_a_right_certificate(
    settings, cast, tmp_path
):
    folder = proxies.certify(tmp_path / "certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / proxies.CERTIFICATE, folder / proxies.KEY)
    received = []

    def take() -> None:
        while True:
            try:
                with context.wrap_socket(listening.accept()[0], server_side=True) as taken:
                    received.append(b"".join(iter(lambda: taken.recv(65536), b"")))
            except ssl.SSLError:
                continue
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=take, daemon=True).start()
        port = listening.getsockname()[1]
        trusting = f"syslog+tls://localhost:{port}?ca={folder / proxies.CERTIFICATE}"
        with pytest.raises(ssl.SSLCertVerificationError):
            sending.send(dataclasses.replace(settings, trail_to=f"syslog+tls://localhost:{port}"))
        sent = sending.send(dataclasses.replace(settings, trail_to=trusting))
    until = time.monotonic() + 10
    while not received and time.monotonic() < until:
        time.sleep(0.02)
    [got] = received
    frames = []
    while got:
        length, _, rest = got.partition(b" ")
        frames.append(rest[: int(length)].decode())
        got = rest[int(length) :]
    assert len(frames) == sent > 0
    assert frames[0].startswith("<110>1 ")
    assert json.loads(frames[0].partition(" audit - ")[2])["line"] == 1
    assert json.loads(frames[-1].partition(" audit - ")[2])["line"] == sent
    assert hash_chain.FIRST not in frames[0]


def test_the_clinic_goes_on_while_nobody_takes_the_lines_and_doctor_says_so(settings, cast):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    away = dataclasses.replace(settings, trail_to=f"syslog+tls://127.0.0.1:{port}")
    [check] = doctor._trail(away)
    assert not check.ok
    assert not check.to_do
    assert "line 0 of" in check.result
    with create_app(settings=away).app_context():
        audit(cast.anna, "today.viewed")
        db.session.remove()
        db.engine.dispose()
    here = dataclasses.replace(settings, trail_to=f"file://{settings.instance / 'sent.jsonl'}")
    [check] = doctor._trail(here)
    assert check.ok
    assert lines(here)[-1]["action"] == "today.viewed", "what waited is sent"
    assert not [*doctor._trail(settings)], "who sends nothing is told nothing"


def test_lines_are_sent_as_they_are_written(to_file, cast):
    with create_app(settings=to_file).app_context():
        audit(cast.anna, "today.viewed")
        until = time.monotonic() + 10
        while sending.standing(to_file).sent == 0 and time.monotonic() < until:
            time.sleep(0.05)
        db.session.remove()
        db.engine.dispose()
    assert lines(to_file)[-1]["action"] == "today.viewed"


@pytest.mark.parametrize(
    ("named", "taken"),
    [
        ("syslog+tls://log.example.org:6514", True),
        ("file:///var/log/tracker/trail.jsonl", True),
        ("https://log.example.org", False),
        ("syslog+tls://", False),
        ("trail.jsonl", False),
        ("file://relative", False),
    ],
)
def test_where_lines_go_is_one_of_two(tmp_path, named, taken):
    config.make_keys(tmp_path)
    environ = {"TRACKER_TRAIL_TO": named}
    if taken:
        assert config.read(tmp_path, environ).trail_to == named
    else:
        with pytest.raises(config.ConfigurationError, match="TRACKER_TRAIL_TO"):
            config.read(tmp_path, environ)
