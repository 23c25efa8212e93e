"""What is answered of a check-in and not sent: how much, and the answers once it is over.

Whoever answers was told so on the first page. Until then only the counts are shown.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.check_ins.status import CheckInStatus
from tracker.domain.codes import ReplyState
from tracker.domain.instruments.model import Instrument, Item
from tracker.models.assessments import Edition
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import db
from tracker.models.scoping import fetch, subject, visible
from tracker.services import clock
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins.commands import CheckInView
from tracker.services.instruments import editions as instrument_editions
from tracker.services.unit_of_work import audit

_NOT_SENT = (ReplyState.OPEN.value, ReplyState.UNSENT.value)


class UnsentForm(Struct, frozen=True, kw_only=True):
    """A form somebody has begun and not sent: so many of its questions are answered.

    `is_whole` says whether none that must not be skipped is open.
    """

    instrument: str
    title: str
    answered: int
    questions: int
    items: tuple[tuple[Item, Decimal | None], ...]
    is_whole: bool

    @property
    def words(self) -> str:
        """How much is answered, as `PHQ-9: 9 of 9 answered, not sent`."""
        return f"{self.title}: {self.answered} of {self.questions} answered, not sent"


class UnsentCheckIn(Struct, frozen=True, kw_only=True):
    """A check-in with what is not sent of it; the answers only where it is over."""

    check_in: CheckInView
    forms: tuple[UnsentForm, ...]
    shows_answers: bool


def of_check_ins(check_in_ids: Iterable[int], *, by: Actor) -> Mapping[int, tuple[UnsentForm, ...]]:
    """Find what is begun and not sent of some check-ins, in one query; leaves no audit line.

    Who may see them was decided where they were listed.
    """
    wanted = list(check_in_ids)
    if not wanted:
        return {}
    query = (
        select(Reply, Edition.content)
        .join(Edition, Edition.id == Reply.edition_id)
        .where(visible(by, Reply), Reply.check_in_id.in_(wanted), Reply.state.in_(_NOT_SENT))
        .order_by(Reply.began_at, Reply.id)
    )
    found: dict[int, tuple[UnsentForm, ...]] = {}
    for reply, content in db.session.execute(query):
        form = _form(reply, instrument_editions.parse(content))
        if form.answered:
            found[reply.check_in_id] = (*found.get(reply.check_in_id, ()), form)
    return found


def find(check_in_id: int, *, by: Actor) -> UnsentCheckIn:
    """Look up what is not sent of a check-in, for staff."""
    row = fetch(by, CheckIn, check_in_id)
    authorize(by, Permission.CHECK_IN_VIEW, subject(row))
    view = check_in_commands.view_of(row, clock.now())
    forms = of_check_ins([check_in_id], by=by).get(check_in_id, ())
    audit(by, "check-in.viewed", f"check-in:{check_in_id}", patient_id=row.patient_id)
    return UnsentCheckIn(
        check_in=view, forms=forms, shows_answers=view.status is CheckInStatus.MISSED
    )


def _form(reply: Reply, asked: Instrument) -> UnsentForm:
    given = check_in_answers.values(check_in_answers.read(reply.answers))
    counted = check_in_answers.required_items(asked, given)
    put = check_in_answers.items_to_ask(asked, given)
    return UnsentForm(
        instrument=reply.instrument,
        title=asked.short_title,
        answered=sum(item.code in given for item in counted),
        questions=len(counted),
        items=tuple((item, given.get(item.code)) for item in put),
        is_whole=check_in_answers.is_whole(asked, given),
    )
