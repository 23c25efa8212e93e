"""The countries that a clinic may choose, and what it starts with in each."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.domain.clinic import settings as clinic_settings
from tracker.domain.clinic.labels import OTHER, UNCHOSEN
from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.date_format import DayOrder, HourFormat
from tracker.domain.parsing import is_blank
from tracker.domain.problems import InvalidError, Problem

if TYPE_CHECKING:
    from tracker.domain.clinic.countries import Country

FILE = Path(__file__).resolve().with_name("countries.toml")


@cache
def by_code() -> "Mapping[str, Country]":
    """Give the countries whose numbers are known, by code; read when somebody first asks."""
    from tracker.domain.clinic import countries as country_rules  # what reads files, not at a start

    return country_rules.read(FILE.read_text(encoding="utf-8"))


def choices() -> dict[str, str]:
    """Give the names of what may be chosen, by code: a country, another one, or none yet."""
    by_name = sorted(by_code().values(), key=lambda country: country.name)
    named = {country.code: country.name for country in by_name}
    return {UNCHOSEN: "Not chosen"} | named | {OTHER: "Another country"}


def proposal(code: str) -> dict[str, str]:
    """Say what a clinic of a country would set for a crisis, by the names of its settings."""
    from tracker.domain.clinic import countries as country_rules

    return country_rules.proposal(by_code().get(code))


def code_of(typed: str) -> str:
    """Find the country that was meant, by its code or by a name; UNCHOSEN where none is known."""
    from tracker.domain.clinic import countries as country_rules

    words = " ".join(typed.replace(".", "").casefold().split()).removeprefix("the ")
    codes = {country.name.casefold(): code for code, country in by_code().items()}
    codes |= {code.casefold(): code for code in by_code()} | {OTHER: OTHER}
    return codes.get(words) or country_rules.OTHER_NAMES.get(words, UNCHOSEN)


def hint() -> str:
    """Say what may be typed for a country."""
    listed = ", ".join([*by_code(), OTHER])
    return f"Give two letters, a country's name, or other. Known: {listed}."


def numbers_of(code: str) -> dict[str, str]:
    """Say which numbers a clinic has by its country, or by having chosen none, and not by itself.

    By the names of its settings, as in `proposal`.
    """
    known = proposal(code)
    if code == UNCHOSEN:
        given = ClinicSettings.read({})
        return {name: getattr(given, name) for name in known}
    return known


def to_do(settings: ClinicSettings) -> tuple[str, ...]:
    """Say what patients need that is not set yet, or not as the country has it; with what to do."""
    from tracker.domain.clinic import countries as country_rules

    country, number = by_code().get(settings.country), settings.emergency_number
    return (*settings.to_do, *filter(None, [country_rules.emergency_remark(country, number)]))


def date_format(typed: str) -> dict[str, str]:
    """Give how days and times are written where a new clinic is, by the names of its settings.

    03/04/1971 is another birthday there: Unicode CLDR, en-US (M/d/y, h:mm a). Elsewhere the
    defaults hold.
    """
    if code_of(typed) != "US":
        return {}
    written = {"day_order": DayOrder.MONTH_FIRST, "hour_format": HourFormat.TO_12}
    return {name: word.value for name, word in written.items()}


def first_settings(typed: str, emergency_number: str = "", phone: str = "") -> dict[str, str]:
    """Give what a new clinic starts with: by its country, and the numbers that were typed.

    What was typed goes before what is known. InvalidError says what is missing or cannot be.
    """
    code = code_of(typed)
    if code == UNCHOSEN:
        raise InvalidError([Problem("country", hint())])
    found = proposal(code) | {"country": code, "phone": phone.strip()}
    if not is_blank(emergency_number):
        found["emergency_number"] = emergency_number.strip()
    problems = clinic_settings.check_emergency_number(found["emergency_number"])
    if problems := [*problems, *clinic_settings.check_phone(phone)]:
        raise InvalidError(problems)
    return found
