"""What patients have read about ketamine, each beside what was counted of this clinic's own.

Nothing here says that a claim is true or false: there is no control group. It says what was
counted, of how many, and what is not enough to tell.
"""

from collections.abc import Mapping

from msgspec import Struct

from tracker.domain.codes import Indication
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.figures import Rate
from tracker.domain.outcomes.proportion import Proportion
from tracker.domain.outcomes.selection import RESISTANT_FROM
from tracker.domain.outcomes.text import share

NOT_ENOUGH = "not enough data"
HOURS_MAX = 24
# The scale that each indication is told by, and how it is called in a line.
SCALES: Mapping[Indication, tuple[str, str]] = {
    Indication.DEPRESSION: ("phq9", "PHQ-9"),
    Indication.ANXIETY: ("gad7", "GAD-7"),
    Indication.PTSD: ("pcl5", "PCL-5"),
    Indication.CHRONIC_PAIN: ("peg", "PEG"),
}
NO_CONTROL = (
    "Nobody here was compared with people who had something else, or nothing. What follows a "
    "treatment is not all due to it."
)


class ClaimAnswer(Struct, frozen=True, kw_only=True):
    """What was counted, of those observed and, where a result can be missing, of all.

    `people` are whose they are.
    """

    counted: str
    unit: str
    observed: Proportion
    people: int
    of_all: Proportion | None = None

    def is_enough(self, least: int) -> bool:
        """Say whether so many people stand behind it that a percentage tells something."""
        return self.people >= least and self.observed.of >= least

    def words(self, least: int) -> str:
        """Write it: a share with its interval, or that there is too little."""
        if not self.is_enough(least):
            one = self.observed
            return f"{NOT_ENOUGH} ({one.count} of {one.of} {self.unit})" if one.of else NOT_ENOUGH
        return f"{share(self.observed, least)} of {self.unit}"

    def words_of_all(self, least: int) -> str:
        """Write it once more, with whoever is missing counted as without the result."""
        if self.of_all is None:
            return "does not apply"
        if not self.is_enough(least):
            return NOT_ENOUGH
        return share(self.of_all, least)


class Claim(Struct, frozen=True):
    """A claim as patients have read it, and what was counted for it."""

    claim: str
    answers: tuple[ClaimAnswer, ...]


class ClaimCounts(Struct, frozen=True, kw_only=True):
    """All that the answers rest on; what is of courses is counted as the outcome page does.

    Of all: `higher` of everybody who had a session, `sustained` of all courses in response.
    """

    higher: Rate
    sustained: Rate
    tried: Rate
    by_indication: Mapping[Indication, Rate]
    mild: Proportion
    gone: Proportion
    effect_people: int
    leaving_people: int


def claims(counts: ClaimCounts, used: OutcomeDefinitions) -> tuple[Claim, ...]:
    """Put each claim beside what was counted."""
    return (
        Claim("It works within hours", (_of_people(counts),)),
        Claim("It lasts", (_of_kept(counts, used),)),
        Claim("Side effects are mild and go away", tuple(_of_sessions(counts))),
        Claim("It helps when others failed", (_of_tried(counts),)),
        Claim(
            "It helps with depression, anxiety, PTSD and pain",
            tuple(
                _of_courses(f"{one.label}: response on the {SCALES[one][1]}", rate)
                for one, rate in counts.by_indication.items()
            ),
        ),
    )


def _of_people(counts: ClaimCounts) -> ClaimAnswer:
    return ClaimAnswer(
        counted=f"Mood from 0 to 10 was higher within {HOURS_MAX} hours after the first session "
        "than before it, of those who were asked both times",
        unit="people",
        observed=counts.higher.observed,
        people=counts.higher.observed.of,
        of_all=counts.higher.of_all,
    )


def _of_kept(counts: ClaimCounts, used: OutcomeDefinitions) -> ClaimAnswer:
    return ClaimAnswer(
        counted=f"A response on the PHQ-9 was not lost for {used.sustained_days} days, of those "
        "followed for so long or until they lost it",
        unit="courses in response",
        observed=counts.sustained.observed,
        people=counts.sustained.observed.of,
        of_all=counts.sustained.of_all,
    )


def _of_sessions(counts: ClaimCounts) -> tuple[ClaimAnswer, ClaimAnswer]:
    return (
        ClaimAnswer(
            counted="The worst side effect was mild, of sessions with any",
            unit="sessions",
            observed=counts.mild,
            people=counts.effect_people,
        ),
        ClaimAnswer(
            counted="Dissociation was gone before leaving, of sessions where that was noted",
            unit="sessions",
            observed=counts.gone,
            people=counts.leaving_people,
        ),
    )


def _of_tried(counts: ClaimCounts) -> ClaimAnswer:
    return _of_courses(
        f"Response on the PHQ-9 after {RESISTANT_FROM} or more antidepressants had failed",
        counts.tried,
    )


def _of_courses(counted: str, rate: Rate) -> ClaimAnswer:
    return ClaimAnswer(
        counted=counted,
        unit="courses",
        observed=rate.observed,
        people=rate.observed.of,
        of_all=rate.of_all,
    )
