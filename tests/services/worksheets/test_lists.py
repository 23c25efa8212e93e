from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from tests.builders.worksheets import SPRAY, fill_in, recorded
from tests.services.paging import walked
from tests.stopping import stopped_at
from tracker.domain.access import Role
from tracker.domain.codes import Route
from tracker.domain.problems import ForbiddenError
from tracker.domain.worksheets.form import Channel
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands
from tracker.services.worksheets import commands as worksheet_commands
from tracker.services.worksheets import queries as worksheet_queries

NEW_YORK_MIDNIGHT = datetime(2026, 3, 28, 4, 0, tzinfo=UTC)  # of the 28th, summer time


clock = stopped_at(NEW_YORK_MIDNIGHT)


def held_at(by, clock, number, start):
    """Record a session just after it was held."""
    clock.move_to(start + timedelta(hours=3))
    left = start + timedelta(minutes=125)
    return recorded(by, number, draft=replace(SPRAY, started_at=start, discharged_at=left))


def due(by):
    return [
        (one.record_number, one.due_on, one.due_in_words)
        for one in worksheet_queries.due_list(by=by)
    ]


def submit(by, session_id, clock_now):
    fill_in(by, session_id)
    version = worksheet_queries.find(session_id, by=by).version
    worksheet_commands.submit(session_id, Channel.PORTAL, "", clock_now, version=version, by=by)


@pytest.mark.both_databases
def test_the_list_runs_over_the_end_of_a_month(cast, clock):
    held_at(cast.anna, clock, "B-1", datetime(2026, 3, 27, 14, tzinfo=UTC))
    held_at(cast.anna, clock, "B-2", datetime(2026, 3, 30, 14, tzinfo=UTC))
    clock.move_to(datetime(2026, 4, 1, 12, tzinfo=UTC))
    assert due(cast.anna) == [
        ("B-1", date(2026, 4, 3), "due in 2 days"), ("B-2", date(2026, 4, 6), "due in 5 days"),
    ]  # fmt: skip
    clock.move_to(datetime(2026, 4, 4, 12, tzinfo=UTC))
    assert [words for _, _, words in due(cast.anna)] == ["late by 1 day", "due in 2 days"]


@pytest.mark.parametrize(
    ("whose", "start", "last_instant", "day"),
    [
        # New York: a quarter of an hour before midnight, then over each change of clocks.
        ("anna", "2026-03-05T04:45Z", "2026-03-12T03:59Z", date(2026, 3, 11)),
        ("anna", "2026-03-05T05:15Z", "2026-03-13T03:59Z", date(2026, 3, 12)),
        ("anna", "2026-10-29T03:45Z", "2026-11-05T04:59Z", date(2026, 11, 4)),
        ("anna", "2026-10-29T04:15Z", "2026-11-06T04:59Z", date(2026, 11, 5)),
        # Berlin likewise.
        ("cleo", "2026-03-25T22:45Z", "2026-04-01T21:59Z", date(2026, 4, 1)),
        ("cleo", "2026-03-25T23:15Z", "2026-04-02T21:59Z", date(2026, 4, 2)),
        ("cleo", "2026-10-21T21:45Z", "2026-10-28T22:59Z", date(2026, 10, 28)),
        ("cleo", "2026-10-21T22:15Z", "2026-10-29T22:59Z", date(2026, 10, 29)),
    ],
)
def test_the_last_day_ends_at_midnight_of_the_clinic(cast, clock, whose, start, last_instant, day):
    by = getattr(cast, whose)
    held_at(by, clock, "B-1", datetime.fromisoformat(start))
    clock.move_to(datetime.fromisoformat(last_instant))
    assert due(by) == [("B-1", day, "due today")]
    clock.move_to(datetime.fromisoformat(last_instant) + timedelta(minutes=1))
    assert due(by) == [("B-1", day, "late by 1 day")]


def test_what_was_submitted_is_due_no_more(cast, clock):
    start = datetime(2026, 3, 27, 14, tzinfo=UTC)
    first, second = (held_at(cast.anna, clock, number, start) for number in ("B-1", "B-2"))
    submit(cast.anna, first, start + timedelta(hours=3))
    assert [number for number, _, _ in due(cast.anna)] == ["B-2"]
    page = worksheet_queries.listing(by=cast.anna, show="submitted")
    [line] = page.lines
    assert (line.session_id, line.submitted_by, line.channel) == (
        first, "Anna Clinician", Channel.PORTAL,
    )  # fmt: skip
    assert [one.session_id for one in worksheet_queries.listing(by=cast.anna).lines] == [second]


def test_late_ones_are_a_list_of_their_own(cast, clock):
    held_at(cast.anna, clock, "B-1", datetime(2026, 3, 20, 14, tzinfo=UTC))
    held_at(cast.anna, clock, "B-2", datetime(2026, 3, 27, 14, tzinfo=UTC))
    clock.move_to(datetime(2026, 3, 29, 12, tzinfo=UTC))
    late = worksheet_queries.listing(by=cast.anna, show="late").lines
    assert [(one.record_number, one.is_late) for one in late] == [("B-1", True)]


def test_a_session_amended_to_another_route_asks_for_no_form(cast, clock):
    session_id = held_at(cast.anna, clock, "B-1", datetime(2026, 3, 27, 14, tzinfo=UTC))
    view = session_commands.find(session_id, by=cast.anna)
    other = replace(view.draft, route=Route.IV)
    amendments.amend(session_id, other, reason="Slip", version=view.version, by=cast.anna)
    assert due(cast.anna) == []


@pytest.mark.both_databases
def test_pages_follow_each_other_without_a_gap(cast, clock, monkeypatch):
    monkeypatch.setattr(worksheet_queries, "PAGE", 2)
    start = datetime(2026, 3, 27, 14, tzinfo=UTC)
    made = [held_at(cast.anna, clock, f"B-{n}", start + timedelta(days=n // 2)) for n in range(5)]
    for show in ("open", "submitted"):
        seen = walked(
            lambda after, show=show: worksheet_queries.listing(by=cast.anna, show=show, after=after)
        )
        assert sorted(one.session_id for one in seen) == sorted(made)
        clock.move_to(start + timedelta(days=4))
        for session_id in made if show == "open" else ():
            submit(cast.anna, session_id, start + timedelta(days=3))


def test_the_clinics_worksheets_are_its_clinicians_own(cast, clock):
    held_at(cast.anna, clock, "B-1", datetime(2026, 3, 27, 14, tzinfo=UTC))
    assert due(cast.cleo) == []
    assert worksheet_queries.listing(by=cast.cleo).lines == ()
    assert Role.CLINICIAN not in cast.adam.roles
    for deed in (worksheet_queries.due_list, worksheet_queries.listing):
        with pytest.raises(ForbiddenError):
            deed(by=cast.adam)
