"""Sign a session under way: its log becomes the record, which is amended from then on."""

from collections.abc import Collection

from msgspec import Struct

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.live import signing as signing_rules
from tracker.domain.live.entries import EntryKind
from tracker.domain.live.signing import MissingItem, SummaryAnswers
from tracker.domain.problems import Finding, InvalidError, Problem, StaleError
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.findings import UncommentedError
from tracker.models.scoping import fetch, subject
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.checklists import queries as checklist_queries
from tracker.services.checklists.queries import FilledForm
from tracker.services.live import entry_log
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import rows as session_rows
from tracker.services.sessions.amendments import SessionPlace
from tracker.services.sessions.commands import SessionPage
from tracker.services.unit_of_work import audit, refuse_second, unit_of_work

NOTHING_GIVEN = "Nothing was given, by the log. Write the dose there, or set the session aside."
NOT_UNDER_WAY = (
    "This session is not under way any more. What you typed here can be added to its record: amend "
    "it there."
)


class SigningPage(Struct, frozen=True, kw_only=True):
    """The page a session is signed on: what its log says, lacks and has unusual.

    `sequence` is the last entry that it is made of; `said` is what was said to findings at the
    checks before and after, by their messages.
    """

    session_page: SessionPage
    state: SessionState
    summary: SessionDraft
    missing_items: tuple[MissingItem, ...]
    findings: tuple[Finding, ...]
    pre_session: FilledForm | None
    discharge: FilledForm | None
    said: dict[str, str]
    sequence: int


def prepare_page(session_id: int, *, by: Actor) -> SigningPage:
    """Prepare the page; `audit_view` leaves its audit line."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_RECORD, subject(row))
    log = entry_log.of_session(session_id)
    summary = signing_rules.summarise(log, drug=Drug(row.drug), route=Route(row.route))
    checks, discharge = (
        checklist_queries.last_of(log, kind) for kind in (EntryKind.GATE, EntryKind.DISCHARGE)
    )
    findings = tuple(amendments.findings_of(summary, _place(row)))
    return SigningPage(
        session_page=session_commands.prepare_page(None, session_id, by=by),
        state=SessionState(row.state),
        summary=summary,
        missing_items=tuple(signing_rules.missing_items(log, summary)),
        findings=findings,
        pre_session=checks,
        discharge=discharge,
        said=signing_rules.comments_at_checks(
            findings,
            [line for one in (checks, discharge) if one is not None for line in one.lines],
            signing_rules.pre_session_of(log).baseline,
            summary,
        ),
        sequence=log[-1].sequence if log else 0,
    )


def audit_view(page: SigningPage, *, by: Actor) -> None:
    """Leave the audit line of the page."""
    about = f"session:{page.session_page.session_id}"
    audit(by, "sign.viewed", about, patient_id=page.session_page.patient_id)


def sign(
    session_id: int,
    telling: SummaryAnswers,
    *,
    sequence: int,
    by: Actor,
    once: str = "",
    form: str = "",
    answered: Collection[str] | None = None,
) -> int:
    """Sign a session and return its id; whatever is unusual needs a comment, as in recording.

    `sequence` is the last entry of the page that was signed: raise StaleError when more was written
    since, for nobody signs what they have not seen.
    """
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_RECORD, subject(row))
    refuse_second(once)
    draft = signing_rules.add_answers(_summary(row), telling)
    _check(row, draft)
    try:
        draft = amendments.ask_for_comment(draft, _place(row), answered)
    except UncommentedError:
        refuse_second(once)
        raise
    with unit_of_work(by) as unit:
        session_rows.lock(by, Series, row.series_id)
        unit.once(once)
        row = session_rows.lock(by, TreatmentSession, session_id)
        _check(row, draft)
        log = entry_log.of_session(session_id)
        if (last := log[-1].sequence) != sequence:
            raise StaleError(last)
        session_commands.complete(unit, by, row, draft)
        unit.audit("session.signed", f"session:{session_id}", patient_id=row.patient_id)
        unit.mark_saved(once, session_id, form=form)
    return session_id


def check(session_id: int, telling: SummaryAnswers, *, by: Actor) -> list[Problem]:
    """List everything that cannot be, for a page that could not be read whole."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_RECORD, subject(row))
    return session_draft.check(signing_rules.add_answers(_summary(row), telling), now=clock.now())


def _place(row: TreatmentSession) -> SessionPlace:
    return SessionPlace(row.patient_id, row.series_id, row.id)


def _summary(row: TreatmentSession) -> SessionDraft:
    log = entry_log.of_session(row.id)
    return signing_rules.summarise(log, drug=Drug(row.drug), route=Route(row.route))


def _check(row: TreatmentSession, draft: SessionDraft) -> None:
    if row.state != SessionState.UNDER_WAY.value:
        raise InvalidError([Problem("", NOT_UNDER_WAY)])
    if draft.started_at is None:
        raise InvalidError([Problem("", NOTHING_GIVEN)])
    if problems := session_draft.check(draft, now=clock.now()):
        raise InvalidError(problems)
