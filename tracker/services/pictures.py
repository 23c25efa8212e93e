"""One patient's course as a picture: drawn when it changed, kept while it did not."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from itertools import product
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from tracker.domain.access import Actor, Permission, Subject, authorize
from tracker.domain.panels import ScorePoint, SessionPoint
from tracker.domain.problems import NotFoundError
from tracker.domain.trends import Audience, Trend, trend
from tracker.domain.words import Drug, Occasion, Route, SessionState
from tracker.instruments import library
from tracker.models.assessments import Assessment
from tracker.models.clinics import Clinic
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import visible
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.unit import note

KINDS = ("svg", "png")
SHAPES = ("desktop", "phone")
THEMES = ("light", "dark")
KEPT_BYTES_MAX = 4 * 1024 * 1024  # about a hundred pictures

NOON = time(12)  # where a session stands of which only the day is known
_PACKAGE = Path(__file__).resolve().parent.parent
_DRAWN_FROM = (("charts", "*.py"), ("domain", "*.py"), ("instruments", "*.toml"))

_SESSIONS = (
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
    )
    .where(TreatmentSession.patient_id == bindparam("patient_id"))
    .order_by(TreatmentSession.id)
)
_SCORES = (
    select(
        Assessment.instrument,
        Assessment.total,
        Assessment.taken_at,
        Assessment.time_known,
        Assessment.occasion,
        Assessment.hours_after,
        Assessment.session_id,
    )
    .where(Assessment.patient_id == bindparam("patient_id"), Assessment.voided_at.is_(None))
    .order_by(Assessment.id)
)


class Kept:
    """Pictures by their tag, the least recently wanted dropped first; no tag holds a name."""

    def __init__(self, bytes_max: int) -> None:
        """Start with nothing kept."""
        self._bytes_max = bytes_max
        self._bytes = 0
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def find(self, tag: str) -> bytes | None:
        """Find a picture that was kept."""
        with self._lock:
            if tag in self._pictures:
                self._pictures.move_to_end(tag)
            return self._pictures.get(tag)

    def keep(self, tag: str, content: bytes) -> None:
        """Keep a picture, and drop others until all of them fit."""
        with self._lock:
            self._bytes += len(content) - len(self._pictures.pop(tag, b""))
            self._pictures[tag] = content
            while self._bytes > self._bytes_max:
                self._bytes -= len(self._pictures.popitem(last=False)[1])


_kept = Kept(KEPT_BYTES_MAX)
# One picture is drawn at a time: threads would not draw faster, and two that want the same picture
# shall not both draw it.
_drawing = Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is drawn when its content is asked for; equal tags are equal pictures."""

    tag: str
    kind: str
    shape: str
    theme: str
    prepare: Callable[[], Trend]

    def content(self) -> bytes:
        """Give the picture's bytes: kept ones, or drawn now."""
        found = _kept.find(self.tag)
        if found is not None:
            return found
        with _drawing:
            found = _kept.find(self.tag)
            if found is None:
                found = _draw(self.prepare(), self.kind, self.shape, self.theme)
                _kept.keep(self.tag, found)
            return found


@dataclass(frozen=True, slots=True)
class Course:
    """What the database holds of a course, as of one day in the clinic."""

    sessions: Sequence[Any]
    scores: Sequence[Any]
    zone: ZoneInfo
    today: date
    audience: Audience

    def trend(self) -> Trend:
        """Prepare the course as of a day: page and picture agree, and hold until midnight."""
        points = (_session_point(row, self.zone) for row in self.sessions)
        return trend(
            [point for point in points if point is not None],
            [_score_point(row, self.zone) for row in self.scores],
            library(),
            now=datetime.combine(self.today, time(), self.zone),
            audience=self.audience,
        )

    def tag(self, *look: str) -> str:
        """Hash everything that the picture is made from.

        The values themselves are hashed, not their version numbers: a dozen rows are quickly read,
        and a change that forgot to count itself can never show yesterday's picture.
        """
        rows = [tuple(row) for row in (*self.sessions, *self.scores)]
        facts = (_drawn_by(), look, self.zone.key, self.today, self.audience, rows)
        return sha256(repr(facts).encode()).hexdigest()[:32]


def progress(patient_id: int, *, by: Actor, audience: Audience | None = None) -> Trend:
    """Prepare a patient's course, for the patient when it is they who ask.

    Leaves no audit line: the page that shows it has its own (`patient.viewed`, `progress.viewed`).
    """
    return _load(patient_id, by, audience).trend()


def picture_of(
    patient_id: int, *, by: Actor, kind: str = "svg", shape: str = "desktop", theme: str = "light"
) -> Picture:
    """Find a patient's picture, not drawn yet: whoever has its tag already needs no drawing.

    Each picture asked for leaves one audit line, also when the browser has it already: it is seen
    again. A page brings one picture (the browser picks one of the variants), so a page view is two
    lines. Guessing which pictures belong to a page that was noted already could hide a view.
    """
    course = _load(patient_id, by, None)
    note(by, "progress.viewed", f"patient:{patient_id}", patient_id=patient_id, detail=kind)
    return Picture(course.tag(kind, shape, theme), kind, shape, theme, course.trend)


def progress_picture(
    patient_id: int, *, by: Actor, kind: str = "svg", shape: str = "desktop", theme: str = "light"
) -> bytes:
    """Draw a patient's picture, for a file."""
    return picture_of(patient_id, by=by, kind=kind, shape=shape, theme=theme).content()


def _load(patient_id: int, by: Actor, audience: Audience | None) -> Course:
    found = db.session.execute(
        select(Patient.clinic_id, Clinic.time_zone)
        .join(Clinic, Clinic.id == Patient.clinic_id)
        .where(Patient.id == patient_id, visible(by, Patient))
    ).one_or_none()
    if found is None:
        raise NotFoundError
    authorize(by, Permission.PROGRESS_VIEW, Subject(found.clinic_id, patient_id))
    if audience is None:
        own = by.is_patient and by.patient_id == patient_id
        audience = Audience.PATIENT if own else Audience.CLINICIAN
    zone, wanted = ZoneInfo(found.time_zone), {"patient_id": patient_id}
    return Course(
        db.session.execute(_SESSIONS, wanted).all(),
        db.session.execute(_SCORES, wanted).all(),
        zone,
        clock.today(zone),
        audience,
    )


def _session_point(row: Any, zone: ZoneInfo) -> SessionPoint | None:
    if row.started_at is not None:
        at = row.started_at.astimezone(zone)
    elif row.planned_on is not None:
        at = datetime.combine(row.planned_on, NOON, zone)
    else:
        return None  # it never had a day, so it has no place on a time axis
    return SessionPoint(
        session_id=row.id,
        number=row.number,
        state=SessionState(row.state),
        at=at,
        route=Route(row.route),
        drug=Drug(row.drug),
        dose_mg=row.dose_mg,
        dose_mg_per_kg=row.dose_mg_per_kg,
        mood_before=row.mood_before,
        mood_after=row.mood_after,
        pain_before=row.pain_before,
        pain_after=row.pain_after,
        dissociation_peak=row.dissociation_peak,
        dissociation_resolved=row.dissociation_resolved,
    )


def _score_point(row: Any, zone: ZoneInfo) -> ScorePoint:
    return ScorePoint(
        instrument=row.instrument,
        total=row.total,
        at=row.taken_at.astimezone(zone),
        time_known=row.time_known,
        occasion=Occasion(row.occasion),
        hours_after=row.hours_after,
        session_id=row.session_id,
    )


@cache
def _drawn_by() -> str:
    """Hash what draws: a new version, threshold or colour must not be mistaken for the old one."""
    digest = sha256(version("matplotlib").encode())
    for folder, pattern in _DRAWN_FROM:
        for path in sorted((_PACKAGE / folder).glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _draw(course: Trend, kind: str, shape: str, theme: str) -> bytes:
    # Imported here: matplotlib takes half a second and 40 MiB that a server without pictures saves.
    from tracker.charts import render, style

    draw = {"svg": render.progress_svg, "png": render.progress_png}[kind]
    shapes = {"desktop": style.DESKTOP, "phone": style.PHONE}
    themes = {"light": style.LIGHT, "dark": style.DARK}
    return draw(course, shapes[shape], themes[theme])


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
            ScorePoint(instrument="phq9", total=Decimal(total), at=first + timedelta(days=day))
            for day, total in totals
        ),
        library(),
        now=first + timedelta(days=28),
        audience=Audience.PATIENT,
    )


def example_picture(*, shape: str = "desktop", theme: str = "light") -> Picture:
    """Find the guide's picture. It shows nobody, so anybody may see it."""
    tag = sha256(repr((_drawn_by(), "example", shape, theme)).encode()).hexdigest()[:32]
    return Picture(tag, "svg", shape, theme, example)


def warm() -> None:
    """Load what draws and draw the guide's picture, so that the first patient's does not wait.

    The first picture of a process takes some ten times as long as the next: matplotlib is loaded,
    and on a new machine it lists the fonts. `tracker serve` calls this in a thread of its own.
    """
    for shape, theme in product(SHAPES, THEMES):
        example_picture(shape=shape, theme=theme).content()
