from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.builders import courses
from tests.builders.courses import account, plan_sessions, treat
from tracker.domain.codes import Effect, SessionState, Severity
from tracker.domain.problems import ForbiddenError, NotFoundError
from tracker.domain.progress.trend import Audience
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.patients import portal


def days_from_now(*days):
    return [(clock.now() + timedelta(days=day)).date() for day in days]


@pytest.fixture
def treated(app, cast):
    return treat(cast.anna)


@pytest.fixture
def ben(cast, treated):
    return account(cast.console, treated)


@pytest.mark.both_databases
def test_patients_see_their_sessions_newest_first(ben):
    mine = portal.progress(by=ben)
    assert [one.line.number for one in mine.so_far] == [2, 1]
    assert mine.so_far[0].notes == "Well done, session 2."
    assert mine.trend.audience is Audience.PATIENT


def test_the_next_session_is_the_first_one_from_today_on(cast, treated, ben):
    plan_sessions(cast.anna, treated, *days_from_now(30, 2, 9, -40))
    mine = portal.progress(by=ben)
    today = clock.now().date()
    days = [(one.day - today).days for one in mine.ahead]
    assert days == sorted(days)
    assert len(days) == 3
    assert SessionState.PLANNED not in {one.line.state for one in mine.so_far}


def test_a_session_that_has_begun_is_shown_and_counts_once_something_is_given(cast, treated, ben):
    plan_sessions(cast.anna, treated, *days_from_now(0), state="under-way")
    mine = portal.progress(by=ben)
    begun = mine.so_far[0]
    assert (begun.line.state, begun.day) == (SessionState.UNDER_WAY, days_from_now(0)[0])
    assert len(mine.trend.treatments) == 2
    row = db.session.get_one(TreatmentSession, begun.line.session_id)
    row.started_at = clock.now()
    db.session.commit()
    assert len(portal.progress(by=ben).trend.treatments) == 3


@pytest.mark.both_databases
def test_a_session_late_in_the_evening_is_shown_on_the_clinics_day(cast):
    late = courses.FIRST.replace(hour=3)  # the evening before, in New York
    treated = treat(cast.anna, record_number="L-1", sessions=1, started_at=late)
    ben = account(cast.console, treated)
    assert portal.progress(by=ben).so_far[0].day == late.date() - timedelta(days=1)


@pytest.mark.both_databases
def test_one_session_shows_what_was_given_and_answered(treated, ben):
    shown = portal.treatment_session(treated.session_ids[0], by=ben)
    assert (shown.draft.mood_before, shown.draft.mood_after, shown.draft.pain_before) == (
        3,
        6,
        None,
    )
    assert shown.draft.effects == {Effect.FLOATING: Severity.MILD}
    assert shown.draft.dose_mg == 35


def test_nothing_private_is_even_read(treated, ben):
    mine = portal.progress(by=ben)
    shown = portal.treatment_session(treated.session_ids[0], by=ben)
    assert "Thistledown" not in repr((mine, shown))


def test_somebody_elses_session_does_not_exist(cast, treated, ben):
    other = account(cast.console, treat(cast.anna, record_number="C-2"), email="c@example.org")
    with pytest.raises(NotFoundError):
        portal.treatment_session(treated.session_ids[0], by=other)


@pytest.mark.parametrize("who", ["anna", "adam", "cleo", "console"])
def test_staff_have_no_record_of_their_own(cast, treated, who):
    by = getattr(cast, who)
    with pytest.raises((NotFoundError, ForbiddenError)):
        portal.progress(by=by)
    with pytest.raises((NotFoundError, ForbiddenError)):
        portal.treatment_session(treated.session_ids[0], by=by)


def test_each_look_leaves_an_audit_line(treated, ben):
    portal.progress(by=ben)
    portal.treatment_session(treated.session_ids[0], by=ben)
    lines = db.session.execute(
        select(AuditEvent.action, AuditEvent.patient_id)
        .where(AuditEvent.user_id == ben.user_id)
        .order_by(AuditEvent.sequence)
    ).all()
    seen = [("progress.viewed", treated.patient_id), ("session.viewed", treated.patient_id)]
    assert [tuple(line) for line in lines] == seen


def test_a_patient_without_any_session_has_an_empty_course(cast):
    ben = account(cast.console, treat(cast.anna, record_number="N-1", sessions=0, scores=0))
    mine = portal.progress(by=ben)
    assert mine.trend.empty
    assert (mine.ahead, mine.so_far) == ((), ())
