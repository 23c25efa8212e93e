import pytest
from sqlalchemy import update

from tests.builders.check_ins import HOUR, NOON, begin, find, hold, plan, send
from tests.stopping import stopped_at
from tracker.domain.access import Actor, Role
from tracker.domain.check_ins.status import CheckInStatus
from tracker.domain.codes import CheckInState, ReplyState
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.models import db
from tracker.models.check_ins import CheckIn, Reply
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import schedules
from tracker.services.patients import commands as patient_commands
from tracker.services.sessions import follow_ups
from tracker.services.unit_of_work import unit_of_work

it_is_noon = stopped_at(NOON)


@pytest.fixture
def zoe(cast):
    return patient_commands.add(PatientDraft(record_number="1", given_name="Zoë"), by=cast.anna)


# One at a time


@pytest.mark.both_databases
def test_one_can_be_sent_by_hand_and_belongs_to_the_running_series(cast, zoe):
    made = plan(zoe, cast.anna)
    hold(made, 1, cast.anna)
    view = check_in_commands.find(send(zoe, cast.anna), by=cast.anna)
    assert (view.series_id, view.line, view.status) == (made, None, CheckInStatus.DUE)


def test_one_sent_by_hand_tells_everything_that_is_wrong(cast, zoe):
    with pytest.raises(InvalidError) as refused:
        send(zoe, cast.anna, codes=(), due=None)
    assert {problem.field for problem in refused.value.problems} == {"instruments", "due_at"}


def test_nothing_is_sent_to_an_archived_patient(cast, zoe):
    patient_commands.archive(zoe, "Moved away", by=cast.anna)
    with pytest.raises(InvalidError):
        send(zoe, cast.anna)


@pytest.mark.both_databases
def test_strangers_and_administrators_send_and_withdraw_nothing(cast, zoe):
    mine = send(zoe, cast.anna)
    for other in (cast.cleo, cast.adam):
        with pytest.raises(NotFoundError):
            send(zoe, other)
        with pytest.raises(NotFoundError):
            check_in_commands.find(mine, by=other)
        with pytest.raises(NotFoundError):
            check_in_commands.withdraw(mine, "Mistake", by=other)


def patient_of(zoe, cast, check_in_id=None) -> Actor:
    role = Role.LINK if check_in_id else Role.PATIENT
    return Actor(None, cast.clinic_id, "Zoë", frozenset({role}), zoe, check_in_id=check_in_id)


@pytest.mark.both_databases
def test_patients_see_their_own_and_the_holder_of_a_link_the_one_it_opens(cast, zoe):
    mine, other = send(zoe, cast.anna), send(zoe, cast.anna)
    themself, holder = patient_of(zoe, cast), patient_of(zoe, cast, mine)
    assert len(check_in_commands.of_patient(zoe, by=themself)) == 2
    assert check_in_commands.find(mine, by=holder).check_in_id == mine
    with pytest.raises(NotFoundError):
        check_in_commands.find(other, by=holder)
    with pytest.raises(NotFoundError):
        check_in_commands.of_patient(zoe, by=holder)
    with pytest.raises(ForbiddenError):
        check_in_commands.withdraw(mine, "I do not like it", by=themself)


@pytest.mark.both_databases
def test_what_waits_is_what_a_patient_can_answer_now_and_nobody_else_is_told(cast, zoe, it_is_noon):
    assert not patient_commands.look_up(zoe, by=cast.anna).is_asked
    made = [send(zoe, cast.anna), send(zoe, cast.anna)]
    themself, holder = patient_of(zoe, cast), patient_of(zoe, cast, made[0])
    assert patient_commands.look_up(zoe, by=cast.anna).is_asked
    assert [one.check_in_id for one in check_in_commands.waiting(by=themself)] == sorted(made)
    check_in_commands.withdraw(made[0], "Answers on paper", by=cast.anna)
    assert [one.check_in_id for one in check_in_commands.waiting(by=themself)] == made[1:]
    with pytest.raises(NotFoundError):
        check_in_commands.waiting(by=holder)
    with pytest.raises(ForbiddenError):
        check_in_commands.waiting(by=cast.anna)
    for hours in (-1000, 1000):  # before it opens, and once it is closed
        it_is_noon.move_to(NOON + hours * HOUR)
        assert check_in_commands.waiting(by=themself) == []


def test_withdrawing_needs_a_reason_and_lasts(cast, zoe):
    made = plan(zoe, cast.anna, starts=5)
    third = find(zoe, "before-session:3", cast.anna)
    with pytest.raises(InvalidError):
        check_in_commands.withdraw(third.check_in_id, " ", by=cast.anna)
    check_in_commands.withdraw(third.check_in_id, "Answers on paper", by=cast.anna)
    schedules.change(made, None, version=1, by=cast.anna)
    assert find(zoe, "before-session:3", cast.anna).status is CheckInStatus.WITHDRAWN
    with pytest.raises(InvalidError):
        check_in_commands.withdraw(third.check_in_id, "Again", by=cast.anna)


def finish(check_in_id, by) -> bool:
    with unit_of_work(by) as unit:
        over = check_in_commands.finish(unit, by, check_in_id)
        unit.audit("test.finished")
    return over


@pytest.mark.both_databases
def test_it_is_done_once_every_questionnaire_is_answered_or_declined(cast, zoe):
    mine = send(zoe, cast.anna, codes=("phq9", "gad7"))
    assert not finish(mine, cast.anna)
    begin(mine, cast.anna)
    assert not finish(mine, cast.anna)
    set_replies(mine, ReplyState.DONE, cast.anna)
    assert finish(mine, cast.anna)
    view = check_in_commands.find(mine, by=cast.anna)
    assert (view.state, view.finished_at) == (CheckInState.DONE, NOON)
    assert finish(mine, cast.anna)


@pytest.mark.both_databases
def test_what_can_be_asked_no_more_is_not_waited_for(cast, zoe):
    mine = send(zoe, cast.anna)
    begin(mine, cast.anna)
    row = db.session.get_one(CheckIn, mine)
    row.instruments = [*row.instruments, "gone-since"]
    db.session.commit()
    assert not finish(mine, cast.anna)
    set_replies(mine, ReplyState.DONE, cast.anna)
    assert finish(mine, cast.anna)


def set_replies(check_in_id, state, by) -> None:
    with unit_of_work(by) as unit:
        db.session.execute(
            update(Reply).where(Reply.check_in_id == check_in_id).values(state=state.value)
        )
        unit.audit("test.replied")


@pytest.mark.both_databases
def test_what_the_nurse_asks_by_telephone_is_not_asked_again(cast, zoe):
    made = plan(zoe, cast.anna)
    session_id = hold(made, 1, cast.anna, at=NOON - 5 * HOUR)
    asked = find(zoe, "hours-after:4:session-1", cast.anna)
    follow_ups.record(session_id, mood=6, pain=None, taken_at=NOON, by=cast.anna)
    assert check_in_commands.find(asked.check_in_id, by=cast.anna).state is CheckInState.OPEN
    follow_ups.record(session_id, mood=None, pain=2, taken_at=NOON, by=cast.anna)
    assert check_in_commands.find(asked.check_in_id, by=cast.anna).state is CheckInState.DONE


def test_where_everything_was_declined_it_was_declined_with_the_reasons(cast, zoe):
    mine = send(zoe, cast.anna, codes=("phq9", "gad7"))
    begin(mine, cast.anna, ReplyState.DECLINED, "Too tired")
    assert finish(mine, cast.anna)
    view = check_in_commands.find(mine, by=cast.anna)
    assert (view.state, view.reason) == (CheckInState.DECLINED, "Too tired")
