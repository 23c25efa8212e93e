"""The findings a form has shown: a comment answers those, and nothing that came up later."""

import json
from collections.abc import Iterable

from tracker.domain.problems import Finding


def read(text: str | None) -> list[str]:
    """Read the messages that the page had shown; whatever is not such a list is none."""
    try:
        shown = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    return [item for item in shown if isinstance(item, str)] if isinstance(shown, list) else []


def write(findings: Iterable[Finding]) -> str:
    """Write the messages that the page is about to show."""
    return json.dumps([finding.message for finding in findings])
