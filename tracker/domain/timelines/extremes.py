"""The values of a session that are told: one choice of them for its picture and its words."""

from tracker.domain.clinic.reading_limits import SYSTOLIC
from tracker.domain.timelines.marks import ReadingPoint, Scale
from tracker.domain.timelines.timeline import Timeline


def highest_pressure(timeline: Timeline) -> tuple[ReadingPoint, ReadingPoint] | None:
    """Find the reading with the highest systolic pressure, and the last that has one."""
    found = [point for point, _value in timeline.values(SYSTOLIC)]
    return (max(found, key=lambda p: p.value(SYSTOLIC) or 0), found[-1]) if found else None


def lowest_pressure(timeline: Timeline) -> ReadingPoint | None:
    """Find the reading with the lowest systolic pressure, the first of equals."""
    found = [point for point, _value in timeline.values(SYSTOLIC)]
    return min(found, key=lambda p: p.value(SYSTOLIC) or 0, default=None)


def extreme(timeline: Timeline, scale: Scale) -> tuple[float, int] | None:
    """Find the value that tells most, with its minute: the highest or lowest, the first of equals.

    That of dissociation is the peak, as the record has it.
    """
    if scale.name == "dissociation":
        peak = timeline.peak
        return None if peak is None else (peak.minute, peak.strength)
    found = timeline.values(scale.name)
    if not found:
        return None
    pick = min if scale.tells_lowest else max
    point, value = pick(found, key=lambda pair: pair[1])
    return point.minute, value
