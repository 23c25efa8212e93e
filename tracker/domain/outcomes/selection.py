"""Which courses are counted: all on a scale, or those that somebody picks out."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import Drug, Indication, Phase, Route, Word


class DoseBand(Word):
    """How much was given by body weight, as the mean of the doses of a course.

    0.5 mg/kg over 40 minutes is the dose of the trials (Zarate 2006, Arch Gen Psychiatry 63:856);
    the bands around it are a clinic default.
    """

    BELOW = "below", "Below 0.5 mg/kg"
    USUAL = "usual", "0.5 up to 0.75 mg/kg"
    ABOVE = "above", "0.75 mg/kg and more"
    UNKNOWN = "unknown", "Not known by body weight"


DOSE_ENDS = (Decimal("0.5"), Decimal("0.75"))


class FailedTrials(Word):
    """How many antidepressants had failed, by the newest signed assessment."""

    FEWER = "fewer", "None or one"
    TWO = "two", "Two or more: resistant by the usual definition"
    UNKNOWN = "unknown", "Not assessed"


RESISTANT_FROM = 2  # EMA 2013, guideline on depression, 4.2.3; so do the labels of esketamine


class Selection(Struct, frozen=True, kw_only=True):
    """What is picked out; None and False take everything.

    `everything` counts courses given for something else than the scale is made for, too. `since`
    and `until` are days of the first dose, both included.
    """

    everything: bool = False
    indication: Indication | None = None
    route: Route | None = None
    drug: Drug | None = None
    phase: Phase | None = None
    dose: DoseBand | None = None
    tried: FailedTrials | None = None
    since: date | None = None
    until: date | None = None
    whole_induction: bool = False

    @property
    def is_all(self) -> bool:
        """Say whether nothing is picked out."""
        return self == ALL


ALL = Selection()
