from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec import structs
from sqlalchemy import select

from tests.builders.check_ins import PHQ9, ask, fill, themself
from tests.builders.patients import HELD, a_patient, a_series, planned
from tracker.domain.check_ins.answers import DeclineReason
from tracker.domain.check_ins.status import CheckInStatus
from tracker.domain.codes import AlertKind, Completeness, Mode, Occasion, ReplyState
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.instruments import library
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.audit import AuditEvent
from tracker.models.check_ins import CheckIn, Reply
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import answer_page
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins.answers import ClosedError, LeftOutError
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import commands as session_commands


@pytest.fixture
def ben(anna, patient):
    return themself(anna.clinic_id, patient)


@pytest.fixture
def check_in(anna, patient):
    return ask(anna, patient)


def save(by, check_in_id, code, value, *, ago=timedelta(0), seconds=5):
    given = {code: (value, clock.now() - ago)}
    return answering.save(check_in_id, "phq9", given, seconds, by=by)


def part(by, check_in_id, code="phq9"):
    return answer_page.find(check_in_id, by=by).part(code)


def the_score(check_in_id):
    return db.session.scalars(select(Assessment).where(Assessment.check_in_id == check_in_id)).one()


def test_beginning_keeps_the_words_of_what_can_be_asked(anna, patient, ben):
    made = ask(anna, patient, "phq9", "madrs", "gad7")
    begun = answering.begin(made, by=ben)
    assert [view.instrument.code for view in begun] == ["phq9", "gad7"]
    answering.begin(made, by=ben)
    rows = db.session.scalars(select(Reply).where(Reply.check_in_id == made)).all()
    assert len(rows) == 2
    assert all(row.edition_id for row in rows)


def test_an_answer_is_there_on_another_device(check_in, ben):
    save(ben, check_in, "phq9_1", "2")
    save(ben, check_in, "phq9_2", "0")
    assert part(ben, check_in).answers == {"phq9_1": 2, "phq9_2": 0}
    assert len(part(ben, check_in).left_out) == 7


@pytest.mark.both_databases
def test_the_later_answer_stands_whichever_came_first(check_in, ben):
    now = clock.now()
    sends = [("1", now - timedelta(minutes=3)), ("3", now - timedelta(minutes=1)),
             ("2", now - timedelta(minutes=2))]  # fmt: skip
    for value, at in sends:
        answering.save(check_in, "phq9", {"phq9_1": (value, at)}, 1, by=ben)
    assert part(ben, check_in).answers == {"phq9_1": 3}


@pytest.mark.both_databases
def test_of_two_answers_of_the_same_instant_the_higher_stands(check_in, ben):
    at = clock.now() - timedelta(minutes=1)
    for values in (("1", "0"), ("2", "3", "")):
        for value in values:
            answering.save(check_in, "phq9", {"phq9_9": (value, at)}, 1, by=ben)
    assert part(ben, check_in).answers == {"phq9_9": 3}


def test_a_device_whose_clock_runs_ahead_does_not_win_for_ever(check_in, ben):
    save(ben, check_in, "phq9_1", "3", ago=timedelta(days=-2))
    row = db.session.scalars(select(Reply)).one()
    assert row.answers["phq9_1"]["at"] <= clock.now().isoformat()
    save(ben, check_in, "phq9_1", "1")
    assert part(ben, check_in).answers == {"phq9_1": 1}


def test_an_answer_can_be_taken_back(check_in, ben):
    save(ben, check_in, "phq9_1", "2", ago=timedelta(minutes=1))
    save(ben, check_in, "phq9_1", "")
    assert part(ben, check_in).answers == {}


@pytest.mark.both_databases
def test_the_same_save_twice_counts_its_seconds_once(check_in, ben):
    at = clock.now()
    for _ in range(3):
        answering.save(check_in, "phq9", {"phq9_1": ("2", at)}, 7, by=ben)
    save(ben, check_in, "phq9_2", "1", seconds=4)
    assert part(ben, check_in).seconds_taken == 11


@pytest.mark.parametrize(("seconds", "kept"), [(-5, 0), (1e12, 1800), (12.4, 12)])
def test_the_time_that_an_answer_took_is_brought_into_what_can_be(check_in, ben, seconds, kept):
    save(ben, check_in, "phq9_1", "1", seconds=seconds)
    assert part(ben, check_in).seconds_taken == kept


@pytest.mark.parametrize(
    ("code", "value"),
    [("phq9_1", "4"), ("phq9_1", "1.5"), ("phq9_1", "NaN"), ("phq9_1", "sNaN"), ("phq9_1", "x"),
     ("phq9_99", "1"), ("phq9_1", "-1"), ("phq9_1", "1e309")],
)  # fmt: skip
def test_what_is_no_answer_is_refused_and_changes_nothing(check_in, ben, code, value):
    save(ben, check_in, "phq9_1", "2")
    with pytest.raises(InvalidError):
        save(ben, check_in, code, value)
    assert part(ben, check_in).answers == {"phq9_1": 2}


def test_a_suicide_item_above_zero_calls_for_help_and_raises_an_alert_at_once(anna, check_in, ben):
    assert not save(ben, check_in, "phq9_9", "0", ago=timedelta(minutes=1)).crisis
    assert alert_commands.open_alerts(by=anna) == []
    assert save(ben, check_in, "phq9_9", "1").crisis
    [alert] = alert_commands.open_alerts(by=anna)
    assert (alert.kind, alert.patient_id) == (AlertKind.SUICIDE_ITEM, ben.patient_id)
    save(ben, check_in, "phq9_9", "1")
    assert len(alert_commands.open_alerts(by=anna)) == 1
    assert answer_page.find(check_in, by=ben).crisis


@pytest.mark.both_databases
def test_what_is_sent_becomes_a_score_tied_to_its_check_in(anna, patient, ben):
    series_id = a_series(anna, patient)
    made = ask(anna, patient, series_id=series_id)
    fill(ben, made)
    assert answering.finish(made, "phq9", by=ben)
    row = the_score(made)
    assert (row.total, row.completeness, row.mode) == (8, Completeness.COMPLETE, Mode.SELF)
    assert (row.series_id, row.occasion, row.seconds_taken) == (series_id, "weekly", 60)
    assert row.answers == PHQ9
    assert db.session.get_one(CheckIn, made).state == "done"
    reply = db.session.scalars(select(Reply)).one()
    assert (reply.state, reply.assessment_id) == (ReplyState.DONE, row.id)
    assert row.edition_id == reply.edition_id


def test_a_questionnaire_replaced_meanwhile_is_scored_in_the_words_that_were_put(
    check_in, ben, monkeypatch
):
    fill(ben, check_in)
    newer = structs.replace(library()["phq9"], digest="newer", version="9", items=())
    monkeypatch.setattr(score_commands, "library", lambda: {"phq9": newer})
    answering.finish(check_in, "phq9", by=ben)
    row = the_score(check_in)
    assert (row.total, row.instrument_version) == (8, library()["phq9"].version)
    assert row.edition_id == db.session.scalars(select(Reply.edition_id)).one()


def test_questions_left_out_are_asked_about_once(check_in, ben):
    fill(ben, check_in, phq9_1="", phq9_2="")
    with pytest.raises(LeftOutError) as caught:
        answering.finish(check_in, "phq9", by=ben)
    assert [item.code for item in caught.value.items] == ["phq9_1", "phq9_2"]
    assert db.session.scalars(select(Assessment)).all() == []
    assert answering.finish(check_in, "phq9", by=ben, leave_out=True)
    assert the_score(check_in).answers == {c: v for c, v in PHQ9.items() if c[-1] not in "12"}


def test_an_incomplete_one_is_stored_as_such_and_is_never_a_zero(check_in, ben):
    save(ben, check_in, "phq9_1", "0")
    assert answering.finish(check_in, "phq9", by=ben, leave_out=True)
    row = the_score(check_in)
    assert (row.total, row.completeness) == (None, Completeness.INCOMPLETE)


def test_a_suicide_item_left_out_is_a_flag_of_its_own(anna, check_in, ben):
    fill(ben, check_in, phq9_9="")
    answering.finish(check_in, "phq9", by=ben, leave_out=True)
    kinds = {alert.kind for alert in alert_commands.open_alerts(by=anna)}
    assert AlertKind.SUICIDE_ITEM_MISSING in kinds


def test_nothing_at_all_cannot_be_sent(check_in, ben):
    answering.begin(check_in, by=ben)
    with pytest.raises(InvalidError, match="Answer at least one"):
        answering.finish(check_in, "phq9", by=ben, leave_out=True)


@pytest.mark.both_databases
def test_a_score_is_of_the_time_of_its_last_answer(check_in, ben):
    answering.begin(check_in, by=ben)
    row = db.session.scalars(select(Reply)).one()
    row.began_at -= timedelta(hours=3)
    db.session.commit()
    at = clock.now() - timedelta(hours=2)
    answering.save(check_in, "phq9", {c: (v, at) for c, v in PHQ9.items()}, 60, by=ben)
    answering.finish(check_in, "phq9", by=ben)
    assert the_score(check_in).taken_at == at


@pytest.mark.both_databases
def test_the_hours_after_a_session_are_counted(anna, patient, ben):
    series_id = a_series(anna, patient)
    start = clock.now().replace(microsecond=0) - timedelta(hours=24)
    session_id = planned(series_id)[0]
    held = structs.replace(
        HELD,
        started_at=start,
        discharged_at=start + timedelta(hours=2),
        comment="Moved by telephone",
    )
    session_commands.record(held, series_id=series_id, session_id=session_id, by=anna)
    made = ask(anna, patient, "mood-nrs", occasion=Occasion.HOURS_AFTER.value,
               series_id=series_id, session_id=session_id)  # fmt: skip
    [view] = answering.begin(made, by=ben)
    code = view.instrument.items[0].code
    answering.save(made, "mood-nrs", {code: ("7", clock.now())}, 3, by=ben)
    answering.finish(made, "mood-nrs", by=ben)
    row = the_score(made)
    assert (row.total, row.hours_after, row.session_id) == (7, Decimal(24), session_id)


@pytest.mark.both_databases
def test_a_check_in_is_finished_with_its_last_instrument(anna, patient, ben):
    made = ask(anna, patient, "phq9", "gad7")
    fill(ben, made)
    assert not answering.finish(made, "phq9", by=ben)
    assert [p.instrument.code for p in answer_page.find(made, by=ben).open_parts] == ["gad7"]
    assert answering.decline(made, "gad7", DeclineReason("not-now"), by=ben)
    assert answer_page.find(made, by=ben).status is CheckInStatus.DONE


def test_declining_needs_a_reason_and_keeps_what_was_answered(anna, check_in, ben):
    save(ben, check_in, "phq9_9", "2")
    with pytest.raises(InvalidError, match="reason"):
        answering.decline(check_in, "", DeclineReason(words="  "), by=ben)
    with pytest.raises(InvalidError, match="at most"):
        answering.decline(check_in, "", DeclineReason(words="x" * 501), by=ben)
    assert answering.decline(check_in, "", DeclineReason("not-now"), by=ben)
    sitting = answer_page.find(check_in, by=ben)
    assert (sitting.status, sitting.crisis) == (CheckInStatus.DECLINED, True)
    assert db.session.get_one(CheckIn, check_in).reason == "This is not a good time"
    assert len(alert_commands.open_alerts(by=anna)) == 1


def test_nothing_is_taken_before_after_or_once_it_was_taken_back(anna, patient, ben):
    early = ask(anna, patient, opened=timedelta(days=-1))
    late = ask(anna, patient, opened=timedelta(days=6))
    back = ask(anna, patient)
    check_in_commands.withdraw(back, "Not needed", by=anna)
    for made, how in ((early, "scheduled"), (late, "missed"), (back, "withdrawn")):
        for deed in (
            lambda made=made: answering.begin(made, by=ben),
            lambda made=made: save(ben, made, "phq9_1", "1"),
            lambda made=made: answering.finish(made, "phq9", by=ben),
            lambda made=made: answering.decline(made, "", DeclineReason(words="No"), by=ben),
        ):
            with pytest.raises(ClosedError) as caught:
                deed()
            assert caught.value.standing == how


@pytest.mark.both_databases
def test_what_was_sent_is_closed_to_a_second_press(check_in, ben):
    fill(ben, check_in)
    answering.finish(check_in, "phq9", by=ben)
    with pytest.raises(ClosedError):
        answering.finish(check_in, "phq9", by=ben)
    with pytest.raises(ClosedError):
        save(ben, check_in, "phq9_1", "3")
    the_score(check_in)


def test_an_instrument_that_is_not_asked_is_not_there(check_in, ben):
    for deed in (
        lambda: answering.save(check_in, "gad7", {}, 0, by=ben),
        lambda: answering.finish(check_in, "gad7", by=ben),
        lambda: answering.decline(check_in, "gad7", DeclineReason(words="No"), by=ben),
        lambda: part(ben, check_in, "gad7"),
    ):
        with pytest.raises(NotFoundError):
            deed()


def test_nobody_answers_for_somebody_else(cast, anna, check_in):
    other = themself(anna.clinic_id, a_patient(anna, "B-18"))
    deeds = [
        lambda by: answer_page.find(check_in, by=by),
        lambda by: answering.begin(check_in, by=by),
        lambda by: answering.save(check_in, "phq9", {}, 0, by=by),
        lambda by: answering.finish(check_in, "phq9", by=by),
        lambda by: answering.decline(check_in, "", DeclineReason(words="No"), by=by),
        lambda by: answer_page.upcoming(check_in, by=by),
    ]
    for deed in deeds:
        for stranger in (other, cast.cleo):
            with pytest.raises(NotFoundError):
                deed(stranger)
        with pytest.raises(ForbiddenError):
            deed(anna)


def test_the_trail_tells_what_was_done_and_never_an_answer(check_in, ben):
    fill(ben, check_in, phq9_9="1")
    answering.finish(check_in, "phq9", by=ben)
    lines = db.session.execute(
        select(AuditEvent.action, AuditEvent.detail).where(AuditEvent.actor == "Ben")
    ).all()
    assert [line.action for line in lines] == [
        "check-in.begun", "alert.raised", "reply.saved", "score.recorded", "reply.sent",
        "check-in.done",
    ]  # fmt: skip
    assert dict(lines)["reply.saved"] == "phq9: 9 sent, 9 answered"
    assert dict(lines)["reply.sent"] == "phq9: 9 answered, 0 left out"


@pytest.mark.both_databases
def test_the_next_check_in_is_told(anna, patient, ben, check_in):
    assert answer_page.upcoming(check_in, by=ben) is None
    ask(anna, patient, opened=timedelta(days=-3))
    told = answer_page.upcoming(check_in, by=ben)
    assert told.opens_at > clock.now()
    assert not told.open_now


@pytest.mark.both_databases
def test_a_suicide_item_that_comes_too_late_is_not_kept_but_raises_an_alert(anna, patient, ben):
    sent, over, back = ask(anna, patient), ask(anna, patient), ask(anna, patient)
    for made in (sent, over, back):
        fill(ben, made)
    answering.finish(sent, "phq9", by=ben)
    db.session.get_one(CheckIn, over).due_at = clock.now() - timedelta(minutes=2)
    db.session.get_one(CheckIn, over).closes_at = clock.now() - timedelta(minutes=1)
    db.session.commit()
    check_in_commands.withdraw(back, "Not needed", by=anna)
    for count, made in enumerate((sent, over, back), 1):
        for _ in range(2):  # sent again, it is told once
            with pytest.raises(ClosedError):
                save(ben, made, "phq9_9", "2", ago=timedelta(minutes=5))
        assert len(alert_commands.open_alerts(by=anna)) == count
        assert part(ben, made).answers["phq9_9"] == 0
    told = alert_commands.open_alerts(by=anna)
    assert {alert.kind for alert in told} == {AlertKind.SUICIDE_ITEM}
    assert [alert.score_id is None for alert in told] == [False, True, True]
    assert all("Changed afterwards to 'Not at all'" in alert.afterwards for alert in told)


def test_a_phone_whose_clock_runs_behind_still_raises_an_alert(anna, check_in, ben):
    save(ben, check_in, "phq9_9", "0")
    assert save(ben, check_in, "phq9_9", "3", ago=timedelta(minutes=5)).crisis
    [alert] = alert_commands.open_alerts(by=anna)
    assert alert.kind is AlertKind.SUICIDE_ITEM
    assert "Changed afterwards" in alert.afterwards


def test_what_is_no_answer_and_comes_too_late_raises_nothing(anna, check_in, ben):
    fill(ben, check_in)
    answering.finish(check_in, "phq9", by=ben)
    with pytest.raises(ClosedError):
        save(ben, check_in, "phq9_9", "sNaN")
    assert alert_commands.open_alerts(by=anna) == []


def test_declining_at_the_suicide_item_is_told_and_declining_all_is_not(anna, patient, ben):
    untouched, begun = ask(anna, patient), ask(anna, patient)
    answering.begin(untouched, by=ben)
    answering.decline(untouched, "", DeclineReason(words="No"), by=ben)
    assert alert_commands.open_alerts(by=anna) == []
    for number in range(1, 9):
        save(ben, begun, f"phq9_{number}", "3")
    answering.decline(begun, "phq9", DeclineReason(words="No"), by=ben)
    assert [a.kind for a in alert_commands.open_alerts(by=anna)] == [AlertKind.SUICIDE_ITEM_MISSING]


def test_what_came_too_late_and_was_looked_at_is_not_told_again(anna, check_in, ben):
    fill(ben, check_in)
    answering.finish(check_in, "phq9", by=ben)
    with pytest.raises(ClosedError):
        save(ben, check_in, "phq9_9", "2")
    [alert] = alert_commands.open_alerts(by=anna)
    alert_commands.acknowledge(alert.alert_id, "Called", by=anna)
    with pytest.raises(ClosedError):
        save(ben, check_in, "phq9_9", "2")
    assert alert_commands.open_alerts(by=anna) == []
    with pytest.raises(ClosedError):
        save(ben, check_in, "phq9_9", "3")
    assert len(alert_commands.open_alerts(by=anna)) == 1
