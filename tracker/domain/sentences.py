"""A course in words: the sentence, the text in place of the picture, one line for a list."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tracker.domain.instruments import Instrument
from tracker.domain.panels import MOOD, PairPanel, ScalePanel
from tracker.domain.phrases import day_for, from_to, full_day, number, signed, times
from tracker.domain.trends import Audience, Trend


@dataclass(frozen=True, slots=True)
class Status:
    """A course in one line of a list; `points` are (x, y) from 0 to 1, y up as the scale runs."""

    last: str
    change: str
    points: tuple[tuple[float, float], ...]


def sentence(trend: Trend) -> str:
    """Say how the course goes, beginning with the comparison to the person's own start."""
    if trend.empty:
        return _nothing_yet(trend)
    if trend.audience is Audience.PATIENT:
        return " ".join(_for_patient(trend))
    return " ".join(_for_clinician(trend))


def _nothing_yet(trend: Trend) -> str:
    if not trend.ahead:
        return "No sessions yet."
    return f"No sessions yet. The next is planned for {full_day(trend.ahead[0].at)}."


def _for_patient(trend: Trend) -> Iterator[str]:
    if trend.scales:
        yield from _scale_for_patient(trend.scales[0], trend)
    else:
        yield f"{times(len(trend.given), 'session')} so far, and no questionnaire scores yet."
    for panel in (trend.mood, trend.pain):
        if panel is not None and panel.changes:
            yield _pairs_for_patient(panel)


def _scale_for_patient(panel: ScalePanel, trend: Trend) -> Iterator[str]:
    name, last = panel.instrument.short_title, number(panel.last.total)
    day = day_for(panel.last.at, trend.now)
    if panel.baseline is None:
        yield f"Your {name} score was {last} on {day}."
        if trend.given:
            yield "There is no score from just before your first session to compare it with."
        else:
            yield "You have had no session yet."
    elif panel.change is None:
        yield f"Your {name} score was {last} on {day}."
        yield "There is no later score to compare it with yet."
    elif not panel.change:
        yield f"Your {name} score is {last}, the same as at the start."
    else:
        verb = "fell" if panel.change < 0 else "rose"
        yield f"Your {name} score {verb} from {number(panel.baseline.total)} to {last}."
        yield from _real_for_patient(panel)
    yield from _best(panel, trend)


def _real_for_patient(panel: ScalePanel) -> Iterator[str]:
    instrument = panel.instrument
    better = "lower" if instrument.higher_is_worse else "higher"
    if not panel.improved:
        yield f"On this scale {better} is better."
    smallest = instrument.change.smallest_important
    if smallest is None:
        return
    noun = "rise" if panel.change and panel.change > 0 else "fall"
    if panel.real:
        yield f"A {noun} of {number(smallest)} or more is usually a real change."
    else:
        yield f"A {noun} of less than {number(smallest)} can be chance."


def _pairs_for_patient(panel: PairPanel) -> str:
    up = panel.instrument.code == MOOD
    better = sum((change > 0) == up for change in panel.changes if change)
    name = panel.instrument.short_title.lower()
    verb = "rose" if up else "fell"
    if len(panel.changes) == 1:
        pair = next(pair for pair in panel.pairs if pair.change is not None)
        return f"Your {name} went from {pair.before} to {pair.after} in your session."
    return (
        f"Your {name} {verb} in {better} of {len(panel.changes)} sessions "
        "with a rating before and after."
    )


def _for_clinician(trend: Trend) -> Iterator[str]:
    for panel in trend.scales[:1]:
        yield from _scale_for_clinician(panel, trend)
    if not trend.scales:
        yield f"{times(len(trend.given), 'session')}, no scale totals yet."
    for pairs in (trend.mood, trend.pain):
        if pairs is not None and pairs.changes:
            yield _pairs_for_clinician(pairs)


def _scale_for_clinician(panel: ScalePanel, trend: Trend) -> Iterator[str]:
    name, last = panel.instrument.short_title, number(panel.last.total)
    day = day_for(panel.last.at, trend.now)
    if panel.baseline is None:
        yield f"{name} {last} on {day}{_band(panel)}."
        why = "no total within 14 days before the first dose" if trend.given else "no dose yet"
        yield f"No baseline: {why}."
    elif panel.change is None:
        yield f"{name} {last} on {day}{_band(panel)}, nothing later yet."
    else:
        sessions = sum(point.at <= panel.last.at for point in trend.given)
        share = "" if panel.percent is None else f" ({number(round(panel.percent))} %)"
        yield (
            f"{name} {number(panel.baseline.total)} to {last}: {signed(panel.change)}{share}, "
            f"{from_to(panel.baseline.at, panel.last.at, trend.now)}, "
            f"{times(sessions, 'session')}."
        )
        yield from _levels(panel)
    yield from _best(panel, trend)


def _levels(panel: ScalePanel) -> Iterator[str]:
    """Say whether response and remission are met, each with its rule."""
    rules = panel.instrument.change
    if panel.responded is not None:
        verb = "Meets" if panel.responded else "Does not meet"
        yield f"{verb} response ({_response_rule(panel.instrument)})."
    if panel.remitted is not None and rules.remission_at_most is not None:
        verb = "Meets" if panel.remitted else "Does not meet"
        yield f"{verb} remission ({number(rules.remission_at_most)} or less)."
    if panel.real is False and rules.smallest_important is not None:
        yield f"Smaller than the change that usually matters ({number(rules.smallest_important)})."


def _response_rule(instrument: Instrument) -> str:
    rules = instrument.change
    noun = "fall" if instrument.higher_is_worse else "rise"
    if rules.response_fraction is not None:
        return f"a {noun} of {number(rules.response_fraction * 100)} % of baseline or more"
    return f"a {noun} of {number(rules.response_points or 0)} points or more"


def _best(panel: ScalePanel, trend: Trend) -> Iterator[str]:
    """Say when the best is past: a relapse must not hide behind the comparison with baseline."""
    smallest = panel.instrument.change.smallest_important
    best, last = panel.best, panel.last
    lost = abs(last.total - best.total)
    if best is panel.baseline or not smallest or lost < smallest:
        return
    word = "lowest" if panel.instrument.higher_is_worse else "highest"
    subject = "Your" if trend.audience is Audience.PATIENT else "The"
    yield f"{subject} {word} score was {number(best.total)} on {day_for(best.at, trend.now)}."


def _pairs_for_clinician(panel: PairPanel) -> str:
    up = panel.instrument.code == MOOD
    better = sum((change > 0) == up for change in panel.changes if change)
    mean = Decimal(sum(panel.changes)) / len(panel.changes)
    return (
        f"{panel.instrument.short_title} {'rose' if up else 'fell'} in {better} of "
        f"{times(len(panel.changes), 'session')} with both values, mean change {signed(mean)}."
    )


def _band(panel: ScalePanel) -> str:
    band = panel.instrument.band(panel.last.total)
    return "" if band is None else f" ({band.label.lower()})"


def alt(trend: Trend) -> str:
    """Say what the picture shows, for those who cannot see it: last score, band, change."""
    if trend.empty:
        return _nothing_yet(trend)
    parts = [
        f"Progress from {full_day(trend.starts_at)} to {full_day(trend.ends_at)}, "
        f"{times(len(trend.given), 'session')} given."
    ]
    parts += [f"{_last(panel)}; {_change(panel)}." for panel in trend.scales]
    for panel in (trend.mood, trend.pain):
        if panel is not None:
            parts.append(_pairs_for_clinician(panel) if panel.changes else _rated(panel))
    return " ".join(part for part in (*parts, others(trend)) if part)


def others(trend: Trend) -> str:
    """Name the last totals of the scales that have no panel; '' where all have one."""
    if not trend.others:
        return ""
    totals = (
        f"{name} {number(point.total)} on {full_day(point.at)}" for name, point in trend.others
    )
    return f"Also recorded: {'; '.join(totals)}."


def _rated(panel: PairPanel) -> str:
    return f"{panel.instrument.short_title}: no session with a value before and after."


def _last(panel: ScalePanel) -> str:
    last = panel.last
    return (
        f"{panel.instrument.short_title}: last {number(last.total)}{_band(panel)}"
        f" on {full_day(last.at)}"
    )


def _change(panel: ScalePanel) -> str:
    if panel.baseline is None:
        return "no baseline"
    if panel.change is None:
        return "no later score yet"
    if not panel.change:
        return f"the same as the baseline of {number(panel.baseline.total)}"
    word = "down" if panel.change < 0 else "up"
    judged = " (better)" if panel.improved else " (worse)"
    size = number(abs(panel.change))
    return f"{word} {size} from the baseline of {number(panel.baseline.total)}{judged}"


def status(trend: Trend) -> Status:
    """Sum a course up for a list: last score, change since baseline, points of a sparkline."""
    if not trend.scales:
        return Status("No scores yet", "", ())
    panel = trend.scales[0]
    low, high = panel.instrument.minimum, panel.instrument.maximum
    start, end = panel.points[0].at, panel.points[-1].at
    span = (end - start).total_seconds() or 1.0
    points = tuple(
        ((point.at - start).total_seconds() / span, float((point.total - low) / (high - low)))
        for point in panel.points
    )
    last = f"{panel.instrument.short_title} {number(panel.last.total)}"
    return Status(f"{last}, {day_for(panel.last.at, trend.now)}", _change(panel), points)
