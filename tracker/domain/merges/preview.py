"""Two records side by side before they are merged: what refuses it, and what is to be read first.

Nothing is decided here. Whoever merges has read what is found, and says that they are one person.
"""

from collections.abc import Iterator
from datetime import date
from itertools import product

from msgspec import Struct

from tracker.domain.codes import Drug, MailTime, Sex
from tracker.domain.formatting import full_day, lower_first, times
from tracker.domain.health_lists.standing import HealthLists, ListedItem
from tracker.domain.patients import draft as patient_draft
from tracker.domain.patients.same_person import SOURCE
from tracker.domain.problems import Finding, Problem

DAYS_TOLD = 3
UNDER_WAY = "A session of record {} is under way. End it first, then merge."


class RunningSeries(Struct, frozen=True):
    """A series that is planned or goes on."""

    number: int
    drug: Drug


class Counts(Struct, frozen=True, kw_only=True):
    """How much a record holds of each kind; what is struck out or voided counts, for it moves."""

    series: int = 0
    sessions: int = 0
    scores: int = 0
    check_ins: int = 0
    alerts: int = 0
    eligibilities: int = 0
    safety_checks: int = 0
    health_items: int = 0
    worksheets: int = 0
    stock_entries: int = 0
    referral_letters: int = 0

    @property
    def lines(self) -> tuple[tuple[str, int], ...]:
        """List them by what a page calls them."""
        return tuple((_CALLED[name], getattr(self, name)) for name in self.__struct_fields__)


_CALLED = {
    "series": "Series",
    "sessions": "Sessions",
    "scores": "Scores",
    "check_ins": "Check-ins",
    "alerts": "Alerts",
    "eligibilities": "Eligibility assessments",
    "safety_checks": "Safety checks",
    "health_items": "Allergies and medicines",
    "worksheets": "Worksheets",
    "stock_entries": "Stock entries",
    "referral_letters": "Letters for the referrer",
}


class RecordSide(Struct, frozen=True, kw_only=True):
    """One of the two records. `unsigned` counts what somebody has begun and not signed.

    `session_days` are the days on which sessions were held, or are planned. `mail_time` is None
    where nobody chose when e-mails come.
    """

    id: int
    record_number: str
    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    other_number: str = ""
    email: str = ""
    phone: str = ""
    is_archived: bool = False
    is_merged: bool = False
    has_account: bool = False
    mail_stopped: bool = False
    mail_time: MailTime | None = None
    is_under_way: bool = False
    unsigned: int = 0
    counts: Counts = Counts()
    session_days: frozenset[date] = frozenset()
    running: tuple[RunningSeries, ...] = ()
    lists: HealthLists = HealthLists()

    @property
    def label(self) -> str:
        """The name as lists show it, or the record number where there is no name."""
        return patient_draft.label(self.given_name, self.family_name, self.record_number)

    @property
    def folded_name(self) -> str:
        """The name as it is compared; '' where there is none."""
        return patient_draft.fold(f"{self.family_name} {self.given_name}").strip()


def refusals(kept: RecordSide, merged: RecordSide) -> list[Problem]:
    """List what makes it impossible to merge now, with what to do."""
    if kept.id == merged.id:
        return [Problem("", "This is one record. Choose the other one.")]
    found = [
        Problem("", f"Record {one.record_number} was merged already. Choose the one it leads to.")
        for one in (kept, merged)
        if one.is_merged
    ]
    if kept.is_archived and not kept.is_merged:
        number = kept.record_number
        message = f"Record {number} is archived. Restore it first, or keep the other one."
        found.append(Problem("kept", message))
    found += [
        Problem("", UNDER_WAY.format(one.record_number))
        for one in (kept, merged)
        if one.is_under_way
    ]
    return found


def findings(one: RecordSide, other: RecordSide) -> tuple[Finding, ...]:
    """List what is to be read before two records are merged; the order of the two is no matter."""
    one, other = sorted((one, other), key=lambda side: (side.record_number, side.id))
    return tuple(
        Finding("", message, source)
        for message, source in (
            *((text, SOURCE) for text in _who_they_are(one, other)),
            *((text, "") for text in _what_they_hold(one, other)),
        )
    )


def _who_they_are(one: RecordSide, other: RecordSide) -> Iterator[str]:
    if one.folded_name != other.folded_name:
        yield f"The names differ: {_each(one, one.label, other, other.label)}."
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        days = (full_day(one.birth_date), full_day(other.birth_date))
        yield f"The birth dates differ: {_each(one, days[0], other, days[1])}."
    elif one.birth_date != other.birth_date:
        without = other if one.birth_date else one
        yield f"Record {without.record_number} has no birth date."
    if Sex.UNKNOWN not in (one.sex, other.sex) and one.sex is not other.sex:
        yield f"The sex differs: {_each(one, one.sex.label, other, other.sex.label)}."
    numbers = (one.other_number, other.other_number)
    if all(numbers) and len({"".join(number.split()) for number in numbers}) > 1:
        yield f"The other numbers differ: {_each(one, numbers[0], other, numbers[1])}."


def _what_they_hold(one: RecordSide, other: RecordSide) -> Iterator[str]:
    if days := sorted(one.session_days & other.session_days):
        told = ", ".join(map(full_day, days[:DAYS_TOLD]))
        more = f" and {len(days) - DAYS_TOLD} more" if len(days) > DAYS_TOLD else ""
        yield f"Both have a session on {told}{more}."
    for mine, theirs in product(one.running, other.running):
        if mine.drug is theirs.drug:
            which = _each(one, f"series {mine.number}", other, f"series {theirs.number}")
            yield f"Two series of {mine.drug.label.lower()} are not over: {which}."
    if one.has_account and other.has_account:
        yield "Both have a sign-in of their own. One stays, the other is disabled."
    yield from _mails(one, other)
    yield from _lists("allergies", one.lists.allergies, other.lists.allergies)
    yield from _lists("medicines", one.lists.medicines, other.lists.medicines)
    for side in (one, other):
        if side.unsigned:
            what = "is one thing" if side.unsigned == 1 else f"are {side.unsigned} things"
            yield f"In record {side.record_number} there {what} begun and not signed."


def _mails(one: RecordSide, other: RecordSide) -> Iterator[str]:
    if one.mail_stopped is not other.mail_stopped:
        stopped = one if one.mail_stopped else other
        yield f"E-mails to record {stopped.record_number} were stopped. They stay stopped."
    mine, theirs = one.mail_time, other.mail_time
    if mine and theirs and mine is not theirs:
        when = _each(one, lower_first(mine.label), other, lower_first(theirs.label))
        yield f"When e-mails come differs: {when}. What the kept record says stands."


def _lists(
    called: str, one: tuple[ListedItem, ...] | None, other: tuple[ListedItem, ...] | None
) -> Iterator[str]:
    if one is None or other is None:
        return
    if bool(one) is not bool(other):
        yield (
            f"One record lists {called}, the other says that there are none. What is listed stands."
        )
        return
    names = {item.name.casefold() for item in one} & {item.name.casefold() for item in other}
    if names:
        alike = sorted({item.name for item in one if item.name.casefold() in names})
        yield f"Both list {', '.join(alike)} under {called}: it will stand there twice."
    elif one and other:
        yield f"Both list {called}. All of them will stand in one list."


def _each(one: RecordSide, mine: str, other: RecordSide, theirs: str) -> str:
    return f"{mine} in record {one.record_number}, {theirs} in record {other.record_number}"


def things(counted: int) -> str:
    """Write how many entries something is about: `1 entry`, `12 entries`."""
    return times(counted, "entry") if counted == 1 else f"{counted} entries"
