"""E-mails to whoever was told of an appointment that is off or moved: once, neutral, and true."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import update

from tests.builders.clinics import set_planning
from tests.builders.mail import BEN, Post
from tests.builders.patients import HELD, a_patient, a_series, planned
from tests.stopping import stopped_at
from tracker.domain.codes import SeriesState, SessionState
from tracker.domain.series.placing import SessionPlan
from tracker.models import db
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.services.live import commands as live_commands
from tracker.services.series import commands as series_commands
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import planning, voiding

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 3, 1, 17, tzinfo=UTC)  # 12:00 in New York, the day before
MON = date(2026, 3, 2)
NOTHING = (0, 0, 0, 0, 0)
OFF = "Your appointment on 2 Mar 2026 at 10:00 does not take place."
traveller = stopped_at(NOON)


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def patient(cast):
    return a_patient(cast.anna, email=BEN)


@pytest.fixture
def series(cast, patient):
    set_planning(cast.clinic_id, reminders=False)  # of check-ins: these e-mails alone are meant
    return a_series(cast.anna, patient, sessions=2)


@pytest.fixture
def first(cast, series):
    [made, _] = planned(series)
    move(made, MON, by=cast.anna)
    return made


@pytest.fixture
def told(first, post):
    assert post.run()[1] == 1
    return first


def move(session_id, day, *, by, at=time(10)):
    planning.change(session_id, SessionPlan(planned_on=day, planned_time=at, chair=""), by=by)


def cancel(session_id, by):
    life_steps.cancel_or_miss(session_id, SessionState.CANCELLED, "Snow", by=by)


def change(kind, row_id, **values):
    db.session.execute(update(kind).where(kind.id == row_id).values(**values))
    db.session.commit()


def test_one_that_is_cancelled_is_called_off_once(cast, told, post):
    cancel(told, cast.anna)
    assert post.run() == (1, 1, 0, 0, 0)
    assert post.run() == NOTHING
    address, subject, text = post.mails[-1]
    assert (address, subject) == (BEN, "A message from Harbour Clinic")
    assert OFF in text
    assert "Snow" not in text


def test_with_its_series_it_is_called_off_too_and_at_night(cast, series, told, post, traveller):
    set_planning(cast.clinic_id, quiet_from="20:00", quiet_until="08:00")
    version = db.session.get_one(Series, series).version
    series_commands.set_state(series, SeriesState.STOPPED, "Moved", version=version, by=cast.anna)
    traveller.move_to(datetime(2026, 3, 2, 4, tzinfo=UTC))
    assert post.run() == (1, 1, 0, 0, 0)
    assert OFF in post.mails[-1][2]


def test_who_was_told_nothing_is_told_nothing(cast, first, post):
    cancel(first, cast.anna)
    assert post.run() == NOTHING


@pytest.mark.parametrize("how", ["over", "off", "archived", "no mail"])
def test_nothing_goes_out_to_whom_nothing_may_go(cast, patient, told, post, traveller, how):
    match how:
        case "over":
            traveller.move_to(datetime(2026, 3, 2, 16, tzinfo=UTC))  # 11:00 there
        case "off":
            set_planning(cast.clinic_id, day_before=False)
        case "archived":
            change(Patient, patient, archived_at=NOON)
        case "no mail":
            change(Patient, patient, mail_stopped_at=NOON)
    cancel(told, cast.anna)
    assert post.run() == NOTHING


NEW = "ben@elsewhere.example"


@pytest.mark.parametrize("when", ["before it is cancelled", "while it waits"])
def test_who_has_another_address_since_is_told_there_and_once(
    cast, patient, told, post, when, traveller
):
    traveller.shift(timedelta(hours=1))
    if when == "while it waits":
        cancel(told, cast.anna)
        post.fail = OSError("down")
        assert post.run() == (1, 0, 0, 1, 1)
        post.fail = None
        change(Patient, patient, email=NEW)
        assert post.run() == (1, 1, 1, 0, 0)
    else:
        change(Patient, patient, email=NEW)
        assert post.run() == NOTHING  # of tomorrow they know
        cancel(told, cast.anna)
        assert post.run() == (1, 1, 0, 0, 0)
    assert post.mails[-1][0] == NEW
    assert OFF in post.mails[-1][2]
    change(Patient, patient, email="ben@third.example")
    assert post.run() == NOTHING


def test_of_two_at_the_same_time_one_that_is_cancelled_is_not_called_off(cast, series, told, post):
    _, second = planned(series)
    move(second, MON, by=cast.anna)
    assert post.run() == (1, 1, 0, 0, 0)
    cancel(told, cast.anna)
    assert post.run() == NOTHING
    cancel(second, cast.anna)
    assert post.run()[1] == 2  # both were told of, and it is told once
    assert len(post.mails) == 3
    assert post.mails[-1][2].count(OFF) == 1


def test_called_off_by_mistake_it_takes_place_after_all(cast, told, post, traveller):
    traveller.shift(timedelta(hours=1))
    cancel(told, cast.anna)
    assert post.run()[1] == 1
    traveller.shift(timedelta(hours=1))
    life_steps.plan_again(told, by=cast.anna)
    assert post.run() == (1, 1, 0, 0, 0)
    assert "on 2 Mar 2026 at 10:00 takes place after all." in post.mails[-1][2]
    assert post.run() == NOTHING


def test_planned_again_before_it_was_sent_nothing_is_sent(cast, told, post):
    post.fail = OSError("down")
    cancel(told, cast.anna)
    assert post.run() == (1, 0, 0, 1, 1)
    life_steps.plan_again(told, by=cast.anna)
    post.fail = None
    assert post.run()[1:] == (0, 1, 0, 0)


def test_moved_and_moved_back_is_told_each_time(cast, told, post, traveller):
    traveller.shift(timedelta(hours=1))
    move(told, date(2026, 3, 9), by=cast.anna)
    assert post.run() == (1, 1, 0, 0, 0)
    assert "on 2 Mar 2026 at 10:00 has moved to 9 Mar 2026 at 10:00." in post.mails[-1][2]
    traveller.shift(timedelta(hours=1))
    move(told, MON, by=cast.anna)
    assert post.run() == (1, 1, 0, 0, 0)
    assert "on 9 Mar 2026 at 10:00 has moved to 2 Mar 2026 at 10:00." in post.mails[-1][2]
    assert post.run() == NOTHING


def test_on_the_day_itself_it_is_told_while_it_is_to_come(cast, told, post, traveller):
    traveller.move_to(datetime(2026, 3, 2, 14, tzinfo=UTC))  # 9:00 there
    move(told, MON, by=cast.anna, at=time(15))
    assert post.run() == (1, 1, 0, 0, 0)
    assert "has moved to 2 Mar 2026 at 15:00." in post.mails[-1][2]


def test_one_that_begins_is_no_change(cast, told, post, traveller):
    traveller.move_to(datetime(2026, 3, 2, 14, tzinfo=UTC))
    live_commands.begin(told, by=cast.anna)
    assert post.run() == NOTHING


@pytest.mark.parametrize("plan_again", [True, False])
def test_struck_out_it_is_called_off_unless_it_is_still_to_be_held(
    cast, series, told, post, traveller, plan_again
):
    early = datetime(2026, 3, 2, 14, tzinfo=UTC)  # 9:00 there, an hour before
    traveller.move_to(early)
    another = HELD.__class__(started_at=early - timedelta(hours=1), drug=HELD.drug,
                             route=HELD.route, dose_mg=HELD.dose_mg)  # fmt: skip
    session_commands.record(another, series_id=series, session_id=told, by=cast.anna)
    assert post.run()[1] == 0
    voiding.void(told, "Another patient's", version=3, by=cast.anna, plan_again=plan_again)
    assert post.run() == (NOTHING if plan_again else (1, 1, 0, 0, 0))
    assert plan_again or OFF in post.mails[-1][2]
