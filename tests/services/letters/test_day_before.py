"""The e-mail on the day before: once, neutral, to whom it may go, and for the day that holds."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from tests.builders.clinics import set_planning
from tests.builders.mail import BEN, Post
from tests.builders.patients import a_patient, a_series, planned
from tests.stopping import stopped_at
from tracker.domain import date_format
from tracker.domain.codes import SessionState
from tracker.domain.date_format import DateFormat
from tracker.domain.series.placing import SessionPlan
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import planning

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 3, 1, 17, tzinfo=UTC)  # 12:00 in New York, the day before
MON = date(2026, 3, 2)
traveller = stopped_at(NOON)


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def patient(cast):
    return a_patient(cast.anna, email=BEN)


@pytest.fixture
def first(cast, patient):
    set_planning(cast.clinic_id, reminders=False)  # of check-ins: these e-mails alone are meant
    set_planning(cast.clinic_id, reminders=False)  # of check-ins: these e-mails alone are meant
    [made, *_] = planned(a_series(cast.anna, patient, sessions=2))
    move(made, MON, by=cast.anna)
    return made


def move(session_id, day, *, by, at=time(10)):
    told = SessionPlan(planned_on=day, planned_time=at, chair="")
    planning.change(session_id, told, by=by)


def test_it_goes_out_once_and_says_when_and_whom_to_call(cast, first, post):
    assert post.run() == (1, 1, 0, 0, 0)
    assert post.run() == (0, 0, 0, 0, 0)
    [(address, subject, text)] = post.mails
    assert (address, subject) == (BEN, "A message from Harbour Clinic")
    assert "expects you tomorrow, 2 Mar 2026, at 10:00." in text
    sent = select(AuditEvent.detail).where(AuditEvent.action == "letter.sent")
    assert list(db.session.scalars(sent)) == ["day-before"]


def test_it_writes_day_and_time_as_its_clinic_does(cast, first, post):
    set_planning(cast.clinic_id, day_order="month-first", hour_format="12-hour")
    assert post.run()[1] == 1
    assert "expects you tomorrow, Mar 2, 2026, at 10:00 AM." in post.mails[0][2]
    assert date_format.current() == DateFormat()


def test_nothing_goes_out_two_days_before_nor_on_the_day(cast, first, post, traveller):
    traveller.shift(timedelta(days=-1))
    assert post.run() == (0, 0, 0, 0, 0)
    traveller.shift(timedelta(days=2))
    assert post.run() == (0, 0, 0, 0, 0)


def test_a_session_that_moves_is_told_anew(cast, first, post, traveller):
    assert post.run()[1] == 1
    move(first, date(2026, 3, 9), by=cast.anna)
    assert post.run() == (1, 1, 0, 0, 0)
    assert "on 2 Mar 2026 at 10:00 has moved to 9 Mar 2026 at 10:00." in post.mails[-1][2]
    assert post.run() == (0, 0, 0, 0, 0)
    traveller.move_to(NOON + timedelta(days=7))
    assert post.run()[1] == 1
    assert "9 Mar 2026" in post.mails[-1][2]


def test_a_time_that_changes_after_it_was_told_is_told_anew(cast, first, post):
    assert post.run()[1] == 1
    move(first, MON, by=cast.anna, at=time(14, 30))
    assert post.run() == (1, 1, 0, 0, 0)
    assert "on 2 Mar 2026 at 10:00 has moved to 2 Mar 2026 at 14:30." in post.mails[-1][2]
    assert post.run() == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("how", ["moved", "cancelled", "stopped", "archived", "late", "off"])
def test_one_that_waits_is_dropped_when_it_is_true_no_more(cast, patient, first, post, traveller,
                                                           how):  # fmt: skip
    post.fail = OSError("down")
    assert post.run() == (1, 0, 0, 1, 1)
    post.fail = None
    match how:
        case "moved":
            move(first, date(2026, 3, 20), by=cast.anna)
        case "cancelled":
            life_steps.cancel_or_miss(first, SessionState.CANCELLED, "Snow", by=cast.anna)
        case "stopped":
            change(Patient, patient, mail_stopped_at=NOON)
        case "archived":
            change(Patient, patient, archived_at=NOON)
        case "late":
            traveller.shift(timedelta(days=1))
        case "off":
            set_planning(cast.clinic_id, day_before=False)
    assert post.run()[1:] == (0, 1, 0, 0)
    assert post.mails == []


def change(kind, row_id, **values):
    db.session.execute(update(kind).where(kind.id == row_id).values(**values))
    db.session.commit()


def test_one_that_was_dropped_is_taken_up_when_its_day_holds_again(cast, first, post):
    post.fail = OSError("down")
    post.run()
    post.fail = None
    move(first, date(2026, 3, 20), by=cast.anna)
    assert post.run()[2] == 1
    move(first, MON, by=cast.anna)
    assert post.run() == (1, 1, 0, 0, 0)


def test_it_waits_for_the_quiet_hours_to_end(cast, first, post, traveller):
    traveller.move_to(datetime(2026, 3, 1, 11, 30, tzinfo=UTC))  # 06:30 in New York
    assert post.run() == (1, 0, 0, 0, 1)
    traveller.move_to(NOON)
    assert post.run() == (0, 1, 0, 0, 0)


def test_nobody_without_an_address_and_nobody_begun_is_told(cast, patient, first, post):
    change(TreatmentSession, first, state="under-way")
    assert post.run() == (0, 0, 0, 0, 0)
    change(TreatmentSession, first, state="planned")
    change(Patient, patient, email="")
    assert post.run() == (0, 0, 0, 0, 0)
