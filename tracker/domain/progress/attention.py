"""Who needs attention, by what is known of them: worse, response lost, or silent."""

from collections.abc import Iterator
from datetime import timedelta

from tracker.domain.courses.course import Course
from tracker.domain.formatting import day_for, times
from tracker.domain.progress.panels import ScalePanel
from tracker.domain.progress.trend import Trend
from tracker.domain.scores import glance
from tracker.domain.scores.response import responses

# No score for so long while treatment goes on, or this soon after it, is silence.
SILENCE = timedelta(days=28)  # clinic default, no published source


def reasons(trend: Trend) -> tuple[str, ...]:
    """Say in words why somebody needs attention by their scores; empty where nothing does."""
    return (*_of_scores(trend), *_of_silence(trend))


def _of_scores(trend: Trend) -> Iterator[str]:
    for panel in trend.scales[:1]:
        verdict, name = panel.verdict, panel.instrument.short_title
        change, last = verdict.since_baseline, verdict.since_last
        if change is not None and glance.is_worse(change):
            yield f"{name} {glance.comparison(change)} at baseline"
        elif last is not None and glance.is_worse(last):
            yield f"{name} {glance.comparison(last)} before"
        if (lost := _lost_at(panel, trend)) is not None:
            yield f"response lost by {lost}"


def _lost_at(panel: ScalePanel, trend: Trend) -> str | None:
    found = responses(panel.latest.verdicts)
    lost = found[-1].lost if found else None
    return None if lost is None else day_for(lost.at, trend.now)


def _of_silence(trend: Trend) -> Iterator[str]:
    latest = max(trend.courses, key=_last_dose, default=None)
    if latest is None or trend.now - latest.last_at > 2 * SILENCE:
        return
    scores = [panel.last.at for panel in trend.scales]
    since = max([*scores, latest.first_at])
    if trend.now - since > SILENCE:
        yield f"no score for {times((trend.now.date() - since.date()).days, 'day')}"


def _last_dose(course: Course) -> float:
    return course.last_at.timestamp()
