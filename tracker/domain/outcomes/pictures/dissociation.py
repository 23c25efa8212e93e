"""Minutes of dissociation in a course against how its scale changed."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from tracker.domain.outcomes.paired import PairSums, paired_change
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope
from tracker.domain.outcomes.text import change as change_words
from tracker.domain.outcomes.text import tenths
from tracker.domain.progress.explanations import TextTable

NAME, TITLE = "dissociation", "Minutes of dissociation against change"
DOT_MINUTES = 5  # minutes are told by rounding; dots of courses that are as near become one
GROUPS = ((0, 30), (30, 60), (60, 90), (90, None))
# Mean minutes a session, baseline, outcome: a course each.
Told = tuple[float, Decimal, Decimal]


class DissociationDot(Struct, frozen=True):
    """`n` courses with as many minutes a session and as large a change."""

    minutes: int
    change: float
    n: int


class DissociationGroup(Struct, frozen=True):
    """The mean change of courses from so many minutes up to, and without, so many."""

    low: int
    high: int | None
    n: int
    mean: float
    words: str

    @property
    def label(self) -> str:
        """Name the minutes."""
        return f"{self.low} up to {self.high}" if self.high else f"{self.low} and more"


class DissociationPicture(OutcomePicture, frozen=True, kw_only=True):
    """The dots, and groups of enough courses to tell a mean of."""

    dots: tuple[DissociationDot, ...]
    groups: tuple[DissociationGroup, ...]


def prepare(told: Iterable[Told], of: int, scope: Scope) -> DissociationPicture:
    """Prepare the courses whose sessions have both minutes written down, and a change."""
    found = list(told)
    dots = Counter(
        (round(minutes / DOT_MINUTES) * DOT_MINUTES, after - before)
        for minutes, before, after in found
    )
    groups = tuple(_group(found, low, high, scope.people_min) for low, high in GROUPS)
    shown = tuple(one for one in groups if one is not None)
    missing = (
        ""
        if found
        else "No course with an outcome and with the minutes of dissociation written down yet."
    )
    means = ", ".join(f"{one.label} minutes {tenths(one.mean)}" for one in shown)
    said = (
        f"Mean change: {means}." if means else f"Too few for means: fewer than {scope.people_min}."
    )
    return DissociationPicture(
        name=NAME,
        title=TITLE,
        of_whom=f"{scope.scale.short_title}, outcome less baseline; "
        f"{scope.courses(len(found), of)}",
        sentence=missing or f"{said} Seen side by side; neither is shown to cause the other.",
        table=TextTable(
            TITLE,
            ("Minutes a session, mean of the course", "Courses", "Mean change"),
            tuple((one.label, str(one.n), one.words) for one in shown),
        ),
        missing=missing,
        dots=tuple(DissociationDot(m, float(change), n) for (m, change), n in sorted(dots.items())),
        groups=shown,
    )


def _group(
    found: list[Told], low: int, high: int | None, people_min: int
) -> DissociationGroup | None:
    sums = PairSums()
    for minutes, before, after in found:
        if low <= minutes and (high is None or minutes < high):
            sums = sums.add(before, after)
    change = paired_change(sums)
    if change is None or change.n < people_min:
        return None
    return DissociationGroup(low, high, change.n, change.change, change_words(change))
