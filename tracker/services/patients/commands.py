"""Patients: enter, change, archive and look one up; the words that find them are kept beside."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Text, and_, bindparam, delete, exists, insert, select, type_coerce, update
from sqlalchemy.exc import IntegrityError

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, MailTime
from tracker.domain.eligibility.draft import Decision
from tracker.domain.parsing import check_meanwhile, check_reason
from tracker.domain.patients import draft as patient_draft
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.patients.same_person import PersonMark
from tracker.domain.problems import (
    InvalidError,
    MergedError,
    NotFoundError,
    Problem,
    StaleError,
)
from tracker.models import sealing
from tracker.models.alerts import Alert
from tracker.models.check_ins import IS_ASKED
from tracker.models.clinics import Clinic
from tracker.models.database import db, new_id, plain_rows
from tracker.models.diary import HAS_UNREAD
from tracker.models.eligibility import NEWEST
from tracker.models.patients import Patient, PatientVersion, PatientWord
from tracker.models.safety_checks import CHECKED
from tracker.models.scoping import fetch, subject
from tracker.services.clinic import clinics, treatment_settings
from tracker.services.patients import births, formerly, same_person
from tracker.services.patients.formerly import FORMERLY, FormerRecord
from tracker.services.rows import from_row
from tracker.services.unit_of_work import Unit, audit, unit_of_work

_CONTENT = PatientDraft.__struct_fields__
_TAKEN = Problem("record_number", "Another patient of the clinic has this record number.")

_FOUND = (
    select(
        Patient.clinic_id,
        *(getattr(Patient, name) for name in _CONTENT),
        Patient.archived_at,
        Patient.archived_reason,
        Patient.mail_stopped_at,
        Patient.mail_time,
        Patient.version,
        Patient.user_id,
        Patient.merged_into_id,
        PatientVersion.changed_at,
        PatientVersion.changed_by,
        Clinic.time_zone,
        # As text, so that what was made of it before can be found.
        type_coerce(Clinic.settings, Text).label("settings"),
        # Most patients have none at most times: a look into an index saves their page a query.
        exists()
        .where(Alert.patient_id == Patient.id, Alert.acknowledged_at.is_(None))
        .label("has_alerts"),
        IS_ASKED,
        HAS_UNREAD,
        NEWEST,
        CHECKED,
        FORMERLY,
    )
    .join_from(Patient, Clinic)
    .outerjoin(
        PatientVersion,
        and_(
            PatientVersion.patient_id == Patient.id, PatientVersion.version == Patient.version - 1
        ),
    )
    # Made once, where `visible` would be made anew: `authorize` refuses whom it would leave out.
    .where(Patient.id == bindparam("patient_id"), Patient.clinic_id == bindparam("clinic_id"))
)


class EligibilityMark(Struct, frozen=True):
    """The newest eligibility assessment of a patient; `decision` None while it is not signed."""

    drug: Drug
    decision: Decision | None
    assessed_on: date


class PatientView(Struct, frozen=True, kw_only=True):
    """A patient as pages show one; `changed_at` is None where nothing was ever changed.

    `zone` and `settings` are the clinic's. `has_alerts` that nobody acknowledged yet;
    `is_asked` what nobody answered yet; `has_unread` words of theirs. `checked` are the results of
    safety checks that stand, as they are read. `formerly` are the records that were merged into
    this one; `merged_into_id` is None while this one is merged into none.
    """

    id: int
    zone: ZoneInfo
    settings: TreatmentSettings
    draft: PatientDraft
    version: int
    archived_at: datetime | None
    archived_reason: str
    has_account: bool
    mail_stopped_at: datetime | None
    mail_time: MailTime
    changed_at: datetime | None
    changed_by: str
    has_alerts: bool
    is_asked: bool
    has_unread: bool
    eligibility: EligibilityMark | None
    checked: str
    merged_into_id: int | None
    formerly: tuple[FormerRecord, ...]

    @property
    def label(self) -> str:
        """The name as lists show it, or the record number where there is no name."""
        return self.draft.label

    @property
    def has_address(self) -> bool:
        """Whether e-mails can be sent: to the address that is noted, or that of the account."""
        return bool(self.draft.email) or self.has_account


def add(
    draft: PatientDraft, *, by: Actor, once: str = "", seen: Collection[str] | None = None
) -> int:
    """Enter a patient and return the id.

    `seen` holds what the page has asked; raise UnseenError for anybody who may be the same person.
    """
    authorize(by, Permission.PATIENT_EDIT)
    patient_id = new_id()
    with (
        _number_is_free(draft, by, patient_id),
        same_person.leaves_line(by),
        unit_of_work(by) as unit,
    ):
        unit.once(once)
        _refuse(draft, by)
        same_person.ask(draft, seen, by=by)
        content = columns_of(draft)
        db.session.add(
            Patient(id=patient_id, clinic_id=by.clinic_id, created_at=unit.now, **content)
        )
        db.session.flush()
        index(draft, patient_id, by.clinic_id)
        unit.audit("patient.added", f"patient:{patient_id}", patient_id=patient_id)
        unit.mark_saved(once, patient_id)
    return patient_id


def change(
    patient_id: int,
    draft: PatientDraft,
    *,
    version: int,
    by: Actor,
    once: str = "",
    seen: Collection[str] | None = None,
) -> None:
    """Change what is recorded of a patient; the earlier version is kept. `seen` as in `add`."""
    authorize(by, Permission.PATIENT_EDIT, subject(fetch(by, Patient, patient_id)))
    with (
        _number_is_free(draft, by, patient_id),
        same_person.leaves_line(by),
        unit_of_work(by) as unit,
    ):
        unit.once(once)
        _refuse(draft, by, patient_id)
        before, new = _claim(patient_id, version, unit), columns_of(draft)
        told = PersonMark(**{name: before[name] for name in PersonMark.__struct_fields__})
        same_person.ask(draft, seen, by=by, patient_id=patient_id, before=told)
        db.session.execute(
            update(Patient).where(Patient.id == patient_id).values(new | {"version": version + 1})
        )
        sealing.touch(Patient, [patient_id])
        db.session.execute(delete(PatientWord).where(PatientWord.patient_id == patient_id))
        index(draft, patient_id, by.clinic_id)
        names = " ".join(name for name in _CONTENT if new[name] != before[name])
        unit.audit("patient.changed", f"patient:{patient_id}", patient_id=patient_id, detail=names)
        unit.mark_saved(once, patient_id)


def archive(patient_id: int, reason: str, *, by: Actor) -> None:
    """Put a patient away, with a reason; nothing is deleted and `restore` brings them back."""
    authorize(by, Permission.PATIENT_EDIT, subject(fetch(by, Patient, patient_id)))
    if problems := check_reason(reason, ask="Say why this patient is archived"):
        raise InvalidError(problems)
    with unit_of_work(by) as unit:
        row = fetch(by, Patient, patient_id)
        if row.archived_at and (problems := check_meanwhile(row.archived_reason, reason)):
            raise InvalidError(problems)
        if row.archived_at is None:
            row.archived_at, row.archived_reason = unit.now, reason.strip()
        unit.audit("patient.archived", f"patient:{patient_id}", patient_id=patient_id)


def restore(patient_id: int, *, by: Actor) -> None:
    """Bring an archived patient back."""
    authorize(by, Permission.PATIENT_EDIT, subject(fetch(by, Patient, patient_id)))
    with unit_of_work(by) as unit:
        row = fetch(by, Patient, patient_id)
        if row.merged_into_id is not None:
            raise MergedError
        row.archived_at, row.archived_reason = None, ""
        unit.audit("patient.restored", f"patient:{patient_id}", patient_id=patient_id)


def find(patient_id: int, *, by: Actor) -> PatientView:
    """Look a patient up; leaves the audit line of the page that shows them."""
    found = look_up(patient_id, by=by)
    audit(by, "patient.viewed", f"patient:{patient_id}", patient_id=patient_id)
    return found


def look_up(patient_id: int, *, by: Actor) -> PatientView:
    """Look a patient up for a page that shows more of them, and leaves its audit line itself."""
    values = {"patient_id": patient_id, "clinic_id": by.clinic_id}
    row = plain_rows(_FOUND, values).one_or_none()
    if row is None:
        raise NotFoundError
    authorize(by, Permission.PATIENT_VIEW, Subject(row.clinic_id, patient_id))
    return from_row(
        PatientView,
        row,
        id=patient_id,
        zone=ZoneInfo(row.time_zone),
        settings=treatment_settings.read(row.settings),
        draft=from_row(PatientDraft, row),
        has_account=row.user_id is not None,
        mail_time=MailTime(row.mail_time or MailTime.MORNING),
        changed_by=row.changed_by or "",
        eligibility=_mark(row.eligibility),
        checked=row.checked or "",
        formerly=formerly.read(row.formerly),
    )


def problems(draft: PatientDraft, *, by: Actor, patient_id: int | None = None) -> list[Problem]:
    """List everything that is wrong with a draft, a number that is taken included.

    `patient_id` is whose draft it is, where it is not a new patient's.
    """
    authorize(by, Permission.PATIENT_EDIT)
    found = patient_draft.check(draft, today=clinics.today(by.clinic_id))
    faulty = any(problem.field == "record_number" for problem in found)
    # A number that cannot be is nobody's, and some of them no database lets us look for.
    if not faulty and _is_taken(draft, by, patient_id):
        found.append(_TAKEN)
    if patient_id is not None:
        found += births.check_birth(draft.birth_date, patient_id, by=by)
    return found


def _refuse(draft: PatientDraft, by: Actor, patient_id: int | None = None) -> None:
    if found := problems(draft, by=by, patient_id=patient_id):
        raise InvalidError(found)


def _is_taken(draft: PatientDraft, by: Actor, patient_id: int | None) -> bool:
    same_number = exists().where(
        Patient.clinic_id == by.clinic_id,
        Patient.record_number == draft.record_number,
        Patient.id != (patient_id or 0),
    )
    return bool(db.session.scalar(select(same_number)))


@contextmanager
def _number_is_free(draft: PatientDraft, by: Actor, patient_id: int) -> Iterator[None]:
    """Say so beside the field when somebody else took the number since we looked."""
    try:
        yield
    except IntegrityError as error:
        if _is_taken(draft, by, patient_id):
            raise InvalidError([_TAKEN]) from error
        raise


def _claim(patient_id: int, version: int, unit: Unit) -> dict[str, Any]:
    """Keep what stands; a second change of the same version waits here and then fails.

    Returns what stood there before.
    """
    row = db.session.execute(
        select(Patient.version, *(getattr(Patient, name) for name in _CONTENT))
        .where(Patient.id == patient_id)
        .with_for_update()
    ).one()
    if row.version != version:
        raise StaleError(row.version)
    before = {name: getattr(row, name) for name in _CONTENT}
    born = before["birth_date"]
    db.session.add(
        PatientVersion(
            patient_id=patient_id,
            version=version,
            content=before | {"birth_date": born.isoformat() if born else None},
            changed_at=unit.now,
            changed_by=unit.by.name if unit.by else "",
        )
    )
    return before


def columns_of(draft: PatientDraft) -> dict[str, Any]:
    """Give the columns of a patient's row, with those that are worked out."""
    names = (draft.given_name, draft.family_name, draft.record_number)
    indications = [indication.value for indication in draft.indications]
    return asdict(draft) | {
        "sex": draft.sex.value,
        "indications": indications,
        "name_key": patient_draft.name_key(*names),
        "number_key": patient_draft.number_key(draft.record_number),
    }


def _mark(text: str | None) -> EligibilityMark | None:
    if text is None:
        return None
    drug, decision, day = text.split("|")
    decided = Decision(decision) if decision else None
    return EligibilityMark(Drug(drug), decided, date.fromisoformat(day))


def index(draft: PatientDraft, patient_id: int, clinic_id: int) -> None:
    """Store the words by which a new patient is found."""
    words = patient_draft.search_words(
        draft.given_name, draft.family_name, draft.record_number,
        born=draft.birth_date, other_number=draft.other_number,
    )  # fmt: skip
    rows = [{"clinic_id": clinic_id, "patient_id": patient_id, "word": word} for word in words]
    if rows:
        db.session.execute(insert(PatientWord), rows)
