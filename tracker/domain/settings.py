"""What a clinic sets for itself, with the defaults that hold until it does."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import time
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicSettings:
    """A clinic's settings. The crisis line and emergency number are those of the United States.

    `crisis_line` is called or texted; `red_after_minutes` is when an alert nobody acknowledged is
    shown red and e-mailed. No check-in e-mail leaves between `quiet_from` and `quiet_until`.
    """

    crisis_line: str = "988"
    crisis_line_name: str = "988 Suicide & Crisis Lifeline"
    emergency_number: str = "911"
    phone: str = ""
    red_after_minutes: int = 60
    reminders: bool = True
    quiet_from: time = time(20)
    quiet_until: time = time(8)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Read what is stored of a clinic; what is not there keeps its default."""
        known = {f.name: stored[f.name] for f in fields(cls) if f.name in stored}
        for name in ("quiet_from", "quiet_until"):
            if name in known:
                known[name] = time.fromisoformat(known[name])
        return cls(**known)
