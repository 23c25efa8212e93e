"""What is asked of those who are under age."""

from datetime import date

from tracker.domain import age
from tracker.domain.clinic.labels import LabelSource

ADULT_YEARS = 18
# Section 8.4 of the label of esketamine; that of ketamine, an anaesthetic, speaks of another use.
SOURCE = LabelSource(
    us="clinic default: under 18, asked who consents; the Spravato US label has no use "
    "established in children",
    otherwise="clinic default: under 18, asked who consents",
)


def is_under_age(birth_date: date | None, on: date | None) -> bool:
    """Say whether somebody is known to be under age on a day."""
    years = age.years_if_known(birth_date, on)
    return years is not None and years < ADULT_YEARS


def words(birth_date: date | None, on: date | None) -> str:
    """Say how old a patient is who is under age on a day; '' for all others."""
    if not is_under_age(birth_date, on):
        return ""
    return f"The patient is {age.years_if_known(birth_date, on)}, under {ADULT_YEARS},"
