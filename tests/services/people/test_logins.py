"""Where people are signed in, and what closes an account for a while."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from tracker.models import db
from tracker.models.users import User
from tracker.services import clock, disk
from tracker.services.audit import queries as audit_queries
from tracker.services.people import access_changes, brakes, logins
from tracker.services.unit_of_work import unit_of_work

pytestmark = pytest.mark.both_databases

HERE = "203.0.113.9"
PLACE = brakes.at_address(HERE)


def uniquifier(user_id: int) -> str:
    db.session.expire_all()
    return db.session.get_one(User, user_id).fs_uniquifier


def found(token: str, user_id: int):
    return logins.find(token, uniquifier(user_id), address=HERE)


def test_a_token_finds_who_holds_it(app, cast):
    token = logins.begin(cast.anna.user_id, address=HERE)
    who = found(token, cast.anna.user_id)
    assert (who.actor.name, who.actor.roles, who.actor.address) == (
        "Anna Clinician", cast.anna.roles, HERE,
    )  # fmt: skip
    assert (who.clinic.id, who.clinic.zone.key) == (cast.clinic_id, "America/New_York")


def test_another_token_finds_nobody(app, cast):
    token = logins.begin(cast.anna.user_id, address=HERE)
    assert found(token + "x", cast.anna.user_id) is None
    assert logins.find(token, "another uniquifier", address=HERE) is None


def test_tokens_are_long_and_kept_as_hashes(app, cast):
    token = logins.begin(cast.anna.user_id, address=HERE)
    kept = db.session.scalars(db.select(logins.SignIn.token_hash)).all()
    assert len(token) >= 43  # 256 bits
    assert token not in kept


def test_an_ended_token_finds_nobody(app, cast):
    token = logins.begin(cast.anna.user_id, address=HERE)
    logins.end(token, by=cast.anna, reason="signed out")
    assert found(token, cast.anna.user_id) is None


def test_all_can_be_ended_but_one(app, cast):
    tokens = [logins.begin(cast.anna.user_id, address=HERE) for _ in range(3)]
    logins.end_others(cast.anna.user_id, tokens[1], action="test.ended", by=cast.anna)
    alive = [found(token, cast.anna.user_id) is not None for token in tokens]
    assert alive == [False, True, False]


def test_ending_anothers_leaves_mine(app, cast):
    mine = logins.begin(cast.anna.user_id, address=HERE)
    with unit_of_work(cast.adam) as unit:
        logins.end_all(cast.adam.user_id, reason="test", now=unit.now)
        unit.audit("test.ended")
    assert found(mine, cast.anna.user_id) is not None


def test_a_disabled_person_is_found_nowhere(app, cast):
    token = logins.begin(cast.anna.user_id, address=HERE)
    access_changes.disable(cast.anna.user_id, reason="Asked for", by=cast.adam)
    assert found(token, cast.anna.user_id) is None
    access_changes.enable(cast.anna.user_id, reason="Asked for", by=cast.adam)
    assert found(token, cast.anna.user_id) is None


def test_the_last_use_is_written_down_once_a_minute(app, cast):
    token = logins.begin(cast.anna.user_id, address=HERE)
    began = found(token, cast.anna.user_id).seen_at
    logins.touch(token, began)
    assert found(token, cast.anna.user_id).seen_at == began
    with time_machine.travel(began + logins.SEEN_EVERY + timedelta(seconds=1), tick=False):
        logins.touch(token, began)
        assert found(token, cast.anna.user_id).seen_at == clock.now()


def test_whoever_reads_on_a_full_disk_is_not_idle(app, cast, monkeypatch):
    token = logins.begin(cast.anna.user_id, address=HERE)
    began = found(token, cast.anna.user_id).seen_at

    def refuse():
        raise disk.DiskFullError

    with monkeypatch.context() as full:
        full.setattr("tracker.services.unit_of_work.begin_writing", refuse)
        with time_machine.travel(began + timedelta(minutes=14), tick=False):
            logins.touch(token, began)
            assert found(token, cast.anna.user_id).seen_at == clock.now()
    with time_machine.travel(began + timedelta(minutes=20), tick=False):
        logins.touch(token, began)
        assert logins._seen_unwritten == {}
        assert found(token, cast.anna.user_id).seen_at == clock.now()


def test_a_code_is_spent_once_and_in_order(app, cast):
    spent = [logins.spend_code(cast.anna.user_id, counter) for counter in (5, 5, 4, 6)]
    assert spent == [True, False, False, True]


def test_of_many_who_send_the_same_code_one_gets_in(app, cast):
    def spend(_: int) -> bool:
        with app.app_context():
            return logins.spend_code(cast.anna.user_id, 7)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(spend, range(8))) == 1


def test_failures_at_the_same_time_are_all_counted(app, cast):
    def fail(_: int) -> bool:
        with app.app_context():
            return brakes.count_failure(cast.anna.user_id, "password", PLACE)

    with ThreadPoolExecutor(4) as threads:
        closed = list(threads.map(fail, range(brakes.MOST_FAILURES)))
    assert sum(closed) == 1
    assert brakes.is_locked(cast.anna.user_id, PLACE)
    assert audit_queries.verify().intact


def test_a_failure_names_no_actor_but_where_it_came_from(app, cast):
    brakes.count_failure(cast.anna.user_id, "password", PLACE)
    line = audit_queries.read(by=cast.adam).lines[0]
    assert (line.actor, line.roles, line.address) == ("", "", HERE)
    assert (line.action, line.subject) == ("sign-in.failed", f"user:{cast.anna.user_id}")
