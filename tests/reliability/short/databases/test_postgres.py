"""PostgreSQL restarts, is cut off, dies and is followed by its standby while people save.

At length: python -m tests.reliability.postgres, and python -m tests.reliability.failover
"""

import dataclasses

import pytest
from sqlalchemy import event, select

from tests.reliability import failover, postgres, saving
from tracker import config, create_app
from tracker.domain.patients.draft import PatientDraft
from tracker.models import db
from tracker.models.clinics import Clinic
from tracker.services.clinic import clinics
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.patients import commands as patient_commands

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def pair():
    """A server and its standby, with a clinic; tests come in the order in which they harm it."""
    with failover.pair_of_servers(quick=True) as (servers, clinic):
        failover.pair_up(*servers)
        yield servers, clinic


def test_large_reads_go_to_the_standby_and_hold_what_was_just_saved(pair):
    (main, standby), clinic = pair
    environ = saving._environ(main.url()) | {"TRACKER_DATABASE_READ_URL": standby.url()}
    settings = dataclasses.replace(config.read(clinic.instance, environ), testing=True)
    with create_app(settings=settings).app_context():
        asked, there = [], db.engines["standby"]
        event.listen(there, "before_cursor_execute", lambda *words: asked.append(words[2]))
        by = clinics.console(db.session.scalar(select(Clinic.id).order_by(Clinic.id)))
        for number in ("N-1", "N-2"):
            patient_commands.add(PatientDraft(record_number=number, family_name="New"), by=by)
            taken = b"".join(export_stream.stream(ExportChoice("patients"), by=by)).decode()
            assert number in taken
        assert sum("FROM patient" in one for one in asked) >= 4
        assert not any(one.startswith(("INSERT", "UPDATE")) for one in asked)
        main.wait_for_nobody()  # or the line of the trail would wait for the standby
        standby.freeze()
        asked.clear()
        db.session.remove()
        db.engines["standby"].dispose()
        assert "N-2" in b"".join(export_stream.stream(ExportChoice("patients"), by=by)).decode()
        assert not any("FROM patient" in one for one in asked)
        standby.thaw()
        main.wait_for_follower()
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def holds(outcome):
    """No clock is asked here: how soon it goes on is measured at length."""
    assert (outcome.lost, outcome.doubled, outcome.tally.faults) == (0, 0, [])
    assert outcome.acknowledged > 0


def test_nothing_is_lost_when_the_server_restarts_and_the_line_is_cut(pair):
    (main, _), clinic = pair
    plan = postgres.Plan(
        restarts=1, cut_seconds=0.3, hang_seconds=0, frozen_seconds=0, slow_seconds=0,
        people=2, saves_between=2, workers=1,
    )  # fmt: skip
    report = postgres.trouble(plan, main, clinic)
    holds(report.outcome)


def test_nothing_is_lost_when_the_server_dies_and_its_standby_is_promoted(pair):
    servers, clinic = pair
    report = failover.fail_over(servers, clinic, people=2, workers=1)
    holds(report.outcome)
