"""What an entry says, in one line that can be read across a room."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import singledispatch

from tracker.domain.formatting import in_full
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Entry,
    EventTerm,
    Form,
    Given,
    Infusion,
    InfusionAction,
    Note,
    Reading,
    Setting,
    Withdrawal,
)

_MINUTE = timedelta(minutes=1)
# field -> how it is written; what was not observed is left out.
_OBSERVED = (
    ("heart_rate_bpm", "HR {}"),
    ("spo2_percent", "SpO2 {} %"),
    ("respiratory_rate_per_min", "RR {}"),
    ("sedation", "sedation {}"),
    ("dissociation", "dissociation {}"),
    ("pain", "pain {}"),
    ("nausea", "nausea {}"),
    ("note", "{}"),
)
_SETTING = ("intention", "mindset", "surroundings", "music")


def words(entry: Entry) -> str:
    """Write an entry as one line, such as `BP 128/82, HR 74, SpO2 98 %, sedation 5`."""
    match entry.content:
        case Form():
            return f"{entry.kind.label}: filled in"
        case AdverseEvent() as event:
            return _joined(_event(event, entry))
    return _joined(_parts(entry.content))


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(" ".join(part.split()) for part in parts if part.strip())


@singledispatch
def _parts(_content: object) -> Iterator[str]:
    """Write the parts of what an entry says."""
    return iter(())


@_parts.register
def _reading(reading: Reading) -> Iterator[str]:
    if reading.systolic_mmhg is not None or reading.diastolic_mmhg is not None:
        yield f"BP {_or_dash(reading.systolic_mmhg)}/{_or_dash(reading.diastolic_mmhg)}"
    for name, form in _OBSERVED:
        value = getattr(reading, name)
        if value not in (None, ""):
            yield form.format(value)


@_parts.register
def _given(given: Given) -> Iterator[str]:
    yield f"{in_full(given.dose_mg)} mg given"
    yield given.note


@_parts.register
def _infusion(infusion: Infusion) -> Iterator[str]:
    yield infusion.action.label
    if infusion.rate_ml_per_h is not None:
        yield f"{in_full(infusion.rate_ml_per_h)} mL/h"
    if infusion.dose_mg is not None:
        stopped = infusion.action is InfusionAction.STOP
        yield f"{in_full(infusion.dose_mg)} mg {'given in all' if stopped else 'drawn up'}"
    yield infusion.note


@_parts.register
def _mark(mark: DissociationMark) -> Iterator[str]:
    yield mark.mark.label
    if mark.strength is not None:
        yield f"{mark.strength} of 10"


@_parts.register
def _note(note: Note) -> Iterator[str]:
    yield note.text


@_parts.register
def _setting(setting: Setting) -> Iterator[str]:
    for name in _SETTING:
        if text := getattr(setting, name):
            yield f"{name}: {text}"


@_parts.register
def _withdrawal(withdrawal: Withdrawal) -> Iterator[str]:
    yield f"Withdrawn: {withdrawal.reason}"


def _event(event: AdverseEvent, entry: Entry) -> Iterator[str]:
    yield event.other if event.term is EventTerm.OTHER and event.other else event.term.label
    if event.grade is not None:
        yield f"grade {event.grade}"
    if event.serious is not None:
        yield "serious" if event.serious else "not serious"
    for action in event.actions:
        yield action.label
    if event.outcome is not None:
        yield event.outcome.label
    if event.ended_at is not None:
        yield f"lasted {(event.ended_at - entry.at) // _MINUTE} min"
    yield event.note


def _or_dash(value: int | None) -> str:
    return "\N{EN DASH}" if value is None else str(value)
