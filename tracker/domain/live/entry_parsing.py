"""Entries between JSON and the domain: read what a browser sent, pack and unpack what is stored."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial, singledispatch
from typing import Any

from msgspec import Struct

from tracker.domain import measures
from tracker.domain.json_values import (
    ID_MAX,
    read_json_decimal,
    read_json_instant,
    read_json_text,
    read_json_whole,
    read_json_yes_or_no,
    reader_of,
    reader_of_some,
)
from tracker.domain.live.entries import (
    GRADES,
    MOAAS,
    AdverseEvent,
    Content,
    DissociationMark,
    Dose,
    EntryDraft,
    EntryKind,
    EventAction,
    EventOutcome,
    EventTerm,
    Form,
    Infusion,
    InfusionAction,
    Mark,
    Note,
    Reading,
    Setting,
    Withdrawal,
)
from tracker.domain.measures import DOSE_MG_MAX, SCALE_0_TO_10
from tracker.domain.parsing import LINE_MAX, TEXT_MAX
from tracker.domain.problems import InvalidError, Problem
from tracker.domain.stored_content import read_stored, to_stored

AHEAD_MAX = timedelta(minutes=5)  # a tablet's clock may be a little fast, even when corrected
RATE_ML_PER_H_MAX = Decimal(2000)  # above what infusion pumps run at: a slip of the point


def check(content: Content, *, at: datetime, now: datetime) -> list[Problem]:
    """List everything that cannot be; `at` is the instant of the entry."""
    if isinstance(content, AdverseEvent):
        return list(_check_event(content, at, now))
    return list(_check(content))


@singledispatch
def _check(_content: object) -> Iterator[Problem]:
    """Find nothing in what is words alone."""
    return iter(())


@_check.register
def _check_reading(reading: Reading) -> Iterator[Problem]:
    yield from measures.check_vital_signs(reading, "")
    if reading.sedation is not None and reading.sedation not in MOAAS:
        yield Problem("sedation", "Give the sedation (MOAA/S) from 0, no response, to 5, alert.")
    for name in ("dissociation", "pain", "nausea"):
        yield from _check_scale(name, getattr(reading, name), name)
    if all(getattr(reading, name) in (None, "") for name in reading.__struct_fields__):
        yield Problem("", "There is nothing in this reading. Give a number or a note.")


@_check.register
def _check_dose(given: Dose) -> Iterator[Problem]:
    yield from _check_amounts(given.dose_mg, given.lot_id)


@_check.register
def _check_infusion(infusion: Infusion) -> Iterator[Problem]:
    yield from _check_amounts(infusion.dose_mg, infusion.lot_id)
    rate = infusion.rate_ml_per_h
    if rate is not None:
        message = f"Give the rate in mL per hour, above zero and at most {RATE_ML_PER_H_MAX}."
        yield from measures.check_amount("rate_ml_per_h", rate, RATE_ML_PER_H_MAX, message)
    elif infusion.action is InfusionAction.RATE:
        yield Problem("rate_ml_per_h", "Give the new rate in mL per hour.")


@_check.register
def _check_mark(mark: DissociationMark) -> Iterator[Problem]:
    yield from _check_scale("strength", mark.strength, "strength")


@_check.register
def _check_setting(setting: Setting) -> Iterator[Problem]:
    if not any(getattr(setting, name) for name in setting.__struct_fields__):
        yield Problem("", "There is nothing in this. Write something, or leave it.")


def _check_event(event: AdverseEvent, at: datetime, now: datetime) -> Iterator[Problem]:
    if event.term is EventTerm.OTHER and not event.other:
        yield Problem("other", "Say what happened.")
    if event.grade is not None and event.grade not in GRADES:
        yield Problem("grade", "Give the grade from 1, mild, to 5, death.")
    if event.ended_at is not None and event.ended_at < at:
        yield Problem("ended_at", "The event cannot end before it began.")
    if event.ended_at is not None and event.ended_at > now + AHEAD_MAX:
        yield Problem("ended_at", "The end is in the future. Check the clock of this device.")


def _check_scale(name: str, value: int | None, words: str) -> Iterator[Problem]:
    if value is not None and value not in SCALE_0_TO_10:
        yield Problem(name, f"Give the {words} as a whole number from 0 to 10.")


def _check_amounts(dose_mg: Decimal | None, lot_id: int | None) -> Iterator[Problem]:
    message = f"Give the dose in milligrams, above zero and at most {DOSE_MG_MAX}."
    yield from measures.check_amount("dose_mg", dose_mg, DOSE_MG_MAX, message)
    if lot_id is not None and not 0 < lot_id <= ID_MAX:
        yield Problem("lot_id", "Choose a lot of the list.")


BACK_MAX = timedelta(days=7)  # what a tablet kept longer is written as an amendment
KEY = re.compile(r"[A-Za-z0-9_-]{8,40}")
_FORMS = frozenset({EntryKind.GATE, EntryKind.DISCHARGE})
_NAMES = frozenset({"key", "kind", "at", "content", "replaces"})
_ECHO_MAX = 100  # characters given back of a key that nobody can use
_NAME_MAX = 40  # characters shown of a name that nobody knows
_UNKNOWN_MAX = 5  # such names that are told; more of them say no more

Read = Callable[[object], Any]

_TEXT, _LINE = partial(read_json_text, longest=TEXT_MAX), partial(read_json_text, longest=LINE_MAX)
_OBSERVED = (*measures.SIGN_NAMES, "sedation", "dissociation", "pain", "nausea")


class _Shape(Struct, frozen=True):
    """What the content of a kind is made of, how its fields are read, and what it must say."""

    make: type[Content]
    readers: Mapping[str, Read]
    needed: Mapping[str, str]


_SHAPES = {
    EntryKind.READING: _Shape(
        Reading, {**dict.fromkeys(_OBSERVED, read_json_whole), "note": _TEXT}, {}
    ),
    EntryKind.GIVEN: _Shape(
        Dose,
        {
            "dose_mg": read_json_decimal, "lot_id": read_json_whole, "note": _TEXT,
            "confirmed_mg": read_json_decimal,
        },
        {"dose_mg": "Give the dose in milligrams."},
    ),
    EntryKind.INFUSION: _Shape(
        Infusion,
        {
            "action": reader_of(InfusionAction), "rate_ml_per_h": read_json_decimal,
            "dose_mg": read_json_decimal, "lot_id": read_json_whole, "note": _TEXT,
            "confirmed_mg": read_json_decimal,
        },
        {"action": "Say what was done with the infusion."},
    ),
    EntryKind.DISSOCIATION: _Shape(
        DissociationMark,
        {"mark": reader_of(Mark), "strength": read_json_whole},
        {"mark": "Say whether it began, was at its peak, or is resolved."},
    ),
    EntryKind.EVENT: _Shape(
        AdverseEvent,
        {
            "term": reader_of(EventTerm), "other": _LINE, "grade": read_json_whole,
            "serious": read_json_yes_or_no, "actions": reader_of_some(EventAction),
            "outcome": reader_of(EventOutcome), "ended_at": read_json_instant, "note": _TEXT,
        },
        {"term": "Choose what happened."},
    ),
    EntryKind.NOTE: _Shape(Note, {"text": _TEXT}, {"text": "Write the note."}),
    EntryKind.SETTING: _Shape(
        Setting, dict.fromkeys(("intention", "mindset", "surroundings", "music"), _TEXT), {}
    ),
    EntryKind.WITHDRAWAL: _Shape(
        Withdrawal, {"reason": _TEXT}, {"reason": "Say why it is withdrawn."}
    ),
}  # fmt: skip


def read(raw: object, *, now: datetime) -> EntryDraft:
    """Read one entry as it came; raise InvalidError with everything that is wrong about it.

    Checklists are not read here: their own forms write them.
    """
    if not isinstance(raw, Mapping):
        raise InvalidError([Problem("", "This is not an entry. Reload the page.")])
    found: list[Problem] = list(_unknown(raw, _NAMES))
    key, replaces = raw.get("key"), raw.get("replaces") or ""
    if not _is_key(key):
        found.append(Problem("key", "This entry has no proper key. Reload the page."))
    if replaces and not _is_key(replaces):
        found.append(Problem("replaces", "This names no entry. Reload the page."))
    at, kind = _read_at(raw.get("at"), now, found), _read_kind(raw.get("kind"), found)
    content = _read_content(kind, raw.get("content"), (at or now, now), found) if kind else None
    if kind is EntryKind.WITHDRAWAL and not replaces:
        found.append(Problem("replaces", "Say which entry is withdrawn."))
    if found or kind is None or at is None or content is None:
        raise InvalidError(found)
    return EntryDraft(key=str(key), kind=kind, at=at, content=content, replaces=str(replaces))


def key_of(raw: object) -> str:
    """Tell the key that an entry came with, proper or not, so that its writer knows it again."""
    key = raw.get("key") if isinstance(raw, Mapping) else None
    return key[:_ECHO_MAX] if isinstance(key, str) else ""


def _is_key(value: object) -> bool:
    return isinstance(value, str) and KEY.fullmatch(value) is not None


def _read_at(value: object, now: datetime, found: list[Problem]) -> datetime | None:
    try:
        at = read_json_instant(value)
    except ValueError as error:
        found.append(Problem("at", str(error)))
        return None
    if at > now + AHEAD_MAX:
        found.append(Problem("at", "This is in the future. Check the clock of this device."))
    if at < now - BACK_MAX:
        found.append(
            Problem("at", "This is more than 7 days ago. Write it as an amendment of the record.")
        )
    return at


def _read_kind(value: object, found: list[Problem]) -> EntryKind | None:
    kind = next((kind for kind in EntryKind if kind.value == value), None)
    if kind in _FORMS:
        found.append(Problem("kind", "This checklist is filled on a page of its own."))
        return None
    if kind is None:
        found.append(Problem("kind", "Nobody knows this kind of entry. Reload the page."))
    return kind


def _read_content(
    kind: EntryKind, raw: object, times: tuple[datetime, datetime], found: list[Problem]
) -> Content | None:
    """Read the content of an entry; `times` are the instant of the entry and the present one."""
    if not isinstance(raw, Mapping):
        found.append(Problem("content", "There is nothing in this entry. Reload the page."))
        return None
    shape = _SHAPES[kind]
    values, wrong = _read_fields(raw, shape.readers)
    unread = {problem.field for problem in wrong}
    missing = [name for name in shape.needed if values.get(name) in (None, "")]
    wrong += [Problem(name, shape.needed[name]) for name in missing if name not in unread]
    content = None if missing else shape.make(**values)
    if content is not None:
        problems = check(content, at=times[0], now=times[1])
        # What follows from a field that could not be read is no news.
        wrong += [p for p in problems if p.field not in unread and (p.field or not unread)]
    found += wrong
    return content


def _read_fields(
    raw: Mapping[Any, object], readers: Mapping[str, Read]
) -> tuple[dict[str, Any], list[Problem]]:
    values, wrong = {}, list(_unknown(raw, readers))
    for name, reader in readers.items():
        try:
            if raw.get(name) is not None:
                values[name] = reader(raw[name])
        except ValueError as error:
            wrong.append(Problem(name, str(error)))
    return values, wrong


def _unknown(
    raw: Mapping[Any, object], known: Mapping[str, object] | frozenset[str]
) -> Iterator[Problem]:
    names = [str(name)[:_NAME_MAX] for name in raw if name not in known]
    for name in names[:_UNKNOWN_MAX]:
        yield Problem(name, "Nobody knows this field. Reload the page.")


def pack(content: Content) -> dict[str, object]:
    """Write content as JSON values, without what is missing."""
    if isinstance(content, Form):
        return dict(content.fields)
    values: dict[str, object] = to_stored(content)
    return {name: value for name, value in values.items() if value not in (None, "", ())}


def unpack(kind: EntryKind, stored: Mapping[str, Any]) -> Content:
    """Read back what was packed."""
    if kind in _FORMS:
        return Form(fields=dict(stored))
    return read_stored(stored, _SHAPES[kind].make)
