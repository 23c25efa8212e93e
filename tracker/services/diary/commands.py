"""Write into the diary, take back, mark as read, ask to talk to somebody."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Mode, Occasion, SessionState
from tracker.domain.diary import draft as diary_draft
from tracker.domain.diary.draft import DiaryDraft
from tracker.domain.diary.kinds import DiaryKind
from tracker.domain.parsing import visible_text
from tracker.domain.problems import InvalidError, MergedError, Problem
from tracker.domain.scores import draft as score_draft
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.sessions.point import MOOD, PAIN
from tracker.instruments import library
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.database import db, new_id
from tracker.models.diary import DiaryEntry
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.alerts import raising as alert_raising
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.clinic import clinics
from tracker.services.scores import commands as score_commands
from tracker.services.scores import session_links as score_links
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, unit_of_work

WITHDRAWN_REASON = "Withdrawn by the patient"
TOO_LATE = "This can be withdrawn only within an hour. To change something, call your clinic."
SEEN_ALREADY = "Your clinic has seen this already. If you no longer wish to talk, tell them."
NOT_NOW = "This asks about the three days after a session."
WRITTEN_ALREADY = "You have answered this already. Thank you."


def write(
    patient_id: int,
    draft: DiaryDraft,
    *,
    by: Actor,
    once: str = "",
    form: str = "",
    pressed_at: datetime | None = None,
) -> int:
    """Write how the patient feels now, or a note, and return the entry's id.

    `pressed_at` is when it was told; it may have waited for a connection since.
    """
    authorize(by, Permission.DIARY_WRITE, subject(fetch(by, Patient, patient_id)))
    if problems := diary_draft.check(draft):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        unit.once(once)
        _hold(by, patient_id)
        at = diary_draft.telling_moment(pressed_at, unit.now)
        entry = store(unit, by, draft, patient_id=patient_id, at=at)
        unit.mark_saved(once, entry.id, form=form)
        return entry.id


def write_day_after(
    session_id: int,
    draft: DiaryDraft,
    *,
    by: Actor,
    once: str = "",
    form: str = "",
    pressed_at: datetime | None = None,
) -> int:
    """Write how the day after a session is, once a session, and return the entry's id.

    What was told in time is taken in time, however late it arrives.
    """
    about = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.DIARY_WRITE, subject(about))
    if problems := diary_draft.check(draft):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        unit.once(once)
        about = session_rows.lock(by, TreatmentSession, session_id)
        at = diary_draft.telling_moment(pressed_at, unit.now)
        if not is_asked(about.started_at, about.state, by=by, now=at):
            raise InvalidError([Problem("", NOT_NOW)])
        if day_after_id(session_id) is not None:
            raise InvalidError([Problem("", WRITTEN_ALREADY)])
        entry = store(unit, by, draft, patient_id=about.patient_id, at=at, about=about)
        unit.mark_saved(once, entry.id, form=form)
        return entry.id


def is_asked(started_at: datetime | None, state: str, *, by: Actor, now: datetime) -> bool:
    """Say whether it is one of the days after a session that was held, in the clinic."""
    if started_at is None or state != SessionState.COMPLETED:
        return False
    zone = clinics.view(by.clinic_id).zone
    days = (at.astimezone(zone).date() for at in (started_at, now))
    return diary_draft.is_day_after(*days)


def day_after_id(session_id: int) -> int | None:
    """Find what was written of the days after a session, and stands."""
    return db.session.scalar(
        select(DiaryEntry.id).where(
            DiaryEntry.session_id == session_id, DiaryEntry.withdrawn_at.is_(None)
        )
    )


def _hold(by: Actor, patient_id: int) -> Patient:
    """Hold the patient; who is archived is heard all the same."""
    patient = session_rows.lock(by, Patient, patient_id)
    if patient.merged_into_id is not None:
        raise MergedError
    return patient


def store(
    unit: Unit,
    by: Actor,
    draft: DiaryDraft,
    *,
    patient_id: int,
    at: datetime,
    about: TreatmentSession | None = None,
    check_in_id: int | None = None,
) -> DiaryEntry:
    """Store a checked entry inside a unit of work, its mood and pain as scores of their own."""
    ratings = {MOOD: draft.mood, PAIN: draft.pain}
    made = {
        code: _score(unit, by, code, rating, patient_id=patient_id, at=at, about=about)
        for code, rating in ratings.items()
        if rating is not None
    }
    entry = DiaryEntry(
        id=new_id(),
        clinic_id=by.clinic_id,
        patient_id=patient_id,
        kind=draft.kind.value,
        session_id=about.id if about else None,
        check_in_id=check_in_id,
        written_at=at,
        written_by=by.name,
        mood_score_id=made.get(MOOD),
        pain_score_id=made.get(PAIN),
        effects={code: how.value for code, how in draft.effects.items()},
        sleep=draft.sleep.value if draft.sleep else None,
        words=visible_text(draft.words),
    )
    db.session.add(entry)
    db.session.flush()
    unit.audit("diary.written", f"diary:{entry.id}", patient_id=patient_id, detail=draft.kind.value)
    return entry


def _score(
    unit: Unit,
    by: Actor,
    code: str,
    rating: int,
    *,
    patient_id: int,
    at: datetime,
    about: TreatmentSession | None,
) -> int:
    """Store a rating; one of the day after answers what a check-in asks just then."""
    [item] = library()[code].items
    started_at = about.started_at if about else None
    score_id = score_commands.add(
        unit,
        by,
        AssessmentDraft(
            instrument=code,
            total=None,
            taken_at=at,
            occasion=Occasion.HOURS_AFTER if started_at else Occasion.UNSCHEDULED,
            hours_after=score_draft.hours_between(started_at, at) if started_at else None,
            answers={item.code: Decimal(rating)},
            mode=Mode.SELF,
        ),
        patient_id=patient_id,
        tied_to=(about.series_id, about.id) if about else (None, None),
    )
    if about is not None:
        _answer_check_in(unit, by, score_id, code, session_id=about.id, at=at)
    return score_id


def _answer_check_in(
    unit: Unit, by: Actor, score_id: int, code: str, *, session_id: int, at: datetime
) -> None:
    asked = check_in_commands.answered_by(code, session_id=session_id, at=at)
    if asked is None:
        return
    row = db.session.get_one(Assessment, score_id)
    row.check_in_id = asked
    score_links.close_reply(unit, asked, row)
    check_in_commands.finish(unit, by, asked)


def keep_declined_words(unit: Unit, by: Actor, row: CheckIn, words: str) -> None:
    """Keep the words that came with a declined check-in, inside its unit of work, once."""
    words = visible_text(words)
    there = select(DiaryEntry.id).where(
        DiaryEntry.check_in_id == row.id,
        DiaryEntry.words == words,
        DiaryEntry.withdrawn_at.is_(None),
    )
    if words and db.session.scalar(there.limit(1)) is None:
        draft = DiaryDraft(kind=DiaryKind.DECLINED, words=words)
        store(unit, by, draft, patient_id=row.patient_id, at=unit.now, check_in_id=row.id)


def withdraw(diary_id: int, *, by: Actor) -> None:
    """Withdraw an entry within its hour; its scores are struck out, and staff still see it."""
    authorize(by, Permission.DIARY_WRITE, subject(fetch(by, DiaryEntry, diary_id)))
    with unit_of_work(by) as unit:
        entry = session_rows.lock(by, DiaryEntry, diary_id)
        if entry.kind == DiaryKind.TALK:
            _take_back(unit, by, entry)
        elif entry.withdrawn_at is None:
            if not diary_draft.can_be_withdrawn(entry.written_at, unit.now):
                raise InvalidError([Problem("", TOO_LATE)])
            entry.withdrawn_at = unit.now
            # Whoever read the words is to see that they are withdrawn.
            entry.read_at, entry.read_by, entry.read_by_id = None, "", None
            for score_id in filter(None, (entry.mood_score_id, entry.pain_score_id)):
                row = session_rows.lock(by, Assessment, score_id)
                score_commands.strike(unit, by, row, WITHDRAWN_REASON)
        unit.audit("diary.withdrawn", f"diary:{diary_id}", patient_id=entry.patient_id)


def mark_read(diary_id: int, *, by: Actor) -> int:
    """Note by name that words were read, once, and return whose they are."""
    return _mark(diary_id, by=by, is_read=True)


def mark_unread(diary_id: int, *, by: Actor) -> int:
    """Take it back that words were read, and return whose they are."""
    return _mark(diary_id, by=by, is_read=False)


def _mark(diary_id: int, *, by: Actor, is_read: bool) -> int:
    authorize(by, Permission.DIARY_MARK, subject(fetch(by, DiaryEntry, diary_id)))
    with unit_of_work(by) as unit:
        entry = session_rows.lock(by, DiaryEntry, diary_id)
        if is_read and entry.read_at is None:
            entry.read_at, entry.read_by, entry.read_by_id = unit.now, by.name, by.user_id
        elif not is_read:
            entry.read_at, entry.read_by, entry.read_by_id = None, "", None
        action = "diary.read" if is_read else "diary.unread"
        unit.audit(action, f"diary:{diary_id}", patient_id=entry.patient_id)
        return entry.patient_id


def ask_to_talk(patient_id: int, *, by: Actor) -> int:
    """Raise that the patient would like to talk; pressed again while it waits, it is the same."""
    authorize(by, Permission.DIARY_WRITE, subject(fetch(by, Patient, patient_id)))
    with unit_of_work(by) as unit:
        _hold(by, patient_id)
        entry = _waiting_wish(patient_id)
        if entry is None:
            draft = DiaryDraft(kind=DiaryKind.TALK)
            entry = store(unit, by, draft, patient_id=patient_id, at=unit.now)
            alert_raising.raise_for_wish_to_talk(unit, by, entry)
        unit.audit("wish-to-talk.raised", f"diary:{entry.id}", patient_id=patient_id)
        return entry.id


def _waiting_wish(patient_id: int) -> DiaryEntry | None:
    """Find the wish that nobody has acknowledged yet."""
    return db.session.scalar(
        select(DiaryEntry)
        .join(Alert, Alert.diary_entry_id == DiaryEntry.id)
        .where(
            DiaryEntry.patient_id == patient_id,
            DiaryEntry.kind == DiaryKind.TALK.value,
            DiaryEntry.withdrawn_at.is_(None),
            Alert.acknowledged_at.is_(None),
        )
    )


def _take_back(unit: Unit, by: Actor, entry: DiaryEntry) -> None:
    """Close the alert of a wish in its patient's name, unless somebody has acknowledged it.

    Until somebody has read it, it stands among the new words of patients: who took a wish back may
    still want to be asked.
    """
    alert = db.session.scalar(
        select(Alert)
        .where(Alert.diary_entry_id == entry.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if entry.withdrawn_at is not None or alert is None:
        return
    if alert.acknowledged_at is not None:
        raise InvalidError([Problem("", SEEN_ALREADY)])
    entry.withdrawn_at = alert.acknowledged_at = unit.now
    alert.acknowledged_by, alert.acknowledged_by_id = by.name, by.user_id
    alert.done = "Taken back by the patient."
    unit.audit("wish-to-talk.taken-back", f"alert:{alert.id}", patient_id=entry.patient_id)
