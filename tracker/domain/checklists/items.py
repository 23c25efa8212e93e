"""The checklists round a session: lines clear, amber or missing, and what is said to them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tracker.domain.codes import Word
from tracker.domain.measures import SIGN_NAMES
from tracker.domain.parsing import LINE_MAX, REASON_MAX, check_length, visible_text
from tracker.domain.problems import Problem
from tracker.domain.stored_content import read_stored, to_stored

COMMENT = "comment_"  # before the code of a line: the field its comment is typed into


class YesNoUnknown(Word):
    """An answer to a question that was put. Unknown is not no, and no answer is none of these."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNKNOWN = "unknown", "Unknown"


class LineState(Word):
    """How one line of a checklist stands."""

    CLEAR = "clear", "Clear"
    AMBER = "amber", "To check"
    MISSING = "missing", "Not answered"


class CheckLine(Struct, frozen=True, kw_only=True):
    """One line of a checklist: what was found, by which source it matters, what was said to it."""

    code: str
    title: str
    state: LineState
    message: str
    source: str = ""
    comment: str = ""

    @property
    def field(self) -> str:
        """Name the field that the comment on this line is typed into."""
        return comment_field(self.code)

    @property
    def is_clear(self) -> bool:
        """Say whether nothing has to be said to it."""
        return self.state is LineState.CLEAR


# What a rule finds: the state, the message and the source; None where the line does not apply.
Found = tuple[LineState, str, str] | None


def comment_field(code: str) -> str:
    """Name the field that the comment on a line is typed into."""
    return COMMENT + code.replace("-", "_")


def add_comments(lines: Iterable[CheckLine], comments: Mapping[str, str]) -> tuple[CheckLine, ...]:
    """Put to each line what was said to it; what is clear needs no words but may have some."""
    return tuple(replace(line, comment=visible_text(comments.get(line.code, ""))) for line in lines)


def wanting(lines: Iterable[CheckLine]) -> list[Problem]:
    """List the lines that nobody has said anything to, each at the field of its comment."""
    asked = {
        LineState.AMBER: "{} Say what was decided.",
        LineState.MISSING: "{} Answer it, or say why not.",
    }
    return [
        Problem(line.field, asked[line.state].format(line.message))
        for line in lines
        if not line.is_clear and not line.comment
    ]


def check_comments(comments: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the comments that are too long."""
    for code, text in comments.items():
        yield from check_length(comment_field(code), text, REASON_MAX)


def check_lines(texts: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the one-line texts that are too long, by field."""
    for field, text in texts.items():
        yield from check_length(field, text, LINE_MAX)


def tally(lines: Sequence[CheckLine]) -> str:
    """Say in a few words how a checklist stands: `15 clear, 2 with a comment`."""
    unclear = sum(not line.is_clear for line in lines)
    clear = f"{len(lines) - unclear} clear"
    return f"{clear}, {unclear} with a comment" if unclear else clear


def gap(span: timedelta) -> str:
    """Write a span of time in whole minutes: `45 min`, `7 h`, `7 h 20 min`."""
    hours, minutes = divmod(int(span.total_seconds() // 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


_EMPTY: tuple[object, ...] = (None, "", {}, (), dict.fromkeys(SIGN_NAMES))


def pack(filled: Any, lines: Iterable[CheckLine]) -> dict[str, object]:
    """Write a filled checklist and its lines as plain JSON values; what is empty is left out.

    The lines are kept as they were read: a limit that is changed later changes no old record.
    """
    values: dict[str, object] = to_stored(filled)
    stored = {name: value for name, value in values.items() if value not in _EMPTY}
    return stored | {"lines": to_stored(list(lines))}


def lines_of(stored: Mapping[str, Any]) -> tuple[CheckLine, ...]:
    """Read back the lines of a filled checklist, as they stood when it was saved."""
    return read_stored(stored.get("lines", ()), tuple[CheckLine, ...])


def in_future(name: str, at: datetime | None, now: datetime) -> Iterator[Problem]:
    """Yield a time that has not come yet."""
    if at is not None and at > now:
        yield Problem(name, "This time has not come yet. Is the day right?")
