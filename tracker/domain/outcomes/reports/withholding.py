"""What of a report is withheld when it leaves the clinic: small counts, and what tells them."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from tracker.domain.outcomes.figures import OutcomeFigures
from tracker.domain.outcomes.reports.rows import ReportRow
from tracker.domain.outcomes.suppression import SumOf, counts_to_hide

Counts = dict[str, int]


def withhold(rows: Iterable[ReportRow], figures: OutcomeFigures, least: int) -> Iterator[ReportRow]:
    """Give the rows, those without their figures that would tell a count from 1 to below `least`.

    A mean of so few is withheld, too, and a curve on which so few events lie or so few are left.
    How many were treated, had a baseline and had a score stays, however few are left out: it says
    how much is known, and of nobody what became of them. Of fewer than `least` treated all goes.
    """
    counts, sums = _results(figures)
    gone = counts_to_hide(counts, sums, least)
    note = f"withheld: it would tell a count of fewer than {least}"
    is_few = figures.treatment.treated < least
    for row in rows:
        few = [one for one in (row.n, row.of) if one is not None and 0 < one < least]
        if is_few or gone.intersection(row.tells) or (not row.tells and few):
            yield replace(row, n=None, of=None, value=None, low=None, high=None, note=note)
        else:
            yield row


def _results(figures: OutcomeFigures) -> tuple[Counts, list[SumOf]]:
    """Name every count of what became of somebody, and say which add up to which."""
    treatment = figures.treatment
    counts: Counts = {}
    sums: list[SumOf] = []
    for name, one in (
        ("Response", figures.response.observed), ("Remission", figures.remission.observed),
        ("Worse", figures.worse), ("Response sustained", figures.sustained),
        ("Fewer thoughts of suicide", figures.suicide_less),
        ("No thoughts of suicide any more", figures.suicide_none),
        ("More thoughts of suicide", figures.suicide_more),
        ("Whole induction", treatment.whole_induction),
    ):  # fmt: skip
        told = f"{name}: with", f"{name}: without"
        counts |= dict(zip(told, (one.count, one.of - one.count), strict=True))
        counts[f"{name}: of"] = one.of
        sums.append(SumOf(f"{name}: of", told))
    changes = {f"Change: {kind.label}": n for kind, n in figures.changes.items()}
    doses = {f"Courses with so many doses: {k}": n for k, n in treatment.doses.items()}
    ends = {
        f"How the course stands: {'state not known' if one is None else one.label}": n
        for one, n in treatment.ends.items()
    }
    for whole, parts in (("Change", changes), ("Treated", doses), ("Treated", ends)):
        _add_parts(counts, sums, whole, parts)
    return counts, sums


def _add_parts(counts: Counts, sums: list[SumOf], whole: str, parts: Counts) -> None:
    """Add counts that are apart from each other, and what of their total is in none of them."""
    counts.setdefault(whole, sum(parts.values()))
    rest = f"{whole}, in none of: {next(iter(parts), '')}"
    counts |= parts
    counts[rest] = max(counts[whole] - sum(parts.values()), 0)
    sums.append(SumOf(whole, (*parts, rest)))
