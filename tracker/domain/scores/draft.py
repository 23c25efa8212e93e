"""A completed scale: its answers or its total, when, and on which occasion."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct, field

from tracker.domain import formatting, measures
from tracker.domain.codes import Mode, Occasion
from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import Instrument
from tracker.domain.parsing import PARAGRAPH_MAX
from tracker.domain.problems import Problem

HOURS_AFTER_MAX = 24 * 14
DAYS_NAMED_MAX = 3  # treatment days told one by one
_PERIODS = {1: "day", 7: "week", 30: "month", 31: "month"}


class AssessmentDraft(Struct, frozen=True, kw_only=True):
    """A total on a named scale.

    `instrument` is the instrument's code. `taken_at` is aware; where only the day is known
    `time_known` is False and the time is noon in the clinic's zone. `hours_after` goes with the
    occasion `hours-after` and counts from the start of the session.

    `answers` are by item code, None or absent where not answered; where there are any, the total
    comes from them, and `total` is what the form states ('' on the form: None).
    """

    instrument: str
    total: Decimal | None
    taken_at: datetime | None
    time_known: bool = True
    occasion: Occasion = Occasion.UNSCHEDULED
    hours_after: Decimal | None = None
    note: str = ""
    answers: Mapping[str, Decimal | None] = field(default_factory=dict)
    mode: Mode = Mode.TOTAL
    seconds_taken: int | None = None

    @property
    def given_answers(self) -> dict[str, Decimal]:
        """The answers that were given; a question left out is not there."""
        return {code: value for code, value in self.answers.items() if value is not None}

    @property
    def by_answers(self) -> bool:
        """Whether the total comes from answers, few as they may be."""
        return bool(self.given_answers) or self.mode in {Mode.SELF, Mode.STAFF}


def check(draft: AssessmentDraft, instrument: Instrument | None, *, now: datetime) -> list[Problem]:
    """List everything that cannot be; `instrument` is None when its code is unknown."""
    problems = [*_check_content(draft, instrument)]
    if instrument is None:
        problems.append(Problem("instrument", "Choose a scale from the list."))
    if draft.taken_at is None:
        problems.append(Problem("taken_at", "Give the day."))
    elif _is_ahead(draft.taken_at, now, time_known=draft.time_known):
        problems.append(Problem("taken_at", "The day cannot be in the future."))
    hours = draft.hours_after
    wanted = "Give the hours after the session, from 0 to 336."
    problems += measures.check_amount("hours_after", hours, HOURS_AFTER_MAX, wanted, lowest=0)
    if len(draft.note) > PARAGRAPH_MAX:
        problems.append(Problem("note", f"Give at most {PARAGRAPH_MAX} characters."))
    return problems


def _check_content(draft: AssessmentDraft, instrument: Instrument | None) -> Iterator[Problem]:
    """Check the total, or the answers and the total that the form states beside them."""
    if not draft.by_answers:
        yield from _check_total(draft.total, instrument)
        return
    if not draft.given_answers:
        yield Problem("", "Nothing is answered yet. Answer at least one question.")
    if instrument is not None:
        yield from scoring.check_answers(instrument, draft.answers)
    if draft.total is not None:
        yield from _check_total(draft.total, instrument)


def _check_total(total: Decimal | None, instrument: Instrument | None) -> Iterator[Problem]:
    # A comparison with a NaN raises, so finite comes first.
    if total is None:
        yield Problem("total", "Give the total.")
    elif not total.is_finite():
        yield Problem("total", "Give the total as a plain number.")
    elif instrument is not None and not instrument.minimum <= total <= instrument.maximum:
        yield Problem(
            "total",
            f"{instrument.short_title} runs from {instrument.minimum} to {instrument.maximum}.",
        )
    elif instrument is not None and instrument.whole_numbers and total % 1:
        yield Problem(
            "total", f"{instrument.short_title} counts whole points: give a whole number."
        )
    elif not measures.is_kept_exactly(total):
        yield Problem("total", measures.TOO_MANY_DIGITS)


def check_follow_up(
    taken_at: datetime | None, *, started_at: datetime, ratings: Collection[int | None]
) -> Iterator[Problem]:
    """Yield what cannot be of mood and pain asked again after a session."""
    if all(rating is None for rating in ratings):
        yield Problem("mood", "Give mood or pain, or both.")
    if taken_at is None:
        return
    if taken_at <= started_at:
        yield Problem("taken_at", "This is before the session began.")
    elif taken_at - started_at > timedelta(hours=HOURS_AFTER_MAX):
        yield Problem("taken_at", "This is more than two weeks after the session.")


def hours_between(started_at: datetime, taken_at: datetime) -> Decimal:
    """Count the hours from the start of a session, to 0.1 h."""
    seconds = Decimal((taken_at - started_at).total_seconds())
    return (seconds / 3600).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _is_ahead(taken_at: datetime, now: datetime, *, time_known: bool) -> bool:
    """Say whether it lies ahead; where only the day is known, today's noon does not."""
    if time_known:
        return taken_at > now
    return taken_at.date() > now.astimezone(taken_at.tzinfo).date()


def treatment_days(
    instrument: Instrument,
    taken_at: datetime,
    starts: Iterable[datetime],
    *,
    zone: tzinfo,
    time_known: bool = True,
) -> tuple[date, ...]:
    """List the days of treatment that the questions look back on, first to last, in the clinic.

    A session of the same day counts when it began before; where only the day of the score is known
    it does not, for nobody can tell which came first.
    """
    day = taken_at.astimezone(zone).date()
    first = day - timedelta(days=instrument.recall_days)
    last = day if time_known else day - timedelta(days=1)
    days = {start.astimezone(zone).date() for start in starts if start < taken_at}
    return tuple(sorted(d for d in days if instrument.recall_days and first <= d <= last))


def recall_sentence(days: Collection[date], recall_days: int) -> str:
    """Say that treatment falls within the time the questions ask about; '' where none does."""
    if not days:
        return ""
    within = f"within the {_period(recall_days)} this asks about."
    named = [formatting.short_day(day) for day in sorted(days)]
    if len(named) == 1:
        return f"A treatment day ({named[0]}) falls {within}"
    if len(named) > DAYS_NAMED_MAX:
        return f"{len(named)} treatment days ({named[0]} to {named[-1]}) fall {within}"
    return f"{len(named)} treatment days ({', '.join(named[:-1])} and {named[-1]}) fall {within}"


def _period(days: int) -> str:
    if days in _PERIODS:
        return _PERIODS[days]
    return f"{days // 7} weeks" if days % 7 == 0 else f"{days} days"
