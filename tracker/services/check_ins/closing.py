"""What was answered and never sent, once its check-in is over.

A form answered to the end becomes a score that says so; what was answered in part is kept as far as
it goes. The first page of every check-in says both beforehand. Safe to run twice.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from tracker.domain.access import Actor
from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.check_ins.status import OPEN_MAX
from tracker.domain.codes import CheckInState, ReplyState
from tracker.domain.scores import draft as score_draft
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import db
from tracker.services import clock
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import links as check_in_links
from tracker.services.clinic import clinics
from tracker.services.instruments import editions as instrument_editions
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, unit_of_work

NOTE = "Not sent by the patient: taken over, complete, when the check-in closed."
# A clinic whose pages and timers rested for so long finds what was left all the same.
LOOKED_BACK = OPEN_MAX + timedelta(days=365)


def close_over(clinic_id: int) -> int:
    """Take over what was answered in check-ins that are over; count the forms."""
    found = _to_close(clinic_id, clock.now())
    by = clinics.console(clinic_id, "check-in closed") if found else None
    return sum(_close(check_in_id, by) for check_in_id in found if by)


def _to_close(clinic_id: int, now: datetime) -> list[int]:
    """Find check-ins that are over and hold answers nobody sent."""
    query = (
        select(CheckIn.id)
        .join(Reply, Reply.check_in_id == CheckIn.id)
        .where(
            CheckIn.clinic_id == clinic_id,
            CheckIn.state == CheckInState.OPEN.value,
            CheckIn.closes_at.between(now - LOOKED_BACK, now),
            Reply.state == ReplyState.OPEN.value,
            Reply.answers != {},
        )
        .group_by(CheckIn.id)
        .order_by(func.min(CheckIn.closes_at), CheckIn.id)
    )
    return list(db.session.scalars(query))


def _close(check_in_id: int, by: Actor) -> int:
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, CheckIn, check_in_id)
        taken = 0
        if row.state == CheckInState.OPEN.value and row.closes_at <= unit.now:
            replies = select(Reply).where(
                Reply.check_in_id == check_in_id, Reply.state == ReplyState.OPEN.value
            )
            for reply in db.session.scalars(
                replies.execution_options(populate_existing=True)
            ).all():
                taken += _take_over(unit, by, row, reply)
        about = f"check-in:{check_in_id}"
        unit.audit("check-in.closed", about, patient_id=row.patient_id, detail=f"{taken} forms")
        if check_in_commands.finish(unit, by, check_in_id):
            check_in_links.end(unit, check_in_id)
    return taken


def _take_over(unit: Unit, by: Actor, row: CheckIn, reply: Reply) -> bool:
    """Make a score of a form that was answered to the end; say whether one was made."""
    asked = instrument_editions.read(reply.edition_id)
    reply.state = ReplyState.UNSENT.value
    given = check_in_answers.values(check_in_answers.read(reply.answers))
    if not check_in_answers.is_whole(asked, given):
        return False
    draft = answering.draft_of(row, reply, asked, now=unit.now, note=NOTE)
    if score_draft.check(draft, asked, now=unit.now):
        return False  # as it stands it is no score; what was answered stays to be read
    reply.assessment_id = score_commands.add(
        unit,
        by,
        draft,
        patient_id=row.patient_id,
        tied_to=(row.series_id, row.session_id),
        check_in_id=row.id,
        edition=asked,
    )
    reply.state = ReplyState.DONE.value
    return True
