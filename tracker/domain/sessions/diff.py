"""A session's record as lines of words: to show it whole, and to say how two versions differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tracker.domain import formatting, wall_time
from tracker.domain.codes import Severity, Word
from tracker.domain.measures import VitalSigns
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.record import SessionRecord

Facts = dict[str, str]

# field -> (words, unit), in the order of the form; what is not recorded is an empty text.
_PLAN = {
    "state": ("State", ""),
    "state_reason": ("Reason for the state", ""),
    "planned_on": ("Planned for", ""),
}
_TREATMENT = {
    "started_at": ("Started", ""),
    "drug": ("Drug", ""),
    "route": ("Route", ""),
    "dose_mg": ("Dose", "mg"),
    "weight_kg": ("Weight", "kg"),
    "dose_mg_per_kg": ("Dose by weight", "mg/kg"),
    "duration_minutes": ("Duration", "min"),
    "dose_notes": ("Dose notes", ""),
}
_COURSE = {
    "mood_before": ("Mood before (0 worst, 10 best)", ""),
    "mood_after": ("Mood after (0 worst, 10 best)", ""),
    "pain_before": ("Pain before (0 none, 10 worst)", ""),
    "pain_after": ("Pain after (0 none, 10 worst)", ""),
    "dissociation_peak": ("Dissociation at its peak (0 none, 10 most)", ""),
    "dissociation_onset_minute": ("Dissociation began, from the start", "min"),
    "dissociation_end_minute": ("Dissociation ended, from the start", "min"),
    "dissociation_resolved": ("Dissociation gone before leaving", ""),
    "effects": ("Dissociative effects", ""),
    "effects_other": ("Other effect", ""),
    "side_effects": ("Side effects", ""),
    "side_effects_other": ("Other side effect", ""),
}
_LEAVING = {
    "discharged_at": ("Left", ""),
    "escort": ("Escort", ""),
    "private_notes": ("Private notes", ""),
    "patient_notes": ("Notes for the patient", ""),
    "comment": ("Comment on what was unusual", ""),
}
VITALS = {
    "systolic_mmhg": ("Systolic pressure", "mmHg"),
    "diastolic_mmhg": ("Diastolic pressure", "mmHg"),
    "heart_rate_bpm": ("Heart rate", "beats/min"),
    "spo2_percent": ("Oxygen saturation", "%"),
    "respiratory_rate_per_min": ("Respiratory rate", "breaths/min"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that two versions tell differently; '' is not recorded."""

    label: str
    before: str
    after: str


def facts(told: SessionDraft | SessionRecord, zone: ZoneInfo) -> Facts:
    """Write everything recorded of a session as label -> words, with times in the clinic's zone."""
    lines = _lines(told, _PLAN, zone) if isinstance(told, SessionRecord) else {}
    return {
        **lines,
        **_lines(told, _TREATMENT, zone),
        **_lines(told, _COURSE, zone),
        **_signs(told.before, "before"),
        **_signs(told.after, "after"),
        **_lines(told, _LEAVING, zone),
    }


def changes(
    before: SessionDraft | SessionRecord, after: SessionDraft | SessionRecord, zone: ZoneInfo
) -> list[Change]:
    """List what differs; what only one of the two can tell (a draft has no state) is left out."""
    old, new = facts(before, zone), facts(after, zone)
    return [
        Change(label, old[label], new[label])
        for label in old
        if label in new and old[label] != new[label]
    ]


def changed_fields(before: SessionDraft, after: SessionDraft) -> list[str]:
    """Name the fields that differ, for the audit trail, which holds no content."""
    return [
        f.name for f in fields(SessionDraft) if getattr(before, f.name) != getattr(after, f.name)
    ]


def _lines(
    told: SessionDraft | SessionRecord, names: Mapping[str, tuple[str, str]], zone: ZoneInfo
) -> Facts:
    return {words: _text(getattr(told, name), zone, unit) for name, (words, unit) in names.items()}


def _signs(signs: VitalSigns, moment: str) -> Facts:
    return {
        f"{words} {moment}": _number(getattr(signs, name), unit)
        for name, (words, unit) in VITALS.items()
    }


def _text(value: object, zone: ZoneInfo, unit: str) -> str:
    match value:
        case Word():
            return value.label
        case bool():
            return "Yes" if value else "No"
        case int() | Decimal():
            return _number(value, unit)
        case date():
            return (
                _instant(value, zone) if isinstance(value, datetime) else formatting.full_day(value)
            )
        case Mapping():
            return ", ".join(_graded(value))
    return "" if value is None else str(value)


def _graded(effects: Mapping[Word, Severity]) -> Iterator[str]:
    for effect in type(next(iter(effects))) if effects else ():
        if effect in effects:
            yield f"{effect.label} ({effects[effect].label.lower()})"


def _number(value: Decimal | int | None, unit: str) -> str:
    if value is None:
        return ""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if "." in text and unit != "mg/kg":
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}".strip()


def _instant(instant: datetime, zone: ZoneInfo) -> str:
    here = instant.astimezone(zone)
    shown = f"{here:%H:%M:%S}" if here.second else f"{here:%H:%M}"
    clock = wall_time.which(instant, zone)
    return f"{formatting.full_day(here)}, {shown}" + (f" ({clock.label})" if clock else "")
