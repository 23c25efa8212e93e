"""Random sessions, drawn from a seed: what was written, the rule of readings, and the present."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.builders.session_logs import at
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.live import entry_parsing
from tracker.domain.live.entries import (
    AdverseEvent,
    Content,
    DissociationMark,
    Dose,
    Entry,
    EntryKind,
    EventAction,
    EventOutcome,
    EventTerm,
    Form,
    Infusion,
    InfusionAction,
    Mark,
    Note,
    Reading,
    Setting,
    Withdrawal,
)
from tracker.domain.live.monitoring import Schedule, schedule

TEXTS = ("", "", "asked for  water", " felt\nwarm ", "a, b")


@dataclass(frozen=True)
class Case:
    """One session as it stands at an instant."""

    plan: Schedule
    entries: list[Entry]
    now: datetime


def cases(count: int, seed: int) -> Iterator[Case]:
    """Draw sessions; the same seed draws the same."""
    draw = random.Random(seed)
    for _ in range(count):
        yield Case(_plan(draw), list(_entries(draw)), at(draw.uniform(-10, 200)))


def on_wire(entry: Entry) -> dict[str, Any]:
    """Write an entry as the page has it before the server put it into words."""
    return {
        "key": entry.key,
        "sequence": entry.sequence,
        "kind": entry.kind.value,
        "at": entry.at.isoformat(),
        "content": entry_parsing.pack(entry.content),
        "replaces": entry.replaces,
    }


def _plan(draw: random.Random) -> Schedule:
    late = draw.choice((0, 1, 5, 10, 15))
    if draw.random() < 0.3:
        minutes = tuple(sorted(draw.sample(range(5, 150), draw.randint(1, 4))))
        return Schedule(
            source="", late_after_minutes=late, minutes=minutes, again_minutes=draw.randint(1, 20),
            until_stable_mmhg=draw.choice((None, (140, 90))),
        )  # fmt: skip
    settings = TreatmentSettings(
        reading_every_minutes=draw.choice((3, 5, 10, 15, 30)), late_after_minutes=late
    )
    drug, route = draw.choice(((Drug.KETAMINE, Route.IV), (Drug.ESKETAMINE, Route.NASAL)))
    return schedule(drug, route, settings)


def _entries(draw: random.Random) -> Iterator[Entry]:
    keys: list[str] = []  # what can be corrected: checklists have pages of their own
    begun = draw.random() < 0.9
    for sequence in range(1, draw.randint(1, 14)):
        first = begun and sequence == 1
        minute = 0.0 if first else _minute(draw)
        kind, content = (EntryKind.GIVEN, Dose(dose_mg=Decimal(28))) if first else _content(draw)
        is_form = isinstance(content, Form)
        corrects = draw.random() < 0.35 or kind is EntryKind.WITHDRAWAL
        yield Entry(
            sequence=sequence,
            key=f"key-{sequence}",
            kind=kind,
            at=at(minute),
            received_at=at(minute),
            by="Anna",
            content=content,
            replaces=draw.choice((*keys, "unknown-key")) if corrects and not is_form else "",
        )
        if not is_form:
            keys.append(f"key-{sequence}")


def _minute(draw: random.Random) -> float:
    """Draw a time: often the same as others, often on an edge, sometimes to the millisecond."""
    if draw.random() < 0.5:
        return float(draw.choice((-5, 0, 0.5, 1, 13, 15, 30, 40, 40.5, 60, 120)))
    return round(draw.uniform(-20, 180) * 60_000) / 60_000


def _content(draw: random.Random) -> tuple[EntryKind, Content]:
    kind = draw.choice((*[EntryKind.READING] * 8, *EntryKind))
    make = {
        EntryKind.READING: _reading,
        EntryKind.GIVEN: lambda d: Dose(
            dose_mg=_amount(d), note=d.choice(TEXTS), confirmed_mg=d.choice((None, _amount(d)))
        ),
        EntryKind.INFUSION: _infusion,
        EntryKind.DISSOCIATION: lambda d: DissociationMark(
            mark=d.choice([*Mark]), strength=d.choice((None, 0, 4, 10))
        ),
        EntryKind.EVENT: _event,
        EntryKind.NOTE: lambda d: Note(text=d.choice(TEXTS) or "seen"),
        EntryKind.SETTING: lambda d: Setting(intention=d.choice(TEXTS), music=d.choice(TEXTS)),
        EntryKind.GATE: lambda _: Form(fields={}),
        EntryKind.DISCHARGE: _discharge,
        EntryKind.WITHDRAWAL: lambda d: Withdrawal(reason=d.choice(TEXTS) or "a slip"),
    }
    return kind, make[kind](draw)


def _amount(draw: random.Random) -> Decimal:
    return Decimal(draw.choice(("28", "35.50", "0.125", "007.5", "100", "62.2250")))


def _reading(draw: random.Random) -> Reading:
    def maybe(low: int, high: int) -> int | None:
        return draw.choice((None, draw.randint(low, high)))

    return Reading(
        systolic_mmhg=maybe(100, 180),
        diastolic_mmhg=maybe(60, 99),
        heart_rate_bpm=maybe(50, 120),
        spo2_percent=maybe(88, 100),
        sedation=maybe(0, 5),
        nausea=maybe(0, 10),
        note=draw.choice(TEXTS),
    )


def _infusion(draw: random.Random) -> Infusion:
    return Infusion(
        action=draw.choice([*InfusionAction]),
        rate_ml_per_h=draw.choice((None, _amount(draw))),
        dose_mg=draw.choice((None, _amount(draw))),
        note=draw.choice(TEXTS),
    )


def _event(draw: random.Random) -> AdverseEvent:
    return AdverseEvent(
        term=draw.choice([*EventTerm]),
        other=draw.choice(("", "hiccups")),
        grade=draw.choice((None, 1, 5)),
        serious=draw.choice((None, True, False)),
        actions=tuple(draw.sample([*EventAction], draw.randint(0, 2))),
        outcome=draw.choice((None, *EventOutcome)),
        ended_at=draw.choice((None, at(_minute(draw)))),
        note=draw.choice(TEXTS),
    )


def _discharge(draw: random.Random) -> Form:
    left = draw.choice((None, at(draw.uniform(60, 200)).replace(microsecond=0)))
    return Form(fields={} if left is None else {"left_at": left.isoformat()})
