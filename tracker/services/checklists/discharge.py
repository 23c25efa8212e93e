"""The checks before somebody leaves: prepare their page, save them."""

from datetime import datetime

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.checklists import discharge as discharge_rules
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists.discharge import Criterion, Discharge
from tracker.domain.checklists.items import CheckLine
from tracker.domain.clinic.labels import Labels
from tracker.domain.codes import Drug
from tracker.domain.live import signing as signing_rules
from tracker.domain.live.entries import EntryDraft, EntryKind, Form, Reading, effective, of_kind
from tracker.domain.problems import InvalidError, Problem
from tracker.domain.timelines.timeline import Treatment
from tracker.models.scoping import fetch, subject
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock, drafts
from tracker.services.checklists import queries as checklist_queries
from tracker.services.checklists.queries import ChecklistPage
from tracker.services.clinic import treatment_settings
from tracker.services.live import entry_log
from tracker.services.rows import from_row
from tracker.services.sessions import commands as session_commands
from tracker.services.unit_of_work import audit


class DischargePage(ChecklistPage, frozen=True, kw_only=True):
    """The page of the checks before leaving; `reading` is the last of the log, from `read_at`."""

    now: datetime
    discharge: Discharge
    criteria: tuple[Criterion, ...]
    labels: Labels
    reading: Reading | None
    read_at: datetime | None

    @property
    def asks_for_two_hours(self) -> bool:
        """Whether a label wants two hours, whatever the patient's state."""
        treatment = self.treatment
        return discharge_rules.asks_for_two_hours(treatment.drug, treatment.route, self.labels)


def prepare_page(session_id: int, *, by: Actor) -> DischargePage:
    """Prepare the page; `audit_view` leaves its audit line."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_WATCH, subject(row))
    log = entry_log.of_session(session_id)
    filled = checklist_queries.last_of(log, EntryKind.DISCHARGE)
    checks, drug = signing_rules.pre_session_of(log), Drug(row.drug)
    # Who was to come is known from before; who came, somebody looks at.
    start = Discharge(escort_name=checks.escort_name, escort_phone=checks.escort_phone)
    read = of_kind(effective(log), EntryKind.READING)
    last = read[-1] if read else None
    return DischargePage(
        session_page=session_commands.prepare_page(None, session_id, by=by),
        treatment=from_row(Treatment, row, ended_at=row.discharged_at),
        now=clock.now(),
        discharge=signing_rules.discharge_of(log) if filled else start,
        filled=filled,
        criteria=discharge_rules.criteria(drug),
        labels=treatment_settings.of_clinic(by.clinic_id).labels,
        reading=last.content if last and isinstance(last.content, Reading) else None,
        read_at=last.at if last else None,
    )


def audit_view(page: DischargePage, *, by: Actor) -> None:
    """Leave the audit line of the page."""
    about = f"session:{page.session_page.session_id}"
    audit(by, "discharge.viewed", about, patient_id=page.session_page.patient_id)


def review(discharge: Discharge, page: DischargePage) -> tuple[CheckLine, ...]:
    """Read the checks line by line as they are now."""
    return discharge_rules.review(
        discharge,
        page.treatment.drug,
        page.treatment.route,
        labels=page.labels,
        started_at=page.treatment.started_at,
        now=page.now,
    )


def check(discharge: Discharge, page: DischargePage) -> list[Problem]:
    """List everything that cannot be, and every line that wants a word."""
    wrong = discharge_rules.check(
        discharge,
        page.treatment.drug,
        page.treatment.route,
        started_at=page.treatment.started_at,
        now=page.now,
    )
    return [*wrong, *checklist_items.wanting(review(discharge, page))]


def save(
    session_id: int, discharge: Discharge, *, opened: int, by: Actor, once: str = "", form: str = ""
) -> int:
    """Save the checks and return the session's id.

    Refused while something cannot be or a line that is not clear has no comment. `opened` is the
    sequence of the checks that the page showed.
    """
    about = prepare_page(session_id, by=by)
    if problems := check(discharge, about):
        raise InvalidError(problems)
    key = checklist_queries.key_of(once)
    stored = checklist_items.pack(discharge, review(discharge, about))
    draft = EntryDraft(key=key, kind=EntryKind.DISCHARGE, at=about.now, content=Form(fields=stored))
    entry_log.add(session_id, draft, by=by, opened=opened)
    if form:
        drafts.discard(form, by=by)
    return session_id
