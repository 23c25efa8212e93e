"""Every number of a session's timeline as tables, for people who cannot see the picture."""

from datetime import datetime
from decimal import Decimal

from tracker.domain.clinic.reading_limits import DIASTOLIC, SYSTOLIC, Limit
from tracker.domain.formatting import number, time_of_day
from tracker.domain.measures import HEART_RATE, RESPIRATORY_RATE, SPO2
from tracker.domain.progress.explanations import TextTable
from tracker.domain.timelines.marks import PRESSURE, EventSpan
from tracker.domain.timelines.text import NOT_READ, dose_noun, event_words, pressure, signed_minute
from tracker.domain.timelines.timeline import Timeline

LIMIT_WORDS = {
    SYSTOLIC: "systolic",
    DIASTOLIC: "diastolic",
    HEART_RATE.name: "heart rate",
    SPO2.name: "SpO2",
    RESPIRATORY_RATE.name: "breathing",
}


def tables(timeline: Timeline) -> tuple[TextTable, ...]:
    """Lay out every number that the picture shows; what was not read is a dash."""
    return tuple(table for table in (_readings(timeline), _event_table(timeline)) if table.rows)


def _readings(timeline: Timeline) -> TextTable:
    shown = list(timeline.scales)
    headers = ["Minute", "Time", f"{PRESSURE.label}, {PRESSURE.unit}"]
    headers += [_heading(scale.label, scale.direction) for scale in shown]
    passing = any(point.passed for point in timeline.readings)
    headers += ["Beyond limits"] if passing else []
    rows = []
    for point in timeline.readings:
        values = [point.value(scale.name) for scale in shown]
        cells = [NOT_READ if value is None else str(value) for value in values]
        row = [signed_minute(point.minute), clock(point.at), pressure(point), *cells]
        row += [_limit_text(point.passed)] if passing else []
        rows.append(tuple(row))
    return TextTable("Readings", tuple(headers), tuple(rows))


def _heading(label: str, direction: str) -> str:
    return f"{label}, {direction}" if direction else label


def _limit_text(passed: tuple[Limit, ...]) -> str:
    worst: dict[str, Limit] = {limit.name: limit for limit in passed}
    return "; ".join(limit_words(limit) for limit in worst.values()) or NOT_READ


def limit_words(limit: Limit) -> str:
    """Write what passing a limit means: `systolic above 140`."""
    side = "above" if limit.is_upper else "below"
    return f"{LIMIT_WORDS[limit.name]} {side} {limit.value}"


def limit_sources(timeline: Timeline) -> tuple[str, ...]:
    """Say where every limit that some reading lies beyond comes from."""
    passed = {limit: None for point in timeline.readings for limit in point.passed}
    return tuple(f"{limit_words(limit)}: {limit.source}" for limit in passed)


def clock(at: datetime) -> str:
    """Write the time on the clinic's wall."""
    return time_of_day(at)


def _event_table(timeline: Timeline) -> TextTable:
    noun = dose_noun(timeline).capitalize()
    rows = [
        (p.minute, p.at, f"{noun} {p.number}", f"{number(p.dose_mg)} mg") for p in timeline.doses
    ]
    rows += [
        (s.minute, s.at, s.label, _amounts(s.rate_ml_per_h, s.dose_mg)) for s in timeline.steps
    ]
    rows += [
        (m.minute, m.at, m.mark.label, "" if m.strength is None else f"{m.strength} of 10")
        for m in timeline.marks
    ]
    rows += [(e.minute, e.at, e.label, _details(e)) for e in timeline.events]
    if timeline.left is not None and timeline.left_at is not None:
        rows.append((timeline.left, timeline.left_at, "Left", ""))
    rows.sort(key=lambda row: row[0])
    return TextTable(
        "What was given and what happened",
        ("Minute", "Time", "What", "Details"),
        tuple(
            (signed_minute(at), clock(when), what, details or NOT_READ)
            for at, when, what, details in rows
        ),
    )


def _amounts(rate_ml_per_h: Decimal | None, dose_mg: Decimal | None) -> str:
    parts = [] if rate_ml_per_h is None else [f"{number(rate_ml_per_h)} mL/h"]
    parts += [] if dose_mg is None else [f"{number(dose_mg)} mg"]
    return ", ".join(parts)


def _details(event: EventSpan) -> str:
    _name, _, details = event_words(event).partition(f"{event.label} ")
    return details
