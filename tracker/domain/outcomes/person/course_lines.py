"""What became of each course of one person, in words: what was judged elsewhere is only said."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from msgspec import Struct

from tracker.domain.courses import text as course_text
from tracker.domain.courses.course import Course
from tracker.domain.formatting import full_day, lower_first, number, times
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.course_outcome import NO_SCALE, CourseOutcome
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.scores import text as score_text

SCALES_MAX = 3  # a course; all of them stand on one sheet of paper


class CourseScale(Struct, frozen=True, kw_only=True):
    """One course on one scale, each cell a phrase; `scale` is '' where none was asked."""

    scale: str
    baseline: str
    outcome: str
    result: str
    held: str


class CourseLines(Struct, frozen=True, kw_only=True):
    """One course: what was given, when its induction ended, and what each scale says of it.

    `others` are scales that are left out, because the sheet is one page.
    """

    name: str
    given: str
    induction: str
    scales: tuple[CourseScale, ...]
    others: int


def lines(
    courses: Sequence[Course],
    outcomes: Sequence[CourseOutcome],
    scales: Sequence[Instrument],
    definitions: OutcomeDefinitions,
    today: date,
) -> Iterator[CourseLines]:
    """Tell each course in time, on the scales that were made for what it treats.

    `scales` stand in the order in which they tell something of the person.
    """
    by_code = {one.code: one for one in scales}
    order = list(by_code)
    starts = {course.first_at.date() for course in courses}
    for course in courses:
        mine = [one for one in outcomes if one.course_number == course.number]
        whole = next(one for one in mine if one.instrument == NO_SCALE)
        told = [one for one in mine if one.instrument in by_code and one.is_made_for]
        told.sort(key=lambda one: order.index(one.instrument))
        yield CourseLines(
            name=course_text.name(course),
            given=_treatment(course, whole),
            induction=_induction(whole, definitions),
            scales=tuple(
                CourseScale(
                    scale=by_code[one.instrument].short_title,
                    baseline=_baseline(one, by_code[one.instrument]),
                    outcome=_outcome(one, definitions, today),
                    result=". ".join(_result(one)),
                    held=_response(one, starts),
                )
                for one in told[:SCALES_MAX]
            ),
            others=len(told[SCALES_MAX:]),
        )


def _treatment(course: Course, whole: CourseOutcome) -> str:
    what = f"For {lower_first(course.indication.label)}: " if course.indication else ""
    span = full_day(whole.first_dose_on)
    if whole.last_dose_on != whole.first_dose_on:
        span = f"{span} to {full_day(whole.last_dose_on)}"
    return f"{what}{times(whole.doses, 'dose')}, {span}"


def _induction(whole: CourseOutcome, definitions: OutcomeDefinitions) -> str:
    if whole.induction_ended_on is None or whole.induction_days is None:
        return "No induction in it"
    doses = times(whole.induction_doses, "dose")
    size = f"{doses} in {times(whole.induction_days, 'day')}"
    kind = "" if whole.has_whole_induction(definitions) else ", not a whole induction"
    return f"Induction so far: {size}, the last on {full_day(whole.induction_ended_on)}{kind}"


def _baseline(one: CourseOutcome, scale: Instrument) -> str:
    if one.baseline is None:
        return "No baseline"
    marks = ", prorated" if one.baseline_prorated else ""
    if one.is_entered is False:
        marks = f"{marks}; counted from {score_text.entry_rule(scale)} on"
    return f"{number(one.baseline)}{marks}"


def _outcome(one: CourseOutcome, definitions: OutcomeDefinitions, today: date) -> str:
    if one.outcome is not None and one.outcome_on is not None:
        return f"{number(one.outcome)} on {full_day(one.outcome_on)}"
    closes = one.window_closes_on
    if closes is None:
        return "No induction, so no window"
    apart = definitions.window_until_days - definitions.window_from_days
    opens = closes - timedelta(days=apart)
    if closes >= today:
        return f"Open: {full_day(opens)} to {full_day(closes)}"
    return f"No score from {full_day(opens)} to {full_day(closes)}"


def _result(one: CourseOutcome) -> Iterator[str]:
    """Say what the window says; where it says nothing, why."""
    if one.outcome is None:
        yield "Not known"
        return
    if one.baseline is None:
        yield "Nothing to compare with"
        return
    if one.change is not None:
        yield one.change.label
    if one.is_entered is False:
        yield "Response and remission not counted: not ill enough at baseline"
    else:
        for name, is_so in (("response", one.has_response), ("remission", one.has_remission)):
            if is_so is not None:
                yield name.capitalize() if is_so else f"No {name}"
    if one.is_worse:
        yield "Counts as worse"


def _response(one: CourseOutcome, starts: set[date]) -> str:
    """Say when response was reached in the course, and what became of it."""
    if not one.is_entered:
        return "Not counted"
    if one.response_day is None:
        seen = one.followed_days
        never = "No score after the first dose"
        return never if seen is None else f"Not reached in {times(seen, 'day')}, to the last score"
    reached = f"Reached on day {one.response_day}"
    if one.kept_days is None:
        return reached
    days = times(one.kept_days, "day")
    if not one.is_lost:
        return f"{reached}, not lost in the {days} to the last score that tells"
    ended = one.first_dose_on + timedelta(days=one.response_day + one.kept_days)
    return f"{reached}, {'ended by a new course' if ended in starts else 'lost'} {days} later"
