"""Files for the machine that the tracker runs on: proxies, units, timers, filled in for it."""

import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from msgspec import Struct
from sqlalchemy.engine import make_url

from tracker.config import ConfigurationError, Settings
from tracker.database_address import is_sqlite

FOLDER = Path(__file__).resolve().parents[2] / "deployment"  # shipped with the package
# What a person asks for -> the files that it takes.
KINDS: Mapping[str, tuple[str, ...]] = {
    "caddy": ("Caddyfile",),
    "nginx": ("nginx.conf",),
    "systemd": (
        "tracker.env", "tracker.service", "tracker-remind.service", "tracker-remind.timer",
        "tracker-backup.service", "tracker-backup.timer",
    ),
    "cron": ("tracker.env", "crontab"),
    "postgresql": ("postgresql.sql",),
}  # fmt: skip
# Files are read by many, and a screen is looked at: these are set by hand.
_SECRET = ("PASSWORD", "_KEY", "_SALT", "DATABASE_URL", "DATABASE_READ_URL", "DATABASE_OWNER_URL")
# "No" has no place behind TLS, and the key that opens backups none on the machine.
_NOT_THERE = ("TRACKER_SECURE_COOKIES", "TRACKER_BACKUP_KEY", "TRACKER_DATABASE_OWNER_URL")
_NAME_FOLDERS = ("systemd", "cron")
# No percent sign and no quote: to both they mean something.
_PLAIN = re.compile(r"[\w./-]*")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_BACKUPS = "TRACKER_BACKUP_FOLDER"
_SET_UP = "set -a; . /etc/tracker.env;"
_BUFFER_BY_NAME = (2, 6, 3)  # Caddy's request_buffers; before, buffer_requests


class _FileTemplate(Template):
    """A file with places such as @{host}; a dollar means something to nginx and to a shell."""

    delimiter = "@"


class Installation(Struct, frozen=True):
    """Where the tracker runs: the port behind the proxy, and how this program is started."""

    port: int
    program: str
    python: str = sys.executable


def here(port: int) -> Installation:
    """Tell how the program that is running now is started."""
    beside = Path(sys.executable).parent / "tracker"
    found = str(beside) if beside.is_file() else shutil.which("tracker")
    return Installation(port, found or f"{sys.executable} -m tracker")


def files(kind: str, settings: Settings, installation: Installation) -> dict[str, str]:
    """Give the files of a kind by their names, filled in with the instance's settings.

    Raises ConfigurationError where there is no address that a certificate could be for.
    """
    address = urlsplit(settings.address)
    host = address.hostname
    if not host:
        raise ConfigurationError(
            "These files need the address that people type. Set TRACKER_ADDRESS, "
            "such as https://tracker.example.org"
        )
    named = [str(settings.instance), installation.python, settings.anchor_file]
    named.append(os.environ.get(_BACKUPS, "").strip())
    if kind in _NAME_FOLDERS and (odd := [one for one in named if not _PLAIN.fullmatch(one)]):
        raise ConfigurationError(
            f"A timer cannot name {', '.join(odd)}. The path of a folder may have letters, digits, "
            "dots, dashes and slashes only. Move the folder."
        )
    program, anchors = installation.program, settings.anchor_file or settings.anchor_mail
    values = {
        "host": host,
        # With the port that people type, where it is another than that of https.
        "place": address.netloc.rpartition("@")[2],
        "tls_port": str(address.port or 443),
        "port": str(installation.port),
        "user": _owner(settings.instance),
        "instance": str(settings.instance),
        "writable": _writable(settings, os.environ),
        "program": program,
        "serve": _serve(settings, installation),
        # Where the end of the trail is told to another machine, it is told every night.
        "anchor_unit": f"ExecStart={program} audit anchor\n" if anchors else "",
        "anchor_line": f"20 2 * * * {_SET_UP} {program} audit anchor\n" if anchors else "",
        "environment": _environment(settings, os.environ),
        **_database_names(settings),
        "buffer": "request_buffers 9MB" if _buffers_by_name() else "buffer_requests",
    }
    values["hardening"] = _fill_in("hardening.conf", values)
    return {name: _fill_in(name, values) for name in KINDS[kind]}


def _fill_in(name: str, values: Mapping[str, str]) -> str:
    return _FileTemplate((FOLDER / name).read_text(encoding="utf-8")).substitute(values)


def _database_names(settings: Settings) -> dict[str, str]:
    """Name the users and the database of PostgreSQL: those that are set, else the usual ones.

    Raises ConfigurationError for a name that would have to be quoted.
    """
    url = make_url("postgresql://" if is_sqlite(settings.database_url) else settings.database_url)
    owner = make_url(settings.database_owner_url or "postgresql://").username
    server, database = url.username or "tracker", url.database or "tracker"
    names = {"server": server, "database": database, "owner": owner or f"{server}_owner"}
    if odd := [name for name in names.values() if not _NAME.fullmatch(name)]:
        raise ConfigurationError(
            f"PostgreSQL would have to be told {', '.join(odd)} in quotes. Take names of small "
            "letters, digits and underscores."
        )
    return names


def _owner(instance: Path) -> str:
    try:
        return pwd.getpwuid(instance.stat().st_uid).pw_name
    except (KeyError, OSError):
        return "tracker"


def _writable(settings: Settings, environ: Mapping[str, str]) -> str:
    """Name the folders that the tracker may write to; with a dash one that may be missing."""
    backups = environ.get(_BACKUPS, "").strip()
    anchors = str(Path(settings.anchor_file).parent) if settings.anchor_file else ""
    trail = urlsplit(settings.trail_to)
    lines = str(Path(trail.path).parent) if trail.scheme == "file" else ""
    others = dict.fromkeys(filter(None, (backups, anchors, lines)))
    return " ".join([str(settings.instance), *(f"-{one}" for one in others)])


def _serve(settings: Settings, installation: Installation) -> str:
    """Write the command that serves: several processes where the database takes them."""
    if settings.database_url.startswith("sqlite"):
        return f"{installation.program} serve --port {installation.port}"
    return (
        f"{installation.python} -m gunicorn tracker:create_app() --bind 127.0.0.1:"
        f"{installation.port} --preload --workers 2 --threads 32 --forwarded-allow-ips="
    )


def _environment(settings: Settings, environ: Mapping[str, str]) -> str:
    """Write what is set now, one line each, and secrets as a line to fill in by hand."""
    given = {name: text for name, text in environ.items() if name.startswith("TRACKER_") and text}
    # Behind these files there is one proxy, unless somebody says that there are more.
    given |= {
        "TRACKER_INSTANCE": str(settings.instance),
        "TRACKER_ADDRESS": settings.address,
        "TRACKER_PROXIES": str(max(settings.proxies, 1)),
    }
    for name in _NOT_THERE:
        given.pop(name, None)
    return "\n".join(
        f"# {name}= (is secret: fill it in by hand, without the # before it)"
        if any(word in name for word in _SECRET)
        else f"{name}={shlex.quote(text)}"
        for name, text in sorted(given.items())
    )


def _buffers_by_name() -> bool:
    """Say whether Caddy knows how much to hold by its newer name; one that is absent will."""
    caddy = shutil.which("caddy")
    if caddy is None:
        return True
    done = subprocess.run([caddy, "version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", done.stdout)
    return not found or tuple(map(int, found.groups())) >= _BUFFER_BY_NAME
