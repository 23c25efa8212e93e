"""The settings of one instance: read once from its folder and the environment, then frozen."""

import base64
import ipaddress
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

from tracker import database_address

KEYS_FILE = "keys.json"
DATABASE_FILE = "tracker.sqlite3"
MAIL_FOLDER = "mail"
DEMO_FOLDER = "demo"
BACKUP_FOLDER = "backups"
BACKUP_KEY_FILE = "backup-key.json"  # the half of the key that encrypts
BACKUP_KEEP = (7, 5, 12)  # days, weeks, months
DEMO_FILE = "DEMO.txt"  # an instance that holds this file is a demonstration
# Of the trail's key: those that it replaced, with commas between, and one that is about to.
EARLIER_KEYS, NEXT_KEY = "earlier_audit_keys", "next_audit_key"
KEY_NAMES = ("secret_key", "password_salt", "totp_key", "recovery_key", "audit_key")


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
    def tls_from_the_start(self) -> bool:
        """Say whether TLS comes before the first word (RFC 8314, section 3.3), not by STARTTLS."""
        return self.use_tls and self.port == 465

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
    earlier_audit_keys: str = field(default="", repr=False)
    database_read_url: str = ""
    database_owner_url: str = field(default="", repr=False)
    address: str = ""
    mail: Mail = Mail()
    demo: bool = False
    staff_second_factor: bool = True
    idle_minutes: int = 15
    secure_cookies: bool = True
    proxies: int = 0
    anchor_file: str = ""
    anchor_mail: str = ""
    trail_to: str = ""
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


def is_elsewhere(host: str) -> bool:
    """Say whether a host, to listen on or to be asked by, is more than this machine itself."""
    if not host or host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


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
    keys = {name: secrets.token_hex(32) for name in KEY_NAMES}
    # Fernet, which encrypts recovery codes, wants 32 bytes in URL-safe base64.
    keys["recovery_key"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=1)
    return path


def read(
    instance: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    open_keys: bool = False,
    halfway: bool = False,
) -> Settings:
    """Read the settings of an instance; raise ConfigurationError that says all there is to do.

    `open_keys` takes a file of keys that others may read, for who names that with all the rest,
    `halfway` one whose key of the trail is being replaced, for who ends that.
    """
    instance = (instance or default_instance()).resolve()
    environ = _whole(environ)
    faults: list[str] = []
    keys = _read_keys(instance, environ, faults, open_keys=open_keys)
    if NEXT_KEY in _stored_keys(instance / KEYS_FILE) and not halfway:
        faults.append("A new key of the trail was not put in whole. Run: tracker audit new-key")
    asked = _read_environment(instance, environ, faults)
    if faults:
        raise ConfigurationError("\n".join(faults))
    return Settings(instance=instance, **keys, **asked)


def _whole(environ: Mapping[str, str] | None) -> Mapping[str, str]:
    """Add the settings that systemd, or whatever keeps the secrets, hands to a service as files.

    Each is called as the setting is (systemd.exec: LoadCredential and LoadCredentialEncrypted);
    what the environment says itself goes first.
    """
    environ = os.environ if environ is None else environ
    named = environ.get("CREDENTIALS_DIRECTORY", "")
    return _read_credentials(Path(named)) | dict(environ) if named else environ


def _read_credentials(folder: Path) -> dict[str, str]:
    try:
        files = [one for one in folder.iterdir() if one.name.startswith("TRACKER_")]
        return {one.name: one.read_text(encoding="utf-8").strip() for one in files}
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The secrets in {folder} cannot be read ({type(error).__name__})."
        ) from error


def faults_of(instance: Path, environ: Mapping[str, str] | None = None) -> list[str]:
    """List what is wrong with the environment, for an instance that has no keys yet."""
    faults: list[str] = []
    _read_environment(instance, _whole(environ), faults)
    return faults


def database_url(instance: Path, environ: Mapping[str, str] | None = None) -> str:
    """Tell where an instance's database is. The demo keeps its own and never touches a real one."""
    environ = _whole(environ)
    own = f"sqlite:///{instance / DATABASE_FILE}"
    demo = (instance / DEMO_FILE).is_file()
    return own if demo else environ.get("TRACKER_DATABASE_URL", "") or own


def _read_environment(
    instance: Path, environ: Mapping[str, str], faults: list[str]
) -> dict[str, Any]:
    """Read all but the keys, and note every fault."""
    demo = (instance / DEMO_FILE).is_file()
    named = database_url(instance, environ)
    reads = "" if demo else environ.get(database_address.READS, "").strip()
    owner = "" if demo else environ.get(database_address.OWNER, "").strip()
    looked_at = (
        database_address.fault_of(named),
        database_address.fault_of_reads(reads, named),
        database_address.fault_of_owner(owner, named),
    )
    faults += filter(None, looked_at)
    mail = _read_mail(environ, faults)
    backups = _read_backup_folder(environ, faults)
    second_factor = _flag(environ, "TRACKER_STAFF_SECOND_FACTOR", True, faults)
    secure = _flag(environ, "TRACKER_SECURE_COOKIES", True, faults)
    return {
        "database_url": named,
        "database_read_url": reads,
        "database_owner_url": owner,
        "address": _read_address(environ, faults),
        "mail": Mail() if demo else mail,
        "demo": demo,
        "staff_second_factor": not demo and second_factor,
        "idle_minutes": _number(environ, "TRACKER_IDLE_MINUTES", 15, faults),
        "secure_cookies": not demo and secure,
        "proxies": _number(environ, "TRACKER_PROXIES", 0, faults),
        "anchor_file": "" if demo else environ.get("TRACKER_ANCHOR_FILE", ""),
        "anchor_mail": "" if demo else environ.get("TRACKER_ANCHOR_MAIL", ""),
        "trail_to": "" if demo else _read_trail_to(environ, faults),
        "backups": None if demo else backups,
        "backup_keep": _read_backup_keep(environ, faults),
    }


def keys_of(settings: Settings) -> dict[str, str]:
    """Give the keys in use as they stand in their file."""
    earlier = {EARLIER_KEYS: settings.earlier_audit_keys} if settings.earlier_audit_keys else {}
    return {name: getattr(settings, name) for name in KEY_NAMES} | earlier


def is_open(path: Path) -> bool:
    """Say whether others on this machine may read or write a file of secrets."""
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _read_keys(
    instance: Path, environ: Mapping[str, str], faults: list[str], *, open_keys: bool
) -> dict[str, Any]:
    path = instance / KEYS_FILE
    if path.exists() and is_open(path) and not open_keys:
        faults.append(f"Others may read {path}. Run: chmod 600 {path}")
        return {}
    stored = _stored_keys(path)
    keys = {n: environ.get(f"TRACKER_{n.upper()}", stored.get(n, "")) for n in KEY_NAMES}
    if missing := [name for name, value in keys.items() if not _is_usable(name, value)]:
        # Never `tracker init`: it makes no new keys for what was sealed with others.
        faults.append(
            f"{path} has no usable {', '.join(missing)}. Take the file from a backup (tracker "
            "restore, into an empty folder). Where no clinic was set up yet, remove it and run: "
            "tracker init"
            if path.exists()
            else f"{instance} is not set up yet. Run: tracker init"
        )
    earlier = environ.get(f"TRACKER_{EARLIER_KEYS.upper()}", stored.get(EARLIER_KEYS, ""))
    return keys | {EARLIER_KEYS: earlier}


def _stored_keys(path: Path) -> dict[str, str]:
    """Read the keys of a file; those that are no text, or of a file that is none, are missing."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError:  # no JSON, or no text at all
        return {}
    items = stored.items() if isinstance(stored, dict) else ()
    return {name: key for name, key in items if isinstance(key, str)}


def _is_usable(name: str, key: str) -> bool:
    """Say whether a key can be one: long enough, and written as what it is for reads it."""
    try:
        if name == "audit_key":
            return len(bytes.fromhex(key)) >= 16
        if name == "recovery_key":
            return len(base64.urlsafe_b64decode(key)) == 32
    except ValueError:  # of which binascii's own error is one
        return False
    return len(key) >= 32


def _read_address(environ: Mapping[str, str], faults: list[str]) -> str:
    """Read where people reach the pages; links in mails begin with it."""
    address = environ.get("TRACKER_ADDRESS", "").strip().rstrip("/")
    if address and (
        urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname
    ):
        faults.append(
            f"TRACKER_ADDRESS is {address!r}. Set it to something like https://tracker.example.org"
        )
    return address


def _read_trail_to(environ: Mapping[str, str], faults: list[str]) -> str:
    """Read where the lines of the trail are sent besides."""
    named = environ.get("TRACKER_TRAIL_TO", "").strip()
    place = urlsplit(named)
    to_file = place.scheme == "file" and not place.netloc and len(place.path) > 1
    if not named or to_file or (place.scheme == "syslog+tls" and place.hostname):
        return named
    faults.append(
        f"TRACKER_TRAIL_TO is {named!r}. Set it to syslog+tls://log.example.org:6514, or to a file "
        "that another program takes away, such as file:///var/log/tracker/trail.jsonl"
    )
    return ""


def _read_backup_folder(environ: Mapping[str, str], faults: list[str]) -> Path | None:
    named = environ.get("TRACKER_BACKUP_FOLDER", "").strip()
    if named and not Path(named).is_absolute():
        faults.append(
            f"TRACKER_BACKUP_FOLDER is {named!r}. Set it to a whole path, such as /mnt/backups"
        )
    return Path(named) if named else None


def _read_backup_keep(environ: Mapping[str, str], faults: list[str]) -> tuple[int, int, int]:
    """Read of how many days, weeks and months backups are kept."""
    text = environ.get("TRACKER_BACKUP_KEEP", "").strip()
    words = text.replace(",", " ").split()
    if len(words) == 3 and all(word.isdecimal() for word in words):
        days, weeks, months = map(int, words)
        return days, weeks, months
    if text:
        faults.append(
            f"TRACKER_BACKUP_KEEP is {text!r}. Set it to days, weeks and months, such as: 7 5 12"
        )
    return BACKUP_KEEP


def _read_mail(environ: Mapping[str, str], faults: list[str]) -> Mail:
    host = environ.get("TRACKER_SMTP_HOST", "").strip()
    return Mail(
        host=host,
        port=_number(environ, "TRACKER_SMTP_PORT", 25, faults),
        user=environ.get("TRACKER_SMTP_USER", ""),
        password=environ.get("TRACKER_SMTP_PASSWORD", ""),
        # A mail may open an account: none goes over a network that anybody may read along.
        use_tls=_flag(environ, "TRACKER_SMTP_TLS", is_elsewhere(host), faults),
        sender=environ.get("TRACKER_MAIL_FROM", "tracker@localhost"),
    )


def _flag(environ: Mapping[str, str], name: str, usual: bool, faults: list[str]) -> bool:
    text = environ.get(name, "").strip().lower()
    if text in {"1", "yes", "true", "on"}:
        return True
    if text in {"0", "no", "false", "off"}:
        return False
    if text:
        faults.append(f"{name} is {text!r}. Set it to yes or no.")
    return usual


def _number(environ: Mapping[str, str], name: str, usual: int, faults: list[str]) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return usual
    if not text.isdecimal():
        faults.append(f"{name} is {text!r}. Set it to a whole number.")
        return usual
    return int(text)
