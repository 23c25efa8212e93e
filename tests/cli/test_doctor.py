"""What doctor says: three states, and status 1 only for what is wrong."""

import re
import shutil
import sqlite3
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner

from tests.cli import proxies
from tracker import config
from tracker.cli import main
from tracker.config import Mail
from tracker.services.system import disk_encryption, mail_server

GOOD = {
    "TRACKER_ADDRESS": "https://tracker.example.org",
    "TRACKER_PROXIES": "1",
    "TRACKER_STAFF_SECOND_FACTOR": "yes",
}


@pytest.fixture
def instance(set_up, tmp_path) -> Path:
    """A clinic that somebody works in: two administrators, and the timer runs."""
    copy = Path(shutil.copytree(set_up, tmp_path / "clinic"))
    with sqlite3.connect(copy / config.DATABASE_FILE) as database:
        fields = [row[1] for row in database.execute("PRAGMA table_info(user)")]
        changed = {"id": "id + 1", "email": "'bo@example.org'", "fs_uniquifier": "'bo'"}
        values = ", ".join(changed.get(name, f'"{name}"') for name in fields)
        names = ", ".join(f'"{name}"' for name in fields)
        database.execute(f"INSERT INTO user ({names}) SELECT {values} FROM user")
        database.execute("INSERT INTO user_role SELECT user_id + 1, role_id FROM user_role")
    return copy


@pytest.fixture
def doctor(instance, monkeypatch):
    """Ask about an instance with these settings; give the exit status and state by name."""
    for name in ("TRACKER_DATABASE_URL", "TRACKER_SMTP_HOST", "TRACKER_SECURE_COOKIES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_INSTANCE", str(instance))
    # Whatever disk the tests lie on.
    monkeypatch.setattr(disk_encryption, "is_encrypted", lambda _: True)

    def look(**settings: str) -> tuple[int, dict[str, str], str]:
        for name, value in (GOOD | settings).items():
            monkeypatch.setenv(name, value)
        done = CliRunner().invoke(main, ["doctor"], catch_exceptions=False)
        lines = re.findall(r"^(ok|to do|WRONG) +(\S+)", done.output, re.MULTILINE)
        return done.exit_code, {name: state for state, name in lines}, done.output

    return look


def test_what_waits_is_to_do_and_is_no_failure(doctor):
    code, states, said = doctor()
    assert code == 0
    assert {name for name, state in states.items() if state == "to do"} == {
        "mail", "remind", "crisis", "backup",
    }  # fmt: skip
    assert "In order, with 4 to do." in said


@pytest.mark.parametrize(
    ("settings", "name", "state", "advice"),
    [
        ({"TRACKER_ADDRESS": ""}, "address", "to do", "Set TRACKER_ADDRESS"),
        ({"TRACKER_ADDRESS": "http://a.example"}, "address", "WRONG", "Set it to https"),
        ({"TRACKER_PROXIES": "0"}, "proxies", "to do", "Set it to 1"),
        ({"TRACKER_STAFF_SECOND_FACTOR": "no"}, "second", "to do", "at their next sign-in"),
        ({"TRACKER_SECURE_COOKIES": "no"}, "cookies", "WRONG", "serve by https"),
        ({"TRACKER_IDLE_MINUTES": "0"}, "idle", "WRONG", "15 is usual"),
        ({"TRACKER_IDLE_MINUTES": "90"}, "idle", "to do", "15 is usual"),
        ({"FLASK_DEBUG": "1"}, "debug", "WRONG", "Unset it"),
        ({"TRACKER_SECRET_KEY": "ab" * 20}, "keys", "WRONG", "random"),
        (
            {"TRACKER_SMTP_HOST": "mail.example.org", "TRACKER_SMTP_TLS": "no"}, "mail", "WRONG",
            "Links in e-mails open accounts",
        ),
        (
            {"TRACKER_SMTP_HOST": "127.0.0.1", "TRACKER_SMTP_PORT": "1"}, "mail", "WRONG",
            "no answer",
        ),
    ],
)  # fmt: skip
def test_a_setting_is_in_one_of_three_states(doctor, settings, name, state, advice):
    code, states, said = doctor(**settings)
    assert states[name] == state
    assert advice in said
    assert code == ("WRONG" in states.values())


@pytest.mark.parametrize(
    ("encrypted", "words"), [(False, "is not encrypted"), (None, "cannot be seen here")]
)
def test_a_disk_that_may_be_read_when_it_is_carried_away_is_to_do(
    doctor, monkeypatch, encrypted, words
):
    monkeypatch.setattr(disk_encryption, "is_encrypted", lambda _: encrypted)
    code, states, said = doctor()
    assert (code, states["encrypted"]) == (0, "to do")
    assert words in said
    assert "on an encrypted disk (LUKS)" in said


def test_a_single_administrator_is_to_do_and_none_is_wrong(doctor, instance):
    assert doctor()[1]["people"] == "ok"
    with sqlite3.connect(instance / config.DATABASE_FILE) as database:
        database.execute("UPDATE user SET active = 0 WHERE email = 'bo@example.org'")
    code, states, said = doctor()
    assert (code, states["people"]) == (0, "to do")
    assert "If they lose their password, nobody can help." in said
    with sqlite3.connect(instance / config.DATABASE_FILE) as database:
        database.execute("UPDATE user SET active = 0")
    assert doctor()[1]["people"] == "WRONG"


def test_reminders_that_ran_once_and_no_more_are_wrong(doctor, instance):
    def ran(when: str) -> None:
        with sqlite3.connect(instance / config.DATABASE_FILE) as database:
            database.execute("DELETE FROM chore")
            database.execute("INSERT INTO chore (name, ran_at) VALUES ('remind', ?)", (when,))

    assert doctor()[1]["remind"] == "to do"
    ran("2020-01-01 00:00:00.000000")
    code, states, said = doctor()
    assert (code, states["remind"]) == (1, "WRONG")
    assert "last ran 2020-01-01 00:00 UTC" in said
    ran("2999-01-01 00:00:00.000000")
    assert doctor()[1]["remind"] == "ok"


def test_accounts_of_the_demonstration_are_wrong(doctor, instance):
    with sqlite3.connect(instance / config.DATABASE_FILE) as database:
        database.execute("UPDATE user SET email = 'x@demo.example' WHERE email LIKE 'bo%'")
    code, states, _ = doctor()
    assert (code, states["demo"]) == (1, "WRONG")


class Box:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(envelope.content.decode())
        return "250 kept"


@pytest.fixture
def encrypted(tmp_path, monkeypatch) -> Iterator[tuple[Mail, Box]]:
    """A mail server with a certificate of its own, which nobody trusts yet."""
    folder = proxies.certify(tmp_path / "certificate")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / proxies.CERTIFICATE, folder / proxies.KEY)
    box, port = Box(), proxies.free_port()
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    server = Controller(
        box, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True
    )
    server.start()
    yield Mail(host="localhost", port=port, use_tls=True), box
    server.stop()


def trust(monkeypatch, tmp_path) -> None:
    certificate = tmp_path / "certificate" / proxies.CERTIFICATE
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def test_a_mail_server_is_trusted_by_its_certificate_alone(encrypted, monkeypatch, tmp_path):
    mail, _ = encrypted
    assert "its certificate is not to be trusted" in mail_server.fault_of(mail)
    trust(monkeypatch, tmp_path)
    assert mail_server.fault_of(mail) == ""


def test_no_mail_goes_to_a_server_that_only_says_who_it_is(
    encrypted, instance, monkeypatch, tmp_path
):
    """Whoever stands between could otherwise read the link that opens an account."""
    mail, box = encrypted
    settings = GOOD | {
        "TRACKER_INSTANCE": str(instance),
        "TRACKER_SMTP_HOST": mail.host,
        "TRACKER_SMTP_PORT": str(mail.port),
        "TRACKER_SMTP_TLS": "yes",
    }
    words = ["user", "invite", "Anna Clinician", "anna@example.org", "--role", "clinician"]
    CliRunner().invoke(main, words, env=settings)
    assert box.mails == []
    trust(monkeypatch, tmp_path)
    words[3] = "berta@example.org"
    done = CliRunner().invoke(main, words, env=settings, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert len(box.mails) == 1


def test_a_name_and_password_that_the_mail_server_does_not_take_are_told():
    server = Controller(
        Box(), hostname="127.0.0.1", port=proxies.free_port(), auth_require_tls=False,
        authenticator=lambda *_: _refused(),
    )  # fmt: skip
    server.start()
    try:
        mail = Mail(host="127.0.0.1", port=server.port, user="clinic", password="wrong")
        assert "does not take TRACKER_SMTP_USER" in mail_server.fault_of(mail)
    finally:
        server.stop()


def _refused():
    from aiosmtpd.smtp import AuthResult

    return AuthResult(success=False, handled=False)


def test_a_damaged_database_is_restored_from_a_backup(doctor, instance):
    (instance / config.DATABASE_FILE).write_bytes(b"no database" * 500)
    code, states, said = doctor()
    assert (code, states["database"]) == (1, "WRONG")
    assert "is damaged. Restore the last good backup." in said


def test_mail_from_nowhere_is_to_do(doctor, monkeypatch):
    monkeypatch.setattr(mail_server, "fault_of", lambda _mail: "")
    settings = {"TRACKER_SMTP_HOST": "mail.example.org", "TRACKER_SMTP_TLS": "yes"}
    code, states, said = doctor(**settings)
    assert (code, states["mail"]) == (0, "to do")
    assert "Set TRACKER_MAIL_FROM" in said
    assert doctor(TRACKER_MAIL_FROM="clinic@example.org")[1]["mail"] == "ok"


def test_whoever_may_not_look_into_the_instance_is_told_who_may(doctor, instance, monkeypatch):
    """The folder belongs to a user of its own, and an administrator forgets to become that user."""

    def closed(path: Path, **_options: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", closed)
    done = CliRunner().invoke(main, ["doctor"], catch_exceptions=False)
    assert done.exit_code == 1
    assert f"may not use {instance / config.KEYS_FILE}" in done.output
    assert "Run it as the user whom the instance belongs to" in done.output


def test_whoever_has_a_number_and_no_name_is_in_the_trail_by_it(instance, monkeypatch):
    """A container often runs as a user that its list of users does not have."""

    def unknown() -> str:
        raise KeyError("uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", unknown)
    monkeypatch.setenv("TRACKER_INSTANCE", str(instance))
    done = CliRunner().invoke(main, ["user", "list"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "ada@example.org" in done.output


def test_an_address_of_a_database_that_cannot_be_read_is_told(instance, monkeypatch):
    monkeypatch.setenv("TRACKER_INSTANCE", str(instance))
    monkeypatch.setenv("TRACKER_DATABASE_URL", "sqlite://me:hunter2@host/clinic")
    done = CliRunner().invoke(main, ["user", "list"], catch_exceptions=False)
    assert done.exit_code == 1
    assert "TRACKER_DATABASE_URL cannot be read" in done.output
    assert "hunter2" not in done.output


@pytest.mark.postgres
def test_the_servers_of_postgresql_are_looked_at_each_by_itself(
    doctor, postgresql_templates, tmp_path, monkeypatch
):
    """The server of the tests is none that keeps what was saved, and has no standby."""
    url = postgresql_templates.copy(tmp_path, peopled=True)
    try:
        code, states, said = doctor(TRACKER_DATABASE_URL=url, TRACKER_DATABASE_READ_URL=url)
        assert code == 1
        assert states["server"] == "WRONG"
        assert "fsync off, synchronous_commit off" in said
        assert "What was saved may be lost" in said
        assert states["reads"] == "to do"
        assert "is for a standby; unset it" in said
    finally:
        postgresql_templates.drop(url)
    nobody = "postgresql+psycopg://me@/clinic?host=127.0.0.1:1&host=127.0.0.1:2"
    _, states, said = doctor(TRACKER_DATABASE_URL=f"{nobody}&target_session_attrs=read-write")
    assert states["server"] == states["standby"] == "WRONG"
    assert "0 of 2 take saves" in said
    assert "no answer from 127.0.0.1:1, 127.0.0.1:2" in said
    code, _, said = doctor(TRACKER_DATABASE_URL=nobody)
    assert code == 1
    assert "Add &target_session_attrs=read-write" in said


def run_in(instance, *words):
    return CliRunner().invoke(main, [*words, "--instance", str(instance)])


def change(instance, statement):
    with sqlite3.connect(instance / config.DATABASE_FILE) as database:
        database.execute(statement)


def test_all_is_counted_anew_and_then_agrees_with_the_records(instance):
    told = run_in(instance, "db", "rebuild-outcomes")
    assert (told.exit_code, "Counted: 0 patients." in told.output) == (0, True)
    assert "ok   outcomes  0 of what is kept differ" in run_in(instance, "doctor", "--deep").output


def test_sums_that_nobody_saved_are_wrong(instance):
    change(
        instance,
        "INSERT INTO outcome_sum SELECT id, '', 'treated', 1, 7, 0, 0, 0, 0, 0 FROM clinic",
    )
    told = run_in(instance, "doctor", "--deep")
    assert (told.exit_code, "WRONG outcomes  1 of what is kept differ" in told.output) == (1, True)
    run_in(instance, "db", "rebuild-outcomes")
    assert "ok   outcomes" in run_in(instance, "doctor", "--deep").output


def test_a_clinic_that_was_not_counted_yet_has_it_to_do_until_the_timer_runs(instance, monkeypatch):
    change(instance, "DELETE FROM outcome_basis")
    assert "to do outcomes  not counted yet" in run_in(instance, "doctor", "--deep").output
    monkeypatch.setenv("TRACKER_ADDRESS", "https://tracker.example.org")
    assert run_in(instance, "remind").exit_code == 0
    assert "ok   outcomes" in run_in(instance, "doctor", "--deep").output
