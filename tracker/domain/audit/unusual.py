"""What is unusual about who opened which record: hints for whoever asks, and never findings."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.formatting import time_of_day

HOUR = timedelta(hours=1)
DIGITS_MIN = 7  # of a telephone number: fewer are an extension that many share


class PersonTrace(Struct, frozen=True):
    """What tells a person: what is not known is empty. `own_patient_id` is their own record."""

    names: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    own_patient_id: int | None = None


class RecordLook(Struct, frozen=True):
    """One record that somebody opened or wrote in."""

    at: datetime
    user_id: int
    patient_id: int


class Hint(Struct, frozen=True, kw_only=True):
    """One unusual thing: whose, why it is listed, of which records, from when to when."""

    user_id: int
    why: str
    patient_ids: tuple[int, ...]
    first_at: datetime
    last_at: datetime


def name_key(name: str) -> str:
    """Fold a family name: the last word of a whole one."""
    words = name.casefold().split()
    return words[-1] if words else ""


def email_key(email: str) -> str:
    """Fold the part of an address before the @: people keep it from one house to the next."""
    return email.strip().casefold().partition("@")[0]


def phone_key(phone: str) -> str:
    """Keep the last digits of a telephone number, however its beginning is written."""
    digits = "".join(char for char in phone if char.isdigit())
    return digits[-9:] if len(digits) >= DIGITS_MIN else ""


def hints(
    opened: Iterable[RecordLook],
    staff: Mapping[int, PersonTrace],
    patients: Mapping[int, PersonTrace],
    settings: ClinicSettings,
    zone: ZoneInfo,
) -> list[Hint]:
    """List what is unusual, the latest first."""
    in_order = sorted(opened, key=lambda one: one.at)
    found = [
        *_likenesses(in_order, staff, patients),
        *_many(in_order, settings.records_an_hour),
        *_after_hours(in_order, settings, zone),
    ]
    return sorted(found, key=lambda hint: (hint.last_at, hint.user_id, hint.why), reverse=True)


def _likenesses(
    opened: Iterable[RecordLook],
    staff: Mapping[int, PersonTrace],
    patients: Mapping[int, PersonTrace],
) -> Iterator[Hint]:
    by_pair: dict[tuple[int, int], list[RecordLook]] = {}
    for one in opened:
        by_pair.setdefault((one.user_id, one.patient_id), []).append(one)
    for (user_id, patient_id), looks in by_pair.items():
        who, whose = staff.get(user_id), patients.get(patient_id)
        if who is None or whose is None:
            continue
        for why in _likeness(who, whose, patient_id):
            yield _hint(user_id, why, looks)


def _likeness(who: PersonTrace, whose: PersonTrace, patient_id: int) -> Iterator[str]:
    if who.own_patient_id == patient_id:
        yield "It is their own record."
        return
    if who.names & whose.names - {""}:
        yield "The patient has the same family name."
    if who.emails & whose.emails - {""}:
        yield "The patient’s e-mail address begins the same."
    if who.phones & whose.phones - {""}:
        yield "The patient has the same telephone number."


def _many(opened: Iterable[RecordLook], most: int) -> Iterator[Hint]:
    """Find hours in which somebody opened many records, each told once, from its first look."""
    by_person: dict[int, list[RecordLook]] = {}
    for one in opened:
        by_person.setdefault(one.user_id, []).append(one)
    for user_id, looks in by_person.items():
        start = 0
        while start < len(looks):
            hour = _within_an_hour(looks, start)
            records = {one.patient_id for one in hour}
            if len(records) > most:
                why = f"{len(records)} records within an hour; more than {most} are listed."
                yield _hint(user_id, why, hour)
                start += len(hour)
            else:
                start += 1


def _within_an_hour(looks: list[RecordLook], start: int) -> list[RecordLook]:
    end = start
    while end < len(looks) and looks[end].at - looks[start].at < HOUR:
        end += 1
    return looks[start:end]


def _after_hours(
    opened: Iterable[RecordLook], settings: ClinicSettings, zone: ZoneInfo
) -> Iterator[Hint]:
    by_day: dict[tuple[int, date], list[RecordLook]] = {}
    for one in opened:
        here = one.at.astimezone(zone)
        if not settings.is_open(here.time()):
            by_day.setdefault((one.user_id, here.date()), []).append(one)
    for (user_id, _), looks in by_day.items():
        begins, ends = settings.open_from, settings.open_until
        if begins is not None and ends is not None:
            hours = f"{time_of_day(begins)} to {time_of_day(ends)}"
            yield _hint(user_id, f"Outside the clinic’s hours, {hours}.", looks)


def _hint(user_id: int, why: str, looks: list[RecordLook]) -> Hint:
    return Hint(
        user_id=user_id,
        why=why,
        patient_ids=tuple(sorted({one.patient_id for one in looks})),
        first_at=looks[0].at,
        last_at=looks[-1].at,
    )
