"""What answers come to: the total, its parts, patterns, and the answers somebody must look at."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from tracker.domain.codes import Completeness
from tracker.domain.instruments.model import (
    Alarm,
    Instrument,
    Item,
    Method,
    Pattern,
    Subscale,
    TotalAlarm,
)
from tracker.domain.problems import InvalidError, Problem

Answers = Mapping[str, Decimal | None]


class Result(Struct, frozen=True, kw_only=True):
    """What a set of answers comes to; `total` is None when too much is missing.

    `missing` are the codes of questions that count and were not answered. A pattern is None when
    the missing answers could decide it. `raised` are the answers that reach an alarm, and
    `suicide_missing` the suicide items without an answer, whatever became of the total.
    """

    total: Decimal | None
    completeness: Completeness
    missing: tuple[str, ...]
    subscales: tuple[tuple[Subscale, Decimal | None], ...] = ()
    patterns: tuple[tuple[Pattern, bool | None], ...] = ()
    raised: tuple[tuple[Alarm, Decimal], ...] = ()
    suicide_missing: tuple[str, ...] = ()


def check_answers(instrument: Instrument, answers: Answers) -> list[Problem]:
    """List every answer that cannot be, beside the code of its question."""
    return [*_check_answers(instrument, answers)]


def _check_answers(instrument: Instrument, answers: Answers) -> Iterator[Problem]:
    for code, value in answers.items():
        item = instrument.item(code)
        if item is None:
            yield Problem(code, f"{instrument.short_title} has no such question.")
        # A signalling NaN raises when it is compared, so finite comes first.
        elif value is not None and not (value.is_finite() and item.choice(value)):
            allowed = ", ".join(str(choice.value) for choice in item.choices)
            yield Problem(code, f"Question {item.number}: choose one of {allowed}.")


def is_asked(item: Item, answers: Answers) -> bool:
    """Say whether a question is put at all: some are only after a yes to an earlier one."""
    return not item.asked_if or (answers.get(item.asked_if) or 0) >= 1


def score(instrument: Instrument, answers: Answers) -> Result:
    """Add up what was answered; raise InvalidError for an answer that cannot be."""
    if problems := check_answers(instrument, answers):
        raise InvalidError(problems)
    given = {code: value for code, value in answers.items() if value is not None}
    counted = {
        item.code: item.counts(given[item.code]) for item in _items_with_answers(instrument, given)
    }
    missing = tuple(
        item.code
        for item in instrument.scored_items
        if item.code not in given and not item.optional and is_asked(item, given)
    )
    completeness = _completeness(instrument, given, missing)
    return Result(
        total=_total(instrument, counted, completeness),
        completeness=completeness,
        missing=missing,
        subscales=tuple((part, _part(part, counted)) for part in instrument.subscales),
        patterns=tuple((p, _holds(p, instrument, counted)) for p in instrument.patterns),
        raised=tuple(alarms_reached(instrument, given)),
        suicide_missing=tuple(item.code for item in suicide_items_left_out(instrument, given)),
    )


def _items_with_answers(instrument: Instrument, given: Mapping[str, Decimal]) -> Iterator[Item]:
    return (item for item in instrument.items if item.code in given)


def alarms_reached(instrument: Instrument, answers: Answers) -> Iterator[tuple[Alarm, Decimal]]:
    """Yield each alarm of an instrument that an answer reaches, with the answer as it was given.

    Whoever asks whether an answer is about suicide asks here: alerts, pages and imports.
    """
    for alarm in instrument.alarms:
        value = answers.get(alarm.item)
        if value is not None and value >= alarm.at_least:
            yield alarm, value


def total_alarms_reached(
    instrument: Instrument, total: Decimal | None, answers: Answers
) -> Iterator[TotalAlarm]:
    """Yield each alarm that a total reaches, unless the answers tell of the same danger already."""
    answered = any(value is not None for value in answers.values())
    told = {alarm.kind for alarm, _ in alarms_reached(instrument, answers)}
    for alarm in instrument.total_alarms:
        is_said = alarm.kind in told or (alarm.implied and answered)
        if total is not None and total >= alarm.at_least and not is_said:
            yield alarm


def is_danger(instrument: Instrument, total: Decimal) -> bool:
    """Say whether a total is a danger by itself, as C-SSRS moderate or mania is."""
    return any(total_alarms_reached(instrument, total, {}))


def suicide_items_left_out(instrument: Instrument, answers: Answers) -> Iterator[Item]:
    """Yield each suicide item that is put, by the other answers, and has none of its own."""
    for item in instrument.items:
        watched = item.code in instrument.safety_items
        if watched and answers.get(item.code) is None and is_asked(item, answers):
            yield item


def _completeness(
    instrument: Instrument, given: Mapping[str, Decimal], missing: tuple[str, ...]
) -> Completeness:
    answered = any(item.code in given for item in instrument.scored_items)
    if answered and not missing:
        return Completeness.COMPLETE
    if answered and len(missing) <= instrument.scoring.missing_allowed:
        return Completeness.PRORATED
    return Completeness.INCOMPLETE


def _total(
    instrument: Instrument, given: Mapping[str, Decimal], completeness: Completeness
) -> Decimal | None:
    if completeness is Completeness.INCOMPLETE:
        return None
    scoring = instrument.scoring
    if scoring.method is Method.LEVEL:
        reached = [
            level.total
            for level in scoring.levels
            if any(given.get(code, Decimal(0)) >= 1 for code in level.any_of)
        ]
        return max(reached, default=instrument.minimum)
    values = [given[item.code] for item in instrument.scored_items if item.code in given]
    total = sum(values, Decimal(0))
    if scoring.method is Method.MEAN:
        step = Decimal(1).scaleb(-scoring.decimals)
        return (total / len(values)).quantize(step, ROUND_HALF_UP)
    if completeness is Completeness.PRORATED:
        # Multiplied first: a third of something would no longer be exact.
        whole = total * len(instrument.scored_items) / len(values)
        total = whole.quantize(Decimal(1), ROUND_HALF_UP)
    return total * scoring.times


def _part(part: Subscale, given: Mapping[str, Decimal]) -> Decimal | None:
    if not all(code in given for code in part.items):
        return None
    return sum((given[code] for code in part.items), Decimal(0))


def _holds(pattern: Pattern, instrument: Instrument, given: Mapping[str, Decimal]) -> bool | None:
    """Count each cluster; None where the answers that are missing could still decide it."""
    sure = True
    for cluster, needed in pattern.needs.items():
        codes = [item.code for item in instrument.items if item.cluster == cluster]
        reached = sum(code in given and given[code] >= pattern.at_least for code in codes)
        if reached + sum(code not in given for code in codes) < needed:
            return False
        sure = sure and reached >= needed
    return True if sure else None
