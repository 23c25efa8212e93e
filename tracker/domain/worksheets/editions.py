"""What the REMS monitoring form asks after each session of nasal esketamine, version by version.

The programme's form was not to be had as a whole: the fields are those of the outpatient form of
11/2021 as transcribed, and of the current one as its maker and others describe it. So a worksheet
never claims to be the form; it says where the form is.
"""

from functools import cache

from msgspec import Struct

from tracker.domain.codes import Word

REMS_SITE = "www.SPRAVATOrems.com"
TITLE = f"REMS worksheet: check against the current form at {REMS_SITE}"
FAX = "1-877-778-0091"  # spravatorems.com, as of the reference
TOTAL_MINUTES_MIN = 120  # the form asks for a session of two hours and more

TRANSCRIBED = "Outpatient form 11/2021, as transcribed"
DESCRIBED = "Current form, as its maker and others describe it"
PRACTICE = "Usual practice; the wording of the form was not seen"
OURS = "Not on the form; says which reading is meant"

OLD, NOW = "2021/24", "2026"
_BOTH = frozenset({OLD, NOW})
_OLD, _NOW = frozenset({OLD}), frozenset({NOW})


class FormVersion(Struct, frozen=True):
    """A version of the form: the code that is stored, what it is called, how it is known."""

    code: str
    label: str
    known_from: str


FORM_VERSIONS = {
    OLD: FormVersion(OLD, "Form 2021/24", TRANSCRIBED),
    NOW: FormVersion(NOW, "Current form as described in 2026", DESCRIBED),
}


NO_FORM = "none"  # of a clinic that sends none: outside the United States, or inpatients only
# What a clinic chooses from.
CHOICES = {code: one.label for code, one in FORM_VERSIONS.items()} | {
    NO_FORM: "None: this clinic sends no REMS forms"
}


class Section(Word):
    """A part of the form."""

    PATIENT = "patient", "Patient"
    MEDICINES = "medicines", "Medicines taken at the same time"
    MONITOR = "monitor", "Healthcare professional who monitored"
    SETTING = "setting", "Healthcare setting"
    TREATMENT = "treatment", "Treatment session"
    VITALS = "vitals", "Vital signs"
    EVENTS = "events", "Sedation, dissociation and breathing"
    SERIOUS = "serious", "Serious adverse events"


class Kind(Word):
    """How a field is answered."""

    YES_NO = "yes-no", "Yes or no"
    TEXT = "text", "One line"
    LONG = "long", "Several lines"
    NUMBER = "number", "Whole number"
    PRESSURE = "pressure", "Blood pressure"
    DATE = "date", "Day"
    CHOICE = "choice", "One of a list"


class Need(Word):
    """How much a field wants an answer; what is required is what the form marks with a star."""

    REQUIRED = "required", "Required on the form"
    ASKED = "asked", "Asked on the form"
    OPTIONAL = "optional", "May stay empty"


class FormSex(Word):
    """What the form offers as sex."""

    FEMALE = "female", "Female"
    MALE = "male", "Male"
    OTHER = "other", "Other"


class FormDose(Word):
    """What the form offers as dose."""

    MG_56 = "56", "56 mg"
    MG_84 = "84", "84 mg"
    OTHER = "other", "Other"


class FormField(Struct, frozen=True):
    """One field of the form. It is asked only when the field `asked_if` names has that answer."""

    code: str
    section: Section
    label: str
    kind: Kind
    need: Need
    versions: frozenset[str] = _BOTH
    unit: str = ""
    choices: type[Word] | None = None
    asked_if: tuple[str, str] | None = None
    source: str = TRANSCRIBED


_P, _M, _H, _S = Section.PATIENT, Section.MEDICINES, Section.MONITOR, Section.SETTING
_T, _V, _E, _X = Section.TREATMENT, Section.VITALS, Section.EVENTS, Section.SERIOUS
_R, _A, _O = Need.REQUIRED, Need.ASKED, Need.OPTIONAL
_YN, _TX, _NO, _BP = Kind.YES_NO, Kind.TEXT, Kind.NUMBER, Kind.PRESSURE
_F = FormField

FIELDS: tuple[FormField, ...] = (
    _F("patient_first_name", _P, "First name", _TX, _R),
    _F("patient_middle_initial", _P, "Middle initial", _TX, _O),
    _F("patient_last_name", _P, "Last name", _TX, _R),
    _F("patient_birth_date", _P, "Date of birth", Kind.DATE, _R),
    _F("patient_sex", _P, "Sex", Kind.CHOICE, _R, choices=FormSex),
    _F("first_treatment", _P, "Is this the first treatment?", _YN, _A, _NOW, source=DESCRIBED),
    _F(
        "rems_enrolled", _P, "Is the patient enrolled in the REMS?", _YN, _A, _NOW,
        asked_if=("first_treatment", "yes"), source=DESCRIBED,
    ),
    _F("benzodiazepines", _M, "Benzodiazepines", _YN, _R),
    _F("sedative_hypnotics", _M, "Sedative-hypnotics other than benzodiazepines", _YN, _R),
    _F("psychostimulants", _M, "Psychostimulants", _YN, _R),
    _F("maois", _M, "Monoamine oxidase inhibitors (MAOIs)", _YN, _R, _OLD),
    _F("opioids", _M, "Opioids", _YN, _A, _NOW, source=DESCRIBED),
    _F("monitor_first_name", _H, "First name", _TX, _R),
    _F("monitor_last_name", _H, "Last name", _TX, _R),
    _F("monitor_phone", _H, "Telephone", _TX, _R),
    _F("monitor_email", _H, "E-mail", _TX, _R),
    _F("setting_name", _S, "Name of the setting", _TX, _R),
    _F("setting_address_1", _S, "Address, line 1", _TX, _R),
    _F("setting_address_2", _S, "Address, line 2", _TX, _O),
    _F("setting_city", _S, "City", _TX, _R),
    _F("setting_state", _S, "State", _TX, _R),
    _F("setting_zip", _S, "ZIP code", _TX, _R),
    _F("treatment_date", _T, "Date of treatment", Kind.DATE, _R),
    _F("dose", _T, "Dose given", Kind.CHOICE, _R, choices=FormDose),
    _F("dose_other", _T, "Which other dose", _TX, _R, asked_if=("dose", "other")),
    _F("lot_numbers", _T, "Lot number", _TX, _A),
    _F(
        "total_minutes", _T, "From the first device to the end of monitoring", _NO, _R, unit="min",
    ),
    _F(
        "ready_minutes", _T, "Ready to leave, had there been no two hours to wait", _NO, _A, _OLD,
        unit="min",
    ),
    _F("vitals_ok_before", _V, "Vital signs acceptable before the dose?", _YN, _A, _OLD),
    _F("bp_before", _V, "Blood pressure before the dose", _BP, _A, unit="mmHg"),
    _F("bp_before_minute", _V, "Before the dose: measured at", _NO, _O, unit="minute", source=OURS),
    _F("bp_40", _V, "Blood pressure 40 minutes after the dose", _BP, _A, unit="mmHg"),
    _F("bp_40_minute", _V, "40 minutes: measured at", _NO, _O, unit="minute", source=OURS),
    _F("vitals_ok_after", _V, "Vital signs acceptable before completion?", _YN, _A, _OLD),
    _F("bp_end", _V, "Blood pressure before completion", _BP, _A, unit="mmHg"),
    _F("bp_end_minute", _V, "Before completion: measured at", _NO, _O, unit="minute", source=OURS),
    _F("oximetry", _V, "Oxygen checked by pulse oximetry?", _YN, _A, _NOW, source=DESCRIBED),
    _F(
        "oximetry_readings", _V, "Readings of pulse oximetry", _TX, _O, _NOW,
        asked_if=("oximetry", "yes"), source=PRACTICE,
    ),
    _F("sedation", _E, "Sedation?", _YN, _A),
    _F(
        "sedation_onset", _E, "Sedation began at", _NO, _A, unit="minute",
        asked_if=("sedation", "yes"), source=PRACTICE,
    ),
    _F(
        "sedation_resolved", _E, "Sedation resolved within 2 hours?", _YN, _A,
        asked_if=("sedation", "yes"), source=PRACTICE,
    ),
    _F("dissociation", _E, "Dissociation?", _YN, _A),
    _F(
        "dissociation_onset", _E, "Dissociation began at", _NO, _A, unit="minute",
        asked_if=("dissociation", "yes"), source=PRACTICE,
    ),
    _F(
        "dissociation_resolved", _E, "Dissociation resolved within 2 hours?", _YN, _A,
        asked_if=("dissociation", "yes"), source=PRACTICE,
    ),
    _F("respiratory", _E, "Respiratory depression?", _YN, _A, _NOW, source=DESCRIBED),
    _F("serious_event", _X, "Any serious adverse event?", _YN, _A),
    _F(
        "serious_event_what", _X, "What happened", Kind.LONG, _A,
        asked_if=("serious_event", "yes"), source=PRACTICE,
    ),
    _F(
        "serious_event_outcome", _X, "Outcome", Kind.LONG, _A,
        asked_if=("serious_event", "yes"), source=PRACTICE,
    ),
)  # fmt: skip


@cache
def fields_of(form_version: str) -> tuple[FormField, ...]:
    """List the fields of a version of the form, in its order; KeyError for an unknown version."""
    known = FORM_VERSIONS[form_version].code
    return tuple(field for field in FIELDS if known in field.versions)


def by_code(form_version: str) -> dict[str, FormField]:
    """Find the fields of a version by their codes."""
    return {field.code: field for field in fields_of(form_version)}
