"""The four tables of our own files, by name."""

from collections.abc import Collection

from tracker.exchange.columns import Table
from tracker.exchange.tables.patients import PATIENTS
from tracker.exchange.tables.scores import SCORES
from tracker.exchange.tables.series import SERIES
from tracker.exchange.tables.sessions import SESSIONS

TABLES = {table.name: table for table in (PATIENTS, SERIES, SESSIONS, SCORES)}


def recognise(headings: Collection[str]) -> Table | None:
    """Find the table whose headings these are, in any order: spreadsheets move columns."""
    found = set(headings)
    return next((table for table in TABLES.values() if set(table.headings) == found), None)
