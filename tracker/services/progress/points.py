"""Stored sessions and scores as points of a course, in the time of the clinic."""

import json
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain.codes import Completeness, Drug, Occasion, Route, SessionState
from tracker.domain.progress.panels import IncompletePoint, ScorePoint, SessionPoint
from tracker.domain.scores import diff as score_diff
from tracker.domain.scores import scoring
from tracker.instruments import library

NOON = time(12)  # where a session stands of which only the day is known
NO_ANSWERS = "{}"  # as it is stored


def session_point(row: Any, zone: ZoneInfo) -> SessionPoint | None:
    """Prepare a session; None where it never had a day, so that it has no place in time."""
    state = SessionState(row.state)
    waits = state is SessionState.UNDER_WAY and row.started_at is None
    if row.started_at is not None:
        at = row.started_at.astimezone(zone)
    elif row.planned_on is not None:
        at = datetime.combine(row.planned_on, NOON, zone)
    else:
        return None
    return SessionPoint(
        session_id=row.id,
        number=row.number,
        # Begun, but nothing given yet: to a course it is still to come.
        state=SessionState.PLANNED if waits else state,
        at=at,
        route=Route(row.route),
        drug=Drug(row.drug),
        dose_mg=row.dose_mg,
        dose_mg_per_kg=row.dose_mg_per_kg,
        mood_before=row.mood_before,
        mood_after=row.mood_after,
        pain_before=row.pain_before,
        pain_after=row.pain_after,
        dissociation_peak=row.dissociation_peak,
        dissociation_resolved=row.dissociation_resolved,
    )


def score_point(row: Any, zone: ZoneInfo) -> ScorePoint:
    """Prepare a score that has a total."""
    return ScorePoint(
        instrument=row.instrument,
        total=row.total,
        at=row.taken_at.astimezone(zone),
        time_known=row.time_known,
        occasion=Occasion(row.occasion),
        hours_after=row.hours_after,
        session_id=row.session_id,
        prorated=row.completeness == Completeness.PRORATED,
        version=row.instrument_version,
        safety=_safety(row),
    )


def incomplete_point(row: Any, zone: ZoneInfo) -> IncompletePoint:
    """Prepare a questionnaire without a total; its questions are counted where they are known."""
    answered, asked = 0, 0
    if (instrument := library().get(row.instrument)) is not None:
        answered, asked = score_diff.counted(_answers(row), instrument)
    return IncompletePoint(
        instrument=row.instrument,
        at=row.taken_at.astimezone(zone),
        answered=answered,
        asked=asked,
        occasion=Occasion(row.occasion),
        safety=_safety(row),
    )


def _safety(row: Any) -> tuple[tuple[int, Decimal | None], ...]:
    """Pick the answers to suicide items; nothing where only a total was entered."""
    instrument = library().get(row.instrument)
    if row.answers == NO_ANSWERS or instrument is None:
        return ()
    answers, watched = _answers(row), instrument.safety_items
    return tuple(
        (item.number, answers.get(item.code))
        for item in instrument.items
        if item.code in watched and scoring.is_asked(item, answers)
    )


def _answers(row: Any) -> dict[str, Decimal]:
    return {code: Decimal(value) for code, value in json.loads(row.answers).items()}
