"""How old somebody is on a day."""

from datetime import date


def years(birth_date: date, on: date) -> int:
    """Count the birthdays that somebody has had."""
    had_it = (on.month, on.day) >= (birth_date.month, birth_date.day)
    return on.year - birth_date.year - (not had_it)


def years_if_known(birth_date: date | None, on: date | None) -> int | None:
    """Count the birthdays; None where a day is not known."""
    return None if birth_date is None or on is None else years(birth_date, on)
