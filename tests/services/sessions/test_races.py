"""Two nurses at once: one step is taken, the other is told, and the trail stays whole."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from msgspec import structs

from tests.builders.patients import HELD, START, a_patient, a_series, planned
from tests.stopping import stopped_at
from tracker.domain.codes import SessionState
from tracker.domain.problems import InvalidError, StaleError
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.audit import queries as audit_queries
from tracker.services.live import commands as live_commands
from tracker.services.sessions import amendments, voiding
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions.voiding import Transfer

pytestmark = pytest.mark.both_databases
clock = stopped_at(START + timedelta(hours=6))
REFUSED = (InvalidError, StaleError)


@pytest.fixture
def series(anna):
    return a_series(anna, a_patient(anna), sessions=3)


@pytest.fixture
def held(anna, series):
    return session_commands.record(HELD, series_id=series, session_id=planned(series)[0], by=anna)


@pytest.fixture
def at_once(app):
    """Do several things at the same moment, each in a thread; say what each was told."""

    def run(*acts):
        gate = threading.Barrier(len(acts))

        def take(act):
            with app.app_context():
                gate.wait()
                return act()

        with ThreadPoolExecutor(len(acts)) as nurses:
            taken = [nurses.submit(take, act) for act in acts]
        db.session.rollback()
        return [one.exception(60) for one in taken]

    return run


def refused(came):
    """Count those that were told no; anything else that went wrong is raised."""
    errors = [one for one in came if one is not None]
    for one in errors:
        if not isinstance(one, REFUSED):
            raise one
    return len(errors)


def stored(session_id):
    return db.session.get_one(TreatmentSession, session_id)


def standing(series_id):
    db.session.rollback()
    rows = db.session.scalars(
        db.select(TreatmentSession).where(
            TreatmentSession.series_id == series_id, TreatmentSession.state == "completed"
        )
    )
    return len(rows.all())


def test_two_strike_out_at_once_and_one_does(anna, series, held, at_once):
    def act():
        return voiding.void(held, "Entered twice", version=1, by=anna, plan_again=True)

    assert refused(at_once(act, act, act)) == 2
    assert (stored(held).state, stored(held).version) == ("voided", 2)
    numbers = [stored(one).number for one in planned(series) if stored(one).state != "voided"]
    assert sorted(numbers) == [1, 2, 3]
    assert audit_queries.verify().intact


def test_one_amends_while_another_strikes_out(anna, held, at_once):
    changed = structs.replace(HELD, mood_after=7)
    came = at_once(
        lambda: amendments.amend(held, changed, reason="Slip", version=1, by=anna),
        lambda: voiding.void(held, "Entered twice", version=1, by=anna),
    )
    assert refused(came) == 1
    assert stored(held).version == 2
    assert audit_queries.verify().intact


def test_two_move_it_to_two_patients_and_one_does(anna, series, held, at_once):
    there = [
        a_series(anna, a_patient(anna, f"C-{one}", given_name="Cleo", family_name=f"Other {one}"))
        for one in (1, 2)
    ]
    came = at_once(
        *(
            lambda to=to: voiding.transfer(
                held, Transfer(to, planned(to)[0], reason="Wrong patient"), version=1, by=anna
            )
            for to in there
        )
    )
    assert refused(came) == 1
    assert sum(standing(one) for one in there) == 1
    assert standing(series) == 0
    assert audit_queries.verify().intact


def test_two_sessions_that_change_places_never_wait_for_each_other(anna, at_once):
    series = [
        a_series(anna, a_patient(anna, f"D-{one}", given_name="Dana", family_name=f"Other {one}"))
        for one in (1, 2)
    ]
    held = [
        session_commands.record(HELD, series_id=one, session_id=planned(one)[0], by=anna)
        for one in series
    ]
    came = at_once(
        *(
            lambda at=at: voiding.transfer(
                held[at],
                Transfer(series[1 - at], None, reason="Mixed up", comment="They were mixed up"),
                version=1, by=anna,
            )
            for at in (0, 1)
        )
    )  # fmt: skip
    assert refused(came) == 0
    assert [standing(one) for one in series] == [1, 1]


def test_one_begins_while_another_cancels(anna, series, at_once):
    first = planned(series)[0]
    came = at_once(
        lambda: live_commands.begin(first, by=anna),
        lambda: life_steps.cancel_or_miss(first, SessionState.CANCELLED, "Flu", by=anna),
    )
    refused(came)
    row = stored(first)
    assert row.state in ("under-way", "cancelled")
    assert (row.state_reason == "Flu") is (row.state == "cancelled")
    assert audit_queries.verify().intact


def test_two_take_back_that_it_was_struck_out(anna, held, at_once):
    voiding.void(held, "Entered twice", version=1, by=anna)

    def act():
        return voiding.restore(held, "It was held", version=2, by=anna)

    assert refused(at_once(act, act)) == 1
    assert (stored(held).state, stored(held).version) == ("completed", 3)
