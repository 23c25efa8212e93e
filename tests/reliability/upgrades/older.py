"""What the program of each earlier version says to a database of today: it leaves it alone."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.reliability.upgrades import clinics, make, rows
from tests.reliability.upgrades.versions import Version
from tracker.models import schema

SECONDS = 60.0
# What is tried, and a word of what it must say. A server of before 0017 sent people to the first
# command, which says that the database is a newer one.
COMMANDS = ((("db", "upgrade"), "newer"), (("serve", "--port", "0"), "schema"))


def refusals(versions: Sequence[Version]) -> Iterator[tuple[str, list[str]]]:
    """Let each older program try to upgrade and to serve a database of today."""
    newest = schema.head()
    for version in (one for one in versions if one.revision != newest):
        with clinics.folder() as folder, make.checked_out(version.commit) as program:
            clinic = clinics.of_today(folder / "clinic")
            before = rows.digest(clinic.rows())
            faults = []
            for words, told in COMMANDS:
                faults += _faults(program, clinic, words, told)
            if rows.digest(clinic.rows()) != before:
                faults.append("rows were changed")
        yield f"a program of {version.revision} before a database of {newest}: refused", faults


def _faults(
    program: Path, clinic: clinics.Clinic, words: tuple[str, ...], told: str
) -> Iterator[str]:
    try:
        done = make.run(
            program, "-m", "tracker", *words, seconds=SECONDS,
            TRACKER_INSTANCE=str(clinic.instance), TRACKER_SECURE_COOKIES="no",
            TRACKER_STAFF_SECOND_FACTOR="no",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        yield f"{' '.join(words)} did not end"
        return
    said = done.stdout + done.stderr
    if not done.returncode or "Traceback" in said or told not in said:
        yield f"{' '.join(words)} ended with {done.returncode}: {said[-300:]}"
