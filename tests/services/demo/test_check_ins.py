from collections import Counter

import pytest
from sqlalchemy import func, select

from tracker.domain.codes import AlertKind, CheckInState, Mode, Occasion
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.patients import Patient
from tracker.services import clock
from tracker.services.demo import clinic as demo_clinic


@pytest.mark.both_databases
def test_the_demonstration_has_check_ins_of_every_kind_and_leaves_what_waits(app):
    # The twelfth patient is the second who is under way: worried, and declined one.
    demo_clinic.furnish(12, progress=iter)
    now = clock.now()
    states = Counter(db.session.scalars(select(CheckIn.state)))
    assert states[CheckInState.DONE.value] > 10
    assert states[CheckInState.DECLINED.value] == 1
    missed = (CheckIn.state == CheckInState.OPEN.value, CheckIn.closes_at < now)
    assert db.session.scalar(select(func.count()).where(*missed)) > 0
    waiting = db.session.scalars(select(Alert.kind).where(Alert.acknowledged_at.is_(None))).all()
    assert waiting.count(AlertKind.SUICIDE_ITEM.value) == 1
    one_is_left_to_answer_and_one_is_overdue(now)


def one_is_left_to_answer_and_one_is_overdue(now):
    by_hand = select(CheckIn).where(CheckIn.occasion == Occasion.UNSCHEDULED.value)
    rows = db.session.scalars(by_hand.order_by(CheckIn.due_at)).all()
    assert [row.due_at < now < row.closes_at for row in rows] == [True, False]
    signs_in = select(Patient.id).where(Patient.user_id.is_not(None))
    assert rows[-1].patient_id == db.session.scalar(signs_in)


def test_what_the_demonstration_answers_is_answered_item_by_item(app):
    demo_clinic.furnish(1, progress=iter)
    rows = db.session.scalars(select(Assessment).where(Assessment.check_in_id.is_not(None))).all()
    assert rows
    for row in rows:
        asked = db.session.get_one(CheckIn, row.check_in_id)
        assert row.answers
        assert row.mode == Mode.SELF.value
        assert row.total is not None
        assert row.instrument in asked.instruments
        assert (row.series_id, row.session_id) == (asked.series_id, asked.session_id)
        assert asked.opens_at <= row.taken_at < asked.closes_at
