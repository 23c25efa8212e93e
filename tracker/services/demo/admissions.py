"""Admit the patients of the demonstration's chairs: assessed, found eligible, a series planned."""

from datetime import date, timedelta
from decimal import Decimal

from tracker.domain.access import Actor
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy
from tracker.domain.codes import Drug, Indication, Phase, Route, Sex
from tracker.domain.demo.places import live_place
from tracker.domain.eligibility.draft import (
    ChildPugh,
    Decision,
    EarlierTreatment,
    EligibilityDraft,
    HistoryAnswer,
    Medicine,
    MedicineFlag,
    TreatmentKind,
    TrialOutcome,
)
from tracker.domain.eligibility.questions import questions_for
from tracker.domain.measures import VitalSigns
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.series.plan import SeriesDraft
from tracker.services.demo import health_lists as demo_health_lists
from tracker.services.demo import safety_checks as demo_safety_checks
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.patients import commands as patient_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries

PEOPLE = {
    Route.IV: (
        ("0901", "Grace", "Osei", Sex.FEMALE, date(1979, 5, 14)),
        ("0902", "Piotr", "Zielinski", Sex.MALE, date(1966, 11, 2)),
    ),
    Route.NASAL: (("0903", "Ines", "Carvalho", Sex.FEMALE, date(1990, 1, 23)),),
}
REASON = "Two antidepressants without response; what is missing will be asked at the first session."


def admit(route: Route, place: int, drug: Drug, starts_on: date, today: date, *, by: Actor) -> int:
    """Take up a patient who starts a series that day, and return its first session."""
    number, given, family, sex, born = PEOPLE[route][place]
    person = PatientDraft(
        record_number=number,
        given_name=given,
        family_name=family,
        birth_date=born,
        sex=sex,
        phone="+1 212 555 0190",
        indications=(Indication.DEPRESSION,),
    )
    patient_id = patient_commands.add(person, by=by)
    _assess(patient_id, drug, starts_on - timedelta(days=6), by=by)
    demo_safety_checks.record_baselines(patient_id, starts_on, by=by)
    demo_health_lists.enter(patient_id, number, starts_on, by=by)
    infused = route is Route.IV
    draft = SeriesDraft(
        indication=Indication.DEPRESSION,
        drug=drug,
        route=route,
        phase=Phase.INDUCTION,
        starts_on=starts_on,
        template="six-in-three-weeks" if infused else "esketamine-eight-weeks",
        **live_place(int(number), today),
        planned_dose_mg=None if infused else Decimal(56),
        planned_dose_mg_per_kg=Decimal("0.5") if infused else None,
    )
    series_id = series_commands.plan(patient_id, draft, by=by)
    return series_queries.find(series_id, by=by).sessions[0].session_id


def _assess(patient_id: int, drug: Drug, assessed_on: date, *, by: Actor) -> None:
    draft = EligibilityDraft(
        drug=drug,
        assessed_on=assessed_on,
        indications=(Indication.DEPRESSION,),
        diagnoses="Major depressive disorder, recurrent",
        symptoms="Low mood, no drive, wakes early",
        history={question.code: HistoryAnswer(YesNoUnknown.NO) for question in questions_for(drug)},
        mood_stabiliser=YesNoUnknown.NO,
        liver=ChildPugh.NONE,
        any_treatments=YesNoUnknown.YES,
        treatments=tuple(
            EarlierTreatment(
                name=name,
                kind=kind,
                dose=dose,
                weeks=weeks,
                adequate=YesNoUnknown.YES,
                outcome=TrialOutcome.NONE,
                in_episode=YesNoUnknown.YES,
                stopped_because="No effect",
            )
            for name, kind, dose, weeks in (
                ("Sertraline", TreatmentKind.SSRI, "200 mg", 10),
                ("Venlafaxine", TreatmentKind.SNRI, "225 mg", 12),
            )
        ),
        resistance=YesNoUnknown.YES,
        any_medicines=YesNoUnknown.YES,
        medicines=(Medicine(name="Venlafaxine", dose="225 mg", flags=(MedicineFlag.NONE,)),),
        pregnancy=Pregnancy.NOT_APPLICABLE,
        vital_signs=VitalSigns(systolic_mmhg=122, diastolic_mmhg=78, heart_rate_bpm=70),
        weight_kg=Decimal(73),
        height_cm=171,
    )
    eligibility_id = eligibility_commands.start(patient_id, draft, by=by)
    view = eligibility_commands.find(eligibility_id, by=by)
    eligibility_commands.decide(
        eligibility_id, Decision.ELIGIBLE, REASON, version=view.version, seen=view.lines_hash, by=by
    )
