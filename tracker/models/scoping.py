"""The one place that filters by clinic and patient: whatever is not yours is not there."""

from typing import TypeVar

from sqlalchemy import ColumnElement, and_, false, select

from tracker.domain.access import Actor, Role, Subject
from tracker.domain.problems import NotFoundError
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import db
from tracker.models.diary import DiaryEntry
from tracker.models.eligibility import Eligibility
from tracker.models.health_lists import HealthItem
from tracker.models.patients import Patient
from tracker.models.referral_letters import ReferralLetter
from tracker.models.safety_checks import SafetyCheck
from tracker.models.series import Series
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.worksheets import Worksheet

Row = TypeVar(
    "Row",
    Patient,
    Series,
    TreatmentSession,
    SessionEntry,
    Assessment,
    CheckIn,
    Reply,
    Alert,
    Eligibility,
    Worksheet,
    SafetyCheck,
    HealthItem,
    DiaryEntry,
    ReferralLetter,
)


def visible(by: Actor, kind: type[Row]) -> ColumnElement[bool]:
    """Say which rows of a table somebody may know of: their clinic's, or only their own."""
    if by.roles & {Role.CLINICIAN, Role.CONSOLE}:
        return kind.clinic_id == by.clinic_id
    if by.patient_id is None:
        return false()
    own = kind.patient_id if hasattr(kind, "patient_id") else kind.id
    theirs = and_(kind.clinic_id == by.clinic_id, own == by.patient_id)
    return and_(theirs, _of_link(by, kind)) if by.check_in_id is not None else theirs


def _of_link(by: Actor, kind: type[Row]) -> ColumnElement[bool]:
    """Say which rows the holder of a link may know of: those of its check-in, nothing else."""
    if kind is CheckIn:
        return CheckIn.id == by.check_in_id
    if kind is Reply:
        return Reply.check_in_id == by.check_in_id
    return false()


def fetch(by: Actor, kind: type[Row], row_id: int) -> Row:
    """Fetch a row through the person who asks; NotFoundError when it is not theirs to know."""
    row: Row | None = db.session.scalar(select(kind).where(kind.id == row_id, visible(by, kind)))
    if row is None:
        raise NotFoundError
    return row


def subject(row: Row) -> Subject:
    """Name whom a row is about, for the access policy."""
    if isinstance(row, Patient):
        return Subject(row.clinic_id, row.id)
    check_in_id = {CheckIn: "id", Reply: "check_in_id"}.get(type(row), "")
    return Subject(row.clinic_id, row.patient_id, getattr(row, check_in_id, None))
