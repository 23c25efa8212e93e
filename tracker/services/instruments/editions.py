"""The exact texts of instruments that somebody answered, kept so that they read as they did."""

from collections import defaultdict
from functools import lru_cache
from pathlib import Path

from sqlalchemy import bindparam, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from tracker.domain.instruments.model import Instrument
from tracker.domain.problems import NotFoundError
from tracker.models import schema
from tracker.models.assessments import Edition
from tracker.models.database import db
from tracker.services import clock

_KEPT = select(Edition.id).where(Edition.digest == bindparam("digest"))
_ALL_KEPT = select(Edition.code, Edition.version, Edition.content).order_by(
    Edition.kept_at, Edition.id
)
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
    return parse(content)


@lru_cache(maxsize=64)
def parse(content: str) -> Instrument:
    """Read the content of an edition; the same text is read once."""
    from tracker.instruments import shelf

    return shelf.from_text(content)


def all_texts(database_url: str) -> dict[tuple[str, str], list[str]]:
    """Read every text that somebody answered, by code and version; outside a unit of work.

    Where there is no database yet, or none that can be read, nothing was answered: whoever needs
    to know asks `tracker doctor`.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return {}
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    engine = schema.open_engine(database_url)
    try:
        with engine.connect() as connection:
            for code, version, content in connection.execute(_ALL_KEPT):
                found[code, version].append(content)
    except SQLAlchemyError:
        return {}
    finally:
        engine.dispose()
    return dict(found)
