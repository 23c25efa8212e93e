from datetime import date

import pytest

from tracker.domain import age


@pytest.mark.parametrize(
    ("on", "years"),
    [
        (date(2024, 2, 28), 43),
        (date(2025, 2, 28), 44),
        (date(2025, 3, 1), 45),
        (date(2024, 2, 29), 44),
    ],
)
def test_somebody_born_on_a_leap_day_has_a_birthday_each_year(on, years):
    assert age.years(date(1980, 2, 29), on) == years


def test_only_who_is_known_to_be_under_age_is_told():
    born = date(2012, 6, 1)
    assert age.under_age_words(born, date(2026, 6, 1)) == "The patient is 14, under 18,"
    assert age.is_under_age(born, date(2030, 5, 31))
    assert age.under_age_words(born, date(2030, 6, 1)) == ""
    assert age.under_age_words(None, date(2026, 6, 1)) == ""
    assert not age.is_under_age(born, None)
