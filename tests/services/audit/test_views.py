"""A page that asks by itself leaves a line now and again, whether or not its process remembers."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services import clock
from tracker.services.audit import views
from tracker.services.audit.views import note_view

START = datetime(2026, 3, 2, 15, tzinfo=UTC)


def lines():
    found = select(AuditEvent.at, AuditEvent.user_id, AuditEvent.subject).where(
        AuditEvent.action == "test.viewed"
    )
    return [tuple(row) for row in db.session.execute(found.order_by(AuditEvent.sequence))]


def forget():
    views._last_views.clear()


def looks(seed, people, subjects):
    """Draw looks of some people at some things, seconds to half an hour apart."""
    chance, at = random.Random(seed), START
    for _ in range(60):
        at += timedelta(seconds=chance.choice([1, 30, 300, 899, 901, 1800]))
        yield at, chance.choice(people), chance.choice(subjects)


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(8))
def test_what_a_process_remembers_changes_no_line(app, cast, seed):
    """The slow way asks the audit log at every look: what is remembered must agree with it."""
    wanted, last = [], {}
    for at, who, subject in looks(seed, [cast.anna, cast.cleo], ["", "session:1", "session:2"]):
        with time_machine.travel(at, tick=False):
            if random.Random(at.timestamp()).random() < 0.3:
                forget()  # another process, which has to ask
            note_view(who, "test.viewed", subject, now=clock.now())
        key = who.user_id, subject
        if key not in last or at - last[key] >= views.VIEWED_EVERY:
            wanted.append((at, *key))
            last[key] = at
    assert lines() == wanted


def test_each_person_action_and_thing_has_its_own_line(app, cast):
    with time_machine.travel(START, tick=False):
        for who in (cast.anna, cast.cleo):
            for subject in ("", "session:1"):
                for _ in range(3):
                    note_view(who, "test.viewed", subject, now=START)
        note_view(cast.anna, "test.looked", "session:1", now=START)
    assert len(lines()) == 4


def test_who_looked_is_not_remembered_for_ever(app, cast, monkeypatch):
    monkeypatch.setattr(views, "REMEMBERED_MAX", 2)
    for number in range(7):
        note_view(cast.anna, "test.viewed", f"session:{number}", now=clock.now())
    assert len(views._last_views[db.engine]) <= 2
    assert len(lines()) == 7
