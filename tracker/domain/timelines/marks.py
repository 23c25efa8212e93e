"""The parts of one session's timeline: scales and their limits, points, stretches and events."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from tracker.domain import measures
from tracker.domain.clinic.reading_limits import SYSTOLIC, Limit
from tracker.domain.live.entries import EventAction, EventOutcome, Mark, Reading
from tracker.domain.measures import HEART_RATE, RESPIRATORY_RATE, SPO2


class Scale(Struct, frozen=True, kw_only=True):
    """What one panel observes. `name` is the field of a Reading; pressures stand for both.

    The axis runs from `lowest` to `highest` whatever was read, and further only where a value lies
    beyond. `low_end` and `high_end` say in words which way is which. Of its values the highest is
    written out, or the lowest where that `tells_lowest` more. Patients do not see one `for_staff`.
    """

    name: str
    label: str
    unit: str
    lowest: int
    highest: int
    step: int
    low_end: str = ""
    high_end: str = ""
    tells_lowest: bool = False
    for_staff: bool = False

    @property
    def direction(self) -> str:
        """Say the unit, or which end is which."""
        if not self.low_end:
            return self.unit
        return f"{self.lowest} {self.low_end} \u2013 {self.highest} {self.high_end}"


# Ranges that hold nearly every adult in treatment; a value beyond them widens the axis. Scales of
# opposite direction have a panel each: 5 of MOAA/S is good, 5 of dissociation is not.
PRESSURE = Scale(
    name=SYSTOLIC,
    label="Blood pressure",
    unit=measures.SYSTOLIC.unit,
    lowest=40,
    highest=200,
    step=40,
)
SCALES = (
    Scale(
        name=HEART_RATE.name,
        label=HEART_RATE.label,
        unit=HEART_RATE.unit,
        lowest=40,
        highest=140,
        step=40,
    ),
    Scale(
        name=SPO2.name,
        label=SPO2.short,
        unit=SPO2.unit,
        lowest=85,
        highest=100,
        step=5,
        tells_lowest=True,
    ),
    Scale(
        name=RESPIRATORY_RATE.name,
        label="Breathing",
        unit=RESPIRATORY_RATE.unit,
        lowest=0,
        highest=40,
        step=10,
        tells_lowest=True,
    ),
    Scale(
        name="sedation",
        label="Sedation (MOAA/S)",
        unit="",
        lowest=0,
        highest=5,
        step=5,
        low_end="no response",
        high_end="alert",
        tells_lowest=True,
        for_staff=True,
    ),
    Scale(
        name="dissociation",
        label="Dissociation",
        unit="",
        lowest=0,
        highest=10,
        step=5,
        low_end="none",
        high_end="most",
    ),
    Scale(
        name="pain",
        label="Pain",
        unit="",
        lowest=0,
        highest=10,
        step=5,
        low_end="none",
        high_end="worst",
    ),
    Scale(
        name="nausea",
        label="Nausea",
        unit="",
        lowest=0,
        highest=10,
        step=5,
        low_end="none",
        high_end="worst",
    ),
)
SCALE = {scale.name: scale for scale in SCALES}
# What a picture shows in strips of their own, and what runs the same way and shares one.
SIGN_STRIPS = tuple((SCALE[sign.name],) for sign in (HEART_RATE, SPO2, RESPIRATORY_RATE))
SYMPTOM_STRIP = (SCALE["pain"], SCALE["nausea"])
# What is usually observed at every session: where it was not, the picture says so.
USUAL = (HEART_RATE.name, SPO2.name, "sedation", "dissociation")


class ReadingPoint(Struct, frozen=True, kw_only=True):
    """A reading that stands; `minute` is from the start, below 0 before it, not rounded.

    `passed` holds the limits that its values lie beyond.
    """

    minute: float
    at: datetime
    reading: Reading
    passed: tuple[Limit, ...] = ()
    corrected: bool = False

    def value(self, name: str) -> int | None:
        """Pick a value by its field."""
        value: int | None = getattr(self.reading, name)
        return value


class DosePoint(Struct, frozen=True, kw_only=True):
    """A dose given at once: an injection, a device, a lozenge; `number` counts from 1."""

    minute: float
    at: datetime
    number: int
    dose_mg: Decimal


class InfusionSpan(Struct, frozen=True, kw_only=True):
    """A time during which an infusion ran at one rate, or was paused.

    `is_open` where nobody wrote an end: then `end` is the last minute that is known of.
    """

    start: float
    end: float
    rate_ml_per_h: Decimal | None = None
    paused: bool = False
    is_open: bool = False


class MarkPoint(Struct, frozen=True, kw_only=True):
    """A point in the course of dissociation."""

    minute: float
    at: datetime
    mark: Mark
    strength: int | None = None


class RatingPoint(Struct, frozen=True):
    """How strong dissociation was at a minute, by a reading or by a mark."""

    minute: float
    strength: int


class EventSpan(Struct, frozen=True, kw_only=True):
    """An adverse event; `end` is None where none was written."""

    minute: float
    at: datetime
    label: str
    end: float | None = None
    grade: int | None = None
    serious: bool | None = None
    actions: tuple[EventAction, ...] = ()
    outcome: EventOutcome | None = None

    @property
    def is_ongoing(self) -> bool:
        """Whether somebody said that it had not ended yet."""
        return self.end is None and self.outcome is EventOutcome.ONGOING


class InfusionStep(Struct, frozen=True, kw_only=True):
    """Something done with an infusion, as it was written."""

    minute: float
    at: datetime
    label: str
    rate_ml_per_h: Decimal | None = None
    dose_mg: Decimal | None = None
