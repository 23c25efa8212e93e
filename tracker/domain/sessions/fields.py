"""Every field of a session, declared once: what it is called, what it may hold, who reads it.

Forms, checks, history, import, export and pages take from here what they need to know of a field.
`tests/rules/test_session_fields.py` holds those that are laid out by hand to it.
"""

from decimal import Decimal
from enum import Enum
from typing import Any

from msgspec import Struct

from tracker.domain import measures
from tracker.domain.codes import Drug, Effect, Route, SideEffect, WeightUnit, Word
from tracker.domain.measures import DURATION_MINUTES_MAX
from tracker.domain.parsing import LINE_MAX, TEXT_MAX


class FieldKind(Enum):
    """What a field holds."""

    TIME = "a day and a time"
    CODE = "one of some words"
    NUMBER = "a number"
    WHOLE = "a whole number"
    SCALE = "a rating from 0 to 10"
    YES_NO = "yes or no"
    GRADED = "some words, each with a severity"
    SIGNS = "vital signs"
    LINE = "one line of text"
    TEXT = "text of several lines"


class Reader(Enum):
    """Who reads a field besides the clinic's staff."""

    PATIENT = "patients, on their page and in their own copy"
    COPY = "patients, in their own copy"
    STAFF = "nobody"


class SessionField(Struct, frozen=True, kw_only=True):
    """One field. `label` names it in forms and records; `in_history` does where that says more.

    `ends` are what 0 and 10 of a rating mean. `wanted` asks for what is neither below `lowest` nor
    above `highest`; `above` is itself too low. `not_on_page` says why patients do not find it on
    the page of their session. `doc` and `unit_in_file` describe its column, which is `later` where
    files were exported before it was there. A `computed` one is not in a draft.
    """

    name: str
    label: str
    kind: FieldKind
    reader: Reader
    doc: str = ""
    hint: str = ""
    in_history: str = ""
    ends: tuple[str, str] | None = None
    words: type[Word] | None = None
    unit: str = ""
    unit_in_file: str = ""
    above: int | None = None
    lowest: int | None = None
    highest: int | Decimal | None = None
    wanted: str = ""
    not_on_page: str = ""
    later: bool = False
    computed: bool = False

    @property
    def label_in_history(self) -> str:
        """The label where it stands alone, with the ends of a rating."""
        if self.ends is None:
            return self.in_history or self.label
        return f"{self.label} (0 {self.ends[0]}, 10 {self.ends[1]})"

    @property
    def is_on_patients_page(self) -> bool:
        """Whether patients find it on the page of their session."""
        return self.reader is Reader.PATIENT

    @property
    def longest(self) -> int | None:
        """How many characters a text may have; None where it is no text."""
        if self.kind is FieldKind.LINE:
            return LINE_MAX
        return TEXT_MAX if self.kind is FieldKind.TEXT else None

    def allows(self, value: Any) -> bool:
        """Say whether a number, or a text by its length, is within the limits."""
        if self.longest is not None:
            return len(value) <= self.longest
        # A comparison with a NaN raises, so finite comes first.
        if isinstance(value, Decimal) and not value.is_finite():
            return False
        high_enough = (self.above is None or value > self.above) and (
            self.lowest is None or value >= self.lowest
        )
        return high_enough and (self.highest is None or value <= self.highest)


def _rating(name: str, label: str, ends: tuple[str, str], words: str, doc: str) -> SessionField:
    return SessionField(
        name=name, label=label, kind=FieldKind.SCALE, ends=ends, lowest=0, highest=10, doc=doc,
        unit_in_file="points from 0 to 10",
        wanted=f"Give the {words} as a whole number from 0 to 10.", reader=Reader.PATIENT,
    )  # fmt: skip


def _mood(name: str, label: str) -> SessionField:
    doc = f"{label} the session, from 0, the worst, to 10, the best."
    return _rating(name, label, ("worst", "best"), label.lower(), doc)


def _pain(name: str, label: str) -> SessionField:
    doc = f"{label} the session, from 0, none, to 10, the worst."
    return _rating(name, label, ("none", "worst"), label.lower(), doc)


def _minute(name: str, label: str, in_history: str, doc: str) -> SessionField:
    return SessionField(
        name=name, label=label, kind=FieldKind.WHOLE, in_history=in_history, hint="From the start",
        unit="min", unit_in_file="minutes from the start", lowest=0, highest=DURATION_MINUTES_MAX,
        doc=doc, wanted="Give the minute counted from the start, from 0 to 1440.",
        reader=Reader.COPY, not_on_page="The picture minute by minute shows it.",
    )  # fmt: skip


# In the order in which a session happens: that of the history, of the columns and of the draft.
FIELDS = (
    SessionField(
        name="started_at", label="Started", kind=FieldKind.TIME, doc="When the dose was started.",
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="drug", label="Drug", kind=FieldKind.CODE, words=Drug, doc="What was given.",
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="route", label="Route", kind=FieldKind.CODE, words=Route, doc="How it was given.",
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="dose_mg", label="Dose", kind=FieldKind.NUMBER, unit="mg", doc="The dose.",
        above=0, highest=measures.DOSE_MG_MAX,
        wanted="Give the dose in milligrams, above zero and at most 5000.",
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="weight_kg", label="Weight", kind=FieldKind.NUMBER, unit="kg",
        doc="The weight that day.", lowest=1, highest=measures.WEIGHT_KG_MAX,
        wanted="Give the weight from 1 to 635 kg, which is 2 to 1400 lb.",
        reader=Reader.COPY, not_on_page="The dose by weight says what it was taken for.",
    ),
    SessionField(
        name="weight_unit", label="Weight typed in", kind=FieldKind.CODE, words=WeightUnit,
        doc="What the weight was typed in, before it became kilograms.",
        reader=Reader.COPY, not_on_page="The dose by weight says what the weight was taken for.",
        later=True,
    ),
    SessionField(
        name="dose_mg_per_kg", label="Dose by weight", kind=FieldKind.NUMBER, unit="mg/kg",
        doc="The dose divided by the weight; computed, and on import only compared.",
        computed=True,
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="duration_minutes", label="Duration", kind=FieldKind.WHOLE, hint="0 for an injection",
        unit="min", unit_in_file="minutes", lowest=0, highest=DURATION_MINUTES_MAX,
        doc="How long the dose took; 0 for an injection.",
        wanted="Give the duration in minutes, from 0 to 1440.",
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="dose_mg_per_kg_per_hour", label="Dose by weight and hour", kind=FieldKind.NUMBER,
        unit="mg/kg/h",
        doc="The dose divided by weight and duration; computed, and on import only compared.",
        computed=True, later=True,
        reader=Reader.COPY, not_on_page="How fast an infusion ran is told to staff.",
    ),
    SessionField(
        name="dose_notes", label="Dose notes", kind=FieldKind.TEXT, doc="Remarks on the dose.",
        reader=Reader.COPY, not_on_page="Remarks of staff to staff on how the dose was given.",
    ),
    _mood("mood_before", "Mood before"),
    _mood("mood_after", "Mood after"),
    _pain("pain_before", "Pain before"),
    _pain("pain_after", "Pain after"),
    _rating(
        "dissociation_peak", "Dissociation at its peak", ("none", "most"), "peak of dissociation",
        "Dissociation at its peak, from 0, none, to 10, the most.",
    ),
    _minute(
        "dissociation_onset_minute", "Began", "Dissociation began, from the start",
        "When dissociation began, counted from the start.",
    ),
    _minute(
        "dissociation_end_minute", "Ended", "Dissociation ended, from the start",
        "When dissociation ended, counted from the start.",
    ),
    SessionField(
        name="dissociation_resolved", label="Gone before leaving", kind=FieldKind.YES_NO,
        in_history="Dissociation gone before leaving",
        doc="Whether dissociation had passed before the patient left.",
        reader=Reader.COPY, not_on_page="A check of the clinic's before somebody leaves.",
    ),
    SessionField(
        name="effects", label="Dissociative effects", kind=FieldKind.GRADED, words=Effect,
        doc="Dissociative effects.",
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="effects_other", label="What the other effect was", kind=FieldKind.LINE,
        in_history="Other effect", doc="What the other effect was.",
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="side_effects", label="Side effects", kind=FieldKind.GRADED, words=SideEffect,
        doc="Other unwanted effects.",
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="side_effects_other", label="What the other side effect was", kind=FieldKind.LINE,
        in_history="Other side effect", doc="What the other side effect was.",
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="before", label="Before", kind=FieldKind.SIGNS,
        reader=Reader.COPY, not_on_page="The picture minute by minute shows what was read.",
    ),
    SessionField(
        name="after", label="After", kind=FieldKind.SIGNS,
        reader=Reader.COPY, not_on_page="The picture minute by minute shows what was read.",
    ),
    SessionField(
        name="discharged_at", label="Left", kind=FieldKind.TIME, doc="When the patient left.",
        reader=Reader.COPY, not_on_page="The picture minute by minute shows it.",
    ),
    SessionField(
        name="escort", label="Escort", kind=FieldKind.LINE, hint="Who took the patient home",
        doc="Who took the patient home.",
        reader=Reader.COPY, not_on_page="The patient knows, and it may be another person's name.",
    ),
    SessionField(
        name="private_notes", label="Private notes", kind=FieldKind.TEXT,
        hint="For clinicians only", doc="Notes for clinicians only.",
        reader=Reader.STAFF, not_on_page="The clinic's working notes are not shown to patients.",
    ),
    SessionField(
        name="patient_notes", label="Notes for the patient", kind=FieldKind.TEXT,
        hint="The patient may read these", doc="Notes that the patient may read.",
        reader=Reader.PATIENT,
    ),
    SessionField(
        name="comment", label="Comment on what is unusual", kind=FieldKind.TEXT,
        in_history="Comment on what was unusual",
        doc="What was said about unusual values, each beside the finding that it was said to.",
        reader=Reader.STAFF, not_on_page="Staff answer a check with it; it explains nothing alone.",
    ),
)  # fmt: skip

BY_NAME = {field.name: field for field in FIELDS}
DRAFTED = tuple(field for field in FIELDS if not field.computed)
LIMITED = tuple(field for field in DRAFTED if field.wanted or field.longest is not None)


def names(*kinds: FieldKind) -> tuple[str, ...]:
    """Name the fields of a draft that are of some kinds, in order."""
    return tuple(field.name for field in DRAFTED if field.kind in kinds)
