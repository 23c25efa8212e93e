"""Invent believable courses of treatment for the demonstration: seeded, and nobody's.

The shapes are those the literature describes (responders, partial and non-responders, relapse and
booster, drop-out); no row stems from a real person.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from tracker.domain import measures
from tracker.domain.codes import (
    Drug,
    Effect,
    Indication,
    Occasion,
    Phase,
    Route,
    SeriesState,
    SessionState,
    Severity,
    Sex,
    SideEffect,
    WeightUnit,
)
from tracker.domain.demo import places
from tracker.domain.demo.names import ESCORTS, FAMILY_NAMES, GIVEN_NAMES
from tracker.domain.demo.places import Bookings
from tracker.domain.measures import VitalSigns
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import SeriesDraft
from tracker.domain.sessions.draft import SessionDraft


class Outcome(StrEnum):
    """How a course goes."""

    RESPONDER = "responder"
    PARTIAL = "partial responder"
    NON_RESPONDER = "non-responder"
    RELAPSE = "relapse and booster"
    TWICE = "treated twice"
    DROP_OUT = "drop-out"
    UNDER_WAY = "under way"
    ONE_SESSION = "one session"
    NEW = "not begun"


# Share of the way towards the arc's best that one session brings, and that best as a share of the
# worst score. Invented so that all shapes are seen, not fitted to anybody.
_STEP = {
    Outcome.RESPONDER: 0.38,
    Outcome.PARTIAL: 0.3,
    Outcome.NON_RESPONDER: 0.12,
    Outcome.RELAPSE: 0.42,
}
_BEST = {
    Outcome.RESPONDER: 0.14,
    Outcome.PARTIAL: 0.4,
    Outcome.NON_RESPONDER: 0.62,
    Outcome.RELAPSE: 0.15,
}


class Case(Struct, frozen=True):
    """What one demonstration patient is treated for, with what, and how it goes."""

    indication: Indication
    drug: Drug
    route: Route
    template: str
    outcome: Outcome
    scales: tuple[str, ...]
    mg_per_kg: str = ""
    mg: str = ""
    custom: tuple[int, int] | None = None  # sessions, days apart


_K, _E = Drug.KETAMINE, Drug.ESKETAMINE
_DEP, _ANX = Indication.DEPRESSION, Indication.ANXIETY
_PTSD, _PAIN = Indication.PTSD, Indication.CHRONIC_PAIN
# Patients take these in turn: every route, indication and arc stands in the first sixteen.
PATTERNS = (
    Case(_DEP, _E, Route.NASAL, "esketamine-eight-weeks", Outcome.UNDER_WAY, ("phq9",), mg="56"),
    Case(_DEP, _K, Route.IV, "six-in-three-weeks", Outcome.RESPONDER, ("phq9", "gad7"), "0.5"),
    Case(_DEP, _E, Route.NASAL, "esketamine-eight-weeks", Outcome.PARTIAL, ("phq9",), mg="56"),
    Case(_PTSD, _K, Route.IV, "six-in-two-weeks", Outcome.RESPONDER, ("pcl5", "phq9"), "0.5"),
    Case(_PAIN, _K, Route.IV, "custom", Outcome.PARTIAL, ("peg",), "0.6", custom=(8, 7)),
    Case(_DEP, _K, Route.IV, "six-in-three-weeks", Outcome.RELAPSE, ("phq9", "gad7"), "0.5"),
    Case(
        _ANX, _K, Route.SUBLINGUAL, "custom", Outcome.RESPONDER, ("gad7",), mg="150", custom=(6, 7)
    ),
    Case(_DEP, _K, Route.IM, "six-in-three-weeks", Outcome.NON_RESPONDER, ("phq9",), "0.5"),
    Case(_PTSD, _K, Route.IM, "six-in-three-weeks", Outcome.DROP_OUT, ("pcl5",), "0.5"),
    Case(_PAIN, _K, Route.ORAL, "custom", Outcome.RESPONDER, ("peg",), mg="100", custom=(8, 7)),
    Case(_DEP, _K, Route.SC, "six-in-three-weeks", Outcome.TWICE, ("phq9", "gad7"), "0.3"),
    Case(_DEP, _K, Route.IV, "six-in-three-weeks", Outcome.UNDER_WAY, ("phq9", "gad7"), "0.5"),
    Case(_ANX, _K, Route.IV, "six-in-three-weeks", Outcome.PARTIAL, ("gad7", "phq9"), "0.5"),
    Case(_DEP, _K, Route.IV, "six-in-three-weeks", Outcome.ONE_SESSION, ("phq9",), "0.5"),
    Case(_DEP, _K, Route.IV, "six-in-three-weeks", Outcome.NEW, ("phq9",), "0.5"),
    Case(
        _PTSD, _E, Route.NASAL, "esketamine-eight-weeks", Outcome.NON_RESPONDER, ("pcl5",), mg="84"
    ),
)
# Highest total and the usual total before treatment.
_SCALES = {"phq9": (27, 18), "gad7": (21, 14), "pcl5": (80, 52), "peg": (10, 7)}


class DemoSession(Struct, frozen=True):
    """One planned or extra session and what became of it; None while it lies ahead."""

    record: SessionDraft | None = None
    not_held: tuple[SessionState, str] | None = None
    scores: tuple[AssessmentDraft, ...] = ()


class InventedSeries(Struct, frozen=True):
    """A series with its sittings in the order of the plan, and how it ended."""

    draft: SeriesDraft
    sessions: tuple[DemoSession, ...]
    scores: tuple[AssessmentDraft, ...] = ()
    ends: tuple[SeriesState, str] | None = None


class InventedCourse(Struct, frozen=True):
    """A patient and everything that is to be stored of them."""

    patient: PatientDraft
    outcome: Outcome
    series: tuple[InventedSeries, ...]


class _Life(Struct):
    """The inner state that sessions, scores and notes are drawn from."""

    random: Random
    pattern: Case
    zone: ZoneInfo
    now: datetime
    weight_kg: Decimal
    number: int
    bookings: Bookings
    burden: float = field(default=1.0)  # 1 = as before treatment, 0 = well

    def jitter(self, spread: float) -> float:
        return self.random.gauss(0, spread)

    def at(self, day: date, hour: int) -> datetime:
        minute = self.random.choice((0, 10, 15, 20, 30, 40, 45))
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone)

    def improve(self) -> None:
        outcome = self.pattern.outcome if self.pattern.outcome in _STEP else Outcome.RESPONDER
        self.burden += (_BEST[outcome] - self.burden) * (_STEP[outcome] + self.jitter(0.06))

    def fade(self, days: int, *, strength: float = 0.012) -> None:
        """Let relief wear off: it does, over days and weeks."""
        self.burden += (1.0 - self.burden) * (1 - (1 - strength) ** days)


def invent(count: int, *, seed: int, now: datetime, zone: ZoneInfo) -> Iterator[InventedCourse]:
    """Invent `count` courses up to `now` (aware); the same arguments give the same courses."""
    bookings = Bookings()
    for index in range(count):
        yield _course(index, Random(f"{seed}/{index}"), now, zone, bookings)


def _course(
    index: int, random: Random, now: datetime, zone: ZoneInfo, bookings: Bookings
) -> InventedCourse:
    pattern = PATTERNS[index % len(PATTERNS)]
    weight = Decimal(random.randint(520, 1080)) / 10
    life = _Life(random, pattern, zone, now, weight, index, bookings)
    today = now.astimezone(zone).date()
    series = tuple(_series(life, today))
    return InventedCourse(_patient(index, random, pattern, today), pattern.outcome, series)


def _patient(index: int, random: Random, pattern: Case, today: date) -> PatientDraft:
    # 22 given and 20 family names: stepping both gives 220 names before one comes again.
    given, family = GIVEN_NAMES[index % 22], FAMILY_NAMES[(index * 3 + index // 22) % 20]
    return PatientDraft(
        record_number=f"{index + 1:04}",
        given_name=given,
        family_name=family,
        birth_date=today - timedelta(days=random.randint(21 * 365, 68 * 365)),
        sex=random.choice((Sex.FEMALE, Sex.MALE)),
        indications=(pattern.indication,),
    )


def _series(life: _Life, today: date) -> Iterator[InventedSeries]:
    start = _start(life, today)
    draft = _series_draft(life, start, today)
    first = _play(life, draft)
    yield first
    if life.pattern.outcome is Outcome.TWICE:  # a second course, a year after the first
        life.fade(364, strength=0.03)
        yield _play(life, _series_draft(life, start + timedelta(days=364), today))
    if life.pattern.outcome is Outcome.RELAPSE:
        day = series_plan.planned_days(draft)[-1] + timedelta(days=56)
        life.fade(45, strength=0.03)
        booster = SeriesDraft(
            indication=draft.indication, drug=draft.drug, route=draft.route, phase=Phase.BOOSTER,
            starts_on=_monday(day), template="booster",
            planned_dose_mg_per_kg=draft.planned_dose_mg_per_kg,
        )  # fmt: skip
        yield _play(life, life.bookings.place(booster, life.number, today))


def _start(life: _Life, today: date) -> date:
    outcome = life.pattern.outcome
    if outcome is Outcome.UNDER_WAY:  # so that one of its sessions is today's
        return today - timedelta(days=10 if life.pattern.route is Route.IV else 28)
    if outcome is Outcome.NEW:
        return _monday(today) + timedelta(days=7)
    if outcome is Outcome.ONE_SESSION:
        yesterday = today - timedelta(days=1)
        return yesterday - timedelta(days=yesterday.weekday() == places.SUNDAY)
    back = {Outcome.RELAPSE: 120, Outcome.TWICE: 448}.get(outcome) or life.random.randint(75, 150)
    return _monday(today - timedelta(days=back))


def _monday(day: date) -> date:
    """Start the week: twice a week then means Monday and Thursday, never a Sunday."""
    return day - timedelta(days=day.weekday())


def _series_draft(life: _Life, start: date, today: date) -> SeriesDraft:
    pattern = life.pattern
    count, apart = pattern.custom or (None, None)
    draft = SeriesDraft(
        indication=pattern.indication,
        drug=pattern.drug,
        route=pattern.route,
        phase=Phase.INDUCTION,
        starts_on=start,
        template=pattern.template,
        planned_dose_mg=Decimal(pattern.mg) if pattern.mg else None,
        planned_dose_mg_per_kg=Decimal(pattern.mg_per_kg) if pattern.mg_per_kg else None,
        session_count=count,
        days_apart=apart,
    )
    return life.bookings.place(draft, life.number, today)


def _play(life: _Life, draft: SeriesDraft) -> InventedSeries:
    days = series_plan.planned_days(draft)
    scores = [*_scales(life, days[0] - timedelta(days=2), Occasion.BASELINE)]
    sittings: list[DemoSession] = []
    stops_after = 3 if life.pattern.outcome is Outcome.DROP_OUT else len(days)
    previous = days[0]
    for number, day in enumerate(days):
        life.fade((day - previous).days)
        previous = day
        sittings.append(_draw_session(life, number, day, stops_after, missing=len(days) > 5))
    scores += _after_series(life, draft, days[-1])
    return InventedSeries(draft, tuple(sittings), tuple(scores), _end(life, days[-1]))


def _end(life: _Life, last: date) -> tuple[SeriesState, str] | None:
    if life.pattern.outcome is Outcome.DROP_OUT:
        return SeriesState.STOPPED, "Did not come back after the third session."
    if life.at(last, 18) < life.now:
        return SeriesState.COMPLETED, ""
    return None


def _draw_session(
    life: _Life, number: int, day: date, stops_after: int, *, missing: bool
) -> DemoSession:
    start = life.at(day, life.random.choice((9, 10, 11, 13, 14)))
    if start + timedelta(hours=3) > life.now:
        return DemoSession()
    if number >= stops_after:
        return DemoSession(not_held=(SessionState.CANCELLED, "Series stopped."))
    # The fourth sitting is missed now and then, so that gaps are seen.
    if missing and number == 3 and life.random.random() < 0.4:
        return DemoSession(not_held=(SessionState.MISSED, "Did not come; no ride home."))
    before = life.burden
    life.improve()
    held = _draw_record(life, start, before)
    scores = [*_day_after(life, start)]
    if number and number % 2 == 0:
        life_scores = _scales(life, day, Occasion.BEFORE_SESSION)
        scores += [score for score in life_scores if life.random.random() < 0.92]
    return DemoSession(
        record=held, scores=tuple(s for s in scores if s.taken_at and s.taken_at < life.now)
    )


def _draw_record(life: _Life, start: datetime, before: float) -> SessionDraft:
    pattern, random = life.pattern, life.random
    dose = (
        measures.mg_from_mg_per_kg(Decimal(pattern.mg_per_kg), life.weight_kg)
        if pattern.mg_per_kg
        else Decimal(pattern.mg)
    )
    peak = min(10, max(0, round(random.gauss(5.2 if pattern.mg_per_kg else 4.0, 1.8))))
    mood, after = _ten(1 - before, life), _ten(1 - life.burden + 0.12, life)
    in_pain = pattern.indication is Indication.CHRONIC_PAIN
    return SessionDraft(
        started_at=start,
        drug=pattern.drug,
        route=pattern.route,
        dose_mg=dose,
        weight_kg=life.weight_kg,
        weight_unit=WeightUnit.LB if life.weight_kg > 90 else WeightUnit.KG,
        duration_minutes={Route.IV: 40, Route.NASAL: 10}.get(pattern.route, 0),
        mood_before=mood,
        mood_after=max(mood, after) if pattern.outcome is not Outcome.NON_RESPONDER else after,
        pain_before=_ten(before * 0.8, life) if in_pain else None,
        pain_after=_ten(life.burden * 0.55, life) if in_pain else None,
        dissociation_peak=peak,
        dissociation_onset_minute=random.randint(4, 12) if peak else None,
        dissociation_end_minute=random.randint(55, 95) if peak else None,
        dissociation_resolved=True,
        effects=_effects(random, peak),
        side_effects=_side_effects(random),
        before=_signs(random, 122, 76, 74),
        after=_signs(random, 128, 79, 78),
        discharged_at=start + timedelta(minutes=random.randint(120, 165)),
        escort=random.choice(ESCORTS),
        private_notes=random.choice(
            ("", "", "Calm throughout, music as usual.", "Talked about work.")
        ),
        patient_notes=random.choice(("", "Rest today. You can call us with any question.")),
    )


def _ten(share: float, life: _Life) -> int:
    return min(10, max(0, round(share * 9 + 0.6 + life.jitter(0.6))))


def _effects(random: Random, peak: int) -> dict[Effect, Severity | None]:
    strength = Severity.MILD if peak < 4 else Severity.MODERATE if peak < 8 else Severity.SEVERE
    kinds = [effect for effect in Effect if effect not in {Effect.OTHER, Effect.NONE}]
    found = random.sample(kinds, min(3, peak // 2))
    return dict.fromkeys(found, strength) if found else {Effect.NONE: None}


_NO_SIDE_EFFECT: dict[SideEffect, Severity | None] = {SideEffect.NONE: None}


def _side_effects(random: Random) -> dict[SideEffect, Severity | None]:
    terms = (SideEffect.NAUSEA, SideEffect.DIZZINESS, SideEffect.HEADACHE, SideEffect.SEDATION)
    return {random.choice(terms): Severity.MILD} if random.random() < 0.35 else _NO_SIDE_EFFECT


def _signs(random: Random, systolic: int, diastolic: int, pulse: int) -> VitalSigns:
    return VitalSigns(
        systolic_mmhg=min(139, round(random.gauss(systolic, 7))),
        diastolic_mmhg=min(89, round(random.gauss(diastolic, 5))),
        heart_rate_bpm=round(random.gauss(pulse, 6)),
        spo2_percent=random.randint(96, 99),
        respiratory_rate_per_min=random.randint(12, 18),
    )


def _scales(life: _Life, day: date, occasion: Occasion) -> Iterator[AssessmentDraft]:
    for code in life.pattern.scales:
        highest, usual = _SCALES[code]
        total = min(highest, max(0, round(usual * life.burden + life.jitter(highest * 0.035))))
        yield AssessmentDraft(
            instrument=code, total=Decimal(total), taken_at=life.at(day, 8), occasion=occasion
        )


def _day_after(life: _Life, start: datetime) -> Iterator[AssessmentDraft]:
    for hours in (4, 24, 72):
        if life.random.random() < 0.75:
            mood = _ten(1 - life.burden + (0.1 if hours == 24 else 0.05), life)
            yield AssessmentDraft(
                instrument="mood-nrs", total=Decimal(mood), taken_at=start + timedelta(hours=hours),
                occasion=Occasion.HOURS_AFTER, hours_after=Decimal(hours),
            )  # fmt: skip


def _after_series(life: _Life, draft: SeriesDraft, last: date) -> Iterator[AssessmentDraft]:
    if life.pattern.outcome is Outcome.DROP_OUT:
        return
    is_short = draft.phase is Phase.BOOSTER or life.pattern.outcome is Outcome.RELAPSE
    weeks = (1, 4) if is_short else (1, 2, 4, 8)
    gone = 0
    for week in weeks:
        strength = 0.03 if life.pattern.outcome is Outcome.RELAPSE else 0.006
        life.fade(7 * (week - gone), strength=strength)
        gone = week
        for score in _scales(life, last + timedelta(weeks=week), Occasion.FOLLOW_UP):
            if score.taken_at and score.taken_at < life.now:
                yield score
