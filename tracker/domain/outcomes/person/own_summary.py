"""What became of a treatment, told to the person who had it: plain, true, and without advice."""

from collections.abc import Iterator

from msgspec import Struct

from tracker.domain.formatting import full_day, number, times
from tracker.domain.outcomes.person.durability import CourseGain, durability
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.trend import Trend


class OwnPart(Struct, frozen=True):
    """One part of the summary: what it is about, and its sentences, at least one."""

    heading: str
    lines: tuple[str, ...]


OWN_SCORES = (
    "These are your own scores, compared with your own start and with nobody else's.",
    "Scores go up and down. Many things in life change them, so they do not show why they changed.",
)


def parts(trend: Trend) -> tuple[OwnPart, ...]:
    """Tell a patient what was given, how it went and how long it lasted, as far as it is known.

    `trend` is prepared for patients: scales that are for staff alone are not in it.
    """
    found = (
        ("What you were given", tuple(_sessions(trend))),
        ("How it went", tuple(_course(trend))),
        ("How long it lasted", tuple(_lasting(trend))),
        ("What this tells, and what not", OWN_SCORES if trend.panels else ()),
    )
    return tuple(OwnPart(heading, lines) for heading, lines in found if lines)


def _sessions(trend: Trend) -> Iterator[str]:
    if not trend.treatments:
        yield "You have had no session yet."
        return
    several = len(trend.courses) > 1
    if several:
        yield f"You had {times(len(trend.courses), 'course')} of treatment."
    for course in trend.courses:
        doses = [one for one in trend.treatments if one.series_number in course.series]
        first, last = full_day(course.first_at), full_day(course.last_at)
        when = f"on {first}" if first == last else f"from {first} to {last}"
        lead = f"Course {course.number}: " if several else "You had "
        yield f"{lead}{times(len(doses), 'session')}, {when}."


def _course(trend: Trend) -> Iterator[str]:
    if trend.panels:
        yield progress_summary.sentence(trend)
        yield from progress_summary.earlier_courses(trend)


def _lasting(trend: Trend) -> Iterator[str]:
    """Tell of the latest course that has something to tell after its last session."""
    found = durability(trend)
    if found is None or found.courses[-1].course.number != len(trend.courses):
        return
    one, name = found.courses[-1], found.instrument.short_title
    if not one.has_gain:
        return
    yield (
        f"Your last session so far was on {full_day(one.course.last_at)}. From then on your best "
        f"{name} score was {_on(one, best=True)}, and {number(one.baseline.total)} at the start."
    )
    yield _rest(one)


def _rest(one: CourseGain) -> str:
    last, best = one.scores[-1], one.gain.later
    if one.half_lost is not None:
        day = full_day(one.half_lost.at)
        words = f"By {day} it was {number(one.half_lost.total)}: half of what you had gained, or "
        words += "more, was gone."
        return words if last is one.half_lost else f"{words} Your last score was {_on(one)}."
    if last is best:
        return "There is no later score yet."
    return f"On your last form, {_on(one)}, more than half of what you had gained was still there."


def _on(one: CourseGain, *, best: bool = False) -> str:
    score = one.gain.later if best else one.scores[-1]
    return f"{number(score.total)} on {full_day(score.at)}"
