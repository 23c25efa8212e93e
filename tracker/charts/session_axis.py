"""The strip of sessions: when, by which route, how much, and how strong the dissociation was."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from msgspec import Struct

from tracker.charts import cells
from tracker.charts.layout import CoursePaper, lines, marks
from tracker.charts.legend import Heading, LegendEntry
from tracker.charts.style import POINTS_PER_INCH, Shape, Theme, text_height_in, text_width_in
from tracker.domain.codes import SessionState
from tracker.domain.courses import text as course_text
from tracker.domain.courses.course import Course
from tracker.domain.formatting import number
from tracker.domain.progress.trend import Trend
from tracker.domain.sessions.point import SessionPoint, dose, route

PEAK_MAX = 10
ROW_IN = 0.2  # the row of session marks below the peaks
GAP_IN = 0.06
COURSE_ROW_IN = 0.24  # a bracket over the sessions of a course, with its name
TICK_IN = 0.05
START_IN = 0.01  # how far the word of a run reaches to the left of its first session
ROOM_PT = 9  # marks closer than this shrink


def on_axis(trend: Trend) -> tuple[SessionPoint, ...]:
    """Pick the sessions that lie on the time axis."""
    return tuple(point for point in trend.sessions if point.at <= trend.ends_at)


def has_peaks(trend: Trend) -> bool:
    """Whether any peak of dissociation is drawn here: without one its axis is left out."""
    return not cells.are_many(trend) and any(
        point.dissociation_peak is not None for point in trend.sessions
    )


def height_in(trend: Trend, shape: Shape) -> float:
    """Give the height of courses, peaks and marks, without the labels below."""
    return courses_in(trend) + ROW_IN + (shape.strip_in if has_peaks(trend) else 0.0)


def courses_in(trend: Trend) -> float:
    """Give the height of the brackets over courses; one course needs none."""
    if len(trend.courses) < 2:
        return 0.0
    return COURSE_ROW_IN * (1 + max(_rows(trend.courses)))


def labels_in(trend: Trend, shape: Shape) -> float:
    """Give the height of the labels of route and dose."""
    return 2 * text_height_in(shape.small_pt) + 0.06 if trend.treatments else 0.0


def heading(trend: Trend, theme: Theme) -> Heading:
    """Name the strip and the marks that occur."""
    states = {point.state for point in on_axis(trend)}
    keys = [
        LegendEntry(words, style)
        for state, words, style in _states(theme)
        if states & set(_same(state))
    ]
    keys += [
        LegendEntry(words, style) for name, words, style in _peaks(theme) if _points(trend, name)
    ]
    direction = "" if states else "none recorded"
    if has_peaks(trend):
        direction = f"peak dissociation 0 none \u2013 {PEAK_MAX} most"
    return Heading("Sessions", direction, tuple(keys))


def _same(state: SessionState) -> tuple[SessionState, ...]:
    if state is SessionState.COMPLETED:
        return SessionState.COMPLETED, SessionState.UNDER_WAY
    return (state,)


def _states(theme: Theme) -> list[tuple[SessionState, str, dict[str, Any]]]:
    ink = {"color": theme.ink, "markeredgewidth": 2.0}
    pale = {"color": theme.muted, "markerfacecolor": theme.paper, "markeredgewidth": 1.0}
    return [
        (SessionState.COMPLETED, "given", {"marker": "|", "markersize": 9, **ink}),
        (SessionState.MISSED, "missed", {"marker": "x", "markersize": 6, **ink}),
        (SessionState.CANCELLED, "cancelled", {"marker": "_", "markersize": 8, **ink}),
        (SessionState.PLANNED, "planned", {"marker": "o", "markersize": 5, **pale}),
    ]


def _peaks(theme: Theme) -> list[tuple[str, str, dict[str, Any]]]:
    alarm = {"color": theme.warning, "markerfacecolor": theme.paper, "markeredgewidth": 2.0}
    return [
        ("peaks", "peak", {"marker": "o", "markersize": 5, "color": theme.muted}),
        ("unresolved", "not resolved on leaving", {"marker": "s", "markersize": 7.5, **alarm}),
    ]


def _points(trend: Trend, name: str) -> list[SessionPoint]:
    unresolved = name == "unresolved"
    if not has_peaks(trend):
        return []
    return [
        point
        for point in on_axis(trend)
        if point.dissociation_peak is not None
        and (point.dissociation_resolved is False) == unresolved
    ]


def draw_frame(paper: CoursePaper, axes: Axes, trend: Trend, bottom_in: float) -> None:
    """Draw the axis of the peaks."""
    left, right = axes.get_xlim()
    levels = (0, PEAK_MAX) if has_peaks(trend) else (0,)
    grid = [((left, float(level)), (right, float(level))) for level in levels]
    lines(axes, "peak-grid", grid, colors=paper.theme.grid, linewidths=0.7)
    if has_peaks(trend):
        for level in levels:
            y_in = bottom_in + ROW_IN + level / PEAK_MAX * paper.shape.strip_in
            style = {"ha": "right", "va": "center_baseline"}
            paper.write(paper.shape.left_in - 0.06, y_in, number(level), **style)


def name_today(paper: CoursePaper, axes: Axes, trend: Trend) -> None:
    """Write `today` beside its line, on the side that has room."""
    at = paper.x(trend.now)
    word, small = "today", paper.shape.small_pt
    room_in = paper.shape.width_in - paper.across_in(at)
    left = room_in < text_width_in(word, small) + 2 * GAP_IN
    axes.annotate(
        word,
        (at, axes.get_ylim()[1]),
        xytext=(-4 if left else 4, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top",
        color=paper.theme.muted,
        fontsize=small,
        gid="today",
        annotation_clip=False,
    )


def limits(trend: Trend, shape: Shape) -> tuple[float, float]:
    """Give the vertical range: peaks above 0, the row of marks below it."""
    if not has_peaks(trend):
        return -1.0, 0.0
    return -PEAK_MAX * ROW_IN / shape.strip_in, float(PEAK_MAX)


def data(paper: CoursePaper, axes: Axes, trend: Trend, bottom_in: float) -> None:
    """Draw peaks as stems, sessions as marks at their days, labels where there is room."""
    theme, low, dense = paper.theme, axes.get_ylim()[0], _dense(paper, trend)
    stems = [
        ((paper.x(p.at), 0.0), (paper.x(p.at), float(p.dissociation_peak or 0)))
        for name, _words, _style in _peaks(theme)
        for p in _points(trend, name)
    ]
    lines(axes, "peak-stems", stems, colors=theme.muted, linewidths=1.2, zorder=3)
    for name, _words, style in _peaks(theme):
        places = [(paper.x(p.at), float(p.dissociation_peak or 0)) for p in _points(trend, name)]
        marks(axes, name, places, **{**style, "markersize": style["markersize"] * max(dense, 0.6)})
    for state, _words, style in _states(theme):
        at = [(paper.x(p.at), low / 2) for p in on_axis(trend) if p.state in _same(state)]
        style["markeredgewidth"] *= dense
        marks(axes, f"sessions-{state.value}", at, **style)
    if trend.treatments:
        _label(paper, trend, bottom_in)


def _dense(paper: CoursePaper, trend: Trend) -> float:
    """Give the factor by which marks shrink where sessions come close, 1 where they do not."""
    room_pt = paper.shape.data_in * POINTS_PER_INCH / max(len(on_axis(trend)), 1)
    return min(1.0, max(0.45, room_pt / ROOM_PT))


def _label(paper: CoursePaper, trend: Trend, top_in: float) -> None:
    """Write route and dose in two rows, each where there is room for it."""
    given, courses = trend.treatments, _courses_so_far(trend)
    fixed = any(dose(point).endswith(" mg") for point in given)
    routes = [(point, route(point)) for point in given]
    doses = [(point, _amount(point, fixed=fixed)) for point in given]
    for name, words in (("route", routes), ("mg" if fixed else "mg/kg", doses)):
        paper.write(paper.shape.left_in - 0.06, top_in, name, ha="right", va="top")
        _row(paper, words, courses, top_in)
        top_in -= text_height_in(paper.shape.small_pt)


def _amount(point: SessionPoint, *, fixed: bool) -> str:
    """Write a dose for a row in mg/kg, or in mg where any is in mg: then the others say `/kg`."""
    amount = dose(point)
    if not amount:
        return "\u2013"
    return f"{amount}/kg" if fixed and not amount.endswith(" mg") else amount.removesuffix(" mg")


def _courses_so_far(trend: Trend) -> list[int]:
    """Give for each treatment the latest course that had begun: nothing holds through a pause."""
    course_of = {number: course.number for course in trend.courses for number in course.series}
    return [*accumulate((course_of.get(p.series_number, 0) for p in trend.treatments), max)]


def _row(
    paper: CoursePaper,
    words: Sequence[tuple[SessionPoint, str]],
    courses: Sequence[int],
    top_in: float,
) -> None:
    """Label every session where that fits, else each run of equal ones at its beginning."""
    every = [
        _Label(_across(paper, point), _across(paper, point), word, course)
        for (point, word), course in zip(words, courses, strict=True)
    ]
    chosen = _fitting(every, paper.shape)
    if len(chosen) < len(every):
        chosen = _fitting(_runs(every, paper.shape), paper.shape)
        middle_in = top_in - text_height_in(paper.shape.small_pt) * 0.55
        _carry(paper, chosen, middle_in)
    for label in chosen:
        paper.write(label.at_in, top_in, label.word, ha="center", va="top")


class _Label(Struct, frozen=True):
    """A word at `at_in` that holds until `until_in` within a course, in inches across the paper."""

    at_in: float
    until_in: float
    word: str
    course: int

    def reach(self, shape: Shape) -> tuple[float, float]:
        half = text_width_in(self.word, shape.small_pt) / 2 + GAP_IN / 2
        return self.at_in - half, self.at_in + half


def _across(paper: CoursePaper, point: SessionPoint) -> float:
    return paper.across_in(paper.x(point.at))


def _runs(labels: Sequence[_Label], shape: Shape) -> list[_Label]:
    """Join neighbours of one course that say the same.

    The word of a run begins where the run does, so that it never stands below sessions before it.
    """
    runs = [list(run) for _, run in groupby(labels, key=lambda label: (label.word, label.course))]
    joined = []
    for run in runs:
        middle = run[0].at_in + text_width_in(run[0].word, shape.small_pt) / 2 - START_IN
        joined.append(_Label(middle, run[-1].at_in, run[0].word, run[0].course))
    return joined


def _fitting(labels: Sequence[_Label], shape: Shape) -> list[_Label]:
    """Keep the labels that do not touch another; what holds longest goes first."""
    kept: list[_Label] = []
    for label in sorted(labels, key=lambda label: label.at_in - label.until_in):
        left, right = label.reach(shape)
        others = [other.reach(shape) for other in kept]
        if all(right <= start or left >= end for start, end in others):
            kept.append(label)
    return kept


def _carry(paper: CoursePaper, labels: Sequence[_Label], level_in: float) -> None:
    """Draw a line from each label to the last session that it holds for."""
    for label in labels:
        start = label.reach(paper.shape)[1]
        taken = [other.reach(paper.shape)[0] for other in labels if other.at_in > label.at_in]
        end = min([label.until_in, *taken])
        if end > start:
            line = Line2D([start, end], [level_in] * 2, color=paper.theme.session_day, linewidth=1)
            paper.draw(line)


def draw_courses(paper: CoursePaper, trend: Trend, bottom_in: float) -> None:
    """Draw a bracket with its name over the sessions of each course, where there are several."""
    courses = trend.courses
    if len(courses) < 2:
        return
    rows = _rows(courses)
    lefts = [paper.across_in(paper.x(course.first_at)) - TICK_IN for course in courses]
    names = _course_names(courses, _rooms(lefts, rows, paper.shape), paper.shape)
    for course, row, left, words in zip(courses, rows, lefts, names, strict=True):
        base_in = bottom_in + GAP_IN / 2 + row * COURSE_ROW_IN
        top_in, right = base_in + TICK_IN, paper.across_in(paper.x(course.last_at)) + TICK_IN
        line = Line2D(
            [left, left, right, right], [base_in, top_in, top_in, base_in],
            color=paper.theme.ink, linewidth=1.0, gid=f"course-{course.number}",
        )  # fmt: skip
        paper.draw(line)
        paper.write(left, top_in + GAP_IN * 0.75, words, color=paper.theme.ink)


def _rooms(lefts: Sequence[float], rows: Sequence[int], shape: Shape) -> list[float]:
    """Measure the room of each name: up to the next bracket of its row, or to the edge."""
    places = [*zip(lefts, rows, strict=True)]
    return [
        min([shape.width_in, *(at for at, other in places[n + 1 :] if other == row)])
        - left
        - GAP_IN
        for n, (left, row) in enumerate(places)
    ]


def _course_names(courses: Sequence[Course], rooms: Sequence[float], shape: Shape) -> Sequence[str]:
    """Name courses as fully as there is room for all, with what they treat where that differs."""
    several = len({course.indication for course in courses}) > 1
    about = [
        f" ({course.indication.within})" if several and course.indication else ""
        for course in courses
    ]
    forms = (
        [f"{course_text.name(c)}{words}" for c, words in zip(courses, about, strict=True)],
        [f"Course {c.number}{words}" for c, words in zip(courses, about, strict=True)],
        [f"Course {c.number}" for c in courses],
    )
    for names in forms:
        widths = (text_width_in(name, shape.small_pt) for name in names)
        if all(width <= room for width, room in zip(widths, rooms, strict=True)):
            return names
    return [str(course.number) for course in courses]


def _rows(courses: Sequence[Course]) -> list[int]:
    """Put courses that run at one time above each other, the earliest lowest."""
    ends: list[datetime] = []
    rows = []
    for course in courses:
        free = (n for n, end in enumerate(ends) if end < course.first_at)
        row = next(free, len(ends))
        ends[row : row + 1] = [course.last_at]
        rows.append(row)
    return rows
