"""The exact texts of instruments that somebody answered, kept so that they read as they did."""

from functools import lru_cache

from sqlalchemy import bindparam, select, text

from tracker.domain.instruments.model import Instrument
from tracker.domain.problems import NotFoundError
from tracker.models.assessments import Edition
from tracker.models.database import db
from tracker.services import clock

_KEPT = select(Edition.id).where(Edition.digest == bindparam("digest"))
_CONTENT = select(Edition.content).where(Edition.id == bindparam("id"))
# Any number will do, as long as nothing else in the database locks by it.
_LOCK = text("SELECT pg_advisory_xact_lock(7041779)")


def keep(instrument: Instrument) -> int:
    """Give the id of an instrument's text, storing it at its first use; inside a unit of work.

    SQLite has one writer at a time. On PostgreSQL whoever comes second waits here for the first,
    and then finds what that one stored.
    """
    found = db.session.scalar(_KEPT, {"digest": instrument.digest})
    if found is None and db.session.connection().dialect.name == "postgresql":
        db.session.execute(_LOCK)
        found = db.session.scalar(_KEPT, {"digest": instrument.digest})
    return found or _store(instrument)


def _store(instrument: Instrument) -> int:
    from tracker.instruments import shelf

    edition = Edition(
        code=instrument.code,
        version=instrument.version,
        language=instrument.language,
        digest=instrument.digest,
        content=shelf.text(instrument),
        kept_at=clock.now(),
    )
    db.session.add(edition)
    db.session.flush()
    return edition.id


def read(edition_id: int) -> Instrument:
    """Read an instrument as it stood when it was answered."""
    content = db.session.scalar(_CONTENT, {"id": edition_id})
    if content is None:
        raise NotFoundError
    return _parse(content)


@lru_cache(maxsize=64)
def _parse(content: str) -> Instrument:
    from tracker.instruments import shelf

    return shelf.from_text(content)
