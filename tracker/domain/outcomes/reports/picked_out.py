"""In words which courses were picked out, for whoever reads a report away from its page."""

from tracker.domain.formatting import full_day
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.selection import Selection


def words(chosen: Selection, scale: Instrument) -> str:
    """Say which courses a report is of."""
    told = [
        one.label
        for one in (
            chosen.indication, chosen.route, chosen.drug, chosen.phase, chosen.dose, chosen.tried
        )
        if one is not None
    ]  # fmt: skip
    if chosen.indication is None and scale.indications:
        named = " or ".join(one.label for one in scale.indications)
        told.insert(0, f"{named}, other, or not told: what the scale is made for")
    if chosen.whole_induction:
        told.append("only whole inductions")
    if chosen.since:
        told.append(f"first dose from {full_day(chosen.since)}")
    if chosen.until:
        told.append(f"first dose to {full_day(chosen.until)}")
    return "; ".join(told) or "All courses"
