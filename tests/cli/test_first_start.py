"""The first moments of an instance: two who set it up at once, and starts that are not safe."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.cli.conftest import INIT
from tests.cli.proxies import free_port
from tests.rules.checkout import ROOT
from tracker import config
from tracker.services.system import database as system_database
from tracker.services.system import safe_start

TRACKER = (sys.executable, "-m", "tracker")


def environment(instance: Path, **settings: str) -> dict[str, str]:
    """Give what a command sees: nothing of this machine's own settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return own | {"TRACKER_INSTANCE": str(instance)} | settings


def set_up_at_once(*instances: Path, **settings: str) -> list[tuple[int, str]]:
    """Set up each with a clinic of its own, all at the same time."""
    running = []
    for number, instance in enumerate(instances):
        words = [f"Clinic {number}" if word == "Harbour" else word for word in INIT]
        running.append(
            subprocess.Popen(
                [*TRACKER, *words],
                cwd=ROOT,
                env=environment(instance, **settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    outputs = [process.communicate(timeout=120)[0] for process in running]
    return [(process.returncode, said) for process, said in zip(running, outputs, strict=True)]


def clinics_in(database_url: str) -> int:
    with system_database.connection(database_url) as opened:
        return opened.execute(text("SELECT count(*) FROM clinic")).scalar_one()


def test_two_who_set_up_one_instance_at_once_make_one_clinic(tmp_path):
    place = tmp_path / "clinic"
    ended = set_up_at_once(place, place, place)
    assert sorted(code for code, _ in ended) == [0, 1, 1], ended
    assert all("set up already" in said for code, said in ended if code)
    assert clinics_in(f"sqlite:///{place / config.DATABASE_FILE}") == 1
    # The one that won is the one whose keys are there: it can be opened.
    done = subprocess.run(
        [*TRACKER, "audit", "verify"], cwd=ROOT, env=environment(place), check=False
    )
    assert done.returncode == 0


@pytest.mark.both_databases
def test_two_who_set_up_one_database_from_two_folders_make_one_clinic(
    database_url, instance, tmp_path
):
    """Where the folders are not the same, the database itself lets one in after the other."""
    ended = set_up_at_once(tmp_path / "a", tmp_path / "b", TRACKER_DATABASE_URL=database_url)
    assert sorted(code for code, _ in ended) == [0, 1], ended
    assert any("set up already" in said for _, said in ended)
    assert clinics_in(database_url) == 1


@pytest.fixture
def instance_of_all(set_up) -> Iterator[Path]:
    """An instance in a folder that everybody on the machine may walk into."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        place = Path(shutil.copytree(set_up, Path(folder) / "clinic"))
        place.chmod(0o700)
        yield place


def serve(instance: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Serve on a port that is taken, so that a start which is safe ends there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [*TRACKER, "serve", "--port", port, *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment(instance, **settings), check=False,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip


def test_a_start_that_is_safe_is_not_refused(set_up):
    done = serve(set_up, TRACKER_ADDRESS="https://tracker.example.org", TRACKER_PROXIES="1")
    assert "cannot be used" in done.stderr  # its port
    assert "To do" not in done.stdout


REFUSED = {
    "debug": ({"FLASK_DEBUG": "1"}, (), "FLASK_DEBUG is set"),
    "short key": ({"TRACKER_SECRET_KEY": "short"}, (), "no usable secret_key"),
    "weak key": ({"TRACKER_SECRET_KEY": "abc" * 20}, (), "TRACKER_SECRET_KEY"),
    "no key": ({"TRACKER_AUDIT_KEY": "not hexadecimal, " * 4}, (), "no usable audit_key"),
    "http cookies": (
        {"TRACKER_SECURE_COOKIES": "no", "TRACKER_ADDRESS": "https://tracker.example.org"}, (),
        "TRACKER_SECURE_COOKIES=no",
    ),
    "http address": ({"TRACKER_ADDRESS": "http://tracker.example.org"}, (), "Set it to https"),
    "never idle": ({"TRACKER_IDLE_MINUTES": "0"}, (), "TRACKER_IDLE_MINUTES is 0"),
    "idle for days": ({"TRACKER_IDLE_MINUTES": "6000"}, (), "TRACKER_IDLE_MINUTES is 6000"),
    "plain http for all": ({}, ("--host", "0.0.0.0"), "reaches plain http"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_safe_is_refused_in_a_plain_sentence(set_up, kind):
    settings, words, said = REFUSED[kind]
    done = serve(set_up, *words, **settings)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "Open http" not in done.stdout


def test_everything_that_is_not_safe_is_named_at_once(set_up):
    settings = REFUSED["debug"][0] | REFUSED["http address"][0] | REFUSED["never idle"][0]
    done = serve(set_up, **settings)
    for kind in ("debug", "http address", "never idle"):
        assert REFUSED[kind][2] in done.stderr


def test_gunicorn_refuses_the_same(set_up):
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "tracker:create_app()", "--workers", "1",
         "--bind", f"127.0.0.1:{free_port()}"],
        cwd=ROOT, env=environment(set_up, TRACKER_ADDRESS="http://tracker.example.org"),
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 3
    assert "Set it to https" in done.stderr


def test_gunicorn_refuses_a_database_of_another_version(set_up, tmp_path):
    """It would answer every page with a fault."""
    instance = Path(shutil.copytree(set_up, tmp_path / "clinic"))
    with sqlite3.connect(instance / config.DATABASE_FILE) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    done = subprocess.run(
        [sys.executable, "-c", "import tracker; tracker.create_app()"],
        cwd=ROOT, env=environment(instance), check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Stop what serves it, then run: tracker db upgrade" in done.stderr


def test_a_database_that_others_may_read_is_refused(instance_of_all):
    assert "cannot be used" in serve(instance_of_all).stderr
    instance_of_all.chmod(0o755)
    (instance_of_all / "instruments").mkdir(mode=0o755)
    open_folder = serve(instance_of_all)
    assert f"Others may look into {instance_of_all}" in open_folder.stdout
    (instance_of_all / config.DATABASE_FILE).chmod(0o644)
    refused = serve(instance_of_all)
    assert f"may read {config.DATABASE_FILE}" in refused.stderr
    assert f"chmod -R o-rwx {instance_of_all}" in refused.stderr


def test_pages_and_scales_that_others_may_change_are_refused(instance_of_all):
    """Compiled pages are run as they are, and a scale says what an answer means."""
    instance_of_all.chmod(0o755)
    for name in ("templates", "instruments"):
        (instance_of_all / name).mkdir(exist_ok=True)
        (instance_of_all / name).chmod(0o755)
    assert safe_start.changeable_files(instance_of_all) == []
    (instance_of_all / "templates").chmod(0o777)
    own = instance_of_all / "instruments" / "own.toml"
    own.touch()
    own.chmod(0o666)
    assert safe_start.changeable_files(instance_of_all) == ["templates", "instruments/own.toml"]
    refused = serve(instance_of_all)
    assert "may change templates, instruments/own.toml" in refused.stderr


def test_what_lies_behind_a_closed_door_is_not_open(instance_of_all):
    instance_of_all.chmod(0o755)
    (instance_of_all / config.DATABASE_FILE).chmod(0o644)
    assert safe_start.is_open(instance_of_all)
    instance_of_all.parent.chmod(0o700)
    assert not safe_start.is_open(instance_of_all)


def test_accounts_of_the_demonstration_are_refused_until_they_are_disabled(set_up, tmp_path):
    instance = Path(shutil.copytree(set_up, tmp_path / "clinic"))
    with sqlite3.connect(instance / config.DATABASE_FILE) as database:
        database.execute("UPDATE user SET email = 'administrator@demo.example'")
    refused = serve(instance)
    assert "accounts of the demonstration are open here" in refused.stderr
    with sqlite3.connect(instance / config.DATABASE_FILE) as database:
        database.execute("UPDATE user SET active = 0")
    assert "cannot be used" in serve(instance).stderr


def test_a_demonstration_is_for_this_machine_alone(set_up, tmp_path):
    instance = Path(shutil.copytree(set_up, tmp_path / "clinic"))
    (instance / config.DEMO_FILE).write_text("demo")
    assert "cannot be used" in serve(instance).stderr
    assert "passwords that everybody knows" in serve(instance, "--host", "0.0.0.0").stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"TRACKER_SECURE_COOKIES": "no"}, "TRACKER_SECURE_COOKIES=no"),
        ({"TRACKER_IDLE_MINUTES": "120"}, "stays signed in for 120 minutes"),
        ({"TRACKER_ADDRESS": "https://tracker.example.org"}, "TRACKER_PROXIES is 0"),
    ],
)
def test_what_can_wait_is_said_and_served(set_up, settings, said):
    done = serve(set_up, **settings)
    assert "To do: " in done.stdout
    assert said in done.stdout
    assert "cannot be used" in done.stderr


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("", False), ("localhost", False), ("127.0.0.1", False), ("127.0.0.9", False),
        ("::1", False), ("0.0.0.0", True), ("::", True), ("192.168.1.4", True),
        ("tracker.example.org", True), ("tracker.localhost", False),
    ],
)  # fmt: skip
def test_what_is_more_than_this_machine(host, public):
    assert config.is_elsewhere(host) is public


def test_keys_that_others_may_read_are_named_with_all_the_rest(set_up, tmp_path):
    instance = Path(shutil.copytree(set_up, tmp_path / "clinic"))
    (instance / config.KEYS_FILE).chmod(0o644)
    done = serve(instance, FLASK_DEBUG="1", TRACKER_IDLE_MINUTES="0")
    assert done.returncode == 1
    for said in ("Run: chmod 600", "FLASK_DEBUG is set", "TRACKER_IDLE_MINUTES is 0"):
        assert said in done.stderr
    looked = subprocess.run(
        [*TRACKER, "doctor"], cwd=ROOT, env=environment(instance, TRACKER_IDLE_MINUTES="0"),
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert looked.returncode == 1
    assert "Run: chmod 600" in looked.stdout
    assert "WRONG idle" in looked.stdout
    backed_up = subprocess.run(
        [*TRACKER, "backup"], cwd=ROOT, env=environment(instance), check=False,
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Run: chmod 600" in backed_up.stderr


@pytest.mark.parametrize("words", [("serve",), ("audit", "verify"), ("user", "list"), ("remind",)])
def test_a_damaged_database_is_told_in_one_line(set_up, tmp_path, words):
    instance = Path(shutil.copytree(set_up, tmp_path / "clinic"))
    (instance / config.DATABASE_FILE).write_bytes(b"no database" * 500)
    done = subprocess.run(
        [*TRACKER, *words], cwd=ROOT, env=environment(instance), check=False,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert (
        "The database cannot be used (file is not a database). Run: tracker doctor" in done.stderr
    )
    assert "Traceback" not in done.stderr
