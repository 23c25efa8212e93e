"""When each check is due: before the first dose, then again while somebody is treated."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug
from tracker.domain.formatting import full_day, lower_first, number, times
from tracker.domain.safety_checks.kinds import RULES, CheckKind, CheckRule

SOON = timedelta(days=14)  # told ahead, so that a blood test can be ordered in time
# Somebody without a dose for so long and with none planned is in treatment no more.
TREATED_WITHIN = timedelta(days=365)


class TreatmentSpan(Struct, frozen=True, kw_only=True):
    """When somebody was treated; None where never. `next_on` is the next planned day."""

    first_on: date | None = None
    last_on: date | None = None
    next_on: date | None = None

    def is_going_on(self, today: date) -> bool:
        """Say whether somebody is treated: a dose within a year, or one that is planned."""
        recent = self.last_on is not None and today - self.last_on <= TREATED_WITHIN
        return recent or self.next_on is not None


class DueCheck(Struct, frozen=True, kw_only=True):
    """A check that is due, or soon: `last_on` is when it was made last, None for a baseline."""

    rule: CheckRule
    due_on: date
    last_on: date | None
    is_late: bool

    @property
    def words(self) -> str:
        """Say since or until when: `due on 3 Mar 2026, last on 1 Sep 2025`."""
        when = f"{'since' if self.is_late else 'on'} {full_day(self.due_on)}"
        last = f"last on {full_day(self.last_on)}" if self.last_on else "none on record"
        return f"due {when}, {last}"


def due(
    treatment: TreatmentSpan,
    last: Mapping[CheckKind, date],
    settings: TreatmentSettings,
    *,
    today: date,
) -> list[DueCheck]:
    """List what is due by `today` or soon after, the longest due first."""
    if not treatment.is_going_on(today):
        return []
    found = (_due(rule, treatment, last.get(rule.kind), settings) for rule in RULES)
    wanted = [
        DueCheck(rule=rule, due_on=day, last_on=last.get(rule.kind), is_late=day < today)
        for rule, day in zip(RULES, found, strict=True)
        if day is not None and day <= today + SOON
    ]
    return sorted(wanted, key=lambda one: one.due_on)


def _due(
    rule: CheckRule, treatment: TreatmentSpan, last_on: date | None, settings: TreatmentSettings
) -> date | None:
    months = rule.months(settings)
    if last_on is not None:
        return months_later(last_on, months) if months else None
    begins = treatment.first_on or treatment.next_on
    if rule.at_baseline:
        return begins
    # One without a baseline is due so long after the first dose.
    return months_later(treatment.first_on, months) if months and treatment.first_on else None


def months_later(day: date, months: int) -> date:
    """Count months on from a day; the last day of a shorter month stands for what it lacks."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Exposure(Struct, frozen=True):
    """What was given of a drug in 12 months; `mg` is None where no dose is on record.

    `unknown` counts the sessions whose dose is not known, which `mg` lacks.
    """

    drug: Drug
    sessions: int
    mg: Decimal | None
    unknown: int

    @property
    def words(self) -> str:
        """Say it in words: `14 sessions, 620 mg of racemic ketamine`."""
        amount = "no dose on record" if self.mg is None else f"{number(self.mg)} mg"
        missing = f" (the dose of {self.unknown} not known)" if self.unknown and self.mg else ""
        given = f"{amount} of {lower_first(self.drug.label)}{missing}"
        return f"{times(self.sessions, 'session')}, {given}"


def in_words(exposures: Iterable[Exposure]) -> str:
    """Write what was given of all drugs in one line."""
    return "; ".join(_words(exposures)) or "no session"


def _words(exposures: Iterable[Exposure]) -> Iterator[str]:
    return (one.words for one in exposures)
