"""The questions before treatment: what a yes means, for which drug, and who says so."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from tracker.domain.clinic import labels
from tracker.domain.codes import Drug, Indication, Word
from tracker.domain.eligibility.draft import MedicineFlag

CLINIC_DEFAULT = "clinic default; no published list"
SPRAVATO = f"{labels.SPRAVATO}, contraindications"
SPRAVATO_CARE = f"{labels.SPRAVATO}, warnings and precautions"
KETAMINE = f"{labels.KETAMINE}, contraindications"
KETAMINE_LABEL = labels.KETAMINE
BY_ANALOGY = f"clinic default, after the {labels.SPRAVATO}, which speaks of esketamine"
BOTH_LABELS = f"{labels.SPRAVATO} and {labels.KETAMINE}"
INTAKE = "Osmind, guide to the documentation of an intake (practice advice)"
DRAFT_STANDARD = "KATA Canada, summary of the draft standard of the CPSBC"
PAIN = "Cohen 2018, Reg Anesth Pain Med 43:521, doi:10.1097/AAP.0000000000000808 (chronic pain)"
LIVER = "Spravato monograph (MPR): severe not recommended, moderate watched longer"
LIVER_KETAMINE = "Ketalar US label warns of liver injury; classes after the Spravato monograph"
RESISTANCE = (
    "PMC11193313 (2024): no response to 2 or more antidepressants, adequate in dose and duration, "
    "in the current episode"
)
RESISTANT_AT = 2  # antidepressants, see RESISTANCE
SUICIDE = "clinic default: PHQ-9 question 9 or C-SSRS before treatment"
BASELINE = "clinic default: PHQ-9, GAD-7, PCL-5 or PEG by condition; weight, height, blood pressure"


class Weight(StrEnum):
    """How much a yes weighs."""

    AGAINST = "against"  # contraindicated, or said to be avoided
    CAUTION = "caution"
    OPTIONAL = "optional"  # an examination that some ask for


class Group(Word):
    """Where on the page a question stands."""

    AGAINST = "against", "What the labels name as contraindications"
    CAUTION = "caution", "What calls for caution"
    PAIN = "pain", "Only for chronic pain"
    WORK_UP = "work-up", "Work-up (optional)"


class Question(Struct, frozen=True, kw_only=True):
    """One question with the meaning of a yes. It is asked for the drugs that have a source.

    `indication` is the only one that it is reviewed for; None for all.
    """

    code: str
    label: str
    means: str
    group: Group
    weight: Weight
    sources: Mapping[Drug, str]
    hint: str = ""
    indication: Indication | None = None


def _both(esketamine: str, ketamine: str = "") -> Mapping[Drug, str]:
    return {Drug.ESKETAMINE: esketamine, Drug.KETAMINE: ketamine or esketamine}


def _against(code: str, label: str, sources: Mapping[Drug, str], hint: str = "") -> Question:
    return Question(
        code=code,
        label=label,
        means="Contraindicated.",
        group=Group.AGAINST,
        weight=Weight.AGAINST,
        sources=sources,
        hint=hint,
    )


def _caution(
    code: str, label: str, means: str, sources: Mapping[Drug, str], hint: str = ""
) -> Question:
    return Question(
        code=code,
        label=label,
        means=means,
        group=Group.CAUTION,
        weight=Weight.CAUTION,
        sources=sources,
        hint=hint,
    )


def _pain(code: str, label: str, means: str, weight: Weight) -> Question:
    return Question(
        code=code,
        label=label,
        means=means,
        group=Group.PAIN,
        weight=weight,
        sources=_both(PAIN),
        indication=Indication.CHRONIC_PAIN,
    )


def _work_up(code: str, label: str) -> Question:
    return Question(
        code=code,
        label=label,
        means="",
        group=Group.WORK_UP,
        weight=Weight.OPTIONAL,
        sources=_both(DRAFT_STANDARD),
        hint="Day and result",
    )


_CARE = "Benefit and risk are weighed."
_LABEL = _both(SPRAVATO_CARE, BY_ANALOGY)

QUESTIONS = (
    _against(
        "aneurysm",
        "Aneurysmal vascular disease",
        {Drug.ESKETAMINE: SPRAVATO},
        "Of the aorta, the brain, the limbs or elsewhere",
    ),
    _against("malformation", "Arteriovenous malformation", {Drug.ESKETAMINE: SPRAVATO}),
    _against("bleeding", "Intracerebral bleeding, ever", {Drug.ESKETAMINE: SPRAVATO}),
    _against(
        "pressure",
        "A marked rise of blood pressure would be a serious hazard",
        {Drug.KETAMINE: KETAMINE},
    ),
    _against("allergy", "Allergy to esketamine or ketamine", _both(SPRAVATO, KETAMINE)),
    _caution("psychosis", "Psychosis, now or before", _CARE, _LABEL),
    _caution(
        "substances",
        "Substance use disorder, now or before",
        "Abuse and misuse are watched for.",
        _LABEL,
        "Alcohol, opioids, stimulants, ketamine itself: what, how much, since when",
    ),
    _caution(
        "cardiovascular",
        "High blood pressure or cardiovascular disease",
        "Blood pressure rises after a dose.",
        _LABEL,
    ),
    _caution(
        "encephalopathy",
        "Hypertensive encephalopathy, ever",
        "Even a small rise of blood pressure can bring it back; watched more closely.",
        _LABEL,
    ),
    _caution(
        "urinary",
        "Cystitis or other urinary symptoms",
        "Long use can inflame the bladder; symptoms are watched.",
        _LABEL,
    ),
    _caution(
        "cognitive",
        "Cognitive impairment",
        "Attention and memory can be impaired by treatment.",
        _LABEL,
    ),
    _caution("breast-feeding", "Breast-feeding", "Not recommended meanwhile.", _LABEL),
    _caution(
        "bipolar",
        "Bipolar disorder",
        "On a mood stabiliser before ketamine.",
        _both(INTAKE),
    ),
    _caution(
        "sleep-apnoea",
        "Sleep apnoea",
        "The work-up screens for it.",
        _both(DRAFT_STANDARD),
    ),
    _caution(
        "antidepressant-change",
        "Antidepressant started, stopped or changed in recent weeks",
        "The change can confound the result for weeks.",
        _both(INTAKE),
        "Which, when, from what dose to what dose",
    ),
    _pain(
        "pain-cardiovascular",
        "Poorly controlled cardiovascular disease",
        "To be avoided.",
        Weight.AGAINST,
    ),
    _pain("pain-psychosis", "Poorly controlled psychosis", "To be avoided.", Weight.AGAINST),
    _pain(
        "pain-substances",
        "Active substance abuse",
        "No serial infusions.",
        Weight.AGAINST,
    ),
    _pain(
        "pain-pressure",
        "Raised pressure in the skull or the eye",
        "Treatment can raise it further.",
        Weight.CAUTION,
    ),
    _work_up("ecg", "ECG done"),
    _work_up("kidneys", "Kidney function tested"),
    _work_up("liver-test", "Liver function tested"),
    _work_up("stop-bang", "Screened for sleep apnoea (STOP-BANG)"),
)
BY_CODE = {question.code: question for question in QUESTIONS}

# What a class of medicines does together with the drug, and who says so.
INTERACTIONS: Mapping[MedicineFlag, tuple[str, str]] = {
    MedicineFlag.DEPRESSANT: ("Sedation can be deeper.", BOTH_LABELS),
    MedicineFlag.OPIOID: ("Sedation can be deeper, breathing shallower.", BOTH_LABELS),
    MedicineFlag.STIMULANT: ("Blood pressure can rise further.", labels.SPRAVATO),
    MedicineFlag.MAOI: ("Blood pressure can rise further.", labels.SPRAVATO),
    MedicineFlag.THEOPHYLLINE: ("The seizure threshold can fall.", KETAMINE_LABEL),
    MedicineFlag.SYMPATHOMIMETIC: (
        "Its effect on heart rate and blood pressure can be stronger.",
        KETAMINE_LABEL,
    ),
    MedicineFlag.VASOPRESSIN: (
        "Its effect on heart rate and blood pressure can be stronger.",
        KETAMINE_LABEL,
    ),
}


def questions_for(drug: Drug | None) -> tuple[Question, ...]:
    """List the questions that are asked for a drug."""
    return tuple(question for question in QUESTIONS if drug in question.sources)
