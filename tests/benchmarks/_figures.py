"""What a benchmark gives: an amount against its limit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One amount. `at_least` says that more is better; without a limit it is for information."""

    what: str
    measured: float
    limit: float | None = None
    at_least: bool = False

    @property
    def is_within(self) -> bool:
        """Whether the limit holds."""
        if self.limit is None:
            return True
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    @property
    def limit_in_words(self) -> str:
        """Write the limit as a reader of the table wants it."""
        if self.limit is None:
            return "none"
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"

    def __str__(self) -> str:
        """Write the line that is printed."""
        verdict = "ok    " if self.is_within else "BEYOND"
        return f"{verdict} {self.what:<84} {self.measured:>10,g} (limit {self.limit_in_words})"
