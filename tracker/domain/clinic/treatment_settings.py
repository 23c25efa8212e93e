"""What a clinic sets for its sessions: limits, fasting, readings, the form it reports on."""

import re
from collections.abc import Container, Iterator, Mapping
from typing import Any, Self

from msgspec import Struct

from tracker.domain.clinic.course_rules import BASELINE_DAYS, PAUSE_DAYS, CourseRules
from tracker.domain.clinic.labels import (
    SPRAVATO,
    SPRAVATO_EU,
    UNTIL_CHOSEN,
    Labels,
    LabelSource,
)
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.problems import Problem

LABEL_BEFORE = LabelSource(
    us=f"{SPRAVATO}: 140/90 before a dose",
    eu=f"{SPRAVATO_EU} 4.4: 140/90 before a dose as a general guide, 150/90 from 65 years on",
)
WHELTON = "ACC/AHA 2017: crisis above 180/120 (Whelton, Hypertension 2018;71:e13)"


class TreatmentSettings(Struct, frozen=True, kw_only=True):
    """A clinic's settings for sessions, with the defaults that hold until it sets its own.

    From `*_warn_mmhg` on the label of esketamine wants benefit and risk weighed before a dose
    (140/90); above `*_severe_mmhg` a pressure is called severe at any moment (180/120). The hold
    values, the hours without food or drink of routes other than nasal esketamine and the minutes
    between readings are clinic defaults. The address is told to patients and
    printed by the REMS form. `labels` are those that apply in the clinic; they follow from its
    country and are stored nowhere.
    """

    labels: Labels = UNTIL_CHOSEN
    systolic_warn_mmhg: int = 140
    diastolic_warn_mmhg: int = 90
    systolic_hold_mmhg: int = 160
    diastolic_hold_mmhg: int = 100
    systolic_severe_mmhg: int = 180
    diastolic_severe_mmhg: int = 120
    food_hours: int = 6
    drink_hours: int = 2
    reading_every_minutes: int = 15
    late_after_minutes: int = 5
    liver_months: int = 6
    urinary_months: int = 3
    cognition_months: int = 12
    craving_months: int = 3
    exposure_months: int = 12
    consent_version: str = ""
    form_version: str = "2026"
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    expiry_notice_days: int = 60
    low_ketamine_mg: int = 500
    low_esketamine_devices: int = 6
    baseline_days: int = BASELINE_DAYS
    course_pause_days: int = PAUSE_DAYS

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read what is stored of a clinic; what is not there keeps its default."""
        known = {name: stored[name] for name in cls.__struct_fields__ if name in stored}
        return cls(**known | {"labels": ClinicSettings.read(stored).labels})

    @property
    def address(self) -> str:
        """Where sessions are held, in one line; '' until the clinic says so."""
        place = " ".join(filter(None, (self.region, self.postal_code)))
        return ", ".join(filter(None, (self.address_1, self.address_2, self.city, place)))

    @property
    def course_rules(self) -> CourseRules:
        """The rules by which courses are told apart and each gets its baseline."""
        return CourseRules(pause_days=self.course_pause_days, baseline_days=self.baseline_days)


class Measure(Struct, frozen=True):
    """A number that a clinic sets: what it is called, its unit, its ends, where it is from.

    `before_dose` is where labels have it, for nasal esketamine before a dose.
    """

    words: str
    unit: str
    lowest: int
    highest: int
    source: str
    before_dose: LabelSource | None = None

    def source_text(self, labels: Labels) -> str:
        """Say where it is from, by the labels that apply."""
        if self.before_dose is None:
            return self.source
        other = f"at any other moment and for other drugs {self.source}"
        return f"{self.before_dose.text(labels)}; {other}"


# The ends only stop slips of the hand: what is usual, the clinic decides.
MEASURES = {
    "systolic_warn_mmhg": Measure(
        "Amber above, systolic", "mmHg", 80, 220, CLINIC_DEFAULT, LABEL_BEFORE
    ),
    "diastolic_warn_mmhg": Measure(
        "Amber above, diastolic", "mmHg", 40, 140, CLINIC_DEFAULT, LABEL_BEFORE
    ),
    "systolic_hold_mmhg": Measure("Hold above, systolic", "mmHg", 80, 260, CLINIC_DEFAULT),
    "diastolic_hold_mmhg": Measure("Hold above, diastolic", "mmHg", 40, 160, CLINIC_DEFAULT),
    "systolic_severe_mmhg": Measure("Severe above, systolic", "mmHg", 100, 280, WHELTON),
    "diastolic_severe_mmhg": Measure("Severe above, diastolic", "mmHg", 60, 180, WHELTON),
    "food_hours": Measure("No food for", "h", 0, 24, CLINIC_DEFAULT),
    "drink_hours": Measure("No drink for", "h", 0, 24, CLINIC_DEFAULT),
    "reading_every_minutes": Measure("A reading every", "min", 1, 120, CLINIC_DEFAULT),
    "late_after_minutes": Measure("Late after", "min", 0, 60, CLINIC_DEFAULT),
    "liver_months": Measure("Liver tests every", "months", 0, 60, CLINIC_DEFAULT),
    "urinary_months": Measure("Urinary symptoms every", "months", 0, 60, CLINIC_DEFAULT),
    "cognition_months": Measure("Memory and thinking every", "months", 0, 60, CLINIC_DEFAULT),
    "craving_months": Measure("Craving and misuse every", "months", 0, 60, CLINIC_DEFAULT),
    "exposure_months": Measure("Dose and sessions every", "months", 0, 60, CLINIC_DEFAULT),
    "expiry_notice_days": Measure("Expiry told ahead", "days", 0, 730, CLINIC_DEFAULT),
    "low_ketamine_mg": Measure("Ketamine is low below", "mg", 0, 100_000, CLINIC_DEFAULT),
    "low_esketamine_devices": Measure(
        "Esketamine is low below", "devices", 0, 10_000, CLINIC_DEFAULT
    ),
    "baseline_days": Measure("A baseline is at most so old", "days", 1, 90, CLINIC_DEFAULT),
    "course_pause_days": Measure(
        "A course ends after so long without a dose", "days", 14, 730, CLINIC_DEFAULT
    ),
}
# name -> (words, longest)
LINES = {
    "consent_version": ("Version of the consent form", 100),
    "address_1": ("Address", 200),
    "address_2": ("Address, second line", 200),
    "city": ("City", 100),
    "region": ("State", 100),
    "postal_code": ("ZIP code", 20),
}
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]")
_PAIRS = (
    ("systolic_hold_mmhg", "systolic_warn_mmhg"),
    ("diastolic_hold_mmhg", "diastolic_warn_mmhg"),
    ("systolic_warn_mmhg", "diastolic_warn_mmhg"),
    ("systolic_hold_mmhg", "diastolic_hold_mmhg"),
    ("systolic_severe_mmhg", "systolic_hold_mmhg"),
    ("diastolic_severe_mmhg", "diastolic_hold_mmhg"),
    ("systolic_severe_mmhg", "diastolic_severe_mmhg"),
)


def check(typed: Mapping[str, Any], *, form_versions: Container[str]) -> list[Problem]:
    """List everything that is wrong with what was typed; a number not given is None.

    `form_versions` are the codes of the REMS forms that a clinic may choose.
    """
    problems = [*_check_measures(typed), *_check_pairs(typed), *_check_lines(typed)]
    if typed["form_version"] not in form_versions:
        problems.append(Problem("form_version", "Choose one of the list."))
    return problems


def _check_measures(typed: Mapping[str, Any]) -> Iterator[Problem]:
    for name, one in MEASURES.items():
        if typed[name] is None or not one.lowest <= typed[name] <= one.highest:
            ends = f"from {one.lowest} to {one.highest}"
            yield Problem(name, f"Give a whole number of {one.unit}, {ends}.")


def _check_pairs(typed: Mapping[str, Any]) -> Iterator[Problem]:
    for name, below in _PAIRS:
        if typed[name] is not None and typed[below] is not None and typed[name] <= typed[below]:
            lower = MEASURES[below].words
            yield Problem(name, f"This must be more than “{lower}” ({typed[below]}).")


def _check_lines(typed: Mapping[str, Any]) -> Iterator[Problem]:
    for name, (_, longest) in LINES.items():
        if len(typed[name]) > longest or _UNPRINTED.search(typed[name]):
            yield Problem(name, f"Give one line of at most {longest} characters, or nothing.")
