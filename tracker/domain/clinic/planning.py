"""What a clinic sets for planning: its chairs, the days it is closed, what patients prepare."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Self

from msgspec import Struct

from tracker.domain import date_format
from tracker.domain.parsing import PARAGRAPH_MAX
from tracker.domain.problems import Problem

CHAIRS_MAX = 60
CHAIR_MAX = 60  # characters, as the column keeps
HOLIDAYS_MAX = 400
_CHRISTMAS = date(2026, 12, 25)
_WORDS_OF_A_DAY = 3  # at most, such as 25 Dec 2026


class CalendarName(StrEnum):
    """How a calendar outside the tracker names a patient."""

    INITIALS = "initials"
    RECORD_NUMBER = "record-number"


class PlanningSettings(Struct, frozen=True, kw_only=True):
    """A clinic's settings for planning, as they are typed: a chair or a closed day a line.

    `preparation` is what patients read before a session. `calendar_name` says how a calendar
    outside names them. `day_before` sends the e-mail on the day before.
    """

    chairs_text: str = ""
    holidays_text: str = ""
    preparation: str = ""
    calendar_name: str = CalendarName.INITIALS.value
    day_before: bool = True

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read what is stored of a clinic; what is not there keeps its default."""
        return cls(**{name: stored[name] for name in cls.__struct_fields__ if name in stored})

    @property
    def chairs(self) -> tuple[str, ...]:
        """The chairs, in the order in which they were typed."""
        return tuple(dict.fromkeys(filter(None, map(str.strip, self.chairs_text.splitlines()))))

    @property
    def closed_days(self) -> frozenset[date]:
        """The days on which the clinic is closed."""
        return frozenset(day for _, day, _ in _holidays(self.holidays_text) if day is not None)


def example() -> str:
    """Show how a closed day is typed."""
    return date_format.current().typed_day(_CHRISTMAS)


def write_iso_days(holidays: str) -> str:
    """Write closed days that were typed year-month-day: whatever order is set later, they hold."""
    return _write(holidays, date.isoformat)


def write_typed_days(holidays: str) -> str:
    """Write closed days that are stored as the clinic types a day."""
    return _write(holidays, date_format.current().typed_day)


def _write(holidays: str, write: Callable[[date], str]) -> str:
    """Write the day of each line; a line that cannot be read stays as it is."""
    return "\n".join(
        line if day is None else f"{write(day)} {words}".rstrip()
        for line, day, words in _holidays(holidays)
    )


def _holidays(text: str) -> Iterator[tuple[str, date | None, str]]:
    """Yield each line, its day and what stands after it; None where no day can be read."""
    for line in filter(None, map(str.strip, text.splitlines())):
        yield line, *_read(line.split())


def _read(words: list[str]) -> tuple[date | None, str]:
    for count in range(1, _WORDS_OF_A_DAY + 1):
        try:
            day = date_format.current().read_day(" ".join(words[:count]).rstrip(",:;"))
        except ValueError:
            continue
        return day, " ".join(words[count:])
    return None, ""


def check(typed: PlanningSettings) -> list[Problem]:
    """List everything that is wrong with what was typed."""
    problems = []
    if len(typed.chairs) > CHAIRS_MAX or any(len(one) > CHAIR_MAX for one in typed.chairs):
        told = f"Give at most {CHAIRS_MAX} chairs, each in at most {CHAIR_MAX} characters."
        problems.append(Problem("chairs_text", told))
    wrong = [line for line, day, _ in _holidays(typed.holidays_text) if day is None]
    if wrong:
        told = f"Begin each line with a day such as {example()}. This cannot be read: {wrong[0]}"
        problems.append(Problem("holidays_text", told))
    elif len(typed.closed_days) > HOLIDAYS_MAX:
        problems.append(Problem("holidays_text", f"Give at most {HOLIDAYS_MAX} days."))
    if len(typed.preparation) > PARAGRAPH_MAX:
        problems.append(Problem("preparation", f"Give at most {PARAGRAPH_MAX} characters."))
    if typed.calendar_name not in list(CalendarName):
        problems.append(Problem("calendar_name", "Choose one of the list."))
    return problems
