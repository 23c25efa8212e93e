"""Who needs attention, by what is known of them: in danger, worse, response lost, or silent."""

from collections.abc import Iterator
from datetime import datetime

from tracker.domain.formatting import day_for, times
from tracker.domain.progress.panels import ScalePanel
from tracker.domain.progress.trend import Trend
from tracker.domain.scores import glance
from tracker.domain.scores.points import ScorePoint
from tracker.domain.scores.response import responses

# No score for so long, before the pause after which a course is over, is silence. Days of the
# calendar, so that a page of the day and a list of the minute say the same.
SILENCE_DAYS = 28  # clinic default, no published source


def reasons(trend: Trend) -> tuple[str, ...]:
    """Say in words why somebody needs attention by their scores; empty where nothing does."""
    return (*_of_dangers(trend), *_of_scores(trend), *_of_silence(trend))


def _of_dangers(trend: Trend) -> Iterator[str]:
    for instrument, last in trend.dangers:
        total = glance.total(instrument, last.total)
        yield f"{instrument.short_title} {total}, on {day_for(last.at, trend.now)}"


def _of_scores(trend: Trend) -> Iterator[str]:
    for panel in trend.scales[:1]:
        verdict, name = panel.verdict, panel.instrument.short_title
        change, last = verdict.since_baseline, verdict.since_last
        if change is not None and glance.is_worse(change):
            yield f"{name} {glance.comparison(change)} at baseline"
        elif last is not None and glance.is_worse(last):
            yield f"{name} {glance.comparison(last)} before"
        if (lost := lost_by(panel)) is not None:
            yield f"response lost by {day_for(lost.at, trend.now)}"


def _of_silence(trend: Trend) -> Iterator[str]:
    latest = max(trend.courses, key=lambda course: course.last_at, default=None)
    if latest is None or not latest.is_running(trend.now, trend.rules.pause_days):
        return
    since = max([latest.first_at, *(panel.last.at for panel in trend.scales)])
    if is_silent(since, trend.now):
        yield f"no score for {times((trend.now.date() - since.date()).days, 'day')}"


def is_silent(since: datetime, now: datetime) -> bool:
    """Say whether a score is so old that it says little of today."""
    return (now.date() - since.date()).days > SILENCE_DAYS


def lost_by(panel: ScalePanel) -> ScorePoint | None:
    """Find the score by which response was lost and not regained; None where it was not."""
    found = responses(panel.latest.verdicts)
    return found[-1].lost if found else None
