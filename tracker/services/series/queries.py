"""Series as pages show them: one with its sessions, or all of a patient."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, or_, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import (
    CourseRole,
    Drug,
    Indication,
    Phase,
    Route,
    SeriesState,
    SessionState,
)
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import NotFoundError
from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import SeriesChange
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.series.record import SeriesRecord
from tracker.domain.sessions.line import SessionLine
from tracker.models.database import db, plain_rows
from tracker.models.patients import Patient
from tracker.models.series import Series, SeriesVersion
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services.rows import from_row
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import audit

# Made once, where `visible` would be compiled anew: `authorize` refuses whom it would leave out.
_SERIES = (
    select(
        Series.id,
        Series.clinic_id,
        Series.patient_id,
        Series.number,
        Series.indication,
        Series.drug,
        Series.route,
        Series.phase,
        Series.course_role,
        Series.template,
        Series.planned_dose_mg,
        Series.planned_dose_mg_per_kg,
        Series.starts_on,
        Series.state,
        Series.state_reason,
        Series.version,
        Patient.record_number,
        Patient.given_name,
        Patient.family_name,
    )
    .join_from(Series, Patient, Patient.id == Series.patient_id)
    .where(Series.clinic_id == bindparam("clinic_id"))
)
_LAST_PLACE = (
    select(Series.planned_time, Series.chair, Series.weekdays)
    .where(Series.patient_id == bindparam("patient_id"))
    .order_by(Series.number.desc())
    .limit(1)
)
_ONE = _SERIES.where(Series.id == bindparam("series_id"))
OF_PATIENT = _SERIES.where(Series.patient_id == bindparam("patient_id")).order_by(
    Series.number.desc()
)
_CHIPS = select(TreatmentSession.series_id, *session_rows.LINE).order_by(TreatmentSession.number)
# Struck out and never held: it was planned in the place of one that stands again.
_CHIPS_OF_ONE = _CHIPS.where(
    TreatmentSession.series_id == bindparam("series_id"),
    or_(STANDS, TreatmentSession.started_at.is_not(None)),
)
_CHIPS_OF_ALL = _CHIPS.where(TreatmentSession.patient_id == bindparam("patient_id"), STANDS)
_EARLIER = (
    select(
        SeriesVersion.version,
        SeriesVersion.content,
        SeriesVersion.changed_at,
        SeriesVersion.changed_by,
    )
    .where(SeriesVersion.series_id == bindparam("series_id"))
    .order_by(SeriesVersion.version.desc())
)


class EarlierSeries(Struct, frozen=True, kw_only=True):
    """What a series said before it was changed; `rescheduled` where only its schedule was."""

    version: int
    plan: SeriesChange
    state: SeriesState
    state_reason: str
    changed_at: datetime
    changed_by: str
    rescheduled: bool = False


class SeriesView(Struct, frozen=True, kw_only=True):
    """A series as pages show it, with its sessions by number; `earlier` has the newest first."""

    id: int
    patient_id: int
    patient_label: str
    record: SeriesRecord
    version: int
    sessions: tuple[SessionLine, ...]
    earlier: tuple[EarlierSeries, ...] = ()

    @property
    def completed_count(self) -> int:
        """How many sessions were held."""
        return sum(chip.state is SessionState.COMPLETED for chip in self.sessions)

    @property
    def to_come(self) -> tuple[SessionLine, ...]:
        """The sessions still planned."""
        return tuple(chip for chip in self.sessions if chip.state is SessionState.PLANNED)

    def next_of(self, today: date) -> SessionLine | None:
        """Pick what comes next: the session of today, else the one that waits the longest."""
        ahead = sorted(self.to_come, key=lambda line: line.planned_on != today)
        return next(iter(ahead), None)

    def planned_dose(self, line: SessionLine) -> PlannedDose:
        """Say what one of its sessions is planned to give."""
        record = self.record
        return line.planned_dose(PlannedDose(record.planned_dose_mg, record.planned_dose_mg_per_kg))

    @property
    def next_states(self) -> tuple[SeriesState, ...]:
        """The states that may follow."""
        return series_plan.NEXT_STATES[self.record.state]


def find(series_id: int, *, by: Actor) -> SeriesView:
    """Look a series up with its sessions and earlier versions; leaves an audit line."""
    values = {"series_id": series_id}
    row = plain_rows(_ONE, values | {"clinic_id": by.clinic_id}).one_or_none()
    if row is None:
        raise NotFoundError
    authorize(by, Permission.PATIENT_VIEW, Subject(row.clinic_id, row.patient_id))
    chips = [session_rows.line_of(chip) for chip in plain_rows(_CHIPS_OF_ONE, values)]
    earlier = [_earlier(version) for version in db.session.execute(_EARLIER, values)]
    view = _view(row, chips)
    audit(by, "series.viewed", f"series:{series_id}", patient_id=row.patient_id)
    return replace(view, earlier=tuple(_mark_schedule_changes(earlier, view.record)))


def last_place(patient_id: int) -> dict[str, Any] | None:
    """Read where and when the patient's last series took place: a form starts from it.

    Who may see the patient was decided before.
    """
    row = plain_rows(_LAST_PLACE, {"patient_id": patient_id}).one_or_none()
    return None if row is None else dict(row._mapping)


def of_patient(patient_id: int, *, by: Actor) -> list[SeriesView]:
    """List a patient's series, the newest first, from two queries.

    Leaves no audit line: the page that shows them has its own (`patient.viewed`).
    """
    values = {"patient_id": patient_id}
    rows = plain_rows(OF_PATIENT, values | {"clinic_id": by.clinic_id}).all()
    if not rows:
        return []
    authorize(by, Permission.PATIENT_VIEW, Subject(rows[0].clinic_id, patient_id))
    return of_rows(rows, plain_rows(_CHIPS_OF_ALL, values).all())


def of_rows(rows: Iterable[Any], sessions: Iterable[Any]) -> list[SeriesView]:
    """Make the views of a patient's series from rows that were read already."""
    chips: defaultdict[int, list[SessionLine]] = defaultdict(list)
    for chip in sorted(sessions, key=attrgetter("number")):
        chips[chip.series_id].append(session_rows.line_of(chip))
    return [_view(row, chips[row.id]) for row in rows]


def _view(row: Any, chips: Iterable[SessionLine]) -> SeriesView:
    return SeriesView(
        id=row.id,
        patient_id=row.patient_id,
        patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
        record=from_row(SeriesRecord, row),
        version=row.version,
        sessions=tuple(chips),
    )


def _mark_schedule_changes(
    earlier: Iterable[EarlierSeries], stands: SeriesRecord
) -> Iterator[EarlierSeries]:
    """Mark the versions that differ from what came after them by nothing but the schedule."""
    names = list(SeriesChange.__struct_fields__)
    after = ([getattr(stands, name) for name in names], stands.state, stands.state_reason)
    for one in earlier:
        values = ([getattr(one.plan, name) for name in names], one.state, one.state_reason)
        yield replace(one, rescheduled=values == after)
        after = values


def _earlier(row: Any) -> EarlierSeries:
    content = row.content
    role = content.get("course_role")  # of before it was kept, nobody had said it
    doses = {
        name: None if content[name] is None else Decimal(content[name])
        for name in ("planned_dose_mg", "planned_dose_mg_per_kg")
    }
    return EarlierSeries(
        version=row.version,
        plan=SeriesChange(
            indication=Indication(content["indication"]),
            drug=Drug(content["drug"]),
            route=Route(content["route"]),
            phase=Phase(content["phase"]),
            course_role=CourseRole(role) if role else None,
            **doses,
        ),
        state=SeriesState(content["state"]),
        state_reason=content["state_reason"],
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
