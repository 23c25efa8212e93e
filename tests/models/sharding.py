"""What stands between the schema and a database that is spread by clinic, table by table.

A distributed PostgreSQL (Citus) keeps the rows of one clinic together where each key, each unique
rule and each reference of a table holds `clinic_id`; what it asks is at
https://docs.citusdata.com/en/stable/sharding/data_modeling.html
The list in .github/scaling.md is made by: python -m tests.models.sharding --write
"""

import sys
from collections.abc import Iterator

from sqlalchemy import Table, UniqueConstraint

from tests.rules.checkout import ROOT
from tracker.models import db
from tracker.models.partial_indexes import PARTIAL_INDEXES
from tracker.models.sealing import SEALED

PAGE = ROOT / ".github" / "scaling.md"
BEGIN, END = "<!-- made by tests.models.sharding -->\n", "<!-- until here -->\n"
BY = "clinic_id"
# Clinical rows that belong to another row, and have their clinic by it.
BY_PARENT = {
    "patient_version": "patient", "series_version": "series",
    "session_version": "treatment_session", "reading": "treatment_session",
    "worksheet_version": "worksheet", "patient_merge_row": "patient_merge",
    "audit_event_patient": "audit_event", "row_seal": "audit_event", "draft": "patient",
}  # fmt: skip
# The same for every clinic: copied to each server whole (a reference table).
ALIKE = {"clinic", "edition", "role"}
# About people who sign in and forms that were sent, which no clinic is known of before.
BEFORE_A_CLINIC = {
    "chore", "counted_try", "known_device", "passkey", "sign_in", "sign_in_brake", "submission",
    "unlock_link", "user_role",
}  # fmt: skip


def clinical() -> set[str]:
    """Name the tables of what happened to patients: sealed by the trail, or with a patient."""
    of_patients = {name for name, one in db.metadata.tables.items() if "patient_id" in one.c}
    return (set(SEALED) | of_patients) - ALIKE


def lines() -> Iterator[str]:
    """Write a line for each table: what would have to hold `clinic_id` and does not."""
    yield "| Table | `clinic_id` | Keys and unique rules without it | References without it |\n"
    yield "|---|---|---|---|\n"
    for name, table in sorted(db.metadata.tables.items()):
        if name not in ALIKE | BEFORE_A_CLINIC:
            has = "yes" if BY in table.c else f"by `{BY_PARENT.get(name, 'nothing')}`"
            cells = (f"`{name}`", has, _listed(_keys(table)), _listed(_references(table)))
            yield f"| {' | '.join(cells)} |\n"


def _keys(table: Table) -> Iterator[str]:
    rules = [table.primary_key.columns.keys()]
    rules += [one.columns.keys() for one in table.constraints if isinstance(one, UniqueConstraint)]
    rules += [
        [getattr(part, "name", str(part)) for part in one.expressions]
        for one in table.indexes | {i for i in PARTIAL_INDEXES if i.table is table}
        if one.unique
    ]
    found = {", ".join(names) for names in rules if BY not in names}
    yield from (f"({names})" for names in sorted(found))


def _references(table: Table) -> Iterator[str]:
    yield from sorted(
        {
            f"{one.column_keys[0]}"
            for one in table.foreign_key_constraints
            if one.referred_table.name not in ALIKE and BY not in one.column_keys
        }
    )


def _listed(found: Iterator[str]) -> str:
    return ", ".join(found) or "none"


def page() -> str:
    """Give the page with the list as it should be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + "".join(lines()) + END + rest.partition(END)[2]


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        print("".join(lines()), end="")
