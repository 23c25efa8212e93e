"""All sessions of a series that are still to come are moved to other weekdays, a time, a chair."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select

from tests.builders.clinics import set_planning
from tests.builders.patients import a_patient, planned
from tests.people import ANNA, CLEO
from tests.stopping import stopped_at
from tracker.domain.codes import Drug, Indication, Phase, Route
from tracker.domain.series.placing import SessionPlan
from tracker.domain.series.plan import SeriesDraft
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.sessions import planning

clock = stopped_at(datetime(2026, 3, 2, 8, tzinfo=UTC))

PLAN = SeriesDraft(
    indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.IV, phase=Phase.INDUCTION,
    starts_on=date(2026, 3, 2), template="six-in-three-weeks", planned_time=time(10),
    chair="Chair 2", weekdays=(0, 3),
)  # fmt: skip
TYPED = {"weekdays": ["1", "4"], "planned_time": "0930", "chair": "Chair 1"}


@pytest.fixture
def nurse(browse, cast, clock):
    set_planning(cast.clinic_id, chairs_text="Chair 1\nChair 2", holidays_text="2026-03-10 Closed")
    return browse(ANNA)


@pytest.fixture
def series(nurse, cast, patient):
    return series_commands.plan(patient, PLAN, by=cast.anna)


def days(series):
    return list(
        db.session.scalars(
            select(TreatmentSession.planned_on)
            .where(TreatmentSession.series_id == series)
            .order_by(TreatmentSession.number)
        )
    )


def march(*numbers):
    return [date(2026, 3, number) for number in numbers]


def shown(page, chosen, **typed):
    """Send what the page shows, with those to move."""
    return TYPED | {"chosen": [str(one) for one in chosen], "shown": page.value("shown")} | typed


@pytest.mark.both_databases
def test_what_goes_where_is_seen_first_and_is_what_is_done(nurse, cast, series):
    address, ids = f"/series/{series}/move", planned(series)
    page = nurse.open(address)
    assert (page.value("planned_time"), page.text.count("No change.")) == ("10:00", 6)
    page = nurse.send(address, shown(page, ids, preview="1"), expect=200)
    assert (
        "Session 1, Mon 2 Mar 2026, 10:00, Chair 2 To Tue 3 Mar 2026, 09:30, Chair 1" in page.text
    )
    assert days(series) == march(2, 5, 9, 12, 16, 19)
    # The Tuesday of the second week is closed: that week has one day for two sessions.
    moved = march(3, 6, 13, 17, 20, 24)
    nurse.send(address, shown(page, ids), expect=303)
    assert "6 sessions moved." in nurse.follow().text
    assert days(series) == moved
    view = series_queries.find(series, by=cast.anna)
    assert {(one.planned_time, one.chair) for one in view.sessions} == {(time(9, 30), "Chair 1")}
    detail = db.session.scalar(select(AuditEvent.detail).where(AuditEvent.action == "series.moved"))
    assert detail == "weekdays planned_time chair 6 sessions"
    assert nurse.open(address).text.count("No change.") == 6


def test_nothing_is_done_that_was_not_seen(nurse, series):
    address, ids = f"/series/{series}/move", planned(series)
    page = nurse.open(address)
    page = nurse.send(address, shown(page, ids), expect=422)
    assert "Look at the new days below" in page.text
    assert days(series) == march(2, 5, 9, 12, 16, 19)
    nurse.send(address, shown(page, ids), expect=303)
    page = nurse.send(address, TYPED | {"chosen": []}, expect=422)
    assert "Choose at least one session." in page.text
    page = nurse.send(address, shown(page, ids[:1], planned_time="soon"), expect=422)
    assert page.value("planned_time") == "soon"
    assert f'name="chosen" value="{ids[0]}"' in nurse.response.text


@pytest.mark.both_databases
def test_what_was_moved_by_hand_is_named_and_left_out(nurse, cast, series):
    ids = planned(series)
    by_hand = SessionPlan(planned_on=date(2026, 3, 11), planned_time=time(10), chair="Chair 2")
    planning.change(ids[2], by_hand, by=cast.anna)
    apart = SessionPlan(planned_on=date(2026, 3, 19), planned_time=time(15), chair="Chair 2")
    planning.change(ids[5], apart, by=cast.anna)
    page = nurse.open(f"/series/{series}/move")
    assert "It was moved by hand, from 9 Mar 2026, and so is left out" in page.text
    assert "It has a time or a chair of its own, and so is left out" in page.text
    rest = [one for one in ids if one not in (ids[2], ids[5])]
    page = nurse.send(f"/series/{series}/move", shown(page, rest, preview="1"), expect=200)
    nurse.send(f"/series/{series}/move", shown(page, rest), expect=303)
    assert days(series) == march(3, 6, 11, 13, 17, 19)
    # Chosen all the same it goes along, and then it is one of them again.
    page = nurse.open(f"/series/{series}/move")
    page = nurse.send(f"/series/{series}/move", shown(page, ids, preview="1"), expect=200)
    nurse.send(f"/series/{series}/move", shown(page, ids), expect=303)
    assert "by hand" not in nurse.open(f"/series/{series}/move").text


def test_what_stands_in_the_way_is_said_as_in_planning(nurse, cast, series):
    other = a_patient(cast.anna, "B-18")
    theirs = series_commands.plan(
        other,
        SeriesDraft(
            indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.IV,
            phase=Phase.BOOSTER, starts_on=date(2026, 3, 6), template="booster",
            planned_time=time(10), chair="Chair 1",
        ),
        by=cast.anna,
    )  # fmt: skip
    assert days(theirs) == march(6)
    page = nurse.open(f"/series/{series}/move")
    page = nurse.send(
        f"/series/{series}/move", shown(page, planned(series), preview="1"), expect=200
    )
    assert page.text.count("Conflict.") == 1
    assert "Chair 1 is taken by" in page.text


def test_a_day_that_is_over_and_a_session_that_was_held_are_left_alone(browse, series, clock):
    clock.move_to(datetime(2026, 3, 9, 8, tzinfo=UTC))
    text = browse(ANNA).open(f"/series/{series}/move").text
    assert "Session 2," not in text
    assert "Session 3," in text


def test_strangers_and_a_series_that_is_over(nurse, browse, cast, series):
    browse(CLEO).open(f"/series/{series}/move", expect=404)
    ids = planned(series)
    page = nurse.open(f"/series/{series}/move")
    page = nurse.send(f"/series/{series}/move", shown(page, ids, preview="1"), expect=200)
    sent = shown(page, ids)
    assert "Move the sessions still to come" in nurse.open(f"/series/{series}/").text
    nurse.open(f"/series/{series}/move")
    nurse.send(f"/series/{series}/state?to=stopped", {"reason": "Ends", "version": "1"}, expect=303)
    nurse.open(f"/series/{series}/move")
    nurse.send(f"/series/{series}/move", sent, expect=422)
