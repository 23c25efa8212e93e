"""Earlier treatments counted, the way treatment resistance is judged by. Nothing is concluded."""

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.domain.checklists.items import Told
from tracker.domain.eligibility.draft import ANTIDEPRESSANTS, EarlierTreatment, TrialOutcome
from tracker.domain.formatting import times

# A trial is not one of those that count, whatever else is unknown of it.
_RULED_OUT = (TrialOutcome.RESPONSE, TrialOutcome.NOT_JUDGED)


@dataclass(frozen=True, slots=True)
class TrialCount:
    """Different antidepressants of the current episode, adequate in dose and duration.

    `failed` brought no response, `partial` one short of a response. `unclear` might count, if it
    were known whether they were adequate, of this episode, or what came of them.
    """

    failed: int
    partial: int
    unclear: int
    lifetime: int

    @property
    def sentence(self) -> str:
        """Say the count in words."""
        said = f"Adequate antidepressants in the current episode without response: {self.failed}."
        if self.partial:
            said += f" With a partial response: {self.partial}, not counted."
        return f"{said} {times(self.lifetime, 'treatment')} on record in all."


def count(treatments: Iterable[EarlierTreatment]) -> TrialCount:
    """Count the earlier treatments; the same antidepressant twice counts once."""
    rows = tuple(treatments)
    tried = [row for row in rows if row.kind in ANTIDEPRESSANTS]
    failed = _names(row for row in tried if _counts(row, TrialOutcome.NONE))
    partial = _names(row for row in tried if _counts(row, TrialOutcome.PARTIAL)) - failed
    unclear = _names(row for row in rows if _might_count(row)) - failed - partial
    return TrialCount(len(failed), len(partial), len(unclear), len(rows))


def _names(rows: Iterable[EarlierTreatment]) -> frozenset[str]:
    return frozenset(row.name.strip().casefold() for row in rows)


def _counts(row: EarlierTreatment, outcome: TrialOutcome) -> bool:
    return row.adequate is Told.YES and row.in_episode is Told.YES and row.outcome is outcome


def _might_count(row: EarlierTreatment) -> bool:
    if row.kind is not None and row.kind not in ANTIDEPRESSANTS:
        return False
    if Told.NO in (row.adequate, row.in_episode) or row.outcome in _RULED_OUT:
        return False
    known = (row.adequate, row.in_episode) == (Told.YES, Told.YES) and row.kind is not None
    return not (known and row.outcome in (TrialOutcome.NONE, TrialOutcome.PARTIAL))
