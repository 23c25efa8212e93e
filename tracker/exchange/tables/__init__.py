"""The tables of our own files, by name."""

from collections.abc import Collection

from tracker.exchange.columns import Table
from tracker.exchange.tables.adverse_events import ADVERSE_EVENTS
from tracker.exchange.tables.answers import ANSWERS
from tracker.exchange.tables.courses import COURSES
from tracker.exchange.tables.declined_forms import DECLINED_FORMS
from tracker.exchange.tables.diary import DIARY
from tracker.exchange.tables.eligibility import ELIGIBILITY
from tracker.exchange.tables.health_lists import HEALTH_LISTS
from tracker.exchange.tables.patients import PATIENTS
from tracker.exchange.tables.readings import READINGS
from tracker.exchange.tables.safety_checks import SAFETY_CHECKS
from tracker.exchange.tables.scores import SCORES
from tracker.exchange.tables.series import SERIES
from tracker.exchange.tables.sessions import SESSIONS

# What is exported and imported.
TABLES = {table.name: table for table in (PATIENTS, SERIES, SESSIONS, SCORES)}
# Answers stand in the scores already, and courses follow from sessions and scores; readings and
# events belong to a log that only grows at the chair; results of safety checks, allergies and
# medicines are typed here, and patients write by themselves. These files are for analysis: they
# only go out.
DERIVED = {
    table.name: table
    for table in (ANSWERS, READINGS, ADVERSE_EVENTS, COURSES, SAFETY_CHECKS, HEALTH_LISTS, DIARY)
}
EXPORTED = TABLES | DERIVED
# What only a patient's own copy has beside them.
OWN = {table.name: table for table in (DECLINED_FORMS, ELIGIBILITY)}


def recognise(headings: Collection[str]) -> Table | None:
    """Find the table whose headings these are, in any order: spreadsheets move columns."""
    found = set(headings)
    return next((table for table in TABLES.values() if table.is_headed(found)), None)


def derived_table(headings: Collection[str]) -> str:
    """Name the table of a file that only goes out by its headings; '' for any other file."""
    found = set(headings)
    return next((t.name for t in DERIVED.values() if set(t.headings) == found), "")
