"""What patients of the demonstration wrote: some of it read, some of it new."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor, Role
from tracker.domain.codes import Effect, SessionState, SideEffect
from tracker.domain.diary.draft import DiaryDraft
from tracker.domain.diary.kinds import DiaryKind, EffectDegree, Sleep
from tracker.models.database import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.diary import commands as diary_commands
from tracker.services.unit_of_work import unit_of_work


class _DemoEntry(Struct, frozen=True):
    """An entry, written so many hours ago, or so many hours after the last session."""

    hours: int
    draft: DiaryDraft
    is_read: bool = False


_DEGREE = EffectDegree
# Of the first patients in the middle of a series. The first one can sign in, and has told of the
# last session already: which pages there are to see does not hang on the day.
_DIARIES: tuple[tuple[_DemoEntry, ...], ...] = (
    (
        _DemoEntry(
            50,
            DiaryDraft(kind=DiaryKind.NOW, mood=6, pain=2, words="Went for a walk. First time."),
            is_read=True,
        ),
        _DemoEntry(
            22,
            DiaryDraft(
                kind=DiaryKind.DAY_AFTER,
                mood=6,
                sleep=Sleep.GOOD,
                effects={
                    SideEffect.DIZZINESS.value: _DEGREE.MILD,
                    SideEffect.HEADACHE.value: _DEGREE.NONE,
                },
            ),
            is_read=True,
        ),
        _DemoEntry(3, DiaryDraft(kind=DiaryKind.NOTE, words="Can we talk about the dose?")),
    ),
    (
        _DemoEntry(
            22,
            DiaryDraft(
                kind=DiaryKind.DAY_AFTER,
                mood=5,
                pain=3,
                sleep=Sleep.BAD,
                effects={
                    SideEffect.HEADACHE.value: _DEGREE.SEVERE,
                    SideEffect.DIZZINESS.value: _DEGREE.MILD,
                    Effect.DETACHED.value: _DEGREE.NONE,
                },
                words="The headache was gone by noon.",
            ),
        ),
    ),
)


def write(patient_ids: Sequence[int], *, by: Actor) -> None:
    """Write what the first of some patients told, as they; some of it `by` has read."""
    for patient_id, diary in zip(patient_ids, _DIARIES, strict=False):
        patient = Actor(None, by.clinic_id, "The patient", frozenset({Role.PATIENT}), patient_id)
        about = _last_session(patient_id)
        for told in diary:
            is_of_session = told.draft.kind is DiaryKind.DAY_AFTER
            with unit_of_work(patient) as unit:
                entry = diary_commands.store(
                    unit,
                    patient,
                    told.draft,
                    patient_id=patient_id,
                    at=_at(told, about if is_of_session else None, unit.now),
                    about=about if is_of_session else None,
                )
                if told.is_read:
                    entry.read_at, entry.read_by, entry.read_by_id = unit.now, by.name, by.user_id


def _last_session(patient_id: int) -> TreatmentSession:
    held = TreatmentSession.state == SessionState.COMPLETED.value
    return db.session.scalars(
        select(TreatmentSession)
        .where(TreatmentSession.patient_id == patient_id, held)
        .order_by(TreatmentSession.started_at.desc())
    ).first()  # type: ignore[return-value]


def _at(told: _DemoEntry, about: TreatmentSession | None, now: datetime) -> datetime:
    if about is None or about.started_at is None:
        return now - timedelta(hours=told.hours)
    return min(about.started_at + timedelta(hours=told.hours), now)
