"""What a patient's scores say on the day of an assessment: the scales wanted, and suicide."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, exists, select

from tracker.domain.alerts import rules as alert_rules
from tracker.domain.check_ins import schedule as check_in_schedule
from tracker.domain.check_ins.schedule import Anchor
from tracker.domain.checklists import suicide as suicide_check
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import AlertKind, Completeness, Indication, Phase
from tracker.domain.eligibility.draft import EligibilityDraft
from tracker.domain.eligibility.prefill import AssessmentFacts, ScaleFact, SuicideFact
from tracker.domain.instruments.model import AlarmKind, Instrument
from tracker.domain.scores import diff as score_diff
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services.clinic import clinics
from tracker.services.instruments import editions as instrument_editions

_SCORES = (
    select(
        Assessment.instrument,
        Assessment.edition_id,
        Assessment.total,
        Assessment.completeness,
        Assessment.answers,
        Assessment.taken_at,
    )
    .where(
        Assessment.patient_id == bindparam("patient_id"),
        Assessment.taken_at >= bindparam("since"),
        Assessment.taken_at < bindparam("until"),
        Assessment.voided_at.is_(None),
    )
    .order_by(Assessment.taken_at, Assessment.id)
)

_PATIENT = select(
    Patient.birth_date,
    exists()
    .where(
        TreatmentSession.patient_id == Patient.id, TreatmentSession.weight_kg.is_not(None), STANDS
    )
    .label("had_weight"),
).where(Patient.id == bindparam("patient_id"))


def gather(draft: EligibilityDraft, patient_id: int, clinic_id: int) -> AssessmentFacts:
    """Gather the latest score of each scale of the weeks up to the assessment, that day included.

    Who may see them was decided before.
    """
    clinic = clinics.view(clinic_id)
    settings = TreatmentSettings.read(clinic.settings)
    latest = _latest(draft, patient_id, clinic.zone, settings.baseline_days)
    birth_date, had_weight = db.session.execute(_PATIENT, {"patient_id": patient_id}).one()
    return AssessmentFacts(
        scales=tuple(_scales(draft.indications, latest, clinic.zone)),
        suicide=tuple(_suicide(latest.values(), clinic.zone)),
        settings=settings,
        birth_date=birth_date,
        had_weight=had_weight,
    )


def _latest(draft: EligibilityDraft, patient_id: int, zone: ZoneInfo, days: int) -> dict[str, Any]:
    day = draft.assessed_on
    if day is None:
        return {}
    since = datetime.combine(day - timedelta(days=days), time(), zone)
    until = datetime.combine(day + timedelta(days=1), time(), zone)
    values = {"patient_id": patient_id, "since": since, "until": until}
    return {row.instrument: row for row in db.session.execute(_SCORES, values)}


def required_scales(indications: Iterable[Indication]) -> tuple[str, ...]:
    """Name the scales that are asked for before treatment of these indications."""
    codes = [
        code
        for indication in indications
        for line in check_in_schedule.usual(indication, Phase.INDUCTION)
        if line.anchor is Anchor.BASELINE
        for code in line.instruments
    ]
    return tuple(dict.fromkeys(codes))


def _scales(
    indications: tuple[Indication, ...], latest: Mapping[str, Any], zone: ZoneInfo
) -> Iterator[ScaleFact]:
    asked = required_scales(indications)
    others = [
        code
        for code in latest
        if code not in asked and code in library() and library()[code].recall_days
    ]
    for code in (*asked, *others):
        instrument = library()[code]
        row, is_wanted = latest.get(code), code in asked
        if row is None:
            yield ScaleFact(title=instrument.short_title, is_required=is_wanted)
        else:
            yield _scale(instrument, row, zone, is_wanted=is_wanted)


def _scale(instrument: Instrument, row: Any, zone: ZoneInfo, *, is_wanted: bool) -> ScaleFact:
    band = instrument.band(row.total) if row.total is not None else None
    completeness = Completeness(row.completeness)
    return ScaleFact(
        title=instrument.short_title,
        is_required=is_wanted,
        taken_on=row.taken_at.astimezone(zone).date(),
        total=row.total,
        band=band.label if band else "",
        completeness=score_diff.completeness_text(completeness, _answers(row), instrument),
    )


def _suicide(rows: Iterable[Any], zone: ZoneInfo) -> Iterator[SuicideFact]:
    """Yield what was answered to suicide questions, and the totals that tell of suicide."""
    for row in rows:
        answers, instrument = _answers(row), _answered_with(row)
        if instrument is None:
            continue
        day = row.taken_at.astimezone(zone).date()
        if not answers:
            yield from _suicide_total(instrument, row, day)
        elif instrument.safety_items:
            yield from _suicide_facts(instrument, answers, day)


def _suicide_total(instrument: Instrument, row: Any, day: date) -> Iterator[SuicideFact]:
    told = suicide_check.answer_of(instrument, row.total, {}, row.taken_at)
    if told is not None:
        sources = (one.source for one in instrument.total_alarms if one.kind is AlarmKind.SUICIDE)
        yield SuicideFact(
            words=told.words, taken_on=day, is_positive=told.is_positive, source=next(sources)
        )


def _suicide_facts(
    instrument: Instrument, answers: Mapping[str, Decimal], day: date
) -> Iterator[SuicideFact]:
    silent = list(alert_rules.of_silence(instrument, answers))
    loud = [
        c for c in alert_rules.of_answers(instrument, answers) if c.kind is AlertKind.SUICIDE_ITEM
    ]
    for draft in (*loud, *silent):
        yield SuicideFact(
            words=alert_rules.sentence(draft.kind, draft.facts),
            taken_on=day,
            is_positive=True if draft in loud else None,
            source=draft.facts["source"],
        )
    if not loud and not silent:
        alarm = next(a for a in instrument.alarms if a.item in instrument.safety_items)
        yield SuicideFact(
            words=f"{instrument.short_title}, nothing about suicide answered above zero",
            taken_on=day,
            is_positive=False,
            source=alarm.source,
        )


def _answered_with(row: Any) -> Instrument | None:
    return (
        library().get(row.instrument)
        if row.edition_id is None
        else instrument_editions.read(row.edition_id)
    )


def _answers(row: Any) -> dict[str, Decimal]:
    return {code: Decimal(value) for code, value in row.answers.items()}
