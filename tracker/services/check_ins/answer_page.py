"""What there is to answer in a check-in, as whoever answers it sees it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct, field
from sqlalchemy import bindparam, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.check_ins.status import CheckInStatus, status_of
from tracker.domain.codes import CheckInState, Occasion, ReplyState
from tracker.domain.instruments.model import Instrument, Item
from tracker.domain.problems import NotFoundError
from tracker.instruments import library
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import db
from tracker.models.scoping import fetch, subject, visible
from tracker.services import clock
from tracker.services.check_ins.sync import askable
from tracker.services.instruments import editions as instrument_editions
from tracker.services.unit_of_work import audit

ANSWERABLE = frozenset({CheckInStatus.DUE, CheckInStatus.OVERDUE})

_REPLIES = select(Reply).where(Reply.check_in_id == bindparam("check_in_id"))


class ReplyView(Struct, frozen=True, kw_only=True):
    """One instrument of a check-in and what is answered of it so far, by item code."""

    instrument: Instrument
    state: ReplyState = ReplyState.OPEN
    answers: Mapping[str, Decimal] = field(default_factory=dict)
    seconds_taken: int = 0
    begun: bool = False

    @property
    def crisis(self) -> bool:
        """Whether an answer calls for the crisis line."""
        return check_in_answers.is_crisis(self.instrument, self.answers)

    @property
    def left_out(self) -> tuple[Item, ...]:
        """The questions without an answer that may not be skipped lightly."""
        return check_in_answers.left_out(self.instrument, self.answers)


class AnswerPage(Struct, frozen=True, kw_only=True):
    """A check-in as whoever answers it sees it."""

    check_in_id: int
    occasion: Occasion
    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    status: CheckInStatus
    parts: tuple[ReplyView, ...]

    @property
    def can_be_answered(self) -> bool:
        """Whether it is open right now."""
        return self.status in ANSWERABLE

    @property
    def crisis(self) -> bool:
        """Whether any answer calls for the crisis line."""
        return any(part.crisis for part in self.parts)

    @property
    def open_parts(self) -> tuple[ReplyView, ...]:
        """What is still to be answered."""
        return tuple(part for part in self.parts if part.state is ReplyState.OPEN)

    def part(self, code: str) -> ReplyView:
        """Find one instrument of it; raise NotFoundError where it has none of that code."""
        for part in self.parts:
            if part.instrument.code == code:
                return part
        raise NotFoundError


class Upcoming(Struct, frozen=True):
    """The check-in after this one; `open_now` when it can be answered already."""

    opens_at: datetime
    open_now: bool


def find(check_in_id: int, *, by: Actor) -> AnswerPage:
    """Look up what there is to answer, and what was answered so far."""
    row = mine(check_in_id, by)
    found = page_of(row, clock.now())
    audit(by, "check-in.viewed", f"check-in:{check_in_id}", patient_id=row.patient_id)
    return found


def upcoming(check_in_id: int, *, by: Actor) -> Upcoming | None:
    """Tell when the next check-in opens; the holder of a link knows of no other."""
    row = mine(check_in_id, by)
    now = clock.now()
    opens_at = db.session.scalar(
        select(CheckIn.opens_at)
        .where(
            visible(by, CheckIn),
            CheckIn.patient_id == row.patient_id,
            CheckIn.id != check_in_id,
            CheckIn.state == CheckInState.OPEN.value,
            CheckIn.closes_at > now,
        )
        .order_by(CheckIn.opens_at)
        .limit(1)
    )
    return None if opens_at is None else Upcoming(opens_at, opens_at <= now)


def refuse_others(check_in_id: int, *, by: Actor) -> None:
    """Raise NotFoundError or ForbiddenError for whoever may not answer, whatever they sent."""
    mine(check_in_id, by)


def mine(check_in_id: int, by: Actor) -> CheckIn:
    """Fetch a check-in for whoever may answer it."""
    row = fetch(by, CheckIn, check_in_id)
    authorize(by, Permission.CHECK_IN_ANSWER, subject(row))
    return row


def row_status(row: CheckIn, now: datetime) -> CheckInStatus:
    """Tell where a check-in stands."""
    return status_of(CheckInState(row.state), row.opens_at, row.due_at, row.closes_at, now=now)


def codes(row: CheckIn) -> list[str]:
    """List what of a check-in can be asked on a page."""
    return list(askable(tuple(row.instruments)))


def page_of(row: CheckIn, now: datetime) -> AnswerPage:
    """Make the view of a check-in and its replies."""
    rows = {
        reply.instrument: reply for reply in db.session.scalars(_REPLIES, {"check_in_id": row.id})
    }
    asked = codes(row)
    return AnswerPage(
        check_in_id=row.id,
        occasion=Occasion(row.occasion),
        opens_at=row.opens_at,
        due_at=row.due_at,
        closes_at=row.closes_at,
        status=row_status(row, now),
        parts=tuple(
            _view(rows.get(code), code) for code in [*asked, *(c for c in rows if c not in asked)]
        ),
    )


def _view(reply: Reply | None, code: str) -> ReplyView:
    if reply is None:
        return ReplyView(instrument=library()[code])
    return ReplyView(
        instrument=instrument_editions.read(reply.edition_id),
        state=ReplyState(reply.state),
        answers=check_in_answers.values(check_in_answers.read(reply.answers)),
        seconds_taken=reply.seconds_taken,
        begun=True,
    )
