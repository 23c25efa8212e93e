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


def test_an_age_is_known_where_both_days_are():
    assert age.years_if_known(date(1980, 2, 29), date(2025, 3, 1)) == 45
    assert age.years_if_known(None, date(2025, 3, 1)) is None
    assert age.years_if_known(date(1980, 2, 29), None) is None
