"""The worksheet of one session: what it says, from where, what is missing, and when it is due.

Answers are texts: `yes` and `no`, a code of a list, an ISO day, digits, `128/82`. What a person
typed stands before what the session says, and both are shown. '' typed over an answer empties it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain import formatting
from tracker.domain.codes import Drug, Route, Word, YesNo
from tracker.domain.drugs import is_nasal_esketamine
from tracker.domain.measures import DIASTOLIC, SYSTOLIC
from tracker.domain.parsing import LINE_MAX, PARAGRAPH_MAX, REASON_MAX, is_blank
from tracker.domain.problems import Problem
from tracker.domain.worksheets.editions import (
    FORM_VERSIONS,
    FormField,
    Kind,
    Need,
    Section,
    by_code,
    fields_of,
)

DAYS_TO_SUBMIT = 7  # calendar days, a Friday's session by the next Friday (SPRAVATO REMS)
MINUTE_RANGE = range(-24 * 60, 48 * 60 + 1)
TYPED = "Typed by the clinic"
MINUS = "\N{MINUS SIGN}"
_PRESSURE = re.compile(r"([0-9]{2,3})/([0-9]{2,3})")
_WHOLE = re.compile(r"-?[0-9]{1,5}")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]")


class WorksheetState(Word):
    """The life of a worksheet; whether it is late besides, the clock says."""

    DRAFT = "draft", "Draft"
    COMPLETE = "complete", "Complete"
    SUBMITTED = "submitted", "Submitted"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Channel(Word):
    """By which way a form was submitted."""

    PORTAL = "portal", "REMS portal"
    FAX = "fax", "Fax"
    OTHER = "other", "Other"


class PrefilledValue(Struct, frozen=True):
    """What the session and the records say to one field: a value and where it is from.

    `remark` says what a person should know besides, also where there is no value.
    """

    value: str = ""
    source: str = ""
    remark: str = ""


class FormLine(Struct, frozen=True):
    """A field as it stands: `says` is the session's own value where somebody typed another."""

    field: FormField
    value: str
    source: str
    says: str = ""
    remark: str = ""
    is_typed: bool = False

    @property
    def is_missing(self) -> bool:
        """Say whether the field wants an answer and has none."""
        return not self.value and self.field.need is not Need.OPTIONAL

    @property
    def words(self) -> str:
        """The value as people read it; '' while there is none."""
        return in_words(self.field, self.value)

    @property
    def says_in_words(self) -> str:
        """The session's own value as people read it."""
        return in_words(self.field, self.says)


def is_due_for(drug: Drug | str, route: Route | str) -> bool:
    """Say whether the programme wants a form after a session: of nasal esketamine alone."""
    return is_nasal_esketamine(drug, route)


def due_on(started_at: datetime, zone: ZoneInfo) -> date:
    """Give the last day to submit: seven calendar days after the session's day in the clinic."""
    return started_at.astimezone(zone).date() + timedelta(days=DAYS_TO_SUBMIT)


def is_late(state: WorksheetState, due: date, *, today: date) -> bool:
    """Say whether a worksheet that was not submitted is past its last day."""
    return state in (WorksheetState.DRAFT, WorksheetState.COMPLETE) and today > due


def due_in_words(due: date, *, today: date) -> str:
    """Say when a worksheet is due as people say it."""
    days = (due - today).days
    if days < 0:
        return f"late by {formatting.times(-days, 'day')}"
    return "due today" if days == 0 else f"due in {formatting.times(days, 'day')}"


def fill(
    form_version: str, prefilled: Mapping[str, PrefilledValue], typed: Mapping[str, str]
) -> tuple[FormLine, ...]:
    """Put a worksheet together: the fields of the form that are asked, each with its value."""
    values = {code: one.value for code, one in prefilled.items()} | dict(typed)
    return tuple(
        _line(field, prefilled.get(field.code, PrefilledValue()), typed.get(field.code))
        for field in fields_of(form_version)
        if field.asked_if is None or values.get(field.asked_if[0], "") == field.asked_if[1]
    )


def _line(field: FormField, prefilled: PrefilledValue, typed: str | None) -> FormLine:
    if typed is None:
        return FormLine(field, prefilled.value, prefilled.source, remark=prefilled.remark)
    return FormLine(
        field, typed, TYPED, says=prefilled.value, remark=prefilled.remark, is_typed=True
    )


def sections(lines: Iterable[FormLine]) -> list[tuple[Section, list[FormLine]]]:
    """Group lines by the parts of the form."""
    held = list(lines)
    grouped = [(part, [line for line in held if line.field.section is part]) for part in Section]
    return [(part, under) for part, under in grouped if under]


def missing(lines: Iterable[FormLine]) -> list[FormField]:
    """List the fields that want an answer and have none."""
    return [line.field for line in lines if line.is_missing]


def snapshot(lines: Iterable[FormLine]) -> dict[str, str]:
    """Keep the values as they stand, to be compared with later ones."""
    return {line.field.code: line.value for line in lines if line.value}


def changed_since(
    kept: Mapping[str, str], lines: Iterable[FormLine]
) -> list[tuple[FormField, str]]:
    """List the fields that no longer say what was kept, each with what was kept, in words."""
    held = {line.field.code: line for line in lines}
    fields = {code: line.field for code, line in held.items()}
    for version in FORM_VERSIONS:  # what is no longer asked has no line any more
        fields |= {code: field for code, field in by_code(version).items() if code in kept}
    found = []
    for code, field in fields.items():
        now = held[code].value if code in held else ""
        if kept.get(code, "") != now:
            found.append((field, in_words(field, kept.get(code, "")) or "nothing"))
    return found


def apply(
    typed: Mapping[str, str], changes: Mapping[str, str], prefilled: Mapping[str, PrefilledValue]
) -> dict[str, str]:
    """Take changes into what was typed; what the session says itself needs no typing."""
    merged = dict(typed) | {code: value.strip() for code, value in changes.items()}
    return {
        code: value
        for code, value in merged.items()
        if code not in changes or value != prefilled.get(code, PrefilledValue()).value
    }


def in_words(field: FormField, value: str) -> str:
    """Write a value as people read it; one that cannot be read stays as it is."""
    words = YesNo if field.kind is Kind.YES_NO else field.choices
    if words is not None:
        return dict(words.choices()).get(value, value)
    if field.kind is Kind.DATE and value:
        return formatting.full_day(date.fromisoformat(value))
    if field.unit == "minute" and value:
        return f"minute {value.replace('-', MINUS)}"
    return f"{value} {field.unit}" if value and field.unit else value


def check(form_version: str, changes: Mapping[str, str]) -> list[Problem]:
    """List everything that cannot stand in the fields, field by field."""
    fields = by_code(form_version)
    return [
        problem
        for code, value in changes.items()
        for problem in _check_one(fields.get(code), code, value.strip())
    ]


def _check_one(field: FormField | None, code: str, value: str) -> Iterator[Problem]:
    if field is None:
        yield Problem("", f"This version of the form has no field {code!r}. Open the page anew.")
    elif value and (wrong := _wrong(field, value)):
        yield Problem(code, wrong)


def _wrong(field: FormField, value: str) -> str:
    match field.kind:
        case Kind.YES_NO | Kind.CHOICE:
            words = field.choices or YesNo
            return "" if value in dict(words.choices()) else "Choose one of the list."
        case Kind.NUMBER:
            return "" if _is_minute(value) else "Give whole minutes, such as 125, without a unit."
        case Kind.DATE:
            return "" if _is_day(value) else "Give a day as year-month-day: 2026-03-01."
        case Kind.PRESSURE:
            return _wrong_pressure(value)
        case Kind.LONG:
            return (
                "" if len(value) <= PARAGRAPH_MAX else f"Give at most {PARAGRAPH_MAX} characters."
            )
    fits = len(value) <= LINE_MAX and not _UNPRINTED.search(value)
    return "" if fits else f"Write this on one line of at most {LINE_MAX} characters."


def _is_minute(value: str) -> bool:
    return _WHOLE.fullmatch(value) is not None and int(value) in MINUTE_RANGE


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _wrong_pressure(value: str) -> str:
    found = _PRESSURE.fullmatch(value)
    if found is None:
        return "Give both numbers of the blood pressure, such as 128/82."
    systolic, diastolic = (int(number) for number in found.groups())
    limits = tuple((sign.lowest, sign.highest) for sign in (SYSTOLIC, DIASTOLIC))
    for number, (low, high) in zip((systolic, diastolic), limits, strict=True):
        if not low <= number <= high:
            return f"Give {number} between {low} and {high}, or leave the field empty."
    return "" if diastolic < systolic else "The first number must be the higher one."


def check_completion(lines: Iterable[FormLine], reason: str) -> list[Problem]:
    """Ask why a worksheet is called complete while fields are missing; nothing else stops it."""
    gone = missing(lines)
    if len(reason) > REASON_MAX:
        return [Problem("reason", f"Give the reason in at most {REASON_MAX} characters.")]
    if gone and is_blank(reason):
        count = formatting.times(len(gone), "field")
        text = f"{count} missing. Fill them in, or say why they stay empty."
        return [Problem("reason", text)]
    return []


def check_submission(
    channel: Channel | None,
    confirmation: str,
    at: datetime | None,
    *,
    started_at: datetime | None,
    now: datetime,
) -> list[Problem]:
    """List everything that is wrong with how and when a form is said to have been submitted."""
    problems = []
    if channel is None:
        problems.append(Problem("channel", "Choose how it was submitted."))
    if channel is Channel.OTHER and is_blank(confirmation):
        problems.append(Problem("confirmation", "Say how it was submitted."))
    if len(confirmation) > REASON_MAX or _UNPRINTED.search(confirmation):
        text = f"Write this on one line of at most {REASON_MAX} characters."
        problems.append(Problem("confirmation", text))
    if at is None:
        problems.append(Problem("submitted_at", "Give the day and the time it was submitted."))
    elif at > now:
        problems.append(Problem("submitted_at", "It cannot have been submitted in the future."))
    elif started_at is not None and at < started_at:
        problems.append(Problem("submitted_at", "That is before the session began."))
    return problems
