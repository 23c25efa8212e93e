"""Which series the sessions of another clinic's file join: one that is there, or a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from tracker.domain.access import Actor
from tracker.domain.codes import BeforeOrAfter, Indication, Phase, SeriesState, SessionState
from tracker.domain.measures import SIGN_NAMES
from tracker.domain.sessions.draft import SessionDraft
from tracker.exchange.rows import RowProblem
from tracker.models.database import new_id
from tracker.services.imports import existing
from tracker.services.imports import store as import_store
from tracker.services.imports.existing import KnownSeries
from tracker.services.imports.plan import ImportContext

_STATED = {"state": SessionState.COMPLETED, "state_reason": "", "planned_on": None}


@dataclass(frozen=True, slots=True)
class FileSession:
    """A session that was held, and the line of the file that tells of it."""

    line: int
    draft: SessionDraft


class SeriesBuilder:
    """Puts sessions into series once all are known, in the order in which they were held.

    A session joins the patient's last series that had begun by its day. Where there is none, the
    patient gets one new series, with drug, route and first day of the first session.
    """

    def __init__(self, context: ImportContext, *, by: Actor, zone: ZoneInfo) -> None:
        """Start with no session."""
        self._context = context
        self._by = by
        self._zone = zone
        self._series: dict[int, list[KnownSeries]] = {}
        self._learned: set[int] = set()
        self._highest: dict[int, int] = {}
        self._sessions: dict[int, list[FileSession]] = {}

    def learn(self, patient_ids: Sequence[int]) -> None:
        """Look up the series of known patients."""
        self._learned.update(patient_ids)
        found = existing.series(patient_ids, by=self._by)
        self._series |= found
        self._highest |= _highest_of(found)

    def is_unchanged(self) -> bool:
        """Say whether the series and their sessions are still what they were."""
        found = existing.series(self._learned, by=self._by)
        return found == self._series and _highest_of(found) == self._highest

    def add(self, patient_id: int, file_session: FileSession) -> None:
        """Take a session of a patient."""
        self._sessions.setdefault(patient_id, []).append(file_session)

    def keep(self) -> None:
        """Put every session into a series, and say how many joined which."""
        joined, made = 0, 0
        for patient_id, file_session in self._sessions.items():
            new: KnownSeries | None = None
            counts: dict[int, int] = {}
            for one in sorted(file_session, key=self._start_of):
                day = self._start_of(one)
                course = self._begun_by(patient_id, day[0])
                if course is None:
                    new = new or self._new_series(patient_id, one.draft, day[0])
                    course, made = new, made + 1
                else:
                    joined += 1
                    self._context.activated.add(course.id)
                counts.setdefault(course.id, self._highest.get(course.id, 0))
                counts[course.id] += 1
                self._keep(patient_id, course.id, counts[course.id], one.draft)
        if joined:
            self._say(f"{joined} sessions join the series their patients already have.")
        if made:
            self._say(
                f"{made} sessions make {len(self._context.series)} new series, one for each "
                "patient, with the drug and route of the first session and the indication 'other'."
            )

    def _say(self, message: str) -> None:
        self._context.remarks.append(RowProblem(0, "", message))

    def _start_of(self, file_session: FileSession) -> tuple[date, str]:
        at = file_session.draft.started_at
        assert at is not None  # noqa: S101 - check() refuses a session without a start
        return at.astimezone(self._zone).date(), at.isoformat()

    def _begun_by(self, patient_id: int, day: date) -> KnownSeries | None:
        begun = [s for s in self._series.get(patient_id, ()) if s.starts_on <= day]
        return max(begun, key=lambda series: (series.starts_on, series.number), default=None)

    def _new_series(self, patient_id: int, first: SessionDraft, day: date) -> KnownSeries:
        number = max((series.number for series in self._series.get(patient_id, ())), default=0) + 1
        made = KnownSeries(new_id(), number, day)
        values = (Indication.OTHER, first.drug, first.route, Phase.INDUCTION, "custom")
        self._context.series.append(
            (made.id, patient_id, number, *values, None, None, day, SeriesState.ACTIVE, "")
        )
        self._context.touch(patient_id, "series")
        return made

    def _keep(self, patient_id: int, series_id: int, number: int, draft: SessionDraft) -> None:
        session_id = new_id()
        stated = _STATED | {"number": number}
        series_values = (
            stated[name] if name in stated else getattr(draft, name)
            for name in import_store.SESSION_FIELDS
        )
        self._context.sessions.append(
            (
                session_id,
                patient_id,
                series_id,
                draft.dose_mg_per_kg,
                draft.dose_mg_per_kg_per_hour,
                *series_values,
            )
        )
        for moment, signs in (
            (BeforeOrAfter.BEFORE, draft.before),
            (BeforeOrAfter.AFTER, draft.after),
        ):
            if signs:
                values = (getattr(signs, name) for name in SIGN_NAMES)
                self._context.readings.append((session_id, moment.value, *values))
        self._context.touch(patient_id, "sessions")


def _highest_of(found: dict[int, list[KnownSeries]]) -> dict[int, int]:
    """Give the highest number that a session of each series has."""
    ids = [series.id for courses in found.values() for series in courses]
    numbers = sorted(existing.session_numbers(ids), key=lambda numbered: numbered[1])
    return dict(numbers)
