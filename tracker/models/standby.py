"""Large reads from a standby of PostgreSQL, where one is named and has all that was saved.

What somebody has just saved is in every file that they take next: a standby is asked only once it
has replayed all that the main server had written when it was asked for (its position in the log).
One that does not answer, or lags, is passed over, and the main server is read as without it.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Executable, text
from sqlalchemy.exc import DBAPIError

from tracker.models.database import ELSEWHERE, STANDBY, db, long_work, plain_rows

EXPORT_SECONDS = 10 * 60  # for one statement of a file
WAIT_SECONDS = 2.0  # for a standby that lags
_LOOK_SECONDS = 0.05
_WRITTEN = text("SELECT CAST(pg_current_wal_lsn() AS text)")
# A server that is no standby has a log of its own, and may be another clinic's.
_REPLAYED = text(
    "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn)"
)
_log = logging.getLogger(__name__)


@contextmanager
def large_reads(seconds: int) -> Iterator[None]:
    """Read from the standby, where there is one, and let each statement take so long.

    Nothing is written inside, and what was read before is read anew.
    """
    engine = db.engines.get(STANDBY)
    if engine is None or not _is_up_to_date(engine):
        with long_work(seconds):
            yield
        return
    asked = db.session()
    asked.rollback()
    asked.info[ELSEWHERE] = engine
    try:
        with long_work(seconds):
            yield
    finally:
        _come_back()


def pieces(made: Iterator[bytes], seconds: int) -> Iterator[bytes]:
    """Give a file a piece at a time, all of it read like that."""
    with large_reads(seconds):
        yield from made


def rows(statement: Executable) -> Sequence[Any]:
    """Read rows; from the main server where the standby fails in the middle of a file."""
    try:
        return plain_rows(statement).all()
    except DBAPIError as error:
        if db.session().info.get(ELSEWHERE) is None:
            raise
        _pass_over(error)
        _come_back()
        return plain_rows(statement).all()


def _is_up_to_date(engine: Engine) -> bool:
    """Say whether the standby has everything that is saved now; it is given a moment."""
    try:
        written = db.session.scalar(_WRITTEN)
        until = time.monotonic() + WAIT_SECONDS
        with engine.connect() as opened:
            while not opened.scalar(_REPLAYED, {"written": written}):
                if time.monotonic() > until:
                    _log.warning("the standby lags: large reads go to the main server")
                    return False
                opened.rollback()
                time.sleep(_LOOK_SECONDS)
    except DBAPIError as error:
        db.session.rollback()
        _pass_over(error)
        return False
    return True


def _pass_over(error: DBAPIError) -> None:
    _log.warning("the standby is passed over: %s", type(error).__name__)


def _come_back() -> None:
    asked = db.session()
    asked.rollback()
    asked.info.pop(ELSEWHERE, None)
