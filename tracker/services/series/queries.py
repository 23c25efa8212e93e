"""Series as pages show them: one with its sessions, or all of a patient."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import Drug, Indication, Phase, Route, SeriesState, SessionState
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import NotFoundError
from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import SeriesChange
from tracker.domain.series.record import SeriesRecord
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.series import Series, SeriesVersion
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.unit_of_work import note

_sessions, _series = TreatmentSession.__table__.c, Series.__table__.c
_patient = Patient.__table__.c
# Made once, where `visible` would be compiled anew: `authorize` refuses whom it would leave out.
_SERIES = (
    select(
        _series.id,
        _series.clinic_id,
        _series.patient_id,
        _series.number,
        _series.indication,
        _series.drug,
        _series.route,
        _series.phase,
        _series.template,
        _series.planned_dose_mg,
        _series.planned_dose_mg_per_kg,
        _series.starts_on,
        _series.state,
        _series.state_reason,
        _series.version,
        _patient.record_number,
        _patient.given_name,
        _patient.family_name,
    )
    .join_from(Series.__table__, Patient.__table__, _patient.id == _series.patient_id)
    .where(_series.clinic_id == bindparam("clinic_id"))
)
_ONE = _SERIES.where(_series.id == bindparam("series_id"))
OF_PATIENT = _SERIES.where(_series.patient_id == bindparam("patient_id")).order_by(
    _series.number.desc()
)
_CHIPS = select(
    _sessions.series_id,
    _sessions.id,
    _sessions.number,
    _sessions.state,
    _sessions.state_reason,
    _sessions.planned_on,
    _sessions.started_at,
    _sessions.drug,
    _sessions.route,
    _sessions.dose_mg,
    _sessions.dose_mg_per_kg,
    _sessions.mood_before,
    _sessions.mood_after,
    _sessions.pain_before,
    _sessions.pain_after,
).order_by(_sessions.number)
_CHIPS_OF_ONE = _CHIPS.where(_sessions.series_id == bindparam("series_id"))
_CHIPS_OF_ALL = _CHIPS.where(_sessions.patient_id == bindparam("patient_id"))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChip:
    """One session in the row of its series."""

    session_id: int
    number: int
    state: SessionState
    state_reason: str
    planned_on: date | None
    started_at: datetime | None
    drug: Drug
    route: Route
    dose_mg: Decimal | None
    dose_mg_per_kg: Decimal | None
    mood_before: int | None
    mood_after: int | None
    pain_before: int | None
    pain_after: int | None

    @property
    def on(self) -> date | None:
        """When it was, or is planned: an instant once it was held, else a day."""
        return self.started_at or self.planned_on

    @property
    def compared_by_weight(self) -> bool:
        """Whether mg/kg is what compares: nasal esketamine is given in fixed milligrams."""
        return self.dose_mg_per_kg is not None and not is_nasal_esketamine(self.drug, self.route)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierSeries:
    """What a series said before it was changed; `rescheduled` where only its schedule was."""

    version: int
    plan: SeriesChange
    state: SeriesState
    state_reason: str
    changed_at: datetime
    changed_by: str
    rescheduled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesView:
    """A series as pages show it, with its sessions by number; `earlier` has the newest first."""

    id: int
    patient_id: int
    patient_label: str
    record: SeriesRecord
    version: int
    sessions: tuple[SessionChip, ...]
    earlier: tuple[EarlierSeries, ...] = ()

    @property
    def given(self) -> int:
        """How many sessions were held."""
        return sum(chip.state is SessionState.COMPLETED for chip in self.sessions)

    @property
    def to_come(self) -> tuple[SessionChip, ...]:
        """The sessions still planned."""
        return tuple(chip for chip in self.sessions if chip.state is SessionState.PLANNED)

    @property
    def next_states(self) -> tuple[SeriesState, ...]:
        """The states that may follow."""
        return series_plan.NEXT_STATES[self.record.state]


def find(series_id: int, *, by: Actor) -> SeriesView:
    """Look a series up with its sessions and earlier versions; leaves an audit line."""
    wanted = {"series_id": series_id}
    row = db.session.execute(_ONE, wanted | {"clinic_id": by.clinic_id}).one_or_none()
    if row is None:
        raise NotFoundError
    authorize(by, Permission.PATIENT_VIEW, Subject(row.clinic_id, row.patient_id))
    chips = [_chip(chip) for chip in db.session.execute(_CHIPS_OF_ONE, wanted)]
    earlier = [_earlier(version) for version in db.session.execute(_EARLIER, wanted)]
    view = _view(row, chips)
    note(by, "series.viewed", f"series:{series_id}", patient_id=row.patient_id)
    return replace(view, earlier=tuple(_compared(earlier, view.record)))


def of_patient(patient_id: int, *, by: Actor) -> list[SeriesView]:
    """List a patient's series, the newest first, from two queries.

    Leaves no audit line: the page that shows them has its own (`patient.viewed`).
    """
    connection, wanted = db.session.connection(), {"patient_id": patient_id}
    rows = connection.execute(OF_PATIENT, wanted | {"clinic_id": by.clinic_id}).all()
    if not rows:
        return []
    authorize(by, Permission.PATIENT_VIEW, Subject(rows[0].clinic_id, patient_id))
    return of_rows(rows, connection.execute(_CHIPS_OF_ALL, wanted).all())


def of_rows(rows: Iterable[Any], sessions: Iterable[Any]) -> list[SeriesView]:
    """Make the views of a patient's series from rows that were read already."""
    chips: defaultdict[int, list[SessionChip]] = defaultdict(list)
    for chip in sorted(sessions, key=attrgetter("number")):
        chips[chip.series_id].append(_chip(chip))
    return [_view(row, chips[row.id]) for row in rows]


def _chip(row: Any) -> SessionChip:
    return SessionChip(
        session_id=row.id,
        number=row.number,
        state=SessionState(row.state),
        state_reason=row.state_reason,
        planned_on=row.planned_on,
        started_at=row.started_at,
        drug=Drug(row.drug),
        route=Route(row.route),
        dose_mg=row.dose_mg,
        dose_mg_per_kg=row.dose_mg_per_kg,
        mood_before=row.mood_before,
        mood_after=row.mood_after,
        pain_before=row.pain_before,
        pain_after=row.pain_after,
    )


def _view(row: Any, chips: Iterable[SessionChip]) -> SeriesView:
    return SeriesView(
        id=row.id,
        patient_id=row.patient_id,
        patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
        record=SeriesRecord(
            record_number=row.record_number,
            number=row.number,
            indication=Indication(row.indication),
            drug=Drug(row.drug),
            route=Route(row.route),
            phase=Phase(row.phase),
            template=row.template,
            planned_dose_mg=row.planned_dose_mg,
            planned_dose_mg_per_kg=row.planned_dose_mg_per_kg,
            starts_on=row.starts_on,
            state=SeriesState(row.state),
            state_reason=row.state_reason,
        ),
        version=row.version,
        sessions=tuple(chips),
    )


def _compared(earlier: Iterable[EarlierSeries], stands: SeriesRecord) -> Iterator[EarlierSeries]:
    """Mark the versions that differ from what came after them by nothing but the schedule."""
    names = [field.name for field in fields(SeriesChange)]
    after = ([getattr(stands, name) for name in names], stands.state, stands.state_reason)
    for one in earlier:
        told = ([getattr(one.plan, name) for name in names], one.state, one.state_reason)
        yield replace(one, rescheduled=told == after)
        after = told


def _earlier(row: Any) -> EarlierSeries:
    content = row.content
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
            **doses,
        ),
        state=SeriesState(content["state"]),
        state_reason=content["state_reason"],
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
