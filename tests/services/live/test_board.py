"""The board: every session under way, read in few queries, told anew only when it changed."""

from datetime import timedelta
from decimal import Decimal
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import event, select

from tests.builders.entries import under_way
from tests.builders.live import START, check_after, check_before, infuse, write
from tests.builders.patients import a_patient, a_series, planned
from tests.stopping import stopped_at
from tracker.domain.access import Actor, Role
from tracker.domain.live.entries import Dose, Infusion, InfusionAction, Reading
from tracker.domain.live.monitoring import DueState
from tracker.domain.live.status import DosingState
from tracker.domain.problems import ForbiddenError
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.clinics import Clinic
from tracker.models.patients import Patient
from tracker.services.audit import views
from tracker.services.audit import views as audit_views
from tracker.services.live import board
from tracker.services.live import commands as live_commands
from tracker.services.unit_of_work import unit_of_work

pytestmark = pytest.mark.both_databases
MINUTE = timedelta(minutes=1)
REASON = "Assessed on paper."


clock = stopped_at(START)


@pytest.fixture(autouse=True)
def nobody_has_looked(monkeypatch):
    """The process remembers who looked, and outlives a test."""
    monkeypatch.setattr(views, "_last_views", WeakKeyDictionary())


def one_more(by, number, **series):
    series_id = a_series(by, a_patient(by, number, given_name=f"Person {number}"), **series)
    return live_commands.begin(planned(series_id)[0], by=by, reason=REASON)


def looks():
    return db.session.scalars(
        select(AuditEvent.detail).where(AuditEvent.action == board.VIEWED)
    ).all()


def test_nobody_under_way_is_an_empty_board(anna):
    assert board.show(by=anna).sessions == ()


def test_a_chair_tells_who_what_and_how_it_stands(anna, clock):
    session_id = under_way(anna)
    [chair] = board.show(by=anna).sessions
    assert (chair.line.session_id, chair.at.dosing, chair.minute) == (
        session_id,
        DosingState.NOT_STARTED,
        None,
    )
    assert (chair.planned.mg_per_kg, chair.line.dose_mg) == (Decimal("0.5"), None)
    check_before(session_id, by=anna)
    infuse(session_id, by=anna)
    clock.shift(85 * MINUTE)
    [chair] = board.show(by=anna).sessions
    assert "Patient" in chair.patient_label
    assert (chair.minute, chair.line.dose_mg, chair.line.started_at) == (85, 35, START)
    assert (chair.at.dosing, chair.at.since) == (DosingState.STOPPED, START + 40 * MINUTE)
    assert chair.at.reading.words == "BP 126/80, HR 70, dissociation 0"
    assert chair.at.checked_before.endswith("clear")
    assert chair.at.last.by == "Anna Clinician"
    clock.shift(45 * MINUTE)
    check_after(session_id, by=anna)
    [chair] = board.show(by=anna).sessions
    assert (chair.at.due, chair.at.left_at) == (None, START + 125 * MINUTE)


def test_chairs_stand_by_name_and_do_not_change_places(anna):
    second, first = one_more(anna, "B-2"), one_more(anna, "B-1")
    assert [chair.line.session_id for chair in board.show(by=anna).sessions] == [first, second]
    write(second, 0, Dose(dose_mg=Decimal(35)), by=anna)
    assert [chair.line.session_id for chair in board.show(by=anna).sessions] == [first, second]


def test_a_reading_belongs_to_its_own_chair(anna):
    first, second = one_more(anna, "B-1"), one_more(anna, "B-2")
    write(first, 0, Reading(heart_rate_bpm=61), by=anna)
    write(second, 0, Reading(heart_rate_bpm=62), by=anna)
    chairs = board.show(by=anna).sessions
    assert [chair.at.reading.words for chair in chairs] == ["HR 61", "HR 62"]


def test_another_clinics_chairs_are_not_there_and_patients_have_no_board(anna, cast):
    under_way(anna)
    assert board.show(by=cast.cleo).sessions == ()
    patient = Actor(None, cast.clinic_id, "Ben", frozenset({Role.PATIENT}), 1)
    for by in (patient, cast.adam):
        for ask in (board.show, board.live_sessions, lambda by: board.board_if_changed("", by=by)):
            with pytest.raises(ForbiddenError):
                ask(by=by)


def test_however_many_chairs_it_takes_two_queries(anna):
    for number in range(4):
        write(one_more(anna, f"B-{number}"), 0, Reading(heart_rate_bpm=60), by=anna)
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    known = board.live_sessions(by=anna).key
    assert len([one for one in asked if one.lstrip().startswith("SELECT")]) == 2
    board.board_if_changed(known, by=anna)  # the first look asks the trail
    asked.clear()
    assert board.board_if_changed(known, by=anna) is None
    assert len(asked) == 1


class TestNews:
    def test_what_is_known_is_not_told_again(self, anna):
        under_way(anna)
        known = board.live_sessions(by=anna).key
        assert board.board_if_changed(known, by=anna) is None
        assert board.board_if_changed("", by=anna).key == known

    @pytest.mark.parametrize("known", ["x", ".", "x.", ".9", "x.²", f"{'9' * 5000}"])
    def test_what_is_no_key_gets_the_board(self, anna, known):
        assert board.board_if_changed(known, by=anna) is not None

    def test_a_far_future_in_the_key_shows_what_is_new_all_the_same(self, anna):
        session_id = under_way(anna)
        digest, _, _ = board.live_sessions(by=anna).key.partition(".")
        assert board.board_if_changed(f"{digest}.99999999999", by=anna) is None
        write(session_id, 0, Reading(heart_rate_bpm=60), by=anna)
        assert board.board_if_changed(f"{digest}.99999999999", by=anna) is not None

    def test_every_entry_is_news_and_so_is_who_comes_and_goes(self, anna):
        known = board.live_sessions(by=anna).key

        def is_news():
            nonlocal known
            found = board.board_if_changed(known, by=anna)
            known = found.key if found else known
            return found is not None

        assert not is_news()
        session_id = under_way(anna)
        assert is_news()
        for content in (
            Reading(heart_rate_bpm=60),
            Infusion(action=InfusionAction.START, dose_mg=Decimal(35)),
        ):
            write(session_id, 0, content, by=anna)
            assert is_news()
        with unit_of_work(anna) as unit:
            db.session.get_one(Clinic, anna.clinic_id).settings = {"reading_every_minutes": 5}
            db.session.scalar(select(Patient)).family_name = "Renamed"
            unit.audit("test.renamed")
        assert is_news()
        assert not is_news()

    def test_a_reading_that_falls_due_and_is_late_is_news_though_nobody_writes(self, anna, clock):
        session_id = under_way(anna)
        write(session_id, -1, Reading(heart_rate_bpm=60), by=anna)
        write(session_id, 0, Dose(dose_mg=Decimal(35)), by=anna)
        clock.shift(14 * MINUTE + timedelta(seconds=30))
        known = board.live_sessions(by=anna)
        assert known.sessions[0].at.due.state is DueState.COMING
        assert board.board_if_changed(known.key, by=anna) is None
        clock.shift(timedelta(seconds=32))
        due = board.board_if_changed(known.key, by=anna)
        assert due.sessions[0].at.due.state is DueState.DUE
        clock.shift(timedelta(minutes=4, seconds=30))
        known = board.live_sessions(by=anna)
        clock.shift(timedelta(seconds=32))
        assert board.board_if_changed(known.key, by=anna).sessions[0].at.due.is_late

    def test_minutes_are_written_anew_each_minute(self, anna, clock):
        under_way(anna)
        known = board.live_sessions(by=anna).key
        clock.shift(timedelta(seconds=59))
        assert board.board_if_changed(known, by=anna) is None
        clock.shift(timedelta(seconds=2))
        assert board.board_if_changed(known, by=anna) is not None


class TestTrail:
    def test_a_board_that_stays_open_leaves_a_line_every_quarter_of_an_hour(self, anna, clock):
        under_way(anna)
        known = board.show(by=anna).key
        for _ in range(400):  # twenty minutes
            clock.shift(timedelta(seconds=3))
            found = board.board_if_changed(known, by=anna)
            known = found.key if found else known
        assert looks() == ["1 sessions", "1 sessions"]

    def test_each_person_leaves_their_own(self, anna, cast):
        board.show(by=anna)
        board.show(by=cast.cleo)
        board.board_if_changed("", by=anna)
        assert looks() == ["0 sessions", "0 sessions"]

    def test_another_process_finds_the_line_in_the_trail(self, anna):
        board.show(by=anna)
        audit_views._last_views.clear()
        board.show(by=anna)
        assert len(looks()) == 1
