"""Mood and pain asked again some hours or a day after a session: the relief comes within hours."""

from datetime import datetime
from decimal import Decimal

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Occasion
from tracker.domain.problems import InvalidError, Problem
from tracker.domain.scores import draft as score_draft
from tracker.domain.scores.draft import AssessmentDraft
from tracker.instruments import library
from tracker.models.scoping import fetch, subject
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, unit_of_work

MOOD, PAIN = "mood-nrs", "pain-nrs"  # the same scales as before and after a session


def record(
    session_id: int,
    *,
    mood: int | None,
    pain: int | None,
    taken_at: datetime | None,
    by: Actor,
    once: str = "",
    form: str = "",
) -> int:
    """Record how somebody is some time after a session, and return the session's id.

    What was not asked stays missing: at least one of the two is needed.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SCORE_RECORD, subject(row))
    if row.started_at is None:
        raise InvalidError([Problem("", "This session has not been recorded yet.")])
    ratings = {MOOD: mood, PAIN: pain}
    found = score_draft.check_follow_up(
        taken_at, started_at=row.started_at, ratings=ratings.values()
    )
    drafts = [
        _draft(code, rating, row.started_at, taken_at)
        for code, rating in ratings.items()
        if rating is not None
    ]
    if problems := [*found, *_problems(drafts)]:
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = session_rows.lock(by, TreatmentSession, session_id)
        unit.once(once)
        for draft in drafts:
            _store(unit, by, draft, row)
        unit.mark_saved(once, session_id, form=form)
    return session_id


def _store(unit: Unit, by: Actor, draft: AssessmentDraft, about: TreatmentSession) -> None:
    """Store a rating; it answers what the patient is asked just then, and need not answer again."""
    at = draft.taken_at or unit.now
    asked = check_in_commands.answered_by(draft.instrument, session_id=about.id, at=at)
    score_commands.add(
        unit,
        by,
        draft,
        patient_id=about.patient_id,
        tied_to=(about.series_id, about.id),
        check_in_id=asked,
    )
    if asked is not None:
        check_in_commands.finish(unit, by, asked)


def _draft(
    code: str, rating: int, started_at: datetime, taken_at: datetime | None
) -> AssessmentDraft:
    after = score_draft.hours_between(started_at, taken_at) if taken_at else None
    return AssessmentDraft(
        instrument=code,
        total=Decimal(rating),
        taken_at=taken_at,
        occasion=Occasion.HOURS_AFTER,
        # Before the session is a problem of the time, and is said there.
        hours_after=after if after is not None and after >= 0 else None,
    )


def _problems(drafts: list[AssessmentDraft]) -> list[Problem]:
    """Check the scores; what both say of the time is said once."""
    places = {"total": {MOOD: "mood", PAIN: "pain"}}
    found = {
        Problem(places.get(problem.field, {}).get(draft.instrument, problem.field), problem.message)
        for draft in drafts
        for problem in score_draft.check(draft, library()[draft.instrument], now=clock.now())
        if problem.field != "hours_after"
    }
    return sorted(found, key=lambda problem: problem.field)
