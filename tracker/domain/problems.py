"""What is wrong with what was typed, and what safety noticed about it."""

from collections.abc import Iterable

from msgspec import Struct


class Problem(Struct, frozen=True):
    """Something that must be put right before a draft can be stored."""

    field: str
    message: str


class Finding(Struct, frozen=True):
    """Something unusual that may stand, once somebody has commented on it.

    `source` names where the limit comes from, so that nobody has to trust us.
    """

    field: str
    message: str
    source: str


class InvalidError(Exception):
    """A draft was refused; carries every problem at once, never only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems for the form or the import report."""
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in self.problems))


class UnseenError(InvalidError):
    """Something unusual was not shown yet to whoever saves; carries the findings to be shown."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep the findings; nothing has to be put right."""
        self.findings = tuple(findings)
        super().__init__([Problem("", "Something is unusual. Read it, then save again.")])


class MergedError(InvalidError):
    """The record was merged into another of the same person, where all of it stands now."""

    def __init__(self) -> None:
        """Say where to go on."""
        message = (
            "Not saved: this record was merged into another one of the same person. Open the "
            "patient again, and record it there."
        )
        super().__init__([Problem("", message)])


class StaleError(Exception):
    """Somebody else saved a newer version since this one was opened."""

    def __init__(self, current_version: int) -> None:
        """Keep the version that is stored now."""
        self.current_version = current_version
        super().__init__(f"version {current_version} was saved meanwhile")


class NotFoundError(Exception):
    """There is no such record, or none that this person may know of."""


class ForbiddenError(Exception):
    """The record may be seen, but this may not be done with it."""
