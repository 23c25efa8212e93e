"""What somebody wants worked out: of whom, in which groups, from which scores."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import Occasion, Word
from tracker.domain.outcomes.selection import Selection
from tracker.domain.problems import Problem


class CountedFrom(Word):
    """What is followed, and from when."""

    COURSE = "course", "Courses, from the first dose"
    FIRST_SCORE = "first-score", "People, from their first score"


class Trait(Word):
    """What the clinic records of a course that groups may differ in."""

    ROUTE = "route", "Route"
    DRUG = "drug", "Drug"
    PHASE = "phase", "First series"
    DOSE = "dose", "Mean dose by body weight"
    TRIED = "tried", "Failed antidepressants"
    INDICATION = "indication", "Treated for"


class Fit(Word):
    """How the parts of a mixed model are found."""

    REML = "reml", "Restricted maximum likelihood (REML)"
    ML = "ml", "Maximum likelihood (ML)"


class AnalysisQuestion(Struct, frozen=True, kw_only=True):
    """A question to the scores of one scale.

    `columns` are headings of a file whose words an import kept in the notes. `against` are the
    groups that others are held against. From a first score, the later one is the last `since` to
    `until` hours after it, of an `occasion` where one is named; of a course it is its outcome.
    Totals of `at_least` so much are counted.
    """

    counted_from: CountedFrom = CountedFrom.COURSE
    trait: Trait | None = None
    columns: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    since: Decimal | None = None
    until: Decimal | None = None
    occasion: Occasion | None = None
    at_least: Decimal | None = None
    with_model: bool = False
    fit: Fit = Fit.REML
    own_slope: bool = False

    @property
    def factors(self) -> tuple[str, ...]:
        """Name in what the groups differ."""
        return (*((self.trait.label,) if self.trait else ()), *self.columns)


COLUMNS_MAX = 4


def check(question: AnalysisQuestion, chosen: Selection) -> Iterator[Problem]:
    """List everything that does not go together."""
    if len(question.columns) > COLUMNS_MAX:
        yield Problem("columns", f"Name at most {COLUMNS_MAX} columns, with commas between.")
    if None not in (question.since, question.until) and question.since > question.until:  # type: ignore[operator]
        yield Problem("until", "This must not be before the first hour, given beside it.")
    if question.counted_from is CountedFrom.COURSE:
        if (question.since, question.until, question.occasion) != (None, None, None):
            yield Problem(
                "counted_from",
                "The outcome of a course is the score in the window of the definitions. Leave "
                "hours and occasion empty, or count from the first score.",
            )
        return
    if question.trait is not None:
        yield Problem("trait", "Only courses differ in this. Name columns of a file, or none.")
    if not chosen.is_all:
        yield Problem("counted_from", "Courses are picked out only where each course counts.")
