"""One scale asked for twice: staff are asked before it is; one answer may serve both."""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor
from tracker.domain.check_ins.schedule import title
from tracker.domain.codes import CheckInState, Mode
from tracker.domain.formatting import until
from tracker.domain.problems import Finding, UnseenError
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.database import db
from tracker.models.scoping import visible
from tracker.services.check_ins.answer_page import AnswerPage
from tracker.services.clinic import clinics


class EarlierAnswer(Struct, frozen=True):
    """A score from home, given while another check-in that asks the same was open."""

    score_id: int
    taken_at: datetime


def ask(
    patient_id: int,
    instruments: Sequence[str],
    opens_at: datetime,
    closes_at: datetime,
    seen: Collection[str] | None,
    *,
    by: Actor,
) -> None:
    """Raise UnseenError while another open check-in asks the same, and the page has not said so.

    `seen` is None where nobody looks at a page that could ask.
    """
    if seen is None:
        return
    rows = db.session.execute(
        select(CheckIn.line, CheckIn.instruments, CheckIn.closes_at)
        .where(
            visible(by, CheckIn),
            CheckIn.patient_id == patient_id,
            CheckIn.state == CheckInState.OPEN.value,
            CheckIn.opens_at < closes_at,
            CheckIn.closes_at > opens_at,
        )
        .order_by(CheckIn.opens_at, CheckIn.id)
    )
    zone = clinics.view(by.clinic_id).zone
    found = [
        Finding(
            "instruments",
            f"{library()[code].short_title} is asked for already, until "
            f"{until(row.closes_at.astimezone(zone))}: {title(row.line)}.",
            "",
        )
        for row in rows
        for code in row.instruments
        if code in instruments and code in library()
    ]
    if any(one.message not in seen for one in found):
        raise UnseenError(found)


def earlier_answers(page: AnswerPage, *, by: Actor) -> dict[str, EarlierAnswer]:
    """Find, by instrument, what the patient answered elsewhere while this check-in was open.

    Only for what is not begun here. The holder of a link knows of no other check-in.
    """
    asked = [part.instrument.code for part in page.open_parts if not part.answers]
    if not asked or by.user_id is None or by.patient_id is None:
        return {}
    rows = db.session.execute(
        select(Assessment.instrument, Assessment.id, Assessment.taken_at)
        .where(
            visible(by, Assessment),
            Assessment.patient_id == by.patient_id,
            Assessment.instrument.in_(asked),
            Assessment.mode == Mode.SELF.value,
            Assessment.check_in_id.is_not(None),
            Assessment.check_in_id != page.check_in_id,
            Assessment.taken_at >= page.opens_at,
            Assessment.voided_at.is_(None),
        )
        .order_by(Assessment.taken_at, Assessment.id)
    )
    return {row.instrument: EarlierAnswer(row.id, row.taken_at) for row in rows}
