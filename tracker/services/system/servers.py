"""The servers of PostgreSQL that an instance names: which take saves, and which follow."""

import os
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from tracker.config import Settings, is_elsewhere
from tracker.database_address import READS, hosts, is_sqlite
from tracker.models import schema
from tracker.services.system import least_rights

_STANDS = text(
    "SELECT pg_is_in_recovery() AS follows, current_setting('fsync') AS fsync,"
    " current_setting('synchronous_commit') AS waits,"
    " (SELECT count(*) FROM pg_stat_replication) AS followers,"
    " (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) AS in_step,"
    " coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0) AS behind_seconds"
)
_KEEPS = frozenset({"on", "remote_write", "remote_apply"})


class Finding(Struct, frozen=True):
    """One thing that was looked at; without advice it is in order."""

    name: str
    result: str
    advice: str = ""
    to_do: bool = False


def look(settings: Settings) -> Iterator[Finding]:
    """Ask every server that is named, each by itself; a file of SQLite has none."""
    if is_sqlite(settings.database_url):
        return
    found = {name: _ask(url) for name, url in _each(settings.database_url).items()}
    yield _main(found)
    yield from _encryption(settings.database_url)
    yield from _rights(settings.database_url)
    if len(found) > 1:
        yield _followers(found)
    if settings.database_read_url:
        yield _reads(settings.database_read_url)


def _main(found: dict[str, Any]) -> Finding:
    """Say whether there is one server that takes saves, and whether it keeps them."""
    taking = [name for name, row in found.items() if row is not None and not row.follows]
    if len(taking) != 1:
        return Finding(
            "server", f"{len(taking)} of {len(found)} take saves",
            "Exactly one must. Promote a standby; a server that was replaced must not come back "
            "as it was (pg_rewind, or a new copy).",
        )  # fmt: skip
    row = found[taking[0]]
    if row.fsync != "on" or row.waits not in _KEEPS:
        return Finding(
            "server", f"fsync {row.fsync}, synchronous_commit {row.waits}",
            "What was saved may be lost when the power fails. Set both to on, on the server.",
        )  # fmt: skip
    return Finding("server", f"{taking[0]} takes saves")


def _encryption(url: str) -> Iterator[Finding]:
    """Say whether records can be read on their way to a server on another machine."""
    if not any(map(is_elsewhere, hosts(url))):
        return
    mode = str(make_url(url).query.get("sslmode") or os.environ.get("PGSSLMODE") or "require")
    if mode.startswith("verify-"):
        yield Finding("wire", "encrypted, the server's certificate is checked")
    elif mode == "require":
        yield Finding(
            "wire", "encrypted, whose certificate it is nobody checks",
            "Add &sslmode=verify-full&sslrootcert=FILE to the address of the database, with the "
            "certificate of whoever signed the server's.",
            to_do=True,
        )  # fmt: skip
    else:
        yield Finding(
            "wire", f"sslmode={mode}", "Records may travel readable. Take sslmode out of the "
            "address of the database, and give its server a certificate (ssl = on).",
        )  # fmt: skip


def _rights(url: str) -> Iterator[Finding]:
    """Say whether the user that serves could drop a table or what guards the trail."""
    engine = schema.open_engine(url)
    try:
        with engine.connect() as opened:
            owns = least_rights.owns_tables(opened)
    except SQLAlchemyError:
        return
    finally:
        engine.dispose()
    if not owns:
        yield Finding("rights", "who serves owns no table")
        return
    yield Finding(
        "rights", "who serves owns the tables",
        "Whoever has its password could drop them. Give them to a user of their own: tracker "
        "deploy postgresql (guide, Several servers).",
        to_do=True,
    )  # fmt: skip


def _followers(found: dict[str, Any]) -> Finding:
    """Say whether what is saved stands on a second server before somebody is told so."""
    silent = [name for name, row in found.items() if row is None]
    if silent:
        return Finding("standby", f"no answer from {', '.join(silent)}", "Bring it back.")
    row = next((row for row in found.values() if not row.follows), None)
    if row is None or row.in_step:
        return Finding("standby", f"{row.in_step if row else 0} in step")
    return Finding(
        "standby", f"{row.followers} connected, none known to be in step",
        "The last saves would be lost with the server that takes them. Set "
        "synchronous_standby_names there; to be told here, the tracker's role needs pg_monitor.",
        to_do=True,
    )  # fmt: skip


def _reads(url: str) -> Finding:
    row = _ask(url)
    if row is None:
        return Finding("reads", "no answer", f"Large reads go to the main server. See {READS}.")
    if not row.follows:
        return Finding(
            "reads", "not a standby", f"It is not asked. {READS} is for a standby; unset it.",
            to_do=True,
        )  # fmt: skip
    return Finding("reads", f"a standby, last change {row.behind_seconds:.0f} s ago")


def _ask(url: str) -> Any:
    """Ask a server how it stands; None where it does not answer."""
    engine = schema.open_engine(url)
    try:
        with engine.connect() as opened:
            return opened.execute(_STANDS).one()
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()


def _each(database_url: str) -> dict[str, str]:
    """Give the address of each server alone, by its name and port."""
    url = make_url(database_url)
    engine = create_engine(url)
    _, named = engine.dialect.create_connect_args(url)
    engine.dispose()
    hosts = str(named.get("host", "")).split(",")
    ports = str(named.get("port", "")).split(",")
    ports = ports if len(ports) == len(hosts) else ports[:1] * len(hosts)
    rest = {
        name: value
        for name, value in url.query.items()
        if name not in {"host", "port", "target_session_attrs"}
    }
    one = url.set(host=None, port=None)
    found = {}
    for host, port in zip(hosts, ports, strict=True):
        query = rest | {name: at for name, at in (("host", host), ("port", port)) if at}
        shown = ":".join(filter(None, (host, port))) or "this machine"
        found[shown] = one.set(query=query).render_as_string(hide_password=False)
    return found
