"""What scanners raise, and which of it is accepted with a reason."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.rules.checkout import ROOT, text

PAGE = ".github/reliability.md"
HEAD = "| Tool | Alert | Where | Why |"
ANYWHERE = "anywhere"
WEIGHTS = ("low", "medium", "high")


@dataclass(frozen=True)
class Alert:
    """One thing that a scanner raised: its rule, where, and how heavy it is said to be."""

    tool: str
    rule: str
    place: str
    weight: str = "medium"
    detail: str = ""

    @property
    def matters(self) -> bool:
        """Say whether it is of medium weight or more."""
        return self.weight != "low"


@dataclass(frozen=True)
class Accepted:
    """A rule that may be raised at a place, or anywhere, and why."""

    tool: str
    rule: str
    place: str
    why: str

    def covers(self, alert: Alert) -> bool:
        """Say whether it is about an alert."""
        here = self.place in {ANYWHERE, alert.place}
        return here and (self.tool, self.rule) == (alert.tool, alert.rule)


@dataclass
class Scan:
    """What one scanner did; `words` say how much it looked at, `fault` why it could not."""

    tool: str
    words: str = ""
    fault: str = ""
    seconds: float = 0.0
    alerts: list[Alert] = field(default_factory=list)


def accepted(page: str | None = None) -> list[Accepted]:
    """Read the alerts that are accepted; a line without a reason is an error."""
    page = text(ROOT / PAGE) if page is None else page
    _, there, after = page.partition(HEAD)
    if not there:
        raise ValueError(f"{PAGE} has no table with the head {HEAD}")
    found = []
    for line in after.strip().splitlines()[1:]:
        if not line.startswith("|"):
            break
        cells = [one.strip().replace("`", "") for one in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) != 4 or not all(cells):
            raise ValueError(f"{PAGE}: tool, alert, where and why: {line}")
        found.append(Accepted(*cells))
    return found


def unexplained(alerts: Iterable[Alert], known: Sequence[Accepted]) -> list[Alert]:
    """List the alerts of medium weight or more that nothing explains."""
    return [one for one in alerts if one.matters and not any(a.covers(one) for a in known)]


def not_raised(scans: Sequence[Scan], known: Sequence[Accepted]) -> list[Accepted]:
    """List what is accepted and was raised by no scanner that ran: the reason may go."""
    ran = {one.tool for one in scans if not one.fault}
    raised = [alert for one in scans for alert in one.alerts]
    return [a for a in known if a.tool in ran and not any(a.covers(one) for one in raised)]
