"""The settings of one instance: read once from its folder and the environment, then frozen."""

import base64
import json
import os
import secrets
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

KEYS_FILE = "keys.json"
DATABASE_FILE = "tracker.sqlite3"
MAIL_FOLDER = "mail"
DEMO_FOLDER = "demo"
BACKUP_FOLDER = "backups"
BACKUP_KEY_FILE = "backup-key.json"  # the half of the key that encrypts
BACKUP_KEEP = (7, 5, 12)  # days, weeks, months
DEMO_FILE = "DEMO.txt"  # an instance that holds this file is a demonstration
_KEY_NAMES = ("secret_key", "password_salt", "totp_key", "recovery_key", "audit_key")


class ConfigurationError(Exception):
    """The instance cannot be used as it is; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Where mail goes: files in the instance folder, or an SMTP server."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    use_tls: bool = False
    sender: str = "tracker@localhost"

    @property
    def to_files(self) -> bool:
        """Say whether mail is written to files instead of being sent."""
        return not self.host


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an instance is set to. Keys never show in a repr."""

    instance: Path
    database_url: str
    secret_key: str = field(repr=False)
    password_salt: str = field(repr=False)
    totp_key: str = field(repr=False)
    recovery_key: str = field(repr=False)
    audit_key: str = field(repr=False)
    address: str = ""
    mail: Mail = Mail()
    demo: bool = False
    staff_second_factor: bool = True
    idle_minutes: int = 15
    secure_cookies: bool = True
    proxies: int = 0
    backups: Path | None = None
    backup_keep: tuple[int, int, int] = BACKUP_KEEP
    testing: bool = False

    @property
    def hosts(self) -> list[str]:
        """The names this instance answers to: its own machine's, and that of its address."""
        named = urlsplit(self.address).hostname
        return ["localhost", "127.0.0.1", "[::1]", *([named] if named else [])]

    @property
    def mail_folder(self) -> Path:
        """The folder that takes mail while no SMTP server is set."""
        return self.instance / MAIL_FOLDER

    @property
    def backup_folder(self) -> Path:
        """The folder that takes the backups, best on a disk of its own."""
        return self.backups or self.instance / BACKUP_FOLDER


def default_instance() -> Path:
    """Find the instance folder: TRACKER_INSTANCE, beside a checkout, or in the environment."""
    if named := os.environ.get("TRACKER_INSTANCE"):
        return Path(named).resolve()
    package = Path(__file__).resolve().parent
    if (package.parent / "pyproject.toml").is_file():
        return package.parent / "instance"
    return Path(sys.prefix) / "var" / "tracker-instance"


def make_keys(instance: Path) -> Path:
    """Write fresh keys into one file that only its owner may read; keep keys that are there."""
    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = instance / KEYS_FILE
    if path.exists():
        return path
    keys = {name: secrets.token_hex(32) for name in _KEY_NAMES}
    # Fernet, which encrypts recovery codes, wants 32 bytes in URL-safe base64.
    keys["recovery_key"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=1)
    return path


def read(instance: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of an instance; raise ConfigurationError that says what to do."""
    instance = (instance or default_instance()).resolve()
    environ = os.environ if environ is None else environ
    demo = (instance / DEMO_FILE).is_file()
    keys = _read_keys(instance, environ)
    return Settings(
        instance=instance,
        # The demo keeps its own database and never touches a real one.
        database_url=database_url(instance, {} if demo else environ),
        **keys,
        address=_read_address(environ),
        mail=Mail() if demo else _read_mail(environ),
        demo=demo,
        staff_second_factor=not demo
        and _flag(environ, "TRACKER_STAFF_SECOND_FACTOR", default=True),
        idle_minutes=_number(environ, "TRACKER_IDLE_MINUTES", 15),
        secure_cookies=not demo and _flag(environ, "TRACKER_SECURE_COOKIES", default=True),
        proxies=_number(environ, "TRACKER_PROXIES", 0),
        backups=None if demo else _read_backup_folder(environ),
        backup_keep=_read_backup_keep(environ),
    )


def database_url(instance: Path, environ: Mapping[str, str] | None = None) -> str:
    """Tell which database an instance has, also one that is not set up yet."""
    default = f"sqlite:///{instance / DATABASE_FILE}"
    return (os.environ if environ is None else environ).get("TRACKER_DATABASE_URL", default)


def keys_of(settings: Settings) -> dict[str, str]:
    """Give the keys in use as they stand in their file."""
    return {name: getattr(settings, name) for name in _KEY_NAMES}


def _read_keys(instance: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    path = instance / KEYS_FILE
    stored: dict[str, str] = {}
    if path.exists():
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigurationError(f"Others may read {path}. Run: chmod 600 {path}")
        stored = json.loads(path.read_text(encoding="utf-8"))
    keys = {n: environ.get(f"TRACKER_{n.upper()}", stored.get(n, "")) for n in _KEY_NAMES}
    if missing := [name for name, value in keys.items() if len(value) < 32]:
        raise ConfigurationError(
            f"{path} has no usable {', '.join(missing)}. Run: tracker init"
            if path.exists()
            else f"{instance} is not set up yet. Run: tracker init"
        )
    return keys


def _read_address(environ: Mapping[str, str]) -> str:
    """Read where people reach the pages; links in mails begin with it."""
    address = environ.get("TRACKER_ADDRESS", "").strip().rstrip("/")
    if address and (
        urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname
    ):
        raise ConfigurationError(
            f"TRACKER_ADDRESS is {address!r}. Set it to something like https://tracker.example.org"
        )
    return address


def _read_backup_folder(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("TRACKER_BACKUP_FOLDER", "").strip()
    if named and not Path(named).is_absolute():
        raise ConfigurationError(
            f"TRACKER_BACKUP_FOLDER is {named!r}. Set it to a whole path, such as /mnt/backups"
        )
    return Path(named) if named else None


def _read_backup_keep(environ: Mapping[str, str]) -> tuple[int, int, int]:
    """Read of how many days, weeks and months backups are kept."""
    text = environ.get("TRACKER_BACKUP_KEEP", "").strip()
    words = text.replace(",", " ").split()
    if not text:
        return BACKUP_KEEP
    if len(words) != 3 or not all(word.isdecimal() for word in words):
        raise ConfigurationError(
            f"TRACKER_BACKUP_KEEP is {text!r}. Set it to days, weeks and months, such as: 7 5 12"
        )
    days, weeks, months = map(int, words)
    return days, weeks, months


def _read_mail(environ: Mapping[str, str]) -> Mail:
    return Mail(
        host=environ.get("TRACKER_SMTP_HOST", ""),
        port=_number(environ, "TRACKER_SMTP_PORT", 25),
        user=environ.get("TRACKER_SMTP_USER", ""),
        password=environ.get("TRACKER_SMTP_PASSWORD", ""),
        use_tls=_flag(environ, "TRACKER_SMTP_TLS", default=False),
        sender=environ.get("TRACKER_MAIL_FROM", "tracker@localhost"),
    )


def _flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "").strip().lower()
    if not text:
        return default
    if text in {"1", "yes", "true", "on"}:
        return True
    if text in {"0", "no", "false", "off"}:
        return False
    raise ConfigurationError(f"{name} is {text!r}. Set it to yes or no.")


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal():
        raise ConfigurationError(f"{name} is {text!r}. Set it to a whole number.")
    return int(text)
