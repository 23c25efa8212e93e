"""What must hold between the parts of an instrument, and whether its own examples come out."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import pairwise

from tracker.domain.instruments import scoring, toml_parts
from tracker.domain.instruments.model import ChangeRules, Example, Instrument, Item, Method
from tracker.domain.problems import InvalidError
from tracker.domain.strict_table import Fault

_ROUNDED = Decimal("0.1")  # by how much a size may differ from what its error makes of it

Rule = Callable[[Instrument], Iterator[Fault]]


def faults(instrument: Instrument, broken: frozenset[str]) -> Iterator[Fault]:
    """Yield what does not fit together; what hangs on a part that is broken is not looked at."""
    unfit = set(broken)
    for rule, needs in _RULES:
        if not broken.intersection(needs):
            found = [*rule(instrument)]
            unfit.update(str(fault.path[0]) for fault in found)
            yield from found
    if instrument.items and unfit.isdisjoint(_SCORED_BY):
        yield from _examples(instrument)


def _range(instrument: Instrument) -> Iterator[Fault]:
    if instrument.minimum >= instrument.maximum:
        yield Fault(("maximum",), "must be above 'minimum'.")


def _bands(instrument: Instrument) -> Iterator[Fault]:
    low, high = instrument.minimum, instrument.maximum
    if instrument.bands and not instrument.bands_source.strip():
        yield Fault(("bands_source",), "is missing. Name the paper or manual of the bands.")
    for number, band in enumerate(instrument.bands):
        if not low <= band.lowest <= band.highest <= high:
            words = f"{band.label!r} lies outside the scale, {low} to {high}, or runs backwards."
            yield Fault(("bands", number), words)
    for number, (lower, upper) in enumerate(pairwise(instrument.bands), 1):
        if lower.highest >= upper.lowest:
            words = f"{lower.label!r} and {upper.label!r} overlap. List them from the lowest up."
            yield Fault(("bands", number), words)


def _change(instrument: Instrument) -> Iterator[Fault]:
    change, span = instrument.change, instrument.maximum - instrument.minimum
    for key in ("response_fraction", "smallest_important_fraction"):
        fraction = getattr(change, key)
        if fraction is not None and not 0 < fraction <= 1:
            yield Fault(("change", key), "must be above 0 and at most 1: half is 0.5.")
    for key in ("remission_at_most", "entry_at_least", "entry_at_most"):
        level = getattr(change, key)
        if level is not None and not instrument.minimum <= level <= instrument.maximum:
            yield Fault(("change", key), "must lie on the scale.")
    for key in ("response_points", "smallest_important", "sem", "reliable"):
        points = getattr(change, key)
        if points is not None and not 0 < points <= span:
            yield Fault(("change", key), f"must be above 0 and at most {span}.")
    yield from _entry(instrument)
    yield from _reliable(change)


def _entry(instrument: Instrument) -> Iterator[Fault]:
    """Look whether the level from which response counts is on the ill side of the scale."""
    change = instrument.change
    wrong, right = "entry_at_most", "entry_at_least"
    if not instrument.higher_is_worse:
        wrong, right = right, wrong
    if getattr(change, wrong) is not None:
        yield Fault(("change", wrong), f"goes with the other direction. Write {right!r}.")
    entry, remission = getattr(change, right), change.remission_at_most
    if (
        entry is not None
        and remission is not None
        and (entry <= remission if instrument.higher_is_worse else entry >= remission)
    ):
        yield Fault(("change", right), "must be more ill than remission.")


def _reliable(change: ChangeRules) -> Iterator[Fault]:
    if change.remission_needs_reliable and None in (change.reliable, change.remission_at_most):
        words = "needs 'remission_at_most' and 'reliable' (or 'sem')."
        yield Fault(("change", "remission_needs_reliable"), words)
    if change.sem is None or change.reliable is None:
        return
    size = toml_parts.reliable_size(change.sem)
    if abs(size - change.reliable) > _ROUNDED:
        words = f"is {change.reliable}, but 1.96 x sqrt(2) x {change.sem} is {size}. Remove one."
        yield Fault(("change", "reliable"), words)


def _neither(instrument: Instrument) -> Iterator[Fault]:
    """Look for rules that need a better end, on a scale that has none."""
    if not instrument.neither_is_better:
        return
    change = instrument.change
    for key in ("response_fraction", "response_points", "remission_at_most", "entry_at_least"):
        if getattr(change, key) is not None:
            yield Fault(("change", key), "needs a direction in which the scale gets better.")


def _reverse(instrument: Instrument) -> Iterator[Fault]:
    for number, item in enumerate(instrument.items):
        if not item.reverse:
            continue
        path = ("items", number, "reverse")
        values = {choice.value for choice in item.choices}
        if not item.scored:
            yield Fault(path, "goes with questions that are scored.")
        elif instrument.scoring.method is Method.LEVEL:
            yield Fault(path, 'does not go with the method "level".')
        elif values != {item.counts(value) for value in values}:
            words = "needs answers as far apart from either end, as 0, 1, 2, 3 are."
            yield Fault(path, words)


def _codes(instrument: Instrument) -> Iterator[Fault]:
    lists: dict[str, list[str]] = {
        "items": [item.code for item in instrument.items],
        "subscales": [part.code for part in instrument.subscales],
        "patterns": [pattern.code for pattern in instrument.patterns],
    }
    for key, codes in lists.items():
        for number, code in enumerate(codes):
            if code in codes[:number]:
                yield Fault((key, number, "code"), f"{code!r} is used twice. Give it another.")


def _choices(instrument: Instrument) -> Iterator[Fault]:
    for number, item in enumerate(instrument.items):
        values = [choice.value for choice in item.choices]
        if len(values) < 2 or len(set(values)) < len(values):
            yield Fault(
                ("items", number, "choices"), "must be two answers or more, each of another value."
            )


def _conditions(instrument: Instrument) -> Iterator[Fault]:
    for number, item in enumerate(instrument.items):
        earlier = [other.code for other in instrument.items[:number]]
        if item.asked_if and item.asked_if not in earlier:
            words = f"{item.asked_if!r} is no earlier question. Name the code of one above."
            yield Fault(("items", number, "asked_if"), words)


def _references(instrument: Instrument) -> Iterator[Fault]:
    """Look for names of questions and groups that there are none of."""
    codes = {item.code for item in instrument.items}
    clusters = {item.cluster for item in instrument.items}
    named: list[tuple[tuple[str | int, ...], Iterable[str], set[str]]] = [
        *((("subscales", n, "items"), s.items, codes) for n, s in enumerate(instrument.subscales)),
        *((("alarms", n, "item"), (a.item,), codes) for n, a in enumerate(instrument.alarms)),
        *((("patterns", n, "needs"), p.needs, clusters) for n, p in enumerate(instrument.patterns)),
        *(
            (("scoring", "levels", n, "any_of"), level.any_of, codes)
            for n, level in enumerate(instrument.scoring.levels)
        ),
    ]
    for path, names, known in named:
        for name in names:
            if name not in known:
                what = "group" if path[0] == "patterns" else "question"
                yield Fault(path, f"there is no {what} {name!r}.")


def _alarms(instrument: Instrument) -> Iterator[Fault]:
    for number, alarm in enumerate(instrument.alarms):
        item = instrument.item(alarm.item)
        highest = max((choice.value for choice in item.choices), default=None) if item else None
        for key in ("at_least", "urgent_at_least"):
            value = getattr(alarm, key)
            if highest is not None and value is not None and value > highest:
                yield Fault(("alarms", number, key), f"no answer reaches {value}.")
        if alarm.urgent_at_least is not None and alarm.urgent_at_least < alarm.at_least:
            yield Fault(("alarms", number, "urgent_at_least"), "must not be below 'at_least'.")


def _total_alarms(instrument: Instrument) -> Iterator[Fault]:
    for number, alarm in enumerate(instrument.total_alarms):
        for key in ("at_least", "urgent_at_least"):
            value = getattr(alarm, key)
            if value is not None and not instrument.minimum <= value <= instrument.maximum:
                yield Fault(("total_alarms", number, key), "must lie on the scale.")
        if alarm.urgent_at_least is not None and alarm.urgent_at_least < alarm.at_least:
            words = "must not be below 'at_least'."
            yield Fault(("total_alarms", number, "urgent_at_least"), words)
        if not instrument.higher_is_worse or instrument.neither_is_better:
            words = "goes with scales of which higher is worse."
            yield Fault(("total_alarms", number, "at_least"), words)


def _totals(instrument: Instrument) -> Iterator[Fault]:
    if not instrument.items:
        return
    count = len(instrument.scored_items)
    if not count:
        yield Fault(("items",), "none of them is scored. Remove 'scored = false' from some.")
    elif instrument.scoring.method is Method.LEVEL:
        yield from _levels(instrument)
    elif not any(item.optional for item in instrument.scored_items):
        yield from _ends(instrument)
    if instrument.scoring.missing_allowed >= max(count, 1):
        words = f"must be below {count}, the number of questions that count."
        yield Fault(("scoring", "missing_allowed"), words)


def _ends(instrument: Instrument) -> Iterator[Fault]:
    """Compare the ends of the scale with what the answers can come to."""
    ends = (("minimum", min, instrument.minimum), ("maximum", max, instrument.maximum))
    for key, end, stated in ends:
        total = sum((_end(item, end) for item in instrument.scored_items), Decimal(0))
        if instrument.scoring.method is Method.MEAN:
            total /= len(instrument.scored_items)
        total *= instrument.scoring.times
        if total != stated:
            words = f"is {stated}, but the answers come to {total}. Correct it or the answers."
            yield Fault((key,), words)


def _end(item: Item, end: Callable[..., Decimal]) -> Decimal:
    return end((choice.value for choice in item.choices), default=Decimal(0))


def _times(instrument: Instrument) -> Iterator[Fault]:
    times = instrument.scoring.times
    if not times or (times > 1 and instrument.scoring.method is not Method.SUM):
        words = 'must be at least 1, and goes with the method "sum" alone.'
        yield Fault(("scoring", "times"), words)


def _levels(instrument: Instrument) -> Iterator[Fault]:
    if not instrument.scoring.levels:
        yield Fault(
            ("scoring", "levels"), 'is missing. The method "level" needs [[scoring.levels]].'
        )
    if instrument.scoring.missing_allowed:
        yield Fault(("scoring", "missing_allowed"), 'goes with the methods "sum" and "mean" alone.')
    for number, level in enumerate(instrument.scoring.levels):
        if not instrument.minimum <= level.total <= instrument.maximum:
            yield Fault(("scoring", "levels", number, "total"), "must lie on the scale.")


def _needs_items(instrument: Instrument) -> Iterator[Fault]:
    for key in ("subscales", "patterns", "alarms", "examples"):
        if getattr(instrument, key) and not instrument.items:
            yield Fault((key,), "goes with questions, and there are none. Add [[items]].")
    if instrument.items and not instrument.examples:
        words = "is missing. Add one worked example at least, so that the scoring can be checked."
        yield Fault(("examples",), words)


def _examples(instrument: Instrument) -> Iterator[Fault]:
    for number, example in enumerate(instrument.examples):
        path = ("examples", number)
        try:
            result = scoring.score(instrument, example.answers)
        except InvalidError as error:
            yield Fault((*path, "answers"), error.problems[0].message)
            continue
        for key, stated, found in _comparisons(instrument, example, result):
            if stated != found:
                words = f"says {_as_text(stated)}, but its answers come to {_as_text(found)}."
                yield Fault((*path, key), words)


def _comparisons(
    instrument: Instrument, example: Example, result: scoring.Result
) -> Iterator[tuple[str, object, object]]:
    yield "total", example.total, result.total
    yield "completeness", str(example.completeness), str(result.completeness)
    if example.band:
        band = instrument.band(result.total) if result.total is not None else None
        yield "band", example.band, band.label if band else None
    parts = {part.code: value for part, value in result.subscales}
    for code, stated in example.subscales.items():
        yield "subscales", stated, parts.get(code)
    patterns = {pattern.code: holds for pattern, holds in result.patterns}
    for code, holds in example.patterns.items():
        yield "patterns", holds, patterns.get(code)
    raised = sorted(alarm.item for alarm, _ in result.raised)
    yield "alarms", sorted(example.alarms), raised


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "no total" if value is None else str(value)


_SCORED_BY = (
    *("minimum", "maximum", "items", "choices", "scoring", "subscales", "patterns", "alarms"),
    *("bands", "examples"),
)
_RULES: tuple[tuple[Rule, tuple[str, ...]], ...] = (
    (_range, ("minimum", "maximum")),
    (_bands, ("minimum", "maximum", "bands", "bands_source")),
    (_change, ("minimum", "maximum", "direction", "change")),
    (_neither, ("direction", "change")),
    (_codes, ("items", "subscales", "patterns")),
    (_choices, ("items", "choices")),
    (_reverse, ("items", "choices", "scoring")),
    (_times, ("scoring",)),
    (_conditions, ("items",)),
    (_references, ("items", "subscales", "alarms", "patterns", "scoring")),
    (_alarms, ("items", "choices", "alarms")),
    (_total_alarms, ("minimum", "maximum", "direction", "total_alarms")),
    (_totals, ("minimum", "maximum", "items", "choices", "scoring")),
    (_needs_items, ("items", "subscales", "patterns", "alarms", "examples")),
)
