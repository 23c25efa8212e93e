"""A verdict in a few words: the same on the tiles of a patient, in lists and in alt texts."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from tracker.domain.formatting import number
from tracker.domain.instruments.model import Instrument
from tracker.domain.scores import text as score_text
from tracker.domain.scores.interpretation import Certainty, ScoreChange, Verdict

TOO_SMALL = "too small to matter to most people"


class Tone(StrEnum):
    """How a verdict looks, beside its words: by shape and colour."""

    GOOD = "good"  # in response or in remission, by more than can be chance
    PART = "part"  # better by a change that is real or matters, short of response
    PLAIN = "plain"  # nothing that is known to be more than chance
    BAD = "bad"  # worse by a change that is real or matters


def tone(verdict: Verdict) -> Tone:
    """Say how a verdict looks; what can be chance is never called better or worse."""
    change = verdict.since_baseline
    if change is None or change.better is None or not _is_beyond_chance(change):
        return Tone.PLAIN
    if verdict.response or verdict.remission:
        return Tone.GOOD
    return Tone.PART if change.better else Tone.BAD


def is_worse(change: ScoreChange) -> bool:
    """Say whether a change is for the worse, and more than can be chance."""
    return change.better is False and _is_beyond_chance(change)


def _is_beyond_chance(change: ScoreChange) -> bool:
    """Say whether a change may be called better or worse: real, or large with no error known."""
    if change.certainty is Certainty.IMPORTANT_ONLY:
        return change.reliable is None
    return change.certainty is Certainty.RELIABLE


def total(instrument: Instrument, value: Decimal) -> str:
    """Write a total with the name of its range, where it has one: `12, moderate`."""
    found = instrument.band(value)
    return number(value) + (f", {found.label.lower()}" if found else "")


def in_few_words(verdict: Verdict) -> str:
    """Write a verdict on one line: `7 better than 19: real, short of response`."""
    change = verdict.since_baseline
    if change is None:
        return _without_change(verdict)
    judged = judgement(verdict, change)
    return f"{comparison(change)}: {judged}" if judged else comparison(change)


def judgement(verdict: Verdict, change: ScoreChange) -> str:
    """Write what a change since baseline is worth: `real, short of response`; '' where nothing."""
    return ", ".join(_judgements(verdict, change))


def comparison(change: ScoreChange) -> str:
    """Write a change beside the score that it is from: `7 better than 19`.

    One that can be chance is only more or less.
    """
    start = number(change.earlier.total)
    if not change.points:
        return f"the same as {start}"
    if change.better is None or not _is_beyond_chance(change):
        return f"{number(change.size)} {'more' if change.points > 0 else 'less'} than {start}"
    return f"{number(change.size)} {'better' if change.better else 'worse'} than {start}"


def certainty(change: ScoreChange) -> str:
    """Say what may be said of a change: `real`, `matters, but can be chance`, `can be chance`."""
    if not change.points:
        return ""
    match change.certainty:
        case Certainty.RELIABLE:
            return f"real, but {TOO_SMALL}" if change.important is False else "real"
        case Certainty.IMPORTANT_ONLY:
            if change.reliable is None:
                return "matters; whether it is chance is not known"
            return "matters, but can be chance"
        case Certainty.WITHIN_ERROR:
            return "can be chance"
    return TOO_SMALL if change.important is False else _ranges(change)


def _ranges(change: ScoreChange) -> str:
    """Say which ranges a change leads from and to, where nobody knows how much matters."""
    if change.bands is None:
        return "how much matters is not known"
    left, reached = (band.label.lower() for band in change.bands)
    return f"from {left} to {reached}"


def _judgements(verdict: Verdict, change: ScoreChange) -> Iterator[str]:
    if words := certainty(change):
        yield words
    if verdict.below_entry and score_text.levels_defined(verdict.instrument):
        yield score_text.entry_note(verdict.instrument)
        return
    match verdict.response, verdict.remission:
        case True, True:
            yield "response and remission"
        case True, _:
            yield "response"
        case _, True:
            yield "remission"
        case False, _ if change.better and _is_beyond_chance(change):
            yield "short of response"


def _without_change(verdict: Verdict) -> str:
    if verdict.is_baseline:
        return "the baseline"
    if verdict.baseline is not None:
        return f"not compared with the baseline of {number(verdict.baseline.total)}"
    return "no baseline"
