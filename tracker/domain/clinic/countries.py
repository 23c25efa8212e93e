"""The countries whose numbers are known: whom patients call in a crisis, and who says so."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec import Struct

from tracker.domain import strict_table
from tracker.domain.strict_table import Fault, StrictTable

# What people type for a country instead of its code or its name; EL is what the European Union
# writes for Greece.
OTHER_NAMES = {
    "uk": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB",
    "wales": "GB", "northern ireland": "GB", "usa": "US", "united states of america": "US",
    "america": "US", "republic of ireland": "IE", "el": "GR", "czech republic": "CZ",
    "holland": "NL",
}  # fmt: skip
_CODE = re.compile(r"[A-Z]{2}")
_NUMBER = re.compile(r"[0-9]{2,4}|[0-9][0-9 ]{4,18}[0-9]")
_ADDRESS = re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}(/[^\s]*)?")


class CountryFileError(Exception):
    """The file of countries is not usable; the message names every fault."""


class CrisisLine(Struct, frozen=True, kw_only=True):
    """Somebody to call in a crisis; `text_number` takes text messages, where there is one."""

    name: str
    number: str
    hours: str
    audience: str
    source: str
    seen_on: date
    text_number: str = ""


class Country(Struct, frozen=True, kw_only=True):
    """A country by its code of ISO 3166, its emergency number and at most two crisis lines.

    `also` is a second emergency number that reaches the same. The source and the day are those of
    the emergency number; each line has its own.
    """

    code: str
    name: str
    emergency: str
    source: str
    seen_on: date
    also: str = ""
    lines: tuple[CrisisLine, ...] = ()


def proposal(country: Country | None) -> dict[str, str]:
    """Say what a country's clinic would set, by the names of its settings; '' for what is unknown.

    Of somewhere that nothing is known of, nothing is proposed.
    """
    lines = country.lines if country else ()
    first, second = [*lines, None, None][:2]
    return {
        "crisis_line": first.number if first else "",
        "crisis_line_name": first.name if first else "",
        "crisis_hours": first.hours if first else "",
        "crisis_text": first.text_number if first else "",
        "second_line": second.number if second else "",
        "second_line_name": second.name if second else "",
        "emergency_number": country.emergency if country else "",
    }


def emergency_remark(country: Country | None, number: str) -> str:
    """Say that patients see another emergency number than their country's; '' where they do not.

    Of a country that nothing is known of, nothing is said, nor while there is no number at all.
    """
    if country is None or not number or _digits(number) in {country.emergency, country.also}:
        return ""
    other = f" (or {country.also})" if country.also else ""
    return (
        f"The emergency number is {number}. The one known for {country.name} is "
        f"{country.emergency}{other}. Check which is answered where the patients are."
    )


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def read(text: str) -> dict[str, Country]:
    """Read the file of countries, by code; CountryFileError lists all that is wrong with it."""
    faults: list[Fault] = []
    top = _Table(strict_table.load(text), (), faults)
    found = [_country(row) for row in top.take_tables("countries", "must be a list of tables.")]
    top.check_unknown_keys()
    by_code = {country.code: country for country in found}
    if len(by_code) < len(found):
        top.wrong("countries", "names a country twice.")
    if faults:
        raise CountryFileError("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
    return by_code


def _country(row: "_Table") -> Country:
    country = Country(
        code=row.text("code", _CODE),
        name=row.text("name"),
        emergency=row.text("emergency", _NUMBER),
        also=row.text("also", _NUMBER, required=False),
        source=row.text("source", _ADDRESS),
        seen_on=row.day("seen_on"),
        lines=tuple(_lines(row)),
    )
    row.check_unknown_keys()
    return country


def _lines(row: "_Table") -> Iterator[CrisisLine]:
    tables = row.take_tables("lines", "must be a list of tables.")
    if len(tables) > 2:
        row.wrong("lines", "has more than two: a page in a crisis has no room for more.")
    for one in tables:
        yield CrisisLine(
            name=one.text("name"),
            number=one.text("number", _NUMBER),
            hours=one.text("hours"),
            audience=one.text("audience"),
            text_number=one.text("text_number", _NUMBER, required=False),
            source=one.text("source", _ADDRESS),
            seen_on=one.day("seen_on"),
        )
        one.check_unknown_keys()


class _Table(StrictTable):
    def unknown(self, _key: str, _known: set[str]) -> str:
        return "is no key that is known here."

    def text(
        self, key: str, pattern: re.Pattern[str] | None = None, *, required: bool = True
    ) -> str:
        found: Any = self.take(key, str, "must be words in quotes.", None)
        if found is None:
            if required and not self.has(key):
                self.wrong(key, "is missing.")
            return ""
        if not found.strip() or (pattern and not pattern.fullmatch(found)):
            self.wrong(key, f"cannot be {found!r}.")
        return str(found)

    def day(self, key: str) -> date:
        found: Any = self.take(key, date, "must be a day, as in 2026-11-30.", None)
        if found is None and not self.has(key):
            self.wrong(key, "is missing.")
        return found or date.min
