"""The outbox: queued once, claimed by one, sent or given back."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.stopping import stopped_at
from tracker.models import db
from tracker.models.letters import Letter
from tracker.services import clock
from tracker.services.letters import outbox
from tracker.services.letters.outbox import ESCALATION, INVITATION, PatientLetter, QueuedLetter
from tracker.services.unit_of_work import unit_of_work

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 3, 5, 17, tzinfo=UTC)  # 12:00 in New York


at_noon = stopped_at(NOON)


def queue(by, *, kind=INVITATION, about="check-in:7", address="ben@example.org", wait=0):
    with unit_of_work(by) as unit:
        new = outbox.queue(
            unit, clinic_id=by.clinic_id, kind=kind, about=about, address=address,
            not_before=unit.now + timedelta(minutes=wait),
        )  # fmt: skip
        unit.audit("test.queued")
    return new


def row():
    db.session.expire_all()
    return db.session.scalars(select(Letter)).one()


def test_nothing_is_queued_twice(cast):
    assert queue(cast.console)
    assert not queue(cast.console)
    assert queue(cast.console, kind=ESCALATION, about="alert:7")
    assert len(outbox.ready()) == 2


def test_a_letter_waits_for_its_time(cast, at_noon):
    queue(cast.console, wait=5)
    assert outbox.ready() == []
    at_noon.shift(timedelta(minutes=5))
    [letter] = outbox.ready()
    assert (letter.about_id, letter.address, letter.attempts) == (7, "ben@example.org", 0)


def test_one_process_claims_a_letter(cast):
    queue(cast.console)
    [letter] = outbox.ready()
    assert outbox.claim([letter])
    assert not outbox.claim([letter])
    assert outbox.ready() == []


def test_of_many_at_once_one_claims(app, cast):
    for n in range(3):
        queue(cast.console, about=f"check-in:{n}")
    letters = outbox.ready()
    won = []

    def act():
        with app.app_context():
            won.append(outbox.claim(letters))
            db.session.remove()

    threads = [threading.Thread(target=act) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_the_claim_of_a_dead_process_is_taken_over_after_ten_minutes(cast, at_noon):
    queue(cast.console)
    [letter] = outbox.ready()
    assert outbox.claim([letter])
    at_noon.shift(outbox.CLAIM_LASTS)
    assert outbox.ready() == []
    at_noon.shift(timedelta(seconds=1))
    [again] = outbox.ready()
    assert again.attempts == 1
    assert outbox.claim([again])


def test_what_was_given_back_is_ready_again_and_says_why(cast):
    queue(cast.console)
    [letter] = outbox.ready()
    outbox.claim([letter])
    outbox.release([letter], "ConnectionRefusedError")
    [again] = outbox.ready()
    assert (again.attempts, row().last_error) == (1, "ConnectionRefusedError")


def test_what_was_sent_or_dropped_is_never_ready_again(cast):
    for about, end in (
        ("check-in:1", lambda one: outbox.mark_sent([PatientLetter(one, 1)], by=cast.console)),
        ("check-in:2", lambda letter: outbox.drop(letter, "acknowledged", by=cast.console)),
    ):
        queue(cast.console, about=about)
        [letter] = outbox.ready()
        outbox.claim([letter])
        end(letter)
        assert outbox.ready() == []
        assert not outbox.claim([letter])


def test_what_one_e_mail_tells_is_claimed_whole_or_not_at_all(cast):
    queue(cast.console)
    first = outbox.ready()
    queue(cast.console, about="check-in:8")
    both = outbox.ready()
    assert outbox.claim(first)
    assert not outbox.claim(both)
    assert [one.about for one in outbox.ready()] == ["check-in:8"]


def test_alerts_come_first(cast):
    queue(cast.console)
    queue(cast.console, kind=ESCALATION, about="alert:7")
    assert [letter.kind for letter in outbox.ready()] == [ESCALATION, INVITATION]


def test_the_outbox_says_how_many_wait_and_when_it_was_emptied_last(cast, at_noon):
    assert (outbox.outbox().waiting, outbox.outbox().ran_at) == (0, None)
    queue(cast.console)
    outbox.note_run()
    assert (outbox.outbox().waiting, outbox.outbox().ran_at) == (1, clock.now())
    at_noon.shift(timedelta(hours=1))
    outbox.note_run()
    assert outbox.outbox().ran_at == NOON + timedelta(hours=1)


def test_a_letter_knows_the_id_it_is_about():
    letter = QueuedLetter(
        letter_id=1, clinic_id=2, kind=ESCALATION, about="alert:123456", address="a@b.c", attempts=0
    )
    assert letter.about_id == 123456


def test_what_was_given_up_is_queued_again_and_what_was_sent_is_not(cast):
    queue(cast.anna)
    outbox.drop(outbox.ready()[0], "no longer asked", by=cast.anna)
    assert outbox.ready() == []
    assert queue(cast.anna)
    assert not queue(cast.anna)
    [again] = outbox.ready()
    outbox.mark_sent([PatientLetter(again, 1)], by=cast.anna)
    assert not queue(cast.anna)
