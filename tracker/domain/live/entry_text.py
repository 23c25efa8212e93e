"""What an entry says, in one line that can be read across a room."""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import singledispatch

from tracker.domain.clinic.labels import SPRAVATO, SPRAVATO_EU, Labels, LabelSource
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.drugs import DEVICE_MG, is_nasal_esketamine
from tracker.domain.formatting import in_full
from tracker.domain.live import monitoring
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    Entry,
    EntryKind,
    EventTerm,
    Form,
    Infusion,
    InfusionAction,
    Note,
    Reading,
    Setting,
    Withdrawal,
    effective,
    of_kind,
    started_at,
)
from tracker.domain.measures import HEART_RATE, RESPIRATORY_RATE, SPO2
from tracker.domain.parsing import is_blank
from tracker.domain.problems import Finding

_MINUTE = timedelta(minutes=1)
# field -> how it is written; what was not observed is left out.
_OBSERVED = (
    (HEART_RATE.name, f"{HEART_RATE.abbreviation} {{}}"),
    (SPO2.name, f"{SPO2.abbreviation} {{}} %"),
    (RESPIRATORY_RATE.name, f"{RESPIRATORY_RATE.abbreviation} {{}}"),
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
            return _join(_event(event, entry))
    return _join(_parts(entry.content))


def _join(parts: Iterable[str]) -> str:
    return ", ".join(" ".join(part.split()) for part in parts if not is_blank(part))


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
def _dose(given: Dose) -> Iterator[str]:
    yield f"{in_full(given.dose_mg)} mg given{_confirmation(given)}"
    yield given.note


@_parts.register
def _infusion(infusion: Infusion) -> Iterator[str]:
    yield infusion.action.label
    if infusion.rate_ml_per_h is not None:
        yield f"{in_full(infusion.rate_ml_per_h)} mL/h"
    if infusion.dose_mg is not None:
        stopped = infusion.action is InfusionAction.STOP
        what = "given in all" if stopped else "drawn up"
        yield f"{in_full(infusion.dose_mg)} mg {what}{_confirmation(infusion)}"
    yield infusion.note


def _confirmation(content: Dose | Infusion) -> str:
    return " (confirmed)" if content.confirmed_mg is not None else ""


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


DEVICES_APART = timedelta(minutes=5)  # Spravato label (MIMS): between one device and the next
DEVICES = LabelSource(us=SPRAVATO, eu=f"{SPRAVATO_EU} 4.2")
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
    start = started_at(entries)
    for entry in entries:
        wanted = only is None or entry.key in only
        if wanted and isinstance(entry.content, Reading):
            found[entry.key] = monitoring.outside(entry, start, drug, route, settings)
    effective_log = effective(entries)
    for key, finding in _slips(effective_log):
        found.setdefault(key, []).append(finding)
    if is_nasal_esketamine(drug, route):
        for key, finding in _devices(effective_log, settings.labels):
            found.setdefault(key, []).append(finding)
    return {key: texts for key, texts in found.items() if texts}


def _slips(effective_log: Sequence[Entry]) -> Iterator[tuple[str, Finding]]:
    """Find what cannot follow on what was done with the infusion before."""
    last: InfusionAction | None = None
    paused = False
    for entry in of_kind(effective_log, EntryKind.INFUSION):
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


def _devices(effective_log: Sequence[Entry], labels: Labels) -> Iterator[tuple[str, Finding]]:
    """Find doses that are no device, and devices that followed too soon."""
    source = DEVICES.text(labels)
    last: datetime | None = None
    for entry in of_kind(effective_log, EntryKind.GIVEN):
        if not isinstance(entry.content, Dose):
            continue
        dose_mg = entry.content.dose_mg
        if dose_mg != DEVICE_MG:
            text = f"Check the dose: {dose_mg:f} mg, and a device holds {DEVICE_MG} mg"
            yield entry.key, Finding("dose_mg", text, source)
        if last is not None and entry.at - last < DEVICES_APART:
            apart = (entry.at - last) // timedelta(minutes=1)
            text = f"{apart} min after the device before; the label asks for 5"
            yield entry.key, Finding("at", text, source)
        last = entry.at
