"""Change what was recorded of a session: every earlier version is kept, with who, when and why."""

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import SessionState
from tracker.domain.parsing import check_reason, is_blank
from tracker.domain.problems import Finding, InvalidError, Problem, StaleError
from tracker.domain.sessions import comments
from tracker.domain.sessions import diff as session_diff
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions import findings as session_findings
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import UncommentedError
from tracker.domain.sessions.record import SessionRecord
from tracker.models.database import db
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import SessionVersion, TreatmentSession
from tracker.services import clock
from tracker.services.check_ins.sync import sync_check_ins
from tracker.services.patients import births
from tracker.services.sessions import context as session_context
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import Unit, unit_of_work
from tracker.services.worksheets import rows as worksheet_rows


class EarlierVersion(Struct, frozen=True):
    """An earlier version of a record: who saved it and when, and why it was changed after that."""

    version: int
    record: SessionRecord
    saved_at: datetime
    saved_by: str
    reason: str


class SessionPlace(Struct, frozen=True):
    """Where a session stands: of whom, in which series, and which; None while it is new.

    `moved_from` is the record that it takes the place of, which is not another session.
    """

    patient_id: int
    series_id: int
    session_id: int | None
    moved_from: int | None = None


def amend(
    session_id: int,
    draft: SessionDraft,
    *,
    reason: str,
    version: int,
    by: Actor,
    once: str = "",
    form: str = "",
) -> int:
    """Replace what is recorded of a session and return its id; raise StaleError if outdated.

    `version` is the one that was opened for the change. The comment that stands answers what was
    unusual before; what becomes unusual now asks for another.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_AMEND, subject(row))
    problems = _problems(draft, reason, row.patient_id, by)
    if row.state != SessionState.COMPLETED.value:
        problems.append(Problem("", "This session is not recorded yet, so record it first."))
    if problems:
        raise InvalidError(problems)
    stored = session_rows.draft_of(session_rows.record_of(session_id))
    place = SessionPlace(row.patient_id, row.series_id, session_id)
    shown = [f.message for f in findings_of(stored, place)]
    answered: Collection[str] | None = shown
    if draft.comment.strip() != stored.comment.strip():
        now = [f.message for f in findings_of(draft, place)]
        answered = comments.list_answered(draft.comment, {*shown, *now})
    draft = ask_for_comment(draft, place, answered)
    with unit_of_work(by) as unit:
        session_rows.lock(by, Series, row.series_id)
        row = session_rows.lock(by, TreatmentSession, session_id)
        unit.once(once)
        if row.version != version:
            raise StaleError(row.version)
        _replace(row, draft, reason, unit, by)
        unit.mark_saved(once, session_id, form=form)
    return session_id


def keep_theirs(
    session_id: int,
    draft: SessionDraft,
    *,
    reason: str,
    version: int,
    by: Actor,
    once: str = "",
    form: str = "",
) -> int:
    """Put one's own version into the history and let the one that stands at `version` stand."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_AMEND, subject(row))
    if problems := _problems(draft, reason, row.patient_id, by):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        session_rows.lock(by, Series, row.series_id)
        row = session_rows.lock(by, TreatmentSession, session_id)
        unit.once(once)
        if row.version != version:
            raise StaleError(row.version)
        theirs = session_rows.draft_of(session_rows.record_of(session_id))
        if theirs != draft:
            saved_by = row.recorded_by
            _replace(row, draft, reason, unit, by)
            stands = f"Two people changed it; what {saved_by} saved stands."
            _replace(row, theirs, stands, unit, by)
        unit.audit("session.choice-made", f"session:{session_id}", patient_id=row.patient_id)
        unit.mark_saved(once, session_id, form=form)
    return session_id


def _problems(draft: SessionDraft, reason: str, patient_id: int, by: Actor) -> list[Problem]:
    return [
        *check_reason(reason),
        *session_draft.check(draft, now=clock.now()),
        *births.problems(patient_id, {"started_at": draft.started_at}, by=by),
    ]


def _replace(
    row: TreatmentSession, draft: SessionDraft, reason: str, unit: Unit, by: Actor
) -> None:
    before = session_rows.draft_of(session_rows.record_of(row.id))
    changed = session_diff.changed_fields(before, draft)
    if not changed:
        raise InvalidError([Problem("", "Nothing differs from what is recorded already.")])
    keep_version(row, reason, unit, by)
    session_rows.write(row, draft)
    unit.audit(
        "session.amended",
        f"session:{row.id}",
        patient_id=row.patient_id,
        detail=" ".join(changed),
    )
    if "started_at" in changed:
        worksheet_rows.sync_due_day(row)
        sync_check_ins(unit, by, row.series_id)


def keep_version(row: TreatmentSession, reason: str, unit: Unit, by: Actor) -> None:
    """Put the present version of a session away, and count the next one as the actor's."""
    db.session.flush()
    version = SessionVersion(
        session_id=row.id,
        version=row.version,
        content=session_rows.pack(session_rows.record_of(row.id)),
        saved_at=row.recorded_at or unit.now,
        saved_by=row.recorded_by,
        reason=reason.strip(),
    )
    db.session.add(version)
    row.version += 1
    row.recorded_at, row.recorded_by = unit.now, by.name


def keep_told(row: TreatmentSession, reason: str, unit: Unit, by: Actor) -> None:
    """Put the present version away before a step, where what it says would be lost otherwise.

    A session that is planned and was never changed says no more than its plan. One that has
    versions keeps each: or the step would stand under the reason of the change before it.
    """
    if row.version > 1 or row.state not in (SessionState.PLANNED, SessionState.UNDER_WAY):
        keep_version(row, reason, unit, by)


def earlier_versions(current: SessionRecord) -> tuple[EarlierVersion, ...]:
    """Read the earlier versions of a record, first to last."""
    rows = db.session.execute(
        select(
            SessionVersion.version,
            SessionVersion.content,
            SessionVersion.saved_at,
            SessionVersion.saved_by,
            SessionVersion.reason,
        )
        .where(SessionVersion.session_id == current.session_id)
        .order_by(SessionVersion.version)
    )
    return tuple(
        EarlierVersion(version, session_rows.unpack(content, current), saved_at, saved_by, reason)
        for version, content, saved_at, saved_by, reason in rows
    )


def ask_for_comment(
    draft: SessionDraft,
    place: SessionPlace,
    answered: Collection[str] | None,
    also: Iterable[Finding] = (),
) -> SessionDraft:
    """Raise UncommentedError while something unusual stands without an answer.

    `also` are findings that are not about the session itself. What was said to a finding that is
    none any more is left out of the draft that is handed back.
    """
    findings = [*findings_of(draft, place), *also]
    known = answered is None or all(finding.message in answered for finding in findings)
    if findings and not (known and not is_blank(draft.comment)):
        raise UncommentedError(findings)
    gone = set(answered or ()) - {finding.message for finding in findings}
    return replace(draft, comment=comments.without(draft.comment, gone))


def findings_of(draft: SessionDraft, place: SessionPlace) -> list[Finding]:
    """List what is unusual about a session, also against the one before it."""
    before = draft.started_at or clock.now()
    last = session_rows.last_before(place.patient_id, before, other_than=place.session_id)
    about = session_context.of_session(
        place.series_id,
        place.session_id,
        draft.started_at,
        session_rows.draft_of(last[1]) if last else None,
        moved_from=place.moved_from,
    )
    return session_findings.review(draft, about)
