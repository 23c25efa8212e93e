"""Response and remission with both denominators, beside published series of the same cut."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from tracker.domain.formatting import number
from tracker.domain.outcomes import text
from tracker.domain.outcomes.comparators import Comparator
from tracker.domain.outcomes.figures import OutcomeFigures, Rate
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope
from tracker.domain.outcomes.proportion import Proportion
from tracker.domain.progress.explanations import TextTable

NAME, TITLE = "rates", "Response and remission"
OBSERVED, OF_ALL = "Observed", "Missing counted as without"
UNCONTROLLED = "A change without a control group is no effect of the treatment."


class RateRow(Struct, frozen=True, kw_only=True):
    """One share from 0 to 1 with the ends of its interval, None where none is told."""

    label: str
    n: str
    share: float | None
    ends: tuple[float, float] | None = None
    is_published: bool = False


class RateGroup(Struct, frozen=True):
    """A result and its shares: the clinic's two, then published ones."""

    label: str
    rows: tuple[RateRow, ...]


class RatesPicture(OutcomePicture, frozen=True, kw_only=True):
    """The results that are told of a scale."""

    groups: tuple[RateGroup, ...]


def prepare(
    figures: OutcomeFigures, published: Iterable[Comparator], cut: Decimal | None, scope: Scope
) -> RatesPicture:
    """Prepare the shares; a scale without a cut has no remission."""
    beside = tuple(published)
    groups = [RateGroup("Response", tuple(_rows(figures.response, beside, "response", scope)))]
    if cut is not None:
        rows = tuple(_rows(figures.remission, beside, "remission", scope))
        groups.append(RateGroup(f"Remission, {number(cut)} or less", rows))
    due, flow = figures.response.of_all.of, figures.flow
    missing = scope.too_few(due, "course with an outcome due", "courses with an outcome due")
    least = scope.people_min
    said = [f"Response in {_twice(figures.response, least)}"]
    if cut is not None:
        said.append(f"remission in {_twice(figures.remission, least)}")
    return RatesPicture(
        name=NAME,
        title=TITLE,
        of_whom=f"{scope.scale.short_title}; {scope.courses(flow.observed, flow.treated)}; "
        "95 % intervals by Wilson",
        sentence=missing or f"{'; '.join(said)}. {UNCONTROLLED}",
        table=_table(groups),
        missing=missing,
        groups=tuple(groups),
    )


def _rows(
    rate: Rate, published: tuple[Comparator, ...], result: str, scope: Scope
) -> Iterator[RateRow]:
    for label, one in ((OBSERVED, rate.observed), (OF_ALL, rate.of_all)):
        yield _own(label, one, scope.people_min)
    for other in published:
        percent: Decimal | None = getattr(other, result)
        if percent is not None:
            n = f"n = {other.observed}" if other.observed else "n not told"
            yield RateRow(label=other.study, n=n, share=float(percent) / 100, is_published=True)


def _own(label: str, one: Proportion, least: int) -> RateRow:
    counted = f"{one.count} of {one.of}"
    if one.of < least:
        return RateRow(label=label, n=counted, share=None)
    return RateRow(label=label, n=counted, share=one.share, ends=one.interval)


def _twice(rate: Rate, least: int) -> str:
    observed, of_all = (text.share(one, least) for one in (rate.observed, rate.of_all))
    return f"{observed} of those observed, {of_all} with missing counted as without"


def _table(groups: list[RateGroup]) -> TextTable:
    rows = [
        (f"{group.label}: {row.label}", row.n, words(row)) for group in groups for row in group.rows
    ]
    return TextTable(TITLE, ("Result", "Courses", "Share"), tuple(rows))


def words(row: RateRow) -> str:
    """Write a share, with its interval where there is one."""
    if row.share is None:
        return "too few for a percentage"
    if row.ends is None:
        return f"{row.share * 100:.3g} %"
    low, high = (text.percent(end) for end in row.ends)
    return f"{text.percent(row.share)} % ({low} to {high})"
