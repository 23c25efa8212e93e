"""What must not be served to real people: settings, keys and files that give them away."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from tracker.config import (
    DATABASE_FILE,
    KEY_NAMES,
    KEYS_FILE,
    MAIL_FOLDER,
    ConfigurationError,
    Settings,
    is_elsewhere,
)
from tracker.config import is_open as is_open_file
from tracker.models.users import User
from tracker.services.audit import waiting
from tracker.services.system import database as system_database

IDLE_MINUTES_MOST = 12 * 60  # a sign-in ends after that long anyway
IDLE_MINUTES_USUAL = 60
# What is sealed, hashed and encrypted with the other keys cannot be read with new ones.
NEW_KEYS = (
    "Where none are given, `tracker init` makes random ones for a new instance. In one that is in "
    "use secret_key alone can be replaced, by 64 random hexadecimal digits: all sign in anew."
)
KEY_CHARACTERS_LEAST = 10  # different ones: 64 random hexadecimal digits have some 16
# Files and folders; not fonts, compiled pages, or the clinic's own scales.
_PRIVATE = (KEYS_FILE, DATABASE_FILE, MAIL_FOLDER, waiting.NAME, "copies", "backup")
# Compiled pages are run as they are, and the clinic's own scales say what an answer means.
_BELIEVED = ("templates", "instruments", "matplotlib")
DEMO_DOMAIN = "@demo.example"
_ON = frozenset({"1", "yes", "true", "on"})


class Fault(Struct, frozen=True):
    """What is wrong with a start, and of which part, in a sentence or two that say what to do.

    What is only `to_do` is said, and served all the same.
    """

    part: str
    message: str
    to_do: bool = False


class ServerStart(Struct, frozen=True):
    """An instance that is about to be served; `host` is where it listens, empty where unknown."""

    settings: Settings
    host: str
    environ: Mapping[str, str]

    @property
    def in_earnest(self) -> bool:
        """Say whether real people reach it from elsewhere than this machine."""
        settings = self.settings
        asked = urlsplit(settings.address).hostname or ""
        elsewhere = is_elsewhere(self.host) or is_elsewhere(asked) or settings.proxies > 0
        return elsewhere and not settings.demo


def refuse_unsafe(settings: Settings, *, host: str = "") -> list[str]:
    """Raise ConfigurationError with everything that must not be; give what is to do."""
    faults = list(faults_of(ServerStart(settings, host, os.environ)))
    if wrong := [fault.message for fault in faults if not fault.to_do]:
        lines = "\n".join(f"  {message}" for message in wrong)
        raise ConfigurationError(f"This is not safe to serve:\n{lines}")
    return [fault.message for fault in faults]


def faults_of(start: ServerStart) -> Iterator[Fault]:
    """Yield everything that is wrong with a start."""
    for look in _LOOKS:
        yield from look(start)


def open_files(instance: Path) -> list[str]:
    """Name what of an instance gives people away, and others may read or write."""
    return [
        path.name
        for path in sorted(instance.iterdir())
        if path.name.startswith(_PRIVATE) and stat.S_IMODE(path.stat().st_mode) & 0o007
    ]


def changeable_files(instance: Path) -> list[str]:
    """Name what of an instance is run or believed as it is, and others may write."""
    folders = [instance / name for name in _BELIEVED if (instance / name).is_dir()]
    found = [one for folder in folders for one in (folder, *sorted(folder.iterdir()))]
    return [
        str(path.relative_to(instance))
        for path in found
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & stat.S_IWOTH
    ]


def is_open(instance: Path) -> bool:
    """Say whether others may look into a folder at all; what lies in a closed one is closed."""
    if os.name != "posix":
        return False
    on_the_way = all(folder.stat().st_mode & stat.S_IXOTH for folder in instance.parents)
    return on_the_way and bool(stat.S_IMODE(instance.stat().st_mode) & 0o007)


def weak_keys(settings: Settings) -> list[str]:
    """Name the keys that somebody thought up, or used twice."""
    values = {name: getattr(settings, name) for name in KEY_NAMES}
    given = list(values.values())
    return [
        name
        for name, value in values.items()
        if len(set(value)) < KEY_CHARACTERS_LEAST or given.count(value) > 1
    ]


def _debug(start: ServerStart) -> Iterator[Fault]:
    if start.environ.get("FLASK_DEBUG", "").strip().lower() in _ON:
        yield Fault(
            "debug", "FLASK_DEBUG is set: whoever meets a fault would see the program. Unset it."
        )


def _keys(start: ServerStart) -> Iterator[Fault]:
    if weak := weak_keys(start.settings):
        names = ", ".join(f"TRACKER_{name.upper()}" for name in weak)
        yield Fault("keys", f"Easy to guess or used twice: {names}. {NEW_KEYS}")
    path = start.settings.instance / KEYS_FILE
    if path.exists() and is_open_file(path):
        yield Fault("keys", f"Others may read {path}. Run: chmod 600 {path}")


def _files(start: ServerStart) -> Iterator[Fault]:
    instance = start.settings.instance
    if not is_open(instance):
        return
    if found := changeable_files(instance):
        some = ", ".join(found[:4]) + (" and more" if len(found) > 4 else "")
        yield Fault(
            "files", f"Others on this machine may change {some}. Run: chmod -R o-rwx {instance}"
        )
    if found := open_files(instance):
        some = ", ".join(found[:4]) + (" and more" if len(found) > 4 else "")
        yield Fault(
            "files", f"Others on this machine may read {some}. Run: chmod -R o-rwx {instance}"
        )
    else:
        yield Fault(
            "files", f"Others may look into {instance}. Run: chmod o-rwx {instance}", to_do=True
        )


def _cookies(start: ServerStart) -> Iterator[Fault]:
    if start.settings.secure_cookies or start.settings.demo:
        return
    words = "TRACKER_SECURE_COOKIES=no lets sign-ins travel readable. Unset it, and serve by https."
    yield Fault("cookies", words, to_do=not start.in_earnest)


def _address(start: ServerStart) -> Iterator[Fault]:
    asked = urlsplit(start.settings.address)
    if asked.scheme == "http" and is_elsewhere(asked.hostname or "") and not start.settings.demo:
        yield Fault(
            "address",
            f"TRACKER_ADDRESS is {start.settings.address}: sign-ins and links would be readable on "
            "the way. Set it to https, behind a proxy (tracker deploy caddy).",
        )


def _idle_minutes(start: ServerStart) -> Iterator[Fault]:
    minutes = start.settings.idle_minutes
    if not 1 <= minutes <= IDLE_MINUTES_MOST:
        yield Fault(
            "idle",
            f"TRACKER_IDLE_MINUTES is {minutes}. Set it to 1 to {IDLE_MINUTES_MOST}; 15 is usual.",
        )
    elif minutes > IDLE_MINUTES_USUAL:
        yield Fault(
            "idle",
            f"Whoever leaves stays signed in for {minutes} minutes. Set TRACKER_IDLE_MINUTES "
            f"to {IDLE_MINUTES_USUAL} or less; 15 is usual.",
            to_do=True,
        )


def _demo(start: ServerStart) -> Iterator[Fault]:
    if start.settings.demo:
        if is_elsewhere(start.host):
            yield Fault(
                "demo",
                "A demonstration has passwords that everybody knows. Serve it on 127.0.0.1 only.",
            )
    elif known := demo_accounts(start.settings.database_url):
        yield Fault(
            "demo",
            f"{known} accounts of the demonstration are open here, and everybody knows their "
            f"passwords. Disable those that end in {DEMO_DOMAIN}: tracker user disable EMAIL",
        )


def demo_accounts(database_url: str) -> int:
    """Count the accounts of the demonstration that may sign in."""
    query = (
        select(func.count())
        .select_from(User)
        .where(User.email.endswith(DEMO_DOMAIN, autoescape=True), User.active.is_(True))
    )
    try:
        with system_database.connection(database_url) as opened:
            return int(opened.execute(query).scalar_one())
    except SQLAlchemyError:
        return 0  # no database yet, or none that answers: that is said elsewhere


def _plain_http(start: ServerStart) -> Iterator[Fault]:
    if is_elsewhere(start.host) and not start.settings.proxies and not start.settings.demo:
        yield Fault(
            "network",
            f"On {start.host} everybody in the network reaches plain http. Serve on 127.0.0.1 "
            "behind a proxy (tracker deploy caddy), or set TRACKER_PROXIES if it is elsewhere.",
        )


def _proxies(start: ServerStart) -> Iterator[Fault]:
    if start.settings.proxies or not start.settings.address.startswith("https://"):
        return
    yield Fault(
        "proxies",
        "The address is https, but TRACKER_PROXIES is 0: to the trail and to the limits on wrong "
        "passwords all people come from the proxy. Set it to 1.",
        to_do=True,
    )


_LOOKS = (
    _debug, _keys, _files, _cookies, _address, _idle_minutes, _demo, _plain_http, _proxies,
)  # fmt: skip
