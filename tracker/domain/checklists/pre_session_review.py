"""The checks before a session, line by line: clear, amber or missing, each with its source.

A line states what was found and which limit it passes. It advises nothing and locks nothing: an
amber or a missing one asks for words, and what they decide is the clinician's.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists import pre_session
from tracker.domain.checklists import suicide as suicide_check
from tracker.domain.checklists.items import CheckLine, Found, LineState, YesNoUnknown
from tracker.domain.checklists.pre_session import Pregnancy, PreSession, SinceLast
from tracker.domain.checklists.sources import (
    DRINK_BEFORE_DEVICE,
    ENROLMENT,
    FASTING,
    FOOD_BEFORE_DEVICE,
    ON_SITE,
    OXIMETRY,
    PREGNANCY,
    RESPONSIBLE,
    RIDE,
    SPRAY_BEFORE_DEVICE,
    SPRAYS,
    WATCHED_SIGNS,
)
from tracker.domain.checklists.suicide import NOTHING_KNOWN, SuicideFacts
from tracker.domain.clinic import doses, reading_limits, under_age
from tracker.domain.clinic.labels import Label, Labels
from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC, Limit, Limits, Moment
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.formatting import full_day, number
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.parsing import is_blank, visible_text
from tracker.domain.problems import Finding
from tracker.domain.sessions import findings as session_findings
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import SessionContext

ROUNDING = Decimal("0.05")  # of the dose worked out: drawing up rounds

_CLEAR, _AMBER, _MISSING = LineState.CLEAR, LineState.AMBER, LineState.MISSING


class PatientFacts(Struct, frozen=True, kw_only=True):
    """What a gate is read against. `at` is the start of treatment, or now while it has not begun.

    Days are written in the zone of `at`. `context` is what the record says besides.
    """

    drug: Drug
    route: Route
    settings: TreatmentSettings
    at: datetime
    last: SessionDraft | None = None
    suicide: SuicideFacts = NOTHING_KNOWN
    context: SessionContext = session_findings.ALONE

    @property
    def by_device(self) -> bool:
        """Say whether nasal devices are given."""
        return is_nasal_esketamine(self.drug, self.route)

    @property
    def labels(self) -> Labels:
        """The labels that apply in the clinic."""
        return self.settings.labels

    @property
    def judged_by(self) -> SessionContext:
        """What the dose is judged by: the record, on the day and by the settings of the gate."""
        return replace(self.context, last=self.last, settings=self.settings, day=self.at.date())


def review(checks: PreSession, about: PatientFacts) -> tuple[CheckLine, ...]:
    """Read a gate line by line, in the order of the page; each with what was said to it."""
    lines = [
        CheckLine(code=code, title=title, state=found[0], message=found[1], source=found[2])
        for code, title, rule in _RULES
        if (found := rule(checks, about)) is not None
    ]
    return checklist_items.add_comments([*lines, *_changes(checks)], checks.comments)


def _limits(about: PatientFacts) -> Limits:
    return reading_limits.limits(about.settings, Moment.BEFORE, about.drug, about.route)


def _blood_pressure(checks: PreSession, about: PatientFacts) -> Found:
    high, low = checks.baseline.systolic_mmhg, checks.baseline.diastolic_mmhg
    known = _limits(about)
    source = known[SYSTOLIC][0].source
    if high is None or low is None:
        return _MISSING, "No blood pressure.", source
    text = f"{high}/{low} mmHg"
    passed = (
        reading_limits.find_passed(known, SYSTOLIC, high),
        reading_limits.find_passed(known, DIASTOLIC, low),
    )
    beyond = [limit for limit in passed if limit is not None]
    if not beyond:
        return _CLEAR, f"{text}.", source
    worst = max(beyond, key=lambda limit: (limit.severe, limit.hold))
    return _AMBER, f"{text} is {_beyond(worst, known)}.", worst.source


def _beyond(worst: Limit, known: Limits) -> str:
    """Say what a pressure lies beyond: a pair of upper limits, or the one lower limit."""
    if not worst.is_upper:
        which = "systolic" if worst.name == SYSTOLIC else "diastolic"
        return f"below {worst.value} {which}"
    kind = (worst.severe, worst.hold)
    pair = "/".join(
        str(limit.value)
        for name in (SYSTOLIC, DIASTOLIC)
        for limit in known[name]
        if limit.is_upper and (limit.severe, limit.hold) == kind
    )
    if worst.severe:
        return f"severe, above {pair}"
    return (
        f"above {pair}, where this clinic holds treatment back" if worst.hold else f"above {pair}"
    )


def _other_signs(checks: PreSession, about: PatientFacts) -> Found:
    signs = checks.baseline
    of_label = OXIMETRY if about.drug is Drug.ESKETAMINE else WATCHED_SIGNS
    source = of_label.text(about.labels)
    beyond = [
        (f"{one.message}.", one.source)
        for one in reading_limits.outside(signs, _limits(about))
        if one.field not in (SYSTOLIC, DIASTOLIC)
    ]
    if beyond:
        sources = dict.fromkeys(by for _, by in beyond)
        return _AMBER, " ".join(one for one, _ in beyond), "; ".join(sources)
    wanted = {"pulse": signs.heart_rate_bpm, "oxygen saturation": signs.spo2_percent}
    if lacking := [f"no {name}" for name, value in wanted.items() if value is None]:
        return _MISSING, f"{', '.join(lacking).capitalize()}.", source
    text = f"Pulse {signs.heart_rate_bpm} beats/min, oxygen {signs.spo2_percent} %"
    breaths = signs.respiratory_rate_per_min
    return _CLEAR, f"{text}, {breaths} breaths/min." if breaths else f"{text}.", source


def _age(checks: PreSession, about: PatientFacts) -> Found:
    said = under_age.words(about.context.birth_date, about.at.date())
    if not said:
        return None
    source = under_age.SOURCE.text(about.labels)
    if is_blank(checks.consent_by):
        return _MISSING, f"{said} and who consents is not answered.", source
    return _AMBER, f"{said.rstrip(',')}. Consents: {checks.consent_by.strip()}.", source


def _dose(checks: PreSession, about: PatientFacts) -> Found:
    if checks.dose_mg is None:
        return _MISSING, "No dose.", CLINIC_DEFAULT
    usual = doses.usual_range(
        about.drug, about.route, about.context.indication, labels=about.labels, is_timed=False
    )
    if checks.weight_kg is None and usual is not None and usual.unit == doses.PER_KG:
        return _MISSING, "No weight, so the dose by weight is unknown.", usual.source
    unusual = _unusual(checks, about)
    beyond = [(one.message, one.source) for one in unusual if one.field != _WEIGHT]
    beyond += _off_the_arithmetic(checks)
    if beyond:
        sources = dict.fromkeys(source for _, source in beyond)
        return _AMBER, " ".join(message for message, _ in beyond), "; ".join(sources)
    steps = pre_session.arithmetic(checks, about.drug, about.route)
    return _CLEAR, "; ".join(steps) or f"{number(checks.dose_mg)} mg", usual.source if usual else ""


_WEIGHT = "weight_kg"


def _unusual(checks: PreSession, about: PatientFacts) -> list[Finding]:
    planned = pre_session.draft(checks, about.drug, about.route)
    return session_findings.review_dose(planned, about.judged_by)


def _weight(checks: PreSession, about: PatientFacts) -> Found:
    """Find what is asked about the weight; that there is none, the dose says."""
    asked = [one for one in _unusual(checks, about) if one.field == _WEIGHT]
    if not asked:
        return None
    sources = dict.fromkeys(one.source for one in asked)
    return _AMBER, " ".join(one.message for one in asked), "; ".join(sources)


def _off_the_arithmetic(checks: PreSession) -> Iterator[tuple[str, str]]:
    worked_out = pre_session.planned_mg(checks)
    if worked_out is None or checks.dose_mg is None:
        return
    if abs(checks.dose_mg - worked_out) > worked_out * ROUNDING:
        given, expected = number(checks.dose_mg), number(worked_out)
        yield f"{given} mg is not the {expected} mg that mg/kg and weight make.", "arithmetic"


def _second_person(checks: PreSession, about: PatientFacts) -> Found:
    if is_blank(checks.dose_checked_by):
        return _MISSING, "No second person has checked the dose.", CLINIC_DEFAULT
    how = f", {checks.dose_check_how.label}" if checks.dose_check_how else ""
    return _CLEAR, f"{checks.dose_checked_by.strip()}{how}.", CLINIC_DEFAULT


def _food(checks: PreSession, about: PatientFacts) -> Found:
    required = timedelta(hours=about.settings.food_hours)
    return _fasting("food", checks.last_food_at, required, FOOD_BEFORE_DEVICE, about)


def _drink(checks: PreSession, about: PatientFacts) -> Found:
    required = timedelta(hours=about.settings.drink_hours)
    return _fasting("drink", checks.last_drink_at, required, DRINK_BEFORE_DEVICE, about)


def _fasting(
    what: str, at: datetime | None, here: timedelta, device: timedelta, about: PatientFacts
) -> Found:
    required = device if about.by_device else here
    source = FASTING.text(about.labels) if about.by_device else "clinic setting; no published limit"
    if at is None:
        return _MISSING, f"No time of the last {what}.", source
    passed = about.at - at
    text = f"Last {what} {checklist_items.gap(passed)} before"
    if passed < required:
        return _AMBER, f"{text}, less than {checklist_items.gap(required)}.", source
    return _CLEAR, f"{text}.", source


_NO_SPRAY: dict[YesNoUnknown | None, tuple[LineState, str]] = {
    None: (_MISSING, "Not asked about a nasal steroid or decongestant."),
    YesNoUnknown.UNKNOWN: (_AMBER, "Whether a nasal steroid or decongestant was used is unknown."),
    YesNoUnknown.NO: (_CLEAR, "None used."),
}


def _nasal_spray(checks: PreSession, about: PatientFacts) -> Found:
    if not about.by_device:
        return None
    source = SPRAYS.text(about.labels)
    if checks.nasal_spray is not YesNoUnknown.YES:
        return *_NO_SPRAY[checks.nasal_spray], source
    if checks.nasal_spray_at is None:
        return _MISSING, "Used, without its time.", source
    passed = about.at - checks.nasal_spray_at
    text = f"Used {checklist_items.gap(passed)} before"
    if passed < SPRAY_BEFORE_DEVICE:
        return _AMBER, f"{text}, less than {checklist_items.gap(SPRAY_BEFORE_DEVICE)}.", source
    return _CLEAR, f"{text}.", source


def _ride(checks: PreSession, about: PatientFacts) -> Found:
    source = (RIDE if about.drug is Drug.ESKETAMINE else RESPONSIBLE).text(about.labels)
    lacking = [
        words
        for there, words in (
            (visible_text(checks.escort_name), "no name"),
            (visible_text(checks.escort_phone), "no telephone number"),
            (checks.escort_confirmed, "not confirmed today"),
        )
        if not there
    ]
    if lacking:
        text = ", ".join(lacking)
        return _MISSING, f"{text[0].upper()}{text[1:]}.", source
    return (
        _CLEAR,
        f"{checks.escort_name.strip()}, {checks.escort_phone.strip()}, confirmed.",
        source,
    )


def _consent(checks: PreSession, about: PatientFacts) -> Found:
    confirmed, current = (
        visible_text(checks.consent_version),
        visible_text(about.settings.consent_version),
    )
    if not confirmed or not checks.consent_confirmed:
        return (
            _MISSING,
            "Consent not confirmed today." if confirmed else "No consent.",
            CLINIC_DEFAULT,
        )
    if current and confirmed != current:
        return (
            _AMBER,
            f"Consent is of version {confirmed}; this clinic uses {current}.",
            "clinic setting",
        )
    return (
        _CLEAR,
        f"Version {confirmed}, confirmed.",
        "clinic setting" if current else CLINIC_DEFAULT,
    )


def _suicide(checks: PreSession, about: PatientFacts) -> Found:
    return suicide_check.find(checks, about.suicide, about.at)


def _changes(checks: PreSession) -> Iterator[CheckLine]:
    states = {
        YesNoUnknown.NO: _CLEAR,
        YesNoUnknown.YES: _AMBER,
        YesNoUnknown.UNKNOWN: _AMBER,
        None: _MISSING,
    }
    words = {
        YesNoUnknown.NO: "No.",
        YesNoUnknown.YES: "Yes.",
        YesNoUnknown.UNKNOWN: "Unknown.",
        None: "Not asked.",
    }
    for what in SinceLast:
        answer = checks.changes.get(what)
        yield CheckLine(
            code=f"since-{what.value}",
            title=what.label,
            state=states[answer],
            message=words[answer],
            source=CLINIC_DEFAULT,
        )


def _pregnancy(checks: PreSession, about: PatientFacts) -> Found:
    known, source = checks.pregnancy, PREGNANCY.text(about.labels)
    if known is None:
        return _MISSING, "Not asked.", source
    state = _AMBER if known in {Pregnancy.PREGNANT, Pregnancy.UNKNOWN} else _CLEAR
    return state, f"{known.label}.", source


def asks_for_enrolment(drug: Drug, route: Route, labels: Labels) -> bool:
    """Say whether a patient must be enrolled in the programme before a dose."""
    return is_nasal_esketamine(drug, route) and Label.US in labels


def _enrolment(checks: PreSession, about: PatientFacts) -> Found:
    if not asks_for_enrolment(about.drug, about.route, about.labels):
        return None
    source = ENROLMENT.text(about.labels)
    if checks.enrolled is None:
        return _MISSING, "Enrolment not verified.", source
    if checks.enrolled is not YesNoUnknown.YES:
        texts = {
            YesNoUnknown.NO: "Not enrolled.",
            YesNoUnknown.UNKNOWN: "Whether enrolled is unknown.",
        }
        return _AMBER, texts[checks.enrolled], source
    if checks.enrolment_verified_on is None:
        return _MISSING, "Enrolled, without the day it was verified.", source
    return _CLEAR, f"Enrolled, verified on {full_day(checks.enrolment_verified_on)}.", source


def _staff(checks: PreSession, about: PatientFacts) -> Found:
    source = ON_SITE.text(about.labels) if about.by_device else CLINIC_DEFAULT
    there = [visible_text(checks.prescriber), visible_text(checks.monitor)]
    if not all(there):
        message = "No name of the prescriber." if not there[0] else "No name of who monitors."
        return _MISSING, message, source
    return _CLEAR, f"Prescriber {there[0]}, watched by {there[1]}.", source


_RULES: tuple[tuple[str, str, Callable[[PreSession, PatientFacts], Found]], ...] = (
    ("age", "Under age", _age),
    ("blood-pressure", "Blood pressure", _blood_pressure),
    ("vital-signs", "Pulse, oxygen, breathing", _other_signs),
    ("weight", "Weight", _weight),
    ("dose", "Dose", _dose),
    ("dose-check", "Dose checked by a second person", _second_person),
    ("food", "Last food", _food),
    ("drink", "Last drink", _drink),
    ("nasal-spray", "Nasal steroid or decongestant", _nasal_spray),
    ("ride", "Ride home", _ride),
    ("consent", "Consent", _consent),
    ("enrolment", "Enrolled in the REMS", _enrolment),
    ("staff", "Prescriber and monitoring", _staff),
    ("pregnancy", "Pregnancy", _pregnancy),
    ("suicide", "Thoughts of suicide", _suicide),
)
TITLES = {code: title for code, title, _ in _RULES} | {
    f"since-{what.value}": what.label for what in SinceLast
}  # of every line there can be, by its code
