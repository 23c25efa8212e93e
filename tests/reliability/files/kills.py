"""End an import, and an undo, by `kill -9` at any moment: all of the file, or nothing of it."""

import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.reliability.files import rows
from tests.reliability.files.large import ANSWERS, command
from tests.reliability.serving import ROOT, Server, clinic

ROWS = 6_000
SEED = 1
_COUNTED = ("patient", "patient_word", "series", "treatment_session", "reading", "assessment")


def run(folder: Path, database: str, kills: int) -> list[str]:
    """Kill so many times, half of them imports and half of them undos; say what does not hold."""
    written = folder / "files"
    written.mkdir()
    made = rows.write(written, ROWS)
    (folder / "clinic").mkdir()
    kind = "waitress" if database == "sqlite" else "gunicorn"
    with clinic(kind, folder / "clinic", desks=1) as server:
        wide = made["wide"]
        words = ("import", str(wide), *ANSWERS, "--mapping", str(wide.with_suffix(".toml")))
        return _Kills(server, words).run(kills)


class _Kills:
    """An import that is killed, done, undone and killed at that, again and again."""

    def __init__(self, server: Server, words: tuple[str, ...]) -> None:
        self.server, self.words = server, words
        self.drawn = random.Random(SEED)
        self.faults: list[str] = []
        self.whole = self.nothing = 0

    def run(self, kills: int) -> list[str]:
        empty = self._count()
        whole_import = command(self.server, "import", *self.words)
        full, import_id = self._count(), _id_in(whole_import.text)
        undo = ("import", "undo", import_id, "--reason", "Killed", "--yes")
        whole_undo = command(self.server, "undo", *undo)
        if self._count() != empty or full == empty:
            return [f"not undone: {whole_import.text} {whole_undo.text}"]
        for number in range(kills):
            self._kill_once(number, empty, full, whole_import.seconds, whole_undo.seconds)
        sound = self.server.tracker("audit", "verify", "--deep")
        print(
            f"{kills} kills: {self.whole} stood whole, {self.nothing} left nothing, "
            f"{len(self.faults)} faults; trail: {'holds' if sound.returncode == 0 else 'broken'}"
        )
        return self.faults + ([sound.stdout[-500:]] if sound.returncode else [])

    def _kill_once(
        self, number: int, empty: list[object], full: list[object], imports: float, undoes: float
    ) -> None:
        is_import = number % 2 == 0
        if is_import:
            self._kill(imports, *self.words)
        else:
            import_id = self._standing_import()
            self._kill(undoes, "import", "undo", import_id, "--reason", "Killed", "--yes")
        counted = self._count()
        if counted not in (empty, full):
            self.faults.append(f"kill {number}: half of it is there: {counted}")
        self.whole += counted == full
        self.nothing += counted == empty
        # It can be done again, whichever of the two it is.
        wanted = full if is_import else empty
        if counted != wanted:
            again = self.words if is_import else (
                "import", "undo", self._standing_import(), "--reason", "Again", "--yes",
            )  # fmt: skip
            said = command(self.server, "again", *again)
            if self._count() != wanted:
                self.faults.append(f"kill {number}: not done again: {said.text[-300:]}")

    def _kill(self, usual_seconds: float, *words: str) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "tracker", *words], env=self.server.environ, cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(usual_seconds * self.drawn.uniform(0.3, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()

    def _count(self) -> list[object]:
        return [self.server.rows(f"SELECT count(*) FROM {name}") for name in _COUNTED]

    def _standing_import(self) -> str:
        found = self.server.rows(
            "SELECT id FROM file_import WHERE undone_at IS NULL ORDER BY imported_at DESC LIMIT 1"
        )
        return str(found[0][0]) if found else "0"


def _id_in(said: str) -> str:
    found = re.search(r"\(import (\d+)\)", said)
    return found.group(1) if found else "0"
