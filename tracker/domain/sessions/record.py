"""A stored session as a plain value: what services hand to pages, pictures and files."""

from datetime import date, time
from decimal import Decimal

from tracker.domain.codes import Drug, Route, SessionState
from tracker.domain.sessions.draft import SessionDraft


class SessionRecord(SessionDraft, frozen=True, kw_only=True):
    """A treatment session as stored; times are aware, `number` counts from 1 within the series.

    The planned dose is its own, where it differs from that of its series.
    `session_id` is the stable identity that a file keeps across export and import. It is a shape
    of its own because a draft is not of anybody yet, and may lack its drug and route.
    """

    record_number: str
    series_number: int
    session_id: int
    number: int
    state: SessionState
    state_reason: str
    planned_on: date | None
    drug: Drug
    route: Route
    planned_time: time | None = None
    chair: str = ""
    planned_dose_mg: Decimal | None = None
    planned_dose_mg_per_kg: Decimal | None = None
