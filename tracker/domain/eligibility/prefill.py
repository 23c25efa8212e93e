"""What the record and the measurements add to an assessment, and the lines that a review is of."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct, field

from tracker.domain import weights
from tracker.domain.clinic import reading_limits, under_age
from tracker.domain.clinic.labels import Labels
from tracker.domain.clinic.reading_limits import Limit, Moment
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import WeightUnit, Word
from tracker.domain.eligibility import questions as eligibility_questions
from tracker.domain.eligibility.draft import EligibilityDraft
from tracker.domain.formatting import full_day, lower_first, number
from tracker.domain.measures import VITAL_SIGNS
from tracker.domain.parsing import visible_text


class LineKind(Word):
    """What a line of the review is."""

    AGAINST = "against", "Speaks against"
    MISSING = "missing", "Missing or unknown"
    CAUTION = "caution", "Calls for caution"
    FINE = "fine", "Answered, nothing to note"
    OPTIONAL = "optional", "Optional, not on record"


class ReviewLine(Struct, frozen=True):
    """One thing to know before deciding; `field` is where it is answered."""

    kind: LineKind
    field: str
    message: str
    source: str


class ScaleFact(Struct, frozen=True, kw_only=True):
    """A scale on the day of the assessment: the latest of the weeks before, if there is one.

    `is_required` by the indication. `completeness` says that it is incomplete or prorated, else ''.
    """

    title: str
    is_required: bool
    taken_on: date | None = None
    total: Decimal | None = None
    band: str = ""
    completeness: str = ""


class SuicideFact(Struct, frozen=True, kw_only=True):
    """An answer to a suicide question of the weeks before; `is_positive` None if left out."""

    words: str
    taken_on: date
    is_positive: bool | None
    source: str


class AssessmentFacts(Struct, frozen=True, kw_only=True):
    """What the patient's record says besides what was asked, as of the day of the assessment.

    `had_weight` says that a session before it recorded a weight.
    """

    scales: tuple[ScaleFact, ...] = ()
    suicide: tuple[SuicideFact, ...] = ()
    settings: TreatmentSettings = field(default_factory=TreatmentSettings)
    birth_date: date | None = None
    had_weight: bool = False


def of_body(
    draft: EligibilityDraft, settings: TreatmentSettings, *, had_weight: bool
) -> Iterator[ReviewLine]:
    """Yield a line for each measurement, against the limits before a dose.

    The route is not settled yet, so no limit of a label of one route is cited.
    """
    signs = draft.vital_signs
    known = reading_limits.limits(settings, Moment.BEFORE, draft.drug, None)
    for sign in VITAL_SIGNS:
        name, value = sign.name, getattr(signs, sign.name)
        limit = reading_limits.find_passed(known, name, value)
        if value is None and sign.is_pressure:
            yield ReviewLine(
                LineKind.MISSING,
                name,
                f"{sign.label}: not measured",
                eligibility_questions.BASELINE,
            )
        elif value is not None:
            kind = LineKind.FINE if limit is None else LineKind.CAUTION
            rest = "" if limit is None else f", {_side(limit)} {limit.value}{limit.words}"
            source = known[name][0].source if limit is None else limit.source
            yield ReviewLine(kind, name, f"{sign.label}: {value} {sign.unit}{rest}", source)
    yield from _of_size(draft, had_weight=had_weight)


def _side(limit: Limit) -> str:
    return "above" if limit.is_upper else "below"


def _of_size(draft: EligibilityDraft, *, had_weight: bool) -> Iterator[ReviewLine]:
    source, weight, height = eligibility_questions.BASELINE, draft.weight_kg, draft.height_cm
    if weight is None:
        yield ReviewLine(LineKind.MISSING, "weight_kg", "Weight: not measured", source)
    else:
        said = f"Weight: {weights.words(weight, draft.weight_unit)}"
        yield ReviewLine(LineKind.FINE, "weight_kg", said, source)
        in_pounds = draft.weight_unit is WeightUnit.LB
        if weight >= weights.POUNDS_FROM_KG and not (had_weight or in_pounds):
            asked = weights.pounds_question(weight)
            yield ReviewLine(LineKind.CAUTION, "weight_kg", asked, weights.POUNDS_SOURCE)
    if height is None:
        yield ReviewLine(LineKind.MISSING, "height_cm", "Height: not measured", source)
    else:
        yield ReviewLine(LineKind.FINE, "height_cm", f"Height: {height} cm", source)


def of_age(
    draft: EligibilityDraft, birth_date: date | None, labels: Labels
) -> Iterator[ReviewLine]:
    """Yield a line for somebody under age, and one that asks who consents."""
    said = under_age.words(birth_date, draft.assessed_on)
    if not said:
        return
    source, place = under_age.SOURCE.text(labels), "consent_by"
    yield ReviewLine(LineKind.CAUTION, place, f"{said} on the day of the assessment.", source)
    who = visible_text(draft.consent_by)
    if who:
        yield ReviewLine(LineKind.FINE, place, f"Consents for the patient: {who}", source)
    else:
        yield ReviewLine(LineKind.MISSING, place, "Who consents: not answered", source)


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
