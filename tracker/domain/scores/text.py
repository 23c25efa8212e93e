"""What one score says, in words for clinicians; what patients read takes its rules from here."""

from collections.abc import Iterator
from decimal import Decimal

from tracker.domain.courses.course import Course
from tracker.domain.formatting import number, times
from tracker.domain.instruments.model import Instrument
from tracker.domain.scores import interpretation
from tracker.domain.scores.baseline import age_days, is_before_start
from tracker.domain.scores.interpretation import Certainty, ScoreChange, Verdict
from tracker.domain.scores.points import ScorePoint


def sentence_for_clinician(verdict: Verdict) -> str:
    """Say what a score says, with the rules that it is judged by."""
    return " ".join(_for_clinician(verdict))


def noun(change: ScoreChange) -> str:
    """Name the direction of a change."""
    return "rise" if change.points > 0 else "fall"


def fall_or_rise(change: ScoreChange) -> str:
    """Write a change in numbers: `18 to 9: a fall of 9`, and say so where it is for the worse."""
    totals = f"{number(change.earlier.total)} to {number(change.later.total)}"
    if not change.points:
        return f"{totals}: no change"
    judged = ", for the worse" if change.better is False else ""
    return f"{totals}: a {noun(change)} of {number(change.size)}{judged}"


def worth(change: ScoreChange) -> str:
    """Say whether a change of this size is real and whether it matters; '' where nobody knows."""
    if not change.points:
        return ""
    matters, real = change.important_size, change.reliable_size
    if real is None:
        return "" if matters is None else _matters(change, matters)
    if change.size >= real:
        more = " " + _maybe_small(change, matters) if matters and matters > change.size else ""
        return f"A {noun(change)} of {number(real)} or more is usually a real change.{more}"
    if matters is not None and change.size >= matters:
        return (
            f"A {noun(change)} of {number(matters)} or more matters to most people, "
            f"but less than {number(real)} can still be chance."
        )
    return f"A {noun(change)} of less than {number(real)} can be chance."


def _matters(change: ScoreChange, matters: Decimal) -> str:
    """Say what a change means whose measurement error nobody knows."""
    if change.size < matters:
        return _maybe_small(change, matters)
    size = number(matters)
    return f"A {noun(change)} of {size} or more matters to most people. {CHANCE_UNKNOWN}"


CHANCE_UNKNOWN = "Whether it is more than chance is not known."
SIZE_UNKNOWN = "How large a change on this scale has to be is not known."


def _maybe_small(change: ScoreChange, matters: Decimal) -> str:
    return f"A {noun(change)} of less than {number(matters)} is too small to matter to most people."


def short(change: ScoreChange) -> str:
    """Write a change for a table: `−9, real`, `−5, matters`, `+2, worse, can be chance`.

    It is real only where it is beyond the error of measurement, and matters only where it is as
    large as matters to people; one that matters can be chance.
    """
    if not change.points:
        return "0"
    sign = "+" if change.points > 0 else ""
    words = [f"{sign}{number(change.points)}"]
    if change.better is False:
        words.append("worse")
    if change.reliable:
        words.append("real")
    elif change.important:
        words.append("matters")
    if change.reliable is False:
        words.append("can be chance")
    return ", ".join(words)


def important_rule(instrument: Instrument) -> str:
    """Write from which size a change matters: `5 or more`, `17.5 % or more, at least 3 points`."""
    rules, fraction = instrument.change, instrument.change.smallest_important_fraction
    points = rules.smallest_important
    size = "" if points is None else number(interpretation.whole_size(instrument, points))
    if fraction is None:
        return f"{size} or more" if size else ""
    least = f", at least {size} points," if size and size != "1" else ""
    return f"{number(fraction * 100)} % of the score before it or more{least}"


def response_rule(instrument: Instrument) -> str:
    """Write what response is, counted from baseline."""
    rules = instrument.change
    word = "fall" if instrument.higher_is_worse else "rise"
    if rules.response_fraction is None:
        return f"a {word} of {number(rules.response_points or 0)}"
    if instrument.higher_is_worse and rules.response_fraction * 2 == 1:
        return "half of baseline"
    return f"a {word} of {number(rules.response_fraction * 100)} % of baseline"


def remission_rule(instrument: Instrument) -> str:
    """Write where remission begins, `4 or less`, and what else it needs; '' where undefined."""
    level = instrument.change.remission_at_most
    if level is None:
        return ""
    side = "less" if instrument.higher_is_worse else "more"
    words = f"{number(level)} or {side}"
    size = interpretation.reliable_size(instrument)
    if not instrument.change.remission_needs_reliable or size is None:
        return words
    return f"{words}, with a change of {number(size)} or more"


def entry_rule(instrument: Instrument) -> str:
    """Write from which baseline response and remission count: `10 or more`; '' where from any."""
    rules = instrument.change
    if rules.entry_at_most is not None:
        return f"{number(rules.entry_at_most)} or less"
    return "" if rules.entry_at_least is None else f"{number(rules.entry_at_least)} or more"


def entry_note(instrument: Instrument) -> str:
    """Say why response and remission are not counted from a baseline that is not ill enough."""
    most, least = instrument.change.entry_at_most, instrument.change.entry_at_least
    level = f"below {number(least or 0)}" if most is None else f"above {number(most)}"
    return f"{levels_defined(instrument)} not counted: baseline {level}"


def no_baseline(verdict: Verdict) -> str:
    """Say that there is nothing to compare with, and why."""
    return f"No baseline: {why_no_baseline(verdict)}."


def why_no_baseline(verdict: Verdict) -> str:
    """Say why there is nothing to compare with, and what came nearest to it."""
    course = verdict.course
    if course is None:
        return "no dose yet"
    dose = "the first dose" if course.number == 1 else f"the first dose of course {course.number}"
    near = verdict.basis.passed_over
    nearest = "" if near is None else f"; the nearest was taken {_distance(near, course)}"
    return f"no score in the {verdict.rules.baseline_days} days before {dose}{nearest}"


def _distance(score: ScorePoint, course: Course) -> str:
    """Write how far a score lies from the first dose: `10 minutes after the start`."""
    days = age_days(score, course)
    if is_before_start(score, course):
        return f"{times(days, 'day')} before the first dose"
    if days < 0:
        return f"{times(-days, 'day')} after the start"
    if not score.time_known:
        return "hours after the start"
    minutes = max(1, int((score.at - course.first_at).total_seconds() // 60))
    whole = times(minutes, "minute") if minutes < 60 else times(minutes // 60, "hour")
    return f"{whole} after the start"


def place(verdict: Verdict) -> tuple[str, str]:
    """Say where a score lies that is not compared with its baseline, for patient and clinician."""
    start = verdict.baseline
    if start is None or verdict.score.at < start.at:
        return "It is older than", "Taken before"
    if verdict.score.at == start.at:
        return "It is from the same time as", "Taken at the same time as"
    return (
        "It is from before the first session, but newer than",
        "Taken before the first dose, after",
    )


def _for_clinician(verdict: Verdict) -> Iterator[str]:
    if verdict.since_baseline is not None:
        yield f"{fall_or_rise(verdict.since_baseline)}."
    else:
        yield f"{number(verdict.score.total)}{band(verdict)}."
        yield _status(verdict)
    yield from judgement(verdict)


def _status(verdict: Verdict) -> str:
    if verdict.is_baseline:
        return "This is the baseline."
    if verdict.baseline is not None:
        return f"{place(verdict)[1]} the baseline of {number(verdict.baseline.total)}."
    return no_baseline(verdict)


def judgement(verdict: Verdict) -> Iterator[str]:
    """Say all that a score means beside its numbers: sizes, levels, the score before, caveats."""
    change, last = verdict.since_baseline, last_change(verdict)
    if change is not None:
        yield from _size_sentences(change)
    yield from _levels(verdict)
    if change is not None and change.bands is not None:
        left, reached = (band.label.lower() for band in change.bands)
        yield f"Range: {left} at baseline, then {reached}."
    if last is not None:
        yield f"Since the score before, {fall_or_rise(last)}{_briefly(last)}."
    yield from _marks_for_clinician(verdict)


def _size_sentences(change: ScoreChange) -> Iterator[str]:
    if words := worth(change):
        yield words
    elif change.points:
        yield SIZE_UNKNOWN


def _briefly(change: ScoreChange) -> str:
    """Say of a change in passing what `worth` says of it with its sizes."""
    if not change.points:
        return ""
    match change.certainty, change.reliable:
        case Certainty.RELIABLE, _:
            return "; this is usually real"
        case Certainty.IMPORTANT_ONLY, False:
            return "; this matters to most people, but can be chance"
        case Certainty.IMPORTANT_ONLY, _:
            return "; this matters to most people"
        case Certainty.WITHIN_ERROR, _:
            return "; this can be chance"
    return "; this is too small to matter to most people" if change.important is False else ""


def _levels(verdict: Verdict) -> Iterator[str]:
    """Say whether response and remission are met, each with its rule."""
    instrument = verdict.instrument
    response = f"response ({response_rule(instrument)})"
    level = remission_rule(instrument)
    if verdict.below_entry and levels_defined(instrument):
        note = entry_note(instrument)
        yield f"{note[:1].upper()}{note[1:]}."
    match (verdict.response, verdict.remission):
        case (True, True):
            yield f"This meets {response} and remission ({level})."
        case (False, True):
            yield f"This meets remission ({level}), but not {response}."
        case (bool() as met, False):
            yield f"This {_meets(met=met)} {response}; remission is {level}."
        case (bool() as met, None):
            yield f"This {_meets(met=met)} {response}."
        case (None, bool() as met):
            yield f"This {_meets(met=met)} remission ({level})."


def levels_defined(instrument: Instrument) -> str:
    """Name which of response and remission an instrument defines; '' where neither."""
    rules = instrument.change
    has_response = rules.response_fraction is not None or rules.response_points is not None
    names = ["response"] * has_response + ["remission"] * (rules.remission_at_most is not None)
    return " and ".join(names)


def _meets(*, met: bool) -> str:
    return "meets" if met else "does not meet"


def _marks_for_clinician(verdict: Verdict) -> Iterator[str]:
    change = verdict.since_baseline
    yield from _rivals(verdict)
    if verdict.score.prorated:
        yield "This score is prorated: answers are missing."
    if change is not None and change.earlier.prorated:
        yield "The baseline is prorated."
    if change is not None and change.other_version:
        now, then = change.later.version, change.earlier.version
        yield f"Version {now} of the form is compared with version {then}."
    elif verdict.since_last is not None and verdict.since_last.other_version:
        now, then = verdict.since_last.later.version, verdict.since_last.earlier.version
        yield f"Version {now} of the form; the score before is of version {then}."


def _rivals(verdict: Verdict) -> Iterator[str]:
    """Ask about baselines of one instant: nobody but a clinician knows which is a slip."""
    start, rivals = verdict.baseline, verdict.basis.rivals
    if start is None or not rivals:
        return
    totals = [number(point.total) for point in (*rivals[::-1], start)]
    count = "Two" if len(totals) == 2 else str(len(totals))
    wrong = "void one" if len(totals) == 2 else "void all but one"
    yield (
        f"{count} scores at the same time at the start: {', '.join(totals[:-1])} and {totals[-1]}; "
        f"{wrong}. Until then {totals[-1]} counts."
    )


def band(verdict: Verdict) -> str:
    """Write the band of a score in brackets, '' where it has none."""
    return "" if verdict.band is None else f" ({verdict.band.label.lower()})"


def last_change(verdict: Verdict) -> ScoreChange | None:
    """Pick the change since the score before, where that says more than the one since baseline."""
    last = verdict.since_last
    return None if last is None or last.earlier is verdict.baseline else last
