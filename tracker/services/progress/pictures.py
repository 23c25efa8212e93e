"""One patient's course: loaded and prepared, for pages and for pictures."""

import json
from collections.abc import Hashable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Select, Text, bindparam, select, type_coerce

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.clinic.course_rules import CLINIC_DEFAULTS, CourseRules
from tracker.domain.codes import Completeness, Drug, Indication, Occasion, Route, SessionState
from tracker.domain.courses import course as course_rules
from tracker.domain.courses.course import Courses
from tracker.domain.instruments import scoring
from tracker.domain.problems import NotFoundError
from tracker.domain.progress.after_dose import after_last_dose
from tracker.domain.progress.trend import Audience, Trend, trend
from tracker.domain.scores import diff as score_diff
from tracker.domain.scores.points import IncompletePoint, ScorePoint
from tracker.domain.sessions.point import SessionPoint
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.check_ins import HAS_UNSENT, IS_ASKED
from tracker.models.clinics import Clinic
from tracker.models.database import plain_rows
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services import clock
from tracker.services.clinic import treatment_settings
from tracker.services.progress import drawing
from tracker.services.progress.drawing import Picture
from tracker.services.rows import from_row
from tracker.services.unit_of_work import audit

NOON = time(12)  # where a session stands of which only the day is known
NO_ANSWERS = "{}"  # as it is stored


def session_point(row: Any, zone: ZoneInfo) -> SessionPoint | None:
    """Prepare a session; None where it never had a day, so that it has no place in time."""
    state = SessionState(row.state)
    waits = state is SessionState.UNDER_WAY and row.started_at is None
    if row.started_at is not None:
        at = row.started_at.astimezone(zone)
    elif row.planned_on is not None:
        at = datetime.combine(row.planned_on, NOON, zone)
    else:
        return None
    return from_row(
        SessionPoint,
        row,
        session_id=row.id,
        # Begun, but nothing given yet: to a course it is still to come.
        state=SessionState.PLANNED if waits else state,
        at=at,
    )


def session_points(rows: Iterable[Any], zone: ZoneInfo) -> list[SessionPoint]:
    """Prepare the sessions that have a place in time."""
    points = (session_point(row, zone) for row in rows)
    return [point for point in points if point is not None]


def courses_of(rows: Iterable[Any], zone: ZoneInfo, rules: CourseRules) -> Courses:
    """Put the sessions of one patient, as the columns of SESSIONS, together into courses."""
    return course_rules.courses(course_rules.doses(session_points(rows, zone)), rules)


def score_point(row: Any, zone: ZoneInfo) -> ScorePoint:
    """Prepare a score that has a total."""
    return from_row(
        ScorePoint,
        row,
        at=row.taken_at.astimezone(zone),
        prorated=row.completeness == Completeness.PRORATED,
        version=row.instrument_version,
        safety=safety_answers(row),
    )


def incomplete_point(row: Any, zone: ZoneInfo) -> IncompletePoint:
    """Prepare a questionnaire without a total; its questions are counted where they are known."""
    answered, asked = 0, 0
    if (instrument := library().get(row.instrument)) is not None:
        answered, asked = score_diff.count_answers(answers_of(row), instrument)
    return IncompletePoint(
        instrument=row.instrument,
        at=row.taken_at.astimezone(zone),
        answered=answered,
        asked=asked,
        occasion=Occasion(row.occasion),
        safety=safety_answers(row),
    )


def point_of(row: Any, zone: ZoneInfo) -> ScorePoint | IncompletePoint:
    """Prepare a score, with a total or without one."""
    return incomplete_point(row, zone) if row.total is None else score_point(row, zone)


def safety_answers(row: Any) -> tuple[tuple[int, Decimal | None], ...]:
    """Pick the answers to suicide items; nothing where only a total was entered."""
    instrument = library().get(row.instrument)
    if row.answers == NO_ANSWERS or instrument is None:
        return ()
    answers, watched = answers_of(row), instrument.safety_items
    return tuple(
        (item.number, answers.get(item.code))
        for item in instrument.items
        if item.code in watched and scoring.is_asked(item, answers)
    )


def answers_of(row: Any) -> dict[str, Decimal]:
    """Read the answers of a row of SCORES, by item code."""
    return {code: Decimal(value) for code, value in json.loads(row.answers).items()}


# What the newest series treats says which scale tells the course first of all.
_INDICATION = (
    select(Series.indication)
    .where(Series.patient_id == bindparam("patient_id"))
    .order_by(Series.number.desc())
    .limit(1)
    .scalar_subquery()
    .label("indication")
)
_PATIENT = (
    select(
        Patient.clinic_id,
        Clinic.time_zone,
        # As text, so that what was made of it before can be found.
        type_coerce(Clinic.settings, Text).label("settings"),
        _INDICATION,
        IS_ASKED,
        HAS_UNSENT,
    )
    .join_from(Patient, Clinic)
    .where(Patient.id == bindparam("patient_id"))
)
SESSIONS = (
    select(
        TreatmentSession.id,
        TreatmentSession.number,
        TreatmentSession.state,
        TreatmentSession.planned_on,
        TreatmentSession.started_at,
        TreatmentSession.route,
        TreatmentSession.drug,
        TreatmentSession.dose_mg,
        TreatmentSession.dose_mg_per_kg,
        TreatmentSession.mood_before,
        TreatmentSession.mood_after,
        TreatmentSession.pain_before,
        TreatmentSession.pain_after,
        TreatmentSession.dissociation_peak,
        TreatmentSession.dissociation_resolved,
        Series.number.label("series_number"),
        Series.phase,
        Series.indication,
        Series.course_role,
    )
    .join(Series, Series.id == TreatmentSession.series_id)
    .where(TreatmentSession.patient_id == bindparam("patient_id"), STANDS)
    .order_by(TreatmentSession.id)
)
SCORES = (
    select(
        Assessment.instrument,
        Assessment.total,
        Assessment.taken_at,
        Assessment.time_known,
        Assessment.occasion,
        Assessment.hours_after,
        Assessment.session_id,
        Assessment.instrument_version,
        Assessment.completeness,
        # As text: rows are hashed as they are, and the answers of most are never read.
        type_coerce(Assessment.answers, Text).label("answers"),
    )
    .where(Assessment.patient_id == bindparam("patient_id"))
    .order_by(Assessment.id)
)
_STANDING_SCORES = SCORES.where(Assessment.voided_at.is_(None))


class ProgressRows(Struct, frozen=True):
    """What the database holds of a person's sessions and scores, as of one day in the clinic."""

    sessions: Sequence[Any]
    scores: Sequence[Any]
    zone: ZoneInfo
    today: date
    audience: Audience
    indication: str | None = None
    is_asked: bool = False  # whether a check-in is open; nothing of the picture shows it
    has_unsent: bool = False  # whether answers wait that were not sent; as little
    rules: CourseRules = CLINIC_DEFAULTS

    @property
    def key(self) -> Hashable:
        """Tell these rows from all others: those of equal keys look the same."""
        rows = (values(self.sessions), values(self.scores))
        return (*rows, self.zone.key, self.today, self.audience, self.indication, self.rules)

    @property
    def courses(self) -> Courses:
        """The courses of treatment that the sessions make."""
        return courses_of(self.sessions, self.zone, self.rules)

    def trend(self) -> Trend:
        """Prepare the rows as of a day: page and picture agree, and hold until midnight."""
        points = session_points(self.sessions, self.zone)
        return trend(
            points,
            [point_of(row, self.zone) for row in self.scores],
            library(),
            now=datetime.combine(self.today, time(), self.zone),
            audience=self.audience,
            indication=Indication(self.indication) if self.indication else None,
            courses=course_rules.courses(course_rules.doses(points), self.rules),
        )

    def tag(self, *look: str) -> str:
        """Hash everything that the picture is made from.

        The values themselves are hashed, not their version numbers: a dozen rows are quickly read,
        and a change that forgot to count itself can never show yesterday's picture.
        """
        rows = list(values((*self.sessions, *self.scores)))
        seen = (self.audience, self.indication, self.rules)
        return drawing.tag(look, self.zone.key, self.today, seen, rows)


def values(rows: Iterable[Any]) -> tuple[tuple[Any, ...], ...]:
    """Take the plain values out of rows: they are compared ten times as fast."""
    return tuple(map(tuple, rows))


def progress(patient_id: int, *, by: Actor, audience: Audience | None = None) -> Trend:
    """Prepare a patient's course, for the patient when it is they who ask.

    Leaves no audit line: the page that shows it has its own (`patient.viewed`, `progress.viewed`).
    """
    return load(patient_id, by=by, audience=audience).trend()


def picture_of(
    patient_id: int, *, by: Actor, kind: str = "svg", shape: str = "desktop", theme: str = "light"
) -> Picture:
    """Find a patient's picture, not drawn yet: whoever has its tag already needs no drawing.

    Each picture asked for leaves one audit line, also when the browser has it already: it is seen
    again. A page brings one picture (the browser picks one of the variants), so a page view is two
    lines. Guessing which pictures belong to a page that was noted already could hide a view.
    """
    found = load(patient_id, by=by)
    audit(by, "progress.viewed", f"patient:{patient_id}", patient_id=patient_id, detail=kind)
    return Picture(found.tag(kind, shape, theme), kind, shape, theme, found.trend)


def after_dose_picture_of(
    patient_id: int, *, by: Actor, kind: str = "svg", shape: str = "desktop", theme: str = "light"
) -> Picture:
    """Find the picture of how long each course lasts; NotFoundError where none can be drawn yet.

    Its audit line is that of the progress picture: it shows the same scores.
    """
    found = load(patient_id, by=by)
    after = after_last_dose(found.trend())
    if after is None:
        raise NotFoundError
    audit(by, "progress.viewed", f"patient:{patient_id}", patient_id=patient_id, detail=kind)
    look = ("after last dose", kind, shape, theme)
    return Picture(found.tag(*look), kind, shape, theme, lambda: after)


def progress_picture(
    patient_id: int, *, by: Actor, kind: str = "svg", shape: str = "desktop", theme: str = "light"
) -> bytes:
    """Draw a patient's picture, for a file."""
    return picture_of(patient_id, by=by, kind=kind, shape=shape, theme=theme).content()


def load(
    patient_id: int,
    *,
    by: Actor,
    audience: Audience | None = None,
    with_sessions: Select[*tuple[Any, ...]] = SESSIONS,
) -> ProgressRows:
    """Load what happened; `with_sessions` may name more columns of SESSIONS, no audit line."""
    values = {"patient_id": patient_id}
    found = plain_rows(_PATIENT, values).one_or_none()
    if found is None:
        raise NotFoundError
    authorize(by, Permission.PROGRESS_VIEW, Subject(found.clinic_id, patient_id))
    if audience is None:
        own = by.is_patient and by.patient_id == patient_id
        audience = Audience.PATIENT if own else Audience.CLINICIAN
    zone = ZoneInfo(found.time_zone)
    return ProgressRows(
        plain_rows(with_sessions, values).all(),
        plain_rows(_STANDING_SCORES, values).all(),
        zone,
        clock.today(zone),
        audience,
        found.indication,
        bool(found.is_asked),
        bool(found.has_unsent),
        treatment_settings.read(found.settings).course_rules,
    )


PRORATED_DAY = 14  # of the example, so that the guide has such a mark to show


def example() -> Trend:
    """Prepare the course of nobody: what the guide explains the picture by."""
    first = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
    days = (0, 3, 7, 10, 14, 17)
    ratings = zip(days, (2, 3, 3, 4, 5, 6), (4, 4, 6, 6, 7, 8), (5, 6, 4, 5, 3, 4), strict=True)
    totals = zip((-1, 7, 14, 21, 28), (19, 15, 11, 8, 7), strict=True)
    return trend(
        (
            SessionPoint(
                session_id=number,
                number=number,
                state=SessionState.COMPLETED,
                at=first + timedelta(days=day),
                route=Route.IV,
                drug=Drug.KETAMINE,
                dose_mg_per_kg=Decimal("0.5"),
                mood_before=before,
                mood_after=after,
                dissociation_peak=peak,
                dissociation_resolved=True,
            )
            for number, (day, before, after, peak) in enumerate(ratings, 1)
        ),
        (
            ScorePoint(
                instrument="phq9",
                total=Decimal(total),
                at=first + timedelta(days=day),
                prorated=day == PRORATED_DAY,
            )
            for day, total in totals
        ),
        library(),
        now=first + timedelta(days=28),
        audience=Audience.PATIENT,
    )


def example_picture(*, shape: str = "desktop", theme: str = "light") -> Picture:
    """Find the guide's picture. It shows nobody, so anybody may see it."""
    return Picture(drawing.tag("example", shape, theme), "svg", shape, theme, example)


def warm() -> None:
    """Load what draws and draw the guide's picture, so that the first patient's does not wait.

    The first picture of a process takes some ten times as long as the next: matplotlib is loaded,
    and on a new machine it lists the fonts. `tracker serve` calls this in a thread of its own.
    """
    for shape, theme in product(drawing.SHAPES, drawing.THEMES):
        example_picture(shape=shape, theme=theme).content()
