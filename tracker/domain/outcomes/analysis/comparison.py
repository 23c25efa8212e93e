"""Groups beside each other, and how far apart they are when what they began with is allowed for."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.outcomes.analysis.least_squares import FittedLine, least_squares
from tracker.domain.outcomes.analysis.participants import Participant, levels, reference
from tracker.domain.outcomes.analysis.question import AnalysisQuestion
from tracker.domain.outcomes.paired import (
    PairedChange,
    PairSums,
    paired_change,
    standard_deviation,
)
from tracker.domain.outcomes.proportion import Proportion

LEVELS_MAX = 6  # more are no groups: a name, a number, a day
INTERCEPT, BEFORE = "Intercept", "score before"
ONE, NONE = Decimal(1), Decimal(0)


class GroupFigures(Struct, frozen=True, kw_only=True):
    """One group: how many there are, and what those with scores have.

    `counted` are those observed whose later total is at least as much as was asked; in
    `counted_of_all` everybody whom nobody saw later counts as without.
    """

    groups: tuple[str, ...]
    n: int
    with_before: int
    with_after: int
    after: float | None
    after_sd: float | None
    pair: PairedChange | None
    counted: Proportion | None
    counted_of_all: Proportion | None

    @property
    def name(self) -> str:
        """Name the group."""
        return ", ".join(self.groups) or "All"

    @property
    def share_of_before(self) -> float | None:
        """Give the change of the mean as a share of the mean before; None where that is 0."""
        if self.pair is None or self.pair.before <= 0:
            return None
        return self.pair.change / self.pair.before


class GroupComparison(Struct, frozen=True, kw_only=True):
    """Groups, and the adjusted difference between them.

    `n` courses or people are of `people`. `without_group` have none recorded. `left_out` are groups
    of too few for a difference, and `too_many` factors with more different words than groups have.
    """

    n: int
    people: int
    without_group: int
    groups: tuple[GroupFigures, ...]
    formula: str = ""
    line: FittedLine | None = None
    left_out: tuple[str, ...] = ()
    too_many: tuple[str, ...] = ()


class Design(Struct, frozen=True):
    """The columns of a model: their names, and what stands in them of one who is followed."""

    names: tuple[str, ...]
    picks: tuple[tuple[int, str], ...]

    def row(self, one: Participant) -> list[Decimal]:
        """Give 1 for each group that somebody is of, else 0."""
        return [ONE if one.groups[factor] == level else NONE for factor, level in self.picks]


def design(followed: Sequence[Participant], question: AnalysisQuestion) -> Design:
    """Give each group a column, but the one of each factor that others are held against."""
    names, picks = [], []
    for factor, title in enumerate(question.factors):
        of_factor = levels(followed, factor)
        if not of_factor:
            continue
        first = reference(of_factor, question.against)
        for level in of_factor:
            if level != first:
                names.append(f"{title}: {level} against {first}")
                picks.append((factor, level))
    return Design(tuple(names), tuple(picks))


def compare(
    followed: Sequence[Participant], question: AnalysisQuestion, people_min: int
) -> GroupComparison:
    """Put groups beside each other; a difference only between those of `people_min` pairs."""
    too_many = tuple(
        title
        for factor, title in enumerate(question.factors)
        if len(levels(followed, factor)) > LEVELS_MAX
    )
    known = [one for one in followed if None not in one.groups]
    found = GroupComparison(
        n=len(followed),
        people=len({one.person for one in followed}),
        without_group=len(followed) - len(known),
        groups=(),
        too_many=too_many,
    )
    if too_many:
        return found
    names = sorted({one.groups for one in known})
    line, left_out = _adjusted_line(known, question, people_min)
    return replace(
        found,
        groups=tuple(
            _group([one for one in known if one.groups == name], question.at_least)
            for name in names
        ),
        formula=formula("score after", [BEFORE], question),
        line=line,
        left_out=left_out,
    )


def formula(left: str, first: Iterable[str], question: AnalysisQuestion) -> str:
    """Write what is fitted by what."""
    return f"{left} ~ {' + '.join([*first, *question.factors])}"


def of_large_groups(
    some: Sequence[Participant], question: AnalysisQuestion, people_min: int
) -> tuple[list[Participant], tuple[str, ...]]:
    """Leave out who is in a group of fewer than so many; give the others, and the small groups."""
    few = {
        (factor, level)
        for factor in range(len(question.factors))
        for level in levels(some, factor)
        if sum(one.groups[factor] == level for one in some) < people_min
    }
    large = [one for one in some if few.isdisjoint(enumerate(one.groups))]
    return large, tuple(sorted(level for _factor, level in few))


def _adjusted_line(
    known: Sequence[Participant], question: AnalysisQuestion, people_min: int
) -> tuple[FittedLine | None, tuple[str, ...]]:
    """Fit the score after by the one before and the groups: Vickers, Altman 2001, BMJ 323:1123."""
    pairs = [one for one in known if None not in (one.before, one.after)]
    pairs, left_out = of_large_groups(pairs, question, people_min)
    columns = design(pairs, question)
    if not columns.names:
        return None, left_out
    rows = [[ONE, one.before or NONE, *columns.row(one)] for one in pairs]
    seen = [one.after or NONE for one in pairs]
    return least_squares((INTERCEPT, BEFORE, *columns.names), rows, seen), left_out


def _group(some: Sequence[Participant], at_least: Decimal | None) -> GroupFigures:
    after = [one.after for one in some if one.after is not None]
    sums = PairSums()
    for one in some:
        if one.before is not None and one.after is not None:
            sums = sums.add(one.before, one.after)
    total, squares = sum(after, NONE), sum((one * one for one in after), NONE)
    count = None if at_least is None else sum(one >= at_least for one in after)
    return GroupFigures(
        groups=tuple(name or "" for name in some[0].groups),
        n=len(some),
        with_before=sum(one.before is not None for one in some),
        with_after=len(after),
        after=float(total / len(after)) if after else None,
        after_sd=standard_deviation(len(after), total, squares) if len(after) > 1 else None,
        pair=paired_change(sums),
        counted=None if count is None else Proportion(count, len(after)),
        counted_of_all=None if count is None else Proportion(count, len(some)),
    )
