"""An assessment before treatment: what was asked and answered, and what of it cannot be."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from tracker.domain import measures
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy
from tracker.domain.codes import Drug, Indication, WeightUnit, Word
from tracker.domain.health_lists.standing import HealthLists
from tracker.domain.measures import WEIGHT_KG_MAX, VitalSigns
from tracker.domain.parsing import LINE_MAX, TEXT_MAX, check_length, is_blank
from tracker.domain.problems import Problem

YEAR_FIRST = 1970  # ketamine was approved that year (US NDA 016812)
ROWS_MAX = 60  # earlier treatments, or medicines
WEEKS_MAX = 3_000
HEIGHT_CM = range(40, 273)  # 272 cm is the tallest person known


class Decision(Word):
    """What a clinician decided."""

    ELIGIBLE = "eligible", "Eligible"
    NOT_YET = "not-yet", "Not yet"
    NOT_ELIGIBLE = "not-eligible", "Not eligible"


class ChildPugh(Word):
    """How far a disease of the liver has gone."""

    NONE = "none", "No liver disease"
    A = "a", "Child-Pugh A (mild)"
    B = "b", "Child-Pugh B (moderate)"
    C = "c", "Child-Pugh C (severe)"
    UNKNOWN = "unknown", "Unknown"


class TreatmentKind(Word):
    """What sort of treatment was tried before."""

    SSRI = "ssri", "SSRI"
    SNRI = "snri", "SNRI"
    TRICYCLIC = "tricyclic", "Tricyclic"
    MAOI = "maoi", "MAOI"
    OTHER_ANTIDEPRESSANT = "other-antidepressant", "Other antidepressant"
    AUGMENTATION = "augmentation", "Augmentation (lithium, antipsychotic, other)"
    ANXIOLYTIC = "anxiolytic", "Anxiolytic or hypnotic"
    ANALGESIC = "analgesic", "Analgesic"
    ANTICONVULSANT = "anticonvulsant", "Anticonvulsant"
    PSYCHOTHERAPY = "psychotherapy", "Psychotherapy"
    ECT = "ect", "Electroconvulsive therapy"
    STIMULATION = "stimulation", "Magnetic or other stimulation"
    KETAMINE = "ketamine", "Ketamine or esketamine"
    OTHER = "other", "Other"


ANTIDEPRESSANTS = frozenset(
    {
        TreatmentKind.SSRI,
        TreatmentKind.SNRI,
        TreatmentKind.TRICYCLIC,
        TreatmentKind.MAOI,
        TreatmentKind.OTHER_ANTIDEPRESSANT,
    }
)


class TrialOutcome(Word):
    """What an earlier treatment did."""

    NONE = "none", "No response"
    PARTIAL = "partial", "Partial, short of a response"
    RESPONSE = "response", "Response"
    NOT_JUDGED = "not-judged", "Stopped before it could be judged"
    UNKNOWN = "unknown", "Unknown"


class MedicineFlag(Word):
    """A class of medicines that acts together with ketamine or esketamine."""

    DEPRESSANT = "depressant", "Sedative or other CNS depressant"
    OPIOID = "opioid", "Opioid"
    STIMULANT = "stimulant", "Psychostimulant"
    MAOI = "maoi", "MAOI"
    THEOPHYLLINE = "theophylline", "Theophylline or aminophylline"
    SYMPATHOMIMETIC = "sympathomimetic", "Sympathomimetic"
    VASOPRESSIN = "vasopressin", "Vasopressin"
    NONE = "none", "None of these"
    UNKNOWN = "unknown", "Unknown"


class HistoryAnswer(Struct, frozen=True):
    """The answer to one question of the lists; `said` is None while it was not answered."""

    said: YesNoUnknown | None = None
    words: str = ""


class EarlierTreatment(Struct, frozen=True, kw_only=True):
    """Something tried before, and what came of it. `adequate` is of dose and duration."""

    name: str
    kind: TreatmentKind | None = None
    dose: str = ""
    weeks: int | None = None
    adequate: YesNoUnknown | None = None
    outcome: TrialOutcome | None = None
    in_episode: YesNoUnknown | None = None
    stopped_because: str = ""


class Medicine(Struct, frozen=True, kw_only=True):
    """A medicine taken now, and the classes that it belongs to; none while nobody judged it."""

    name: str
    dose: str = ""
    flags: tuple[MedicineFlag, ...] = ()


class EligibilityDraft(Struct, frozen=True, kw_only=True):
    """What was asked before treatment with a drug. Missing is None or '', and unknown is not no.

    `history` is by the code of its question (domain.eligibility_questions). `resistance` is the
    clinician's own judgement; nothing here is worked out from the earlier treatments.
    `consent_by` is who consents for a patient under age.
    """

    drug: Drug | None
    assessed_on: date | None
    indications: tuple[Indication, ...] = ()
    diagnoses: str = ""
    symptoms: str = ""
    history: Mapping[str, HistoryAnswer] = field(default_factory=dict)
    mood_stabiliser: YesNoUnknown | None = None
    liver: ChildPugh | None = None
    any_treatments: YesNoUnknown | None = None
    treatments: tuple[EarlierTreatment, ...] = ()
    resistance: YesNoUnknown | None = None
    any_medicines: YesNoUnknown | None = None
    medicines: tuple[Medicine, ...] = ()
    pregnancy: Pregnancy | None = None
    tested_on: date | None = None
    vital_signs: VitalSigns = field(default_factory=VitalSigns)
    weight_kg: Decimal | None = None
    weight_unit: WeightUnit | None = None
    height_cm: int | None = None
    consent_by: str = ""
    notes: str = ""

    def answer(self, code: str) -> HistoryAnswer:
        """Look the answer to a question up; one without an answer where it was not answered."""
        return self.history.get(code, HistoryAnswer())


def answer_field(code: str) -> str:
    """Name the field that a question is answered in."""
    return f"said_{code.replace('-', '_')}"


def words_field(code: str) -> str:
    """Name the field for what is to be said about an answer."""
    return f"words_{code.replace('-', '_')}"


def take_medicines(draft: EligibilityDraft, lists: HealthLists) -> EligibilityDraft:
    """Fill in the patient's own list of medicines, with what was judged of each before."""
    if lists.medicines is None:
        return draft
    judged = {one.name.casefold(): one.flags for one in draft.medicines}
    return replace(
        draft,
        any_medicines=YesNoUnknown.YES if lists.medicines else YesNoUnknown.NO,
        medicines=tuple(
            Medicine(name=one.name, dose=one.detail, flags=judged.get(one.name.casefold(), ()))
            for one in lists.medicines[:ROWS_MAX]
        ),
    )


def add_listed(draft: EligibilityDraft, lists: HealthLists) -> EligibilityDraft:
    """Add what the patient's list has besides; what somebody wrote into the form stays."""
    if lists.medicines is None:
        return draft
    there = {one.name.strip().casefold() for one in draft.medicines}
    listed = take_medicines(draft, lists).medicines
    added = [one for one in listed if one.name.casefold() not in there]
    medicines = (*draft.medicines, *added)[:ROWS_MAX]
    some = YesNoUnknown.YES if medicines else YesNoUnknown.NO
    return replace(draft, any_medicines=some, medicines=medicines)


def check(draft: EligibilityDraft, *, today: date) -> list[Problem]:
    """List everything that cannot be, field by field; what is missing may stay so."""
    return [
        *_check_days(draft, today),
        *_check_body(draft),
        *_check_texts(draft),
        *_check_treatments(draft),
        *_check_medicines(draft),
    ]


def carry_over(
    draft: EligibilityDraft, *, drug: Drug | None, assessed_on: date
) -> EligibilityDraft:
    """Start a new assessment from an older one; what belongs to its day is asked anew.

    That is how somebody feels, what was measured, pregnancy, what changed lately and what the
    clinician judged.
    """
    lasting = {code: answer for code, answer in draft.history.items() if code not in OF_THE_DAY}
    return replace(
        draft,
        drug=drug,
        assessed_on=assessed_on,
        symptoms="",
        history=lasting,
        resistance=None,
        pregnancy=None,
        tested_on=None,
        vital_signs=VitalSigns(),
        weight_kg=None,
        weight_unit=None,
        notes="",
    )


# Questions whose answer says nothing a few weeks later.
OF_THE_DAY = frozenset({"breast-feeding", "antidepressant-change", "pain-substances"})


def _check_days(draft: EligibilityDraft, today: date) -> Iterator[Problem]:
    if draft.drug is None:
        yield Problem("drug", "Choose the drug.")
    if draft.assessed_on is None:
        yield Problem("assessed_on", "Give the day of the assessment.")
    elif draft.assessed_on.year < YEAR_FIRST or draft.assessed_on > today:
        yield Problem("assessed_on", f"Give a day from {YEAR_FIRST} to today.")
    elif draft.tested_on is not None and draft.tested_on > draft.assessed_on:
        yield Problem("tested_on", "The test is dated after the assessment. Is the year right?")


def _check_body(draft: EligibilityDraft) -> Iterator[Problem]:
    weight, height = draft.weight_kg, draft.height_cm
    wanted = "Give the weight from 1 to 635 kg, which is 2 to 1400 lb."
    yield from measures.check_amount("weight_kg", weight, WEIGHT_KG_MAX, wanted, lowest=1)
    if height is not None and height not in HEIGHT_CM:
        yield Problem("height_cm", "Give the height in centimetres, from 40 to 272.")
    yield from measures.check_vital_signs(draft.vital_signs, "")


def _check_texts(draft: EligibilityDraft) -> Iterator[Problem]:
    for name in ("diagnoses", "symptoms", "notes"):
        yield from check_length(name, getattr(draft, name), TEXT_MAX)
    yield from check_length("consent_by", draft.consent_by, LINE_MAX)
    for code, answer in draft.history.items():
        yield from check_length(words_field(code), answer.words, LINE_MAX)


def _check_treatments(draft: EligibilityDraft) -> Iterator[Problem]:
    yield from _check_rows("treatments", draft.any_treatments, len(draft.treatments))
    for number, row in enumerate(draft.treatments):
        here = f"treatments-{number}-"
        if is_blank(row.name):
            yield Problem(f"{here}name", "Give the name of the treatment.")
        for name in ("name", "dose", "stopped_because"):
            yield from check_length(f"{here}{name}", getattr(row, name), LINE_MAX)
        if row.weeks is not None and not 0 <= row.weeks <= WEEKS_MAX:
            yield Problem(f"{here}weeks", f"Give the weeks, from 0 to {WEEKS_MAX}.")


def _check_medicines(draft: EligibilityDraft) -> Iterator[Problem]:
    yield from _check_rows("medicines", draft.any_medicines, len(draft.medicines))
    for number, row in enumerate(draft.medicines):
        here = f"medicines-{number}-"
        if is_blank(row.name):
            yield Problem(f"{here}name", "Give the name of the medicine.")
        for name in ("name", "dose"):
            yield from check_length(f"{here}{name}", getattr(row, name), LINE_MAX)
        alone = {MedicineFlag.NONE, MedicineFlag.UNKNOWN}
        if len(row.flags) > 1 and alone & set(row.flags):
            yield Problem(f"{here}flags", "None of these, or unknown, stands alone.")


def _check_rows(name: str, answer: YesNoUnknown | None, count: int) -> Iterator[Problem]:
    if count > ROWS_MAX:
        yield Problem(f"any_{name}", f"Give at most {ROWS_MAX} {name}.")
    if count and answer in {YesNoUnknown.NO, YesNoUnknown.UNKNOWN}:
        yield Problem(f"any_{name}", "There are some below. Choose yes, or remove them.")
