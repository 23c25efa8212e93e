from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.builders.check_ins import (
    DAY,
    HOUR,
    NOON,
    begin,
    chip,
    details,
    find,
    hold,
    lines,
    plan,
    set_state,
)
from tests.builders.plans import move
from tests.stopping import stopped_at
from tracker.domain.check_ins.schedule import Anchor, ScheduleLine
from tracker.domain.check_ins.status import CheckInStatus
from tracker.domain.codes import CheckInState, Drug, Indication, Route, SeriesState, SessionState
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import InvalidError, NotFoundError, StaleError
from tracker.domain.series.plan import SeriesChange
from tracker.domain.sessions.draft import SessionDraft
from tracker.models import db
from tracker.models.series import SeriesVersion
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import schedules
from tracker.services.check_ins import sync as check_in_sync
from tracker.services.patients import commands as patient_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.unit_of_work import unit_of_work

pytestmark = pytest.mark.both_databases


it_is_noon = stopped_at(NOON)


@pytest.fixture
def zoe(cast):
    return patient_commands.add(PatientDraft(record_number="1", given_name="Zoë"), by=cast.anna)


# Laying out


def test_planning_a_series_asks_before_it_and_before_every_second_session(cast, zoe):
    plan(zoe, cast.anna, starts=5)
    assert lines(zoe, cast.anna) == [
        "baseline", "before-session:1", "before-session:3", "before-session:5",
    ]  # fmt: skip
    first = find(zoe, "before-session:3", cast.anna)
    assert first.instruments == ("phq9",)
    assert first.status is CheckInStatus.SCHEDULED
    assert details("check-ins.laid-out") == ["4 made, 0 moved, 0 withdrawn"]


def test_a_series_planned_in_the_past_asks_for_nothing_that_is_over(cast, zoe):
    plan(zoe, cast.anna, starts=-4, count=3, apart=3)
    assert lines(zoe, cast.anna) == ["before-session:3"]


def test_a_session_held_is_asked_about_and_ends_what_came_before_it(cast, zoe):
    made = plan(zoe, cast.anna)
    session_id = hold(made, 1, cast.anna)
    found = {one.line: one for one in check_in_commands.of_patient(zoe, by=cast.anna)}
    assert found["hours-after:4:session-1"].opens_at == NOON + 3 * HOUR
    assert found["hours-after:4:session-1"].session_id == session_id
    assert found["hours-after:4:session-1"].series_id == made
    assert {"hours-after:24:session-1", "hours-after:72:session-1"} < set(found)
    assert found["before-session:1"].closes_at == NOON - HOUR
    assert found["before-session:1"].status is CheckInStatus.MISSED


def test_the_last_session_begins_the_follow_up(cast, zoe):
    made = plan(zoe, cast.anna, count=1)
    hold(made, 1, cast.anna)
    last = ("after-last", "weeks-after")
    after = [line for line in lines(zoe, cast.anna) if line.startswith(last)]
    assert after == [
        "after-last:1:session-1", "weeks-after:1:session-1", "weeks-after:2:session-1",
        "weeks-after:4:session-1", "weeks-after:8:session-1", "weeks-after:12:session-1",
    ]  # fmt: skip


def test_an_extra_session_becomes_the_last(cast, zoe):
    made = plan(zoe, cast.anna, starts=-7, count=1)
    hold(made, 1, cast.anna, at=NOON - 7 * DAY)
    hold(made, None, cast.anna)
    weeks = [line for line in lines(zoe, cast.anna) if line.startswith("weeks-after:4")]
    assert weeks == ["weeks-after:4:session-2"]
    withdrawn = lines(zoe, cast.anna, CheckInState.WITHDRAWN)
    assert "weeks-after:4:session-1" in withdrawn


def test_moving_a_session_moves_what_is_asked_before_it(cast, zoe):
    made = plan(zoe, cast.anna, starts=3)
    before = find(zoe, "before-session:3", cast.anna)
    planned_on = chip(made, 3, cast.anna).planned_on
    move(before.session_id, planned_on + 2 * DAY, by=cast.anna)
    after = find(zoe, "before-session:3", cast.anna)
    assert after.check_in_id == before.check_in_id
    assert after.opens_at - before.opens_at == timedelta(days=2)


def test_a_cancelled_session_asks_no_more_and_asks_again_when_planned_again(cast, zoe):
    made = plan(zoe, cast.anna, starts=3)
    third = chip(made, 3, cast.anna)
    life_steps.cancel_or_miss(third.session_id, SessionState.CANCELLED, "Flu", by=cast.anna)
    assert "before-session:3" not in lines(zoe, cast.anna)
    assert find(zoe, "before-session:3", cast.anna).status is CheckInStatus.WITHDRAWN
    move(third.session_id, third.planned_on + DAY, by=cast.anna)
    again = find(zoe, "before-session:3", cast.anna)
    assert (again.state, again.reason, again.finished_at) == (CheckInState.OPEN, "", None)


def test_a_stopped_series_asks_for_nothing_and_one_taken_up_again_does(cast, zoe):
    made = plan(zoe, cast.anna)
    hold(made, 1, cast.anna)
    stop(made, SeriesState.STOPPED, cast.anna)
    assert [one for one in check_in_commands.of_patient(zoe, by=cast.anna) if is_ahead(one)] == []
    stop(made, SeriesState.ACTIVE, cast.anna)
    assert "hours-after:4:session-1" in lines(zoe, cast.anna)


def stop(series_id, state, by) -> None:
    version = series_queries.find(series_id, by=by).version
    series_commands.set_state(series_id, state, "Asked for it", version=version, by=by)


def is_ahead(one) -> bool:
    return one.status in (CheckInStatus.SCHEDULED, CheckInStatus.DUE, CheckInStatus.OVERDUE)


def test_a_completed_series_is_still_followed_up(cast, zoe):
    made = plan(zoe, cast.anna)
    hold(made, 1, cast.anna)
    stop(made, SeriesState.COMPLETED, cast.anna)
    open_now = lines(zoe, cast.anna)
    assert "weeks-after:12:session-1" in open_now
    assert "before-session:3" not in open_now


def test_an_amended_start_moves_what_is_counted_from_it(cast, zoe):
    made = plan(zoe, cast.anna)
    session_id = hold(made, 1, cast.anna)
    view = session_commands.find(session_id, by=cast.anna)
    draft = SessionDraft(
        started_at=NOON - 2 * HOUR, drug=Drug.KETAMINE, route=Route.IV, dose_mg=Decimal(35),
        weight_kg=Decimal(70), comment="As planned",
    )  # fmt: skip
    amendments.amend(session_id, draft, reason="Typed wrong", version=view.version, by=cast.anna)
    assert find(zoe, "hours-after:4:session-1", cast.anna).opens_at == NOON + 2 * HOUR


def test_another_indication_asks_another_questionnaire(cast, zoe):
    made = plan(zoe, cast.anna, starts=5)
    view = series_queries.find(made, by=cast.anna)
    wanted = series_change(view, indication=Indication.ANXIETY)
    series_commands.change(made, wanted, version=view.version, by=cast.anna)
    assert find(zoe, "before-session:3", cast.anna).instruments == ("gad7",)


def series_change(view, **more):
    names = SeriesChange.__struct_fields__
    return SeriesChange(**{name: getattr(view.record, name) for name in names} | more)


def test_what_was_answered_or_begun_is_not_moved(cast, zoe):
    made = plan(zoe, cast.anna, starts=1)
    done = find(zoe, "before-session:3", cast.anna)
    set_state(done.check_in_id, CheckInState.DONE, cast.anna)
    begun = find(zoe, "before-session:1", cast.anna)
    begin(begun.check_in_id, cast.anna)
    stop(made, SeriesState.STOPPED, cast.anna)
    assert find(zoe, "before-session:3", cast.anna).state is CheckInState.DONE
    assert find(zoe, "before-session:1", cast.anna).state is CheckInState.OPEN


def test_laying_out_again_changes_nothing(cast, zoe):
    made = plan(zoe, cast.anna)
    hold(made, 1, cast.anna)
    before = check_in_commands.of_patient(zoe, by=cast.anna)
    with unit_of_work(cast.anna) as unit:
        check_in_sync.sync_check_ins(unit, cast.anna, made)
        unit.audit("test.again")
    assert check_in_commands.of_patient(zoe, by=cast.anna) == before


# A schedule of its own


def test_a_series_may_have_its_own_schedule_and_the_earlier_one_is_kept(cast, zoe):
    made = plan(zoe, cast.anna, starts=5)
    own = [ScheduleLine(instruments=("gad7",), anchor=Anchor.BEFORE_SESSION, number=2)]
    schedules.change(made, own, version=1, by=cast.anna)
    assert lines(zoe, cast.anna) == ["before-session:2"]
    view = schedules.find(made, by=cast.anna)
    assert view.edited
    assert [line.source for line in view.lines] == ["Chosen for this series"]
    schedules.change(made, None, version=2, by=cast.anna)
    assert "before-session:3" in lines(zoe, cast.anna)
    assert not schedules.find(made, by=cast.anna).edited
    kept = db.session.scalars(
        select(SeriesVersion.content).where(SeriesVersion.series_id == made)
    ).all()
    assert [bool(content["schedule"]) for content in kept] == [False, True]
    assert details("schedule.changed") == ["1 lines", "as usual"]


def test_a_schedule_that_cannot_be_is_refused_whole(cast, zoe):
    made = plan(zoe, cast.anna, starts=5)
    wrong = [ScheduleLine(instruments=("madrs",), anchor=Anchor.WEEKS_AFTER, number=0)]
    with pytest.raises(InvalidError) as refused:
        schedules.change(made, wrong, version=1, by=cast.anna)
    assert len(refused.value.problems) == 2


def test_two_people_do_not_overwrite_each_others_schedule(cast, zoe):
    made = plan(zoe, cast.anna, starts=5)
    schedules.change(made, [], version=1, by=cast.anna)
    with pytest.raises(StaleError):
        schedules.change(made, None, version=1, by=cast.anna)


def test_a_clinician_elsewhere_knows_no_schedule(cast, zoe):
    made = plan(zoe, cast.anna, starts=5)
    with pytest.raises(NotFoundError):
        schedules.find(made, by=cast.cleo)
    with pytest.raises(NotFoundError):
        schedules.change(made, [], version=1, by=cast.cleo)
