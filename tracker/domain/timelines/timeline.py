"""One session minute by minute: what was given, read and happened, ready to be drawn and told."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import asdict, replace

from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC, Limits, limits
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Route
from tracker.domain.live import dissociation
from tracker.domain.live import signing as signing_rules
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    Entry,
    EntryKind,
    EventTerm,
    Infusion,
    InfusionAction,
    Mark,
    Reading,
    effective,
    latest_form,
)
from tracker.domain.progress.trend import Audience
from tracker.domain.timelines.marks import (
    SCALES,
    DosePoint,
    EventSpan,
    InfusionSpan,
    InfusionStep,
    MarkPoint,
    RatingPoint,
    ReadingPoint,
    Scale,
)

SHORTEST_MINUTES = 60  # of the axis: pictures of two short sessions can be laid side by side
# What a picture shows of a reading.
READ = (SYSTOLIC, DIASTOLIC, *(scale.name for scale in SCALES))
GAP_FACTOR = 2  # readings further apart than this many intervals are not joined
# As with the suicide item of a questionnaire: told by a person, not by a picture on a screen.
NOT_FOR_PATIENTS = frozenset({EventTerm.SUICIDAL, EventTerm.CRAVING})

_FOR_STAFF = dict.fromkeys((scale.name for scale in SCALES if scale.for_staff), None)

Content = TypeVar("Content")


class Treatment(Struct, frozen=True, kw_only=True):
    """What frames a session's entries: when the dose began, what it was, when the patient left.

    It is a shape of its own because pages beside a session under way have its log, not its record.
    """

    drug: Drug
    route: Route
    dose_mg: Decimal | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Timeline(Struct, frozen=True, kw_only=True):
    """A session as picture, sentence and table show it; minutes are from the first dose.

    Where nothing was given yet (`is_from_dose` is False) they are from the first entry. `first` and
    `last` are the ends of the axis, `left` is when the patient left, `zero_at` is minute 0. Times
    are in the clinic's zone. `ratings` are the curve of dissociation and `peak` is its strongest
    since the first dose; `recorded_peak` is what the signed record says. For patients there are no
    limits, and no scale that is for staff.
    """

    treatment: Treatment
    first: float
    last: float
    readings: tuple[ReadingPoint, ...]
    doses: tuple[DosePoint, ...]
    spans: tuple[InfusionSpan, ...]
    steps: tuple[InfusionStep, ...]
    marks: tuple[MarkPoint, ...]
    ratings: tuple[RatingPoint, ...]
    peak: RatingPoint | None
    recorded_peak: int | None
    events: tuple[EventSpan, ...]
    limits: Limits
    gap_minutes: float
    left: float | None
    left_at: datetime | None
    zero_at: datetime | None
    is_from_dose: bool
    audience: Audience = Audience.CLINICIAN

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any((self.readings, self.doses, self.spans, self.steps, self.marks, self.events))

    @property
    def pressures(self) -> tuple[ReadingPoint, ...]:
        """The readings with a blood pressure, or one half of it."""
        return tuple(
            point
            for point in self.readings
            if point.value(SYSTOLIC) is not None or point.value(DIASTOLIC) is not None
        )

    @property
    def scales(self) -> tuple[Scale, ...]:
        """The scales that have a panel: those of which anything was read, and marks count."""
        return tuple(
            scale
            for scale in SCALES
            if self.values(scale.name) or (scale.name == "dissociation" and self.marks)
        )

    def values(self, name: str) -> list[tuple[ReadingPoint, int]]:
        """List the readings that have a value, with it."""
        found = ((point, point.value(name)) for point in self.readings)
        return [(point, value) for point, value in found if value is not None]

    def runs(self, name: str) -> list[list[tuple[float, int]]]:
        """Part the values where nobody looked for long: those of a run may be joined.

        Each is its minute and the value; dissociation has the strengths of its marks too.
        """
        found = [(point.minute, value) for point, value in self.values(name)]
        if name == "dissociation":
            found = [(rating.minute, rating.strength) for rating in self.ratings]
        runs: list[list[tuple[float, int]]] = []
        for minute, value in found:
            if runs and minute - runs[-1][-1][0] <= self.gap_minutes:
                runs[-1].append((minute, value))
            else:
                runs.append([(minute, value)])
        return runs

    def mark(self, mark: Mark) -> MarkPoint | None:
        """Find the first beginning, the first peak, or the end: none where it went on after it."""
        found = [point for point in self.marks if point.mark is mark]
        if mark is not Mark.RESOLVED:
            return found[0] if found else None
        others = [point.minute for point in self.marks if point.mark is not Mark.RESOLVED]
        return found[-1] if found and found[-1].minute >= max(others, default=-math.inf) else None


def timeline(
    entries: Iterable[Entry],
    treatment: Treatment,
    *,
    zone: ZoneInfo,
    settings: TreatmentSettings,
    audience: Audience = Audience.CLINICIAN,
    recorded_peak: int | None = None,
) -> Timeline:
    """Prepare what stands of a session's entries, and the baseline of the checks before it.

    No free text gets in, apart from the name of an event that no list has. `recorded_peak` is the
    peak of dissociation in the signed record, which may have been amended since.
    """
    drawn = _entries_to_draw(list(entries), audience)
    started_at, ended_at = treatment.started_at, treatment.ended_at
    clock = _Clock(started_at or min((entry.at for entry in drawn), default=None), zone)
    events = _events(drawn, clock)
    ends = [event.end for event in events if event.end is not None]
    moments = [*(clock.minute(entry.at) for entry in drawn), *ends]
    left = None if ended_at is None or not drawn else clock.minute(ended_at)
    until = max(0.0, left or 0.0, *moments)
    known = _limits(treatment, settings, audience)
    rated = dissociation.ratings(drawn)
    return Timeline(
        treatment=treatment,
        first=float(math.floor(min([0.0, *moments]))),
        last=float(math.ceil(max(SHORTEST_MINUTES, until))),
        readings=_readings(drawn, clock, known),
        doses=_doses(drawn, clock),
        spans=tuple(_stretches(drawn, clock, until)),
        steps=_steps(drawn, clock),
        marks=_marks(drawn, clock),
        ratings=tuple(clock.rating(one) for one in rated),
        peak=_peak(rated, started_at, clock),
        recorded_peak=recorded_peak,
        events=events,
        limits=known,
        gap_minutes=GAP_FACTOR * settings.reading_every_minutes,
        left=left,
        left_at=None if ended_at is None else ended_at.astimezone(zone),
        zero_at=None if clock.start is None else clock.here(clock.start),
        is_from_dose=started_at is not None,
        audience=audience,
    )


def _limits(treatment: Treatment, settings: TreatmentSettings, audience: Audience) -> Limits:
    """Find the limits that values are held to: what lies beyond one is for staff to judge."""
    if audience is Audience.PATIENT:
        return {}
    return limits(settings, drug=treatment.drug, route=treatment.route)


class _Clock(Struct, frozen=True):
    """Counts minutes by instants, so that a change of the clocks makes no hour of them."""

    start: datetime | None
    zone: ZoneInfo

    def minute(self, at: datetime) -> float:
        return 0.0 if self.start is None else (at - self.start).total_seconds() / 60

    def here(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def rating(self, rating: dissociation.Rating) -> RatingPoint:
        return RatingPoint(self.minute(rating.at), rating.strength)


def _baseline(log: Sequence[Entry]) -> Iterator[Entry]:
    """Take what was measured in the checks before the session as a reading of its own."""
    checks, measured = latest_form(log, EntryKind.GATE), signing_rules.baseline_of(log)
    if checks is not None and measured is not None:
        at, signs = measured
        yield replace(checks, kind=EntryKind.READING, at=at, content=Reading(**asdict(signs)))


def _entries_to_draw(log: Sequence[Entry], audience: Audience) -> list[Entry]:
    by_time = sorted([*_baseline(log), *effective(log)], key=lambda entry: entry.at)
    if audience is Audience.PATIENT:
        by_time = [_for_patient(entry) for entry in by_time]
    return [entry for entry in by_time if _is_drawn(entry, audience)]


def _for_patient(entry: Entry) -> Entry:
    """Leave out of a reading what only staff see."""
    if not isinstance(entry.content, Reading):
        return entry
    return replace(entry, content=replace(entry.content, **_FOR_STAFF))


def _is_drawn(entry: Entry, audience: Audience) -> bool:
    content = entry.content
    if isinstance(content, Reading):
        return any(getattr(content, name) is not None for name in READ)
    if isinstance(content, AdverseEvent) and audience is Audience.PATIENT:
        return content.term not in NOT_FOR_PATIENTS
    return isinstance(content, Dose | Infusion | DissociationMark | AdverseEvent)


def _of(entries: Sequence[Entry], kind: type[Content]) -> list[tuple[Entry, Content]]:
    return [(entry, entry.content) for entry in entries if isinstance(entry.content, kind)]


def _readings(entries: Sequence[Entry], clock: _Clock, known: Limits) -> tuple[ReadingPoint, ...]:
    return tuple(
        ReadingPoint(
            minute=clock.minute(entry.at),
            at=clock.here(entry.at),
            reading=reading,
            passed=tuple(
                limit
                for name, those in known.items()
                for limit in those
                if (value := getattr(reading, name)) is not None and limit.is_passed_by(value)
            ),
            corrected=bool(entry.replaces),
        )
        for entry, reading in _of(entries, Reading)
    )


def _doses(entries: Sequence[Entry], clock: _Clock) -> tuple[DosePoint, ...]:
    return tuple(
        DosePoint(
            minute=clock.minute(entry.at),
            at=clock.here(entry.at),
            number=number,
            dose_mg=given.dose_mg,
        )
        for number, (entry, given) in enumerate(_of(entries, Dose), 1)
    )


def _steps(entries: Sequence[Entry], clock: _Clock) -> tuple[InfusionStep, ...]:
    return tuple(
        InfusionStep(
            minute=clock.minute(entry.at),
            at=clock.here(entry.at),
            label=infusion.action.label,
            rate_ml_per_h=infusion.rate_ml_per_h,
            dose_mg=infusion.dose_mg,
        )
        for entry, infusion in _of(entries, Infusion)
    )


def _stretches(entries: Sequence[Entry], clock: _Clock, until: float) -> Iterable[InfusionSpan]:
    """Follow an infusion from step to step.

    A pause, a change or an end without a start before it is taken as written: somebody may have
    forgotten to write the start, or withdrawn it.
    """
    current: InfusionSpan | None = None
    for entry, infusion in _of(entries, Infusion):
        minute = clock.minute(entry.at)
        if current is not None:
            yield replace(current, end=minute)
        current = _next(current, infusion, minute)
    if current is not None:
        yield replace(current, end=max(until, current.start), is_open=True)


def _next(current: InfusionSpan | None, infusion: Infusion, minute: float) -> InfusionSpan | None:
    if infusion.action is InfusionAction.STOP:
        return None
    rate = infusion.rate_ml_per_h
    paused = infusion.action is InfusionAction.PAUSE
    if current is not None:
        rate = current.rate_ml_per_h if rate is None else rate
        paused = paused or (current.paused and infusion.action is InfusionAction.RATE)
    return InfusionSpan(start=minute, end=minute, rate_ml_per_h=rate, paused=paused)


def _marks(entries: Sequence[Entry], clock: _Clock) -> tuple[MarkPoint, ...]:
    return tuple(
        MarkPoint(
            minute=clock.minute(entry.at),
            at=clock.here(entry.at),
            mark=mark.mark,
            strength=mark.strength,
        )
        for entry, mark in _of(entries, DissociationMark)
    )


def _peak(
    rated: Sequence[dissociation.Rating], start: datetime | None, clock: _Clock
) -> RatingPoint | None:
    strongest = dissociation.peak(rated, start)
    return None if strongest is None else clock.rating(strongest)


def _events(entries: Sequence[Entry], clock: _Clock) -> tuple[EventSpan, ...]:
    return tuple(
        EventSpan(
            minute=clock.minute(entry.at),
            at=clock.here(entry.at),
            label=_name(event),
            end=None if event.ended_at is None else clock.minute(event.ended_at),
            grade=event.grade,
            serious=event.serious,
            actions=event.actions,
            outcome=event.outcome,
        )
        for entry, event in _of(entries, AdverseEvent)
    )


def _name(event: AdverseEvent) -> str:
    if event.term is EventTerm.OTHER and event.other:
        return event.other
    return event.term.label
