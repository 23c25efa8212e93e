"""A session's record as lines of words: to show it whole, and to say how two versions differ."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain import formatting, wall_time, weights
from tracker.domain.codes import Word
from tracker.domain.measures import VITAL_SIGNS, VitalSigns
from tracker.domain.sessions import effects
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.fields import FIELDS, SessionField
from tracker.domain.sessions.record import SessionRecord

Facts = dict[str, str]

# What only a record tells: field -> words.
_PLAN = {
    "state": "State",
    "state_reason": "Reason for the state",
    "planned_on": "Planned for",
    "planned_time": "Planned time",
    "chair": "Chair",
    "planned_dose_mg": "Planned dose, mg",
    "planned_dose_mg_per_kg": "Planned dose, mg/kg",
}


class FieldChange(Struct, frozen=True):
    """One fact that two versions tell differently; '' is not recorded."""

    label: str
    before: str
    after: str


def facts(record: SessionDraft | SessionRecord, zone: ZoneInfo) -> Facts:
    """Write everything recorded of a session as label -> words, with times in the clinic's zone."""
    lines: Facts = {}
    if isinstance(record, SessionRecord):
        lines = {words: _text(getattr(record, name), zone) for name, words in _PLAN.items()}
    for field in FIELDS:
        value = getattr(record, field.name)
        if field.name == "weight_unit":
            continue  # the weight is told in it
        if isinstance(value, VitalSigns):
            lines |= _signs(value, field)
        elif field.name == "weight_kg" and value is not None:
            lines[field.label_in_history] = weights.words(value, record.weight_unit)
        else:
            lines[field.label_in_history] = _text(value, zone, field.unit)
    return lines


def changes(
    before: SessionDraft | SessionRecord, after: SessionDraft | SessionRecord, zone: ZoneInfo
) -> list[FieldChange]:
    """List what differs; what only one of the two can tell (a draft has no state) is left out."""
    old, new = facts(before, zone), facts(after, zone)
    return [
        FieldChange(label, old[label], new[label])
        for label in old
        if label in new and old[label] != new[label]
    ]


def changed_fields(before: SessionDraft, after: SessionDraft) -> list[str]:
    """Name the fields that differ, for the audit trail, which holds no content."""
    return [
        name
        for name in SessionDraft.__struct_fields__
        if getattr(before, name) != getattr(after, name)
    ]


def _signs(signs: VitalSigns, moment: SessionField) -> Facts:
    return {
        f"{sign.label} {moment.label.lower()}": _number(getattr(signs, sign.name), sign.unit)
        for sign in VITAL_SIGNS
    }


def _text(value: object, zone: ZoneInfo, unit: str = "") -> str:
    match value:
        case Word():
            return value.label
        case bool():
            return "Yes" if value else "No"
        case int() | Decimal():
            return _number(value, unit)
        case date() | time():
            return _when(value, zone)
        case Mapping():
            return ", ".join(effects.texts(value))
    return "" if value is None else str(value)


def _when(value: date | time, zone: ZoneInfo) -> str:
    if isinstance(value, time):
        return formatting.time_of_day(value)
    return _instant(value, zone) if isinstance(value, datetime) else formatting.full_day(value)


def _number(value: Decimal | int | None, unit: str) -> str:
    if value is None:
        return ""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if "." in text and unit != "mg/kg":
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}".strip()


def _instant(instant: datetime, zone: ZoneInfo) -> str:
    here = instant.astimezone(zone)
    shown = f"{here:%H:%M:%S}" if here.second else formatting.time_of_day(here)
    clock = wall_time.which(instant, zone)
    return f"{formatting.full_day(here)}, {shown}" + (f" ({clock.label})" if clock else "")
