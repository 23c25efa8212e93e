"""Alerts: list those that wait, show one, acknowledge it by name with what was done."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.engine import Row

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import AlertKind
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import InvalidError, Problem
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import Reply
from tracker.models.clinics import Clinic
from tracker.models.database import db, plain_rows
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject, visible
from tracker.services import clock, paging
from tracker.services.paging import Key, Page
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit, unit_of_work

PAGE = 50
OPEN_MAX = 100  # on Today; the page of alerts has them all

_COLUMNS = (
    Alert.id, Alert.patient_id, Alert.series_id, Alert.assessment_id, Alert.kind, Alert.instrument,
    Alert.urgent, Alert.facts, Alert.raised_at, Alert.acknowledged_at, Alert.acknowledged_by,
    Alert.done, Reply.check_in_id, Assessment.voided_at, Patient.record_number, Patient.given_name,
    Patient.family_name, Patient.phone, Clinic.settings,
)  # fmt: skip
_ALERTS = (
    select(*_COLUMNS)
    .join(Patient, Patient.id == Alert.patient_id)
    .join(Clinic, Clinic.id == Alert.clinic_id)
    .outerjoin(Reply, Reply.id == Alert.reply_id)
    .outerjoin(Assessment, Assessment.id == Alert.assessment_id)
)
_OPEN_FIRST = (Alert.urgent.desc(), Alert.rank, Alert.raised_at, Alert.id)
_KEYS = {
    "open": (Key(Alert.urgent, falls=True), Key(Alert.rank), Key(Alert.raised_at), Key(Alert.id)),
    "acknowledged": (Key(Alert.acknowledged_at, falls=True), Key(Alert.id, falls=True)),
}


# Made once: every page of a patient asks it. `authorize` refuses whom `visible` would leave out.
_OF_PATIENT = _ALERTS.where(
    Alert.patient_id == bindparam("patient_id"),
    Alert.clinic_id == bindparam("clinic_id"),
    Alert.acknowledged_at.is_(None),
).order_by(*_OPEN_FIRST)


class AlreadyAcknowledgedError(InvalidError):
    """Somebody else was quicker; what they wrote stands."""

    def __init__(self, name: str) -> None:
        """Say who it was."""
        message = f"{name} acknowledged this already. What you wrote was not kept."
        super().__init__([Problem("done", message)])


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert as pages show it. `red` once it has waited too long; `waited` until acknowledged.

    It leads to the score, or to the check-in that is still being answered.
    """

    alert_id: int
    patient_id: int
    patient_label: str
    record_number: str
    phone: str
    series_id: int | None
    kind: AlertKind
    instrument: str
    urgent: bool
    red: bool
    red_after_minutes: int
    sentence: str
    afterwards: str
    source: str
    raised_at: datetime
    waited: str
    acknowledged_at: datetime | None
    acknowledged_by: str
    done: str
    score_id: int | None
    score_voided: bool
    check_in_id: int | None


def open_alerts(*, by: Actor) -> list[AlertView]:
    """List what nobody acknowledged yet: urgent first, then suicide items, then the oldest.

    Whatever shows them leaves the audit line.
    """
    authorize(by, Permission.ALERT_VIEW)
    return _read(_waiting(by).order_by(*_OPEN_FIRST).limit(OPEN_MAX))


def key(shown: Sequence[AlertView]) -> str:
    """Tell one state of the open alerts from every other, without saying what is in them."""
    content = [(a.alert_id, a.urgent, a.red, a.sentence, a.afterwards) for a in shown]
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def list_if_changed(known: str, *, by: Actor) -> list[AlertView] | None:
    """List the open alerts unless they are as `known`; only what is new leaves an audit line."""
    shown = open_alerts(by=by)
    if key(shown) == known:
        return None
    audit(by, "alerts.viewed", detail=f"{len(shown)} open")
    return shown


def of_patient(patient_id: int, *, by: Actor) -> list[AlertView]:
    """List the open alerts of one patient; the page that shows them leaves the audit line."""
    authorize(by, Permission.ALERT_VIEW, Subject(by.clinic_id, patient_id))
    values = {"patient_id": patient_id, "clinic_id": by.clinic_id}
    return _views(plain_rows(_OF_PATIENT, values))


def listing(*, by: Actor, show: str = "open", after: str = "", before: str = "") -> Page[AlertView]:
    """List a page of the alerts that wait (`open`), or of those that were acknowledged."""
    authorize(by, Permission.ALERT_VIEW)
    query = _waiting(by)
    if show == "acknowledged":
        query = _ALERTS.where(visible(by, Alert), Alert.acknowledged_at.is_not(None))
    page = paging.read(query, _KEYS[show], _views, by=by, size=PAGE, after=after, before=before)
    audit(by, "alerts.viewed", detail=f"{len(page.lines)} {show}")
    return page


def find(alert_id: int, *, by: Actor) -> AlertView:
    """Show one alert."""
    row = fetch(by, Alert, alert_id)
    authorize(by, Permission.ALERT_VIEW, subject(row))
    [found] = _read(_ALERTS.where(Alert.id == alert_id))
    audit(by, "alert.viewed", f"alert:{alert_id}", patient_id=found.patient_id)
    return found


def acknowledge(alert_id: int, done: str, *, by: Actor) -> None:
    """Acknowledge an alert by name, with what was done about it; that is never changed again."""
    authorize(by, Permission.ALERT_ACKNOWLEDGE, subject(fetch(by, Alert, alert_id)))
    if problems := alert_rules.check_done(done):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        first = db.session.execute(
            update(Alert)
            .where(Alert.id == alert_id, Alert.acknowledged_at.is_(None))
            .values(
                acknowledged_at=unit.now,
                acknowledged_by=by.name,
                acknowledged_by_id=by.user_id,
                done=done.strip(),
            )
            .execution_options(synchronize_session=False)
        )
        row = fetch(by, Alert, alert_id)
        db.session.refresh(row)
        if first.rowcount != 1:  # type: ignore[attr-defined]
            raise AlreadyAcknowledgedError(row.acknowledged_by)
        unit.audit("alert.acknowledged", f"alert:{alert_id}", patient_id=row.patient_id)


def _waiting(by: Actor) -> Select[Any]:
    return _ALERTS.where(visible(by, Alert), Alert.acknowledged_at.is_(None))


def _read(query: Select[Any]) -> list[AlertView]:
    return _views(db.session.execute(query).all())


def _views(rows: Iterable[Row[Any]]) -> list[AlertView]:
    now = clock.now()
    return [_view(row, now) for row in rows]


def _view(row: Row[Any], now: datetime) -> AlertView:
    limit = ClinicSettings.read(row.settings).red_after_minutes
    open_ = row.acknowledged_at is None
    return from_row(
        AlertView,
        row,
        alert_id=row.id,
        patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
        red=open_ and alert_rules.is_red(row.raised_at, now=now, red_after_minutes=limit),
        red_after_minutes=limit,
        sentence=alert_rules.sentence(AlertKind(row.kind), row.facts),
        afterwards=alert_rules.afterwards(row.facts),
        source=row.facts.get("source", ""),
        waited=alert_rules.waiting_time(row.raised_at, row.acknowledged_at or now),
        score_id=row.assessment_id,
        score_voided=row.voided_at is not None,
    )
