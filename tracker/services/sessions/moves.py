"""Where a sitting was recorded before it was moved here and where it was moved to, and by whom."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, select

from tracker.domain.codes import SessionState
from tracker.models.database import db, plain_rows
from tracker.models.treatment_sessions import SessionVersion, TreatmentSession
from tracker.services.sessions.amendments import EarlierVersion

_COLUMNS = select(
    TreatmentSession.id,
    TreatmentSession.state,
    TreatmentSession.moved_from_id,
    TreatmentSession.recorded_by,
    TreatmentSession.recorded_at,
)
_ONE = _COLUMNS.where(TreatmentSession.id == bindparam("session_id"))
_MOVED_FROM = _COLUMNS.where(TreatmentSession.moved_from_id == bindparam("session_id"))
_VERSIONS = (
    select(
        SessionVersion.content,
        SessionVersion.saved_by,
        SessionVersion.saved_at,
        SessionVersion.reason,
    )
    .where(SessionVersion.session_id == bindparam("session_id"))
    .order_by(SessionVersion.version)
)
_HELD = SessionState.COMPLETED


class Signature(Struct, frozen=True):
    """Who answers for a version of a record, since when; `reason` is that of an amendment.

    `stands_again` where nothing was amended: it had been struck out, and that was taken back.
    """

    by: str
    at: datetime | None
    reason: str = ""
    stands_again: bool = False


class Move(Struct, frozen=True):
    """A record that a sitting was moved to, by whom and when; `stands` while it is not struck out.

    Of a record that it was moved from, the signature is that of whoever answered for it there.
    """

    session_id: int
    signatures: tuple[Signature, ...]
    stands: bool = False

    @property
    def by(self) -> str:
        """Who wrote it there first: signed it, or moved it there."""
        return self.signatures[0].by if self.signatures else ""

    @property
    def at(self) -> datetime | None:
        """When that was."""
        return self.signatures[0].at if self.signatures else None


class SessionMoves(Struct, frozen=True):
    """The records that a sitting stood in `before`, the first one first, and those it `went` to.

    `stands_at` is where one that is struck out here stands now; None where it stands nowhere.
    """

    before: tuple[Move, ...] = ()
    went: tuple[Move, ...] = ()
    stands_at: int | None = None


NOT_MOVED = SessionMoves()


def of_session(row: TreatmentSession) -> SessionMoves:
    """Say from where a session was moved and where to; who may see it was decided before."""
    is_voided = row.state == SessionState.VOIDED.value
    if row.moved_from_id is None and not is_voided:
        return NOT_MOVED
    before = tuple(_before(row.moved_from_id))[::-1]
    went = [_move(one) for one in _read(_MOVED_FROM, row.id)] if is_voided else []
    went.sort(key=lambda one: (one.at or row.recorded_at, one.stands))
    return SessionMoves(before, tuple(went), _stands_at(row.id) if went else None)


def signatures(
    versions: Iterable[EarlierVersion], now: tuple[SessionState, str, datetime | None]
) -> tuple[Signature, ...]:
    """List who answered for each version since a session was held; before, its plan was changed."""
    told = [(one.record.state, one.saved_by, one.saved_at, one.reason) for one in versions]
    return _list_signatures([*told, (*now, "")])


def _list_signatures(told: list[tuple[str, str, datetime | None, str]]) -> tuple[Signature, ...]:
    """Each version stands under the reason for which the one before it was changed."""
    found: list[Signature] = []
    reason, was_voided = "", False
    for state, by, at, changed_because in told:
        if state == _HELD:
            found.append(Signature(by, at, reason, was_voided) if found else Signature(by, at))
        reason, was_voided = changed_because, state == SessionState.VOIDED
    return tuple(found)


def _before(session_id: int | None) -> Iterator[Move]:
    while session_id is not None:
        [row] = _read(_ONE, session_id)
        yield _move(row)
        session_id = row.moved_from_id


def _stands_at(session_id: int) -> int | None:
    for row in _read(_MOVED_FROM, session_id):
        if row.state != SessionState.VOIDED.value:
            return int(row.id)
        if (found := _stands_at(row.id)) is not None:
            return found
    return None


def _move(row: Any) -> Move:
    told = [
        (str(one.content["state"]), one.saved_by, one.saved_at, one.reason)
        for one in db.session.execute(_VERSIONS, {"session_id": row.id})
    ]
    told.append((row.state, row.recorded_by, row.recorded_at, ""))
    return Move(row.id, _list_signatures(told), row.state != SessionState.VOIDED.value)


def _read(query: Any, session_id: int) -> list[Any]:
    return list(plain_rows(query, {"session_id": session_id}))
