"""How many sessions were given on each day of the last year."""

from collections.abc import Mapping
from datetime import date, timedelta

from tracker.domain.date_format import MONTHS
from tracker.domain.formatting import full_day
from tracker.domain.outcomes.pictures.picture import OutcomePicture
from tracker.domain.progress.explanations import TextTable

NAME, TITLE = "calendar", "Sessions a day in the last year"
WEEKS = 53


class CalendarPicture(OutcomePicture, frozen=True, kw_only=True):
    """Sessions by day from a Monday up to today."""

    first: date
    last: date
    counts: Mapping[date, int]

    @property
    def most(self) -> int:
        """Give the most sessions of a day."""
        return max(self.counts.values(), default=0)


def first_day(today: date) -> date:
    """Give the Monday on which the picture begins."""
    monday = today - timedelta(days=today.weekday())
    return monday - timedelta(weeks=WEEKS - 1)


def prepare(counts: Mapping[date, int], today: date) -> CalendarPicture:
    """Prepare the days with sessions, of all courses of the clinic."""
    first = first_day(today)
    shown = {day: n for day, n in sorted(counts.items()) if first <= day <= today and n}
    total = sum(shown.values())
    missing = "" if total else "No session was given in the last year."
    said = ""
    if shown:
        busiest = max(shown, key=lambda day: shown[day])
        said = (
            f"{total} sessions on {len(shown)} days; the busiest day had {shown[busiest]} "
            f"({full_day(busiest)})."
        )
    return CalendarPicture(
        name=NAME,
        title=TITLE,
        of_whom=f"All sessions that were given, of every course; n = {total}",
        sentence=missing or said,
        table=TextTable(TITLE, ("Month", "Sessions", "Days", "Most in a day"), _months(shown)),
        missing=missing,
        first=first,
        last=today,
        counts=shown,
    )


def _months(shown: Mapping[date, int]) -> tuple[tuple[str, ...], ...]:
    by_month: dict[tuple[int, int], list[int]] = {}
    for day, n in shown.items():
        by_month.setdefault((day.year, day.month), []).append(n)
    return tuple(
        (f"{MONTHS[month - 1]} {year}", str(sum(some)), str(len(some)), str(max(some)))
        for (year, month), some in sorted(by_month.items())
    )
