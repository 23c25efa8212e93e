"""How old somebody is, and what is asked of those who are under age."""

from datetime import date

ADULT_YEARS = 18
# Section 8.4 of the label of esketamine; that of ketamine, an anaesthetic, speaks of another use.
UNDER_AGE_SOURCE = (
    "clinic default: under 18, asked who consents; the Spravato US label has no use established "
    "in children"
)


def years(birth_date: date, on: date) -> int:
    """Count the birthdays that somebody has had."""
    had_it = (on.month, on.day) >= (birth_date.month, birth_date.day)
    return on.year - birth_date.year - (not had_it)


def is_under_age(birth_date: date | None, on: date | None) -> bool:
    """Say whether somebody is known to be under age on a day."""
    return birth_date is not None and on is not None and years(birth_date, on) < ADULT_YEARS


def under_age_words(birth_date: date | None, on: date | None) -> str:
    """Say how old a patient is who is under age on a day; '' for all others."""
    if birth_date is None or on is None or not is_under_age(birth_date, on):
        return ""
    return f"The patient is {years(birth_date, on)}, under {ADULT_YEARS},"
