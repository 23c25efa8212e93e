"""The tables of our own files, by name."""

from collections.abc import Collection

from tracker.exchange.columns import Table
from tracker.exchange.tables.answers import ANSWERS
from tracker.exchange.tables.patients import PATIENTS
from tracker.exchange.tables.scores import SCORES
from tracker.exchange.tables.series import SERIES
from tracker.exchange.tables.sessions import SESSIONS

# What is exported and imported.
TABLES = {table.name: table for table in (PATIENTS, SERIES, SESSIONS, SCORES)}
# Answers stand in the scores already; their own file is for analysis, and only goes out.
EXPORTED = TABLES | {ANSWERS.name: ANSWERS}


def recognise(headings: Collection[str]) -> Table | None:
    """Find the table whose headings these are, in any order: spreadsheets move columns."""
    found = set(headings)
    return next((table for table in TABLES.values() if table.is_headed(found)), None)


def is_derived(headings: Collection[str]) -> bool:
    """Say whether these are the headings of a file that only goes out."""
    return set(headings) == set(ANSWERS.headings)
