"""The files for the machine, each looked at by the program that reads it."""

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli import proxies
from tracker.cli import main
from tracker.services.system import deployment

ADDRESS = "https://tracker.example.org"
ANALYZE = shutil.which("systemd-analyze")
SECRET = "postgresql+psycopg://tracker:pass-that-nobody-sees@db/tracker"


@pytest.fixture
def deploy(set_up, monkeypatch):
    """Print or write the files of an instance."""
    for name in (
        "TRACKER_DATABASE_URL",
        "TRACKER_SMTP_PASSWORD",
        "TRACKER_SECURE_COOKIES",
        "TRACKER_BACKUP_FOLDER",
        "TRACKER_ANCHOR_FILE",
        "TRACKER_ANCHOR_MAIL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_INSTANCE", str(set_up))
    monkeypatch.setenv("TRACKER_ADDRESS", ADDRESS)

    def run(*words):
        return CliRunner().invoke(main, ["deploy", *words], catch_exceptions=False)

    return run


def looked_at_by(*command: str, **options) -> str:
    """Run the program that reads a file, and expect that nothing is wrong with it."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.proxy
@pytest.mark.skipif(proxies.NGINX is None, reason="no nginx on this machine")
def test_nginx_reads_its_file_without_a_warning(deploy, tmp_path):
    printed = deploy("nginx", "--port", "8123").output
    assert "server_name tracker.example.org;" in printed
    assert "proxy_pass http://127.0.0.1:8123;" in printed
    command = proxies.nginx_files(printed, proxies.certify(tmp_path), proxies.free_port())
    said = looked_at_by(*command, "-t")
    assert "warn" not in said


def test_an_address_with_a_port_is_served_on_that_port(deploy, monkeypatch):
    monkeypatch.setenv("TRACKER_ADDRESS", f"{ADDRESS}:8443")
    printed = deploy("nginx").output
    assert printed.count(":8443 ssl http2;") == 1
    assert "listen 8443 ssl http2;" in printed
    assert "server_name tracker.example.org;" in printed
    assert "return 301 https://tracker.example.org:8443$request_uri;" in printed
    assert "\ntracker.example.org:8443 {" in deploy("caddy").output


@pytest.mark.proxy
@pytest.mark.skipif(proxies.CADDY is None, reason="no caddy on this machine")
def test_caddy_reads_its_file(deploy, tmp_path):
    (tmp_path / "Caddyfile").write_text(deploy("caddy").output)
    looked_at_by(
        str(proxies.CADDY), "validate", "--adapter", "caddyfile", "--config", "Caddyfile",
        cwd=tmp_path, env={"HOME": str(tmp_path), "PATH": ""},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("2.6.2", "buffer_requests"),
        ("v2.6.3 h1:abc=", "request_buffers 9MB"),
        ("v2.10.0", "request_buffers 9MB"),
        ("unknown", "request_buffers 9MB"),
    ],
)
def test_caddy_is_told_to_hold_a_request_as_its_version_calls_it(
    deploy, monkeypatch, tmp_path, version, line
):
    program = tmp_path / "caddy"
    program.write_text(f"#!/bin/sh\necho '{version}'\n")
    program.chmod(0o755)
    monkeypatch.setattr(deployment.shutil, "which", lambda name: str(program))
    assert f"\t\t{line}\n" in deploy("caddy").output


def test_systemd_reads_the_units_and_finds_them_closed(set_up, deploy, tmp_path):
    written = deploy("systemd", "--to", str(tmp_path / "units"))
    assert written.exit_code == 0, written.output
    units = sorted(str(p) for p in (tmp_path / "units").iterdir() if p.suffix != ".env")
    assert len(units) == 5
    for unit in units:
        if unit.endswith(".service"):
            text = Path(unit).read_text()
            for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "EnvironmentFile="):
                assert line in text
            assert f"ReadWritePaths={set_up}\n" in text
    if ANALYZE:  # Debian's slim images have none
        assert looked_at_by(ANALYZE, "verify", *units) == ""
        said = looked_at_by(ANALYZE, "security", "--offline=yes", "--threshold=25", units[-1])
        assert "Overall exposure level" in said


def test_timers_name_services_that_are_written_too():
    names = deployment.KINDS["systemd"]
    timers = [name for name in names if name.endswith(".timer")]
    assert timers
    assert all(name.replace(".timer", ".service") in names for name in timers)


def test_secrets_are_left_out_and_settings_are_kept_for_their_owner(deploy, tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_DATABASE_URL", SECRET)
    monkeypatch.setenv("TRACKER_DATABASE_READ_URL", SECRET)
    monkeypatch.setenv("TRACKER_SMTP_PASSWORD", "pass-that-nobody-sees")
    monkeypatch.setenv("TRACKER_SMTP_HOST", "mail.example.org")
    monkeypatch.setenv("TRACKER_SECURE_COOKIES", "no")
    assert deploy("systemd", "--to", str(tmp_path / "to")).exit_code == 0
    text = (tmp_path / "to" / "tracker.env").read_text()
    assert stat.S_IMODE((tmp_path / "to" / "tracker.env").stat().st_mode) == 0o600
    assert "pass-that-nobody-sees" not in text
    assert "# TRACKER_SMTP_PASSWORD= (is secret: fill it in by hand" in text
    assert "# TRACKER_DATABASE_URL= (is secret" in text
    assert "# TRACKER_DATABASE_READ_URL= (is secret" in text
    assert f"TRACKER_ADDRESS={ADDRESS}\n" in text
    assert "TRACKER_PROXIES=1\n" in text
    assert "TRACKER_SMTP_HOST=mail.example.org" in text
    assert "SECURE_COOKIES" not in text


def test_backups_may_be_written_and_the_key_that_opens_them_stays_away(deploy, monkeypatch):
    monkeypatch.setenv("TRACKER_BACKUP_FOLDER", "/mnt/backups")
    monkeypatch.setenv("TRACKER_BACKUP_KEY", "pass-that-nobody-sees")
    printed = deploy("systemd").output
    assert re.search(r"ReadWritePaths=\S+ -/mnt/backups\n", printed)
    assert "TRACKER_BACKUP_FOLDER=/mnt/backups" in printed
    assert "TRACKER_BACKUP_KEY" not in printed


def test_the_end_of_the_trail_is_told_every_night_where_there_is_a_place_for_it(
    deploy, monkeypatch
):
    kinds = ("systemd", "cron")
    assert not any("audit anchor" in deploy(kind).output for kind in kinds)
    monkeypatch.setenv("TRACKER_ANCHOR_FILE", "/mnt/elsewhere/anchors")
    units, crontab = (deploy(kind).output for kind in kinds)
    assert re.search(r"^ExecStart=\S+ audit anchor\nExecStart=\S+ backup$", units, re.M)
    assert re.search(r"ReadWritePaths=\S+ -/mnt/elsewhere\n", units)
    assert re.search(r"^20 2 \* \* \* set -a; .* audit anchor$", crontab, re.M)


def test_on_postgresql_several_processes_serve(deploy, monkeypatch):
    assert " serve --port 8000\n" in deploy("systemd").output
    monkeypatch.setenv("TRACKER_DATABASE_URL", SECRET)
    printed = deploy("systemd").output
    assert "-m gunicorn tracker:create_app() --bind 127.0.0.1:8000" in printed
    assert " serve " not in printed


def test_the_settings_are_read_by_a_shell_as_they_are(deploy, monkeypatch, tmp_path):
    monkeypatch.setenv("TRACKER_MAIL_FROM", "The clinic's desk <desk@example.org>")
    assert deploy("cron", "--to", str(tmp_path / "to")).exit_code == 0
    said = looked_at_by(
        "/bin/sh", "-c", f'set -a; . {tmp_path}/to/tracker.env; printf %s "$TRACKER_MAIL_FROM"'
    )
    assert said == "The clinic's desk <desk@example.org>"
    lines = (tmp_path / "to" / "crontab").read_text().splitlines()
    jobs = [line for line in lines if re.match(r"[*\d]", line)]
    assert [line.split()[-1] for line in jobs] == ["remind", "backup"]
    assert "%" not in "".join(jobs)  # a new line to cron


def test_nothing_is_written_over(deploy, tmp_path):
    (tmp_path / "tracker.service").write_text("mine")
    refused = deploy("systemd", "--to", str(tmp_path))
    assert refused.exit_code == 1
    assert "tracker.service" in refused.output
    assert [path.name for path in tmp_path.iterdir()] == ["tracker.service"]


@pytest.mark.parametrize("kind", sorted(deployment.KINDS))
def test_without_an_address_nothing_can_be_filled_in(deploy, monkeypatch, kind):
    monkeypatch.delenv("TRACKER_ADDRESS")
    refused = deploy(kind)
    assert refused.exit_code == 1
    assert "Set TRACKER_ADDRESS" in refused.output


def test_a_folder_that_a_timer_cannot_name_is_refused(set_up, deploy, monkeypatch, tmp_path):
    odd = shutil.copytree(set_up, tmp_path / "100 % ours")
    monkeypatch.setenv("TRACKER_INSTANCE", str(odd))
    refused = deploy("cron")
    assert refused.exit_code == 1
    assert "Move the folder" in refused.output
    assert deploy("caddy").exit_code == 0


def test_a_folder_of_backups_that_a_unit_would_read_as_two_is_refused(deploy, monkeypatch):
    """The backup would be refused each night: the second half is no folder that it may write to."""
    monkeypatch.setenv("TRACKER_BACKUP_FOLDER", "/mnt/my backups")
    refused = deploy("systemd")
    assert refused.exit_code == 1
    assert "cannot name /mnt/my backups" in refused.output


def test_every_kind_can_be_asked_for_and_every_file_is_used():
    from tracker.cli.deploy import KINDS

    assert set(KINDS) == set(deployment.KINDS)
    used = {name for names in deployment.KINDS.values() for name in names} | {"hardening.conf"}
    assert {path.name for path in deployment.FOLDER.iterdir()} == used
