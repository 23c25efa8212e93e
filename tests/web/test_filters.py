from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g

from tracker.domain import date_format
from tracker.domain.codes import Route
from tracker.domain.date_format import DateFormat, HourFormat
from tracker.web import filters

AT = datetime(2026, 3, 9, 3, 5, tzinfo=UTC)


@pytest.fixture
def in_new_york():
    app = Flask(__name__)
    filters.init_app(app)
    with app.test_request_context():
        g.clinic = SimpleNamespace(zone=ZoneInfo("America/New_York"))
        yield app


def test_an_instant_is_shown_in_the_clinics_zone(in_new_york):
    assert filters.moment(AT) == "8 Mar 2026, 23:05"
    assert filters.day(AT) == "8 Mar 2026"
    assert filters.weekday(AT) == "Sun 8 Mar 2026"
    assert filters.time_of_day(AT) == "23:05"


@pytest.mark.parametrize("hours", HourFormat)
def test_what_opens_with_its_day_is_told_without_a_time(in_new_york, hours):
    with date_format.write_in(DateFormat(hours=hours)):
        assert filters.opening(datetime(2026, 3, 9, 4, tzinfo=UTC)) == "Mon 9 Mar 2026"
        at = filters.time_of_day(AT)
        assert filters.opening(AT) == f"Sun 8 Mar 2026 at {at}"


def test_the_year_is_written_where_it_is_another(in_new_york):
    assert filters.near_day(AT, date(2026, 1, 1)) == "8 Mar"
    assert filters.near_day(date(2025, 12, 31), date(2026, 1, 1)) == "31 Dec 2025"
    assert filters.near_day(None, date(2026, 1, 1), "no day") == "no day"


def test_a_day_has_no_zone(in_new_york):
    assert filters.day(date(2026, 3, 9)) == "9 Mar 2026"
    assert filters.weekday(date(2026, 3, 9)) == "Mon 9 Mar 2026"


def test_without_a_clinic_instants_are_shown_in_utc():
    with Flask(__name__).test_request_context():
        assert filters.moment(AT) == "9 Mar 2026, 03:05"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("0.50"), "0.5"),
        (Decimal("1E+1"), "10"),
        (Decimal("100"), "100"),
        (Decimal("0.3755"), "0.3755"),
        (Decimal("10.0"), "10"),
        (0, "0"),
        (Decimal("-0.50"), "\N{MINUS SIGN}0.5"),
    ],
)
def test_a_number_is_shown_in_full_without_needless_zeros(value, shown):
    assert filters.number(value) == shown


def test_a_word_is_shown_by_its_label():
    assert filters.label(Route.IV) == "IV infusion"


def test_an_age_is_counted_in_birthdays():
    assert filters.age(date(1980, 2, 29), date(2025, 2, 28)) == "44 years"
    assert filters.age(date(2024, 3, 1), date(2025, 3, 1)) == "1 year"


@pytest.mark.parametrize("name", ["day", "weekday", "moment", "time_of_day", "number", "label"])
def test_what_is_missing_says_so_in_the_words_of_the_template(in_new_york, name):
    template = in_new_york.jinja_env.from_string(
        f"{{{{ none|{name} }}}}/{{{{ none|{name}('-') }}}}"
    )
    assert template.render() == "not recorded/-"


def test_a_birth_date_that_is_missing_has_no_age(in_new_york):
    assert filters.age(None, date(2025, 1, 1)) == "not recorded"
