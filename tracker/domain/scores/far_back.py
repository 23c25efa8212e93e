"""A score dated years before all else on record: a slip of the year? It is asked."""

from datetime import date

from tracker.domain.formatting import full_day, times
from tracker.domain.problems import Finding

YEARS_BEFORE_MAX = 2
_SOURCE = (
    f"clinic default: asked where it is more than {YEARS_BEFORE_MAX} years, no published source"
)


def finding(taken_on: date, earliest: date | None, scale: str) -> Finding | None:
    """Ask about a score that is years before the earliest day on record."""
    if earliest is None or (earliest - taken_on).days <= YEARS_BEFORE_MAX * 365.25:
        return None
    years = int((earliest - taken_on).days // 365.25)
    message = (
        f"{scale} of {full_day(taken_on)} is {times(years, 'year')} before all else on record, "
        f"which begins on {full_day(earliest)}. Is the year right?"
    )
    return Finding("taken_on", message, _SOURCE)
