"""Mood and pain right before and right after each session, by the number of the session."""

from collections.abc import Sequence

from msgspec import Struct

from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope
from tracker.domain.outcomes.text import tenths
from tracker.domain.progress.explanations import TextTable

NAME, TITLE = "before-after", "Right before and right after a session"
SESSIONS_MAX = 12


class RatedPair(Struct, frozen=True):
    """The means of those sessions of one number that have both ratings."""

    number: int
    n: int
    before: float
    after: float


class RatedSessions(Struct, frozen=True):
    """One rating from 0 to 10, its direction in words, and its means by session number."""

    label: str
    direction: str
    pairs: tuple[RatedPair, ...]


class BeforeAfterPicture(OutcomePicture, frozen=True, kw_only=True):
    """A panel a rating."""

    panels: tuple[RatedSessions, ...]


def prepare(
    mood: Sequence[RatedPair], pain: Sequence[RatedPair], scope: Scope
) -> BeforeAfterPicture:
    """Prepare the ratings of all sessions that were given."""
    panels = tuple(
        RatedSessions(label, direction, shown)
        for label, direction, pairs in (
            ("Mood", "0 worst \u2013 10 best", mood),
            ("Pain", "0 none \u2013 10 worst", pain),
        )
        if (shown := tuple(one for one in pairs if one.number <= SESSIONS_MAX))
    )
    n = max((sum(one.n for one in panel.pairs) for panel in panels), default=0)
    missing = "" if n else "No session with mood or pain written down both before and after yet."
    rows = [
        (f"{panel.label}, session {one.number}", str(one.n), tenths(one.before), tenths(one.after))
        for panel in panels
        for one in panel.pairs
    ]
    whose = "" if scope.is_all else "; of all courses, not only those picked out"
    return BeforeAfterPicture(
        name=NAME,
        title=TITLE,
        of_whom=f"0 to 10, means by session number in its series; n = {n} sessions{whose}",
        sentence=missing or " ".join(map(_sentence, panels)),
        table=TextTable(TITLE, ("Session", "Sessions", "Before", "After"), tuple(rows)),
        missing=missing,
        panels=panels,
    )


def _sentence(panel: RatedSessions) -> str:
    said = [
        f"{tenths(one.before)} before and {tenths(one.after)} after session {one.number}"
        for one in (panel.pairs[0], panel.pairs[-1])
    ][: len(panel.pairs)]
    return f"{panel.label} is on average {', '.join(said)}."
