"""Items of the lists between the table and the domain."""

from datetime import date, datetime

from msgspec import Struct

from tracker.domain.health_lists.draft import HealthItemKind
from tracker.domain.health_lists.standing import HealthLists, lists_of
from tracker.models.health_lists import LINE, PART


class HealthItemView(Struct, frozen=True, kw_only=True):
    """An item as its page shows it; `ended_on` is None while it stands."""

    id: int
    kind: HealthItemKind
    name: str
    detail: str
    noted_on: date
    recorded_at: datetime
    recorded_by: str
    ended_on: date | None
    ended_at: datetime | None
    ended_by: str
    ended_reason: str


def read_lists(stored: str | None) -> HealthLists:
    """Read what stands of the text STANDING of a patient."""
    items = (line.split(PART) for line in (stored or "").split(LINE) if line)
    return lists_of(
        (kind, name, detail, date.fromisoformat(noted_on)) for kind, name, detail, noted_on in items
    )
