"""The countries that ship: every number has a source, and can be dialled."""

import re
from datetime import date

import pytest

from tracker.domain.clinic.countries import OTHER_NAMES
from tracker.domain.clinic.labels import EUROPEAN_UNION, UNITED_STATES
from tracker.domain.clinic.settings import ClinicSettings, check_emergency_number
from tracker.domain.date_format import DateFormat, DayOrder, HourFormat
from tracker.domain.problems import InvalidError
from tracker.services.clinic import countries

KNOWN = countries.by_code()
LINES = [(code, line) for code, country in KNOWN.items() for line in country.lines]
WANTED = {
    "US": ("988", "911"), "CA": ("988", "911"), "GB": ("116 123", "999"), "IE": ("116 123", "112"),
    "AU": ("13 11 14", "000"), "NZ": ("1737", "111"),
}  # fmt: skip


@pytest.mark.parametrize("code", WANTED)
def test_the_numbers_are_those_that_people_dial_there(code):
    found = countries.proposal(code)
    assert (found["crisis_line"], found["emergency_number"]) == WANTED[code]


def test_england_has_its_second_line_and_australia_its_own_number_for_texts():
    assert countries.proposal("GB")["second_line"] == "111"
    assert "England" in countries.proposal("GB")["second_line_name"]
    assert countries.proposal("AU")["crisis_text"] == "0477 13 11 14"
    assert KNOWN["IE"].also == "999"


def test_all_of_the_union_answers_112_and_only_some_of_it_116_123():
    assert set(KNOWN) >= EUROPEAN_UNION | {UNITED_STATES}
    assert {KNOWN[code].emergency for code in EUROPEAN_UNION} == {"112"}
    harmonised = {code for code, line in LINES if line.number == "116 123"}
    assert {"IE", "EE", "HU", "SI"} <= harmonised < EUROPEAN_UNION | {"GB"}


def test_every_number_has_a_source_and_a_day_on_which_it_was_seen():
    for one in (*KNOWN.values(), *(line for _, line in LINES)):
        assert re.fullmatch(r"https://\S+", one.source)
        assert date(2026, 1, 1) <= one.seen_on <= date(2026, 12, 31)
    for _, line in LINES:
        assert line.hours.strip()
        assert line.audience.strip()


def test_every_number_can_be_dialled_as_it_stands():
    numbers = [country.emergency for country in KNOWN.values()]
    numbers += [country.also for country in KNOWN.values() if country.also]
    numbers += [line.number for _, line in LINES]
    numbers += [line.text_number for _, line in LINES if line.text_number]
    assert len(numbers) > len(KNOWN)
    assert [number for number in numbers if check_emergency_number(number)] == []


def test_no_name_stands_twice_and_every_country_can_be_chosen():
    names = [country.name for country in KNOWN.values()]
    assert len(names) == len(set(names))
    assert set(countries.choices()) == {"", "other", *KNOWN}


@pytest.mark.parametrize("code", KNOWN)
def test_what_a_country_brings_is_what_a_clinic_may_set(code):
    found = ClinicSettings.read(countries.first_settings(code, phone="555 0100"))
    assert found.country == code
    assert countries.to_do(found) == found.to_do  # its own emergency number calls for no remark
    assert bool(found.to_do) is not bool(KNOWN[code].lines)


def test_a_new_clinic_may_type_small_letters_and_an_emergency_number_of_its_own():
    found = countries.first_settings(" gb ", " 112 ")
    assert (found["country"], found["emergency_number"]) == ("GB", "112")


def test_days_are_written_as_people_of_the_country_do():
    for typed in ("US", "usa"):
        found = DateFormat.read(countries.date_format(typed))
        assert (found.days, found.hours) == (DayOrder.MONTH_FIRST, HourFormat.TO_12)
    for typed in ("GB", "de", "other", ""):
        assert DateFormat.read(countries.date_format(typed)) == DateFormat()


def test_another_country_wants_its_emergency_number_and_gets_no_crisis_line():
    found = countries.first_settings("Other", "117")
    assert (found["country"], found["crisis_line"]) == ("other", "")
    assert found["emergency_number"] == "117"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("UK", "GB"), ("u.k.", "GB"), ("United  Kingdom", "GB"), ("germany", "DE"), ("USA", "US"),
     ("The Netherlands", "NL")],
)  # fmt: skip
def test_a_country_is_understood_by_its_name_too(typed, code):
    assert countries.first_settings(typed)["country"] == code


def test_every_other_name_is_of_a_country_that_is_known():
    assert set(OTHER_NAMES.values()) <= set(KNOWN)


@pytest.mark.parametrize(
    ("country", "number", "field"),
    [("GB", "", "phone"), ("", "", "country"), ("XX", "112", "country"),
     ("Atlantis", "", "country"), ("other", "", "emergency_number"),
     ("GB", "112/999", "emergency_number")],
)  # fmt: skip
def test_what_cannot_be_is_named(country, number, field):
    with pytest.raises(InvalidError) as caught:
        countries.first_settings(country, number, "reception" if field == "phone" else "")
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize(
    ("country", "number", "said"),
    [
        ("GB", "911", "The emergency number is 911. The one known for United Kingdom is 999"),
        ("IE", "999", ""), ("GB", "999", ""), ("US", "9-1-1", ""), ("other", "117", ""),
        ("", "911", ""), ("US", "999", "The one known for United States is 911."),
    ],
)  # fmt: skip
def test_an_emergency_number_of_another_country_is_remarked_on(country, number, said):
    settings = ClinicSettings(
        country=country, emergency_number=number, crisis_line="1", phone="555 0100"
    )
    remarks = countries.to_do(settings)[len(settings.to_do) :]
    assert bool(remarks) is bool(said)
    assert said in "".join(remarks)
