"""Outcomes in words: shares that may be told, definitions with their sources, and what is missing.

A share of few people is not told as a percentage: with nine, one person more is eleven percent.
"""

from collections.abc import Iterator

from tracker.domain.clinic.course_rules import CourseRules
from tracker.domain.formatting import number, times
from tracker.domain.instruments.model import Instrument
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.outcomes.definitions import LIMITS, MCINNES, OutcomeDefinitions
from tracker.domain.outcomes.figures import Flow
from tracker.domain.outcomes.paired import PairedChange
from tracker.domain.outcomes.proportion import Proportion
from tracker.domain.scores.interpretation import baseline_rule, reliable_size
from tracker.domain.scores.response import LOSS_SOURCE


def share(one: Proportion, people_min: int) -> str:
    """Write a share: `5 of 12: 42 % (19 to 68)`; of fewer than `people_min` only the two counts."""
    counted = f"{one.count} of {one.of}"
    if one.share is None or one.interval is None:
        return "nobody to count"
    if one.of < people_min:
        return counted
    low, high = one.interval
    return f"{counted}: {percent(one.share)} % ({percent(low)} to {percent(high)})"


def percent(part: float) -> str:
    """Write a share from 0 to 1 in whole percent; what is not nobody is never 0, nor 100 all."""
    rounded = round(part * 100)
    if rounded == 0 and part > 0:
        return "below 1"
    if rounded == 100 and part < 1:
        return "above 99"
    return str(rounded)


def change(one: PairedChange) -> str:
    """Write the mean change with its interval: `-7.9 (-11.0 to -4.8)`."""
    if one.change_ends is None:
        return tenths(one.change)
    low, high = one.change_ends
    return f"{tenths(one.change)} ({tenths(low)} to {tenths(high)})"


def tenths(value: float) -> str:
    """Write a number with one decimal, and its sign as a minus that is one."""
    return f"{value:.1f}".replace("-", "−").replace("−0.0", "0.0")


def sizes(one: PairedChange) -> str:
    """Write the two sizes that are both called Cohen's d, and which is which."""
    told = (
        (one.d_of_changes, "mean change by the standard deviation of the changes (d_z)"),
        (one.d_of_scores, "by the mean of the two standard deviations (d_av)"),
    )
    return "; ".join(
        f"{value:.2f}, {words}".replace("-", "−", 1) for value, words in told if value is not None
    )


def missing(flow: Flow) -> str:
    """Say how many are not in the result, and what they are counted as."""
    if not flow.missing:
        return ""
    verb = "has" if flow.missing == 1 else "have"
    return (
        f"{times(flow.missing, 'course')} of {flow.due} {verb} no score in the window. Beside the "
        "share of those observed stands the share with these counted as no response."
    )


def definitions(
    used: OutcomeDefinitions, scale: Instrument, rules: CourseRules
) -> Iterator[tuple[str, str, str]]:
    """Give each definition: its name, what holds, and the source."""
    change_rules = scale.change
    rule = baseline_rule(rules)
    yield "Baseline", f"{rule[0].upper()}{rule[1:]}.", CLINIC_DEFAULT
    entry = change_rules.entry_at_least or change_rules.entry_at_most
    if entry is not None:
        side = "or more" if change_rules.entry_at_least is not None else "or less"
        yield (
            "Ill enough to count",
            f"{number(entry)} {side} at baseline.",
            change_rules.entry_source,
        )
    yield (
        "Outcome",
        f"The score {used.window_from_days} to {used.window_until_days} days after the last dose "
        f"of the induction, the one nearest to day {used.window_nearest_days}.",
        LIMITS["window_from_days"].source,
    )
    yield from _results(used, scale)
    yield (
        "Whole induction",
        f"{used.induction_doses_min} to {used.induction_doses_max} doses in "
        f"{used.induction_days_min} to {used.induction_days_max} days.",
        MCINNES,
    )
    yield (
        "Sustained",
        f"A response that was not lost for {used.sustained_days} days.",
        LIMITS["sustained_days"].source,
    )
    yield (
        "Loss of response",
        "Two scores in a row out of response, or one that is also worse by a reliable change, or a "
        "new course.",
        f"{LOSS_SOURCE}; a new course counts as rescue (clinic default)",
    )
    yield (
        "Intervals",
        "95 %: of shares by Wilson, of means by Student's t, of curves by Kaplan and Meier with "
        f"the log of minus log. No percentage of fewer than {used.people_min}.",
        "Wilson 1927; Brown, Cai, DasGupta 2001, Stat Sci 16:101; Kaplan, Meier 1958",
    )


def _results(used: OutcomeDefinitions, scale: Instrument) -> Iterator[tuple[str, str, str]]:
    rules = scale.change
    if rules.response_fraction is not None:
        words = f"A fall by {number(rules.response_fraction * 100)} % of the baseline or more."
        if not scale.higher_is_worse:
            words = words.replace("A fall", "A rise")
        yield "Response", words, rules.response_source
    elif rules.response_points is not None:
        yield "Response", f"{number(rules.response_points)} points or more.", rules.response_source
    if (cut := used.cut(scale)) is not None:
        together = ", together with a reliable change" if rules.remission_needs_reliable else ""
        side = "or less" if scale.higher_is_worse else "or more"
        yield "Remission", f"{number(cut.at_most)} {side}{together}.", cut.source
    if rules.smallest_important is not None:
        size = f"{number(rules.smallest_important)} points or more"
        yield "Important change", f"{size}.", rules.smallest_important_source
    if (reliable := reliable_size(scale)) is not None:
        words = f"{number(reliable)} points or more: beyond the error of measurement (95 %)."
        yield "Reliable change", words, rules.reliable_source or rules.sem_source
    yield "Worse", f"{used.worse.label}.", MCINNES
