"""Alerts: raised with their cause, once, and in step with what is answered."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import func, select

from tests.builders import alerts, courses
from tests.builders.alerts import a_check_in, answered, totalled
from tests.people import Cast
from tracker.domain.access import Actor
from tracker.domain.check_ins.answers import DeclineReason
from tracker.domain.codes import AlertKind, Mode
from tracker.domain.formatting import full_day
from tracker.domain.scores.draft import AssessmentDraft
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.audit import AuditEvent
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import answers as answering
from tracker.services.scores import commands as score_commands
from tracker.services.unit_of_work import unit_of_work

ITEM9 = "phq9_9"


@pytest.fixture
def treated(cast: Cast) -> courses.Treated:
    """Ben, whose PHQ-9 was 20 before the first dose and is counted from there."""
    return courses.treat(cast.console, scores=1)


@pytest.fixture
def ben(cast: Cast, treated: courses.Treated) -> Actor:
    return courses.account(cast.console, treated)


def save(ben, check_in_id, value, *, seconds=1, code=ITEM9):
    return answering.save(check_in_id, "phq9", {code: (value, clock.now())}, seconds, by=ben)


def told(by):
    """Every sentence that waits, those of one form together."""
    shown = alert_commands.open_alerts(by=by)
    return [sentence for alert in shown for sentence in (alert.sentence, *alert.others)]


def today():
    return full_day(clock.now().astimezone(ZoneInfo("America/New_York")))  # the clinic of the cast


def lines(action):
    wanted = select(AuditEvent).where(AuditEvent.action == action)
    return db.session.scalars(wanted.order_by(AuditEvent.sequence)).all()


@pytest.mark.both_databases
def test_an_answer_raises_an_alert_the_moment_it_is_saved(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    answering.begin(check_in, by=ben)
    assert save(ben, check_in, "1").crisis
    [alert] = alert_commands.open_alerts(by=anna)
    assert alert.sentence == f"PHQ-9 question 9 answered 'Several days' (1 of 3) on {today()}"
    assert (alert.check_in_id, alert.score_id, alert.acknowledged_at) == (check_in, None, None)
    assert [line.subject for line in lines("alert.raised")] == [f"alert:{alert.alert_id}"]


@pytest.mark.both_databases
def test_saved_again_nothing_is_raised_twice(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    answering.begin(check_in, by=ben)
    for _ in range(3):
        save(ben, check_in, "1")
        save(ben, check_in, "2", code="phq9_1")
    assert len(told(anna)) == len(lines("alert.raised")) == 1


def test_an_alert_stays_when_the_answer_is_changed_back_and_says_so(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    answering.begin(check_in, by=ben)
    for value, said in (
        ("1", ""), ("0", "Changed afterwards to 'Not at all' (0 of 3)."),
        ("", "The answer was taken back afterwards."), ("1", ""),
    ):  # fmt: skip
        with time_machine.travel(clock.now() + timedelta(seconds=1)):
            save(ben, check_in, value)
        [alert] = alert_commands.open_alerts(by=anna)
        assert alert.sentence == f"PHQ-9 question 9 answered 'Several days' (1 of 3) on {today()}"
        assert alert.afterwards == said


def test_a_graver_answer_speaks_in_the_alert_that_still_waits(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    answering.begin(check_in, by=ben)
    save(ben, check_in, "1")
    raised = alert_commands.open_alerts(by=anna)[0].raised_at
    save(ben, check_in, "3")
    [alert] = alert_commands.open_alerts(by=anna)
    assert alert.sentence == f"PHQ-9 question 9 answered 'Nearly every day' (3 of 3) on {today()}"
    assert (alert.urgent, alert.raised_at) == (True, raised)


def test_an_answer_that_rises_after_somebody_looked_is_raised_anew(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    answering.begin(check_in, by=ben)
    save(ben, check_in, "1")
    alert_commands.acknowledge(
        alert_commands.open_alerts(by=anna)[0].alert_id, "Called him", by=anna
    )
    save(ben, check_in, "1")
    assert told(anna) == []
    save(ben, check_in, "2")
    assert told(anna) == [
        f"PHQ-9 question 9 answered 'More than half the days' (2 of 3) on {today()}"
    ]
    save(ben, check_in, "2")
    assert len(told(anna)) == 1


@pytest.mark.both_databases
def test_the_finished_score_takes_the_alerts_of_its_reply_over(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    answering.begin(check_in, by=ben)
    given = {code: (f"{value}", clock.now()) for code, value in alerts.phq9(item9=1).items()}
    answering.save(check_in, "phq9", given, 60, by=ben)
    [before] = alert_commands.open_alerts(by=anna)
    answering.finish(check_in, "phq9", by=ben, leave_out=True)
    [after] = alert_commands.open_alerts(by=anna)
    assert after.alert_id == before.alert_id
    assert after.score_id == score_commands.of_patient(ben.patient_id, by=anna)[-1].score_id
    assert len(lines("alert.raised")) == 1


def test_an_acknowledged_alert_is_not_raised_again_by_the_finished_score(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    answering.begin(check_in, by=ben)
    save(ben, check_in, "1")
    alert_commands.acknowledge(
        alert_commands.open_alerts(by=anna)[0].alert_id, "Called him", by=anna
    )
    answering.finish(check_in, "phq9", by=ben, leave_out=True)
    assert told(anna) == []


def test_a_suicide_item_left_out_is_a_flag_of_its_own(anna, treated):
    answered(anna, treated.patient_id, item9=None)
    assert told(anna) == [f"PHQ-9 question 9, the suicide item, not answered on {today()}"]


def test_too_little_for_a_total_still_raises_what_was_answered(anna, treated):
    answered(anna, treated.patient_id, item9=2, others=None)
    assert told(anna) == [
        f"PHQ-9 question 9 answered 'More than half the days' (2 of 3) on {today()}"
    ]


def test_a_total_says_nothing_of_its_questions(anna, treated):
    totalled(anna, treated.patient_id, 12, courses.FIRST + timedelta(days=7))
    assert told(anna) == []


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("totals", "said"),
    [
        (
            (10, 19),
            ["PHQ-9 19 on 16 Mar 2026: response, 10 or less, was reached before and is lost"],
        ),
        (
            (10, 14, 15),
            ["PHQ-9 15 on 23 Mar 2026: response, 10 or less, was reached before and is lost"],
        ),
        ((10, 11, 10, 11, 10, 11), []),
        ((12, 19), ["PHQ-9 rose from 12 to 19 on 16 Mar 2026: 7 or more is usually a real change"]),
        ((19, 22), []),
    ],
)
def test_danger_is_told_once_and_noise_is_not(anna, treated, totals, said):
    for week, total in enumerate(totals, 1):
        totalled(anna, treated.patient_id, total, courses.FIRST + timedelta(days=7 * week))
    assert told(anna) == said
    assert len(lines("alert.raised")) == len(said)


@pytest.mark.both_databases
def test_a_typed_total_tells_of_its_danger_and_what_waits_of_one_form_is_one_line(anna, treated):
    for week, total in enumerate((19, 27), 1):
        totalled(anna, treated.patient_id, total, courses.FIRST + timedelta(days=7 * week))
    [shown] = alert_commands.open_alerts(by=anna)
    assert shown.urgent
    assert shown.kind is AlertKind.SUICIDE_TOTAL
    assert (shown.sentence, *shown.others) == (
        "PHQ-9 27, severe, on 16 Mar 2026: question 9 must have been answered above zero",
        "PHQ-9 rose from 19 to 27 on 16 Mar 2026: 7 or more is usually a real change",
        "PHQ-9 27 on 16 Mar 2026: highest score so far",
    )
    assert alert_commands.find(shown.alert_id, by=anna).others == shown.others
    alert_commands.acknowledge(shown.alert_id, "Called her at once", by=anna)
    assert told(anna) == []
    assert len(lines("alert.acknowledged")) == 3
    assert {alert.done for alert in db.session.scalars(select(Alert))} == {"Called her at once"}


def test_what_comes_after_an_acknowledgement_waits_by_itself(anna, treated):
    for week, total in enumerate((19, 27, 27), 1):
        totalled(anna, treated.patient_id, total, courses.FIRST + timedelta(days=7 * week))
    first, second = alert_commands.open_alerts(by=anna)
    assert first.score_id != second.score_id
    alert_commands.acknowledge(first.alert_id, "Called her", by=anna)
    assert [alert.alert_id for alert in alert_commands.open_alerts(by=anna)] == [second.alert_id]


def test_who_would_rather_talk_is_called_once_however_many_forms_they_decline(anna, ben):
    check_in = a_check_in(anna, ben.patient_id, instruments=("phq9", "gad7"))
    answering.decline(check_in, "", DeclineReason("in-person"), by=ben)
    assert told(anna) == [f"Would rather talk to somebody than answer the PHQ-9 on {today()}"]
    [shown] = alert_commands.open_alerts(by=anna)
    assert shown.kind is AlertKind.TALK


@pytest.mark.parametrize("reason", ["not-now", "too-many"])
def test_other_reasons_to_decline_call_for_nobody(anna, ben, reason):
    answering.decline(a_check_in(anna, ben.patient_id), "", DeclineReason(reason), by=ben)
    assert told(anna) == []


@pytest.mark.both_databases
def test_what_is_entered_late_is_compared_with_nothing_that_came_after(anna, treated):
    for week, total in ((1, 9), (3, 8), (2, 20)):
        totalled(anna, treated.patient_id, total, courses.FIRST + timedelta(days=7 * week))
    assert told(anna) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("order", [(1, 2, 0), (2, 1, 0), (2, 0, 1), (0, 1, 2)])
def test_response_lost_is_told_once_in_whatever_order_its_scores_are_entered(anna, treated, order):
    totals = (8, 14, 15)  # week by week: reached, and two in a row out of it
    for week in order:
        totalled(
            anna, treated.patient_id, totals[week], courses.FIRST + timedelta(days=7 * week + 7)
        )
    lost = [one for one in told(anna) if "is lost" in one]
    assert lost == ["PHQ-9 15 on 23 Mar 2026: response, 10 or less, was reached before and is lost"]


@pytest.mark.both_databases
def test_a_late_score_within_a_loss_that_was_told_tells_it_no_second_time(anna, treated):
    for week, total in ((1, 8), (3, 14), (4, 15), (2, 13)):
        totalled(anna, treated.patient_id, total, courses.FIRST + timedelta(days=7 * week))
    assert len([one for one in told(anna) if "is lost" in one]) == 1


def test_a_loss_of_a_file_is_no_news_of_what_is_entered_after_it(anna, treated):
    for week, total in ((1, 8), (2, 14), (3, 15)):
        at = courses.FIRST + timedelta(days=7 * week)
        totalled(anna, treated.patient_id, total, at, mode=Mode.FILE)
    totalled(anna, treated.patient_id, 13, courses.FIRST + timedelta(days=10))
    assert told(anna) == []


@pytest.mark.both_databases
def test_a_loss_says_when_response_was_regained_and_whether_that_stands(anna, treated):
    for week, total in ((1, 8), (2, 19)):
        totalled(anna, treated.patient_id, total, courses.FIRST + timedelta(days=7 * week))
    said = "PHQ-9 19 on 16 Mar 2026: response, 10 or less, was reached before and is lost"
    assert told(anna) == [said]
    back = totalled(anna, treated.patient_id, 7, courses.FIRST + timedelta(days=28))
    assert told(anna) == [f"{said}; regained on 30 Mar 2026"]
    score_commands.void(back, "Another patient's", by=anna)
    assert told(anna) == [said]


def test_an_alert_of_a_voided_score_says_so_wherever_it_is_listed(anna, treated):
    score = totalled(anna, treated.patient_id, 27, courses.FIRST + timedelta(days=7))
    score_commands.void(score, "Another patient's", by=anna)
    assert all(one.endswith(" (voided since)") for one in told(anna))
    for shown in (
        alert_commands.of_patient(treated.patient_id, by=anna),
        alert_commands.listing(by=anna).lines,
    ):
        assert [one.sentence for one in shown] == [told(anna)[0]]


def test_a_voided_score_is_compared_with_no_more(anna, treated):
    low = totalled(anna, treated.patient_id, 9, courses.FIRST + timedelta(days=7))
    score_commands.void(low, "Another patient's", by=anna)
    totalled(anna, treated.patient_id, 20, courses.FIRST + timedelta(days=14))
    assert told(anna) == []


def test_a_file_tells_the_past_and_raises_nothing(anna, treated):
    at = courses.FIRST + timedelta(days=7)
    totalled(anna, treated.patient_id, 27, at, answers=alerts.phq9(item9=3), mode=Mode.FILE)
    assert told(anna) == []


@pytest.mark.both_databases
def test_nothing_is_raised_when_the_cause_is_not_stored(anna, ben, monkeypatch):
    check_in = a_check_in(anna, ben.patient_id)
    answering.begin(check_in, by=ben)
    monkeypatch.setattr("tracker.services.unit_of_work.Unit.append_lines", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save(ben, check_in, "1")
    assert db.session.scalar(select(func.count()).select_from(Alert)) == 0


def test_an_answer_entered_for_a_check_in_meets_what_was_answered_before(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    answering.begin(check_in, by=ben)
    save(ben, check_in, "1")
    with unit_of_work(anna) as unit:
        draft = AssessmentDraft(
            instrument="phq9", total=None, taken_at=unit.now, mode=Mode.STAFF,
            answers=alerts.phq9(item9=3),
        )  # fmt: skip
        score_commands.add(
            unit, anna, draft, patient_id=ben.patient_id, tied_to=(None, None), check_in_id=check_in
        )
    assert told(anna) == [f"PHQ-9 question 9 answered 'Nearly every day' (3 of 3) on {today()}"]
