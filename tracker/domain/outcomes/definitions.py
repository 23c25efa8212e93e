"""How outcomes are counted: what a clinic may choose, from which source, and in which version."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Self

from msgspec import Struct, field
from msgspec.structs import replace

from tracker.domain.codes import Word
from tracker.domain.instruments.model import Instrument
from tracker.domain.measures import CLINIC_DEFAULT
from tracker.domain.problems import Problem

MCINNES = "McInnes 2022, J Affect Disord, doi:10.1016/j.jad.2021.12.097"
PFEIFFER = "Pfeiffer 2024, J Clin Psychiatry 85:23m14984"
ESCAPE = "ESCAPE-TRD, Reif 2023, N Engl J Med 389:1298"
SUSTAIN_3 = "SUSTAIN-3, PMC10439056"


class Worse(Word):
    """From which rise on somebody counts as worse."""

    RELIABLE = "reliable", "Worse by a reliable change"
    IMPORTANT = "important", "Worse by an important change"
    ANY = "any", "Any total worse than the baseline"


class Cut(Struct, frozen=True):
    """A total up to which remission is counted, itself included, and who counted so."""

    at_most: Decimal
    source: str


# Where more than one cut is published, a clinic chooses; the first is ours.
REMISSION_CUTS: Mapping[str, tuple[Cut, ...]] = {
    "phq9": (Cut(Decimal(4), MCINNES), Cut(Decimal(5), PFEIFFER)),
    "madrs": (Cut(Decimal(10), ESCAPE), Cut(Decimal(12), SUSTAIN_3)),
}


class DefinitionNumber(Struct, frozen=True):
    """A number that a clinic sets: what it is called, its unit, its ends, where ours is from."""

    words: str
    unit: str
    lowest: int
    highest: int
    source: str


LIMITS = {
    "window_from_days": DefinitionNumber(
        "The outcome is a score from this day after the last dose of the induction",
        "days", 0, 180, MCINNES,
    ),
    "window_until_days": DefinitionNumber("until this day", "days", 1, 365, MCINNES),
    "window_nearest_days": DefinitionNumber(
        "of several, the one nearest to this day", "days", 0, 365, MCINNES
    ),
    "sustained_days": DefinitionNumber(
        "A response is sustained when it was not lost for so long", "days", 7, 365,
        f"{CLINIC_DEFAULT}; {MCINNES} tells what was kept at 4 and at 8 weeks",
    ),
    "induction_doses_min": DefinitionNumber(
        "An induction is complete from so many doses", "doses", 1, 30, MCINNES
    ),
    "induction_doses_max": DefinitionNumber("up to so many doses", "doses", 1, 60, MCINNES),
    "induction_days_min": DefinitionNumber("within at least so many days", "days", 0, 90, MCINNES),
    "induction_days_max": DefinitionNumber("within at most so many days", "days", 1, 365, MCINNES),
    "people_min": DefinitionNumber(
        "No percentage of fewer people than", "people", 2, 100, CLINIC_DEFAULT
    ),
    "small_cell_min": DefinitionNumber(
        "In what leaves the clinic no count of fewer people than", "people", 1, 100, CLINIC_DEFAULT
    ),
}  # fmt: skip


class OutcomeDefinitions(Struct, frozen=True, kw_only=True):
    """What a clinic counts by. Numbers of days are calendar days of the clinic.

    `remission_at_most` holds the chosen cut by instrument, where a clinic chose another than ours.
    `by_clinician` lets the lead part courses by who treated, and is off: few courses of each say
    little, and are soon read as a ranking.
    `version` counts from 1 and grows with each change; it is printed with every figure.
    """

    version: int = 1
    window_from_days: int = 14
    window_until_days: int = 31
    window_nearest_days: int = 14
    sustained_days: int = 28
    induction_doses_min: int = 4
    induction_doses_max: int = 8
    induction_days_min: int = 7
    induction_days_max: int = 28
    people_min: int = 10
    small_cell_min: int = 5
    worse: Worse = Worse.RELIABLE
    by_clinician: bool = False
    remission_at_most: Mapping[str, Decimal] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read what is stored of a clinic under `outcomes`; what is not there keeps its default."""
        found = stored.get("outcomes", {})
        names = ("version", "by_clinician", *LIMITS)
        known = {name: found[name] for name in names if name in found}
        if "worse" in found:
            known["worse"] = Worse(found["worse"])
        if "remission_at_most" in found:
            cuts = found["remission_at_most"]
            known["remission_at_most"] = {code: Decimal(cuts[code]) for code in cuts}
        return cls(**known)

    def store(self) -> dict[str, Any]:
        """Write what `read` reads, as JSON holds it."""
        return {
            "version": self.version,
            **{name: getattr(self, name) for name in LIMITS},
            "worse": self.worse.value,
            "by_clinician": self.by_clinician,
            "remission_at_most": {
                code: str(cut) for code, cut in sorted(self.remission_at_most.items())
            },
        }

    def counts_like(self, other: "OutcomeDefinitions") -> bool:
        """Say whether the same people count, whatever is printed beside them."""
        unprinted = {
            "version": 1, "people_min": 10, "small_cell_min": 5, "by_clinician": False,
        }  # fmt: skip
        return replace(self, **unprinted) == replace(other, **unprinted)

    def instrument(self, instrument: Instrument) -> Instrument:
        """Give an instrument with the cut for remission that the clinic chose."""
        cut = self.cut(instrument)
        if cut is None or cut.at_most == instrument.change.remission_at_most:
            return instrument
        change = replace(
            instrument.change, remission_at_most=cut.at_most, remission_source=cut.source
        )
        return replace(instrument, change=change)

    def cut(self, instrument: Instrument) -> Cut | None:
        """Find the cut for remission that holds; None where the instrument has none."""
        known = REMISSION_CUTS.get(instrument.code, ())
        chosen = self.remission_at_most.get(instrument.code)
        for cut in known:
            if cut.at_most == chosen:
                return cut
        own = instrument.change
        if own.remission_at_most is None:
            return None
        return Cut(own.remission_at_most, own.remission_source)


CLINIC_DEFAULTS = OutcomeDefinitions()
_PAIRS = (
    ("window_until_days", "window_from_days"),
    ("induction_doses_max", "induction_doses_min"),
    ("induction_days_max", "induction_days_min"),
)


def check(typed: Mapping[str, Any]) -> list[Problem]:
    """List everything that is wrong with what was typed; a number not given is None."""
    return [*_check_limits(typed), *_check_pairs(typed), *_check_cuts(typed)]


def _check_limits(typed: Mapping[str, Any]) -> Iterator[Problem]:
    for name, one in LIMITS.items():
        if typed[name] is None or not one.lowest <= typed[name] <= one.highest:
            ends = f"from {one.lowest} to {one.highest}"
            yield Problem(name, f"Give a whole number of {one.unit}, {ends}.")


def _check_pairs(typed: Mapping[str, Any]) -> Iterator[Problem]:
    for name, below in _PAIRS:
        if None not in (typed[name], typed[below]) and typed[name] < typed[below]:
            yield Problem(name, f"This must not be less than {typed[below]}, given before it.")
    nearest = typed["window_nearest_days"]
    ends = (typed["window_from_days"], typed["window_until_days"])
    if nearest is not None and None not in ends and not ends[0] <= nearest <= ends[1]:
        yield Problem("window_nearest_days", "This must be a day of the window above.")


def _check_cuts(typed: Mapping[str, Any]) -> Iterator[Problem]:
    for code, cut in typed["remission_at_most"].items():
        if cut not in {one.at_most for one in REMISSION_CUTS.get(code, ())}:
            yield Problem("remission_at_most", "Choose one of the published cuts.")
