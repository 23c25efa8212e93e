"""What is raised when answers go to and fro, and when the phone and the staff both answer."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.builders import courses
from tests.builders.alerts import a_check_in, phq9, totalled
from tests.people import Cast
from tracker.domain.access import Actor
from tracker.domain.codes import AlertKind, Mode
from tracker.domain.scores.draft import AssessmentDraft
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import answers as answering
from tracker.services.scores import commands as score_commands


@pytest.fixture
def ben(cast: Cast) -> Actor:
    return courses.account(cast.console, courses.treat(cast.console))


def save(ben, check_in_id, value):
    given = {"phq9_9": (value, clock.now())}
    return answering.save(check_in_id, "phq9", given, 1, by=ben)


def test_an_answer_given_again_after_it_was_seen_changed_back_is_raised_anew(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    for value in "20":
        save(ben, check_in, value)
    [first] = alert_commands.open_alerts(by=anna)
    alert_commands.acknowledge(
        first.alert_id, "Called; he says that he pressed the wrong one", by=anna
    )
    save(ben, check_in, "1")
    [again] = alert_commands.open_alerts(by=anna)
    assert again.alert_id != first.alert_id
    save(ben, check_in, "1")
    assert len(alert_commands.open_alerts(by=anna)) == 1


def test_a_total_entered_by_staff_does_not_say_that_an_answer_was_taken_back(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    save(ben, check_in, "2")
    draft = AssessmentDraft(instrument="phq9", total=Decimal(9), taken_at=clock.now())
    score_commands.record(ben.patient_id, draft, check_in_id=check_in, by=anna)
    [alert] = alert_commands.open_alerts(by=anna)
    assert (alert.kind, alert.afterwards) == (AlertKind.SUICIDE_ITEM, "")


def test_what_staff_entered_is_not_told_again_by_a_phone_that_comes_late(anna, ben):
    check_in = a_check_in(anna, ben.patient_id)
    answering.begin(check_in, by=ben)
    draft = AssessmentDraft(
        instrument="phq9", total=None, taken_at=clock.now(), answers=phq9(1), mode=Mode.STAFF
    )
    score_commands.record(ben.patient_id, draft, check_in_id=check_in, by=anna)
    for value, urgent in (("1", False), ("3", True)):
        with pytest.raises(answering.ClosedError):
            save(ben, check_in, value)
        assert [a.urgent for a in alert_commands.open_alerts(by=anna)] == [urgent]


@pytest.mark.both_databases
def test_an_alert_counts_days_in_the_clinic_as_the_picture_does(anna, cast):
    evening = datetime(2026, 3, 2, 20, 0, tzinfo=ZoneInfo("America/New_York"))  # the 3rd in UTC
    noon = evening.replace(hour=12)
    treated = courses.treat(cast.console, sessions=1, scores=0, started_at=evening)
    for days, total in ((-1, 20), (1, 8), (8, 16)):
        totalled(anna, treated.patient_id, total, noon + timedelta(days=days), time_known=False)
    lost = [a.sentence for a in alert_commands.open_alerts(by=anna) if a.kind == "loss-of-response"]
    assert lost == ["PHQ-9 16 on 10 Mar 2026: response, 10 or less, was reached before and is lost"]
