"""Which series the sessions of another clinic's file join: one that is there, or a new one."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from msgspec import Struct

from tracker.domain.access import Actor
from tracker.domain.codes import BeforeOrAfter, Indication, Phase, SeriesState, SessionState
from tracker.domain.measures import SIGN_NAMES
from tracker.domain.sessions.draft import SessionDraft
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.rows import RowProblem
from tracker.services.clinic import treatment_settings
from tracker.services.imports import existing
from tracker.services.imports import store as import_store
from tracker.services.imports.existing import KnownSeries
from tracker.services.imports.fast_path import FreshIds
from tracker.services.imports.plan import ImportContext

_STATED = {
    "state": SessionState.COMPLETED, "state_reason": "", "planned_on": None, "planned_time": None,
    "chair": "", "planned_dose_mg": None, "planned_dose_mg_per_kg": None,
}  # fmt: skip
# The fields of a session in the order of the table: its number, what is stated of all, its draft.
_TOLD_OF = attrgetter(*import_store.SESSION_FIELDS[1 + len(_STATED) :])
_SIGNS_OF = attrgetter(*SIGN_NAMES)


class FileSession(Struct, frozen=True):
    """A session that was held, and the line of the file that tells of it, under which heading."""

    line: int
    draft: SessionDraft
    heading: str = ""


class SeriesBuilder:
    """Puts sessions into series once all are known, in the order in which they were held.

    A session joins the patient's last series that had begun by its day. Where there is none, or
    where it comes after such a pause that a course of treatment begins with it, the patient gets a
    new series, with drug, route and first day of its first session.
    """

    def __init__(self, context: ImportContext, *, by: Actor, zone: ZoneInfo) -> None:
        """Start with no session."""
        self._context = context
        self._by = by
        self._zone = zone
        self._pause_days = treatment_settings.of_clinic(by.clinic_id).course_pause_days
        self._new_id = FreshIds()
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

    def keep(self, sittings: Mapping[int, Iterable[SessionRecord]]) -> None:
        """Put every session into a series, and say how many joined which.

        `sittings` are the sessions that patients had already.
        """
        joined = 0
        total = sum(map(len, self._sessions.values()))
        for patient_id in list(self._sessions):
            file_sessions = self._sessions.pop(patient_id)
            known = sittings.get(patient_id, ())
            doses = sorted(self._day_of(one.started_at) for one in known if one.started_at)
            joined += self._keep_all(patient_id, file_sessions, doses)
        made = total - joined
        if joined:
            self._say(f"{joined} sessions join the series their patients already have.")
        if made:
            self._say(
                f"{made} sessions make {len(self._context.series)} new series, one for each course "
                f"of treatment: another begins after more than {self._pause_days} days without a "
                "dose. Each has the drug and route of its first session and the indication 'other'."
            )

    def _keep_all(
        self, patient_id: int, file_sessions: Iterable[FileSession], doses: list[date]
    ) -> int:
        """Keep the sessions of one patient, and count those that join a series that is there.

        `doses` are the days of doses so far, in order; each session adds its own.
        """
        made: list[KnownSeries] = []
        counts: dict[int, int] = {}
        joined = 0
        for one in sorted(file_sessions, key=self._start_of):
            day = self._start_of(one)[0]
            series = self._begun_by(patient_id, day, made)
            if series is None or self._is_after_pause(series, day, doses):
                series = self._new_series(patient_id, one.draft, day, made)
                made.append(series)
            elif series not in made:
                self._context.activated.add(series.id)
            joined += series not in made
            insort(doses, day)
            counts.setdefault(series.id, self._highest.get(series.id, 0))
            counts[series.id] += 1
            self._keep(patient_id, series.id, counts[series.id], one.draft)
        return joined

    def _is_after_pause(self, series: KnownSeries, day: date, doses: list[date]) -> bool:
        """Say whether a course begins on a day; a series begun in the pause is the new one."""
        before = bisect_right(doses, day)
        if not before:
            return False
        last = doses[before - 1]
        return (day - last).days > self._pause_days and series.starts_on <= last

    def _say(self, message: str) -> None:
        self._context.remarks.append(RowProblem(0, "", message))

    def _start_of(self, file_session: FileSession) -> tuple[date, str]:
        at = file_session.draft.started_at
        assert at is not None  # noqa: S101 - check() refuses a session without a start
        return self._day_of(at), at.isoformat()

    def _day_of(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def begun_by(self, patient_id: int, draft: SessionDraft) -> KnownSeries | None:
        """Find the series that is here and that a session would join."""
        if draft.started_at is None or patient_id not in self._series:
            return None
        return self._begun_by(patient_id, self._day_of(draft.started_at), ())

    def _begun_by(
        self, patient_id: int, day: date, new: Sequence[KnownSeries]
    ) -> KnownSeries | None:
        begun = [s for s in (*self._series.get(patient_id, ()), *new) if s.starts_on <= day]
        return max(begun, key=lambda series: (series.starts_on, series.number), default=None)

    def _new_series(
        self, patient_id: int, first: SessionDraft, day: date, new: Sequence[KnownSeries]
    ) -> KnownSeries:
        others = (*self._series.get(patient_id, ()), *new)
        number = max((series.number for series in others), default=0) + 1
        made = KnownSeries(self._new_id(), number, day)
        values = (Indication.OTHER, first.drug, first.route, Phase.INDUCTION, "custom")
        self._context.series.append(
            (made.id, patient_id, number, *values, None, None, day, SeriesState.ACTIVE, "", None)
        )
        self._context.touch(patient_id, "series")
        return made

    def _keep(self, patient_id: int, series_id: int, number: int, draft: SessionDraft) -> None:
        session_id = self._new_id()
        self._context.sessions.append(
            (
                session_id,
                patient_id,
                series_id,
                draft.dose_mg_per_kg,
                draft.dose_mg_per_kg_per_hour,
                number,
                *_STATED.values(),
                *_TOLD_OF(draft),
            )
        )
        for moment, signs in (
            (BeforeOrAfter.BEFORE, draft.before),
            (BeforeOrAfter.AFTER, draft.after),
        ):
            if signs:
                self._context.readings.append((session_id, moment.value, *_SIGNS_OF(signs)))
        self._context.touch(patient_id, "sessions")


def _highest_of(found: dict[int, list[KnownSeries]]) -> dict[int, int]:
    """Give the highest number that a session of each series has."""
    ids = [series.id for courses in found.values() for series in courses]
    numbers = sorted(existing.session_numbers(ids), key=lambda numbered: numbered[1])
    return dict(numbers)
