"""Days under the time axis: round steps at true distances, the year where it changes."""

from datetime import date, timedelta
from itertools import pairwise

from tracker.charts.layout import CoursePaper
from tracker.charts.style import text_height_in, text_width_in
from tracker.domain.date_format import MONTHS
from tracker.domain.formatting import short_day

STEPS_DAYS = (1, 2, 7, 14, 28)
STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60)
WEEKS_MAX_DAYS = 100  # beyond it months are the rounder steps


def ticks(paper: CoursePaper) -> list[tuple[date, str]]:
    """Choose the days to name and their labels: the smallest round step that has room."""
    first, last = paper.starts_at.date(), paper.ends_at.date()
    chosen: list[tuple[date, str]] = []
    for days in _choices(first, last):
        monthly = len(days) > 1 and all(day.day == 1 for day in days)
        labels = [MONTHS[day.month - 1] if monthly else short_day(day) for day in days]
        widest = max(text_width_in(label, paper.shape.small_pt) for label in ["2000", *labels])
        chosen = list(zip(days, labels, strict=True))
        apart = min(((b - a).days for a, b in pairwise(days)), default=(last - first).days)
        if apart / paper.days_per_in >= widest + paper.shape.between_dates_in:
            break
    return chosen


def _choices(first: date, last: date) -> list[list[date]]:
    length = (last - first).days
    choices = [
        [first + timedelta(days=day) for day in range(0, length + 1, step)]
        for step in (STEPS_DAYS if length <= WEEKS_MAX_DAYS else ())
    ]
    for step in STEPS_MONTHS:
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        days = [date(month // 12, month % 12 + 1, 1) for month in months if month % step == 0]
        choices.append([day for day in days if day >= first] or [first])
    return choices


def draw(paper: CoursePaper, top_in: float) -> None:
    """Write the days below `top_in`, each centred at its true place."""
    small = paper.shape.small_pt
    year = None
    for day, label in ticks(paper):
        across = paper.across_in((day - paper.starts_at.date()).days)
        style = {"ha": "center", "va": "top"}
        paper.write(across, top_in, label, **style)
        if day.year != year:
            year = day.year
            paper.write(across, top_in - text_height_in(small), str(year), **style)


def height_in(small_pt: float) -> float:
    """Give the height that days and years take."""
    return 2 * text_height_in(small_pt) + 0.06
