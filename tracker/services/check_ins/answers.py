"""Answering: begin a check-in, save each answer as it is given, finish, or decline."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from sqlalchemy import bindparam, select

from tracker.domain.access import Actor
from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.check_ins.answers import DeclineReason, SentAnswer
from tracker.domain.check_ins.status import CheckInStatus
from tracker.domain.codes import Mode, Occasion, ReplyState
from tracker.domain.instruments.model import Instrument, Item
from tracker.domain.parsing import SHORT_REASON_MAX, visible_text
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.domain.scores import draft as score_draft
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import library
from tracker.models.check_ins import CheckIn, Reply
from tracker.models.database import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.alerts import raising as alert_raising
from tracker.services.check_ins import answer_page, same_scale
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import links as check_in_links
from tracker.services.check_ins.answer_page import ReplyView
from tracker.services.diary import commands as diary_commands
from tracker.services.instruments import editions as instrument_editions
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, unit_of_work

_STARTED = select(TreatmentSession.started_at).where(TreatmentSession.id == bindparam("id"))


class ClosedError(Exception):
    """Nothing can be answered: not yet, not any more, or it was answered already."""

    def __init__(self, how: CheckInStatus) -> None:
        """Keep where the check-in stands."""
        self.standing = how
        super().__init__(how.value)


class LeftOutError(Exception):
    """Questions have no answer, and nobody said that this is meant."""

    def __init__(self, items: tuple[Item, ...]) -> None:
        """Keep the questions."""
        self.items = items
        super().__init__(f"{len(items)} questions")


class SaveResult(Struct, frozen=True):
    """What saving came to: whether the crisis line must be shown, and how much is answered."""

    crisis: bool
    answered: int


def begin(check_in_id: int, *, by: Actor) -> list[ReplyView]:
    """Begin, or go on with, a check-in: the words of its instruments are kept from now on."""
    answer_page.mine(check_in_id, by)
    with unit_of_work(by) as unit:
        row = _open(unit, by, check_in_id)
        for code in answer_page.codes(row):
            _reply(unit, row, code)
        unit.audit("check-in.begun", f"check-in:{check_in_id}", patient_id=row.patient_id)
        return list(answer_page.page_of(row, unit.now).parts)


def save(
    check_in_id: int,
    instrument: str,
    answers: Mapping[str, tuple[str, datetime]],
    seconds: float,
    *,
    by: Actor,
) -> SaveResult:
    """Save answers as they are given: by item code the text of the value ('' takes it back), when.

    The later answer to a question stands, so that the same save may arrive twice or out of order.
    Alerts are raised in the same transaction. Answers that come when nothing is taken any more are
    not kept, but what they call for is raised all the same.
    """
    answer_page.mine(check_in_id, by)
    sent = {code: SentAnswer(value.strip(), at) for code, (value, at) in answers.items()}
    try:
        return _save(check_in_id, instrument, sent, seconds, by=by)
    except ClosedError:
        _hear_late(check_in_id, instrument, sent, by=by)
        raise


def _save(
    check_in_id: int, instrument: str, sent: dict[str, SentAnswer], seconds: float, *, by: Actor
) -> SaveResult:
    with unit_of_work(by) as unit:
        row = _open(unit, by, check_in_id)
        reply, asked = _open_reply(unit, row, instrument)
        if problems := check_in_answers.check(asked, sent):
            raise InvalidError(problems)
        sent = {code: _plain(asked, code, given) for code, given in sent.items()}
        stored = check_in_answers.read(reply.answers)
        merged = check_in_answers.merge(stored, sent, now=unit.now)
        answered = check_in_answers.values(merged)
        if answered != check_in_answers.values(stored):
            reply.seconds_taken += check_in_answers.clamp_seconds(seconds)
        if merged != stored:
            reply.answers, reply.saved_at = check_in_answers.write(merged), unit.now
        crisis = _raise(unit, by, reply, asked, sent=sent, stands=answered)
        unit.audit(
            "reply.saved",
            f"check-in:{check_in_id}",
            patient_id=row.patient_id,
            detail=f"{instrument}: {len(sent)} sent, {len(answered)} answered",
        )
    return SaveResult(check_in_answers.is_crisis(asked, answered | crisis), len(answered))


def _hear_late(
    check_in_id: int, instrument: str, sent: dict[str, SentAnswer], *, by: Actor
) -> None:
    """Raise what answers call for that came too late: a phone may have been without a network."""
    known = select(Reply.id).where(Reply.check_in_id == check_in_id, Reply.instrument == instrument)
    if db.session.scalar(known) is None:
        return
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, CheckIn, check_in_id)
        reply = _reply(unit, row, instrument)
        asked = instrument_editions.read(reply.edition_id)
        if not check_in_answers.check(asked, sent):
            stands = check_in_answers.values(check_in_answers.read(reply.answers))
            _raise(unit, by, reply, asked, sent=sent, stands=stands)
        unit.audit(
            "reply.too-late",
            f"check-in:{check_in_id}",
            patient_id=row.patient_id,
            detail=f"{instrument}: {len(sent)} sent",
        )


def _raise(
    unit: Unit,
    by: Actor,
    reply: Reply,
    asked: Instrument,
    *,
    sent: dict[str, SentAnswer],
    stands: dict[str, Decimal],
) -> dict[str, Decimal]:
    """Raise what answers call for, also those that do not stand, and tell what was sent.

    A phone whose clock runs behind says later what it seems to have said before.
    """
    values = check_in_answers.values(sent)
    unkept = {code: value for code, value in values.items() if stands.get(code) != value}
    alert_raising.raise_for_reply(unit, by, reply, asked, dict(stands), unkept=dict(unkept))
    return values


def finish(check_in_id: int, instrument: str, *, by: Actor, leave_out: bool = False) -> bool:
    """Make a score of what was answered, and say whether the whole check-in is finished.

    Raise LeftOutError for questions without an answer, unless `leave_out` says that this is meant.
    What was finished before is left as it is.
    """
    answer_page.mine(check_in_id, by)
    with unit_of_work(by) as unit:
        row = _open(unit, by, check_in_id)
        reply, asked = _open_reply(unit, row, instrument)
        draft = draft_of(row, reply, asked, now=unit.now)
        if problems := score_draft.check(draft, asked, now=unit.now):
            raise InvalidError(problems)
        missing = check_in_answers.left_out(asked, draft.given_answers)
        if missing and not leave_out:
            raise LeftOutError(missing)
        reply.assessment_id = score_commands.add(
            unit,
            by,
            draft,
            patient_id=row.patient_id,
            tied_to=(row.series_id, row.session_id),
            check_in_id=check_in_id,
            edition=asked,
        )
        reply.state, reply.saved_at = ReplyState.DONE.value, unit.now
        unit.audit(
            "reply.sent",
            f"check-in:{check_in_id}",
            patient_id=row.patient_id,
            detail=f"{instrument}: {len(draft.given_answers)} answered, {len(missing)} left out",
        )
        return _close(unit, by, check_in_id)


def use_earlier(check_in_id: int, instrument: str, *, by: Actor) -> bool:
    """Let the answers that a patient gave elsewhere serve here too; say whether it is finished.

    Where there are none, such as on a page that was open for long, nothing is done.
    """
    page = answer_page.page_of(answer_page.mine(check_in_id, by), clock.now())
    earlier = same_scale.earlier_answers(page, by=by).get(instrument)
    if earlier is None:
        return False
    with unit_of_work(by) as unit:
        row = _open(unit, by, check_in_id)
        reply, _asked = _open_reply(unit, row, instrument)
        given = db.session.scalars(
            select(Reply).where(Reply.assessment_id == earlier.score_id).order_by(Reply.id)
        ).first()
        if given is not None:  # what calls for help there calls for it here
            reply.answers, reply.edition_id = given.answers, given.edition_id
        reply.assessment_id = earlier.score_id
        reply.state, reply.saved_at = ReplyState.DONE.value, unit.now
        unit.audit(
            "reply.used-again",
            f"check-in:{check_in_id}",
            patient_id=row.patient_id,
            detail=instrument,
        )
        return _close(unit, by, check_in_id)


def decline(check_in_id: int, instrument: str, reason: DeclineReason, *, by: Actor) -> bool:
    """Decline one instrument, or with '' all that are open; say whether the check-in is finished.

    What was answered before stays, and so do its alerts. Who would rather talk raises one, however
    many questionnaires they decline.
    """
    row = answer_page.mine(check_in_id, by)
    if problems := _check_reason(reason):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = _open(unit, by, check_in_id)
        wants_to_talk = reason.wants_to_talk
        for code in [instrument] if instrument else answer_page.codes(row):
            reply = _reply(unit, row, code)
            if reply.state == ReplyState.OPEN.value:
                reply.state, reply.reason = ReplyState.DECLINED.value, reason.text
                reply.saved_at = unit.now
                asked = instrument_editions.read(reply.edition_id)
                given = check_in_answers.values(check_in_answers.read(reply.answers))
                alert_raising.raise_for_reply(unit, by, reply, asked, dict(given), given_up=True)
                if wants_to_talk:
                    alert_raising.raise_for_wish_to_talk(unit, by, reply, asked)
                    wants_to_talk = False
        diary_commands.keep_declined_words(unit, by, row, reason.words)
        unit.audit(
            "reply.declined",
            f"check-in:{check_in_id}",
            patient_id=row.patient_id,
            detail=instrument or "all that were open",
        )
        return _close(unit, by, check_in_id)


def keep_late_words(check_in_id: int, reason: DeclineReason, *, by: Actor) -> bool:
    """Keep what somebody wrote with a no that came too late, for the clinic to read.

    Say whether there was anything to keep.
    """
    row = answer_page.mine(check_in_id, by)
    if not visible_text(reason.words) or _check_reason(reason):
        return False
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, CheckIn, check_in_id)
        diary_commands.keep_declined_words(unit, by, row, reason.words)
        about = f"check-in:{check_in_id}"
        unit.audit("diary.written", about, patient_id=row.patient_id, detail="with a late no")
    return True


def _open(unit: Unit, by: Actor, check_in_id: int) -> CheckIn:
    """Hold a check-in that can be answered now; whoever else answers it waits."""
    row = session_rows.lock(by, CheckIn, check_in_id)
    if (how := answer_page.row_status(row, unit.now)) not in answer_page.ANSWERABLE:
        raise ClosedError(how)
    return row


def _reply(unit: Unit, row: CheckIn, code: str) -> Reply:
    """Read what is answered of an instrument, as it is now, or begin it."""
    query = (
        select(Reply)
        .where(Reply.check_in_id == row.id, Reply.instrument == code)
        .execution_options(populate_existing=True)
    )
    reply = db.session.scalar(query)
    if reply is not None:
        return reply
    if code not in answer_page.codes(row):
        raise NotFoundError
    reply = Reply(
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        check_in_id=row.id,
        instrument=code,
        edition_id=instrument_editions.keep(library()[code]),
        answers={},
        state=ReplyState.OPEN.value,
        began_at=unit.now,
        saved_at=unit.now,
        seconds_taken=0,
    )
    db.session.add(reply)
    db.session.flush()
    return reply


def _open_reply(unit: Unit, row: CheckIn, code: str) -> tuple[Reply, Instrument]:
    reply = _reply(unit, row, code)
    if reply.state != ReplyState.OPEN.value:
        raise ClosedError(CheckInStatus(reply.state))
    return reply, instrument_editions.read(reply.edition_id)


def _plain(asked: Instrument, code: str, given: SentAnswer) -> SentAnswer:
    """Write the value of a checked answer as its instrument does."""
    item = asked.item(code)
    choice = item.choice(Decimal(given.value)) if item and given.value else None
    return SentAnswer(f"{choice.value:f}" if choice else "", given.at)


def draft_of(
    row: CheckIn, reply: Reply, asked: Instrument, *, now: datetime, note: str = ""
) -> AssessmentDraft:
    """Make the score that what is answered of a form comes to."""
    stored = check_in_answers.read(reply.answers)
    taken_at = check_in_answers.last_at(stored, since=reply.began_at, now=now)
    occasion = Occasion(row.occasion)
    return AssessmentDraft(
        instrument=asked.code,
        total=None,
        taken_at=taken_at,
        occasion=occasion,
        hours_after=_hours_after(row, taken_at) if occasion is Occasion.HOURS_AFTER else None,
        answers=check_in_answers.relevant(asked, check_in_answers.values(stored)),
        mode=Mode.SELF,
        seconds_taken=reply.seconds_taken,
        note=note,
    )


def _hours_after(row: CheckIn, taken_at: datetime) -> Decimal | None:
    started_at = row.session_id and db.session.scalar(_STARTED, {"id": row.session_id})
    if not started_at:
        return None
    hours = score_draft.hours_between(started_at, taken_at)
    return hours if 0 <= hours <= score_draft.HOURS_AFTER_MAX else None


def _close(unit: Unit, by: Actor, check_in_id: int) -> bool:
    """Finish the check-in where nothing is left of it, and end its links."""
    finished = check_in_commands.finish(unit, by, check_in_id)
    if finished:
        check_in_links.end(unit, check_in_id)
    return finished


def _check_reason(reason: DeclineReason) -> list[Problem]:
    if not reason.text:
        return [Problem("reason", "Choose a reason, or write one.")]
    if len(reason.text) > SHORT_REASON_MAX:
        return [Problem("words", f"Write at most {SHORT_REASON_MAX} characters.")]
    return []
