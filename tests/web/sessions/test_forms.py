"""The form of a session: what is stored comes back as it was, whatever the page can show."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import structs

from tests.builders.patients import HELD
from tracker.web.sessions.forms import SessionForm

NEW_YORK = ZoneInfo("America/New_York")
TO_THE_SECOND = structs.replace(
    HELD,
    started_at=datetime(2026, 3, 2, 15, 0, 48, tzinfo=UTC),
    discharged_at=datetime(2026, 3, 2, 17, 4, 59, tzinfo=UTC),
)


def test_a_time_of_the_log_is_shown_without_its_seconds_and_keeps_them(app):
    with app.test_request_context():
        form = SessionForm.start(TO_THE_SECOND, NEW_YORK)
        assert form.started_time._value() == "10:00"
        assert form.discharged_time._value() == "12:04"
        assert form.draft(NEW_YORK, stored=TO_THE_SECOND) == TO_THE_SECOND


def test_a_time_that_was_changed_is_what_was_typed(app):
    with app.test_request_context():
        form = SessionForm.start(TO_THE_SECOND, NEW_YORK)
        form.started_time.data = form.started_time.data.replace(minute=1)
        typed = form.draft(NEW_YORK, stored=TO_THE_SECOND)
    assert typed.started_at == datetime(2026, 3, 2, 15, 1, tzinfo=UTC)
    assert typed.discharged_at == TO_THE_SECOND.discharged_at
