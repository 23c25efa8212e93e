"""Scores as pages show them: lines of a list, and one with its questions and answers."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, RowMapping, bindparam, select

from tracker.domain.access import Actor, Permission, allows, authorize
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.codes import Completeness, Mode, Occasion, SessionState
from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import Band, Instrument, TotalAlarm
from tracker.domain.instruments.scoring import Result
from tracker.domain.progress import explanations
from tracker.domain.progress.trend import Audience
from tracker.domain.scores import diff as score_diff
from tracker.domain.scores import draft as score_draft
from tracker.domain.scores import interpretation, patient_text
from tracker.domain.scores import text as score_text
from tracker.domain.scores.diff import Answer
from tracker.domain.scores.interpretation import Verdict
from tracker.domain.scores.record import ScoreRecord
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.alerts import commands as alert_commands
from tracker.services.alerts.commands import AlertView
from tracker.services.clinic import clinics
from tracker.services.instruments import editions as instrument_editions
from tracker.services.progress import pictures as progress_pictures
from tracker.services.unit_of_work import audit

_LINES = (
    select(
        *(column for column in Assessment.__table__.columns),
        Patient.record_number,
        Series.number.label("series_number"),
        TreatmentSession.number.label("session_number"),
    )
    .join(Patient, Patient.id == Assessment.patient_id)
    .outerjoin(Series, Series.id == Assessment.series_id)
    .outerjoin(TreatmentSession, TreatmentSession.id == Assessment.session_id)
    .order_by(Assessment.taken_at, Assessment.id)
)
_STARTS = select(TreatmentSession.started_at).where(
    TreatmentSession.patient_id == bindparam("patient_id"),
    TreatmentSession.state == SessionState.COMPLETED.value,
    TreatmentSession.started_at.is_not(None),
)


class ScoreLine(Struct, frozen=True, kw_only=True):
    """A score as a list shows it; a voided one says who voided it, when and why.

    '' where nothing is to be said: `completeness_text` says that it is incomplete or prorated,
    `recall` that treatment falls within the time it asks about, `disagreement` that its form says
    another total.
    """

    record: ScoreRecord
    scale: str
    session_number: int | None
    recorded_at: datetime
    recorded_by: str
    voided_at: datetime | None
    voided_by: str
    voided_reason: str
    completeness_text: str = ""
    recall: str = ""
    disagreement: str = ""


def read(which: ColumnElement[bool], patient_id: int, *, by: Actor) -> list[ScoreLine]:
    """Read scores of one patient; who may see them was decided before."""
    rows = db.session.execute(_LINES.where(which)).mappings().all()
    found = db.session.scalars(_STARTS, {"patient_id": patient_id})
    starts = [start for start in found if start is not None]
    zone = clinics.view(by.clinic_id).zone
    editions_read = answered_with(row["edition_id"] for row in rows)

    def line_of(row: RowMapping) -> ScoreLine:
        current = library().get(row["instrument"])
        return _line(row, editions_read.get(row["edition_id"], current), starts, zone)

    return [line_of(row) for row in rows]


def answered_with(edition_ids: Iterable[int | None]) -> dict[int | None, Instrument]:
    """Read the instruments in the words that were answered, by edition."""
    return {one: instrument_editions.read(one) for one in set(edition_ids) if one is not None}


def _line(
    row: RowMapping, instrument: Instrument | None, starts: Sequence[datetime], zone: tzinfo
) -> ScoreLine:
    record = as_record(row)
    scale = instrument.short_title if instrument else record.instrument
    plain = {name: row[name] for name in ScoreLine.__struct_fields__ if name in row}
    completeness_text = score_diff.completeness_text(
        record.completeness, record.answers, instrument
    )
    line = ScoreLine(record=record, scale=scale, **plain, completeness_text=completeness_text)
    if instrument is None:
        return line
    days = score_draft.treatment_days(
        instrument, record.taken_at, starts, zone=zone, time_known=record.time_known
    )
    return replace(
        line,
        recall=score_draft.recall_sentence(days, instrument.recall_days),
        disagreement=score_diff.disagreement(record, instrument),
    )


def as_record(row: RowMapping) -> ScoreRecord:
    """Make the domain's record of a row that has the columns of a score."""
    values = {name: row[name] for name in ScoreRecord.__struct_fields__ if name in row}
    return ScoreRecord(
        **values
        | {
            "score_id": row["id"],
            "occasion": Occasion(row["occasion"]),
            "mode": Mode(row["mode"]),
            "completeness": Completeness(row["completeness"]),
            "answers": {code: Decimal(text) for code, text in row["answers"].items()},
        }
    )


class ScoreView(Struct, frozen=True, kw_only=True):
    """One score whole, read with the instrument in the words that were answered.

    `instrument` and `result` are None where they are not known: an instrument taken out of the
    library before editions were kept, a total without answers. `verdict` is None for a score that
    does not stand or has no total. `alerts` are of a change that saving it told; what its answers
    and its total say by themselves is in `result` and in `dangers`.
    """

    patient_id: int
    line: ScoreLine
    instrument: Instrument | None
    answers: tuple[Answer, ...] = ()
    result: Result | None = None
    proration: str = ""
    verdict: Verdict | None = None
    alerts: tuple[AlertView, ...] = ()
    rules_then: tuple[str, ...] = ()  # what the scale's file said otherwise when it was recorded

    @property
    def sentences(self) -> tuple[str, str] | None:
        """What it says, as its patient reads it and as clinicians do."""
        if self.verdict is None:
            return None
        sentence = patient_text.sentence_for_patient(self.verdict)
        return sentence, score_text.sentence_for_clinician(self.verdict)

    @property
    def dangers(self) -> tuple[TotalAlarm, ...]:
        """What its total says by itself, as C-SSRS moderate does."""
        told = self.line.record
        if self.instrument is None:
            return ()
        return tuple(scoring.total_alarms_reached(self.instrument, told.total, told.answers))

    @property
    def band(self) -> Band | None:
        """The named range that the total falls in."""
        total = self.line.record.total
        return None if total is None or self.instrument is None else self.instrument.band(total)


def find(score_id: int, *, by: Actor) -> ScoreView:
    """Look one score up: whose it is, what was answered, and what that comes to."""
    row = fetch(by, Assessment, score_id)
    authorize(by, Permission.PATIENT_VIEW, subject(row))
    edition_id, patient_id = row.edition_id, row.patient_id
    alerts = alert_commands.of_score(row, by=by) if allows(by, Permission.ALERT_VIEW) else []
    [line] = read(Assessment.id == score_id, patient_id, by=by)
    current = library().get(line.record.instrument)
    answered = answered_with([edition_id]).get(edition_id, current)
    instrument = None if answered is None else answered.judged_as(current)
    verdict = None if instrument is None else _verdict(patient_id, line, instrument, by)
    audit(by, "score.viewed", f"score:{score_id}", patient_id=patient_id)
    view = ScoreView(
        patient_id=patient_id,
        line=line,
        instrument=instrument,
        verdict=verdict,
        alerts=tuple(one for one in alerts if alert_rules.is_of_change(one.kind)),
        rules_then=_rules_then(answered, instrument),
    )
    if instrument is None or not line.record.answers:
        return view
    return replace(
        view,
        answers=score_diff.answers(line.record, instrument),
        result=scoring.score(instrument, line.record.answers),
        proration=score_diff.proration(line.record, instrument),
    )


def _rules_then(answered: Instrument | None, today: Instrument | None) -> tuple[str, ...]:
    """Say what of a scale was told otherwise when a score was recorded; its words stay anyway."""
    if answered is None or today is None:
        return ()
    now = explanations.explain(today)
    then = explanations.explain(replace(answered, scoring=today.scoring))
    return tuple(line for line in then if line not in now)


def _verdict(patient_id: int, line: ScoreLine, instrument: Instrument, by: Actor) -> Verdict | None:
    """Judge a score among those of its scale; one that has a twin in time and total is as good."""
    record = line.record
    if line.voided_at is not None or record.total is None:
        return None
    known = progress_pictures.load(patient_id, by=by, audience=Audience.CLINICIAN)
    points = [
        progress_pictures.score_point(row, known.zone)
        for row in known.scores
        if row.total is not None and row.instrument == record.instrument
    ]
    return next(
        verdict
        for verdict in interpretation.verdicts(points, instrument, known.courses)
        if (verdict.score.at, verdict.score.total) == (record.taken_at, record.total)
    )
