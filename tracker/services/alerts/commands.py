"""Alerts: list those that wait, show one, acknowledge it by name with what was done."""

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, or_, select, update
from sqlalchemy.engine import Row

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import AlertKind
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import InvalidError, Problem
from tracker.models import sealing
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import Reply
from tracker.models.clinics import Clinic
from tracker.models.database import db, plain_rows
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject, visible
from tracker.services import clock, paging
from tracker.services.clinic import clinics
from tracker.services.paging import Key, Page
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit, unit_of_work

PAGE = 50
OPEN_MAX = 100  # on Today; the page of alerts has them all

_COLUMNS = (
    Alert.id, Alert.patient_id, Alert.series_id, Alert.assessment_id, Alert.reply_id,
    Alert.diary_entry_id, Alert.kind, Alert.instrument, Alert.urgent, Alert.rank, Alert.facts,
    Alert.raised_at, Alert.acknowledged_at, Alert.acknowledged_by, Alert.done,
    Reply.check_in_id, Assessment.voided_at, Assessment.taken_at, Clinic.time_zone,
    Patient.record_number, Patient.given_name, Patient.family_name, Patient.phone, Clinic.settings,
)  # fmt: skip
_ALERTS = (
    select(*_COLUMNS)
    .join(Patient, Patient.id == Alert.patient_id)
    .join(Clinic, Clinic.id == Alert.clinic_id)
    .outerjoin(Reply, Reply.id == Alert.reply_id)
    .outerjoin(Assessment, Assessment.id == Alert.assessment_id)
)
_OPEN_FIRST = (Alert.urgent.desc(), Alert.rank, Alert.raised_at, Alert.id)
_KINDS_IN_ORDER = {kind.value: number for number, kind in enumerate(AlertKind)}
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


class AlertView(Struct, frozen=True, kw_only=True):
    """An alert as pages show it. `red` once it has waited too long; `waited` until acknowledged.

    `day` is that of the score it speaks of. It leads to the score, to the check-in that is still
    being answered, or to what the patient wrote. `others` are the sentences of what else waits from
    the same form: one look, one acknowledgement.
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
    day: date
    raised_at: datetime
    waited: str
    acknowledged_at: datetime | None
    acknowledged_by: str
    done: str
    score_id: int | None
    score_voided: bool
    check_in_id: int | None
    diary_entry_id: int | None
    others: tuple[str, ...] = ()


def open_alerts(*, by: Actor) -> list[AlertView]:
    """List what nobody acknowledged yet: urgent first, then suicide items, then the oldest.

    Whatever shows them leaves the audit line.
    """
    authorize(by, Permission.ALERT_VIEW)
    return _read(_waiting(by).order_by(*_OPEN_FIRST).limit(OPEN_MAX))


def key(shown: Sequence[AlertView]) -> str:
    """Tell one state of the open alerts from every other, without saying what is in them."""
    content = [(a.alert_id, a.urgent, a.red, a.sentence, a.others, a.afterwards) for a in shown]
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def list_if_changed(known: str, *, by: Actor) -> list[AlertView] | None:
    """List the open alerts unless they are as `known`; only what is new leaves an audit line."""
    shown = open_alerts(by=by)
    if key(shown) == known:
        return None
    _leave_line(by, shown, "open")
    return shown


def of_patient(patient_id: int, *, by: Actor) -> list[AlertView]:
    """List the open alerts of one patient: urgent first, then suicide, then of the newest score.

    Those of voided scores come last. The page that shows them leaves the audit line.
    """
    authorize(by, Permission.ALERT_VIEW, Subject(by.clinic_id, patient_id))
    values = {"patient_id": patient_id, "clinic_id": by.clinic_id}
    return sorted(_views(plain_rows(_OF_PATIENT, values)), key=_weight)


def _weight(one: AlertView) -> tuple[bool, bool, int, int]:
    return one.score_voided, not one.urgent, alert_rules.rank(one.kind), -one.day.toordinal()


def of_score(score: Assessment, *, by: Actor) -> list[AlertView]:
    """List every alert that saving a score raised, each by itself, acknowledged ones too.

    A score that is entered late may bring to light that a later one lost response: that alert
    hangs on the later one. The page that shows them leaves the audit line.
    """
    authorize(by, Permission.ALERT_VIEW, subject(score))
    late_loss = and_(
        Alert.kind == AlertKind.LOSS_OF_RESPONSE.value,
        Alert.instrument == score.instrument,
        Alert.raised_at == score.recorded_at,
    )
    mine = _ALERTS.where(
        Alert.patient_id == score.patient_id, or_(Alert.assessment_id == score.id, late_loss)
    )
    now = clock.now()
    return [_view(row, now) for row in db.session.execute(mine.order_by(*_OPEN_FIRST))]


def listing(*, by: Actor, show: str = "open", after: str = "", before: str = "") -> Page[AlertView]:
    """List a page of the alerts that wait (`open`), or of those that were acknowledged."""
    authorize(by, Permission.ALERT_VIEW)
    query = _waiting(by)
    if show == "acknowledged":
        query = _ALERTS.where(visible(by, Alert), Alert.acknowledged_at.is_not(None))
    page = paging.read(query, _KEYS[show], _views, by=by, size=PAGE, after=after, before=before)
    _leave_line(by, page.lines, show)
    return page


def _leave_line(by: Actor, shown: Sequence[AlertView], which: str) -> None:
    patients = [one.patient_id for one in shown]
    audit(by, "alerts.viewed", patients=patients, detail=f"{len(shown)} {which}")


def find(alert_id: int, *, by: Actor) -> AlertView:
    """Show one alert, with what else waits from the same form."""
    row = fetch(by, Alert, alert_id)
    authorize(by, Permission.ALERT_VIEW, subject(row))
    wanted = or_(Alert.id == alert_id, and_(_of_one_form(row), Alert.acknowledged_at.is_(None)))
    asked_first = case((Alert.id == alert_id, 0), else_=1)
    found = _read(_ALERTS.where(wanted).order_by(asked_first, *_OPEN_FIRST))[0]
    audit(by, "alert.viewed", f"alert:{alert_id}", patient_id=found.patient_id)
    return found


def acknowledge(alert_id: int, done: str, *, by: Actor) -> None:
    """Acknowledge an alert by name, with what was done about it; that is never changed again.

    What else waits from the same form is acknowledged with it, in the same words.
    """
    row = fetch(by, Alert, alert_id)
    authorize(by, Permission.ALERT_ACKNOWLEDGE, subject(row))
    if problems := alert_rules.check_done(done):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        done_by = {
            "acknowledged_at": unit.now,
            "acknowledged_by": by.name,
            "acknowledged_by_id": by.user_id,
            "done": done.strip(),
        }
        if not _acknowledge(Alert.id == alert_id, done_by):
            db.session.refresh(row)
            raise AlreadyAcknowledgedError(row.acknowledged_by)
        for one in [alert_id, *_acknowledge(_of_one_form(row), done_by)]:
            unit.audit("alert.acknowledged", f"alert:{one}", patient_id=row.patient_id)


def _acknowledge(which: ColumnElement[bool], done_by: dict[str, object]) -> list[int]:
    """Acknowledge those of some alerts that still wait; give their ids."""
    changed = (
        update(Alert)
        .where(which, Alert.acknowledged_at.is_(None))
        .values(done_by)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    )
    ids = sorted(db.session.scalars(changed))
    sealing.touch(Alert, ids)
    return ids


def _of_one_form(row: Alert) -> ColumnElement[bool]:
    """Find the alerts of the score of an alert, or of the reply that is no score yet.

    What hangs on neither, a wish to talk, stands alone.
    """
    if row.assessment_id is not None:
        return Alert.assessment_id == row.assessment_id
    if row.reply_id is None:
        return Alert.id == row.id
    return Alert.reply_id == row.reply_id


def _waiting(by: Actor) -> Select[Any]:
    return _ALERTS.where(visible(by, Alert), Alert.acknowledged_at.is_(None))


def _read(query: Select[Any]) -> list[AlertView]:
    return _views(db.session.execute(query).all())


def _views(rows: Iterable[Row[Any]]) -> list[AlertView]:
    """Prepare alerts for a page; those that wait from one form are one, led by the first."""
    now = clock.now()
    forms: dict[Hashable, list[Row[Any]]] = {}
    for row in rows:
        forms.setdefault(_form_key(row), []).append(row)
    return [_view(first, now, others) for first, *others in map(_in_order, forms.values())]


def _in_order(rows: list[Row[Any]]) -> list[Row[Any]]:
    """Put the alerts of one form in order: of equal weight, as the kinds are listed."""
    return sorted(rows, key=lambda row: (not row.urgent, row.rank, _KINDS_IN_ORDER[row.kind]))


def _form_key(row: Row[Any]) -> Hashable:
    if row.acknowledged_at is not None or row.diary_entry_id is not None:
        return ("alert", row.id)
    return ("score", row.assessment_id) if row.assessment_id else ("reply", row.reply_id)


def _view(row: Row[Any], now: datetime, others: Sequence[Row[Any]] = ()) -> AlertView:
    limit = ClinicSettings.read(row.settings).red_after_minutes
    open_ = row.acknowledged_at is None
    return from_row(
        AlertView,
        row,
        alert_id=row.id,
        patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
        red=open_ and alert_rules.is_red(row.raised_at, now=now, red_after_minutes=limit),
        red_after_minutes=limit,
        sentence=_sentence(row),
        others=tuple(map(_sentence, others)),
        afterwards=alert_rules.afterwards(row.facts),
        source=row.facts.get("source", ""),
        day=_day(row),
        waited=alert_rules.waiting_time(row.raised_at, row.acknowledged_at or now),
        score_id=row.assessment_id,
        score_voided=row.voided_at is not None,
    )


def _sentence(row: Row[Any]) -> str:
    """Say what is the matter, and of which day; what stands no more says so wherever it is read."""
    said = alert_rules.sentence(AlertKind(row.kind), row.facts, _day(row))
    return said if row.voided_at is None else f"{said} (voided since)"


def _day(row: Row[Any]) -> date:
    """Tell the day of the score, in the clinic; of answers that are no score yet, the day given."""
    at: datetime = row.taken_at or row.raised_at
    return at.astimezone(clinics.zone(row.time_zone)).date()
