"""Two records side by side, what a merge moved, and what taking it apart gives back."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import func, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import Drug, MailTime, SeriesState, SessionState, Sex
from tracker.domain.formatting import full_day, times
from tracker.domain.merges import numbering, preview
from tracker.domain.merges.preview import Counts, RecordSide, RunningSeries
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import Finding, NotFoundError, Problem
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import connection, db
from tracker.models.drafts import PAGE, Draft
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import STANDING, HealthItem
from tracker.models.merges import PatientMerge, PatientMergeRow
from tracker.models.patients import Patient
from tracker.models.referral_letters import ReferralLetter
from tracker.models.safety_checks import SafetyCheck
from tracker.models.scoping import visible
from tracker.models.series import Series
from tracker.models.stock import StockEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.worksheets import Worksheet
from tracker.services.clinic import clinics
from tracker.services.health_lists import rows as item_rows
from tracker.services.merges import moving
from tracker.services.patients import search as patient_search
from tracker.services.patients.search import PatientLine
from tracker.services.unit_of_work import audit

FOUND_MAX = 8
_COUNTED = {
    Series: "series",
    TreatmentSession: "sessions",
    Assessment: "scores",
    CheckIn: "check_ins",
    Alert: "alerts",
    Eligibility: "eligibilities",
    SafetyCheck: "safety_checks",
    HealthItem: "health_items",
    Worksheet: "worksheets",
    StockEntry: "stock_entries",
    ReferralLetter: "referral_letters",
}
_SIDE = (
    "id", "record_number", "given_name", "family_name", "birth_date", "other_number", "email",
    "phone",
)  # fmt: skip
_RUNNING = (SeriesState.PLANNED.value, SeriesState.ACTIVE.value)
_TAKES_PLACE = (
    SessionState.PLANNED.value, SessionState.UNDER_WAY.value, SessionState.COMPLETED.value,
)  # fmt: skip
_OVER = "The {} days in which a merge can be taken apart were over on {}."
_MERGED_ON = "Record {} was merged into another one since. Take that apart first."


class Comparison(Struct, frozen=True):
    """Two records, what is to be read first and what makes it impossible to merge them now."""

    sides: tuple[RecordSide, RecordSide]
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]


class MovedSeries(Struct, frozen=True):
    """A series that a merge moved: its number before, and the one it has now."""

    series_id: int
    before: int
    now: int


class MergeView(Struct, frozen=True, kw_only=True):
    """A merge as the page of the merged record tells it."""

    kept_id: int
    kept_number: str
    kept_label: str
    merged_at: datetime
    merged_by: str
    reason: str
    moved: int
    series: tuple[MovedSeries, ...]
    last_day: date
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]


def others(patient_id: int, query: str, *, by: Actor) -> tuple[PatientLine, ...]:
    """Find who may be meant by the other record, by number, name or birth date."""
    authorize(by, Permission.PATIENT_MERGE, Subject(by.clinic_id, patient_id))
    found = {
        row.id: row
        for show in ("current", "archived")
        for row in patient_search.matching(query, show, by, limit=FOUND_MAX)
        if row.id != patient_id and row.merged_into_id is None
    }
    audit(by, "patients.suggested", detail=f"{len(found)} patients")
    return tuple(patient_search.line_of(row) for row in found.values())


def compare(one_id: int, other_id: int, *, by: Actor) -> Comparison:
    """Set two records side by side; leaves an audit line for each."""
    authorize(by, Permission.PATIENT_MERGE, Subject(by.clinic_id, one_id))
    sides = side(one_id, by=by), side(other_id, by=by)
    both_ways = [*preview.refusals(*sides), *preview.refusals(*reversed(sides))]
    # That one of them cannot be kept is said when it is chosen.
    problems = tuple(dict.fromkeys(one for one in both_ways if not one.field))
    for one_of_both in (one_id, other_id):
        about = f"patient:{one_of_both}"
        audit(by, "patient.merge-previewed", about, patient_id=one_of_both)
    return Comparison(sides, preview.findings(*sides), problems)


def side(patient_id: int, *, by: Actor) -> RecordSide:
    """Read one of two records, as far as they are compared."""
    query = select(
        *(getattr(Patient, name) for name in _SIDE),
        Patient.sex,
        Patient.archived_at,
        Patient.merged_into_id,
        Patient.mail_stopped_at,
        Patient.mail_time,
        Patient.user_id,
        STANDING,
    ).where(Patient.id == patient_id, visible(by, Patient))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFoundError
    counted = moving.counts(patient_id, tuple(_COUNTED))
    days, is_under_way = _sessions(patient_id, by)
    return RecordSide(
        **{name: getattr(row, name) for name in _SIDE},
        sex=Sex(row.sex),
        is_archived=row.archived_at is not None,
        is_merged=row.merged_into_id is not None,
        has_account=row.user_id is not None,
        mail_stopped=row.mail_stopped_at is not None,
        mail_time=MailTime(row.mail_time) if row.mail_time else None,
        is_under_way=is_under_way,
        unsigned=_count_unsigned(patient_id),
        counts=Counts(
            **{name: counted[moving.table_of(model).name] for model, name in _COUNTED.items()}
        ),
        session_days=days,
        running=_running(patient_id),
        lists=item_rows.read_lists(row.health_items),
    )


def standing(merged_id: int, *, by: Actor) -> PatientMerge:
    """Find the merge that a record is merged by; raise NotFoundError where it is merged by none."""
    row = db.session.scalar(
        select(PatientMerge).where(
            PatientMerge.merged_id == merged_id,
            PatientMerge.clinic_id == by.clinic_id,
            PatientMerge.apart_at.is_(None),
        )
    )
    if row is None:
        raise NotFoundError
    return row


def of_merged(merged_id: int, *, by: Actor) -> MergeView:
    """Tell how a record was merged, and whether and how that can be taken apart."""
    authorize(by, Permission.PATIENT_VIEW, Subject(by.clinic_id, merged_id))
    row = standing(merged_id, by=by)
    kept = db.session.execute(
        select(Patient.record_number, Patient.given_name, Patient.family_name).where(
            Patient.id == row.kept_id
        )
    ).one()
    return MergeView(
        kept_id=row.kept_id,
        kept_number=kept.record_number,
        kept_label=patient_draft.label(kept.given_name, kept.family_name, kept.record_number),
        merged_at=row.merged_at,
        merged_by=row.merged_by,
        reason=row.reason,
        moved=_count_moved(row.id),
        series=tuple(_moved_series(row.id)),
        last_day=_last_day(row, by),
        problems=tuple(apart_problems(row, by=by)),
        findings=apart_findings(row),
    )


def apart_problems(row: PatientMerge, *, by: Actor) -> list[Problem]:
    """List what makes it impossible to take a merge apart now."""
    last, problems = _last_day(row, by), []
    if clinics.today(by.clinic_id) > last:
        problems.append(Problem("", _OVER.format(numbering.APART_DAYS, full_day(last))))
    kept = db.session.execute(
        select(Patient.record_number, Patient.merged_into_id).where(Patient.id == row.kept_id)
    ).one()
    if kept.merged_into_id is not None:
        problems.append(Problem("", _MERGED_ON.format(kept.record_number)))
    if _sessions(row.kept_id, by)[1]:
        problems.append(Problem("", preview.UNDER_WAY.format(kept.record_number)))
    return problems


def apart_findings(row: PatientMerge) -> tuple[Finding, ...]:
    """Say what goes back when a merge is taken apart, and what stays with the kept record."""
    told = [
        f"What was moved goes back to the merged record: {preview.things(_count_moved(row.id))}."
    ]
    along, stays = _since(row, along=True), _since(row, along=False)
    if along:
        told.append(f"Recorded since on what goes back, and goes along: {preview.things(along)}.")
    if answered := _answered_since(row):
        told.append(
            f"The patient answered {times(answered, 'form')} since, of what goes back. The answers "
            "go along, with their alerts: look first whose they are."
        )
    if stays:
        told.append(f"Recorded since, and stays with the kept record: {preview.things(stays)}.")
    return tuple(Finding("", text, "") for text in told)


def _count_moved(merge_id: int) -> int:
    query = select(func.count()).where(
        PatientMergeRow.merge_id == merge_id, PatientMergeRow.is_moved.is_(True)
    )
    return db.session.scalar(query) or 0


def _since(row: PatientMerge, *, along: bool) -> int:
    """Count what was recorded since a merge: what goes back along with its like, or what stays."""
    counted = 0
    for model, name in _WRITTEN_AT.items():
        goes = moving.goes_back(model, row.id)
        query = select(func.count()).where(
            model.patient_id == row.kept_id,
            getattr(model, name) > row.merged_at,
            goes if along else ~goes,
        )
        counted += connection().scalar(query) or 0
    return counted


def _answered_since(row: PatientMerge) -> int:
    """Count forms that go back and were answered since by whoever had the sign-in that stayed."""
    query = select(func.count()).where(
        Reply.patient_id == row.kept_id,
        Reply.saved_at > row.merged_at,
        Reply.answers != {},
        moving.goes_back(Reply, row.id),
    )
    return connection().scalar(query) or 0


# When each was entered: what a patient has since a merge is told before it is taken apart.
_WRITTEN_AT: dict[Any, str] = {
    Series: "created_at",
    TreatmentSession: "recorded_at",
    Assessment: "recorded_at",
    CheckIn: "made_at",
    Eligibility: "made_at",
    HealthItem: "recorded_at",
    SafetyCheck: "recorded_at",
}


def _moved_series(merge_id: int) -> Iterator[MovedSeries]:
    rows = db.session.execute(
        select(Series.id, Series.number, PatientMergeRow.before)
        .join(PatientMergeRow, PatientMergeRow.row_id == Series.id)
        .where(
            PatientMergeRow.merge_id == merge_id,
            PatientMergeRow.of_table == Series.__tablename__,
            PatientMergeRow.is_moved.is_(True),
        )
        .order_by(Series.number)
    )
    for row in rows:
        yield MovedSeries(row.id, row.before["number"], row.number)


def _last_day(row: PatientMerge, by: Actor) -> date:
    zone = clinics.view(by.clinic_id).zone
    return numbering.last_day(row.merged_at.astimezone(zone).date())


def _sessions(patient_id: int, by: Actor) -> tuple[frozenset[date], bool]:
    """Give the days of a record's sessions, and whether one of them is under way."""
    zone = clinics.view(by.clinic_id).zone
    rows = db.session.execute(
        select(
            TreatmentSession.state, TreatmentSession.planned_on, TreatmentSession.started_at
        ).where(TreatmentSession.patient_id == patient_id, TreatmentSession.state.in_(_TAKES_PLACE))
    ).all()
    days = (
        row.started_at.astimezone(zone).date() if row.started_at else row.planned_on for row in rows
    )
    under_way = any(row.state == SessionState.UNDER_WAY.value for row in rows)
    return frozenset(day for day in days if day is not None), under_way


def _running(patient_id: int) -> tuple[RunningSeries, ...]:
    rows = db.session.execute(
        select(Series.number, Series.drug)
        .where(Series.patient_id == patient_id, Series.state.in_(_RUNNING))
        .order_by(Series.number)
    )
    return tuple(RunningSeries(row.number, Drug(row.drug)) for row in rows)


def _count_unsigned(patient_id: int) -> int:
    queries = (
        select(func.count()).where(
            Eligibility.patient_id == patient_id, Eligibility.decision.is_(None)
        ),
        select(func.count()).where(Worksheet.patient_id == patient_id, Worksheet.state == "draft"),
        # What is being typed to merge them is not begun of a record.
        select(func.count()).where(
            Draft.patient_id == patient_id, Draft.form.not_like(f"{PAGE}/patients/%/merge/%")
        ),
    )
    return sum(db.session.scalar(query) or 0 for query in queries)
