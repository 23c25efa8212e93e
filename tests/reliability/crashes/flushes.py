"""How often a save is brought to the disk before it is acknowledged, counted of one writer.

One alone, because PostgreSQL lets those who save at the same moment share a flush, which is as
safe and says less. SQLite: fsync and fdatasync of `tracker serve`, under strace. PostgreSQL: what
its sessions of the application flush of its log, as it counts them itself (pg_stat_io), without
those of its own processes; before version 18 it counts all of them together (pg_stat_wal). A
session hands its count in when it ends, so the application is stopped first, and what a start and
an end cost without a save is taken off.
"""

import re
import shutil
import time

from tests.reliability.serving import Ledger, Server, Writer

_SYNCS = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?f(?:data)?sync$", re.MULTILINE)
_OTHER_MARKS = 100_000  # beyond all that was saved before
_OTHER_DAYS = 700
_WAL_IN_IO = 180_000  # the version since which pg_stat_io counts them
_HANDED_IN_SECONDS = 1.5  # sessions have ended by then


def per_save(server: Server, saves: int) -> float | None:
    """Let one writer save so often, and give the flushes of each; None where nothing can count."""
    if not server.database_url.startswith("sqlite"):
        return _per_save_of_postgresql(server, saves)
    return _per_save_of_sqlite(server, saves) if shutil.which("strace") else None


def wal_syncs(server: Server) -> int:
    """Ask PostgreSQL how often it has flushed its log."""
    time.sleep(_HANDED_IN_SECONDS)
    version = int(server.rows("SHOW server_version_num")[0][0])
    asked = (
        "SELECT sum(fsyncs)::bigint FROM pg_stat_io "
        "WHERE object = 'wal' AND backend_type = 'client backend'"
    )
    if version < _WAL_IN_IO:
        asked = "SELECT wal_sync FROM pg_stat_wal"
    return int(server.rows(asked)[0][0])


def _per_save_of_sqlite(server: Server, saves: int) -> float:
    counts = server.instance.parent / "syncs.txt"
    server.prefix = ("strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", str(counts))
    server.start()
    saved = _save(server, saves)
    server.stop()
    found = sum(int(calls) for calls in _SYNCS.findall(counts.read_text()))
    return found / max(saved, 1)


def _per_save_of_postgresql(server: Server, saves: int) -> float:
    counted = []
    for number in (0, 0, saves):  # the first start also tidies up after what was before
        before = wal_syncs(server)
        server.start()
        saved = _save(server, number)
        server.stop()
        counted.append(wal_syncs(server) - before)
    _, without, with_saves = counted
    return (with_saves - without) / max(saved, 1)


def _save(server: Server, saves: int) -> int:
    """Save one after the other, entries and scores alone; count what was acknowledged."""
    writer, ledger = Writer(server, 0), Ledger()
    writer.sign_on()
    writer.count, writer._days = _OTHER_MARKS, _OTHER_DAYS
    for _ in range(saves):
        save = writer.next_save()
        if writer.is_saved(save, writer.send(save)):
            ledger.note_saved(save)
    return ledger.count
