"""The versions of how outcomes are counted: who changed what, when and why."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Self

from msgspec import Struct

from tracker.domain.formatting import number
from tracker.domain.outcomes.definitions import LIMITS, OutcomeDefinitions

CURRENT, EARLIER = "outcomes", "earlier_outcomes"
BY_CLINICIAN = "Courses may be parted by who treated"
WORSE = "Somebody counts as worse from"


class DefinitionVersion(Struct, frozen=True, kw_only=True):
    """The definitions of one version; the first, as the tracker came, is nobody's."""

    definitions: OutcomeDefinitions
    at: datetime | None = None
    by: str = ""
    reason: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read a version as a clinic's settings hold it."""
        at = stored.get("at")
        return cls(
            definitions=OutcomeDefinitions.read({CURRENT: stored}),
            at=datetime.fromisoformat(at) if at else None,
            by=stored.get("by", ""),
            reason=stored.get("reason", ""),
        )

    def store(self) -> dict[str, Any]:
        """Write what `read` reads, as JSON holds it."""
        told = {"by": self.by, "reason": self.reason, "at": self.at.isoformat() if self.at else ""}
        return self.definitions.store() | told


class DefinitionChange(Struct, frozen=True):
    """What a version says otherwise than the one before it."""

    words: str
    before: str
    after: str


def read_all(settings: Mapping[str, Any]) -> list[DefinitionVersion]:
    """Read every version that a clinic's settings hold, the newest first."""
    stored = [settings.get(CURRENT, {}), *settings.get(EARLIER, ())]
    return [DefinitionVersion.read(one) for one in stored]


def follow(settings: Mapping[str, Any], newer: DefinitionVersion) -> dict[str, Any]:
    """Write what settings say once there is a newer version."""
    before = [one.store() for one in read_all(settings)]
    return {**settings, CURRENT: newer.store(), EARLIER: before}


def differences(
    before: OutcomeDefinitions, after: OutcomeDefinitions
) -> Iterator[DefinitionChange]:
    """Give what is counted or printed otherwise, in the order of the form."""
    for name, one in LIMITS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield DefinitionChange(one.words, f"{old} {one.unit}", f"{new} {one.unit}")
    if before.worse != after.worse:
        yield DefinitionChange(WORSE, before.worse.label, after.worse.label)
    if before.by_clinician != after.by_clinician:
        yield DefinitionChange(BY_CLINICIAN, _yes(before.by_clinician), _yes(after.by_clinician))
    codes = {*before.remission_at_most, *after.remission_at_most}
    for code in sorted(codes):
        old, new = (one.remission_at_most.get(code) for one in (before, after))
        if old != new:
            yield DefinitionChange(f"Remission, {code.upper()}", *(_cut(cut) for cut in (old, new)))


def changed_names(before: OutcomeDefinitions, after: OutcomeDefinitions) -> list[str]:
    """Name the settings that differ, for the trail."""
    old, new = before.store(), after.store()
    return [name for name in new if name != "version" and new[name] != old[name]]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _cut(cut: Any) -> str:
    return "as the tracker came" if cut is None else f"{number(cut)} or less"
