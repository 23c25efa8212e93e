"""What the forms of both checklists share: comments by line, times of today."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wtforms.fields import Field

from tracker.domain import wall_time
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists.items import CheckLine
from tracker.domain.parsing import REASON_MAX, is_blank
from tracker.domain.problems import Problem
from tracker.web.forms import LongText, OpenedForm

NEVER = "The clocks went forward past this time that day. Give the time the clock showed."
DAY = timedelta(hours=24)


class ChecklistForm(OpenedForm):
    """A checklist. `lines` are how the answers stand, once they were looked at.

    The page puts each line beside its fields, with room for a comment.
    """

    lines: tuple[CheckLine, ...] = ()

    def comments(self, codes: Iterable[str]) -> dict[str, str]:
        """Read what was said to the lines, by their codes."""
        typed = {code: self[checklist_items.comment_field(code)].data or "" for code in codes}
        return {code: text.strip() for code, text in typed.items() if not is_blank(text)}

    def line(self, code: str) -> CheckLine | None:
        """Find a line by its code, once the answers were looked at."""
        return next((line for line in self.lines if line.code == code), None)

    def is_clear(self, codes: Iterable[str]) -> bool:
        """Say whether some lines were looked at, and none of them asks for anything."""
        lines = [line for code in codes if (line := self.line(code)) is not None]
        return bool(lines) and all(line.is_clear and not line.comment for line in lines)

    def comment(self, code: str) -> Field:
        """Find the field of the comment on a line."""
        return self[checklist_items.comment_field(code)]

    def of(self, prefix: str) -> list[Field]:
        """List the fields whose names begin so, in their order."""
        return [field for name, field in self._fields.items() if name.startswith(prefix)]


def add_comments(form: type[ChecklistForm], titles: Mapping[str, str]) -> None:
    """Give a form a field for the comment on each line, called as the line is."""
    for code, title in titles.items():
        field = LongText(title, render_kw={"rows": 2, "maxlength": REASON_MAX})
        setattr(form, checklist_items.comment_field(code), field)


def typed_comments(comments: Mapping[str, str]) -> dict[str, str]:
    """Say stored comments as the form would have been typed."""
    return {checklist_items.comment_field(code): text for code, text in comments.items()}


def instant(
    at: time | None,
    day: date | None,
    zone: ZoneInfo,
    now: datetime,
    *,
    stored: datetime | None = None,
    within: timedelta = DAY,
) -> datetime | None:
    """Find the instant that was typed: of the day given, else the last time a clock showed it.

    A stored instant that shows just so is left as it is. Of an hour that came twice it is the
    later one, which makes a fast the shorter.
    """
    if at is None:
        return None
    shown_at, shown_on = typed_instant(stored, zone, now)
    if stored is not None and at == shown_at and day in {None, shown_on}:
        return stored
    if day is None:
        return wall_time.latest(at, zone, now, within=within)
    found = wall_time.instants(day, at, zone)
    return found[-1] if found else None


def typed_instant(
    stored: datetime | None, zone: ZoneInfo, now: datetime
) -> tuple[time | None, date | None]:
    """Say a stored instant as it would have been typed; the day only where it is longer ago."""
    if stored is None:
        return None, None
    here = stored.astimezone(zone)
    return here.time().replace(second=0, microsecond=0), here.date() if now - stored > DAY else None


def check_clock(name: str, at: time | None, found: datetime | None) -> list[Problem]:
    """Say that a clock never showed a time that was typed."""
    return [Problem(name, NEVER)] if at is not None and found is None else []
