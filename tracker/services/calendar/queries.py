"""Days and weeks by chair: what is planned, in whose chair, and what stands in its way."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, func, or_, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.calendar import slots as calendar_slots
from tracker.domain.calendar.slots import ChairSlot
from tracker.domain.clinic.planning import PlanningSettings
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import CheckInState, Drug, Route, SessionState
from tracker.domain.safety_checks.schedule import DueCheck
from tracker.domain.series.plan import SeriesDraft
from tracker.domain.series.planned_dose import PlannedDose
from tracker.domain.sessions.line import SessionLine
from tracker.models.check_ins import CheckIn
from tracker.models.database import plain_rows
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.rows import from_row
from tracker.services.safety_checks import queries as check_queries
from tracker.services.sessions import rows as session_rows
from tracker.services.unit_of_work import audit

DAYS_OF_A_WEEK = 7
_SHOWN = (SessionState.PLANNED, SessionState.UNDER_WAY, SessionState.COMPLETED)
_FORMS = (
    select(func.count(CheckIn.id))
    .where(
        CheckIn.patient_id == TreatmentSession.patient_id,
        CheckIn.state == CheckInState.OPEN.value,
        CheckIn.opens_at < bindparam("until"),
        CheckIn.closes_at > bindparam("since"),
    )
    .correlate(TreatmentSession)
    .scalar_subquery()
)
_ENTRIES = (
    session_rows.select_with_patient(_FORMS.label("forms_due"))
    .where(
        TreatmentSession.clinic_id == bindparam("clinic_id"),
        or_(
            TreatmentSession.planned_on.between(bindparam("first"), bindparam("last")),
            TreatmentSession.started_at.between(bindparam("since"), bindparam("until")),
            TreatmentSession.state == SessionState.UNDER_WAY.value,
        ),
        TreatmentSession.state.in_([state.value for state in _SHOWN]),
        Patient.archived_at.is_(None),
    )
    .order_by(TreatmentSession.planned_on, Patient.name_key, TreatmentSession.id)
)


class Entry(Struct, frozen=True, kw_only=True):
    """A session of the calendar, on the day it takes or took place.

    `ends` is when it is expected to be over.
    `fasting` says from when on nothing is eaten and drunk; `forms_due` counts what the patient
    may answer on the day.
    """

    line: SessionLine
    day: date
    at: time | None
    patient_id: int
    series_id: int
    patient_label: str
    record_number: str
    birth_date: date | None
    planned: PlannedDose
    minutes: int
    ends: time | None
    fasting: str
    forms_due: int
    conflicts: tuple[str, ...] = ()
    checks_due: tuple[DueCheck, ...] = ()


class CalendarDay(Struct, frozen=True):
    """A day with its sessions by chair, each in the order of time; '' is no chair."""

    day: date
    is_closed: bool
    chairs: tuple[tuple[str, tuple[Entry, ...]], ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All sessions of the day in the order of time, then by chair."""
        found = [entry for _, of_chair in self.chairs for entry in of_chair]
        return tuple(sorted(found, key=_when))


def week(day: date, *, by: Actor) -> list[CalendarDay]:
    """Show the week that a day is in, Monday first; an empty Sunday is left out."""
    monday = day - timedelta(days=day.weekday())
    found = _days(monday, monday + timedelta(days=DAYS_OF_A_WEEK - 1), by)
    _leave_line(by, found)
    return found if found[-1].chairs else found[:-1]


def day_list(day: date, *, by: Actor) -> CalendarDay:
    """Show one day, with the safety checks that are due for who comes."""
    [found] = _days(day, day, by)
    ids = sorted({entry.patient_id for entry in found.entries})
    due = check_queries.due_of_many(ids, by=by)
    _leave_line(by, [found])
    return CalendarDay(
        found.day,
        found.is_closed,
        tuple(
            (chair, tuple(replace(one, checks_due=due.get(one.patient_id, ())) for one in those))
            for chair, those in found.chairs
        ),
    )


def conflicts_of(session_id: int, day: date, *, by: Actor) -> tuple[str, ...]:
    """Say what stands in the way of a session on its day, for whoever has just planned it."""
    days = _days(day, day, by)
    entries = [entry for entry in days[0].entries if entry.line.session_id == session_id]
    _name_who_is_in_the_way([(day, words) for e in entries for words in e.conflicts], days, by)
    return next((entry.conflicts for entry in entries), ())


def conflicts_of_series(
    series_id: int, first: date, last: date, *, by: Actor
) -> list[tuple[date, str]]:
    """Say by day what stands in the way of the sessions of a series that was just planned."""
    days = _days(first, last, by)
    wrong = [
        (found.day, words)
        for found in days
        for entry in found.entries
        if entry.series_id == series_id
        for words in entry.conflicts
    ]
    _name_who_is_in_the_way(wrong, days, by)
    return wrong


def conflicts_of_plan(
    patient_id: int, draft: SeriesDraft, days: Sequence[date], *, by: Actor
) -> Mapping[date, tuple[str, ...]]:
    """Say by day what would stand in the way of a series that is being planned."""
    if not days or draft.drug is None or draft.route is None:
        return {}
    place = (draft.planned_time, draft.chair)  # none has an id yet
    places = {-number: (day, *place) for number, day in enumerate(days, start=1)}
    wrong = conflicts_of_places(patient_id, draft.drug, draft.route, places, by=by)
    return {places[number][0]: words for number, words in wrong.items()}


def conflicts_of_places(
    patient_id: int,
    drug: Drug,
    route: Route,
    places: Mapping[int, tuple[date, time | None, str]],
    *,
    by: Actor,
) -> Mapping[int, tuple[str, ...]]:
    """Say by session what would stand in its way on a day, at a time, in a chair.

    Those that are there already do not stand in their own way where they are now.
    """
    if not places:
        return {}
    settings = TreatmentSettings.read(clinics.view(by.clinic_id).settings)
    length = calendar_slots.minutes(drug, route, settings)
    planned = [
        ChairSlot(
            session_id=session_id,
            patient_id=patient_id,
            label="",
            day=day,
            begins=at,
            minutes=length,
            chair=chair,
        )
        for session_id, (day, at, chair) in places.items()
    ]
    days = sorted(one.day for one in planned)
    laid_out = _days(days[0], days[-1], by)
    there = [_slot(entry) for day in laid_out for entry in day.entries]
    others = [one for one in there if one.session_id not in places]
    wrong = calendar_slots.conflicts([*others, *planned], ())
    found = {session_id: wrong[session_id] for session_id in places if session_id in wrong}
    told = [(places[session_id][0], words) for session_id, all_ in found.items() for words in all_]
    _name_who_is_in_the_way(told, laid_out, by)
    return found


def _name_who_is_in_the_way(
    told: Sequence[tuple[date, str]], days: Sequence[CalendarDay], by: Actor
) -> None:
    """Leave a line of those whom conflicts name: they stand on somebody else's page."""
    shown = [
        entry.patient_id
        for found in days
        for entry in found.entries
        if any(day == found.day and entry.patient_label in words for day, words in told)
    ]
    if shown:
        audit(by, "calendar.viewed", patients=shown, detail=f"{len(shown)} sessions")


def _leave_line(by: Actor, days: Sequence[CalendarDay]) -> None:
    shown = [entry.patient_id for one in days for entry in one.entries]
    audit(by, "calendar.viewed", patients=shown, detail=f"{len(shown)} sessions")


def _days(first: date, last: date, by: Actor) -> list[CalendarDay]:
    authorize(by, Permission.TODAY_VIEW)
    clinic = clinics.view(by.clinic_id)
    rules = PlanningSettings.read(clinic.settings)
    settings = TreatmentSettings.read(clinic.settings)
    since = datetime.combine(first, time(), clinic.zone).astimezone(UTC)
    until = datetime.combine(last + timedelta(days=1), time(), clinic.zone).astimezone(UTC)
    values = {
        "clinic_id": by.clinic_id, "first": first, "last": last, "since": since, "until": until,
    }  # fmt: skip
    today = clock.today(clinic.zone)
    entries = [_entry(row, settings, clinic.zone, today) for row in plain_rows(_ENTRIES, values)]
    wrong = calendar_slots.conflicts(map(_slot, entries), rules.closed_days)
    entries = [replace(one, conflicts=wrong.get(one.line.session_id, ())) for one in entries]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        CalendarDay(
            day,
            day in rules.closed_days,
            _by_chair([one for one in entries if one.day == day], rules.chairs),
        )
        for day in days
    ]


def _by_chair(
    entries: Sequence[Entry], chairs: Sequence[str]
) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    """Put the sessions of a day into their chairs: as the clinic lists them, then those of none."""
    used = {entry.line.chair for entry in entries}
    names = [*chairs, *sorted(used - {*chairs, ""}), ""]
    return tuple(
        (name, tuple(sorted((one for one in entries if one.line.chair == name), key=_when)))
        for name in names
        if name in used
    )


def _when(entry: Entry) -> tuple[time, str, str]:
    return entry.at or time.max, entry.line.chair, entry.patient_label


def _slot(entry: Entry) -> ChairSlot:
    return ChairSlot(
        session_id=entry.line.session_id,
        patient_id=entry.patient_id,
        label=entry.patient_label,
        day=entry.day,
        begins=entry.at,
        minutes=entry.minutes,
        chair=entry.line.chair,
    )


def _place(line: SessionLine, zone: ZoneInfo, today: date) -> tuple[date, time | None]:
    """Say on which day a session stands, and when: where it was held, else where it is planned.

    One that was held on the day of its plan keeps the hour of its plan, as the day was laid out.
    """
    if line.started_at is not None:
        started = line.started_at.astimezone(zone)
        day, at = started.date(), started.time().replace(second=0, microsecond=0)
    else:
        day, at = today, None
        if line.state is not SessionState.UNDER_WAY:
            day = line.planned_on or today
    return (day, line.planned_time or at) if day == line.planned_on else (day, at)


def _entry(row: Any, settings: TreatmentSettings, zone: ZoneInfo, today: date) -> Entry:
    whose = session_rows.of_patient(row)
    line: SessionLine = whose["line"]
    day, at = _place(line, zone, today)
    made: Entry = from_row(
        Entry,
        row,
        **whose,
        day=day,
        at=at,
        minutes=calendar_slots.minutes(line.drug, line.route, settings),
        ends=None,
        fasting=calendar_slots.fasting(line.drug, line.route, settings),
        conflicts=(),
        checks_due=(),
    )
    return replace(made, ends=_slot(made).ends)
