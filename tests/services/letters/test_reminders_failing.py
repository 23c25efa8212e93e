"""Letters while something fails: the mail server, one address, the process itself."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from sqlalchemy import func, select

from tests.builders.alerts import a_check_in, an_alert
from tests.builders.mail import BEN, HERE, Post
from tests.builders.patients import a_patient
from tests.people import ANNA
from tests.stopping import stopped_at
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.letters import Letter
from tracker.services.letters import outbox, reminders

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 3, 5, 17, tzinfo=UTC)  # 12:00 in New York


traveller = stopped_at(NOON)


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def run(post):
    return post.run


@pytest.fixture
def patient(cast):
    return a_patient(cast.anna, email=BEN)


def test_with_the_server_down_nothing_is_lost(cast, patient, post, run):
    a_check_in(cast.anna, patient)
    an_alert(cast.anna, patient, raised_at=NOON - timedelta(hours=2))
    post.fail = ConnectionRefusedError("down")
    assert run() == (2, 0, 0, 2, 2)
    assert run() == (0, 0, 0, 2, 2)
    post.fail = None
    assert run() == (0, 2, 0, 0, 0)
    assert {address for address, _, _ in post.mails} == {BEN, ANNA}
    assert set(db.session.scalars(select(Letter.last_error))) == {""}
    assert set(db.session.scalars(select(Letter.attempts))) == {3}


def test_a_server_that_is_down_is_not_asked_for_every_letter(cast, post, run):
    for n in range(6):
        a_check_in(cast.anna, a_patient(cast.anna, f"B-{n}", email=f"p{n}@example.org"))
    post.fail = TimeoutError("down")
    assert run() == (6, 0, 0, reminders.FAILURES_IN_A_ROW, 6)
    assert post.tried == reminders.FAILURES_IN_A_ROW
    post.fail = None
    assert run() == (0, 6, 0, 0, 0)


@pytest.mark.parametrize("fault", [SMTPRecipientsRefused({}), ValueError("header"), UnicodeError()])
def test_one_bad_address_keeps_no_other_letter_back(cast, post, run, fault):
    for n in range(6):
        address = f"bad{n}@example.org" if n < 5 else "good@example.org"
        a_check_in(cast.anna, a_patient(cast.anna, f"B-{n}", email=address))

    def picky(address, subject, text):
        if address.startswith("bad"):
            raise fault
        post(address, subject, text)

    report = reminders.run(picky, base_address=HERE)
    assert (report.sent, report.failed, report.waiting) == (1, 5, 5)


def test_an_outage_leaves_one_line_for_each_letter_not_one_for_each_run(cast, patient, post, run):
    a_check_in(cast.anna, patient)
    post.fail = ConnectionRefusedError("down")
    for _ in range(3):
        run()
    wanted = select(func.count()).where(AuditEvent.action == "letter.not-sent")
    assert db.session.scalar(wanted) == 1


def test_a_process_that_died_while_sending_is_made_good_later(
    cast, patient, post, run, traveller, monkeypatch
):
    a_check_in(cast.anna, patient)

    def die(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reminders.run(die, base_address=HERE)
    assert run() == (0, 0, 0, 0, 1)
    traveller.shift(outbox.CLAIM_LASTS + timedelta(seconds=1))
    assert run() == (0, 1, 0, 0, 0)
    assert len(post.mails) == 1
