"""Alerts: listed in their order, and acknowledged by name with what was done."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.builders import courses
from tests.builders.alerts import an_alert, answered
from tests.builders.patients import a_patient
from tests.people import Cast
from tests.services.paging import walked
from tracker.domain.access import Actor, Role
from tracker.domain.codes import AlertKind
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.alerts.commands import AlreadyAcknowledgedError
from tracker.services.audit import queries as audit_queries
from tracker.services.clinic import clinics
from tracker.services.patients import commands as patient_commands
from tracker.services.scores import commands as score_commands

pytestmark = pytest.mark.both_databases

ITEM9 = "phq9_9"


@pytest.fixture
def treated(cast: Cast) -> courses.Treated:
    """Ben, whose PHQ-9 was 20 before the first dose and is counted from there."""
    return courses.treat(cast.console, scores=1)


@pytest.fixture
def ben(cast: Cast, treated: courses.Treated) -> Actor:
    return courses.account(cast.console, treated)


def lines(action):
    wanted = select(AuditEvent).where(AuditEvent.action == action)
    return db.session.scalars(wanted.order_by(AuditEvent.sequence)).all()


def test_urgent_comes_first_then_suicide_items_then_the_oldest(anna):
    patient, now = a_patient(anna), clock.now()
    made = [
        an_alert(anna, patient, raised_at=now - timedelta(hours=hours), urgent=urgent, kind=kind)
        for hours, urgent, kind in (
            (9, False, "deterioration"),
            (1, False, "suicide-item"),
            (5, False, "suicide-item"),
            (7, False, "suicide-item-missing"),
            (2, True, "suicide-item"),
            (3, True, "suicide-item"),
        )
    ]
    listed = [alert.alert_id for alert in alert_commands.open_alerts(by=anna)]
    assert listed == [made[n] for n in (5, 4, 2, 1, 3, 0)]


@pytest.mark.parametrize("show", ["open", "acknowledged"])
def test_the_pages_of_a_list_hold_every_alert_once_in_order(anna, monkeypatch, show):
    monkeypatch.setattr(alert_commands, "PAGE", 3)
    patient, now = a_patient(anna), clock.now()
    for n in range(8):  # some of one instant
        raised = now - timedelta(hours=n // 2)
        an_alert(
            anna, patient, raised_at=raised, urgent=n % 3 == 0,
            kind="top-score" if n % 2 else "suicide-item",
            acknowledged_at=None if show == "open" else raised,
        )  # fmt: skip
    seen = walked(lambda after: alert_commands.listing(by=anna, show=show, after=after))
    assert len({alert.alert_id for alert in seen}) == len(seen) == 8
    if show == "open":
        assert seen == sorted(
            seen, key=lambda a: (not a.urgent, a.kind == "top-score", a.raised_at, a.alert_id)
        )
    else:
        assert seen == sorted(seen, key=lambda a: (a.acknowledged_at, a.alert_id), reverse=True)


def test_an_alert_is_red_after_the_clinics_own_time(anna, cast):
    an_alert(anna, a_patient(anna), raised_at=clock.now() - timedelta(minutes=30))
    assert not alert_commands.open_alerts(by=anna)[0].red
    draft, version = clinics.draft(by=cast.adam)
    changed = {**{n: getattr(draft, n) for n in draft.__slots__}, "red_after_minutes": 20}
    clinics.change_settings(type(draft)(**changed), version=version, by=cast.adam)
    assert alert_commands.open_alerts(by=anna)[0].red


def test_acknowledging_needs_what_was_done_and_keeps_it_with_name_and_time(anna):
    alert_id = an_alert(anna, a_patient(anna))
    with pytest.raises(InvalidError, match="what was done"):
        alert_commands.acknowledge(alert_id, "  ", by=anna)
    alert_commands.acknowledge(alert_id, " Called him at once ", by=anna)
    assert alert_commands.open_alerts(by=anna) == []
    found = alert_commands.find(alert_id, by=anna)
    assert (found.done, found.acknowledged_by) == ("Called him at once", anna.name)
    [line] = lines("alert.acknowledged")
    assert (line.subject, line.user_id, line.detail) == (f"alert:{alert_id}", anna.user_id, "")


def test_whoever_comes_second_sees_that_it_was_acknowledged(anna, cast):
    alert_id = an_alert(anna, a_patient(anna))
    alert_commands.acknowledge(alert_id, "Called him", by=anna)
    other = Actor(cast.adam.user_id, cast.clinic_id, "Abe", frozenset({Role.CLINICIAN}))
    with pytest.raises(AlreadyAcknowledgedError, match="Anna Clinician"):
        alert_commands.acknowledge(alert_id, "Something else", by=other)
    found = alert_commands.find(alert_id, by=anna)
    assert (found.done, found.acknowledged_by) == ("Called him", anna.name)


def test_of_many_at_once_one_acknowledges(app, anna):
    alert_id = an_alert(anna, a_patient(anna))
    outcomes = []

    def act(n):
        with app.app_context():
            try:
                alert_commands.acknowledge(alert_id, f"number {n}", by=anna)
                outcomes.append("done")
            except AlreadyAcknowledgedError:
                outcomes.append("late")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=act, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "late", "late", "late"]


def test_only_what_is_new_leaves_a_line_when_a_page_asks_by_itself(anna):
    patient = a_patient(anna)
    an_alert(anna, patient)
    key = alert_commands.key(alert_commands.open_alerts(by=anna))
    for _ in range(3):
        assert alert_commands.list_if_changed(key, by=anna) is None
    assert lines("alerts.viewed") == []
    an_alert(anna, patient, item="phq9_8")
    assert len(alert_commands.list_if_changed(key, by=anna)) == 2
    assert len(lines("alerts.viewed")) == 1


def test_the_trail_never_says_what_was_answered(anna, treated, cast):
    answered(anna, treated.patient_id, item9=3)
    alert_commands.acknowledge(
        alert_commands.open_alerts(by=anna)[0].alert_id, "Thistledown", by=anna
    )
    for line in audit_queries.read(by=cast.adam).lines:
        for word in ("Nearly", "suicid", "3 of 3", "Thistledown"):
            assert word not in f"{line.action} {line.subject} {line.detail}"


def test_nobody_else_may_see_or_acknowledge(anna, cast, ben):
    alert_id = an_alert(anna, ben.patient_id)
    with pytest.raises(NotFoundError):
        alert_commands.find(alert_id, by=cast.cleo)
    with pytest.raises(NotFoundError):
        alert_commands.acknowledge(alert_id, "x", by=cast.cleo)
    assert alert_commands.open_alerts(by=cast.cleo) == []
    for by in (cast.adam, ben):
        with pytest.raises(ForbiddenError):
            alert_commands.open_alerts(by=by)
    with pytest.raises(ForbiddenError):
        alert_commands.find(alert_id, by=ben)
    with pytest.raises(NotFoundError):
        alert_commands.find(alert_id, by=cast.adam)


def test_the_alerts_of_one_patient_are_theirs_only(anna):
    one, other = a_patient(anna), a_patient(anna, "B-18")
    mine = an_alert(anna, one)
    an_alert(anna, other)
    an_alert(anna, one, acknowledged_at=clock.now())
    assert [alert.alert_id for alert in alert_commands.of_patient(one, by=anna)] == [mine]


def test_an_archived_patients_alert_still_waits(anna):
    patient = a_patient(anna)
    an_alert(anna, patient)
    patient_commands.archive(patient, "Moved away", by=anna)
    assert [a.kind for a in alert_commands.open_alerts(by=anna)] == [AlertKind.SUICIDE_ITEM]


def test_an_alert_outlives_its_score_and_says_that_it_was_voided_since(anna, treated):
    score = answered(anna, treated.patient_id, item9=1)
    assert not alert_commands.open_alerts(by=anna)[0].score_voided
    score_commands.void(score, "Another patient's", by=anna)
    [alert] = alert_commands.open_alerts(by=anna)
    assert (alert.score_id, alert.score_voided) == (score, True)
