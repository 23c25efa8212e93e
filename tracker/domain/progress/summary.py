"""A course in words: the sentence, the text in place of the picture, one line for a list."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from tracker.domain.courses import text as course_text
from tracker.domain.courses.course import Course
from tracker.domain.formatting import day_for, from_to, full_day, number, times, with_sign
from tracker.domain.progress import attention
from tracker.domain.progress.panels import CoursePart, Pair, PairPanel, ScalePanel
from tracker.domain.progress.trend import Audience, Trend
from tracker.domain.scores import glance, patient_text
from tracker.domain.scores import text as score_text
from tracker.domain.scores.glance import Tone
from tracker.domain.scores.points import IncompletePoint, incomplete
from tracker.domain.sessions.point import MOOD


class Status(Struct, frozen=True):
    """A course in one line of a list; `points` are (x, y) from 0 to 1, y up as the scale runs.

    `attention` are the reasons for which somebody should look.
    """

    last: str
    change: str
    points: tuple[tuple[float, float], ...]
    tone: Tone = Tone.PLAIN
    attention: tuple[str, ...] = ()


def sentence(trend: Trend) -> str:
    """Say how the course goes, beginning with the comparison to the person's own start."""
    if trend.empty:
        return _nothing_yet(trend)
    if trend.audience is Audience.PATIENT:
        return " ".join(_for_patient(trend))
    return " ".join(_for_clinician(trend))


def is_worse(trend: Trend) -> bool:
    """Say whether the leading scale is worse beyond chance, or response was lost."""
    panel = trend.leading
    if panel is None:
        return False
    if attention.lost_by(panel) is not None:
        return True
    verdict = panel.verdict
    changes = (verdict.since_baseline, verdict.since_last)
    return any(change is not None and glance.is_worse(change) for change in changes)


def _nothing_yet(trend: Trend) -> str:
    if not trend.ahead:
        return "No sessions yet."
    return f"No sessions yet. The next is planned for {full_day(trend.ahead[0].at)}."


def _for_patient(trend: Trend) -> Iterator[str]:
    if trend.scales:
        yield from _scale_for_patient(trend.scales[0], trend)
    elif trend.lasting_pain is None:
        yield _no_scores(trend)
    if trend.lasting_pain is not None:
        yield patient_text.sentence_for_patient(trend.lasting_pain.verdict, now=trend.now)
    for panel in (trend.mood, trend.pain):
        if panel is not None and (changes := _changes(panel, trend)):
            yield _pairs_for_patient(panel, changes)


def _no_scores(trend: Trend) -> str:
    if not trend.treatments:
        return "No session and no questionnaire score is recorded yet."
    return f"{times(len(trend.treatments), 'session')} so far, and no questionnaire scores yet."


def _scale_for_patient(panel: ScalePanel, trend: Trend) -> Iterator[str]:
    if panel.silent_course is not None:
        name, day = panel.instrument.short_title, full_day(panel.silent_course.first_at)
        yield f"Your course of {day} has no {name} score yet. {_last_before(panel)}"
    else:
        yield patient_text.sentence_for_patient(panel.verdict, now=trend.now)
        yield from _best(panel, trend)
    for unfinished in _last_incomplete(panel, trend):
        day = day_for(unfinished.at, trend.now)
        yield f"The form of {day} has no score, as too many answers were missing."


def _last_before(panel: ScalePanel) -> str:
    last = panel.last
    return f"The last one before it was {number(last.total)} on {full_day(last.at)}."


def _last_incomplete(panel: ScalePanel, trend: Trend) -> list[IncompletePoint]:
    """Pick the latest incomplete one, where nothing complete came after it."""
    code, last = panel.instrument.code, panel.last.at
    later = [p for _name, p in trend.incomplete if p.instrument == code and p.at > last]
    return later[-1:]


def _changes(panel: PairPanel, trend: Trend) -> list[Pair]:
    """Pick the sessions of the latest course with a rating before and after."""
    begins = trend.courses[-1].first_at if trend.courses else trend.starts_at
    return [pair for pair in panel.pairs if pair.change is not None and pair.at >= begins]


def _pairs_for_patient(panel: PairPanel, pairs: Sequence[Pair]) -> str:
    name, verb, better = _better_way(panel, pairs)
    if len(pairs) == 1:
        return f"Your {name} went from {pairs[0].before} to {pairs[0].after} in your session."
    return (
        f"Your {name} {verb} in {better} of {len(pairs)} sessions with a rating before and after."
    )


def _better_way(panel: PairPanel, pairs: Sequence[Pair]) -> tuple[str, str, int]:
    """Name a rating, the way that is better, and in how many sessions it went that way."""
    up = panel.instrument.code == MOOD
    better = sum((pair.change > 0) == up for pair in pairs if pair.change)
    return panel.instrument.short_title.lower(), "rose" if up else "fell", better


def _for_clinician(trend: Trend) -> Iterator[str]:
    for panel in trend.scales[:1]:
        yield from _scale_for_clinician(panel, trend)
    if not trend.scales:
        held = times(len(trend.treatments), "session") if trend.treatments else "No session held"
        yield f"{held}, no scale totals yet."
    if (pain := trend.lasting_pain) is not None:
        yield f"Pain before and between sessions: {glance.in_few_words(pain.verdict)}."
    for pairs in (trend.mood, trend.pain):
        if pairs is not None and (changes := _changes(pairs, trend)):
            yield _pairs_for_clinician(pairs, changes)


def _scale_for_clinician(panel: ScalePanel, trend: Trend) -> Iterator[str]:
    if panel.silent_course is not None:
        name = panel.instrument.short_title
        yield f"{course_text.name(panel.silent_course)}: no {name} score yet. {_last_before(panel)}"
    else:
        yield from _latest_course(panel, trend)
    for point in _last_incomplete(panel, trend):
        yield f"{day_for(point.at, trend.now)}: {incomplete(point)}, no total."


def _latest_course(panel: ScalePanel, trend: Trend) -> Iterator[str]:
    if len(trend.courses) > 1 and panel.verdict.course is not None:
        yield f"{course_text.name(panel.verdict.course)}."
    yield f"{_opening(panel, trend)}."
    if panel.baseline is None:
        yield score_text.no_baseline(panel.verdict)
    yield from score_text.judgement(panel.verdict)
    yield from _best(panel, trend)


def _opening(panel: ScalePanel, trend: Trend) -> str:
    """Write the last score with its day, or the change with days and the sessions between."""
    name, verdict = panel.instrument.short_title, panel.verdict
    change = verdict.since_baseline
    if change is None:
        day = day_for(panel.last.at, trend.now)
        after = "" if panel.baseline is None else ", nothing later yet"
        return f"{name} {number(panel.last.total)} on {day}{score_text.band(verdict)}{after}"
    sessions = _sessions_until(panel, trend)
    percent = change.percent if change.points else None
    share = "" if percent is None else f" ({number(round(percent))} %)"
    return (
        f"{name} {score_text.fall_or_rise(change)}{share}, "
        f"{from_to(change.earlier.at, change.later.at, trend.now)}, {times(sessions, 'session')}"
    )


def _sessions_until(panel: ScalePanel, trend: Trend) -> int:
    """Count the sessions of its course that the last score looks back on."""
    course, last = panel.verdict.course, panel.last.at
    numbers = () if course is None else course.series
    return sum(p.at <= last and p.series_number in numbers for p in trend.treatments)


def _best(panel: ScalePanel, trend: Trend) -> Iterator[str]:
    """Say when the best is past: a relapse must not hide behind the comparison with baseline."""
    smallest = panel.latest.important_size
    best, last = panel.latest.best, panel.verdict.since_last
    is_said = best is panel.baseline or (last is not None and best is last.earlier)
    if is_said or not smallest or abs(panel.last.total - best.total) < smallest:
        return
    word = "lowest" if panel.instrument.higher_is_worse else "highest"
    subject = "Your" if trend.audience is Audience.PATIENT else "The"
    yield f"{subject} {word} score was {number(best.total)} on {day_for(best.at, trend.now)}."


def _pairs_for_clinician(panel: PairPanel, pairs: Sequence[Pair]) -> str:
    _name, verb, better = _better_way(panel, pairs)
    mean = Decimal(sum(pair.change or 0 for pair in pairs)) / len(pairs)
    return (
        f"{panel.instrument.short_title} {verb} in {better} of "
        f"{times(len(pairs), 'session')} with both values, mean change {with_sign(mean)}."
    )


def alt(trend: Trend) -> str:
    """Say what the picture shows, for those who cannot see it: last score, band, change."""
    if trend.empty:
        return _nothing_yet(trend)
    parts = [
        f"Progress from {full_day(trend.starts_at)} to {full_day(trend.ends_at)}, "
        f"{times(len(trend.treatments), 'session')} given."
    ]
    parts += [f"{_last(panel)}; {_change(panel)}." for panel in trend.scales]
    for panel in (trend.mood, trend.pain):
        if panel is not None:
            both = [pair for pair in panel.pairs if pair.change is not None]
            parts.append(_pairs_for_clinician(panel, both) if both else _no_pairs(panel))
    return " ".join(part for part in (*parts, others(trend), *earlier_courses(trend)) if part)


def earlier_courses(trend: Trend) -> tuple[str, ...]:
    """Say what came of each course before the latest, one line a course."""
    return tuple(line for course in trend.courses if (line := _earlier(course, trend)))


def _earlier(course: Course, trend: Trend) -> str:
    """Say what came of one course; '' where it is the latest of every scale, or has no score."""
    parts = [
        part
        for panel in trend.scales
        for part in panel.parts
        if part.course == course and course != panel.courses[-1]
        if course.is_for(panel.instrument.indications)
    ]
    if not parts:
        return ""
    when = course_text.months(course.first_at, max(part.ends_at for part in parts))
    results = "; ".join(_result(part, trend) for part in parts)
    return f"Course {course.number}, {when}: {results}."


def _result(part: CoursePart, trend: Trend) -> str:
    name, last, start = part.instrument.short_title, part.last, part.baseline
    if start is None:
        return f"{name} {number(last.total)}, no baseline"
    if last is start:
        return f"{name} {number(last.total)}, nothing later"
    best = part.best
    totals = f"{name} {number(start.total)} to {number(last.total)}"
    if best.total in (last.total, start.total):
        return totals
    return f"{totals}, best {number(best.total)} on {day_for(best.at, trend.now)}"


def others(trend: Trend) -> str:
    """Name the last totals of the scales that have no panel; '' where all have one."""
    if not trend.others:
        return ""
    totals = (
        f"{name} {number(point.total)} on {full_day(point.at)}" for name, point in trend.others
    )
    return f"Also recorded: {'; '.join(totals)}."


def _no_pairs(panel: PairPanel) -> str:
    return f"{panel.instrument.short_title}: no session with a value before and after."


def _last(panel: ScalePanel) -> str:
    last = panel.last
    return (
        f"{panel.instrument.short_title}: last {number(last.total)}"
        f"{score_text.band(panel.verdict)}"
        f" on {full_day(last.at)}"
    )


def _change(panel: ScalePanel) -> str:
    """Write the verdict in the words of the tiles."""
    if panel.silent_course is not None:
        return f"no score yet in course {panel.silent_course.number}"
    return glance.in_few_words(panel.verdict)


def status(trend: Trend) -> Status:
    """Sum a course up for a list: last score, change since baseline, points of a sparkline."""
    why = attention.reasons(trend)
    panel = trend.leading
    if panel is None:
        return Status("No scores yet", "", (), attention=why)
    low, high = panel.instrument.minimum, panel.instrument.maximum
    start, end = panel.points[0].at, panel.points[-1].at
    span = (end - start).total_seconds() or 1.0
    points = tuple(
        ((point.at - start).total_seconds() / span, float((point.total - low) / (high - low)))
        for point in panel.points
    )
    last = f"{panel.instrument.short_title} {glance.total(panel.instrument, panel.last.total)}"
    day, tone = day_for(panel.last.at, trend.now), glance.tone(panel.verdict)
    return Status(f"{last}, {day}", _change(panel), points, tone, why)
