"""Who may do what: one table, read by the routes, the services, the templates and the matrix."""

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from tracker.domain.problems import ForbiddenError, NotFoundError


class Role(StrEnum):
    """What a person is to the clinic; one person may be several."""

    ADMINISTRATOR = "administrator"
    CLINICIAN = "clinician"
    PATIENT = "patient"
    LINK = "link"  # whoever holds the mailed link to one check-in
    CONSOLE = "console"  # whoever runs the command line, and so owns the database anyway


class Actor(Struct, frozen=True):
    """Who is doing something. `patient_id` is set when the person is a patient here.

    The holder of a link acts for a patient on one check-in, `check_in_id`, and on nothing else.
    """

    user_id: int | None
    clinic_id: int
    name: str
    roles: frozenset[Role]
    patient_id: int | None = None
    address: str = ""
    check_in_id: int | None = None

    @property
    def is_patient(self) -> bool:
        """Say whether the person is here as a patient."""
        return Role.PATIENT in self.roles

    @property
    def is_staff(self) -> bool:
        """Say whether the person works for the clinic."""
        return bool(self.roles & {Role.ADMINISTRATOR, Role.CLINICIAN})


class Subject(Struct, frozen=True):
    """Whom a record is about; `patient_id` is None for what belongs to the whole clinic.

    `check_in_id` is set for what belongs to one check-in.
    """

    clinic_id: int
    patient_id: int | None = None
    check_in_id: int | None = None


Rule = Callable[[Actor, Subject], bool]


def clinician_here(actor: Actor, subject: Subject) -> bool:
    """Allow a clinician of the clinic the record belongs to."""
    return Role.CLINICIAN in actor.roles and actor.clinic_id == subject.clinic_id


def administrator_here(actor: Actor, subject: Subject) -> bool:
    """Allow an administrator of the clinic the record belongs to."""
    return Role.ADMINISTRATOR in actor.roles and actor.clinic_id == subject.clinic_id


def the_patient_themself(actor: Actor, subject: Subject) -> bool:
    """Allow the person the record is about."""
    return (
        actor.is_patient
        and actor.patient_id is not None
        and actor.patient_id == subject.patient_id
        and actor.clinic_id == subject.clinic_id
    )


def the_holder_of_its_link(actor: Actor, subject: Subject) -> bool:
    """Allow whoever followed the mailed link to this very check-in."""
    return (
        Role.LINK in actor.roles
        and actor.check_in_id is not None
        and actor.check_in_id == subject.check_in_id
        and actor.clinic_id == subject.clinic_id
    )


def at_the_console(actor: Actor, subject: Subject) -> bool:
    """Allow whoever is at the command line of the machine that holds the database."""
    return Role.CONSOLE in actor.roles and actor.clinic_id == subject.clinic_id


def anybody_signed_in(actor: Actor, subject: Subject) -> bool:
    """Allow anybody with an account at the clinic."""
    return Role.LINK not in actor.roles and actor.clinic_id == subject.clinic_id


class Permission(StrEnum):
    """A thing that can be done, named `noun:verb`."""

    TODAY_VIEW = "today:view"
    PATIENT_LIST = "patient:list"
    PATIENT_VIEW = "patient:view"
    PATIENT_EDIT = "patient:edit"
    PATIENT_MERGE = "patient:merge"
    PATIENT_INVITE = "patient:invite"
    PRIVATE_NOTES_VIEW = "private-notes:view"
    PROGRESS_VIEW = "progress:view"
    SERIES_EDIT = "series:edit"
    SESSION_RECORD = "session:record"
    SESSION_WATCH = "session:watch"
    SESSION_AMEND = "session:amend"
    ELIGIBILITY_VIEW = "eligibility:view"
    ELIGIBILITY_DECIDE = "eligibility:decide"
    WORKSHEET_VIEW = "worksheet:view"
    WORKSHEET_EDIT = "worksheet:edit"
    REFERRAL_LETTER_WRITE = "referral-letter:write"
    SAFETY_CHECK_VIEW = "safety-check:view"
    SAFETY_CHECK_RECORD = "safety-check:record"
    HEALTH_LIST_EDIT = "health-list:edit"
    STOCK_VIEW = "stock:view"
    STOCK_EDIT = "stock:edit"
    SCORE_RECORD = "score:record"
    CHECK_IN_VIEW = "check-in:view"
    CHECK_IN_EDIT = "check-in:edit"
    CHECK_IN_ANSWER = "check-in:answer"
    REMINDERS_CHOOSE = "reminders:choose"
    DIARY_WRITE = "diary:write"
    DIARY_VIEW = "diary:view"
    DIARY_MARK = "diary:mark"
    ALERT_VIEW = "alert:view"
    ALERT_ACKNOWLEDGE = "alert:acknowledge"
    OWN_RECORD_VIEW = "own-record:view"
    OWN_RECORD_EXPORT = "own-record:export"
    OUTCOMES_VIEW = "outcomes:view"
    CLINIC_EXPORT = "clinic:export"
    CLINIC_IMPORT = "clinic:import"
    PEOPLE_MANAGE = "people:manage"
    SETTINGS_MANAGE = "settings:manage"
    AUDIT_VIEW = "audit:view"
    ACCOUNT_USE = "account:use"


POLICY: dict[Permission, tuple[Rule, ...]] = {
    Permission.TODAY_VIEW: (clinician_here,),
    Permission.PATIENT_LIST: (clinician_here, at_the_console),
    Permission.PATIENT_VIEW: (clinician_here, at_the_console),
    Permission.PATIENT_EDIT: (clinician_here, at_the_console),
    Permission.PATIENT_MERGE: (clinician_here,),
    Permission.PATIENT_INVITE: (clinician_here, at_the_console),
    Permission.PRIVATE_NOTES_VIEW: (clinician_here, at_the_console),
    Permission.PROGRESS_VIEW: (clinician_here, the_patient_themself, at_the_console),
    Permission.SERIES_EDIT: (clinician_here, at_the_console),
    Permission.SESSION_RECORD: (clinician_here, at_the_console),
    Permission.SESSION_WATCH: (clinician_here,),
    Permission.SESSION_AMEND: (clinician_here,),
    Permission.ELIGIBILITY_VIEW: (clinician_here, at_the_console),
    Permission.ELIGIBILITY_DECIDE: (clinician_here,),
    Permission.WORKSHEET_VIEW: (clinician_here,),
    Permission.WORKSHEET_EDIT: (clinician_here,),
    Permission.REFERRAL_LETTER_WRITE: (clinician_here,),
    Permission.SAFETY_CHECK_VIEW: (clinician_here, at_the_console),
    Permission.SAFETY_CHECK_RECORD: (clinician_here, at_the_console),
    Permission.HEALTH_LIST_EDIT: (clinician_here, at_the_console),
    Permission.STOCK_VIEW: (clinician_here, at_the_console),
    Permission.STOCK_EDIT: (clinician_here,),
    Permission.SCORE_RECORD: (clinician_here, at_the_console),
    Permission.CHECK_IN_VIEW: (clinician_here, at_the_console),
    Permission.CHECK_IN_EDIT: (clinician_here, at_the_console),
    Permission.CHECK_IN_ANSWER: (the_patient_themself, the_holder_of_its_link),
    Permission.REMINDERS_CHOOSE: (
        clinician_here,
        the_patient_themself,
        the_holder_of_its_link,
        at_the_console,
    ),
    Permission.DIARY_WRITE: (the_patient_themself,),
    Permission.DIARY_VIEW: (clinician_here,),
    Permission.DIARY_MARK: (clinician_here,),
    Permission.ALERT_VIEW: (clinician_here,),
    Permission.ALERT_ACKNOWLEDGE: (clinician_here,),
    Permission.OWN_RECORD_VIEW: (the_patient_themself,),
    Permission.OWN_RECORD_EXPORT: (the_patient_themself,),
    Permission.OUTCOMES_VIEW: (clinician_here, at_the_console),
    Permission.CLINIC_EXPORT: (clinician_here, at_the_console),
    Permission.CLINIC_IMPORT: (clinician_here, at_the_console),
    Permission.PEOPLE_MANAGE: (administrator_here, at_the_console),
    Permission.SETTINGS_MANAGE: (administrator_here, at_the_console),
    Permission.AUDIT_VIEW: (administrator_here, at_the_console),
    Permission.ACCOUNT_USE: (anybody_signed_in,),
}

# Seeing any of these of a record means that a refusal may admit that the record exists.
_SEEING = (Permission.PATIENT_VIEW, Permission.PROGRESS_VIEW, Permission.CHECK_IN_ANSWER)


def allows(actor: Actor, permission: Permission, subject: Subject | None = None) -> bool:
    """Answer whether the actor may; without a subject, whether they may for somebody at all."""
    if subject is None:
        subject = Subject(actor.clinic_id, actor.patient_id, actor.check_in_id)
    return any(rule(actor, subject) for rule in POLICY[permission])


def authorize(actor: Actor, permission: Permission, subject: Subject | None = None) -> None:
    """Raise NotFoundError for a stranger's record, ForbiddenError for a forbidden verb."""
    if allows(actor, permission, subject):
        return
    if subject is not None and not any(allows(actor, seeing, subject) for seeing in _SEEING):
        raise NotFoundError
    raise ForbiddenError(permission.value)
