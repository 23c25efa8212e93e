"""What is unusual about a session: findings that ask for a comment and never block."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from tracker.domain.codes import Drug, Route
from tracker.domain.drugs import DEVICE_MG, DEVICE_SOURCE, NASAL_ESKETAMINE, is_nasal_esketamine
from tracker.domain.measures import (
    CLINIC_DEFAULT,
    DIASTOLIC,
    HEART_RATE,
    RESPIRATORY_RATE,
    SPO2,
    SYSTOLIC,
)
from tracker.domain.problems import Finding, InvalidError, Problem
from tracker.domain.sessions.draft import SessionDraft

LABEL_140_90 = "Spravato US label: 140/90 before a dose"
HULL = "Hull, J Affect Disord 2022 and others: 50-400 mg reported"


@dataclass(frozen=True, slots=True)
class DoseRange:
    """A usual range for one route, in mg/kg or in mg, with its source."""

    lowest: Decimal
    highest: Decimal
    unit: str
    source: str


# Ranges reported in the literature, used to catch slips of entry; they are not advice.
DOSE_RANGES = {
    (Drug.KETAMINE, Route.IV): DoseRange(
        Decimal("0.1"), Decimal("1.0"), "mg/kg",
        "Andrade, J Clin Psychiatry 2017: 0.1-0.75 mg/kg reported; to 1.0 mg/kg by clinic default",
    ),
    (Drug.KETAMINE, Route.IM): DoseRange(
        Decimal("0.25"), Decimal("1.5"), "mg/kg", CLINIC_DEFAULT
    ),
    (Drug.KETAMINE, Route.SC): DoseRange(
        Decimal("0.1"), Decimal("1.0"), "mg/kg", CLINIC_DEFAULT
    ),
    (Drug.KETAMINE, Route.NASAL): DoseRange(
        Decimal("10"), Decimal("150"), "mg", CLINIC_DEFAULT
    ),
    (Drug.KETAMINE, Route.ORAL): DoseRange(
        Decimal("50"), Decimal("400"), "mg", HULL
    ),
    (Drug.KETAMINE, Route.SUBLINGUAL): DoseRange(
        Decimal("50"), Decimal("400"), "mg", HULL
    ),
    NASAL_ESKETAMINE: DoseRange(
        Decimal(DEVICE_MG), Decimal("84"), "mg", "Spravato US label: 56 or 84 mg; 28 mg per device"
    ),
    (Drug.ESKETAMINE, Route.IV): DoseRange(
        Decimal("0.1"), Decimal("0.75"), "mg/kg", CLINIC_DEFAULT
    ),
}  # fmt: skip

# A sign, and what is usual of it: (warn below, warn above, source).
USUAL_READINGS = (
    (SYSTOLIC, 90, 140, LABEL_140_90),
    (DIASTOLIC, 50, 90, LABEL_140_90),
    (HEART_RATE, 50, 120, CLINIC_DEFAULT),
    (SPO2, 93, 100, CLINIC_DEFAULT),
    (RESPIRATORY_RATE, 10, 30, "SCIRP 3-1750111"),
)


# Weights of adults that a dose is judged by while the weight is unknown.
ADULT_WEIGHTS_KG = (Decimal(40), Decimal(150))
# Changes since the last session that look like a slip of unit (1 kg is 2.2 lb) or of the point.
WEIGHT_FACTORS = (Decimal("0.85"), Decimal("1.15"))
DOSE_FACTORS = (Decimal("0.5"), Decimal(2))


class UncommentedError(InvalidError):
    """A draft is unusual and nobody has said why; carries the findings that want a comment."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Ask for the comment and keep the findings to be shown beside their fields."""
        self.findings = tuple(findings)
        unusual = " ".join(finding.message for finding in self.findings)
        super().__init__([Problem("comment", f"Unusual, so say why: {unusual}")])


DOUBLE_ENTRY = Finding(
    "started_at",
    "Another session of this patient is recorded within an hour of this one.",
    "the patient's own record",
)


def review(draft: SessionDraft, *, last: SessionDraft | None = None) -> list[Finding]:
    """List everything unusual about a session that has no problems.

    `last` is the session before it, for what is only unusual as a change.
    """
    return [
        *_review_dose(draft),
        *_review_change(draft, last),
        *_review_readings(draft),
        *_review_leaving(draft),
    ]


def _review_dose(draft: SessionDraft) -> Iterator[Finding]:
    if draft.dose_mg is None or draft.drug is None or draft.route is None:
        return
    usual = DOSE_RANGES.get((draft.drug, draft.route))
    if usual is None:
        yield Finding(
            "dose_mg",
            f"{draft.drug.label} by this route ({draft.route.label}) is not usual.",
            CLINIC_DEFAULT,
        )
    else:
        yield from _review_amount(draft, draft.dose_mg, draft.route, usual)
    if is_nasal_esketamine(draft.drug, draft.route) and draft.dose_mg % DEVICE_MG:
        said = f"{draft.dose_mg} mg is not a whole number of {DEVICE_MG} mg devices."
        yield Finding("dose_mg", said, DEVICE_SOURCE)


def _review_amount(
    draft: SessionDraft, dose_mg: Decimal, route: Route, usual: DoseRange
) -> Iterator[Finding]:
    lowest, highest, unit = usual.lowest, usual.highest, usual.unit
    amount, remark = dose_mg, ""
    if unit == "mg/kg" and draft.dose_mg_per_kg is not None:
        amount = draft.dose_mg_per_kg
    elif unit == "mg/kg":
        light, heavy = ADULT_WEIGHTS_KG
        lowest, highest, unit = lowest * light, highest * heavy, "mg"
        remark = f" at any weight from {light} to {heavy} kg"
    if not lowest <= amount <= highest:
        yield Finding(
            "dose_mg",
            f"{amount:f} {unit} is outside the usual {lowest:f} to {highest:f} {unit} "
            f"for {route.label}{remark}.",
            usual.source,
        )


def _review_change(draft: SessionDraft, last: SessionDraft | None) -> Iterator[Finding]:
    if last is None:
        return
    same = (draft.drug, draft.route) == (last.drug, last.route)
    for name, unit, then, now, low, high in (
        ("weight_kg", "kg", last.weight_kg, draft.weight_kg, *WEIGHT_FACTORS),
        ("dose_mg", "mg", last.dose_mg if same else None, draft.dose_mg, *DOSE_FACTORS),
    ):
        if then and now and not then * low <= now <= then * high:
            yield Finding(
                name, f"{now:f} {unit}, and {then:f} {unit} at the last session.", CLINIC_DEFAULT
            )


def _review_readings(draft: SessionDraft) -> Iterator[Finding]:
    for prefix, signs, when in (
        ("before_", draft.before, "before"),
        ("after_", draft.after, "after"),
    ):
        for sign, low, high, source in USUAL_READINGS:
            value = getattr(signs, sign.name)
            if value is not None and not low <= value <= high:
                yield Finding(
                    f"{prefix}{sign.name}",
                    f"{sign.label} {when} was {value} {sign.unit}, outside {low} to {high}.",
                    source,
                )


def _review_leaving(draft: SessionDraft) -> Iterator[Finding]:
    if draft.dissociation_resolved is False and draft.discharged_at is not None:
        yield Finding(
            "dissociation_resolved",
            "The patient left before dissociation had resolved.",
            "Spravato REMS: dissociation resolved before the patient leaves",
        )
