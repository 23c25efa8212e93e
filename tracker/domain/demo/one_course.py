"""Invent the course and the session of one person, of any length, for pictures that show nobody."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.courses import course as course_rules
from tracker.domain.instruments.model import Instrument
from tracker.domain.live.entries import Entry, EntryKind, Reading
from tracker.domain.progress.trend import Audience, Trend, trend
from tracker.domain.scores.points import ScorePoint
from tracker.domain.sessions.point import SessionPoint
from tracker.domain.timelines.timeline import Timeline, Treatment, timeline

START = datetime(2025, 3, 3, 15, 0, tzinfo=UTC)
INDUCTION, BOOSTER_DAYS = 6, 14
MINUTES_APART = 5


def course(sessions: int, instruments: Mapping[str, Instrument], seed: int = 1) -> Trend:
    """Invent a course of so many sessions: an induction, then boosters every two weeks."""
    random = Random(seed)
    days = [
        3 * n if n < INDUCTION else 3 * INDUCTION + BOOSTER_DAYS * (n - INDUCTION + 1)
        for n in range(sessions)
    ]
    points = [_session(random, n, day) for n, day in enumerate(days, 1)]
    weeks = range(-1, days[-1] // 7 + 3, 1 if sessions < 10 else 2) if days else ()
    scores = [
        ScorePoint(
            instrument="phq9",
            total=Decimal(max(1, min(27, round(19 - min(week + 1, 5) * 2 + random.gauss(0, 1.6))))),
            at=START + timedelta(days=7 * week, hours=-2),
        )
        for week in weeks
    ]
    now = START + timedelta(days=(days[-1] if days else 0) + 21)
    return trend(
        points,
        scores,
        instruments,
        now=now,
        audience=Audience.CLINICIAN,
        courses=course_rules.courses(course_rules.doses(points)),
    )


def _session(random: Random, number: int, day: int) -> SessionPoint:
    before = min(8, 3 + number // 3 + random.randrange(2))
    return SessionPoint(
        session_id=number,
        number=number,
        state=SessionState.COMPLETED,
        at=START + timedelta(days=day),
        route=Route.IV,
        drug=Drug.KETAMINE,
        dose_mg=Decimal(36),
        dose_mg_per_kg=Decimal("0.5"),
        mood_before=before,
        mood_after=min(10, before + random.randrange(3)),
        dissociation_peak=random.randrange(2, 8),
        dissociation_resolved=True,
    )


def chair_session(readings: int, seed: int = 1) -> Timeline:
    """Invent an infusion with so many readings, five minutes apart."""
    random = Random(seed)
    entries = [_reading(random, n) for n in range(readings)]
    ended = START + timedelta(minutes=MINUTES_APART * readings + 30) if readings else None
    treatment = Treatment(
        drug=Drug.KETAMINE,
        route=Route.IV,
        dose_mg=Decimal(36),
        started_at=START if readings else None,
        ended_at=ended,
    )
    return timeline(
        entries,
        treatment,
        zone=ZoneInfo("America/New_York"),
        settings=TreatmentSettings(),
        audience=Audience.CLINICIAN,
        recorded_peak=None,
    )


def _reading(random: Random, number: int) -> Entry:
    minute = MINUTES_APART * number
    height = max(0.0, 1 - abs(minute - 30) / 45)
    at = START + timedelta(minutes=minute)
    return Entry(
        sequence=number + 1,
        key=f"key-{number + 1}",
        kind=EntryKind.READING,
        at=at,
        received_at=at,
        by="Nobody",
        content=Reading(
            systolic_mmhg=round(122 + 26 * height + random.gauss(0, 3)),
            diastolic_mmhg=round(78 + 12 * height + random.gauss(0, 2)),
            heart_rate_bpm=round(70 + 16 * height + random.gauss(0, 3)),
            spo2_percent=random.choice((96, 97, 98)),
            dissociation=round(7 * height),
        ),
        replaces="",
    )
