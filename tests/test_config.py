import os
import stat

import pytest

from tracker import config, database_address
from tracker.config import ConfigurationError
from tracker.models import postgresql
from tracker.services.backups.databases import postgresql_tools


def test_keys_are_made_once_and_for_the_owner_only(tmp_path):
    path = config.make_keys(tmp_path)
    before = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config.make_keys(tmp_path).read_text() == before


def test_keys_that_others_may_read_are_refused(tmp_path):
    config.make_keys(tmp_path).chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        config.read(tmp_path, {})


def test_an_instance_that_is_not_set_up_says_what_to_run(tmp_path):
    with pytest.raises(ConfigurationError, match="tracker init"):
        config.read(tmp_path, {})


def test_a_short_key_is_refused(tmp_path):
    config.make_keys(tmp_path)
    with pytest.raises(ConfigurationError, match="secret_key"):
        config.read(tmp_path, {"TRACKER_SECRET_KEY": "short"})


def test_keys_never_show_in_the_repr(tmp_path):
    config.make_keys(tmp_path)
    settings = config.read(tmp_path, {"TRACKER_SMTP_PASSWORD": "do not show"})
    assert settings.secret_key not in repr(settings)
    assert "do not show" not in repr(settings)


def test_the_demonstration_ignores_the_real_database_and_mail_server(tmp_path):
    config.make_keys(tmp_path)
    (tmp_path / config.DEMO_FILE).write_text("demo")
    environ = {"TRACKER_DATABASE_URL": "postgresql://real", "TRACKER_SMTP_HOST": "mail.real"}
    settings = config.read(tmp_path, environ)
    assert settings.demo
    assert settings.database_url.startswith(f"sqlite:///{tmp_path}")
    assert settings.mail.to_files
    assert not settings.staff_second_factor


@pytest.mark.parametrize(
    ("environ", "encrypted"),
    [
        ({"TRACKER_SMTP_HOST": "mail.example.org"}, True),
        ({"TRACKER_SMTP_HOST": "192.0.2.7", "TRACKER_SMTP_TLS": "yes"}, True),
        ({"TRACKER_SMTP_HOST": "mail.example.org", "TRACKER_SMTP_TLS": "no"}, False),
        ({"TRACKER_SMTP_HOST": "localhost"}, False),
        ({"TRACKER_SMTP_HOST": "127.0.0.1", "TRACKER_SMTP_TLS": "yes"}, True),
        ({}, False),
    ],
)
def test_mail_to_another_machine_goes_by_tls_unless_it_is_said_that_it_may_not(
    tmp_path, environ, encrypted
):
    config.make_keys(tmp_path)
    assert config.read(tmp_path, environ).mail.use_tls is encrypted


def test_secrets_may_come_as_files_that_are_handed_to_the_service(tmp_path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "TRACKER_SMTP_PASSWORD").write_text("by systemd\n")
    (folder / "TRACKER_SECRET_KEY").write_text("0123456789abcdef" * 4)
    (folder / "TRACKER_IDLE_MINUTES").write_text("20")
    (folder / "of_others").write_bytes(b"\xff")
    config.make_keys(tmp_path)
    environ = {"CREDENTIALS_DIRECTORY": str(folder), "TRACKER_IDLE_MINUTES": "10"}
    settings = config.read(tmp_path, environ)
    assert settings.mail.password == "by systemd"
    assert settings.secret_key == "0123456789abcdef" * 4
    assert settings.idle_minutes == 10, "the environment itself goes first"
    with pytest.raises(ConfigurationError, match="cannot be read"):
        config.read(tmp_path, {"CREDENTIALS_DIRECTORY": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("name", "text"), [("TRACKER_SECURE_COOKIES", "perhaps"), ("TRACKER_IDLE_MINUTES", "-3")]
)
def test_a_setting_that_cannot_be_read_is_named(tmp_path, name, text):
    config.make_keys(tmp_path)
    with pytest.raises(ConfigurationError, match=name):
        config.read(tmp_path, {name: text})


def test_a_real_instance_is_strict_unless_told_otherwise(tmp_path):
    config.make_keys(tmp_path)
    settings = config.read(tmp_path, {})
    assert settings.secure_cookies
    assert settings.staff_second_factor
    assert not settings.demo


def test_the_instance_folder_can_be_named(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "TRACKER_INSTANCE", str(tmp_path / "named"))
    assert config.default_instance() == tmp_path / "named"


@pytest.mark.parametrize("text", ["{broken", "[1]", "null", '{"secret_key": 5}', "\x00\x9d"])
def test_a_file_that_holds_no_keys_is_told_and_never_sent_to_init(tmp_path, text):
    """New keys open nothing of what was sealed with the old ones, so init makes none."""
    path = config.make_keys(tmp_path)
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(config.ConfigurationError) as told:
        config.read(tmp_path, {})
    assert f"{path} has no usable secret_key, password_salt" in str(told.value)
    assert "Take the file from a backup" in str(told.value)


@pytest.mark.parametrize(
    "url",
    ["nonsense", "mysql://me:hunter2@host/a", "postgres://host/a", "postgresql://me:hunter2@h:x/a"],
)
def test_a_database_of_another_kind_is_told_without_its_password(tmp_path, url):
    config.make_keys(tmp_path)
    with pytest.raises(config.ConfigurationError) as told:
        config.read(tmp_path, {"TRACKER_DATABASE_URL": url, "TRACKER_PROXIES": "x"})
    assert "TRACKER_DATABASE_URL cannot be used" in str(told.value)
    assert "TRACKER_PROXIES" in str(told.value)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://postgres:@/clinic?host=/run/pg",
        "postgresql+psycopg://me:p%40ss@[::1]:5432/clinic",
        "postgresql://localhost/clinic",
        "postgresql+psycopg://me@[::1]/clinic",
        "sqlite:////srv/clinic.sqlite3",
    ],
)
def test_an_address_of_a_database_is_taken_as_it_is(tmp_path, url):
    config.make_keys(tmp_path)
    assert config.read(tmp_path, {"TRACKER_DATABASE_URL": url}).database_url == url


SEVERAL = "postgresql+psycopg://me:hunter2@/clinic?host=one:5432&host=other:5432"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (SEVERAL, "Add &target_session_attrs=read-write"),
        (f"{SEVERAL}&target_session_attrs=any", "Add &target_session_attrs=read-write"),
        (f"{SEVERAL}&target_session_attrs=writable", "target_session_attrs=writable is unknown"),
        (
            "postgresql+psycopg://me:hunter2@one:5432,other:5432/clinic",
            "named after the question mark",
        ),
        (
            "postgresql+psycopg://me:hunter2@one/clinic?host=other&target_session_attrs=read-write",
            "before and after the question mark",
        ),
        (
            SEVERAL.replace("other:5432", "other:x") + "&target_session_attrs=read-write",
            "a name, a colon and its port",
        ),
        (
            "postgresql://me:hunter2@/c?host=a,b,c&port=1,2&target_session_attrs=read-write",
            "a name, a colon and its port",
        ),
    ],
)
def test_several_servers_that_cannot_be_used_are_told_in_a_sentence(tmp_path, url, said):
    config.make_keys(tmp_path)
    with pytest.raises(config.ConfigurationError, match=said) as told:
        config.read(tmp_path, {"TRACKER_DATABASE_URL": url})
    assert "hunter2" not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        f"{SEVERAL}&target_session_attrs=read-write",
        "postgresql://me@/clinic?host=one,other&port=5432,5433&target_session_attrs=primary",
        "postgresql://me@/clinic?host=one,other&port=5432&target_session_attrs=read-write",
    ],
)
def test_several_servers_are_taken_as_the_driver_takes_them(tmp_path, url):
    config.make_keys(tmp_path)
    assert config.read(tmp_path, {"TRACKER_DATABASE_URL": url}).database_url == url
    named = postgresql.connect_args(url)
    assert named["connect_timeout"] == postgresql.CONNECT_SECONDS
    assert "statement_timeout=8000" in named["options"]


def test_what_the_address_says_of_time_outs_goes_first():
    named = postgresql.connect_args(
        "postgresql://me@one/clinic?connect_timeout=9&options=-c%20statement_timeout%3D99"
    )
    assert "connect_timeout" not in named
    assert named["options"].endswith("-c statement_timeout=99")


@pytest.mark.parametrize(
    ("main", "reads", "said"),
    [
        ("", "postgresql://me@standby/clinic", "there is none. Unset it"),
        ("postgresql://me@one/clinic", "sqlite:////srv/a.sqlite3", "there is none. Unset it"),
        ("postgresql://me@one/clinic", "mysql://standby", "TRACKER_DATABASE_READ_URL cannot be"),
    ],
)
def test_a_standby_for_large_reads_that_cannot_be_one_is_told(tmp_path, main, reads, said):
    config.make_keys(tmp_path)
    environ = {"TRACKER_DATABASE_URL": main, "TRACKER_DATABASE_READ_URL": reads}
    with pytest.raises(config.ConfigurationError, match=said) as told:
        config.read(tmp_path, environ)
    assert "TRACKER_DATABASE_URL" not in str(told.value)


def test_a_standby_for_large_reads_may_be_any_server_of_several(tmp_path):
    config.make_keys(tmp_path)
    reads = "postgresql://me@/clinic?host=one:5432&host=other:5432&target_session_attrs=standby"
    environ = {
        "TRACKER_DATABASE_URL": "postgresql://me@one/clinic", "TRACKER_DATABASE_READ_URL": reads,
    }  # fmt: skip
    assert config.read(tmp_path, environ).database_read_url == reads
    (tmp_path / config.DEMO_FILE).write_text("demo")
    assert config.read(tmp_path, environ).database_read_url == ""


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("sqlite:////srv/tracker.sqlite3", []),
        ("postgresql+psycopg://me:a%40b@db.example.org:5432/a", ["db.example.org"]),
        ("postgresql+psycopg://me@[2001:db8::1]:5432/a", ["2001:db8::1"]),
        ("postgresql+psycopg://me@/a?host=one:5432&host=two:5432", ["one", "two"]),
        ("postgresql+psycopg://me@/a?host=one,two&port=5432", ["one", "two"]),
        ("postgresql+psycopg://me@/a?host=/var/run/postgresql", []),
        ("postgresql+psycopg:///a", []),
    ],
)
def test_the_machines_of_a_database_are_known(url, hosts):
    assert database_address.hosts(url) == hosts


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql+psycopg://me@db.example.org/a", "require"),
        ("postgresql+psycopg://me@/a?host=127.0.0.1:5432&host=10.0.0.7:5432", "require"),
        ("postgresql+psycopg://me@localhost/a", None),
        ("postgresql+psycopg://me@/a?host=/var/run/postgresql", None),
        ("postgresql+psycopg://me@db.example.org/a?sslmode=verify-full", None),
    ],
)
def test_records_go_to_a_server_elsewhere_by_tls_alone_unless_more_is_asked_for(
    monkeypatch, url, mode
):
    monkeypatch.delenv("PGSSLMODE", raising=False)
    assert postgresql.connect_args(url).get("sslmode") == mode
    assert postgresql_tools.environment(url).get("PGSSLMODE") in {mode, "verify-full"}
    monkeypatch.setenv("PGSSLMODE", "verify-ca")
    assert "sslmode" not in postgresql.connect_args(url), "the environment says more"
