"""What patients wrote: what nobody has read, all of one patient, and what one is asked today."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import and_, bindparam, func, or_, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.codes import SessionState
from tracker.domain.diary import draft as diary_draft
from tracker.domain.diary import kinds as diary_kinds
from tracker.domain.diary.kinds import DiaryKind, EffectDegree, Sleep
from tracker.domain.patients import draft as patient_draft
from tracker.domain.problems import NotFoundError
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.database import another, db, plain_rows
from tracker.models.diary import DiaryEntry
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject, visible
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock, paging
from tracker.services.paging import Key, Page
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit

PAGE = 50
COUNT_MAX = 99  # on Today; the list has them all
_LATELY = timedelta(days=diary_draft.LAST_DAY_AFTER + 1)

_mood, _pain = another(Assessment), another(Assessment)
_ENTRIES = (
    select(
        DiaryEntry.id, DiaryEntry.patient_id, DiaryEntry.kind, DiaryEntry.session_id,
        DiaryEntry.written_at, DiaryEntry.effects, DiaryEntry.sleep, DiaryEntry.words,
        DiaryEntry.read_at, DiaryEntry.read_by, DiaryEntry.withdrawn_at,
        _mood.c.total.label("mood"), _pain.c.total.label("pain"),
        Alert.acknowledged_at, Alert.id.label("alert_id"), TreatmentSession.number,
        Patient.record_number, Patient.given_name, Patient.family_name,
    )
    .join(Patient, Patient.id == DiaryEntry.patient_id)
    .outerjoin(_mood, _mood.c.id == DiaryEntry.mood_score_id)
    .outerjoin(_pain, _pain.c.id == DiaryEntry.pain_score_id)
    .outerjoin(Alert, Alert.diary_entry_id == DiaryEntry.id)
    .outerjoin(TreatmentSession, TreatmentSession.id == DiaryEntry.session_id)
)  # fmt: skip
# A wish to talk is an alert, and acknowledged as one; taken back, it is to be read like words.
_UNREAD = and_(
    DiaryEntry.read_at.is_(None),
    or_(DiaryEntry.kind != DiaryKind.TALK.value, DiaryEntry.withdrawn_at.is_not(None)),
)
_OLDEST_FIRST = (DiaryEntry.written_at, DiaryEntry.id)
_NEWEST_FIRST = (DiaryEntry.written_at.desc(), DiaryEntry.id.desc())
_OF_PATIENT = _ENTRIES.where(
    DiaryEntry.patient_id == bindparam("patient_id"),
    DiaryEntry.clinic_id == bindparam("clinic_id"),
)
_UNREAD_OF_PATIENT = _OF_PATIENT.where(_UNREAD).order_by(*_OLDEST_FIRST)
_ALL_OF_PATIENT = _OF_PATIENT.order_by(*_NEWEST_FIRST)
_OF_SESSION = _OF_PATIENT.where(DiaryEntry.session_id == bindparam("session_id")).order_by(
    *_OLDEST_FIRST
)
_LATEST = (
    select(
        DiaryEntry.id, DiaryEntry.kind, DiaryEntry.session_id, DiaryEntry.written_at,
        Alert.acknowledged_at,
    )
    .outerjoin(Alert, Alert.diary_entry_id == DiaryEntry.id)
    .where(
        DiaryEntry.patient_id == bindparam("patient_id"),
        DiaryEntry.clinic_id == bindparam("clinic_id"),
        DiaryEntry.withdrawn_at.is_(None),
        or_(
            DiaryEntry.written_at >= bindparam("since"),
            and_(DiaryEntry.kind == DiaryKind.TALK.value, Alert.acknowledged_at.is_(None)),
        ),
    )
    .order_by(*_NEWEST_FIRST)
)  # fmt: skip
_WAITING = {
    "new": (Key(DiaryEntry.written_at), Key(DiaryEntry.id)),
    "read": (Key(DiaryEntry.read_at, falls=True), Key(DiaryEntry.id, falls=True)),
}


class DiaryLine(Struct, frozen=True, kw_only=True):
    """An entry as pages show it. `number` is that of its session, which it is the day after.

    `effects` are by code, as answered; `texts` say those that there were, the strongest first.
    `acknowledged_at` is when a wish to talk was seen. `can_withdraw` is for its patient.
    """

    id: int
    patient_id: int
    patient_label: str
    record_number: str
    kind: DiaryKind
    session_id: int | None
    number: int | None
    written_at: datetime
    mood: Decimal | None
    pain: Decimal | None
    effects: dict[str, EffectDegree]
    sleep: Sleep | None
    words: str
    read_at: datetime | None
    read_by: str
    withdrawn_at: datetime | None
    alert_id: int | None
    acknowledged_at: datetime | None
    can_withdraw: bool

    @property
    def texts(self) -> list[str]:
        """The effects that there were."""
        return diary_kinds.effect_texts(self.effects)

    @property
    def own_texts(self) -> list[str]:
        """The effects that there were, in the words that the patient was asked in."""
        return diary_kinds.own_effect_texts(self.effects)

    @property
    def none_of(self) -> bool:
        """Whether effects were asked about and there was none."""
        return bool(self.effects) and not self.texts

    @property
    def is_severe(self) -> bool:
        """Whether the patient called an effect severe."""
        return EffectDegree.SEVERE in self.effects.values()


class Wish(Struct, frozen=True):
    """A wish to talk that stands: since when, and when somebody acknowledged it."""

    diary_id: int
    written_at: datetime
    seen_at: datetime | None


class OwnOffer(Struct, frozen=True):
    """What a patient may write about today: sessions by id and day, and the wish that stands."""

    day_after: tuple[tuple[int, date], ...] = ()
    wish: Wish | None = None


def listing(*, by: Actor, show: str = "new", after: str = "", before: str = "") -> Page[DiaryLine]:
    """List a page of what nobody has read (`new`), the oldest first; or of what was `read`."""
    authorize(by, Permission.DIARY_VIEW)
    which = _UNREAD if show == "new" else DiaryEntry.read_at.is_not(None)
    wanted = _ENTRIES.where(visible(by, DiaryEntry), which)
    page = paging.read(wanted, _WAITING[show], _lines, by=by, size=PAGE, after=after, before=before)
    audit(by, "diaries.viewed", detail=f"{len(page.lines)} {show}")
    return page


def count_unread(*, by: Actor) -> int:
    """Count what nobody has read, up to 99; whatever shows it leaves the audit line."""
    authorize(by, Permission.DIARY_VIEW)
    found = select(DiaryEntry.id).where(visible(by, DiaryEntry), _UNREAD).limit(COUNT_MAX)
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def of_patient(patient_id: int, *, by: Actor) -> list[DiaryLine]:
    """List everything that a patient wrote, the newest first."""
    authorize(by, Permission.DIARY_VIEW, subject(fetch(by, Patient, patient_id)))
    lines = _read(_ALL_OF_PATIENT, patient_id, by)
    audit(by, "diary.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return lines


def unread_of(patient_id: int, *, by: Actor) -> list[DiaryLine]:
    """List what nobody has read of a patient; the page that shows it leaves the audit line."""
    authorize(by, Permission.DIARY_VIEW, Subject(by.clinic_id, patient_id))
    return _read(_UNREAD_OF_PATIENT, patient_id, by)


def of_session(session_id: int, patient_id: int, *, by: Actor) -> list[DiaryLine]:
    """List what a patient wrote of the day after a session; the page leaves the audit line."""
    authorize(by, Permission.DIARY_VIEW, Subject(by.clinic_id, patient_id))
    return _read(_OF_SESSION, patient_id, by, session_id=session_id)


def own(*, by: Actor) -> list[DiaryLine]:
    """List what the patient who asks wrote, withdrawn words left out, the newest first."""
    patient_id = _myself(by)
    lines = _read(_ALL_OF_PATIENT, patient_id, by)
    audit(by, "diary.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return [line for line in lines if line.withdrawn_at is None]


def offer(
    sessions: Iterable[tuple[int, str, datetime | None]], zone: ZoneInfo, *, by: Actor
) -> OwnOffer:
    """Say what the patient may write about today, of sessions by id, state and start.

    The page that shows it was allowed and leaves the audit line.
    """
    patient_id, now = _myself(by), clock.now()
    rows = _latest(patient_id, now, by)
    written = {row.session_id for row in rows}
    today = now.astimezone(zone).date()
    held = sorted(
        (started_at.astimezone(zone).date(), session_id)
        for session_id, state, started_at in sessions
        if started_at is not None and state == SessionState.COMPLETED
    )
    asked = (
        (session_id, day)
        for day, session_id in held
        if diary_draft.is_day_after(day, today) and session_id not in written
    )
    return OwnOffer(tuple(asked), _wish(rows))


def _latest(patient_id: int, now: datetime, by: Actor) -> Sequence[Any]:
    values = {"patient_id": patient_id, "clinic_id": by.clinic_id, "since": now - _LATELY}
    return plain_rows(_LATEST, values).all()


def own_wish(*, by: Actor) -> Wish | None:
    """Find the newest wish of the patient to talk; for a page that was allowed."""
    return _wish(_latest(_myself(by), clock.now(), by))


def _wish(rows: Sequence[Any]) -> Wish | None:
    for row in rows:
        if row.kind == DiaryKind.TALK:
            return Wish(row.id, row.written_at, row.acknowledged_at)
    return None


def refuse_others(patient_id: int, *, by: Actor) -> None:
    """Refuse whoever may not write for a patient: for others their pages do not exist."""
    authorize(by, Permission.DIARY_WRITE, Subject(by.clinic_id, patient_id))


def _myself(by: Actor) -> int:
    if by.patient_id is None:
        raise NotFoundError
    authorize(by, Permission.DIARY_WRITE, Subject(by.clinic_id, by.patient_id))
    return by.patient_id


def _read(query: Any, patient_id: int, by: Actor, **values: int) -> list[DiaryLine]:
    values |= {"patient_id": patient_id, "clinic_id": by.clinic_id}
    return _lines(plain_rows(query, values).all())


def _lines(rows: Sequence[Any]) -> list[DiaryLine]:
    now = clock.now()
    return [
        from_row(
            DiaryLine,
            row,
            patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
            effects={code: EffectDegree(how) for code, how in row.effects.items()},
            sleep=Sleep(row.sleep) if row.sleep else None,
            can_withdraw=row.withdrawn_at is None
            and (
                diary_draft.can_be_withdrawn(row.written_at, now)
                if row.kind != DiaryKind.TALK
                else row.acknowledged_at is None
            ),
        )
        for row in rows
    ]


def is_new(line: DiaryLine) -> bool:
    """Say whether nobody has read an entry yet."""
    is_wish = line.kind is DiaryKind.TALK and line.withdrawn_at is None
    return line.read_at is None and not is_wish
