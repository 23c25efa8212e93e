"""The checks before a session: prepare their page, save them with the reading they begin with."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import asdict, replace
from sqlalchemy import Select, and_, bindparam, exists, func, or_, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.checklists import items as checklist_items
from tracker.domain.checklists import pre_session, pre_session_review
from tracker.domain.checklists import suicide as suicide_check
from tracker.domain.checklists.items import CheckLine
from tracker.domain.checklists.pre_session import Pregnancy, PreSession
from tracker.domain.checklists.pre_session_review import PatientFacts
from tracker.domain.checklists.suicide import SuicideAnswer, SuicideFacts
from tracker.domain.clinic import under_age
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Sex, WeightUnit
from tracker.domain.health_lists.draft import HealthItemKind
from tracker.domain.live.entries import (
    Entry,
    EntryDraft,
    EntryKind,
    Form,
    Reading,
    asked_again,
    latest_form,
)
from tracker.domain.people.second_person import NOBODY, SecondPersonClaim
from tracker.domain.problems import InvalidError, Problem
from tracker.domain.sessions.findings import SessionContext
from tracker.domain.timelines.timeline import Treatment
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.database import another, db, plain_rows
from tracker.models.patients import Patient
from tracker.models.scoping import fetch, subject
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services import clock, drafts
from tracker.services.alerts import commands as alert_commands
from tracker.services.checklists import queries as checklist_queries
from tracker.services.checklists.queries import ChecklistPage
from tracker.services.clinic import clinics, treatment_settings
from tracker.services.diary import queries as diary_queries
from tracker.services.diary.queries import DiaryLine
from tracker.services.health_lists import queries as item_queries
from tracker.services.live import entry_log
from tracker.services.people import second_person
from tracker.services.rows import from_row
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import context as session_context
from tracker.services.sessions import rows as session_rows
from tracker.services.sessions.commands import SessionPage
from tracker.services.unit_of_work import audit

_BASELINE = pre_session.BASELINE_KEY

_LATER = another(SessionEntry).c
_LAST_CHECKS = (
    select(SessionEntry.content, SessionEntry.at)
    .join(TreatmentSession, TreatmentSession.id == SessionEntry.session_id)
    .where(
        STANDS,
        SessionEntry.patient_id == bindparam("patient_id"),
        SessionEntry.session_id != bindparam("session_id"),
        SessionEntry.kind == EntryKind.GATE.value,
        # What was taken back was somebody else's, or is of a day on which nothing was given.
        ~exists().where(
            _LATER.session_id == SessionEntry.session_id,
            _LATER.replaces == SessionEntry.key,
            _LATER.kind == EntryKind.WITHDRAWAL.value,
        ),
    )
    .order_by(SessionEntry.at.desc(), SessionEntry.id.desc())
    .limit(1)
)


class PreSessionPage(ChecklistPage, frozen=True, kw_only=True):
    """The page of the checks before a session.

    `pre_session` is what the form starts with. `last` are the checks of the patient's session
    before, from `last_at`; or those of this one that `is_asked_again`, for it began on another day.
    `medicines_changed` says whether the list of medicines has since. `words` of the patient are
    those that nobody has read yet.
    """

    settings: TreatmentSettings
    pre_session: PreSession
    last: PreSession | None
    last_at: datetime | None
    is_asked_again: bool
    medicines_changed: bool
    suicide: SuicideFacts
    words: Sequence[DiaryLine]
    context: SessionContext

    @property
    def is_under_age(self) -> bool:
        """Whether the patient is under age on the day of the session."""
        return under_age.is_under_age(self.context.birth_date, self.context.day)

    @property
    def asks_for_enrolment(self) -> bool:
        """Whether the page asks for the enrolment in the REMS."""
        return pre_session_review.asks_for_enrolment(
            self.treatment.drug, self.treatment.route, self.settings.labels
        )


def prepare_page(session_id: int, *, by: Actor) -> PreSessionPage:
    """Prepare the page; `audit_view` leaves its audit line."""
    row = fetch(by, TreatmentSession, session_id)
    authorize(by, Permission.SESSION_WATCH, subject(row))
    about = session_commands.prepare_page(None, session_id, by=by)
    log = entry_log.of_session(session_id)
    settings = treatment_settings.of_clinic(by.clinic_id)
    again = asked_again(log, EntryKind.GATE)
    last, last_at = _read_pre_session(again) if again else _last_pre_session(row)
    filled = checklist_queries.last_of(log, EntryKind.GATE)
    return PreSessionPage(
        session_page=about,
        treatment=from_row(Treatment, row, ended_at=row.discharged_at),
        settings=settings,
        pre_session=pre_session.read(_fields(log)) if filled else _start(about, last, settings, by),
        filled=filled,
        last=last,
        last_at=last_at,
        is_asked_again=again is not None,
        medicines_changed=_have_medicines_changed(row, about, last_at),
        words=diary_queries.unread_of(row.patient_id, by=by),
        suicide=suicide_facts(row.patient_id, by=by),
        context=session_context.of_session(
            row.series_id,
            session_id,
            row.started_at,
            session_rows.draft_of(about.last) if about.last else None,
        ),
    )


def _have_medicines_changed(
    row: TreatmentSession, about: SessionPage, last_at: datetime | None
) -> bool:
    """Say whether the list of medicines has changed since the patient was here last."""
    seen = [last_at] if last_at else []
    if about.last is not None and about.last.started_at is not None:
        seen.append(about.last.started_at)
    if not seen:
        return False
    day = max(seen).astimezone(clinics.view(row.clinic_id).zone).date()
    return item_queries.has_changed_since(row.patient_id, HealthItemKind.MEDICINE, day)


def audit_view(page: PreSessionPage, *, by: Actor) -> None:
    """Leave the audit line of the page."""
    about = f"session:{page.session_page.session_id}"
    audit(by, "gate.viewed", about, patient_id=page.session_page.patient_id)


def _last_pre_session(row: TreatmentSession) -> tuple[PreSession | None, datetime | None]:
    values = {"patient_id": row.patient_id, "session_id": row.id}
    found = plain_rows(_LAST_CHECKS, values).one_or_none()
    return (pre_session.read(found.content), found.at) if found else (None, None)


def _read_pre_session(entry: Entry) -> tuple[PreSession, datetime]:
    fields = entry.content.fields if isinstance(entry.content, Form) else {}
    return pre_session.read(fields), entry.at


def _start(
    about: SessionPage, last: PreSession | None, settings: TreatmentSettings, by: Actor
) -> PreSession:
    """Fill in what the plan and the last checks say; what is of today is always asked anew."""
    before = last or PreSession()
    sex = db.session.get_one(Patient, about.patient_id).sex
    male = Pregnancy.NOT_APPLICABLE if sex == Sex.MALE else None
    never = before.pregnancy is Pregnancy.NOT_APPLICABLE
    # The page shows the last weight, of the last checks or of the last session, in the same unit.
    weighed = last if last and last.weight_kg is not None else about.last
    return PreSession(
        weight_unit=(weighed.weight_unit if weighed else None) or WeightUnit.KG,
        dose_mg_per_kg=about.planned.mg_per_kg,
        dose_mg=about.planned.mg,
        concentration_mg_per_ml=before.concentration_mg_per_ml,
        consent_version=settings.consent_version,
        consent_by=before.consent_by,
        suicide_asked=before.suicide_asked,
        pregnancy=before.pregnancy if never else male,
        enrolled=before.enrolled,
        enrolment_verified_on=before.enrolment_verified_on,
        monitor=by.name,
    )


def suicide_facts(patient_id: int, *, by: Actor) -> SuicideFacts:
    """Find what each scale told last about suicide, and the open alerts about it.

    A total counts where it tells of suicide by itself: any of C-SSRS, 25 or more of PHQ-9.
    """
    rows = db.session.execute(_last_of_each_scale(patient_id))
    found = tuple(filter(None, map(_answer, rows)))
    waiting = alert_commands.of_patient(patient_id, by=by)
    about = tuple(one.sentence for one in waiting if alert_rules.is_about_suicide(one.kind))
    return SuicideFacts(found, about)


def _last_of_each_scale(patient_id: int) -> Select[Any]:
    """Ask for the last score of each scale that tells of suicide, the newest first."""
    tells = {code: suicide_check.telling_from(one) for code, one in library().items()}
    by_total = [
        and_(Assessment.instrument == code, Assessment.total >= least)
        for code, least in tells.items()
        if least is not None
    ]
    asking = [code for code, one in library().items() if one.safety_items]
    by_answers = and_(Assessment.instrument.in_(asking), Assessment.answers != {})
    place = func.row_number().over(
        partition_by=Assessment.instrument,
        order_by=(Assessment.taken_at.desc(), Assessment.id.desc()),
    )
    ranked = (
        select(
            Assessment.instrument, Assessment.total, Assessment.answers, Assessment.taken_at,
            place.label("place"),
        )
        .where(
            Assessment.patient_id == patient_id,
            Assessment.voided_at.is_(None),
            or_(by_answers, *by_total),
        )
        .subquery()
    )  # fmt: skip
    return select(ranked).where(ranked.c.place == 1).order_by(ranked.c.taken_at.desc())


def _answer(row: Any) -> SuicideAnswer | None:
    answers = {code: Decimal(value) for code, value in row.answers.items()}
    return suicide_check.answer_of(library()[row.instrument], row.total, answers, row.taken_at)


def review(checks: PreSession, page: PreSessionPage, *, by: Actor) -> tuple[CheckLine, ...]:
    """Read the checks line by line as they are now."""
    zone = clinics.view(by.clinic_id).zone
    start = page.treatment.started_at or clock.now()
    about = PatientFacts(
        drug=page.treatment.drug,
        route=page.treatment.route,
        settings=page.settings,
        at=start.astimezone(zone),
        last=page.context.last,
        suicide=page.suicide,
        context=page.context,
    )
    return pre_session_review.review(checks, about)


def check(
    checks: PreSession,
    page: PreSessionPage,
    *,
    by: Actor,
    second: SecondPersonClaim = NOBODY,
) -> list[Problem]:
    """List everything that cannot be, and every line that wants a word.

    `second` is the colleague who confirms the dose, where one is chosen.
    """
    unsigned: list[Problem] = []
    if second.user_id is not None:
        checks = replace(checks, dose_checked_by=second_person.name_of(second, by=by))
        unsigned = second_person.problems(second, "dose_checked_by", by=by)
    wrong = pre_session.check(
        checks, page.treatment.drug, page.treatment.route, writer=by.name, now=clock.now()
    )
    return [*wrong, *unsigned, *checklist_items.wanting(review(checks, page, by=by))]


def save(
    session_id: int,
    checks: PreSession,
    *,
    opened: int,
    by: Actor,
    once: str = "",
    form: str = "",
    second: SecondPersonClaim = NOBODY,
) -> int:
    """Save the checks, with their reading as an entry of its own, and return the session's id.

    Refused while something cannot be or a line that is not clear has no comment; what was decided
    stays with whoever decided. `opened` is the sequence of the checks that the page showed.
    """
    about = prepare_page(session_id, by=by)
    if problems := check(checks, about, by=by, second=second):
        raise InvalidError(problems)
    checks = _with_second(checks, about.pre_session, second, by)
    now, key = clock.now(), checklist_queries.key_of(once)
    before = _fields(entry_log.of_session(session_id))
    checks = replace(checks, measured_at=checks.measured_at or now) if checks.baseline else checks
    readings = list(_reading(checks, before, f"{key}-baseline"))
    stored = checklist_items.pack(checks, review(checks, about, by=by))
    stored |= {_BASELINE: readings[0].key if readings else before.get(_BASELINE, "")}
    draft = EntryDraft(key=key, kind=EntryKind.GATE, at=now, content=Form(fields=stored))
    entry_log.add(session_id, draft, by=by, opened=opened, also=readings)
    if form:
        drafts.discard(form, by=by)
    return session_id


def _with_second(
    checks: PreSession, before: PreSession, second: SecondPersonClaim, by: Actor
) -> PreSession:
    """Say who checked the dose, and how that is known; what stood there already stays known."""
    if second.user_id is None and checks.dose_checked_by == before.dose_checked_by:
        return replace(checks, dose_check_how=before.dose_check_how)
    claim = second if second.user_id is not None else SecondPersonClaim(checks.dose_checked_by)
    found = second_person.accept(claim, by=by)
    return replace(checks, dose_checked_by=found.name, dose_check_how=found.how)


def _reading(checks: PreSession, before: dict[str, Any], key: str) -> Iterator[EntryDraft]:
    """Make the entry of the baseline; the same instant in other numbers corrects the one before."""
    if not checks.baseline or checks.measured_at is None:
        return
    earlier = pre_session.read(before)
    if (checks.baseline, checks.measured_at) == (earlier.baseline, earlier.measured_at):
        return
    corrects = before.get(_BASELINE, "") if checks.measured_at == earlier.measured_at else ""
    yield EntryDraft(
        key=key,
        kind=EntryKind.READING,
        at=checks.measured_at,
        content=Reading(**asdict(checks.baseline)),
        replaces=corrects,
    )


def _fields(log: Sequence[Entry]) -> dict[str, Any]:
    held = latest_form(log, EntryKind.GATE)
    return dict(held.content.fields) if held and isinstance(held.content, Form) else {}
