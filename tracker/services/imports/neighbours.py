"""Sessions of a file beside the other sessions of their patients, and beside their plan.

What a form asks about is remarked on here, by row: two at one time or within an hour, a day far
from the plan, a patient who is archived. All rows are looked at once they have been read.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import select

from tracker.domain.access import Actor
from tracker.domain.codes import SessionState
from tracker.domain.problems import Finding
from tracker.domain.sessions import other_sessions
from tracker.domain.sessions.other_sessions import NEAR, OtherSession
from tracker.exchange.rows import RowProblem
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import visible
from tracker.models.series import Series
from tracker.models.treatment_sessions import STANDS, TreatmentSession
from tracker.services.imports.existing import pieces


class PlacedSession(Struct):
    """A session that was held: of the file, with its line, or one that is there already.

    `ended_at` is when its dose ended or the patient left, None where neither is known.
    """

    started_at: datetime
    ended_at: datetime | None
    line: int = 0
    heading: str = ""
    planned_on: date | None = None
    starts_on: date | None = None
    series_number: int = 0
    number: int = 0

    @property
    def as_other(self) -> OtherSession:
        """The same as what another session is compared with."""
        return OtherSession(
            session_id=0,
            series_number=self.series_number,
            number=self.number,
            state=SessionState.COMPLETED,
            started_at=self.started_at,
            ended_at=self.ended_at,
            said=f"the session of row {self.line}" if self.line else "",
        )


def end_of(
    started_at: datetime, discharged_at: datetime | None, minutes: int | None
) -> datetime | None:
    """Say when a session was over, as far as is known."""
    if discharged_at is not None or minutes is None:
        return discharged_at
    return started_at + timedelta(minutes=minutes)


class SessionNeighbours:
    """Gathers the sessions of a file, and says at the end which stand strangely."""

    def __init__(self, *, by: Actor, zone: ZoneInfo) -> None:
        """Start with none."""
        self._by = by
        self._zone = zone
        self._of: defaultdict[int, list[PlacedSession]] = defaultdict(list)

    def note(self, patient_id: int, placed: PlacedSession) -> None:
        """Remember a session of the file that is going to be stored."""
        self._of[patient_id].append(placed)

    def forget(self) -> None:
        """Let go of all of them."""
        self._of.clear()

    def remarks(self) -> Iterator[RowProblem]:
        """Yield what is unusual, by row."""
        archived = self._archive_days()
        there = self._there()
        for patient_id, placed in self._of.items():
            away = archived.get(patient_id)
            for one in placed:
                for finding in self._of_plan(one, away):
                    yield _remark(one, finding)
            everything = sorted([*there.get(patient_id, ()), *placed], key=_start)
            yield from self._of_neighbours(everything)

    def _of_plan(self, one: PlacedSession, away: date | None) -> Iterator[Finding]:
        yield from other_sessions.archive_finding(away)
        if one.starts_on is not None:
            day = one.started_at.astimezone(self._zone).date()
            yield from other_sessions.beside_plan(day, one.planned_on, one.starts_on)

    def _of_neighbours(self, in_time: Sequence[PlacedSession]) -> Iterator[RowProblem]:
        """Compare each with the one before it, at the row of whichever the file tells of."""
        for before, one in pairwise(in_time):
            ended = before.ended_at or before.started_at
            if one.started_at - before.started_at > NEAR and one.started_at >= ended:
                continue
            new, other = (one, before) if one.line else (before, one)
            if new.line:
                found = other_sessions.of_record(
                    new.started_at, new.ended_at, (other.as_other,), self._zone
                )
                yield from (_remark(new, finding) for finding in found)

    def _archive_days(self) -> dict[int, date]:
        query = select(Patient.id, Patient.archived_at).where(
            visible(self._by, Patient), Patient.archived_at.is_not(None)
        )
        return {
            row.id: row.archived_at.astimezone(self._zone).date()
            for piece in pieces(self._of)
            for row in db.session.execute(query.where(Patient.id.in_(piece)))
        }

    def _there(self) -> dict[int, list[PlacedSession]]:
        query = (
            select(
                TreatmentSession.patient_id,
                TreatmentSession.number,
                TreatmentSession.started_at,
                TreatmentSession.discharged_at,
                TreatmentSession.duration_minutes,
                Series.number.label("series_number"),
            )
            .join(Series, Series.id == TreatmentSession.series_id)
            .where(
                visible(self._by, TreatmentSession),
                STANDS,
                TreatmentSession.started_at.is_not(None),
            )
        )
        found: dict[int, list[PlacedSession]] = {}
        for piece in pieces(self._of):
            for row in db.session.execute(query.where(TreatmentSession.patient_id.in_(piece))):
                ended = end_of(row.started_at, row.discharged_at, row.duration_minutes)
                placed = PlacedSession(
                    row.started_at, ended, series_number=row.series_number, number=row.number
                )
                found.setdefault(row.patient_id, []).append(placed)
        return found


def _start(placed: PlacedSession) -> datetime:
    return placed.started_at


def _remark(placed: PlacedSession, finding: Finding) -> RowProblem:
    return RowProblem(placed.line, placed.heading, f"{finding.message} ({finding.source})")
