"""`tracker remind` as a timer runs it: processes of their own and a real mail server."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from aiosmtpd.controller import Controller
from click.testing import CliRunner

from tests.builders.alerts import a_check_in, an_alert
from tests.builders.patients import a_patient, a_series
from tests.people import ANNA
from tests.rules.checkout import ROOT
from tracker.cli import main
from tracker.domain.access import Role
from tracker.models import db
from tracker.models.clinics import Clinic
from tracker.services import clock
from tracker.services.check_ins import links as check_in_links
from tracker.services.letters import outbox

# These tests run at any hour of the day.
WHENEVER = {"quiet_from": "00:00", "quiet_until": "00:00", "morning_from": "00:00"}
ADDRESS = "https://tracker.example.org"
CLINICAL = "ketamine|treat|patient|depress|phq|score|scale|suicid|session|dose|Patient|Ben "


class Mailbox:
    """Keeps what it is given, as slowly as a real server, and dies after so many when told to."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []
        self.dies_after: int | None = None

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        time.sleep(0.02)  # two senders overlap
        if self.dies_after is not None and len(self.mails) >= self.dies_after:
            server.transport.abort()
            return "421 gone"
        self.mails.append((envelope.rcpt_tos[0], envelope.content.decode()))
        return "250 kept"

    @property
    def receivers(self) -> Counter[str]:
        return Counter(address for address, _ in self.mails)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def server(mailbox):
    """A real SMTP server that can be stopped and started again at one place."""
    port, running = free_port(), []

    class Server:
        def __init__(self) -> None:
            self.port = port

        def start(self) -> None:
            running.append(Controller(mailbox, hostname="127.0.0.1", port=port))
            running[-1].start()

        def stop(self) -> None:
            running.pop().stop()

    yield Server()
    for controller in running:
        controller.stop()


@pytest.fixture
def environ(settings, server):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return kept | {
        "TRACKER_INSTANCE": str(settings.instance),
        "TRACKER_DATABASE_URL": settings.database_url,
        "TRACKER_ADDRESS": ADDRESS,
        "TRACKER_SMTP_HOST": "127.0.0.1",
        "TRACKER_SMTP_PORT": str(server.port),
        "TRACKER_MAIL_FROM": "tracker@example.org",
    }


@pytest.fixture
def due(app, cast):
    """Twelve patients with a check-in to answer, and an alert that waits too long."""
    clinic = db.session.get_one(Clinic, cast.clinic_id)
    clinic.settings = WHENEVER
    db.session.commit()
    made = [a_patient(cast.anna, f"B-{n}", email=f"p{n}@example.org") for n in range(12)]
    for patient in made:
        a_check_in(cast.anna, patient)
    an_alert(cast.anna, made[0], raised_at=clock.now() - timedelta(hours=2))
    return {f"p{n}@example.org" for n in range(12)} | {ANNA}


def begin(environ):
    command = [sys.executable, "-m", "tracker", "remind"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finish(process):
    said, errors = process.communicate(timeout=60)
    found = re.match(r"queued (\d+), sent (\d+), dropped (\d+), failed (\d+), waiting (\d+)", said)
    assert found, (said, errors)
    return process.returncode, tuple(map(int, found.groups())), said + errors


@pytest.mark.both_databases
def test_two_processes_at_once_send_every_letter_once(due, environ, server, mailbox):
    server.start()
    one, other = (finish(process) for process in [begin(environ), begin(environ)])
    assert (one[0], other[0]) == (0, 0), (one, other)
    assert one[1][1] + other[1][1] == len(due)
    assert mailbox.receivers == Counter(due)
    code, counts, _ = finish(begin(environ))
    assert (code, counts) == (0, (0, 0, 0, 0, 0))
    assert mailbox.receivers == Counter(due)


@pytest.mark.both_databases
def test_with_the_server_down_nothing_is_lost_and_the_next_run_sends_it(
    due, environ, server, mailbox
):
    code, counts, said = finish(begin(environ))
    assert (code, counts) == (1, (13, 0, 0, 3, 13))
    assert "kept; the next run tries again" in said
    server.start()
    code, counts, _ = finish(begin(environ))
    assert (code, counts) == (0, (0, 13, 0, 0, 0))
    assert mailbox.receivers == Counter(due)


@pytest.mark.both_databases
def test_all_that_waits_for_a_person_is_one_e_mail_whoever_sends_it(
    app, cast, environ, server, mailbox
):
    clinic = db.session.get_one(Clinic, cast.clinic_id)
    clinic.settings, zone = WHENEVER, ZoneInfo(clinic.time_zone)
    db.session.commit()
    tomorrow = clock.today(zone) + timedelta(days=1)
    people = {f"p{n}@example.org" for n in range(6)}
    for email in people:
        patient = a_patient(cast.anna, email, email=email)
        a_series(cast.anna, patient, schedule=[], sessions=1, starts_on=tomorrow)
        for _ in range(2):
            a_check_in(cast.anna, patient)
    code, counts, _ = finish(begin(environ))
    assert (code, counts) == (1, (18, 0, 0, 9, 18))  # three times refused, it is down
    server.start()
    both = [finish(process) for process in [begin(environ), begin(environ)]]
    assert [one[0] for one in both] == [0, 0], both
    assert sum(one[1][1] for one in both) == 18
    assert mailbox.receivers == Counter(people)
    for _, content in mailbox.mails:
        text = content.replace("=\r\n", "")
        assert len(re.findall(rf"^{ADDRESS}/links/[\w-]+\r?$", text, re.M)) == 2
        assert "expects you tomorrow" in text
        assert not re.search(CLINICAL, text), text
    code, counts, _ = finish(begin(environ))
    assert (code, counts) == (0, (0, 0, 0, 0, 0))


def test_a_server_that_dies_in_the_middle_loses_and_doubles_nothing(due, environ, server, mailbox):
    mailbox.dies_after = 5
    server.start()
    code, counts, _ = finish(begin(environ))
    assert (code, counts) == (1, (13, 5, 0, 3, 8))
    mailbox.dies_after = None
    code, counts, _ = finish(begin(environ))
    assert (code, counts) == (0, (0, 8, 0, 0, 0))
    assert mailbox.receivers == Counter(due)


def test_a_process_that_is_killed_while_sending_costs_no_letter(due, environ, server, mailbox, app):
    server.start()
    process = begin(environ)
    while len(mailbox.mails) < 3:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert 0 < outbox.outbox().waiting < 13
    finish(begin(environ))
    left = outbox.outbox().waiting  # at most the one that was under way
    assert left <= 1
    assert sum(mailbox.receivers.values()) >= 13 - left
    assert max(mailbox.receivers.values()) == 1


def test_what_is_mailed_or_printed_says_nothing_of_treatment_and_the_link_opens(
    due, environ, server, mailbox
):
    server.start()
    _, _, said = finish(begin(environ))
    assert not re.search("@|Ben|B-1|check-in", said)  # it prints counts only
    assert len(mailbox.mails) == 13
    for address, content in mailbox.mails:
        text = content.replace("=\r\n", "").replace("=3D", "=")
        # A token is drawn: three letters of it may be any.
        told = re.sub(r"(?<=/links/)[\w-]+", "TOKEN", text.replace(address, ""))
        assert not re.search(CLINICAL, told), text
        assert re.search(r"^Subject: A message from Harbour Clinic\r?$", text, re.M)
        assert "From: tracker@example.org" in text
        assert "Auto-Submitted: auto-generated" in text
        if address == ANNA:
            assert f"{ADDRESS}/alerts/" in text
        else:
            token = re.search(rf"{ADDRESS}/links/([\w-]+)\r?$", text, re.M).group(1)
            actor = check_in_links.resolve_link(token)
            assert actor.roles == {Role.LINK}
            assert f"No more of these e-mails: {ADDRESS}/links/{token}/no-more-mail" in text


@pytest.fixture
def command(environ, monkeypatch):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tracker.log.set_up", lambda: None)  # it would outlive the test

    def run(*words):
        return CliRunner().invoke(main, list(words))

    return run


def test_without_an_address_it_says_what_to_set_and_queues_nothing(due, command, monkeypatch):
    monkeypatch.delenv("TRACKER_ADDRESS")
    result = command("remind")
    assert result.exit_code == 1
    assert "Set TRACKER_ADDRESS" in result.output
    assert outbox.outbox() == outbox.Outbox(0, None)


def test_without_a_mail_server_letters_become_files_of_their_owner(
    due, command, settings, monkeypatch
):
    monkeypatch.delenv("TRACKER_SMTP_HOST")
    settings.mail_folder.mkdir(exist_ok=True)
    result = command("remind")
    assert result.exit_code == 0, result.output
    assert "no mail server is set" in result.output
    files = list(settings.mail_folder.iterdir())
    assert len(files) == 13
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_doctor_says_when_it_ran_and_what_waits(due, command, server):
    assert "never ran, 0 letters waiting" in command("doctor").output
    command("remind")
    assert re.search(r"ok +remind +last ran .* 13 letters waiting", command("doctor").output)


def test_doctor_notices_a_timer_that_stopped(due, command):
    command("remind")
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        assert re.search(r"WRONG remind +last ran", command("doctor").output)


def test_it_is_listed_with_the_other_commands():
    assert "remind" in CliRunner().invoke(main, ["--help"]).output


def test_senders_in_threads_of_one_machine_share_no_letter(due, app, server, mailbox):
    """The claim itself is what keeps them apart, not the timing of processes."""
    from tracker.services.letters import reminders

    sent = []

    def act():
        with app.app_context():
            report = reminders.run(
                lambda address, _subject, _text: sent.append(address), base_address=ADDRESS
            )
            assert report.failed == 0
            db.session.remove()

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(sent) == Counter(due)
