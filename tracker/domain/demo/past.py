"""Invent people who were treated over two years, so that outcomes have something to count.

Seeded, and nobody's. How many respond, are lost or get worse is set near what clinics have
published (McInnes 2022, Pfeiffer 2024); side effects were more frequent in the first months, so
that the run chart of safety has a shift to find.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain import measures
from tracker.domain.codes import (
    Drug,
    Indication,
    Occasion,
    Route,
    SeriesState,
    Severity,
    Sex,
    SideEffect,
    WeightUnit,
)
from tracker.domain.demo.names import ESCORTS, FAMILY_NAMES, GIVEN_NAMES
from tracker.domain.measures import VitalSigns
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.sessions.draft import SessionDraft

DAYS_BACK, DAYS_AT_LEAST = 730, 70
SEED = 1962
_K, _E = Drug.KETAMINE, Drug.ESKETAMINE
# Indication, scale, its highest total, the usual one before treatment; drawn by weight.
_ILL = (
    (60, Indication.DEPRESSION, "phq9", 27, 18.0),
    (14, Indication.ANXIETY, "gad7", 21, 15.0),
    (14, Indication.PTSD, "pcl5", 80, 50.0),
    (12, Indication.CHRONIC_PAIN, "peg", 10, 7.0),
)
# Drug, route, mg per kg or mg, sessions, days apart; drawn by weight.
_GIVEN = (
    (50, _K, Route.IV, "0.5", "", 6, 3),
    (8, _K, Route.IV, "0.8", "", 6, 3),
    (14, _K, Route.IM, "0.5", "", 6, 4),
    (18, _E, Route.NASAL, "", "56", 8, 4),
    (10, _K, Route.SUBLINGUAL, "", "150", 6, 7),
)
_REASONS = (
    "Did not come back.",
    "Did not come back.",
    "No effect after three sessions.",
    "Too expensive.",
    "Nausea in every session.",
)
# Who responds, gets a little better, stays as they are, or gets worse: share, and what is left of
# the first total.
_ARCS = ((45, 0.3), (27, 0.65), (20, 0.97), (8, 1.45))
_SHIFT_DAYS_BACK = 430  # side effects became fewer then


class PastPerson(Struct, frozen=True, kw_only=True):
    """Somebody who was treated once, and all that was noted of it; `failed` None: not assessed."""

    patient: PatientDraft
    indication: Indication
    failed: int | None
    starts_on: date
    sessions: tuple[SessionDraft, ...]
    scores: tuple[AssessmentDraft, ...]
    state: SeriesState
    reason: str


def invent_past(count: int, *, now: datetime, zone: ZoneInfo) -> Iterator[PastPerson]:
    """Invent so many people up to `now` (aware); the same arguments give the same people."""
    for number in range(count):
        yield _person(Random(f"{SEED}/{number}"), number, now.astimezone(zone))


def _draw(random: Random, choices: tuple[tuple[int, *tuple[object, ...]], ...]) -> tuple:  # type: ignore[type-arg]
    return random.choices(choices, weights=[one[0] for one in choices])[0][1:]


def _person(random: Random, number: int, now: datetime) -> PastPerson:
    indication, scale, highest, usual = _draw(random, _ILL)
    drug, route, per_kg, mg, planned, apart = _draw(random, _GIVEN)
    back = random.randint(DAYS_AT_LEAST, DAYS_BACK)
    first = now.date() - timedelta(days=back)
    first -= timedelta(days=first.weekday() % 5 if first.weekday() > 4 else 0)
    stays = random.random() > 0.14
    held = planned if stays else random.randint(1, 3)
    weight = Decimal(random.randint(52, 98))
    dose = measures.mg_from_mg_per_kg(Decimal(per_kg), weight) if per_kg else Decimal(mg)
    sessions = []
    for place in range(held):
        at = _at(random, first + timedelta(days=apart * place), now)
        draft = SessionDraft(
            started_at=at, drug=drug, route=route, dose_mg=dose, weight_kg=weight,
            weight_unit=WeightUnit.KG,
            duration_minutes={Route.IV: 40, Route.NASAL: 10}.get(route, 0),
            mood_before=random.randint(1, 5), **_happenings(random, back, at),
        )  # fmt: skip
        sessions.append(draft)
    last = first + timedelta(days=apart * (held - 1))
    start = max(2.0, min(float(highest), random.gauss(usual, usual * 0.18)))
    (left,) = _draw(random, _ARCS)
    days = [_ScoreDay(first - timedelta(days=3), Occasion.BASELINE, 1.0, 0.9)]
    if stays:
        days += _later(first, last, left)
    scores = (_score(random, scale, (start, highest), one, now) for one in days)
    moods = tuple(_mood_after(random, sessions[0]))
    return PastPerson(
        patient=_patient(random, number, indication, now.date()),
        indication=indication,
        starts_on=first,
        failed=random.choice((None, 0, 1, 2, 2, 2, 3)) if indication is Indication.DEPRESSION
        else None,
        sessions=tuple(sessions),
        scores=(*(one for one in scores if one is not None), *moods),
        state=SeriesState.COMPLETED if stays else SeriesState.STOPPED,
        reason="" if stays else random.choice(_REASONS),
    )  # fmt: skip


def _patient(random: Random, number: int, indication: Indication, today: date) -> PatientDraft:
    return PatientDraft(
        record_number=f"{number + 1001:04}",
        given_name=random.choice(GIVEN_NAMES),
        family_name=random.choice(FAMILY_NAMES),
        birth_date=today - timedelta(days=random.randint(21 * 365, 68 * 365)),
        sex=random.choice((Sex.FEMALE, Sex.MALE)),
        indications=(indication,),
    )


def _at(random: Random, day: date, now: datetime) -> datetime:
    hour, minute = random.choice((9, 10, 11, 13, 14)), random.choice((0, 10, 15, 30, 45))
    return datetime.combine(day, time(hour, minute), tzinfo=now.tzinfo)


def _happenings(random: Random, back: int, at: datetime) -> dict[str, Any]:
    """Draw what was noted of a session: now and then nothing."""
    peak = random.choice((None, 0, 2, 3, 4, 5, 5, 6, 7, 8))
    onset = random.randint(4, 12) if peak else None
    gone = onset + random.randint(35, 100) if onset else None
    resolved = random.random() > 0.03 if peak else None
    leaves = at + timedelta(minutes=random.randint(100, 165))
    high = random.gauss(133, 14)
    return {
        "mood_after": random.randint(3, 8),
        "dissociation_peak": peak,
        "dissociation_onset_minute": onset,
        "dissociation_end_minute": gone if resolved else None,
        "dissociation_resolved": resolved,
        "side_effects": _effects(random, back),
        "before": VitalSigns(systolic_mmhg=round(random.gauss(122, 9)), diastolic_mmhg=78),
        "after": VitalSigns(systolic_mmhg=round(high), diastolic_mmhg=round(high * 0.62)),
        "discharged_at": leaves,
        "escort": random.choice(ESCORTS),
    }


def _effects(random: Random, back: int) -> dict[SideEffect, Severity | None]:
    if random.random() < 0.08:
        return {}  # nobody asked
    many = 0.6 if back > _SHIFT_DAYS_BACK else 0.35
    if random.random() > many:
        return {SideEffect.NONE: None}
    strong = 0.55 if back > _SHIFT_DAYS_BACK else 0.2
    degree = Severity.MILD
    if random.random() < strong:
        degree = random.choice((Severity.MODERATE, Severity.MODERATE, Severity.SEVERE))
    terms = (SideEffect.NAUSEA, SideEffect.DIZZINESS, SideEffect.HEADACHE, SideEffect.ANXIETY)
    return {random.choice(terms): degree}


class _ScoreDay(Struct, frozen=True):
    """A day of a score, the share of the first total that is left, and how often it is known."""

    day: date
    occasion: Occasion
    left: float
    known: float


def _later(first: date, last: date, left: float) -> list[_ScoreDay]:
    """Lay the scores out after the first: half-way, in the window, and later."""
    half = _ScoreDay(first + (last - first) / 2, Occasion.WEEKLY, (1 + left) / 2, 0.8)
    after = ((15, 0.0, 0.78), (29, 0.05, 0.6), (50, 0.1, 0.5))
    return [
        half,
        *(
            _ScoreDay(last + timedelta(days=days), Occasion.FOLLOW_UP, left + fade, known)
            for days, fade, known in after
        ),
    ]


def _score(
    random: Random, scale: str, totals: tuple[float, int], one: _ScoreDay, now: datetime
) -> AssessmentDraft | None:
    """Draw a total near what is left of the first one; some nobody knows."""
    start, highest = totals
    total = max(0, min(highest, round(start * one.left + random.gauss(0, highest * 0.05))))
    at = _at(random, one.day, now).replace(hour=8)
    if random.random() > one.known:
        return None
    return AssessmentDraft(
        instrument=scale, total=Decimal(total), taken_at=at, occasion=one.occasion
    )


def _mood_after(random: Random, first: SessionDraft) -> Iterator[AssessmentDraft]:
    """Draw what somebody answered in the hours after the first session, where they did."""
    if first.started_at is None or random.random() < 0.3:
        return
    hours = random.choice((4, 24))
    mood = max(0, min(10, (first.mood_before or 3) + random.choice((-1, 0, 1, 1, 2, 3))))
    yield AssessmentDraft(
        instrument="mood-nrs", total=Decimal(mood), occasion=Occasion.HOURS_AFTER,
        taken_at=first.started_at + timedelta(hours=hours), hours_after=Decimal(hours),
    )  # fmt: skip
