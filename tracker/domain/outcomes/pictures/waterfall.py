"""The change of every course, from the worst to the best, and what each change is called."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from tracker.domain.formatting import number
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.course_outcome import ChangeKind
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope
from tracker.domain.progress.explanations import TextTable

NAME, TITLE = "waterfall", "The change of every course"
SHORT = {
    ChangeKind.RELIABLY_BETTER: "reliably better",
    ChangeKind.IMPORTANTLY_BETTER: "importantly better",
    ChangeKind.ALIKE: "within chance",
    ChangeKind.UNKNOWN: "no size to judge by",
    ChangeKind.IMPORTANTLY_WORSE: "importantly worse",
    ChangeKind.RELIABLY_WORSE: "reliably worse",
}
# Baseline, outcome, what the change is called, how many courses.
Pair = tuple[Decimal, Decimal, ChangeKind | None, int]


class ChangeRun(Struct, frozen=True):
    """`n` courses beside each other that changed alike, later less earlier."""

    change: float
    kind: ChangeKind
    n: int


class WaterfallPicture(OutcomePicture, frozen=True, kw_only=True):
    """The runs in their order, and how many courses carry each name."""

    scale: Instrument
    runs: tuple[ChangeRun, ...]
    kinds: tuple[tuple[ChangeKind, int], ...]

    @property
    def n(self) -> int:
        """Count the courses."""
        return sum(run.n for run in self.runs)


def prepare(pairs: Iterable[Pair], of: int, scope: Scope) -> WaterfallPicture:
    """Prepare the changes of those ill enough, of all that were treated."""
    runs: Counter[tuple[Decimal, ChangeKind]] = Counter()
    for before, after, kind, many in pairs:
        runs[after - before, kind or ChangeKind.UNKNOWN] += many
    order = {kind: place for place, kind in enumerate(ChangeKind)}
    ordered = sorted(runs.items(), key=lambda run: (-run[0][0], -order[run[0][1]]))
    kinds: Counter[ChangeKind] = Counter()
    for (_change, kind), many in ordered:
        kinds[kind] += many
    named = tuple((kind, kinds[kind]) for kind in ChangeKind if kinds[kind])
    n = kinds.total()
    missing = "" if n else "No course with a baseline and a score in the window yet."
    return WaterfallPicture(
        name=NAME,
        title=TITLE,
        of_whom=f"{scope.scale.short_title}, outcome less baseline; {scope.courses(n, of)}",
        sentence=missing or _sentence(ordered, n),
        table=TextTable(
            TITLE,
            ("What the change is called", "Courses"),
            tuple((kind.label, str(many)) for kind, many in named),
        ),
        missing=missing,
        scale=scope.scale,
        runs=tuple(ChangeRun(float(change), kind, many) for (change, kind), many in ordered),
        kinds=named,
    )


def _sentence(ordered: list[tuple[tuple[Decimal, ChangeKind], int]], n: int) -> str:
    fell, rose = (
        sum(many for (change, _kind), many in ordered if change * sign > 0) for sign in (-1, 1)
    )
    most, least = ordered[0][0][0], ordered[-1][0][0]
    return (
        f"Of {n} courses {fell} fell, {rose} rose and {n - fell - rose} stayed alike; "
        f"the changes run from {number(most)} to {number(least)}."
    )
