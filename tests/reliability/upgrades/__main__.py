"""Upgrade what each earlier version made, kill upgrades, show old programs a newer database.

The clinics that the versions' own programs made are kept in `kept`. With the history at hand,
`--make` makes them again, and old programs are asked what they say to a newer database.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests import databases
from tests.reliability import reports
from tests.reliability.upgrades import clinics, fixtures, kills, make, older, rows
from tests.reliability.upgrades.versions import VERSIONS, Version

KINDS = ("sqlite", "postgresql")


def upgrade_all(versions: list[Version], server: str) -> Iterator[tuple[str, list[str]]]:
    """Upgrade each kept clinic by the command, and tell what does not hold."""
    for version in versions:
        fixture = fixtures.load(version.revision)
        with ExitStack() as stack:
            folder = stack.enter_context(clinics.folder())
            url = stack.enter_context(clinics.another_database(server, "old")) if server else ""
            clinic = clinics.put(fixture, folder / "clinic", url)
            before = clinic.rows()
            process = clinic.begin_upgrade()
            said = process.communicate()[0]
            faults = [said] if process.returncode else []
            faults += clinics.faults_after(clinic, before)
            faults += clinics.faults_of_copies(clinic, before)
        kind = "postgresql" if server else "sqlite"
        yield f"{kind} {version.revision}: {rows.count(before)} rows, upgraded", faults


def remake(wanted: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Make kept clinics again."""
    for version in (one for one in VERSIONS if not wanted or one.revision in wanted):
        try:
            fixture = make.make(version)
        except make.MakingError as error:
            yield version.revision, [str(error)]
            continue
        size = fixture.save().stat().st_size
        digest = fixture.digest
        faults = (
            [] if digest == version.digest else [f"versions.py says {version.digest or 'none'}"]
        )
        yield (
            f"{version.revision}: {rows.count(fixture.tables)} rows, {size} bytes, {digest}",
            faults,
        )


def measure(
    kind: str, versions: list[Version], kills_wanted: int
) -> Iterator[tuple[str, list[str]]]:
    """Do all of it on one kind of database."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        server = ""
        if kind == "postgresql":
            made = databases.postgresql_server(Path(name), durable=True)
            server = stack.enter_context(made)
        yield from upgrade_all(versions, server)
        if kills_wanted:
            fixture = fixtures.load(versions[0].revision)
            outcome = kills.measure(fixture, kills_wanted, kills_wanted // 2, server)
            yield str(outcome), outcome.faults
        if kind == "sqlite" and not make.needs():
            yield from older.refusals(versions)


def main() -> int:
    """Do what is asked for, and say what came of it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability.upgrades", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "--kills", type=int, default=20, help="in the middle (20), and half as many anywhere"
    )
    parser.add_argument("--database", choices=KINDS, action="append", help="one alone")
    parser.add_argument(
        "--of", nargs="+", metavar="REVISION", help="these versions alone; the first is killed"
    )
    parser.add_argument(
        "--make", nargs="*", metavar="REVISION", help="make the kept clinics again, or these"
    )
    asked = parser.parse_args()
    if asked.make is not None:
        if lacking := make.needs():
            parser.error(f"needed: {', '.join(lacking)}")
        return reports.tell(remake(asked.make))
    versions = [one for one in VERSIONS if not asked.of or one.revision in asked.of]
    return reports.tell(
        line for kind in asked.database or KINDS for line in measure(kind, versions, asked.kills)
    )


if __name__ == "__main__":
    sys.exit(main())
