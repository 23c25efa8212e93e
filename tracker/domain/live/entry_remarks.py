"""What is unusual about entries: told beside them, and never a reason to refuse one."""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta

from tracker.domain.clinic.treatment_settings import LABEL, TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.live import monitoring
from tracker.domain.live.entries import (
    Entry,
    EntryKind,
    Given,
    Infusion,
    InfusionAction,
    Reading,
    of_kind,
    standing,
)
from tracker.domain.problems import Finding
from tracker.domain.sessions.findings import ESKETAMINE_DEVICE_MG

DEVICES_APART = timedelta(minutes=5)  # Spravato label (MIMS): between one device and the next
ORDER = "the order of this session's entries"

_START, _STOP = InfusionAction.START, InfusionAction.STOP
_PAUSE, _RESUME, _RATE = InfusionAction.PAUSE, InfusionAction.RESUME, InfusionAction.RATE
# What was done last -> what can follow; at first, and after a stop, only a start.
_FOLLOWS = {
    None: {_START},
    _START: {_PAUSE, _RATE, _STOP},
    _RATE: {_PAUSE, _RATE, _STOP},
    _RESUME: {_PAUSE, _RATE, _STOP},
    _PAUSE: {_RESUME, _RATE, _STOP},
    _STOP: {_START},
}


def remarks(
    entries: Sequence[Entry],
    drug: Drug,
    route: Route,
    settings: TreatmentSettings,
    *,
    only: Container[str] | None = None,
) -> dict[str, list[Finding]]:
    """List what is unusual about the entries of a session, by their keys.

    Readings are judged one by one, so `only` those that are wanted; the order of an infusion needs
    all of its entries.
    """
    found: dict[str, list[Finding]] = {}
    for entry in entries:
        wanted = only is None or entry.key in only
        if wanted and isinstance(entry.content, Reading):
            found[entry.key] = monitoring.outside(entry.content, settings)
    held = standing(entries)
    for key, finding in _slips(held):
        found.setdefault(key, []).append(finding)
    if (drug, route) == (Drug.ESKETAMINE, Route.NASAL):
        for key, finding in _devices(held):
            found.setdefault(key, []).append(finding)
    return {key: said for key, said in found.items() if said}


def _slips(held: Sequence[Entry]) -> Iterator[tuple[str, Finding]]:
    """Find what cannot follow on what was done with the infusion before."""
    last: InfusionAction | None = None
    paused = False
    for entry in of_kind(held, EntryKind.INFUSION):
        if not isinstance(entry.content, Infusion):
            continue
        action = entry.content.action
        possible = _FOLLOWS[last] if not paused else _FOLLOWS[_PAUSE]
        if action not in possible:
            before = "nothing came before it" if last is None else f"before it: {last.label}"
            yield (
                entry.key,
                Finding("action", f"Check the order: {action.label}, but {before}", ORDER),
            )
        # A new rate in a pause does not end it.
        paused = action is _PAUSE or (paused and action is _RATE)
        last = action


def _devices(held: Sequence[Entry]) -> Iterator[tuple[str, Finding]]:
    """Find doses that are no device, and devices that followed too soon."""
    last: datetime | None = None
    for entry in of_kind(held, EntryKind.GIVEN):
        if not isinstance(entry.content, Given):
            continue
        dose_mg = entry.content.dose_mg
        if dose_mg != ESKETAMINE_DEVICE_MG:
            told = f"Check the dose: {dose_mg:f} mg, and a device holds {ESKETAMINE_DEVICE_MG} mg"
            yield entry.key, Finding("dose_mg", told, LABEL)
        if last is not None and entry.at - last < DEVICES_APART:
            apart = (entry.at - last) // timedelta(minutes=1)
            told = f"{apart} min after the device before; the label asks for 5"
            yield entry.key, Finding("at", told, LABEL)
        last = entry.at
