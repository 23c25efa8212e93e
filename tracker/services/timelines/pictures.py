"""One session minute by minute: loaded and prepared, for pages and for pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from tracker.domain.access import Actor, Permission, Subject, allows, authorize
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import SessionState
from tracker.domain.live import signing as signing_rules
from tracker.domain.live.entries import Entry
from tracker.domain.problems import NotFoundError
from tracker.domain.progress.trend import Audience
from tracker.domain.timelines.timeline import Timeline, Treatment, timeline
from tracker.models.clinics import Clinic
from tracker.models.database import plain_rows
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.audit.views import note_view
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.progress import drawing
from tracker.services.progress.drawing import Picture
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit

SHAPES = ("desktop", "tablet", "phone")

_SESSION = (
    select(
        TreatmentSession.id,
        TreatmentSession.clinic_id,
        TreatmentSession.patient_id,
        TreatmentSession.state,
        TreatmentSession.started_at,
        TreatmentSession.discharged_at,
        TreatmentSession.drug,
        TreatmentSession.route,
        TreatmentSession.dose_mg,
        TreatmentSession.dissociation_peak,
        Clinic.time_zone,
        Clinic.settings,
    )
    .join_from(TreatmentSession, Clinic)
    .where(TreatmentSession.id == bindparam("session_id"))
)


@dataclass(frozen=True)
class SessionLog:
    """What the database holds of a session's day, for somebody who may see it.

    All of it is read before anything is drawn: the thread that draws knows no database.
    """

    row: Any
    rows: Sequence[Any]
    audience: Audience

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's zone."""
        return ZoneInfo(self.row.time_zone)

    @property
    def settings(self) -> TreatmentSettings:
        """What the clinic sets for its sessions."""
        return TreatmentSettings.read(self.row.settings)

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """Every entry, in the order of arrival."""
        return [entry_log.entry_of(row) for row in self.rows]

    @cached_property
    def timeline(self) -> Timeline:
        """The session, prepared for picture, sentence and table."""
        row = self.row
        treatment = from_row(
            Treatment,
            row,
            # While a session is under way only its checklist knows.
            ended_at=row.discharged_at or signing_rules.discharge_of(self.entries).left_at,
        )
        return timeline(
            self.entries,
            treatment,
            zone=self.zone,
            settings=self.settings,
            audience=self.audience,
            recorded_peak=row.dissociation_peak,
        )

    def tag(self, *look: str) -> str:
        """Hash everything that the picture is made from, the values themselves."""
        return drawing.tag(look, self.audience, *map(tuple, (self.row, *self.rows)))


def load(session_id: int, *, by: Actor) -> SessionLog:
    """Load a session for whoever may see it: clinicians, and its patient once it is signed.

    Leaves no audit line: the page that shows it has its own (`session.viewed`).
    """
    values = {"session_id": session_id}
    row = plain_rows(_SESSION, values).one_or_none()
    if row is None:
        raise NotFoundError
    about = Subject(row.clinic_id, row.patient_id)
    authorize(by, Permission.PROGRESS_VIEW, about)
    is_signed = row.state == SessionState.COMPLETED.value
    if not is_signed and not allows(by, Permission.PATIENT_VIEW, about):
        raise NotFoundError
    own = by.is_patient and by.patient_id == row.patient_id
    audience = Audience.PATIENT if own else Audience.CLINICIAN
    return SessionLog(row, plain_rows(entry_log.ENTRIES, values).all(), audience)


def picture_of(
    session_id: int, *, by: Actor, kind: str = "svg", shape: str = "desktop", theme: str = "light"
) -> Picture:
    """Find a session's picture, not drawn yet; each one asked for leaves an audit line."""
    log = load(session_id, by=by)
    about = f"session:{session_id}"
    audit(by, "timeline.viewed", about, patient_id=log.row.patient_id, detail=kind)
    return Picture(log.tag(kind, shape, theme), kind, shape, theme, lambda: log.timeline)


def picture_at_chair(
    session_id: int, *, by: Actor, shape: str, theme: str
) -> tuple[SessionLog, Picture]:
    """Find the picture of a session for the page at the chair, with what it is drawn from.

    That page asks after every reading: all of it is one look, as its polls are.
    """
    log = load(session_id, by=by)
    row = log.row
    authorize(by, Permission.SESSION_WATCH, Subject(row.clinic_id, row.patient_id))
    subject, now = f"session:{session_id}", clock.now()
    note_view(by, live_commands.VIEWED, subject, now=now, patient_id=row.patient_id)
    look = ("svg", shape, theme)
    return log, Picture(log.tag(*look), *look, lambda: log.timeline)
