"""Lines that tell the newest line of the trail to somebody who keeps them outside the machine."""

import re
from collections.abc import Iterable

from sqlalchemy import select

from tracker.domain.problems import InvalidError, Problem
from tracker.models.audit import AuditEvent
from tracker.models.database import db
from tracker.services import clock

_LINE = re.compile(r"(?P<sequence>\d+) (?P<seal>[0-9a-f]{64}) \S+")
_NEWEST = select(AuditEvent.sequence, AuditEvent.seal).order_by(AuditEvent.sequence.desc()).limit(1)


def write() -> str:
    """Write the line of now: the newest sequence and seal, and when. '' while there is no trail.

    It says nothing of anybody, so that it may be mailed, printed or kept where everybody reads it.
    """
    newest = db.session.execute(_NEWEST).one_or_none()
    if newest is None:
        return ""
    return f"{newest.sequence} {newest.seal} {clock.now().isoformat(timespec='seconds')}"


def read(lines: Iterable[str]) -> dict[int, str]:
    """Read lines that `write` wrote: seals by sequence. Empty ones are passed over."""
    found: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        match = _LINE.fullmatch(text)
        if match is None or found.get(int(match["sequence"]), match["seal"]) != match["seal"]:
            message = f"Line {number} is no anchor, or says something else than one before it."
            raise InvalidError([Problem("anchor", message)])
        found[int(match["sequence"])] = match["seal"]
    if not found:
        raise InvalidError([Problem("anchor", "The file holds no anchor.")])
    return found
