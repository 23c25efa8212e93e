"""Measure files out and in against the sqlite3 tool doing the same, in one run, in CPU time.

Out: the same joined query, from the same database, written by `sqlite3 -csv`. In: the same file
into a table with the same columns, key and indexes, by `.import`, which checks nothing. Tool and
tracker take turns; the best of each counts. Run alone: python -m tests.benchmarks files
"""

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import sqlite

from tests import databases
from tests.benchmarks._figures import Figure
from tests.people import gather
from tracker import config, create_app
from tracker.domain.access import Actor
from tracker.exchange.tables import TABLES
from tracker.models import db
from tracker.models.database import new_id
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import Reading, TreatmentSession
from tracker.services.clinic import clinics
from tracker.services.exports import stream as export_stream
from tracker.services.imports import run as import_run

EXPORTED, FEW, IMPORTED = 100_000, 10_000, 20_000
SESSIONS_EACH = 12
ROUNDS = 5
# The same import was 0.21 of the tool on one day and 0.17 on another, on the same machine: the
# interpreter and the tool slow down unequally.
EXPORT_SHARE, IMPORT_SHARE, GROWTH_MIB = 0.3, 0.15, 5.0
ROOT = Path(__file__).resolve().parents[2]
FIRST = datetime(2024, 1, 2, 15, tzinfo=UTC)
COLUMNS = {"INTEGER": ("_number", "_id", "_mmhg", "_bpm", "_percent", "_per_min", "_10", "minute")}


def seed(by: Actor, sessions: int) -> None:
    """Fill a clinic with patients of twelve sessions each, by bulk inserts."""
    people = range(-(-sessions // SESSIONS_EACH))
    patient_ids, series_ids = [new_id() for _ in people], [new_id() for _ in people]
    db.session.execute(insert(Patient), [_patient(by, n, patient_ids[n]) for n in people])
    courses = [_series(by, patient_ids[n], series_ids[n]) for n in people]
    db.session.execute(insert(Series), courses)
    for start in range(0, sessions, 10_000):
        numbers = range(start, min(start + 10_000, sessions))
        rows = [_session(by, n, patient_ids, series_ids) for n in numbers]
        db.session.execute(insert(TreatmentSession), rows)
        readings = [_reading(row["id"], m, n) for row, n in zip(rows, numbers, strict=True)
                    for m in ("before", "after")]  # fmt: skip
        db.session.execute(insert(Reading), readings)
    db.session.commit()


def _patient(by: Actor, number: int, patient_id: int) -> dict[str, Any]:
    name = f"P-{number:05}"
    return {
        "id": patient_id, "clinic_id": by.clinic_id, "record_number": name, "name_key": name,
        "family_name": f"Patient {number}", "sex": "female", "created_at": FIRST,
    }  # fmt: skip


def _series(by: Actor, patient_id: int, series_id: int) -> dict[str, Any]:
    return {
        "id": series_id, "clinic_id": by.clinic_id, "patient_id": patient_id, "number": 1,
        "indication": "depression", "drug": "ketamine", "route": "iv", "phase": "induction",
        "template": "custom", "planned_dose_mg_per_kg": Decimal("0.5"), "starts_on": FIRST.date(),
        "state": "active", "created_at": FIRST,
    }  # fmt: skip


def _session(
    by: Actor, number: int, patient_ids: list[int], series_ids: list[int]
) -> dict[str, Any]:
    who, which = divmod(number, SESSIONS_EACH)
    at = FIRST + timedelta(days=who % 300 + 3 * which, minutes=5 * (number % 60))
    weight = Decimal(500 + 7 * who % 600) / 10
    return {
        "id": new_id(), "clinic_id": by.clinic_id, "patient_id": patient_ids[who],
        "series_id": series_ids[who], "number": which + 1, "state": "completed",
        "planned_on": at.date(), "started_at": at, "drug": "ketamine", "route": "iv",
        "dose_mg": round(weight / 2, 1), "weight_kg": weight, "dose_mg_per_kg": Decimal("0.5"),
        "duration_minutes": 40, "mood_before": number % 5, "mood_after": 4 + number % 6,
        "pain_before": number % 9, "pain_after": number % 4, "dissociation_peak": 5,
        "dissociation_onset_minute": 10, "dissociation_end_minute": 50,
        "dissociation_resolved": True, "effects": {"floating": "mild", "time": "severe"},
        "side_effects": {"nausea": "mild"} if number % 4 == 0 else {}, "escort": "Sister",
        "discharged_at": at + timedelta(hours=2), "recorded_at": at, "recorded_by": "Anna",
        "private_notes": "Tolerated well, talked little." if number % 3 == 0 else "",
        "patient_notes": "Rest today.",
    }  # fmt: skip


def _reading(session_id: int, moment: str, number: int) -> dict[str, Any]:
    return {
        "id": new_id(), "session_id": session_id, "moment": moment,
        "systolic_mmhg": 100 + number % 40, "diastolic_mmhg": 60 + number % 30,
        "heart_rate_bpm": 60 + number % 40, "spo2_percent": 98,
    }  # fmt: skip


@contextmanager
def clinic(folder: Path, sessions: int) -> Iterator[Actor]:
    """Open a clinic in a folder, filled on its first opening."""
    folder.mkdir(exist_ok=True)
    is_new = not (folder / "tracker.sqlite3").exists()
    if is_new:
        databases.sqlite_copy(databases.sqlite_template(folder), folder)
    config.make_keys(folder)
    environ = {"TRACKER_DATABASE_URL": f"sqlite:///{folder / 'tracker.sqlite3'}"}
    with create_app(settings=config.read(folder, environ)).app_context():
        by = gather().anna if is_new else _back_again()
        if is_new and sessions:
            seed(by, sessions)
        yield by
        db.session.remove()
        db.engine.dispose()


def _back_again() -> Actor:
    clinic_id = db.session.scalar(select(Patient.clinic_id).limit(1))
    assert clinic_id is not None
    return clinics.console(clinic_id)


def write_out(kind: str, path: Path, by: Actor) -> None:
    """Export a table into a file."""
    with path.open("wb") as file:
        file.writelines(export_stream.stream(export_stream.ExportChoice(kind), by=by))


def cpu_of(work: Callable[[], object]) -> float:
    """Measure the CPU seconds of this process for something."""
    start = process_time()
    work()
    return process_time() - start


def cpu_of_tool(database: Path, *commands: str, output: Path | None = None) -> float:
    """Measure the CPU seconds of the sqlite3 tool for some commands."""
    with (output or Path(os.devnull)).open("wb") as file:
        command = ["sqlite3", "-csv", "-header", str(database), *commands]
        process = subprocess.Popen(command, stdout=file)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, commands
    return used.ru_utime + used.ru_stime


def export_share(folder: Path) -> Figure:
    """Measure the export of many sessions against the tool running the same joined query."""
    with clinic(folder, EXPORTED) as by:
        source = export_stream.SOURCES["sessions"]
        wanted = select(*(source.fields[name] for name in TABLES["sessions"].plain_fields))
        query = str(
            source.joined(wanted)
            .where(TreatmentSession.clinic_id == by.clinic_id)
            .order_by(*source.key)
            .compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        )
        database, ours, theirs = folder / "tracker.sqlite3", folder / "a.csv", folder / "b.csv"
        pairs = [
            (
                cpu_of_tool(database, query, output=theirs),
                cpu_of(lambda: write_out("sessions", ours, by)),
            )
            for _ in range(ROUNDS)
        ]
        assert ours.read_bytes().count(b"\n") == theirs.read_bytes().count(b"\n") == EXPORTED + 1
    share = min(tool for tool, _ in pairs) / min(we for _, we in pairs)
    name = f"export of {EXPORTED:,} sessions, share of sqlite3 -csv, CPU"
    return Figure(name, round(share, 2), EXPORT_SHARE, at_least=True)


# Not ru_maxrss, which counts what the parent had before the new program began, and not all of
# VmHWM, in which every page of the database that SQLite maps counts although it can be dropped at
# any time: what the process itself holds, looked at after every piece.
PEAK = """
import sys
from pathlib import Path
from tests.benchmarks import files

def anonymous_mib():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024

with files.clinic(Path(sys.argv[1]), 0) as by, (Path(sys.argv[1]) / "c.csv").open("wb") as out:
    pieces = files.export_stream.stream(files.export_stream.ExportChoice("sessions"), by=by)
    print(max(anonymous_mib() for piece in pieces if out.write(piece)))
"""


def export_memory(few: Path, many: Path) -> Figure:
    """Measure how much more memory at its peak an export of ten times the rows takes."""
    with clinic(few, FEW):
        pass
    peaks = [
        min(
            float(subprocess.run([sys.executable, "-c", PEAK, str(folder)], cwd=ROOT, check=True,
                                 capture_output=True, text=True).stdout)
            for _ in range(3)
        )
        for folder in (few, many)
    ]  # fmt: skip
    rows = [(folder / "c.csv").read_bytes().count(b"\n") - 1 for folder in (few, many)]
    assert rows == [FEW, EXPORTED]
    grown = peaks[1] - peaks[0]
    name = f"peak memory, export of {EXPORTED:,} over {FEW:,} sessions, MiB"
    return Figure(name, round(grown, 1), GROWTH_MIB)


def _tool_table(headings: list[str]) -> str:
    """Write the table, with the key and the indexes of ours, that `.import` fills."""
    kinds = {
        h: "INTEGER" if h.endswith(COLUMNS["INTEGER"]) else "REAL" if "_mg" in h or "_kg" in h
        else "TEXT" for h in headings
    } | {"session_id": "INTEGER PRIMARY KEY"}  # fmt: skip
    indexes = (
        ("UNIQUE INDEX", "(record_number, series_number, session_number) WHERE state <> 'voided'"),
        ("INDEX", "(record_number, series_number)"),
        ("INDEX", "(record_number, started_at)"),
        ("INDEX", "(planned_on)"),
        ("INDEX", "(planned_on) WHERE state = 'planned'"),
        ("INDEX", "(started_at)"),
        ("INDEX", "(started_at) WHERE state = 'under-way'"),
    )
    return ";".join(
        [
            "PRAGMA journal_mode = WAL",
            f"CREATE TABLE s ({', '.join(f'{h} {kind}' for h, kind in kinds.items())})",
            *(f"CREATE {kind} i{n} ON s {on}" for n, (kind, on) in enumerate(indexes)),
        ]
    )


def import_share(folder: Path) -> Figure:
    """Measure the import of many sessions, with every check, against `.import` with none."""
    files = {kind: folder / f"{kind}.csv" for kind in ("patients", "series", "sessions")}
    with clinic(folder / "from", IMPORTED) as by:
        for kind, path in files.items():
            write_out(kind, path, by)
    with files["sessions"].open(newline="") as file:
        table = _tool_table(next(csv.reader(file)))
    ours, theirs = [], []
    for turn in range(ROUNDS):
        database = folder / f"tool-{turn}.sqlite3"
        cpu_of_tool(database, table)
        load = f".import --skip 1 {files['sessions']} s"
        theirs.append(cpu_of_tool(database, "PRAGMA synchronous = FULL", load))
        ours.append(_cpu_of_import(folder / f"to-{turn}", files))
    share = min(theirs) / min(ours)
    name = f"import of {IMPORTED:,} sessions, every check, share of .import, CPU"
    return Figure(name, round(share, 2), IMPORT_SHARE, at_least=True)


def _cpu_of_import(folder: Path, files: dict[str, Path]) -> float:
    with clinic(folder, 0) as by:

        def bring_in(kind: str) -> None:
            planned = import_run.plan(files[kind].read_bytes(), by=by)
            assert not planned.problems, planned.problems[:3]
            import_run.apply(planned, by=by)

        bring_in("patients")
        bring_in("series")
        return cpu_of(lambda: bring_in("sessions"))


def run() -> Iterator[Figure]:
    """Measure files out, then files in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield export_share(folder / "many")
        yield export_memory(folder / "few", folder / "many")
        yield import_share(folder)
