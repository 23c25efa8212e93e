"""What of the tables goes into the copy that patients take of their own record."""

from tracker.domain.sessions.fields import DRAFTED, Reader
from tracker.exchange import tables
from tracker.exchange.columns import Table

# What a patient's own copy leaves out: the clinic's working notes, which are not part of it.
NOT_FOR_PATIENTS = {
    "patients": ("notes",),
    "series": (),
    "sessions": tuple(one.name for one in DRAFTED if one.reader is Reader.STAFF),
    "scores": ("note",),
    "answers": (),
    "readings": ("note",),
    "adverse-events": ("note",),
    "courses": (),
    "safety-checks": ("note",),
    "health-lists": (),
    "declined-forms": (),
    "eligibility": (),
}


def tables_of() -> list[Table]:
    """List the tables of a copy, without the columns that are for staff."""
    everything = tables.EXPORTED | tables.OWN
    return [table.without(*NOT_FOR_PATIENTS[kind]) for kind, table in everything.items()]
