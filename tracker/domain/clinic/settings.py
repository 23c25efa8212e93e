"""What a clinic sets for itself, with the defaults that hold until it does."""

import re
from collections.abc import Container, Iterator, Mapping
from datetime import time
from typing import Any, Self

from msgspec import Struct

from tracker.domain.clinic import labels as clinic_labels
from tracker.domain.clinic import mail_name
from tracker.domain.clinic.labels import UNCHOSEN, Labels
from tracker.domain.date_format import DateFormat, DayOrder, HourFormat
from tracker.domain.parsing import CODE_MAX, LINE_MAX, NAME_MAX, is_blank
from tracker.domain.problems import Problem

RED_AFTER_MINUTES_MAX = 24 * 60
RECORDS_AN_HOUR_MAX = 1_000
_TELEPHONE = re.compile(r"\+?\(?[0-9][0-9 ()./-]{1,38}")
# 112/999 would be dialled as one number.
_ONE_NUMBER = re.compile(r"\+?\(?[0-9][0-9 ().-]{1,38}")
_DIALLED = "Give one telephone number that can be dialled"
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]")


# What every clinic had before a country could be chosen, and has until it chooses one.
_BEFORE_COUNTRIES = {
    "crisis_line": "988",
    "crisis_line_name": "988 Suicide & Crisis Lifeline",
    "emergency_number": "911",
}


_TIMES = (
    "quiet_from", "quiet_until", "morning_from", "evening_from", "open_from", "open_until",
)  # fmt: skip


class ClinicSettings(Struct, frozen=True, kw_only=True):
    """A clinic's settings. What patients see in a crisis is empty where it is not set.

    `country` is a code of ISO 3166, `other`, or '' while nobody has chosen; `us_label` and
    `eu_label` switch a label on that is not the country's own. `crisis_text` is the number that
    takes text messages; `second_line` is called where the first is not for everybody.
    `other_number_name` is what the country's own number of a person is called, '' where the clinic
    uses none; with `board_initials` the board for the wall shows no whole name.
    `mail_name` is what e-mails call the clinic, '' for its own name where that tells nothing.
    `red_after_minutes` is when an alert nobody acknowledged is shown red and e-mailed. No reminder
    leaves between `quiet_from` and `quiet_until`, and to each patient only from the hour on that
    they chose, `morning_from` or `evening_from`. `day_order` and `hour_format` are how days and
    times are written and typed. With `passkeys_alone` people may sign in with a passkey in place of
    password and second step. With `names_who_looked` patients read the names of who looked
    at their record, else what these are. More than `records_an_hour` opened by one person are
    listed as unusual (our default, from no source), and so is what is opened outside `open_from` to
    `open_until`, where they are set.
    """

    country: str = UNCHOSEN
    us_label: bool = False
    eu_label: bool = False
    crisis_line: str = ""
    crisis_line_name: str = ""
    crisis_hours: str = ""
    crisis_text: str = ""
    second_line: str = ""
    second_line_name: str = ""
    emergency_number: str = ""
    phone: str = ""
    other_number_name: str = ""
    board_initials: bool = False
    mail_name: str = ""
    red_after_minutes: int = 60
    reminders: bool = True
    quiet_from: time = time(20)
    quiet_until: time = time(8)
    morning_from: time = time(8)
    evening_from: time = time(18)
    day_order: DayOrder = DayOrder.DAY_FIRST
    hour_format: HourFormat = HourFormat.TO_24
    passkeys_alone: bool = False
    names_who_looked: bool = False
    records_an_hour: int = 40
    open_from: time | None = None
    open_until: time | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read what is stored of a clinic; what is not there keeps its default."""
        known = {name: stored[name] for name in cls.__struct_fields__ if name in stored}
        if "country" not in stored:
            known = _BEFORE_COUNTRIES | known
            # Patients were told to call or text one number.
            known.setdefault("crisis_text", known["crisis_line"])
        for name in _TIMES:
            if known.get(name) is not None:
                known[name] = time.fromisoformat(known[name])
        written = DateFormat.read(stored)
        return cls(**known | {"day_order": written.days, "hour_format": written.hours})

    def name_in_mails(self, clinic_name: str) -> str:
        """Say what e-mails call the clinic."""
        return mail_name.name_in_mails(self.mail_name, clinic_name)

    @property
    def labels(self) -> Labels:
        """The labels that apply in this clinic."""
        return clinic_labels.applying(self.country, us_label=self.us_label, eu_label=self.eu_label)

    @property
    def to_do(self) -> tuple[str, ...]:
        """What patients need that nobody has set yet, each with what to do."""
        seen = " and ".join(filter(None, (self.crisis_line, self.emergency_number))) or "no number"
        unset = {
            "The country is not chosen. Until it is, patients see "
            f"{seen}, and the US label and REMS apply. Choose it.": self.country == UNCHOSEN,
            "There is no crisis line. Patients see only the emergency number "
            "when an answer is about suicide. Set one.": not self.crisis_line,
            "There is no emergency number. Set it.": not self.emergency_number,
            "There is no telephone of the clinic. Patients are told to call it, "
            "and no page says where. Set it.": not self.phone,
        }
        return tuple(words for words, lacking in unset.items() if lacking)

    def is_open(self, at: time) -> bool:
        """Say whether a time of the clinic's day is within its hours; always where it set none."""
        if self.open_from is None or self.open_until is None:
            return True
        if self.open_from < self.open_until:
            return self.open_from <= at < self.open_until
        return at >= self.open_from or at < self.open_until

    def is_quiet(self, at: time) -> bool:
        """Say whether no reminder leaves at this time of the clinic's day.

        The quiet hours may run past midnight; where they end when they begin there are none.
        """
        return _is_between(at, self.quiet_from, self.quiet_until)


class ClinicDraft(Struct, frozen=True, kw_only=True):
    """What an administrator typed of the clinic; what could not be read is None."""

    name: str
    country: str
    us_label: bool
    eu_label: bool
    phone: str
    crisis_line: str
    crisis_line_name: str
    crisis_hours: str
    crisis_text: str
    second_line: str
    second_line_name: str
    emergency_number: str
    other_number_name: str
    board_initials: bool
    mail_name: str
    red_after_minutes: int | None
    reminders: bool
    quiet_from: time | None
    quiet_until: time | None
    morning_from: time | None
    evening_from: time | None
    day_order: DayOrder
    hour_format: HourFormat
    passkeys_alone: bool
    names_who_looked: bool
    records_an_hour: int | None
    open_from: time | None
    open_until: time | None


def check(draft: ClinicDraft, *, countries: Container[str]) -> list[Problem]:
    """List everything that is wrong with a clinic's settings.

    `countries` are the codes that may be chosen.
    """
    problems = [
        *_check_words(draft), *_check_numbers(draft), *_check_times(draft), *_check_looks(draft),
    ]  # fmt: skip
    if draft.country not in countries:
        problems.append(Problem("country", "Choose one of the list."))
    return problems


def check_emergency_number(number: str) -> list[Problem]:
    """Say what is wrong with an emergency number, which a phone dials just as it stands."""
    if _ONE_NUMBER.fullmatch(number.strip()):
        return []
    return [Problem("emergency_number", f"{_DIALLED}, such as 112.")]


def fault_of_name(name: str) -> str:
    """Say what is wrong with a clinic's name; nothing where it is right."""
    # It stands in the subject of e-mails, which is one line.
    if not is_blank(name) and _is_line(name, LINE_MAX):
        return ""
    return f"Give the clinic's name, on one line of at most {LINE_MAX} characters."


def check_phone(number: str) -> list[Problem]:
    """Say what is wrong with the clinic's telephone, which may be empty."""
    if is_blank(number) or _TELEPHONE.fullmatch(number.strip()):
        return []
    return [Problem("phone", "Give a telephone number, such as +1 212 555 0100, or nothing.")]


def _check_words(draft: ClinicDraft) -> Iterator[Problem]:
    if wrong := fault_of_name(draft.name):
        yield Problem("name", wrong)
    for name, text, number in (
        ("crisis_line_name", draft.crisis_line_name, draft.crisis_line),
        ("second_line_name", draft.second_line_name, draft.second_line),
    ):
        # A number without a name is no help: nobody knows who answers.
        if not _is_line(text, NAME_MAX) or (not is_blank(number) and is_blank(text)):
            wanted = f"Say whose number it is, on one line of at most {NAME_MAX} characters."
            yield Problem(name, wanted)
    lines = ("crisis_hours", NAME_MAX), ("other_number_name", CODE_MAX), ("mail_name", NAME_MAX)
    for name, longest in lines:
        if not _is_line(getattr(draft, name), longest):
            yield Problem(name, f"Give one line of at most {longest} characters, or nothing.")


def _is_line(text: str, longest: int) -> bool:
    return len(text) <= longest and not _UNPRINTED.search(text)


def _check_numbers(draft: ClinicDraft) -> Iterator[Problem]:
    for field in ("crisis_line", "crisis_text", "second_line"):
        number = getattr(draft, field).strip()
        if number and not _ONE_NUMBER.fullmatch(number):
            yield Problem(field, f"{_DIALLED}, such as 116 123, or nothing.")
    if is_blank(draft.crisis_line):
        if not is_blank(draft.crisis_text):
            yield Problem("crisis_line", "Give the number to call as well.")
        elif not is_blank(draft.second_line):
            yield Problem("crisis_line", "There is a second line and no first one: put it here.")
    yield from check_emergency_number(draft.emergency_number)
    yield from check_phone(draft.phone)


def _check_times(draft: ClinicDraft) -> Iterator[Problem]:
    minutes = draft.red_after_minutes
    if minutes is None or not 1 <= minutes <= RED_AFTER_MINUTES_MAX:
        yield Problem(
            "red_after_minutes", f"Give minutes, from 1 to {RED_AFTER_MINUTES_MAX} (one day)."
        )
    for field, at in ("quiet_from", draft.quiet_from), ("quiet_until", draft.quiet_until):
        if at is None:
            yield Problem(field, "Give a time; the same one twice means no quiet hours.")
    yield from _check_hours(draft)


def _check_hours(draft: ClinicDraft) -> Iterator[Problem]:
    quiet = draft.quiet_from, draft.quiet_until
    for field, at in ("morning_from", draft.morning_from), ("evening_from", draft.evening_from):
        if at is None:
            yield Problem(field, "Give a time of day.")
        elif quiet[0] is not None and quiet[1] is not None and _is_between(at, quiet[0], quiet[1]):
            yield Problem(field, "No e-mails leave at this hour, as set above. Give another one.")
    if draft.morning_from and draft.evening_from and draft.morning_from >= draft.evening_from:
        yield Problem("evening_from", "Give a later time than that of the morning.")


def _is_between(at: time, begins: time, ends: time) -> bool:
    """Say whether a time of day lies in a span, which may run past midnight; never in none."""
    if begins <= ends:
        return begins <= at < ends
    return at >= begins or at < ends


def _check_looks(draft: ClinicDraft) -> Iterator[Problem]:
    records = draft.records_an_hour
    if records is None or not 1 <= records <= RECORDS_AN_HOUR_MAX:
        yield Problem("records_an_hour", f"Give a number from 1 to {RECORDS_AN_HOUR_MAX}.")
    if (draft.open_from is None) != (draft.open_until is None):
        missing = "open_from" if draft.open_from is None else "open_until"
        yield Problem(missing, "Give both times, or none.")
    elif draft.open_from is not None and draft.open_from == draft.open_until:
        yield Problem("open_until", "Give another time than the first one, or none.")
