"""What a patient reads while a session of theirs is moved, cancelled, struck out, moved away."""

import csv
import io
import zipfile
from datetime import UTC, time, timedelta

import pytest
from msgspec.structs import replace

from tests.builders.clinics import set_planning
from tests.builders.courses import account, treat
from tests.builders.patients import HELD, START, a_patient, a_series, planned
from tests.people import BEN
from tests.stopping import stopped_at
from tracker.domain.codes import SessionState
from tracker.domain.series.placing import SessionPlan
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.live import commands as live_commands
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions import planning, voiding
from tracker.services.sessions.voiding import Transfer

clock = stopped_at(START - timedelta(days=3))
# What staff wrote about somebody else, by mistake; nobody whose it is not may read it.
OTHERS = ("Thistledown", "Cleo", "C-9", "35.5")
MONDAY = START.date()


@pytest.fixture
def first(cast):
    set_planning(cast.clinic_id, preparation="Eat nothing for six hours.")
    treated = treat(cast.anna, record_number="N-1", sessions=0, scores=0)
    account(cast.console, treated)
    series = a_series(cast.anna, treated.patient_id, sessions=2, number=2)
    return planned(series)[0]


@pytest.fixture
def ben(browse, first):
    return browse(BEN)


def own(ben, session_id):
    """Take all that a patient can take of it: page, session, calendar, copy."""
    copy = ben.client.get("/my/download.zip").data
    with zipfile.ZipFile(io.BytesIO(copy)) as packed:
        files = {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}
    texts = {
        "page": ben.open("/my/").text,
        "calendar": ben.client.get("/my/download/appointments.ics").text,
        **files,
    }
    told = ben.client.get(f"/my/sessions/{session_id}/")
    picture = ben.client.get(f"/sessions/{session_id}/timeline.svg")
    texts["session"] = told.text if told.status_code == 200 else ""
    for name, text in texts.items():
        for word in OTHERS:
            assert word not in text, (name, word)
    assert (picture.status_code == 200) is ("What you were given" in texts["session"])
    return texts


def states(texts):
    return [row["state"] for row in csv.DictReader(io.StringIO(texts["sessions.csv"]))]


def test_planned_moved_cancelled_and_planned_again(cast, ben, first):
    told = own(ben, first)
    assert "planned for Mon 2 Mar 2026" in told["session"]
    assert "Eat nothing for six hours." in told["session"]
    moved = SessionPlan(planned_on=MONDAY + timedelta(days=1), planned_time=time(9), chair="")
    planning.change(first, moved, by=cast.anna)
    told = own(ben, first)
    assert "Tue 3 Mar 2026" in told["page"]
    assert "At 09:00" in told["page"]
    assert "DTSTART:20260303T140000Z" in told["calendar"]
    life_steps.cancel_or_miss(first, SessionState.CANCELLED, "Snow", by=cast.anna)
    told = own(ben, first)
    assert "Cancelled: Tue 3 Mar 2026, 09:00 ." in told["page"]
    assert "Your sessions so far" not in told["page"]
    assert "This session is cancelled, so do not come for it." in told["session"]
    assert "Nothing was given" not in told["session"]
    assert told["calendar"].count("STATUS:CANCELLED") == 1
    life_steps.plan_again(first, by=cast.anna)
    told = own(ben, first)
    assert "Cancelled" not in told["page"]
    assert "STATUS:CANCELLED" not in told["calendar"]


def test_what_stood_in_for_a_session_that_was_held_is_not_told_as_cancelled(
    cast, browse, first, clock
):
    clock.shift(timedelta(days=3, hours=4))
    series = db.session.get_one(TreatmentSession, first).series_id
    session_commands.record(HELD, series_id=series, session_id=first, by=cast.anna)
    voiding.void(first, "Entered twice", version=1, by=cast.anna, plan_again=True)
    page = browse(BEN).open("/my/").text
    assert "Your session today" in page
    assert "Your next session" not in page
    voiding.restore(first, "It was held", version=2, by=cast.anna)
    page = browse(BEN).open("/my/").text
    assert "Cancelled" not in page
    assert "Your next session" in page


def test_a_calendar_says_when_one_was_held_that_came_before_its_day(browse, cast, first, clock):
    clock.shift(timedelta(days=4))
    series = db.session.get_one(TreatmentSession, first).series_id
    second = planned(series)[1]
    came = replace(HELD, comment="Came earlier")
    session_commands.record(came, series_id=series, session_id=second, by=cast.anna)
    calendar = browse(BEN).client.get("/my/download/appointments.ics").text
    event = calendar.partition(f"UID:session-{second}@")[2].partition("END:VEVENT")[0]
    assert f"DTSTART:{HELD.started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}" in event


def test_what_nobody_recorded_is_not_called_planned(browse, first, clock):
    clock.shift(timedelta(days=5))
    told = own(browse(BEN), first)
    assert "was planned for Mon 2 Mar 2026" in told["session"]
    assert "has not written down yet what came of it" in told["session"]
    assert "Eat nothing" not in told["session"]


def test_a_cancelled_one_counts_among_the_others_once_its_day_is_over(cast, browse, first, clock):
    life_steps.cancel_or_miss(first, SessionState.CANCELLED, "Snow", by=cast.anna)
    clock.shift(timedelta(days=5))
    told = own(browse(BEN), first)
    assert "Cancelled: " not in told["page"]
    assert "Your sessions so far" in told["page"]
    assert "Nothing was given in this session." in told["session"]


@pytest.mark.parametrize("how", ["struck out", "moved"])
def test_what_was_somebody_elses_leaves_no_trace(cast, browse, first, clock, how):
    clock.shift(timedelta(days=3, hours=6))
    ben = browse(BEN)
    wrong = replace(HELD, patient_notes="Thistledown for Cleo", private_notes="Thistledown")
    series = db.session.get_one(TreatmentSession, first).series_id
    session_commands.record(wrong, series_id=series, session_id=first, by=cast.anna)
    assert "Thistledown" in ben.open(f"/my/sessions/{first}/").text
    there = a_series(cast.anna, a_patient(cast.anna, "C-9", given_name="Cleo"))
    if how == "moved":
        target = Transfer(there, None, reason="It was Cleo, record C-9")
        made = voiding.transfer(first, target, version=1, by=cast.anna)
        assert ben.client.get(f"/my/sessions/{made}/").status_code == 404
        assert ben.client.get(f"/sessions/{made}/timeline.svg").status_code == 404
    else:
        voiding.void(first, "It was Cleo, record C-9", version=1, by=cast.anna)
    told = own(ben, first)
    assert told["session"] == ""
    assert states(told) == ["planned"]
    assert "Struck out" not in told["page"]


def test_what_was_said_when_it_began_is_not_in_the_copy(cast, ben, first):
    live_commands.begin(first, by=cast.anna, reason="Thistledown did not come")
    assert "This session has begun." in own(ben, first)["session"]
    life_steps.undo_begin(first, take_back=True, by=cast.anna)
    assert "planned for Mon 2 Mar 2026" in own(ben, first)["session"]
