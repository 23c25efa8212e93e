"""What is known of one session for its form, and which answers follow from that."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from tracker.domain.checklists.discharge import CriterionResult, Discharge
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.checklists.pre_session import PreSession
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Sex
from tracker.domain.eligibility.draft import EligibilityDraft, Medicine, MedicineFlag
from tracker.domain.formatting import full_day, number, times
from tracker.domain.health_lists.standing import HealthLists
from tracker.domain.live import signing as signing_rules
from tracker.domain.live.entries import AdverseEvent, Dose, Entry, EventTerm, Infusion, effective
from tracker.domain.parsing import is_blank
from tracker.domain.sessions.record import SessionRecord
from tracker.domain.wall_time import minute
from tracker.domain.worksheets import observations as worksheet_observations
from tracker.domain.worksheets.editions import TOTAL_MINUTES_MIN, FormDose, FormSex
from tracker.domain.worksheets.form import PrefilledValue
from tracker.domain.worksheets.observations import CHECKS, LOG, RECORD, Observations, Pressure

# The form's questions by the flag that answers them.
_FLAGS = {
    "psychostimulants": MedicineFlag.STIMULANT,
    "maois": MedicineFlag.MAOI,
    "opioids": MedicineFlag.OPIOID,
}
# Eligibility knows sedatives as one class, the form asks about two.
_SEDATIVES = ("benzodiazepines", "sedative_hypnotics")
_CHANGED = "New or changed medication since the assessment."


def answers(
    draft: EligibilityDraft | None, *, changed: bool
) -> Iterator[tuple[str, PrefilledValue]]:
    """Yield what an assessment answers; `changed` says that medication changed since.

    No needs a list that is known to be whole, every medicine of it judged, and no change since.
    """
    if draft is None:
        return
    day = full_day(draft.assessed_on) if draft.assessed_on else "no day"
    source = f"Eligibility of {day}"
    for code in (*_SEDATIVES, *_FLAGS):
        found = _answer(code, draft, source)
        if changed:
            found = PrefilledValue(
                remark=f"{_CHANGED} {source} said {found.value}." if found.value else _CHANGED
            )
        yield code, found


def _answer(code: str, draft: EligibilityDraft, source: str) -> PrefilledValue:
    flag = _FLAGS.get(code, MedicineFlag.DEPRESSANT)
    taken = [one.name for one in draft.medicines if flag in one.flags]
    if taken and code in _SEDATIVES:
        return PrefilledValue(remark=f"{source} lists as sedative: {', '.join(taken)}.")
    if taken:
        return PrefilledValue("yes", f"{source}: {', '.join(taken)}")
    if draft.any_medicines is YesNoUnknown.NO:
        return PrefilledValue("no", f"{source}: takes no medicines")
    if draft.medicines and all(map(_is_judged, draft.medicines)):
        return PrefilledValue("no", f"{source}: none of the medicines listed")
    return PrefilledValue()


def _is_judged(one: Medicine) -> bool:
    return bool(one.flags) and MedicineFlag.UNKNOWN not in one.flags


PATIENT, CLINIC, TREATMENT = "Patient", "Clinic", "Clinic, treatment settings"
MEDICINES = "Current medicines"
STOCK, LEAVING = "Stock", "Checks before leaving"
_SEX: dict[Sex, str] = {
    Sex.FEMALE: FormSex.FEMALE,
    Sex.MALE: FormSex.MALE,
    Sex.OTHER: FormSex.OTHER,
}
_TITLES = frozenset({"dr", "dr.", "prof", "prof."})
_MET: dict[CriterionResult | None, str] = {CriterionResult.YES: "yes", CriterionResult.NO: "no"}
_DOSES = {Decimal(56): FormDose.MG_56, Decimal(84): FormDose.MG_84}


class WorksheetFacts(Struct, frozen=True, kw_only=True):
    """Everything the worksheet of a session may draw on; what nobody knows is None or ''.

    `eligibility` is the assessment that the series was started on, `medication_changed` whether a
    change was told before a session since. `lot_numbers` are by the id of their lot.
    """

    given_name: str
    family_name: str
    birth_date: date | None
    sex: Sex
    record: SessionRecord
    entries: tuple[Entry, ...]
    was_treated_before: bool
    eligibility: EligibilityDraft | None = None
    medication_changed: bool = False
    lists: HealthLists = HealthLists()
    monitor_name: str
    monitor_source: str
    monitor_email: str
    clinic_name: str
    clinic_phone: str
    settings: TreatmentSettings
    lot_numbers: Mapping[int, str] = field(default_factory=dict)
    zone: ZoneInfo

    @property
    def effective_entries(self) -> list[Entry]:
        """The entries that stand."""
        return effective(self.entries)

    @property
    def pre_session(self) -> PreSession:
        """The checks before, as they were filled in last; empty where there are none."""
        return signing_rules.pre_session_of(self.entries)

    @property
    def discharge(self) -> Discharge:
        """The checks before leaving, as they were filled in last; empty where there are none."""
        return signing_rules.discharge_of(self.entries)


def lots_of(entries: tuple[Entry, ...]) -> list[int]:
    """List the lots that the doses which stand were taken from, each once, in their order."""
    used = [
        entry.content.lot_id
        for entry in effective(entries)
        if isinstance(entry.content, Dose | Infusion) and entry.content.lot_id is not None
    ]
    return list(dict.fromkeys(used))


Answers = Iterator[tuple[str, PrefilledValue]]


def prefill(facts: WorksheetFacts) -> dict[str, PrefilledValue]:
    """Say what the records answer, field by field; what they do not say is not there.

    Nothing is a no because nobody wrote of it.
    """
    return {
        code: value for part in _PARTS for code, value in part(facts) if value.value or value.remark
    }


def _patient(facts: WorksheetFacts) -> Answers:
    born = facts.birth_date.isoformat() if facts.birth_date else ""
    yield "patient_first_name", PrefilledValue(facts.given_name, PATIENT)
    yield "patient_last_name", PrefilledValue(facts.family_name, PATIENT)
    yield "patient_birth_date", PrefilledValue(born, PATIENT)
    yield "patient_sex", PrefilledValue(_SEX.get(facts.sex, ""), PATIENT)
    if facts.was_treated_before:
        source = "An earlier session of nasal esketamine is recorded"
        yield "first_treatment", PrefilledValue("no", source)
    else:
        remark = "No earlier session of nasal esketamine is recorded here."
        yield "first_treatment", PrefilledValue(remark=remark)
    enrolled = {YesNoUnknown.YES: "yes", YesNoUnknown.NO: "no"}
    if facts.pre_session.enrolled in enrolled:
        yield "rems_enrolled", PrefilledValue(enrolled[facts.pre_session.enrolled], CHECKS)


def _medicines(facts: WorksheetFacts) -> Answers:
    assessed = dict(answers(facts.eligibility, changed=facts.medication_changed))
    for code in (*_SEDATIVES, *_FLAGS):
        found = assessed.get(code, PrefilledValue())
        yield code, found if found != PrefilledValue() else _of_list(facts.lists)


def _of_list(lists: HealthLists) -> PrefilledValue:
    """Say what the patient's own list tells of a class of medicines; names are not judged here."""
    if lists.medicines is None:
        return PrefilledValue()
    if not lists.medicines:
        return PrefilledValue("no", f"{MEDICINES}: none")
    names = ", ".join(one.name for one in lists.medicines)
    return PrefilledValue(remark=f"{MEDICINES}: {names}.")


def _monitor(facts: WorksheetFacts) -> Answers:
    words = [word for word in facts.monitor_name.split() if word.casefold() not in _TITLES]
    first, last = " ".join(words[:-1]), " ".join(words[-1:])
    yield "monitor_first_name", PrefilledValue(first, facts.monitor_source)
    yield "monitor_last_name", PrefilledValue(last, facts.monitor_source)
    yield "monitor_phone", PrefilledValue(facts.clinic_phone, CLINIC)
    yield "monitor_email", PrefilledValue(facts.monitor_email, "Account of who monitored")


def _setting(facts: WorksheetFacts) -> Answers:
    here = facts.settings
    yield "setting_name", PrefilledValue(facts.clinic_name, CLINIC)
    yield "setting_address_1", PrefilledValue(here.address_1, TREATMENT)
    yield "setting_address_2", PrefilledValue(here.address_2, TREATMENT)
    yield "setting_city", PrefilledValue(here.city, TREATMENT)
    yield "setting_state", PrefilledValue(here.region, TREATMENT)
    yield "setting_zip", PrefilledValue(here.postal_code, TREATMENT)


def _treatment(facts: WorksheetFacts) -> Answers:
    record = facts.record
    if record.started_at is not None:
        day = record.started_at.astimezone(facts.zone).date()
        yield "treatment_date", PrefilledValue(day.isoformat(), RECORD)
    if record.dose_mg is not None:
        yield "dose", PrefilledValue(_DOSES.get(record.dose_mg, FormDose.OTHER), RECORD)
        yield "dose_other", PrefilledValue(f"{number(record.dose_mg)} mg", RECORD)
    numbers = [facts.lot_numbers.get(lot_id, "") for lot_id in lots_of(facts.entries)]
    yield "lot_numbers", PrefilledValue(", ".join(filter(None, numbers)), STOCK)
    yield "total_minutes", _total(facts)
    if facts.discharge.ready_minute is not None:
        yield "ready_minutes", PrefilledValue(str(facts.discharge.ready_minute), LEAVING)


def _total(facts: WorksheetFacts) -> PrefilledValue:
    start, left = facts.record.started_at, facts.record.discharged_at
    if start is None:
        return PrefilledValue()
    if left is None:
        seen = [
            minute(entry.at, start)
            for entry, _ in worksheet_observations.readings(facts.effective_entries)
        ]
        last = max(seen, default=0)
        return PrefilledValue(
            remark=f"The last reading is that of minute {last}." if last > 0 else ""
        )
    spent = minute(left, start)
    short = f"The form asks for {TOTAL_MINUTES_MIN} minutes and more."
    return PrefilledValue(str(spent), RECORD, short if spent < TOTAL_MINUTES_MIN else "")


def _vitals(facts: WorksheetFacts) -> Answers:
    found = worksheet_observations.pressures(
        facts.record, facts.effective_entries, signing_rules.baseline_of(facts.entries)
    )
    for code, one, remark in (
        ("bp_before", found.before, ""),
        ("bp_40", found.forty, found.forty_remark),
        ("bp_end", found.end, found.end_remark),
    ):
        yield code, _pressure(one, remark)
        if one is not None and one.timed:
            yield f"{code}_minute", PrefilledValue(str(one.minute), one.source)
    if (stable := _MET.get(facts.discharge.met.get("vitals"))) is not None:
        yield "vitals_ok_after", PrefilledValue(stable, f"{LEAVING}: vital signs stable")
    yield from _oximetry(facts)


def _pressure(one: Pressure | None, remark: str) -> PrefilledValue:
    return (
        PrefilledValue(remark=remark)
        if one is None
        else PrefilledValue(one.value, one.source, remark)
    )


def _oximetry(facts: WorksheetFacts) -> Answers:
    start = facts.record.started_at
    values = [
        (entry.at, seen.spo2_percent)
        for entry, seen in worksheet_observations.readings(facts.effective_entries)
    ]
    baseline = signing_rules.baseline_of(facts.entries)
    if baseline is not None and all(
        at != baseline[0] for at, _ in values
    ):  # kept as a reading, too
        values = [(baseline[0], baseline[1].spo2_percent), *values]
    seen = [(at, percent) for at, percent in values if percent is not None]
    if seen and start is not None:
        each = ", ".join(
            f"{percent} % at minute {number(Decimal(minute(at, start)))}" for at, percent in seen
        )
        few = f"{times(len(seen), 'reading')}, lowest {min(one for _, one in seen)} %"
        yield "oximetry", PrefilledValue("yes", f"{LOG}: {few}")
        yield "oximetry_readings", PrefilledValue(each if len(each) <= 200 else few, LOG)
        return
    sides = (("before", facts.record.before), ("after", facts.record.after))
    summary = [f"{s.spo2_percent} % {side}" for side, s in sides if s.spo2_percent is not None]
    if summary:
        yield "oximetry", PrefilledValue("yes", RECORD)
        yield "oximetry_readings", PrefilledValue(", ".join(summary), RECORD)
    elif values:
        yield "oximetry", PrefilledValue(remark="No reading has an oxygen saturation.")


def _courses(facts: WorksheetFacts) -> Answers:
    left = facts.record.discharged_at or facts.discharge.left_at
    met = facts.discharge.met
    resolved = _MET.get(met.get("sedation"))
    passed = (left, resolved == "yes") if left and resolved else None
    yield from _course(
        "sedation", worksheet_observations.sedation(facts.record, facts.effective_entries, passed)
    )
    yield from _course(
        "dissociation", worksheet_observations.dissociation(facts.record, facts.effective_entries)
    )
    if worksheet_observations.events(facts.effective_entries, EventTerm.RESPIRATORY):
        yield "respiratory", PrefilledValue("yes", f"{LOG}: {EventTerm.RESPIRATORY.label.lower()}")
    elif met.get("breathing") is CriterionResult.NO:
        yield "respiratory", PrefilledValue("yes", f"{LEAVING}: respiratory depression")
    elif met.get("breathing") is CriterionResult.YES:
        yield "respiratory", PrefilledValue(remark=f"{LEAVING}: no respiratory depression then.")


def _course(code: str, course: Observations) -> Answers:
    yield code, PrefilledValue(_yes_no(course.present), course.source, course.remark)
    if course.present:
        onset = "" if course.onset_minute is None else str(course.onset_minute)
        yield f"{code}_onset", PrefilledValue(onset, course.source)
        yield f"{code}_resolved", PrefilledValue(_yes_no(course.resolved), course.source)


def _serious(facts: WorksheetFacts) -> Answers:
    found = worksheet_observations.events(facts.effective_entries)
    serious = [(entry, event) for entry, event in found if event.serious]
    if serious:
        what = [_event_text(entry, event, facts.record.started_at) for entry, event in serious]
        ends = [event.outcome.label for _, event in serious if event.outcome]
        yield (
            "serious_event",
            PrefilledValue("yes", f"{LOG}: {times(len(serious), 'serious event')}"),
        )
        yield "serious_event_what", PrefilledValue("; ".join(what), LOG)
        yield "serious_event_outcome", PrefilledValue("; ".join(ends), LOG)
    elif found and all(event.serious is False for _, event in found):
        text = f"{times(len(found), 'event')}, none of them serious"
        yield "serious_event", PrefilledValue("no", f"{LOG}: {text}")


def _event_text(entry: Entry, event: AdverseEvent, start: datetime | None) -> str:
    words = [event.other or event.term.label]
    if start is not None:
        words.append(f"at minute {minute(entry.at, start)}")
    if event.grade is not None:
        words.append(f"(grade {event.grade})")
    text = " ".join(words)
    return f"{text}: {event.note.strip()}" if not is_blank(event.note) else text


def _yes_no(answer: bool | None) -> str:
    return "" if answer is None else ("yes" if answer else "no")


_PARTS: tuple[Callable[[WorksheetFacts], Answers], ...] = (
    _patient, _medicines, _monitor, _setting, _treatment, _vitals, _courses, _serious,
)  # fmt: skip
