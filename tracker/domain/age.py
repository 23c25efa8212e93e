"""How old somebody is on a day, and that nothing is before they were born."""

from datetime import date, datetime, tzinfo

from tracker.domain.formatting import full_day
from tracker.domain.problems import Problem


def years(birth_date: date, on: date) -> int:
    """Count the birthdays that somebody has had."""
    had_it = (on.month, on.day) >= (birth_date.month, birth_date.day)
    return on.year - birth_date.year - (not had_it)


def years_if_known(birth_date: date | None, on: date | None) -> int | None:
    """Count the birthdays; None where a day is not known."""
    return None if birth_date is None or on is None else years(birth_date, on)


def day_of(on: date | datetime, zone: tzinfo) -> date:
    """Tell the day of an instant in a zone; a day is what it is."""
    return on.astimezone(zone).date() if isinstance(on, datetime) else on


def check_born(
    field: str, on: date | datetime | None, birth_date: date | None, zone: tzinfo
) -> list[Problem]:
    """List a problem where something is dated before the birth of whom it is about."""
    if on is None or birth_date is None or on.year > birth_date.year + 1:
        return []  # most days are: a zone moves a day by one, never by a year
    if day_of(on, zone) >= birth_date:
        return []
    born = full_day(birth_date)
    message = f"This is before the patient was born, on {born}. Check the year, or the birth date."
    return [Problem(field, message)]


def check_birth(field: str, birth_date: date, earliest: date | None) -> list[Problem]:
    """List a problem where a birth date is after the earliest day on record."""
    if earliest is None or birth_date <= earliest:
        return []
    message = f"Something on record is of {full_day(earliest)}, before this birth date."
    return [Problem(field, message)]
