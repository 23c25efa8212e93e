"""The record of a session by cards, each opened for change by itself; the rest stays as it is."""

from collections.abc import Collection, Iterator
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain.measures import VITAL_SIGNS
from tracker.domain.sessions import diff as session_diff
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.fields import BY_NAME, FieldKind
from tracker.web.sessions.forms import SessionForm

# In the order in which a session happens; a field stands on one card.
_CARDS = {
    "dose": (
        "started_at", "drug", "route", "dose_mg", "weight_kg", "weight_unit", "duration_minutes",
        "dose_notes",
    ),
    "before": ("mood_before", "pain_before", "before"),
    "during": (
        "dissociation_peak", "dissociation_onset_minute", "dissociation_end_minute", "effects",
        "effects_other", "side_effects", "side_effects_other",
    ),
    "after": ("mood_after", "pain_after", "after"),
    "leaving": ("discharged_at", "escort", "dissociation_resolved"),
    "notes": ("private_notes", "patient_notes", "comment"),
}  # fmt: skip


class Card(Struct, frozen=True):
    """A part of a record: what stands there in words, and whether it is open for change."""

    code: str
    standing: tuple[tuple[str, str], ...]
    is_open: bool

    @property
    def title(self) -> str:
        """Name it."""
        return self.code.capitalize()


def lay_out(form: SessionForm, stored: SessionDraft, zone: ZoneInfo) -> list[Card]:
    """Lay a record out; open is what differs from it in the form, is wrong or asks for words."""
    changed = set(session_diff.changed_fields(stored, form.draft(zone, stored)))
    facts = session_diff.facts(stored, zone)
    faulty = {field.short_name for field in form if field.errors}
    faulty |= {finding.field for finding in form.findings}
    return [
        Card(
            code,
            tuple((label, facts[label]) for label in _labels(names) if facts.get(label)),
            bool(changed & {*names}) or _is_faulty(form, names, faulty),
        )
        for code, names in _CARDS.items()
    ]


def _labels(names: Collection[str]) -> Iterator[str]:
    for name in names:
        one = BY_NAME[name]
        if one.kind is FieldKind.SIGNS:
            yield from (f"{sign.label} {one.label.lower()}" for sign in VITAL_SIGNS)
        else:
            yield one.label_in_history


def _is_faulty(form: SessionForm, names: Collection[str], faulty: set[str]) -> bool:
    inputs = {field.short_name for name in names for field in form.fields_of(name)}
    return bool(faulty & {*names, *inputs})
