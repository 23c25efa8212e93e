"""What is known about suicide before a session: answers, totals that tell of it, open alerts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from tracker.domain.checklists.items import Found, LineState, YesNoUnknown
from tracker.domain.checklists.pre_session import PreSession
from tracker.domain.formatting import full_day, number
from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import AlarmKind, Instrument, Item
from tracker.domain.parsing import is_blank
from tracker.domain.scores import glance

SUICIDE_SCORE_DAYS = 14  # PHQ-9 asks about the last two weeks
_SOURCE = "clinic default; asked since the last visit"
_OTHER_ANSWERS = {
    YesNoUnknown.YES: "Thoughts of suicide.",
    YesNoUnknown.UNKNOWN: "The answer is unknown.",
}


class SuicideAnswer(Struct, frozen=True, kw_only=True):
    """The last that a scale told about suicide, in words: `PHQ-9 item 9, 2`.

    `is_positive` is None where its question was put and left out.
    """

    scale: str
    words: str
    is_positive: bool | None
    taken_at: datetime


class SuicideFacts(Struct, frozen=True):
    """The last answer of each scale that tells of suicide, the newest first, and open alerts."""

    answers: Sequence[SuicideAnswer] = ()
    alerts: Sequence[str] = ()


NOTHING_KNOWN = SuicideFacts()


def telling_from(instrument: Instrument) -> Decimal | None:
    """Say from which total on a scale tells of suicide without its answers; None: never.

    A scale that asks of nothing else tells of it with any total.
    """
    if _is_about_suicide(instrument):
        return instrument.minimum
    told = [one.at_least for one in instrument.total_alarms if one.kind is AlarmKind.SUICIDE]
    return min(told, default=None)


def answer_of(
    instrument: Instrument,
    total: Decimal | None,
    answers: Mapping[str, Decimal],
    taken_at: datetime,
) -> SuicideAnswer | None:
    """Say what a score tells about suicide: its gravest answer, or a total that tells of it."""
    found = _of_items(instrument, total, answers) or _of_total(instrument, total)
    if found is None:
        return None
    return SuicideAnswer(
        scale=instrument.short_title, words=found[0], is_positive=found[1], taken_at=taken_at
    )


def _of_items(
    instrument: Instrument, total: Decimal | None, answers: Mapping[str, Decimal]
) -> tuple[str, bool | None] | None:
    watched = [item for item in instrument.items if item.code in instrument.safety_items]
    given = [(answers[item.code], item) for item in watched if item.code in answers]
    if not answers or not watched:
        return None
    if not given:
        danger = _of_total(instrument, total)
        left_out = f"{instrument.short_title} item {watched[0].number}, left out"
        return danger or (left_out, None)
    urgent = {
        alarm.item
        for alarm, value in scoring.alarms_reached(instrument, answers)
        if alarm.urgent_at_least is not None and value >= alarm.urgent_at_least
    }

    def gravity(pair: tuple[Decimal, Item]) -> tuple[bool, Decimal, int]:
        return pair[1].code in urgent, pair[0], pair[1].number

    value, item = max(given, key=gravity)
    words = f"{instrument.short_title} item {item.number}, {number(value)}"
    if _is_about_suicide(instrument) and total is not None:
        words = f"{words} (total {glance.total(instrument, total)})"
    return words, value > 0


def _of_total(instrument: Instrument, total: Decimal | None) -> tuple[str, bool | None] | None:
    least = telling_from(instrument)
    if total is None or least is None or total < least:
        return None
    if _is_about_suicide(instrument):
        words = f"{instrument.short_title} {glance.total(instrument, total)}"
        return words, total > instrument.minimum
    alarm = next(one for one in instrument.total_alarms if one.kind is AlarmKind.SUICIDE)
    return f"{instrument.short_title} {number(total)}: {alarm.meaning}", True


def _is_about_suicide(instrument: Instrument) -> bool:
    """Say whether a scale asks of nothing else, as C-SSRS does: its total is the risk."""
    return any(one.kind is AlarmKind.SUICIDE and not one.implied for one in instrument.total_alarms)


def find(checks: PreSession, known: SuicideFacts, at: datetime) -> Found:
    """Hold what the patient says today against the scores of the last two weeks and open alerts."""
    asked = f" ({checks.suicide_asked.strip()})" if not is_blank(checks.suicide_asked) else ""
    if checks.suicide is None:
        return LineState.MISSING, "Not asked about thoughts of suicide.", _SOURCE
    if checks.suicide is not YesNoUnknown.NO:
        return LineState.AMBER, f"{_OTHER_ANSWERS[checks.suicide]}{asked}", _SOURCE
    for one in known.answers:
        if one.is_positive and at - one.taken_at <= timedelta(days=SUICIDE_SCORE_DAYS):
            day = full_day(one.taken_at.astimezone(at.tzinfo).date())
            message = f"No{asked}, but on {day}: {one.words}."
            return LineState.AMBER, message, f"{one.scale}, last two weeks"
    if known.alerts:
        message = f"No{asked}, but an alert is open: {known.alerts[0]}."
        return LineState.AMBER, message, "An alert that nobody has acknowledged"
    return LineState.CLEAR, f"None told{asked}.", _SOURCE
