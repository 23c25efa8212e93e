"""The courses on one scale parted by one thing, each part told as all of them are."""

from msgspec import Struct

from tracker.domain.codes import Word
from tracker.domain.outcomes.figures import Rate
from tracker.domain.outcomes.proportion import Proportion

# Which is why none of them is tested against another.
DIFFER = (
    "Strata differ in more than the stratum: who is given what, and when, was nobody's draw. A "
    "difference between two rows is no effect of what parts them, and of many rows some differ by "
    "chance."
)
STRATA_MAX = 40


class Dimension(Word):
    """What courses are parted by."""

    INDICATION = "indication", "Treated for"
    ROUTE = "route", "Route"
    DRUG = "drug", "Drug"
    DOSE = "dose", "Mean dose"
    TRIED = "tried", "Failed antidepressants"
    PHASE = "phase", "First series"
    YEAR = "year", "Year of the first dose"
    CLINICIAN = "clinician", "Who recorded the first session"


class Stratum(Struct, frozen=True, kw_only=True):
    """One part: the courses on the scale, and their results."""

    label: str
    on_scale: int
    entered: int
    response: Rate
    remission: Rate
    worse: Proportion


class StratumCounts(Struct, frozen=True, kw_only=True):
    """What is counted of one part."""

    on_scale: int = 0
    entered: int = 0
    waiting: int = 0
    observed: int = 0
    response_known: int = 0
    response: int = 0
    remission_known: int = 0
    remission: int = 0
    worse_known: int = 0
    worse: int = 0

    def rate(self, name: str) -> Rate:
        """Tell a result twice, as the figures of all courses are.

        Of whom it cannot be said at all, though observed, neither counts.
        """
        count, known = getattr(self, name), getattr(self, f"{name}_known")
        of_all = self.entered - self.waiting - (self.observed - known)
        return Rate(Proportion(count, known), Proportion(count, of_all))

    def stratum(self, label: str) -> Stratum:
        """Give the part its name and its results."""
        return Stratum(
            label=label,
            on_scale=self.on_scale,
            entered=self.entered,
            response=self.rate("response"),
            remission=self.rate("remission"),
            worse=Proportion(self.worse, self.worse_known),
        )


COUNTED = StratumCounts.__struct_fields__
