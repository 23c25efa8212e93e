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
    dangers = (
        f"{danger.instrument.short_title} {danger.answer}, on {day_for(danger.point.at, trend.now)}"
        for danger in trend.dangers
    )
    pain = [] if trend.lasting_pain is None else [trend.lasting_pain]
    scores = (why for panel in (*trend.judged, *pain) for why in of_scale(panel, trend.now))
    return (*dangers, *scores, *_of_silence(trend))


def of_scale(panel: ScalePanel, now: datetime) -> Iterator[str]:
    """Say why one scale needs attention: worse beyond chance, or response lost."""
    verdict, name = panel.verdict, panel.instrument.short_title
    change, last = verdict.since_baseline, verdict.since_last
    if change is not None and glance.is_worse(change):
        yield f"{name} {glance.comparison(change)} at baseline"
    elif last is not None and glance.is_worse(last):
        yield f"{name} {glance.comparison(last)} before"
    if (lost := lost_by(panel)) is not None:
        yield f"{name} response lost by {day_for(lost.at, now)}"


def _of_silence(trend: Trend) -> Iterator[str]:
    latest = max(trend.courses, key=lambda course: course.last_at, default=None)
    if latest is None or not latest.is_running(trend.now, trend.rules.pause_days):
        return
    since = max([latest.first_at, *(panel.last.at for panel in trend.judged)])
    if is_silent(since, trend.now):
        yield f"no score for {times((trend.now.date() - since.date()).days, 'day')}"


def is_silent(since: datetime, now: datetime) -> bool:
    """Say whether a score is so old that it says little of today."""
    return (now.date() - since.date()).days > SILENCE_DAYS


def lost_by(panel: ScalePanel) -> ScorePoint | None:
    """Find the score by which response was lost and not regained; None where it was not."""
    found = responses(panel.latest.verdicts)
    return found[-1].lost if found else None
