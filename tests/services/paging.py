"""Lists that go page by page, walked to their end."""

from collections.abc import Callable
from typing import Any

from tracker.services.paging import Page


def walked(turn: Callable[[str], Page[Any]]) -> list[Any]:
    """Turn the pages of a list from the first on and return all their lines."""
    page, lines = turn(""), []
    while lines.extend(page.lines) or page.next:
        page = turn(page.next)
    return lines
