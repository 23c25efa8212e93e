"""What is on record of the sessions of a cohort: effects, dissociation, pressures, events.

Some logs have corrections, withdrawals, and entries that two people corrected.
"""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from tracker.models import db
from tracker.models.database import new_id
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import Reading, TreatmentSession

TERMS = ("nausea", "dizziness", "headache", "sedation", "anxiety", "blood-pressure", "other")
DEGREES = ("mild", "mild", "mild", "moderate", "severe")


def fill(clinic_id: int, *, seed: int = 3, watched: float = 0.5) -> None:
    """Write what happened into every session that is stored; `watched` have a log of the chair."""
    random = Random(seed)
    table = TreatmentSession.__table__
    columns = (table.c.id, table.c.patient_id, table.c.started_at)
    query = select(*columns).where(table.c.clinic_id == clinic_id).order_by(table.c.id)
    with db.engine.begin() as connection:
        held = connection.execute(query).all()
        kinds: tuple[Any, ...] = (TreatmentSession, Reading, SessionEntry)
        rows: dict[Any, list[dict[str, Any]]] = {kind: [] for kind in kinds}
        for row in held:
            rows[TreatmentSession].append({"id": row.id} | _record(random))
            rows[Reading] += _summaries(random, row.id)
            if random.random() < watched:
                rows[SessionEntry] += _log(random, clinic_id, row)
        update_rows(connection, rows.pop(TreatmentSession))
        for kind, values in rows.items():
            if values:
                connection.execute(insert(kind), values)


def update_rows(connection, values: list[dict[str, Any]]) -> None:
    """Change the sessions, many at once."""
    table = TreatmentSession.__table__
    names = [name for name in values[0] if name != "id"]
    statement = update(table).where(table.c.id == bindparam("which"))
    statement = statement.values({name: bindparam(f"new_{name}") for name in names})
    connection.execute(
        statement,
        [{"which": one["id"]} | {f"new_{name}": one[name] for name in names} for one in values],
    )


def _record(random: Random) -> dict[str, Any]:
    peak = random.choice((None, 0, 2, 4, 6, 8))
    onset = random.randrange(3, 15) if peak and random.random() < 0.9 else None
    effects: dict[str, str | None] = {}
    if random.random() < 0.9:
        found = random.sample(TERMS, random.choice((0, 0, 0, 1, 1, 2, 3)))
        effects = {one: random.choice(DEGREES) for one in found} or {"none": None}
    return {
        "side_effects": effects,
        "dissociation_peak": peak,
        "dissociation_onset_minute": onset,
        "dissociation_end_minute": onset + random.randrange(30, 90) if onset else None,
        "dissociation_resolved": random.choice((True, True, True, True, False, None)),
        "state": "voided" if random.random() < 0.03 else "completed",
        "recorded_by": random.choice(("Anna Clinician", "Otto Clinician", "")),
    }


def _pressure(random: Random) -> dict[str, int | None]:
    return {
        "systolic_mmhg": random.choice((None, round(random.gauss(128, 24)))),
        "diastolic_mmhg": random.choice((None, round(random.gauss(78, 11)))),
    }


def _summaries(random: Random, session_id: int) -> list[dict[str, Any]]:
    moments = [one for one in ("before", "after") if random.random() < 0.6]
    return [
        {"id": new_id(), "session_id": session_id, "moment": one} | _pressure(random)
        for one in moments
    ]


def _log(random: Random, clinic_id: int, row) -> list[dict[str, Any]]:
    started = row.started_at if row.started_at.tzinfo else row.started_at.replace(tzinfo=UTC)
    made: list[dict[str, Any]] = []

    def write(kind: str, minute: int, content: dict[str, Any], replaces: str = "") -> str:
        key, at = f"key-{len(made) + 1:06}", started + timedelta(minutes=minute)
        made.append(
            {
                "id": new_id(), "clinic_id": clinic_id, "patient_id": row.patient_id,
                "session_id": row.id, "sequence": len(made) + 1, "key": key, "kind": kind,
                "at": at, "received_at": at, "by": "Anna Clinician", "content": content,
                "replaces": replaces, "is_late": False,
            }
        )  # fmt: skip
        return key

    for minute in (-10, 0, 15, 40):
        key = write("reading", minute, _known(_pressure(random)))
        _correct(random, write, "reading", minute, key, lambda: _known(_pressure(random)))
    for _ in range(random.choice((0, 0, 1, 2))):
        minute = random.randrange(0, 60)
        key = write("event", minute, _event(random, started, minute, ends=False))
        _correct(random, write, "event", minute, key, lambda m=minute: _event(random, started, m))
    return made


def _correct(random: Random, write, kind: str, minute: int, key: str, content) -> None:
    """Correct an entry now and then: once, twice, twice by two people, or take it back."""
    luck = random.random()
    if luck < 0.1:
        key = write(kind, minute, content(), key)
        if luck < 0.05:
            write(kind, minute, content(), key)
    elif luck < 0.16:
        write("withdrawal", minute, {"reason": "wrong patient"}, key)
    elif luck < 0.2:
        first = write(kind, minute, content(), key)
        write(kind, minute, content(), first)
        write(*random.choice((
            (kind, minute, content(), key),
            ("withdrawal", minute, {"reason": "not seen"}, key),
        )))  # fmt: skip


def _event(random: Random, started: datetime, minute: int, *, ends: bool = True) -> dict[str, Any]:
    told: dict[str, Any] = {"term": random.choice(("nausea", "vomiting", "headache"))}
    if random.random() < 0.8:
        told["grade"] = random.choice((1, 1, 2, 3))
    if random.random() < 0.3:
        told["serious"] = random.random() < 0.2
    if ends:
        after = timedelta(minutes=minute + random.randrange(0, 90), seconds=random.randrange(60))
        told["ended_at"] = (started + after).isoformat()
    return told


def _known(content: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps({name: one for name, one in content.items() if one is not None}))
