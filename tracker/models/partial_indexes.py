"""Indexes of the few among many: what is archived, active, still planned, what hangs on a row.

They stand apart from their tables because naming a condition for PostgreSQL loads its whole dialect
(20 ms at every start, also of those on SQLite). Only migrations need to know them.
"""

from sqlalchemy import Index, text

from tracker.models.alerts import Alert
from tracker.models.check_ins import Reply
from tracker.models.diary import DiaryEntry
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.stock import StockEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import User

ARCHIVED, ACTIVE, PLANNED, UNDER_WAY, STANDS, MERGED, WITHOUT_NAME = (
    text(condition)
    for condition in (
        "archived_at IS NOT NULL",
        "state = 'active'",
        "state = 'planned'",
        "state = 'under-way'",
        "state <> 'voided'",
        "merged_into_id IS NOT NULL",
        "sign_in_name IS NULL",
    )
)


# Where a row is set aside with a whole import, the database looks for whatever hangs on it: once a
# row, so that without these each of them would read all of the other table.
_HANGING = (
    ("ix_alert_series_id", Alert.series_id, text("series_id IS NOT NULL")),
    ("ix_diary_entry_check_in_id", DiaryEntry.check_in_id, text("check_in_id IS NOT NULL")),
    ("ix_diary_entry_mood_score_id", DiaryEntry.mood_score_id, text("mood_score_id IS NOT NULL")),
    ("ix_diary_entry_pain_score_id", DiaryEntry.pain_score_id, text("pain_score_id IS NOT NULL")),
    ("ix_reply_assessment_id", Reply.assessment_id, text("assessment_id IS NOT NULL")),
    ("ix_stock_entry_patient_id", StockEntry.patient_id, text("patient_id IS NOT NULL")),
    (
        "ix_treatment_session_moved_from_id",
        TreatmentSession.moved_from_id,
        text("moved_from_id IS NOT NULL"),
    ),
)

PARTIAL_INDEXES = (
    *(
        Index(name, column, sqlite_where=there, postgresql_where=there)
        for name, column, there in _HANGING
    ),
    # A number is taken once, but a session that is struck out leaves its own to another.
    Index(
        "uq_treatment_session_series_id_number",
        TreatmentSession.series_id,
        TreatmentSession.number,
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    ),
    # Of those on one mailbox one at most has no name to sign in by; services see to the rest.
    Index(
        "uq_user_email_without_name",
        User.email,
        unique=True,
        sqlite_where=WITHOUT_NAME,
        postgresql_where=WITHOUT_NAME,
    ),
    Index("ix_treatment_session_series_id", TreatmentSession.series_id),
    Index(
        "ix_patient_archived",
        Patient.clinic_id,
        Patient.name_key,
        Patient.id,
        sqlite_where=ARCHIVED,
        postgresql_where=ARCHIVED,
    ),
    # Each page of a patient asks for the records that were merged into theirs; hardly any were.
    Index(
        "ix_patient_merged_into_id",
        Patient.merged_into_id,
        sqlite_where=MERGED,
        postgresql_where=MERGED,
    ),
    Index("ix_series_active", Series.patient_id, sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    # What is still to come or overdue is a handful among all that ever was planned.
    Index(
        "ix_treatment_session_planned",
        TreatmentSession.clinic_id,
        TreatmentSession.planned_on,
        sqlite_where=PLANNED,
        postgresql_where=PLANNED,
    ),
    # A board asks every few seconds who is being treated now.
    Index(
        "ix_treatment_session_under_way",
        TreatmentSession.clinic_id,
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    ),
)
