"""The lists of whom a clinic may have lost from view, and in words by which rule."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct

from tracker.domain.codes import Word
from tracker.domain.outcomes.definitions import OutcomeDefinitions

SILENT_DAYS = 180  # how long a window that is over stays on the list: a clinic default


class NeedList(Word):
    """A list of the newest courses of patients whose records are open."""

    SILENT = "silent", "Score due, and none there"
    LOST = "lost", "Response lost, and no session since"
    WORSE = "worse", "Worse than at baseline"
    NO_BASELINE = "no-baseline", "Treated without a baseline"


def rule(one: NeedList, used: OutcomeDefinitions) -> str:
    """Say in words who is on a list."""
    match one:
        case NeedList.SILENT:
            return (
                f"No score from day {used.window_from_days} to day {used.window_until_days} "
                "after the last dose of the induction. A window that is over is listed for "
                f"{SILENT_DAYS} days."
            )
        case NeedList.LOST:
            return (
                "Response was reached and lost, no dose was given since, and the last score is not "
                "in response."
            )
        case NeedList.WORSE:
            return f"{used.worse.label}, at the score of the window."
        case NeedList.NO_BASELINE:
            return "Nothing to compare later scores with."


class NeedLine(Struct, frozen=True, kw_only=True):
    """Somebody on a list: since when, what was scored last, and the next session if one is planned.

    `until` is the last day on which a score can still be the outcome. `also` names other lists.
    """

    patient_id: int
    record_number: str
    name: str
    course_number: int
    last_dose_on: date
    since: date | None
    until: date | None = None
    baseline: Decimal | None = None
    outcome: Decimal | None = None
    next_session_on: date | None = None
    also: tuple[NeedList, ...] = ()


class NeedLines(Struct, frozen=True):
    """A list: those who are shown, and how many there are in all."""

    lines: tuple[NeedLine, ...]
    in_all: int


def other_lists(
    found: Mapping[NeedList, Iterable[int]], patient_id: int, own: NeedList
) -> tuple[NeedList, ...]:
    """Name the other lists on which somebody is, too."""
    return tuple(one for one, ids in found.items() if one is not own and patient_id in ids)
