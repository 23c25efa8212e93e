"""Furnish a clinic by the program of an earlier version: run by `make.py`, with that program alone.

Its own command makes its own demonstration, and its own import takes in patients with odd names.
On the way to the tables some texts and numbers of its rows are made odd. Chance and clock stand
still, so that the same rows come out on either database, and again the next time.
Usage: own_program.py FOLDER MOMENT PATIENTS [DATABASE-URL]
"""

import csv
import os
import random
import re
import secrets
import sys
from collections.abc import Callable
from decimal import Decimal
from importlib.util import find_spec
from itertools import count, cycle
from pathlib import Path
from typing import Any

import time_machine
from sqlalchemy import event
from sqlalchemy.orm import Session

SEED = 2026
FIRST_ID, ID_STEP = 10**14, 7
TEXTS = (
    "\U0001f9d1\u200d\u2695\ufe0f Ruhe \U0001f33f",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    'O\'Brien "the" \\ `x`; DROP TABLE patient;--',
    "e\u0301 \u00e9 \u1e9e \u0130 \ufb01",
    "  spaces  \tand\ttabs  ",
    "line\r\nline\n\nline",
    "=1+1",
    "NULL",
    "0",
    "%s %(name)s {0} \\N \\x00",
    "\u2028\u2029\ufeff",
    "\u4e2d\u6587\u3000\u30ab\u30bf\u30ab\u30ca",
    "x" * 150,
)
ODD_TEXTS = {
    "comment", "dose_notes", "effects_other", "escort", "note", "notes", "patient_notes",
    "private_notes", "side_effects_other", "words", "confirmation",
}  # fmt: skip
DOSES = (
    # mg, kg, minutes: what can be at all, at both ends
    ("0.0001", "635", 1440), ("5000", "0.5", 1), ("33.3333", "70.1", 40), ("0.3", "0.1", 7),
)  # fmt: skip
PRESSURES = ((300, 30), (30, 10), (120, 80))
TIMES = 5  # that each odd name is given
EVERY = 3  # of so many rows one is made odd


def still(moment: str) -> None:
    """Let chance repeat itself, and let it be that moment from now on."""
    drawn = random.Random(SEED)
    os.urandom = drawn.randbytes  # type: ignore[assignment]
    random._urandom = drawn.randbytes  # type: ignore[attr-defined]
    ids = count(FIRST_ID, ID_STEP)  # in the order in which rows are made: so they pack well
    below = secrets.randbelow
    secrets.randbelow = lambda most: next(ids) if most > FIRST_ID else below(most)
    time_machine.travel(moment, tick=False).start()


def seal_in_order() -> None:
    """Have rows sealed in the order of tables and ids: a database and a set have none."""
    if find_spec("tracker.models.sealing") is None:
        return  # a version that seals none
    from tracker.models import sealing

    take = sealing.take_pieces

    def take_in_order() -> Any:
        info = sealing.db.session().info
        if touched := info.get(sealing._TOUCHED):
            info[sealing._TOUCHED] = dict(sorted(touched.items()))
        return take()

    sealing.take_pieces = take_in_order
    by_id = sealing._rows_by_id

    def by_id_in_order(name: str) -> Any:
        return by_id(name).order_by(*sealing.SEALED[name].__table__.primary_key.columns)

    sealing._rows_by_id = by_id_in_order


def make_odd() -> None:
    """Change some texts and numbers of the rows that are stored from now on."""
    texts, doses, pressures, rows = cycle(TEXTS), cycle(DOSES), cycle(PRESSURES), count(1)

    @event.listens_for(Session, "before_flush")
    def _(opened: Session, *_more: object) -> None:
        for row in list(opened.new):
            if next(rows) % EVERY:
                continue
            columns = row.__table__.columns
            for name in sorted(ODD_TEXTS & {*columns.keys()}):
                if isinstance(getattr(row, name), str | None):
                    setattr(row, name, next(texts)[: columns[name].type.length or 1000])
            if getattr(row, "dose_mg", None) and hasattr(row, "duration_minutes"):
                mg, kg, minutes = next(doses)
                row.dose_mg, row.weight_kg = Decimal(mg), Decimal(kg)
                row.duration_minutes = minutes
            if getattr(row, "systolic_mmhg", None):
                row.systolic_mmhg, row.diastolic_mmhg = next(pressures)


def work_on(database_url: str) -> None:
    """Let the demonstration stand in another database than its own file."""
    import dataclasses

    from tracker import config

    read = config.read

    def moved(*words: Any, **named: Any) -> Any:
        return dataclasses.replace(read(*words, **named), database_url=database_url)

    config.read = moved
    config.database_url = lambda *_words: database_url


def run(*words: str) -> None:
    """Run a command of the program."""
    from tracker.cli import main

    command: Callable[..., object] = main
    try:
        command(list(words))
    except SystemExit as end:
        if end.code:
            raise


def take_in_odd_people(folder: Path, instance: Path) -> None:
    """Import people with odd names, by the columns that this version exports."""
    table, mapping = folder / "patients.csv", folder / "patients.toml"
    at = ("--instance", str(instance))
    run("export", "patients", "--exact", "--output", str(table), *at)
    with table.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        columns, first = list(rows.fieldnames or ()), next(rows)
    with table.open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, columns)
        written.writeheader()
        for number, text in enumerate(TEXTS * TIMES):
            name = re.sub(r"[\u2028\u2029\ufeff\s]+", " ", text).strip()[:90] or "Nobody"
            person = {
                "record_number": f"ODD-{number:03}", "given_name": name, "family_name": name[::-1],
                "notes": text, "birth_date": f"19{number % 100:02}-02-28", "email": "", "phone": "",
            }  # fmt: skip
            kept = {column: first[column] for column in ("sex", "indications") if column in first}
            written.writerow(kept | {c: t for c, t in person.items() if c in columns})
    mapping.write_text('table = "patients"\n[file]\nformula_guard = false\n', encoding="utf-8")
    run("import", str(table), "--mapping", str(mapping), *at)


def main(folder: Path, moment: str, patients: str, database_url: str = "") -> None:
    """Make the clinic in a folder."""
    if database_url:
        work_on(database_url)
    still(moment)
    seal_in_order()
    make_odd()
    run("demo", "--no-serve", "--patients", patients, "--instance", str(folder))
    take_in_odd_people(folder, folder / "demo")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
