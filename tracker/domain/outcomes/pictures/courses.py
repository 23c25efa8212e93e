"""Every course as a line, with the mean and the middle half of each week."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope
from tracker.domain.outcomes.text import tenths
from tracker.domain.progress.explanations import TextTable

NAME, TITLE = "courses", "Every course, week by week"
JOINED_WEEKS_MAX = 4  # twice the two weeks that these scales ask about: no line over a longer gap
Points = Sequence[tuple[int, Decimal]]


class CourseStretch(Struct, frozen=True):
    """A straight line from one week and total to the next, the same in `n` courses.

    Totals are few and weeks are whole: lines of many courses lie upon each other, so that a picture
    of ten thousand courses has no more of them than one of a few hundred.
    """

    week: int
    total: float
    next_week: int
    next_total: float
    n: int


class WeekSpread(Struct, frozen=True, kw_only=True):
    """The totals of one week: mean, and between which two the middle half lies; None of few."""

    week: int
    n: int
    mean: float | None
    middle: tuple[float, float] | None


class ThinLines(Struct, frozen=True):
    """The lines of `n` courses, totals that stand alone, and what they come to by week."""

    n: int
    stretches: tuple[CourseStretch, ...]
    alone: tuple[tuple[int, float], ...]
    weeks: tuple[WeekSpread, ...]


class CoursesPicture(OutcomePicture, frozen=True, kw_only=True):
    """The lines on their scale."""

    scale: Instrument
    lines: ThinLines


def lines(courses: Iterable[Points], people_min: int) -> ThinLines:
    """Lay courses upon each other; a mean needs `people_min` of them in its week."""
    stretches: Counter[tuple[int, Decimal, int, Decimal]] = Counter()
    totals: defaultdict[int, Counter[Decimal]] = defaultdict(Counter)
    alone: set[tuple[int, float]] = set()
    n = 0
    for points in courses:
        if not points:
            continue
        n += 1
        joined = {one for pair in _joins(points, stretches) for one in pair}
        for week, total in points:
            totals[week][total] += 1
            if (week, total) not in joined:
                alone.add((week, float(total)))
    return ThinLines(
        n,
        tuple(
            CourseStretch(a, float(x), b, float(y), many)
            for (a, x, b, y), many in sorted(stretches.items())
        ),
        tuple(sorted(alone)),
        tuple(_spread(week, totals[week], people_min) for week in sorted(totals)),
    )


def _joins(
    points: Points, stretches: Counter[tuple[int, Decimal, int, Decimal]]
) -> list[tuple[tuple[int, Decimal], tuple[int, Decimal]]]:
    """Count the stretches of a course, and give them."""
    found = [
        (one, other) for one, other in pairwise(points) if other[0] - one[0] <= JOINED_WEEKS_MAX
    ]
    stretches.update((*one, *other) for one, other in found)
    return found


def _spread(week: int, totals: Counter[Decimal], people_min: int) -> WeekSpread:
    n = totals.total()
    if n < people_min:
        return WeekSpread(week=week, n=n, mean=None, middle=None)
    mean = float(sum(total * many for total, many in totals.items()) / n)
    middle = _quartile(totals, 1), _quartile(totals, 3)
    return WeekSpread(week=week, n=n, mean=mean, middle=middle)


def _quartile(totals: Counter[Decimal], quarter: int) -> float:
    """Give the total up to which so many quarters lie (inverse of the empirical distribution)."""
    n, passed = totals.total(), 0
    for total in sorted(totals):
        passed += totals[total]
        if passed * 4 >= n * quarter:
            return float(total)
    return float(max(totals))


def week_name(week: int) -> str:
    """Name a week; the baseline stands at 0."""
    return "baseline" if week == 0 else f"week {week}"


def prepare(courses: Iterable[Points], of: int, scope: Scope) -> CoursesPicture:
    """Prepare the courses that were ill enough at baseline, of all that were treated."""
    found = lines(courses, scope.people_min)
    missing = "" if found.n else "No course with a baseline that is ill enough to be counted yet."
    return CoursesPicture(
        name=NAME,
        title=TITLE,
        of_whom=f"{scope.direction}; {scope.courses(found.n, of)}",
        sentence=missing or _sentence(found, scope.people_min),
        table=table(TITLE, [("", found)]),
        missing=missing,
        scale=scope.scale,
        lines=found,
    )


def _sentence(found: ThinLines, people_min: int) -> str:
    told = [(one, one.mean) for one in found.weeks if one.mean is not None]
    if not told:
        return f"Each line is a course; no mean is told of fewer than {people_min} in a week."
    ends = [told[0], told[-1]][: len(told)]
    said = [f"{tenths(mean)} at {week_name(one.week)} (n = {one.n})" for one, mean in ends]
    return (
        f"The mean is {' and '.join(said)}; each week counts whoever has a score in it, and these "
        "are not always the same."
    )


def table(caption: str, groups: Iterable[tuple[str, ThinLines]]) -> TextTable:
    """Write the weeks of one group of courses or of several."""
    rows = [
        (
            f"{label}, {week_name(one.week)}" if label else week_name(one.week).capitalize(),
            str(one.n),
            tenths(one.mean) if one.mean is not None else "",
            f"{tenths(one.middle[0])} to {tenths(one.middle[1])}" if one.middle else "",
        )
        for label, found in groups
        for one in found.weeks
    ]
    return TextTable(caption, ("Week", "Courses", "Mean", "Middle half"), tuple(rows))
