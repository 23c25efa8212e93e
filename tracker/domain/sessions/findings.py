"""What is unusual about a session: findings that ask for a comment and never block."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from msgspec.structs import replace

from tracker.domain import age, measures, weights
from tracker.domain.clinic import dose_slips, doses, first_dose, reading_limits, under_age
from tracker.domain.clinic.dose_slips import FURTHEST, ExpectedDose
from tracker.domain.clinic.first_dose import DoseHistory
from tracker.domain.clinic.labels import KETAMINE, REMS, SPRAVATO_EU, Labels, LabelSource
from tracker.domain.clinic.reading_limits import Moment
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Indication, Route, WeightUnit
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.problems import Finding, InvalidError, Problem
from tracker.domain.sessions import other_sessions
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.other_sessions import OtherSession

# Changes since the last session that look like a slip of unit (1 kg is 2.2 lb) or of the point.
WEIGHT_FACTORS = (Decimal("0.85"), Decimal("1.15"))
DOSE_FACTORS = (Decimal("0.5"), Decimal(2))
# How near the dose that a weight in pounds would make has to be to the planned one.
NEAR_PLAN = Decimal("0.1")
RESOLVED = LabelSource(
    us=f"{REMS}: dissociation resolved before the patient leaves",
    eu=f"{SPRAVATO_EU} 4.2: watched until clinically stable and ready to leave",
)
RECOVERED = LabelSource(
    us=f"{KETAMINE}: not released until recovery is complete",
    eu="ketamine label: not released until recovery is complete",
)


class SessionContext(Struct, frozen=True, kw_only=True):
    """What the record says besides a session itself; what is not known is None.

    `had_esketamine` says whether nasal esketamine was given before, `had_weight` whether a session
    before has a weight. `planned_for` is the drug and route that the planned dose is of. `others`
    are the sessions of the patient around it, `archived_on` is when they were put away while this
    one is yet to be recorded. The labels that apply are those of `settings`.
    """

    last: SessionDraft | None = None
    indication: Indication | None = None
    template: str = ""
    planned_mg: Decimal | None = None
    planned_for: tuple[Drug, Route] | None = None
    planned_mg_per_kg: Decimal | None = None
    had_esketamine: bool | None = None
    had_weight: bool = False
    birth_date: date | None = None
    day: date | None = None
    planned_on: date | None = None
    starts_on: date | None = None
    archived_on: date | None = None
    others: tuple[OtherSession, ...] = ()
    zone: ZoneInfo = ZoneInfo("UTC")
    settings: TreatmentSettings = field(default_factory=TreatmentSettings)

    @property
    def labels(self) -> Labels:
        """The labels that apply in the clinic."""
        return self.settings.labels

    @property
    def history(self) -> DoseHistory:
        """What a first dose is judged by."""
        return DoseHistory(
            labels=self.labels,
            had_esketamine=self.had_esketamine,
            age_years=age.years_if_known(self.birth_date, self.day),
            indication=self.indication,
            template=self.template,
        )


ALONE = SessionContext()


class UncommentedError(InvalidError):
    """A draft is unusual and nobody has said why; carries the findings that want a comment."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Ask for the comment and keep the findings to be shown beside their fields."""
        self.findings = tuple(findings)
        unusual = " ".join(finding.message for finding in self.findings)
        super().__init__([Problem("comment", f"Unusual, so say why: {unusual}")])


def review(draft: SessionDraft, about: SessionContext = ALONE) -> list[Finding]:
    """List everything unusual about a session that has no problems."""
    return [
        *_review_age(about),
        *review_dose(draft, about),
        *_review_place(draft, about),
        *_review_readings(draft, about),
        *_review_leaving(draft, about),
    ]


def review_dose(draft: SessionDraft, about: SessionContext = ALONE) -> list[Finding]:
    """List what is unusual about the dose and the weight, alone and as a change."""
    weight = list(_review_first_weight(draft, about))
    slips = list(_review_slip(draft, about))
    if weight and draft.weight_kg and not _is_slip_in_pounds(draft, draft.weight_kg, about):
        slips = []  # a weight in pounds explains a dose that does not fit it in kilograms
    return [
        *slips,
        *_review_amount(draft, about, is_asked=bool(slips)),
        *weight,
        # That it is also far from the last one says no more.
        *(one for one in _review_change(draft, about.last) if not slips or one.field != "dose_mg"),
    ]


def planned_mg(draft: SessionDraft, about: SessionContext) -> Decimal | None:
    """Say what is planned in mg, by the weight of the session; None where it cannot be said."""
    if about.planned_mg is not None or about.planned_mg_per_kg is None or not draft.weight_kg:
        return about.planned_mg
    return measures.mg_from_mg_per_kg(about.planned_mg_per_kg, draft.weight_kg)


def _review_slip(draft: SessionDraft, about: SessionContext) -> Iterator[Finding]:
    """Ask about a dose that is far from what is planned, where that is of this drug and route."""
    if about.planned_for not in (None, (draft.drug, draft.route)):
        return
    expected = ExpectedDose(amount=planned_mg(draft, about), per_kg=about.planned_mg_per_kg)
    yield from dose_slips.review(draft.dose_mg, expected)


def _is_slip_in_pounds(draft: SessionDraft, weight: Decimal, about: SessionContext) -> bool:
    in_kg = replace(draft, weight_kg=weights.kg_from_lb(weight))
    return any(_review_slip(in_kg, about))


def slips(draft: SessionDraft, about: SessionContext) -> list[Finding]:
    """List what looks like a slip in a dose that comes with a file, where nobody looks at a page.

    It is held against the plan; without one, against the last dose or else the usual range.
    """
    if found := list(_review_slip(draft, about)):
        return found
    if draft.dose_mg is None or draft.drug is None or draft.route is None:
        return []
    last = about.last
    if last is not None and (last.drug, last.route) == (draft.drug, draft.route):
        found = [
            *dose_slips.review(draft.dose_mg, ExpectedDose(amount=last.dose_mg, beside="last"))
        ]
    usual = doses.usual_range(
        draft.drug, draft.route, about.indication, labels=about.labels, is_timed=False
    )
    if not found and doses.is_far_outside(usual, draft.dose_mg, draft.weight_kg, FURTHEST):
        remarks = _review_amount(draft, about, is_asked=False)
        found = [one for one in remarks if one.field == "dose_mg"][:1]
    return found


def _review_age(about: SessionContext) -> Iterator[Finding]:
    if said := under_age.words(about.birth_date, about.day):
        yield Finding(
            "started_at", f"{said} on the day of this session.", under_age.SOURCE.text(about.labels)
        )


def _review_amount(
    draft: SessionDraft, about: SessionContext, *, is_asked: bool
) -> Iterator[Finding]:
    if draft.dose_mg is None or draft.drug is None or draft.route is None:
        return
    if is_asked:
        yield from doses.besides_range(draft.drug, draft.route, draft.dose_mg, labels=about.labels)
    else:
        yield from doses.remarks(
            draft.drug,
            draft.route,
            about.indication,
            labels=about.labels,
            dose_mg=draft.dose_mg,
            weight_kg=draft.weight_kg,
            minutes=draft.duration_minutes,
        )
    yield from first_dose.review(draft.drug, draft.route, draft.dose_mg, about.history)


def _review_first_weight(draft: SessionDraft, about: SessionContext) -> Iterator[Finding]:
    """Ask whether a first weight in kilograms is one in pounds."""
    weight = draft.weight_kg
    last = about.last.weight_kg if about.last else None
    if weight is None or about.had_weight or last is not None or draft.weight_unit is WeightUnit.LB:
        return
    in_kg = weights.kg_from_lb(weight)
    if weight >= weights.POUNDS_FROM_KG or _fits_as_pounds(draft, in_kg, about.planned_mg_per_kg):
        yield Finding("weight_kg", weights.pounds_question(weight), weights.POUNDS_SOURCE)


def _fits_as_pounds(draft: SessionDraft, in_kg: Decimal, planned: Decimal | None) -> bool:
    """Say whether the dose is what the plan makes of the weight in pounds, and not in kilograms."""
    if planned is None or not draft.dose_mg or not draft.weight_kg:
        return False
    as_pounds, as_kg = planned * in_kg, planned * draft.weight_kg
    return (
        abs(draft.dose_mg - as_pounds) <= as_pounds * NEAR_PLAN
        and abs(draft.dose_mg - as_kg) > as_kg * NEAR_PLAN
    )


def _review_place(draft: SessionDraft, about: SessionContext) -> Iterator[Finding]:
    """Look at where a session stands: in its plan, and among the others of its patient."""
    yield from other_sessions.archive_finding(about.archived_on)
    if draft.started_at is None:
        return
    if about.starts_on is not None:
        yield from other_sessions.beside_plan(about.day, about.planned_on, about.starts_on)
    end = draft.discharged_at
    if end is None and draft.duration_minutes is not None:
        end = draft.started_at + timedelta(minutes=draft.duration_minutes)
    yield from other_sessions.of_record(draft.started_at, end, about.others, about.zone)


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


def _review_readings(draft: SessionDraft, about: SessionContext) -> Iterator[Finding]:
    for moment, signs in ((Moment.BEFORE, draft.before), (Moment.AFTER, draft.after)):
        if not signs:
            continue
        known = reading_limits.limits(about.settings, moment, draft.drug, draft.route)
        for found in reading_limits.outside(signs, known, f" {moment.label} was"):
            yield replace(found, field=f"{moment.value}_{found.field}", message=f"{found.message}.")


def _review_leaving(draft: SessionDraft, about: SessionContext) -> Iterator[Finding]:
    if draft.dissociation_resolved is False and draft.discharged_at is not None:
        by_device = is_nasal_esketamine(draft.drug, draft.route)
        yield Finding(
            "dissociation_resolved",
            "The patient left before dissociation had resolved.",
            (RESOLVED if by_device else RECOVERED).text(about.labels),
        )
