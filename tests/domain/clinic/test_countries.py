"""The file of countries is read strictly."""

import pytest

from tracker.domain.clinic import countries
from tracker.domain.clinic.countries import CountryFileError

GOOD = """
[[countries]]
code = "GB"
name = "United Kingdom"
emergency = "999"
source = "https://example.org/999"
seen_on = 2026-11-30

[[countries.lines]]
name = "Samaritans"
number = "116 123"
hours = "24 hours, every day"
audience = "anybody"
source = "https://example.org/lines"
seen_on = 2026-11-30
"""


def test_a_country_comes_with_its_numbers_and_their_sources():
    [country] = countries.read(GOOD).values()
    assert (country.code, country.emergency, country.lines[0].number) == ("GB", "999", "116 123")
    assert country.lines[0].seen_on.year == 2026
    assert countries.proposal(country) == {
        "crisis_line": "116 123", "crisis_line_name": "Samaritans",
        "crisis_hours": "24 hours, every day", "crisis_text": "", "second_line": "",
        "second_line_name": "", "emergency_number": "999",
    }  # fmt: skip


def test_nothing_is_proposed_of_somewhere_unknown():
    assert set(countries.proposal(None).values()) == {""}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('emergency = "999"\n', "", "emergency: is missing"),
        ('emergency = "999"', 'emergency = "112/999"', "cannot be '112/999'"),
        ('number = "116 123"', 'number = "call us"', "countries 1, lines 1, number"),
        ('number = "116 123"', "number = 116123", "must be words in quotes"),
        ('source = "https://example.org/lines"\n', "", "lines 1, source: is missing"),
        ('source = "https://example.org/999"', 'source = "a friend"', "cannot be 'a friend'"),
        ('code = "GB"', 'code = "uk"', "cannot be 'uk'"),
        ("seen_on = 2026-11-30\n\n[[", "[[", "seen_on: is missing"),
        ("seen_on = 2026-11-30\n\n[[", 'seen_on = "today"\n\n[[', "must be a day"),
        ('hours = "24 hours, every day"', 'hours = " "', "hours"),
        ('audience = "anybody"', 'audience = "anybody"\nfax = "1"', "fax: is no key"),
    ],
)
def test_what_is_wrong_is_named_at_its_place(old, new, said):
    assert old in GOOD
    with pytest.raises(CountryFileError) as caught:
        countries.read(GOOD.replace(old, new, 1))
    assert said in str(caught.value)


def test_no_country_twice_and_no_third_line():
    with pytest.raises(CountryFileError, match="a country twice"):
        countries.read(GOOD + GOOD)
    line = GOOD[GOOD.index("[[countries.lines") :]
    with pytest.raises(CountryFileError, match="more than two"):
        countries.read(GOOD + line + line)
