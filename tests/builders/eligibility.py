"""Assessments that are fine in everything, and what it takes to sign one."""

from datetime import UTC, date, datetime
from decimal import Decimal

from tracker.domain.access import Actor
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy
from tracker.domain.codes import Drug, Indication
from tracker.domain.eligibility import questions as eligibility_questions
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
from tracker.domain.measures import VitalSigns
from tracker.services.eligibility import commands as eligibility_commands

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)  # of that day in New York


def failed(name: str, kind: TreatmentKind = TreatmentKind.SSRI) -> EarlierTreatment:
    """Name an adequate trial of this episode that brought nothing."""
    return EarlierTreatment(
        name=name, kind=kind, dose="200 mg", weeks=8, adequate=YesNoUnknown.YES,
        outcome=TrialOutcome.NONE, in_episode=YesNoUnknown.YES, stopped_because="no effect",
    )  # fmt: skip


def fine(drug: Drug) -> EligibilityDraft:
    """Answer every question so that nothing is left to note."""
    work_up = {"ecg", "kidneys", "liver-test", "stop-bang"}
    return EligibilityDraft(
        drug=drug,
        assessed_on=DAY,
        indications=(Indication.DEPRESSION,),
        diagnoses="Recurrent depression, F33.2",
        symptoms="Low mood, no drive",
        history={
            one.code: HistoryAnswer(
                YesNoUnknown.YES if one.code in work_up else YesNoUnknown.NO,
                "in February, normal" if one.code in work_up else "",
            )
            for one in eligibility_questions.questions_for(drug)
        },
        liver=ChildPugh.NONE,
        any_treatments=YesNoUnknown.YES,
        treatments=(failed("Sertraline"), failed("Venlafaxine", TreatmentKind.SNRI)),
        resistance=YesNoUnknown.YES,
        any_medicines=YesNoUnknown.YES,
        medicines=(Medicine(name="Mirtazapine", dose="30 mg", flags=(MedicineFlag.NONE,)),),
        pregnancy=Pregnancy.TEST_NEGATIVE,
        tested_on=DAY,
        vital_signs=VitalSigns(systolic_mmhg=120, diastolic_mmhg=78, heart_rate_bpm=66),
        weight_kg=Decimal("71.5"),
        height_cm=172,
    )


FINE_ESKETAMINE, FINE_KETAMINE = fine(Drug.ESKETAMINE), fine(Drug.KETAMINE)


def decided(
    by: Actor,
    patient_id: int,
    decision: Decision = Decision.ELIGIBLE,
    draft: EligibilityDraft = FINE_KETAMINE,
) -> int:
    """Store an assessment, sign it with a reason, and return its id."""
    made = eligibility_commands.start(patient_id, draft, by=by)
    view = eligibility_commands.find(made, by=by)
    return eligibility_commands.decide(
        made, decision, "as discussed", version=view.version, seen=view.lines_hash, by=by
    )
