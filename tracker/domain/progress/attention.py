"""Who needs attention, by what is known of them: in danger, worse, response lost, or silent."""

from collections.abc import Iterator
from datetime import timedelta

from tracker.domain.courses.course import Course
from tracker.domain.formatting import day_for, number, times
from tracker.domain.instruments import scoring
from tracker.domain.progress.panels import ScalePanel
from tracker.domain.progress.trend import Trend
from tracker.domain.scores import glance
from tracker.domain.scores.interpretation import Verdict
from tracker.domain.scores.points import ScorePoint
from tracker.domain.scores.response import responses

# No score for so long, before the pause after which a course is over, is silence.
SILENCE = timedelta(days=28)  # clinic default, no published source


def reasons(trend: Trend) -> tuple[str, ...]:
    """Say in words why somebody needs attention by their scores; empty where nothing does."""
    return (*_of_scores(trend), *_of_silence(trend))


def _of_scores(trend: Trend) -> Iterator[str]:
    for panel in trend.scales:
        if is_danger(panel.verdict):
            yield f"{panel.instrument.short_title} {number(panel.last.total)}{_band(panel)}"
    for panel in trend.scales[:1]:
        verdict, name = panel.verdict, panel.instrument.short_title
        change, last = verdict.since_baseline, verdict.since_last
        if change is not None and glance.is_worse(change):
            yield f"{name} {glance.comparison(change)} at baseline"
        elif last is not None and glance.is_worse(last):
            yield f"{name} {glance.comparison(last)} before"
        if (lost := lost_by(panel)) is not None:
            yield f"response lost by {day_for(lost.at, trend.now)}"


def _band(panel: ScalePanel) -> str:
    return f", {panel.verdict.band.label.lower()}" if panel.verdict.band else ""


def is_danger(verdict: Verdict) -> bool:
    """Say whether a total is a danger by itself, as C-SSRS moderate or mania is."""
    return any(scoring.total_alarms_reached(verdict.instrument, verdict.score.total, {}))


def lost_by(panel: ScalePanel) -> ScorePoint | None:
    """Find the score by which response was lost and not regained; None where it was not."""
    found = responses(panel.latest.verdicts)
    return found[-1].lost if found else None


def is_silent(panel: ScalePanel, trend: Trend) -> bool:
    """Say whether the last score is so old that it says little of today."""
    return trend.now - panel.last.at > SILENCE


def _of_silence(trend: Trend) -> Iterator[str]:
    latest = max(trend.courses, key=_last_dose, default=None)
    if latest is None or not latest.is_running(trend.now, trend.rules.pause_days):
        return
    scores = [panel.last.at for panel in trend.scales]
    since = max([*scores, latest.first_at])
    if trend.now - since > SILENCE:
        yield f"no score for {times((trend.now.date() - since.date()).days, 'day')}"


def _last_dose(course: Course) -> float:
    return course.last_at.timestamp()
