"""How soon response is reached, and how long it is kept, by Kaplan and Meier."""

from msgspec import Struct

from tracker.domain.outcomes.kaplan_meier import Curve
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope
from tracker.domain.outcomes.text import percent
from tracker.domain.progress.explanations import TextTable

TO_RESPONSE, KEPT = "to-response", "kept"
_TITLES = {TO_RESPONSE: "Time to response", KEPT: "How long a response is kept"}
_HEADINGS = {TO_RESPONSE: "In response by then", KEPT: "Response still kept"}
_SINCE = {TO_RESPONSE: "weeks since the first dose", KEPT: "weeks since response was reached"}
_NOUNS = {
    TO_RESPONSE: ("course with a later score", "courses with a later score"),
    KEPT: ("course with a response", "courses with a response"),
}
WEEK = 7
STEPS_WEEKS = (1, 2, 4, 8, 13, 26)
TICKS_MAX = 8


class CurvePoint(Struct, frozen=True):
    """From a day on: the share with the ends of its interval, and who was lost from view on it."""

    day: int
    share: float
    ends: tuple[float, float]
    censored: int


class CurveTick(Struct, frozen=True):
    """A week under the axis: how many were still followed, and the share by then."""

    week: int
    at_risk: int
    share: float
    ends: tuple[float, float]


class CurvePicture(OutcomePicture, frozen=True, kw_only=True):
    """The curve up to `last_day`; `since` names the axis.

    From `sure_until` on fewer are followed than a share is told of: what comes later rests on few,
    and must not look as sure as the rest (Pocock 2002, Lancet 359:1686).
    """

    since: str
    heading: str
    rises: bool
    points: tuple[CurvePoint, ...]
    ticks: tuple[CurveTick, ...]
    last_day: int
    sure_until: int
    people_min: int
    weeks_step: int


def prepare(name: str, curve: Curve, scope: Scope) -> CurvePicture:
    """Prepare a curve: of reaching response as it rises, of keeping it as it falls."""
    rises, least = name == TO_RESPONSE, scope.people_min
    enough = [step.day for step in curve.steps if step.at_risk >= least]
    sure = max(enough, default=0)
    last = max((one.day for one in curve.steps), default=0)
    step = next((one for one in STEPS_WEEKS if last <= one * WEEK * TICKS_MAX), STEPS_WEEKS[-1])
    points = tuple(
        CurvePoint(one.day, *_rising(rises, one.kept, one.ends), one.censored)
        for one in curve.steps
    )
    ticks = tuple(_tick(curve, week, rises=rises) for week in range(0, last // WEEK + 1, step))
    missing = scope.too_few(curve.n, *_NOUNS[name])
    return CurvePicture(
        name=name,
        title=_TITLES[name],
        of_whom=f"{scope.scale.short_title}; {scope.courses(curve.n)}; Kaplan-Meier, 95 % interval",
        sentence=missing or _sentence(name, curve, least),
        table=TextTable(
            _TITLES[name],
            ("Week", "Followed", _HEADINGS[name]),
            tuple((str(one.week), str(one.at_risk), _words(one, least)) for one in ticks),
        ),
        missing=missing,
        since=_SINCE[name],
        heading=_HEADINGS[name],
        rises=rises,
        points=points,
        ticks=ticks,
        last_day=last,
        sure_until=sure,
        people_min=least,
        weeks_step=step,
    )


def _rising(
    rises: bool, kept: float, ends: tuple[float, float]
) -> tuple[float, tuple[float, float]]:
    return (1 - kept, (1 - ends[1], 1 - ends[0])) if rises else (kept, ends)


def _tick(curve: Curve, week: int, *, rises: bool) -> CurveTick:
    day, at = week * WEEK, curve.step_at(week * WEEK)
    kept, ends = (at.kept, at.ends) if at else (1.0, (1.0, 1.0))
    return CurveTick(week, curve.at_risk(day), *_rising(rises, kept, ends))


def _words(one: CurveTick, least: int) -> str:
    if one.at_risk < least:
        return f"fewer than {least} followed"
    low, high = map(percent, one.ends)
    return f"{percent(one.share)} % ({low} to {high})"


def _sentence(name: str, curve: Curve, least: int) -> str:
    happened, median = curve.events, curve.median_day
    said = {
        TO_RESPONSE: f"{happened} of {curve.n} reached a response",
        KEPT: f"{happened} of {curve.n} lost their response again",
    }[name]
    if median is None or curve.at_risk(median) < least:
        tail = f"not yet half of them while at least {least} are followed"
    else:
        tail = f"half of them by day {median}"
    return f"{said}; {tail}. Who was followed no further is counted until the last score."
