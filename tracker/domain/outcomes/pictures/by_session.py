"""Mean and spread of the totals by session number, the baseline first."""

from collections.abc import Iterable

from msgspec.structs import replace

from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.figures import Mean
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope
from tracker.domain.outcomes.text import tenths
from tracker.domain.progress.explanations import TextTable

NAME, TITLE = "by-session", "Before, and after each session"
SESSIONS_MAX = 16  # an induction and its boosters; later ones rest on few courses


class BySessionPicture(OutcomePicture, frozen=True, kw_only=True):
    """The means on their scale, 0 the baseline; of fewer than `people_min` a mean alone is told."""

    scale: Instrument
    means: tuple[Mean, ...]
    people_min: int


def prepare(means: Iterable[Mean], of: int, scope: Scope) -> BySessionPicture:
    """Prepare the totals after so many sessions and before the next."""
    shown = tuple(
        one if one.n >= scope.people_min else replace(one, sd=None, ends=None)
        for one in means
        if one.place <= SESSIONS_MAX
    )
    n = max((one.n for one in shown), default=0)
    missing = "" if n else "No course with a baseline that is ill enough to be counted yet."
    return BySessionPicture(
        name=NAME,
        title=TITLE,
        of_whom=f"{scope.direction}; {scope.courses(n, of)}",
        sentence=missing or _sentence(shown),
        table=TextTable(
            TITLE,
            ("Session", "Courses", "Mean", "95 % interval", "Standard deviation"),
            tuple(map(_row, shown)),
        ),
        missing=missing,
        scale=scope.scale,
        means=shown,
        people_min=scope.people_min,
    )


def _row(one: Mean) -> tuple[str, ...]:
    name = "Before" if one.place == 0 else f"After session {one.place}"
    ends = f"{tenths(one.ends[0])} to {tenths(one.ends[1])}" if one.ends else ""
    return name, str(one.n), tenths(one.mean), ends, tenths(one.sd) if one.sd is not None else ""


def _sentence(shown: tuple[Mean, ...]) -> str:
    said = [
        f"{tenths(one.mean)} {'before' if one.place == 0 else f'after session {one.place}'} "
        f"(n = {one.n})"
        for one in (shown[0], shown[-1])
    ][: len(shown)]
    return f"The mean is {' and '.join(said)}; whoever stopped earlier is not in the later ones."
