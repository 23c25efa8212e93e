"""How long each dose holds: what was gained after it, and when half of that was gone again.

It tells what was seen. Scores are taken on some days only, so the day on which half was gone lies
somewhere between the last score that still held and the one that did not.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median_low

from msgspec import Struct

from tracker.domain.codes import Occasion
from tracker.domain.formatting import times
from tracker.domain.instruments.model import Instrument
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.progress.after_dose import BEFORE_DAYS
from tracker.domain.progress.panels import PairPanel, ScalePanel
from tracker.domain.progress.trend import before_session
from tracker.domain.scores.interpretation import Certainty, ScoreChange, worse
from tracker.domain.scores.points import ScorePoint
from tracker.domain.sessions.point import SessionPoint

GAIN_MIN = 2  # points, where no size is published: of one point there is no half
GAIN_RULE = f"on a scale without a published size {GAIN_MIN} points or more ({CLINIC_DEFAULT})"
LISTED_MAX = 6  # days that are still read one by one
_COUNTS = (Certainty.RELIABLE, Certainty.IMPORTANT_ONLY)


class DoseSpan(Struct, frozen=True, kw_only=True):
    """What one scale said round one dose: the last before it, and all until the next dose."""

    dose: SessionPoint
    before: ScorePoint | None
    later: tuple[ScorePoint, ...]
    has_next: bool


class Episode(Struct, frozen=True, kw_only=True):
    """One gain after a dose, in calendar days from it.

    `held_day` is the last day on which more than half of it was known to be there; `lost_day` the
    first on which half or more was gone, None where that was never seen. `is_followed` is False
    where nobody asked again after the best score; `is_cut` where the next dose came.
    """

    dose: SessionPoint
    gain: ScoreChange
    held_day: int
    lost_day: int | None
    is_followed: bool
    is_cut: bool


class Holding(Struct, frozen=True, kw_only=True):
    """All that one scale says of how long doses hold; `rated` have a score before and after."""

    instrument: Instrument
    doses: int
    rated: int
    episodes: tuple[Episode, ...]


def of_scale(panel: ScalePanel, doses: Sequence[SessionPoint]) -> Holding:
    """Look at the totals of a scale before and after each dose."""
    return _holding(panel.instrument, spans_of_scale(panel, doses))


def spans_of_scale(panel: ScalePanel, doses: Sequence[SessionPoint]) -> list[DoseSpan]:
    """Lay the totals of a scale round each dose, the doses running in time."""
    spans = []
    for place, dose in enumerate(doses):
        after = doses[place + 1] if place + 1 < len(doses) else None
        later = [one for one in panel.points if _follows(one, dose)]
        spans.append(
            DoseSpan(
                dose=dose,
                before=_last_before(panel.points, dose),
                later=tuple(one for one in later if after is None or not _follows(one, after)),
                has_next=after is not None,
            )
        )
    return spans


def of_rating(panel: PairPanel, doses: Sequence[SessionPoint]) -> Holding:
    """Look at a rating before and right after each dose, between doses, and before the next."""
    code = panel.instrument.code
    between = [one.score for one in panel.follow_ups]
    spans = []
    for place, dose in enumerate(doses):
        after = doses[place + 1] if place + 1 < len(doses) else None
        start, end = _ratings(code, dose)
        known = [one for one in between if _follows(one, dose)]
        later = [one for one in known if after is None or not _follows(one, after)]
        first = [] if end is None else [end]
        next_start = None if after is None else _ratings(code, after)[0]
        last = [] if next_start is None else [next_start]
        spans.append(
            DoseSpan(
                dose=dose,
                before=start,
                later=(*first, *later, *last),
                has_next=after is not None,
            )
        )
    return _holding(panel.instrument, spans)


def _ratings(code: str, dose: SessionPoint) -> tuple[ScorePoint | None, ScorePoint | None]:
    before, after = dose.ratings(code)
    start, end = (
        None if one is None else before_session(code, one, dose.at) for one in (before, after)
    )
    return start, end


def _follows(point: ScorePoint, dose: SessionPoint) -> bool:
    """Say whether a score was taken after a dose; one of which only the day is known may say it."""
    if point.at > dose.at:
        return True
    is_of_day = point.at.date() == dose.at.date() and not point.time_known
    return is_of_day and point.occasion is Occasion.HOURS_AFTER


def _last_before(points: Sequence[ScorePoint], dose: SessionPoint) -> ScorePoint | None:
    before = [one for one in points if not _follows(one, dose)]
    is_near = before and (dose.at.date() - before[-1].at.date()).days <= BEFORE_DAYS
    return before[-1] if is_near else None


def _holding(instrument: Instrument, spans: Sequence[DoseSpan]) -> Holding:
    rated = [span for span in spans if span.before is not None and span.later]
    found = (_episode(instrument, span) for span in rated)
    return Holding(
        instrument=instrument,
        doses=len(spans),
        rated=len(rated),
        episodes=tuple(one for one in found if one is not None),
    )


def _episode(instrument: Instrument, span: DoseSpan) -> Episode | None:
    """Follow the best score after a dose; None where nothing was gained that counts."""
    assert span.before is not None  # noqa: S101 - the caller asked
    best = span.later[0]
    for point in span.later[1:]:
        if worse(instrument, best.total, point.total):
            best = point
    gain = ScoreChange(instrument, span.before, best)
    if not is_gain(gain):
        return None
    half = (span.before.total + best.total) / 2
    held, lost = best, None
    rest = span.later[span.later.index(best) + 1 :]
    for point in rest:
        if point.total == half or worse(instrument, point.total, half):
            lost = point
            break
        held = point
    return Episode(
        dose=span.dose,
        gain=gain,
        held_day=_day(span.dose, held.at),
        lost_day=None if lost is None else _day(span.dose, lost.at),
        is_followed=bool(rest),
        is_cut=lost is None and span.has_next,
    )


def is_gain(change: ScoreChange) -> bool:
    """Say whether a change is a gain that counts: by the published sizes, where there are any."""
    if not change.better:
        return False
    if change.important_size is None and change.reliable_size is None:
        return change.size >= GAIN_MIN
    return change.certainty in _COUNTS


def _day(dose: SessionPoint, at: datetime) -> int:
    return (at.date() - dose.at.date()).days


def sentences(held: Holding) -> Iterator[str]:
    """Say how long gains held, and how few they are; never what to do about it."""
    name = held.instrument.short_title
    if not held.rated:
        yield (
            f"{name}: no dose has a score in the {BEFORE_DAYS} days before it and one after it, "
            "so nothing can be said."
        )
        return
    rated = times(held.rated, "dose")
    if not held.episodes:
        yield f"{name}: {rated} rated before and after, and no gain that counts after any."
        return
    yield (
        f"{name}: a gain that counts after {len(held.episodes)} of {rated} rated before and after."
    )
    yield from _ends(held.episodes)


def _ends(episodes: Sequence[Episode]) -> Iterator[str]:
    of = len(episodes)
    lost = [one.lost_day for one in episodes if one.lost_day is not None]
    followed = [one for one in episodes if one.lost_day is None and one.is_followed]
    silent = of - len(lost) - len(followed)
    if lost:
        yield f"Half of it was gone{_often(len(lost), of)}, seen {days(lost)} after the dose."
    if followed:
        last = days([one.held_day for one in followed])
        yield (
            f"More than half was still there{_often(len(followed), of)} at {_last(followed)}, "
            f"{last} after the dose."
        )
    if silent:
        yield f"After the best score nobody asked again{_often(silent, of)}."
    yield (
        "This rests on one episode."
        if of == 1
        else f"This rests on {of} episodes of one person; half was gone before the day it was seen."
        if lost
        else f"This rests on {of} episodes of one person."
    )


def _last(followed: Sequence[Episode]) -> str:
    cut = sum(one.is_cut for one in followed)
    if cut == 0:
        return "the last score"
    before = "the last one before the next dose"
    return before if cut == len(followed) else f"{before}, or the last of all"


def _often(count: int, of: int) -> str:
    return "" if of == 1 else f" {count} of {of} times"


def days(found: Sequence[int]) -> str:
    """Write days after a dose: `on day 3, 7 and 9`, of many their ends and the middle one."""
    ordered = sorted(found)
    if len(ordered) > LISTED_MAX:
        middle = median_low(ordered)
        return f"on days {ordered[0]} to {ordered[-1]}, the middle one day {middle}"
    *others, last = map(str, ordered)
    return f"on day {', '.join(others)} and {last}" if others else f"on day {last}"


def recall(instrument: Instrument) -> str:
    """Say that a scale looks back, so that it shows a change late; '' where it does not."""
    asked = instrument.recall_days
    if asked <= 1:  # a rating of the moment, or of the day
        return ""
    return (
        f"{instrument.short_title} asks about the last {asked} days, so it shows a "
        "change later than it happens."
    )
