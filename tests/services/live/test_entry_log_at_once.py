"""Entries in a real database: whoever else is writing, nothing is lost, doubled or changed."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from tests.builders.entries import NOW, put, sent, told, under_way
from tests.stopping import stopped_at
from tracker.models import db
from tracker.models.session_entries import SessionEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.live import entry_log

pytestmark = pytest.mark.both_databases


clock = stopped_at(NOW)


@pytest.fixture
def chair(anna):
    """A session of Ben's that has begun."""
    return under_way(anna)


def row(session_id):
    db.session.expire_all()
    return db.session.get_one(TreatmentSession, session_id)


@pytest.mark.parametrize(
    "change", ["UPDATE session_entry SET by = ''", "DELETE FROM session_entry"]
)
def test_the_database_refuses_to_change_an_entry(anna, chair, change):
    put(chair, sent("1", pain=1), by=anna)
    with pytest.raises(DatabaseError, match="only ever appended to"):
        db.session.execute(text(change.replace("by =", '"by" =')))
    db.session.rollback()
    assert len(entry_log.of_session(chair)) == 1


def test_numbers_times_and_text_come_back_as_they_were_written(anna, chair):
    words = "Ünïcode ☂ 'quoted' \\u0041\nand a line"
    done = put(
        chair,
        sent("1", "infusion", minute=-0.5, action="start", rate_ml_per_h="0.1", dose_mg="35.1234"),
        sent("2", "note", minute=-7, text=words),
        by=anna,
    )
    assert entry_log.of_session(chair) == list(done.taken)
    assert entry_log.of_session(chair)[1].content.text == words
    assert row(chair).started_at == NOW - timedelta(seconds=30)


def test_many_hands_at_once_lose_and_double_nothing(app, anna, chair):
    gate, done, broken = threading.Barrier(6), [], []

    def write(hand):
        with app.app_context():
            gate.wait()
            try:
                for number in range(5):
                    mine = sent(f"{hand}{number}", "given" if number == 2 else "reading", pain=1)
                    if number == 2:
                        mine["content"] = {"dose_mg": 1}
                    # Every entry is sent twice, by two hands.
                    done.append(put(chair, mine, sent(f"9{number}", pain=number), by=anna))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
                broken.append(error)
            finally:
                db.session.remove()

    hands = [threading.Thread(target=write, args=(hand,)) for hand in range(1, 7)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert not broken
    log = entry_log.of_session(chair)
    assert [one.sequence for one in log] == list(range(1, 36))
    assert len({one.key for one in log}) == 35
    assert all(not told(one) for one in done)
    assert row(chair).dose_mg == Decimal(6)
    assert len(db.session.scalars(select(SessionEntry.id)).all()) == 35


def test_a_chair_waits_for_no_other(app, anna, chair):
    """While somebody holds one session, an entry of another is stored; SQLite holds no rows."""
    other = under_way(anna, "B-18")
    held, over = threading.Event(), threading.Event()

    def hold():
        with app.app_context():
            wanted = select(TreatmentSession.id).where(TreatmentSession.id == chair)
            db.session.execute(wanted.with_for_update())
            held.set()
            over.wait(10)
            db.session.remove()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    try:
        assert put(other, sent("1", pain=1), by=anna).taken
    finally:
        over.set()
        holder.join()
