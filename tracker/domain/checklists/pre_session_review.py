"""The checks before a session, line by line: clear, amber or missing, each with its source.

A line states what was found and which limit it passes. It advises nothing and locks nothing: an
amber or a missing one asks for words, and what they decide is the clinician's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists import pre_session
from tracker.domain.checklists.items import CheckLine, Found, LineState, Told
from tracker.domain.checklists.pre_session import Gate, Pregnancy, SinceLast
from tracker.domain.clinic.treatment_settings import LABEL, TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.formatting import full_day, number
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.sessions import findings as session_findings
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import DOSE_RANGES

# Indyat patient information and LA County DMH policy; the label asks for the same.
FASTING = "Spravato patient information: no food for 2 h, no drink for 30 min before"
FOOD_BEFORE_DEVICE = timedelta(hours=2)
DRINK_BEFORE_DEVICE = timedelta(minutes=30)
SPRAYS = "Spravato patient information: nasal steroid or decongestant 1 h before at the latest"
SPRAY_BEFORE_DEVICE = timedelta(hours=1)
RIDE = f"{LABEL}: no driving until the next day, after a restful sleep"
RESPONSIBLE = "ketamine label: leaves with a responsible adult"
REMS = "Spravato REMS"
PREGNANCY = "labels of ketamine and esketamine: avoid in pregnancy"
LOW = "an emergency department's protocol (SCIRP 3-1750111) leaves out systolic below 90"
LOW_SYSTOLIC_MMHG = 90
SUICIDE_SCORE_DAYS = 14  # PHQ-9 asks about the last two weeks
ROUNDING = Decimal("0.05")  # of the dose worked out: drawing up rounds

_CLEAR, _AMBER, _MISSING = LineState.CLEAR, LineState.AMBER, LineState.MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class SuicideAnswer:
    """The last answer to a suicide item of a scale; `value` is None where it was left out."""

    scale: str
    item: int
    value: Decimal | None
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a gate is read against. `at` is the start of treatment, or now while it has not begun.

    Days are written in the zone of `at`.
    """

    drug: Drug
    route: Route
    settings: TreatmentSettings
    at: datetime
    last: SessionDraft | None = None
    suicide: SuicideAnswer | None = None

    @property
    def by_device(self) -> bool:
        """Say whether nasal devices are given."""
        return is_nasal_esketamine(self.drug, self.route)


def review(gate: Gate, about: About) -> tuple[CheckLine, ...]:
    """Read a gate line by line, in the order of the page; each with what was said to it."""
    lines = [
        CheckLine(code=code, title=title, state=found[0], message=found[1], source=found[2])
        for code, title, rule in _RULES
        if (found := rule(gate, about)) is not None
    ]
    return checklist_items.commented([*lines, *_changes(gate)], gate.comments)


def _blood_pressure(gate: Gate, about: About) -> Found:
    high, low = gate.baseline.systolic_mmhg, gate.baseline.diastolic_mmhg
    limits = about.settings
    if high is None or low is None:
        return _MISSING, "No blood pressure.", _pressure_source(about)
    told = f"{high}/{low} mmHg"
    if high > limits.systolic_hold_mmhg or low > limits.diastolic_hold_mmhg:
        hold = f"{limits.systolic_hold_mmhg}/{limits.diastolic_hold_mmhg}"
        message = f"{told} is above {hold}, where this clinic holds treatment back."
        return _AMBER, message, "clinic setting; no published limit"
    if high > limits.systolic_warn_mmhg or low > limits.diastolic_warn_mmhg:
        warn = f"{limits.systolic_warn_mmhg}/{limits.diastolic_warn_mmhg}"
        return _AMBER, f"{told} is above {warn}.", _pressure_source(about)
    if high < LOW_SYSTOLIC_MMHG:
        return _AMBER, f"{told} is below {LOW_SYSTOLIC_MMHG} systolic.", LOW
    return _CLEAR, f"{told}.", _pressure_source(about)


def _pressure_source(about: About) -> str:
    limits = about.settings.systolic_warn_mmhg, about.settings.diastolic_warn_mmhg
    if about.by_device and limits == (140, 90):
        return session_findings.LABEL_140_90
    return "clinic setting; the label of Spravato says 140/90"


def _other_signs(gate: Gate, about: About) -> Found:
    signs = gate.baseline
    source = (
        f"{REMS}: pulse oximetry at each session"
        if about.drug is Drug.ESKETAMINE
        else "ketamine label: vital signs watched"
    )
    beyond = [
        (f"{sign.label} {value} {sign.unit} is outside {low} to {high}.", by)
        for sign, low, high, by in session_findings.USUAL_READINGS
        if not sign.is_pressure
        and (value := getattr(signs, sign.name)) is not None
        and not low <= value <= high
    ]
    if beyond:
        return _AMBER, " ".join(one for one, _ in beyond), "; ".join({by for _, by in beyond})
    if signs.spo2_percent is None or signs.heart_rate_bpm is None:
        return _MISSING, "No pulse or no oxygen saturation.", source
    told = f"Pulse {signs.heart_rate_bpm} beats/min, oxygen {signs.spo2_percent} %"
    breaths = signs.respiratory_rate_per_min
    return _CLEAR, f"{told}, {breaths} breaths/min." if breaths else f"{told}.", source


def _dose(gate: Gate, about: About) -> Found:
    if gate.dose_mg is None:
        return _MISSING, "No dose.", CLINIC_DEFAULT
    usual = DOSE_RANGES.get((about.drug, about.route))
    if gate.weight_kg is None and usual is not None and usual.unit == "mg/kg":
        return _MISSING, "No weight, so the dose by weight is unknown.", usual.source
    unusual = session_findings.review(
        pre_session.draft(gate, about.drug, about.route), last=about.last
    )
    beyond = [(one.message, one.source) for one in unusual if one.field in _OF_THE_DOSE]
    beyond += _off_the_arithmetic(gate)
    if beyond:
        sources = dict.fromkeys(source for _, source in beyond)
        return _AMBER, " ".join(message for message, _ in beyond), "; ".join(sources)
    steps = pre_session.arithmetic(gate, about.drug, about.route)
    return _CLEAR, "; ".join(steps) or f"{number(gate.dose_mg)} mg", usual.source if usual else ""


_OF_THE_DOSE = frozenset({"dose_mg", "weight_kg"})


def _off_the_arithmetic(gate: Gate) -> Iterator[tuple[str, str]]:
    worked_out = pre_session.planned_mg(gate)
    if worked_out is None or gate.dose_mg is None:
        return
    if abs(gate.dose_mg - worked_out) > worked_out * ROUNDING:
        given, wanted = number(gate.dose_mg), number(worked_out)
        yield f"{given} mg is not the {wanted} mg that mg/kg and weight make.", "arithmetic"


def _second_person(gate: Gate, about: About) -> Found:
    if not gate.dose_checked_by.strip():
        return _MISSING, "No second person has checked the dose.", CLINIC_DEFAULT
    return _CLEAR, f"{gate.dose_checked_by.strip()}.", CLINIC_DEFAULT


def _food(gate: Gate, about: About) -> Found:
    wanted = timedelta(hours=about.settings.food_hours)
    return _fasting("food", gate.last_food_at, wanted, FOOD_BEFORE_DEVICE, about)


def _drink(gate: Gate, about: About) -> Found:
    wanted = timedelta(hours=about.settings.drink_hours)
    return _fasting("drink", gate.last_drink_at, wanted, DRINK_BEFORE_DEVICE, about)


def _fasting(
    what: str, at: datetime | None, here: timedelta, device: timedelta, about: About
) -> Found:
    wanted = device if about.by_device else here
    source = FASTING if about.by_device else "clinic setting; no published limit"
    if at is None:
        return _MISSING, f"No time of the last {what}.", source
    passed = about.at - at
    told = f"Last {what} {checklist_items.gap(passed)} before"
    if passed < wanted:
        return _AMBER, f"{told}, less than {checklist_items.gap(wanted)}.", source
    return _CLEAR, f"{told}.", source


_NO_SPRAY: dict[Told | None, tuple[LineState, str]] = {
    None: (_MISSING, "Not asked about a nasal steroid or decongestant."),
    Told.UNKNOWN: (_AMBER, "Whether a nasal steroid or decongestant was used is unknown."),
    Told.NO: (_CLEAR, "None used."),
}


def _nasal_spray(gate: Gate, about: About) -> Found:
    if not about.by_device:
        return None
    if gate.nasal_spray is not Told.YES:
        return *_NO_SPRAY[gate.nasal_spray], SPRAYS
    if gate.nasal_spray_at is None:
        return _MISSING, "Used, without its time.", SPRAYS
    passed = about.at - gate.nasal_spray_at
    told = f"Used {checklist_items.gap(passed)} before"
    if passed < SPRAY_BEFORE_DEVICE:
        return _AMBER, f"{told}, less than {checklist_items.gap(SPRAY_BEFORE_DEVICE)}.", SPRAYS
    return _CLEAR, f"{told}.", SPRAYS


def _ride(gate: Gate, about: About) -> Found:
    source = RIDE if about.drug is Drug.ESKETAMINE else RESPONSIBLE
    lacking = [
        words
        for there, words in (
            (gate.escort_name.strip(), "no name"),
            (gate.escort_phone.strip(), "no telephone number"),
            (gate.escort_confirmed, "not confirmed today"),
        )
        if not there
    ]
    if lacking:
        told = ", ".join(lacking)
        return _MISSING, f"{told[0].upper()}{told[1:]}.", source
    return _CLEAR, f"{gate.escort_name.strip()}, {gate.escort_phone.strip()}, confirmed.", source


def _consent(gate: Gate, about: About) -> Found:
    held, wanted = gate.consent_version.strip(), about.settings.consent_version.strip()
    if not held or not gate.consent_confirmed:
        return _MISSING, "Consent not confirmed today." if held else "No consent.", CLINIC_DEFAULT
    if wanted and held != wanted:
        return _AMBER, f"Consent is of version {held}; this clinic uses {wanted}.", "clinic setting"
    return _CLEAR, f"Version {held}, confirmed.", "clinic setting" if wanted else CLINIC_DEFAULT


def _suicide(gate: Gate, about: About) -> Found:
    source = "clinic default; asked since the last visit"
    asked = f" ({gate.suicide_asked.strip()})" if gate.suicide_asked.strip() else ""
    if gate.suicide is None:
        return _MISSING, "Not asked about thoughts of suicide.", source
    if gate.suicide is not Told.NO:
        told = {Told.YES: "Thoughts of suicide.", Told.UNKNOWN: "The answer is unknown."}
        return _AMBER, f"{told[gate.suicide]}{asked}", source
    last = about.suicide
    if last is not None and last.value and _is_recent(last, about):
        day = full_day(last.taken_at.astimezone(about.at.tzinfo).date())
        message = f"No{asked}, but {last.scale} item {last.item} was {number(last.value)} on {day}."
        return _AMBER, message, f"{last.scale}, last two weeks"
    return _CLEAR, f"None told{asked}.", source


def _is_recent(last: SuicideAnswer, about: About) -> bool:
    return about.at - last.taken_at <= timedelta(days=SUICIDE_SCORE_DAYS)


def _changes(gate: Gate) -> Iterator[CheckLine]:
    states = {Told.NO: _CLEAR, Told.YES: _AMBER, Told.UNKNOWN: _AMBER, None: _MISSING}
    words = {Told.NO: "No.", Told.YES: "Yes.", Told.UNKNOWN: "Unknown.", None: "Not asked."}
    for what in SinceLast:
        told = gate.changes.get(what)
        yield CheckLine(
            code=f"since-{what.value}",
            title=what.label,
            state=states[told],
            message=words[told],
            source=CLINIC_DEFAULT,
        )


def _pregnancy(gate: Gate, about: About) -> Found:
    known = gate.pregnancy
    if known is None:
        return _MISSING, "Not asked.", PREGNANCY
    state = _AMBER if known in {Pregnancy.PREGNANT, Pregnancy.UNKNOWN} else _CLEAR
    return state, f"{known.label}.", PREGNANCY


def _enrolment(gate: Gate, about: About) -> Found:
    if not about.by_device:
        return None
    source = f"{REMS}: enrolled before the first treatment, verified before dispensing"
    if gate.enrolled is None:
        return _MISSING, "Enrolment not verified.", source
    if gate.enrolled is not Told.YES:
        told = {Told.NO: "Not enrolled.", Told.UNKNOWN: "Whether enrolled is unknown."}
        return _AMBER, told[gate.enrolled], source
    if gate.enrolment_verified_on is None:
        return _MISSING, "Enrolled, without the day it was verified.", source
    return _CLEAR, f"Enrolled, verified on {full_day(gate.enrolment_verified_on)}.", source


def _staff(gate: Gate, about: About) -> Found:
    source = f"{REMS}: healthcare provider on site" if about.by_device else CLINIC_DEFAULT
    there = [gate.prescriber.strip(), gate.monitor.strip()]
    if not all(there):
        wanted = "No name of the prescriber." if not there[0] else "No name of who watches."
        return _MISSING, wanted, source
    return _CLEAR, f"Prescriber {there[0]}, watched by {there[1]}.", source


_RULES: tuple[tuple[str, str, Callable[[Gate, About], Found]], ...] = (
    ("blood-pressure", "Blood pressure", _blood_pressure),
    ("vital-signs", "Pulse, oxygen, breathing", _other_signs),
    ("dose", "Dose", _dose),
    ("dose-check", "Dose checked by a second person", _second_person),
    ("food", "Last food", _food),
    ("drink", "Last drink", _drink),
    ("nasal-spray", "Nasal steroid or decongestant", _nasal_spray),
    ("ride", "Ride home", _ride),
    ("consent", "Consent", _consent),
    ("enrolment", "Enrolled in the REMS", _enrolment),
    ("staff", "Prescriber and who watches", _staff),
    ("pregnancy", "Pregnancy", _pregnancy),
    ("suicide", "Thoughts of suicide", _suicide),
)
TITLES = {code: title for code, title, _ in _RULES} | {
    f"since-{what.value}": what.label for what in SinceLast
}  # of every line there can be, by its code
