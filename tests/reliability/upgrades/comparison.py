"""What an upgrade may change in the rows that were there: written down, and nothing else."""

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.reliability.upgrades.rows import Table, Tables

Row = dict[str, Any]


GONE = object()


class Change(NamedTuple):
    """What becomes of a column at a revision: what it says then of a row, and why.

    `seen` is what is looked at of it, where all of it cannot be known before.
    """

    revision: str
    says: Callable[[Row, Tables], object]
    why: str
    seen: Callable[[object], object] = lambda value: value


def _rate(row: Row, _tables: Tables) -> object:
    mg, kg, minutes = row["dose_mg"], row["weight_kg"], row["duration_minutes"]
    return None if mg is None or not kg or not minutes else round(mg * 60 / (kg * minutes), 2)


def _folded(row: Row, _tables: Tables) -> str:
    folded = unicodedata.normalize("NFKC", row["record_number"]).casefold()
    bare = "".join(c for c in folded if unicodedata.category(c) not in {"Cf", "Cc", "Pd", "Zs"})
    return (bare.lstrip("0") or bare)[:300]


def _came_from(row: Row, tables: Tables) -> object:
    if "moved_to_id" not in row:
        return None
    found = [other["id"] for other in tables["treatment_session"].named()
             if other["moved_to_id"] == row["id"]]  # fmt: skip
    return found[0] if found else None


def _cancelled_by_series(row: Row, _tables: Tables) -> int:
    by_series = row["state_reason"] in {"Series stopped", "Series completed"}
    return int(row["state"] == "cancelled" and by_series)


CHANGES = {
    ("alembic_version", "version_num"): Change(
        "9999", lambda _row, _tables: True, "says which schema it is", bool
    ),
    ("reading", "minute"): Change(
        "0005", lambda row, _tables: GONE if row["minute"] is None else "kept",
        "no program of that time wrote readings by the minute",
    ),
    ("assessment", "mode"): Change(
        "0004", lambda _row, _tables: "total", "before, a scale was a total alone"
    ),
    ("assessment", "completeness"): Change(
        "0004", lambda _row, _tables: "complete", "a total is of a whole scale"
    ),
    ("treatment_session", "dose_mg_per_kg_per_hour"): Change(
        "0007", _rate, "worked out from dose, weight and duration"
    ),
    ("treatment_session", "cancelled_by_series"): Change(
        "0009", _cancelled_by_series, "told by the reason, which the program gave by itself"
    ),
    ("patient", "number_key"): Change("0010", _folded, "the record number, folded"),
    ("treatment_session", "moved_to_id"): Change(
        "0012", lambda _row, _tables: GONE, "said by `moved_from_id` of the other row"
    ),
    ("treatment_session", "moved_from_id"): Change("0012", _came_from, "said by `moved_to_id`"),
    ("user", "codes_kept_at"): Change(
        "0015", lambda row, _tables: bool(row["mf_recovery_codes"]),
        "whoever has recovery codes has had the time to keep them", bool,
    ),
    ("user", "failed_count"): Change("0022", lambda _row, _tables: 0, "counted by place from now"),
    ("user", "locked_until"): Change("0022", lambda _row, _tables: None, "what is closed opens"),
}  # fmt: skip
# Tables that may have more rows afterwards, and why.
GROWING = {"patient_word": "names are found by more spellings than before"}
# What a new column says where nothing says more: nothing.
NOTHING = (None, "", 0, "[]", "{}")


def faults(before: Tables, after: Tables, revision: str) -> Iterator[str]:
    """Say what an upgrade changed in rows of a revision that it should not."""
    for name, table in before.items():
        if name not in after:
            yield f"{name} is gone"
            continue
        expected = Counter(map(_key, _expected(name, table, before, after[name], revision)))
        found = Counter(map(_key, _found(name, after[name], table, revision)))
        if lost := expected - found:
            yield f"{name}: {lost.total()} rows lost or changed, such as {min(lost)[:300]}"
        if (more := found - expected) and name not in GROWING:
            yield f"{name}: {more.total()} rows more, such as {min(more)[:300]}"
    for name in sorted({*after} - {*before}):
        if after[name].rows:
            yield f"{name} is new and has {len(after[name].rows)} rows"


def _changed(name: str, column: str, revision: str) -> Change | None:
    change = CHANGES.get((name, column))
    return change if change and change.revision > revision else None


def _expected(
    name: str, table: Table, before: Tables, after: Table, revision: str
) -> Iterator[Row]:
    columns = sorted({*table.columns, *after.columns})
    changes = {column: _changed(name, column, revision) for column in columns}
    for row in table.named():
        said = {
            column: change.says(row, before) if change else row.get(column)
            for column, change in changes.items()
        }
        yield {column: value for column, value in said.items() if value is not GONE}


def _found(name: str, after: Table, before: Table, revision: str) -> Iterator[Row]:
    changes = {column: _changed(name, column, revision) for column in after.columns}
    new = {*after.columns} - {*before.columns} - {c for c, change in changes.items() if change}
    for row in after.named():
        seen = {c: changes[c].seen(row[c]) if changes[c] else row[c] for c in after.columns}
        yield seen | {column: None for column in new if row[column] in NOTHING}


def _key(row: Row) -> str:
    return json.dumps(row, sort_keys=True)
