"""What the record and the measurements add to an assessment, and the lines that a review is of."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Word
from tracker.domain.eligibility import questions as eligibility_questions
from tracker.domain.eligibility.draft import EligibilityDraft
from tracker.domain.formatting import full_day, lower_first, number
from tracker.domain.measures import DIASTOLIC, SYSTOLIC
from tracker.domain.sessions.findings import USUAL_READINGS


class LineKind(Word):
    """What a line of the review is."""

    AGAINST = "against", "Speaks against"
    MISSING = "missing", "Missing or unknown"
    CAUTION = "caution", "Calls for caution"
    FINE = "fine", "Answered, nothing to note"
    OPTIONAL = "optional", "Optional, not on record"


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One thing to know before deciding; `field` is where it is answered."""

    kind: LineKind
    field: str
    message: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleFact:
    """A scale on the day of the assessment: the latest of the weeks before, if there is one.

    `is_required` by the indication. `completeness` says that it is incomplete or prorated, else ''.
    """

    title: str
    is_required: bool
    taken_on: date | None = None
    total: Decimal | None = None
    band: str = ""
    completeness: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuicideFact:
    """An answer to a suicide question of the weeks before; `is_positive` None if left out."""

    words: str
    taken_on: date
    is_positive: bool | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentFacts:
    """What the patient's record says besides what was asked, as of the day of the assessment."""

    scales: tuple[ScaleFact, ...] = ()
    suicide: tuple[SuicideFact, ...] = ()
    settings: TreatmentSettings = field(default_factory=TreatmentSettings)


def of_body(draft: EligibilityDraft, settings: TreatmentSettings) -> Iterator[ReviewLine]:
    """Yield a line for each measurement, against the clinic's own limits of blood pressure."""
    signs = draft.vital_signs
    limits = {
        SYSTOLIC.name: settings.systolic_warn_mmhg,
        DIASTOLIC.name: settings.diastolic_warn_mmhg,
    }
    for sign, low, high, source in USUAL_READINGS:
        name, words, unit = sign.name, sign.label, sign.unit
        value, most = getattr(signs, name), limits.get(name, high)
        if value is None and name in limits:
            yield ReviewLine(
                LineKind.MISSING, name, f"{words}: not measured", eligibility_questions.BASELINE
            )
        elif value is not None:
            outside = not low <= value <= most
            kind = LineKind.CAUTION if outside else LineKind.FINE
            rest = f", outside {low} to {most}" if outside else ""
            yield ReviewLine(kind, name, f"{words}: {value} {unit}{rest}", source)
    for name, words, unit in (("weight_kg", "Weight", "kg"), ("height_cm", "Height", "cm")):
        measured = getattr(draft, name)
        if measured is None:
            yield ReviewLine(
                LineKind.MISSING, name, f"{words}: not measured", eligibility_questions.BASELINE
            )
        else:
            text = f"{words}: {number(measured)} {unit}"
            yield ReviewLine(LineKind.FINE, name, text, eligibility_questions.BASELINE)


def of_scales(scales: Iterable[ScaleFact], days: int) -> Iterator[ReviewLine]:
    """Yield a line for each scale, there or missing in the `days` before."""
    source, place = eligibility_questions.BASELINE, "scales"
    for scale in scales:
        if scale.taken_on is None:
            text = f"{scale.title}: none in the {days} days before"
            yield ReviewLine(LineKind.MISSING, place, text, source)
        elif scale.total is None:
            text = f"{scale.title} of {full_day(scale.taken_on)}: {lower_first(scale.completeness)}"
            kind = LineKind.MISSING if scale.is_required else LineKind.FINE
            yield ReviewLine(kind, place, text, source)
        else:
            rest = "".join(
                f", {lower_first(words)}" for words in (scale.band, scale.completeness) if words
            )
            text = f"{scale.title} of {full_day(scale.taken_on)}: {number(scale.total)}{rest}"
            yield ReviewLine(LineKind.FINE, place, text, source)


def of_suicide(found: Sequence[SuicideFact], days: int) -> Iterator[ReviewLine]:
    """Yield a line for each answer about suicide, or say that nobody asked in the `days` before."""
    place = "scales"
    if not found:
        text = f"Suicidal thoughts: no answer on record from the {days} days before"
        yield ReviewLine(LineKind.MISSING, place, text, eligibility_questions.SUICIDE)
    for fact in found:
        kind = LineKind.CAUTION if fact.is_positive else LineKind.FINE
        if fact.is_positive is None:
            kind = LineKind.MISSING
        text = f"{fact.words}, {full_day(fact.taken_on)}"
        yield ReviewLine(kind, place, text, fact.source)
