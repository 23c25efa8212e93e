"""Furnish a demonstration clinic with invented patients, through the services that pages use."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from tracker.domain.access import Actor, Role
from tracker.domain.check_ins.windows import BEFORE_DAYS
from tracker.domain.codes import SeriesState, SessionState
from tracker.domain.demo import courses as demo_courses
from tracker.domain.demo.courses import DemoSession, InventedCourse, InventedSeries, Outcome
from tracker.domain.demo.places import CHAIRS, PREPARATION
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.services import clock
from tracker.services.clinic import clinics, countries
from tracker.services.demo import check_ins as demo_check_ins
from tracker.services.demo import diary as demo_diary
from tracker.services.demo import health_lists as demo_health_lists
from tracker.services.demo import live as demo_live
from tracker.services.demo import past as demo_past
from tracker.services.demo import safety_checks as demo_safety_checks
from tracker.services.demo.check_ins import Behaviour, Respondent
from tracker.services.patients import commands as patient_commands
from tracker.services.people import accounts as people_accounts
from tracker.services.people import logins
from tracker.services.scores import commands as score_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import voiding

Thing = TypeVar("Thing")
Progress = Callable[[Iterable[Thing]], Iterable[Thing]]

CLINIC_NAME = "Demonstration clinic"
TIME_ZONE = "America/New_York"
SEED = 1809
PASSWORD = "demo demo demo 2026"  # noqa: S105 - printed on purpose; the demo holds nobody's data
_HABITS = (Behaviour.ANSWERS, Behaviour.WORRIES, Behaviour.SILENT)
COUNTRY = "US"
PLANNING = {"chairs_text": "\n".join(CHAIRS), "preparation": PREPARATION}
ADDRESS = {"address_1": "1 Example Street", "city": "New York", "region": "NY"}
PHONE = "+1 212 555 0100"  # of those that nobody has


class SignInOffer(Struct, frozen=True):
    """An account of the demonstration that anybody may use."""

    role: str
    email: str
    password: str


STAFF = (
    (Role.CLINICIAN, "Dr Maya Chen", "clinician@demo.example"),
    (Role.ADMINISTRATOR, "Alex Morgan", "administrator@demo.example"),
)
PATIENT_EMAIL = "patient@demo.example"
OFFERS = (
    *(SignInOffer(role.value, email, PASSWORD) for role, _, email in STAFF),
    SignInOffer("patient", PATIENT_EMAIL, PASSWORD),
)


def is_furnished() -> bool:
    """Say whether this database holds a clinic already."""
    return db.session.scalar(select(Clinic.id).limit(1)) is not None


def furnish(count: int, *, progress: Progress[InventedCourse], earlier: int = 0) -> None:
    """Found the clinic, enrol its people and play `count` invented courses up to now.

    `earlier` more people were treated in the two years before, for the figures of outcomes.
    """
    now = clock.now()
    zone = clinics.zone(TIME_ZONE)
    clinic_id = clinics.create(
        CLINIC_NAME,
        TIME_ZONE,
        settings=countries.first_settings(COUNTRY, phone=PHONE) | PLANNING | ADDRESS,
    )
    console = clinics.console(clinic_id, "demonstration")
    accounts = [
        people_accounts.enrol(name=name, email=email, roles=[role], password=PASSWORD, by=console)
        for role, name, email in STAFF
    ]
    clinician = logins.actor_of(accounts[0])
    demo_past.store(earlier, now, zone, by=clinician)
    invented = list(demo_courses.invent(count, seed=SEED, now=now, zone=zone))
    running: list[int] = []
    for course in progress(invented):
        behaviour = _HABITS[len(running) % len(_HABITS)]
        patient_id = _store(course, now, behaviour, by=clinician)
        if course.outcome is Outcome.UNDER_WAY:
            running.append(patient_id)
        # The first patient, half-way through a series, is the one who can sign in.
        if course is invented[0]:
            people_accounts.enrol(
                name=f"{course.patient.given_name} {course.patient.family_name}",
                email=PATIENT_EMAIL, roles=[Role.PATIENT], password=PASSWORD,
                patient_id=patient_id, by=console,
            )  # fmt: skip
    demo_check_ins.settle_alerts(running, by=clinician)
    demo_check_ins.leave_waiting(running, now.astimezone(zone), by=clinician)
    demo_diary.write(running, by=clinician)
    demo_live.furnish(now.astimezone(zone), by=clinician)


def _store(course: InventedCourse, now: datetime, behaviour: Behaviour, *, by: Actor) -> int:
    patient_id = patient_commands.add(course.patient, by=by)
    first_day = min(
        (one.draft.starts_on for one in course.series if one.draft.starts_on), default=None
    )
    if first_day is not None:
        demo_safety_checks.record_baselines(patient_id, first_day, by=by)
        demo_health_lists.enter(patient_id, course.patient.record_number, first_day, by=by)
    for played in course.series:
        series_id = _store_series(patient_id, played, now, by=by)
        if not played.ends:
            one = _respondent(course, played, patient_id, series_id, behaviour)
            random = Random(f"{SEED}/answers/{course.patient.record_number}")
            demo_check_ins.answer(one, random, by=by)
    return patient_id


def _respondent(
    course: InventedCourse,
    played: InventedSeries,
    patient_id: int,
    series_id: int,
    behaviour: Behaviour,
) -> Respondent:
    """Name who answers the check-ins of a running series, since two days before it began."""
    first = (played.draft.starts_on or date.max) - timedelta(days=BEFORE_DAYS)
    return Respondent(
        patient_id=patient_id,
        series_id=series_id,
        name=f"{course.patient.given_name} {course.patient.family_name}",
        behaviour=behaviour if course.outcome is Outcome.UNDER_WAY else Behaviour.ANSWERS,
        began_at=datetime.combine(first, time(), clinics.zone(TIME_ZONE)),
        scores=(
            *played.scores,
            *(s for demo_session in played.sessions for s in demo_session.scores),
        ),
    )


def _store_series(patient_id: int, played: InventedSeries, now: datetime, *, by: Actor) -> int:
    series_id = series_commands.plan(
        patient_id, played.draft, by=by, eligibility_reason="Invented for the demonstration"
    )
    planned = [chip.session_id for chip in series_queries.find(series_id, by=by).sessions]
    for session_id, demo_session in zip(planned, played.sessions, strict=True):
        _store_session(series_id, session_id, demo_session, by=by)
    if not played.ends:
        return series_id
    for session_id, demo_session in zip(planned, played.sessions, strict=True):
        for score in demo_session.scores:
            after = session_id if score.hours_after is not None else None
            score_commands.record(patient_id, score, series_id=series_id, session_id=after, by=by)
    for score in played.scores:
        if score.taken_at and score.taken_at < now:
            score_commands.record(patient_id, score, series_id=series_id, by=by)
    _enter_twice(series_id, played, by=by)
    state, reason = played.ends
    version = series_queries.find(series_id, by=by).version
    series_commands.set_state(series_id, state, reason, version=version, by=by)
    return series_id


def _enter_twice(series_id: int, played: InventedSeries, *, by: Actor) -> None:
    """Enter the first session of one series a second time, and strike that out."""
    first = next((one.record for one in played.sessions if one.record), None)
    if first is None or played.ends is None or played.ends[0] is not SeriesState.STOPPED:
        return
    made = session_commands.record(
        replace(first, comment="Entered from paper."), series_id=series_id, by=by
    )
    voiding.void(made, "Entered twice: it stands as session 1.", version=1, by=by)


def _store_session(
    series_id: int, session_id: int, demo_session: DemoSession, *, by: Actor
) -> None:
    if demo_session.record is not None:
        session_commands.record(
            demo_session.record, series_id=series_id, session_id=session_id, by=by
        )
    elif demo_session.not_held is not None:
        state, reason = demo_session.not_held
        life_steps.cancel_or_miss(session_id, SessionState(state), reason, by=by)


def offers() -> Sequence[SignInOffer]:
    """List the accounts that the demonstration prints."""
    return OFFERS
