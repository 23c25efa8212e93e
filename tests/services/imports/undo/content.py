"""Everything that a clinic holds, to compare it before and after; and files to import."""

import hashlib

from sqlalchemy import select

from tracker.exchange import tables
from tracker.models import db
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import run as import_run
from tracker.services.imports.plan import NO_ANSWERS

# What says that something was done, and holds nothing that a page of the clinic shows.
BOOKS = {
    "audit_event", "audit_event_patient", "row_seal", "file_import", "set_aside_rows", "edition",
    "submission", "staged_file", "alembic_version", "sign_in", "user",
}  # fmt: skip
# Counts up with every change, also with one that is taken back.
COUNTERS = {("series", "version")}

MAPPING = """
[file]
date_order = "dmy"
[patient]
record_number = "id"
create_unknown = true
columns = {birth_date = "dob", family_name = "name"}
[[sessions]]
weight_unit = "kg"
columns = {started_at = "when", dose_mg = "dose", weight_kg = "weight"}
fixed = {drug = "ketamine", route = "iv"}
[[scores]]
column = "phq9"
instrument = "phq9"
date_column = "date"
"""
HEAD = "id,name,dob,when,dose,weight,date,phq9\n"
NEW = "N-1,Novak,2/3/1980,05/01/2026 09:30,35,70,04/01/2026,21\n"
FILE = (
    HEAD + NEW + "N-1,Novak,2/3/1980,08/01/2026 09:30,35,70,07/01/2026,11\n"
    "N-2,Okoro,5/6/1975,05/01/2026 11:00,40,80,04/01/2026,19\n"
    "B-1,Patient,,20/10/2026 11:00,40,80,19/10/2026,9\n"
)


def database():
    """Give every row of every table as it stands, but books that are kept of what was done."""
    db.session.expire_all()
    found = {}
    for table in db.metadata.sorted_tables:
        if table.name in BOOKS:
            continue
        kept = [one for one in table.columns if (table.name, one.name) not in COUNTERS]
        rows = db.session.execute(select(*kept)).all()
        found[table.name] = sorted(map(repr, rows))
    return found


def exports(by):
    """Digest every export, with what is struck out too."""
    return {
        kind: hashlib.sha256(
            b"".join(export_stream.stream(ExportChoice(kind, voided=True), by=by))
        ).hexdigest()
        for kind in tables.EXPORTED
    }


def everything(by):
    """Give all that the clinic holds and hands out."""
    return database() | {f"export of {kind}": one for kind, one in exports(by).items()}


def bring_in(text, by, mapping=MAPPING, *, answers=NO_ANSWERS, raise_alerts=False):
    """Import a file whole, and return what was stored."""
    data = text if isinstance(text, bytes) else text.encode()
    planned = import_run.plan(data, mapping=mapping, answers=answers, by=by)
    assert (planned.problems, planned.questions) == ((), ())
    return import_run.apply(planned, by=by, raise_alerts=raise_alerts)
