"""Days and times as the clinic sets them: on every page, and where one is typed."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select, update

from tests.people import ADAM, ANNA, CLEO
from tests.stopping import stopped_at
from tracker.domain.codes import Drug, Indication, Phase, Route
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.series.plan import SeriesDraft
from tracker.models import db
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.patients import commands as patient_commands
from tracker.services.series import commands as series_commands

clock = stopped_at(datetime(2026, 3, 5, 15, tzinfo=UTC))


@pytest.fixture
def american(browse):
    adam = browse(ADAM)
    adam.open("/clinic/")
    kept = {field["name"]: field.get("value") or "" for field in adam.page.fields}
    typed = kept | {
        "emergency_number": "911", "day_order": "month-first", "hour_format": "12-hour",
    }  # fmt: skip
    adam.send("/clinic/", typed, expect=303)
    return browse(ANNA)


@pytest.fixture
def zoe(cast):
    draft = PatientDraft(record_number="A-1", given_name="Zoë", birth_date=date(1980, 4, 3))
    return patient_commands.add(draft, by=cast.anna)


def test_days_and_times_are_written_as_the_clinic_does(browse, cast, zoe, american, clock):
    draft = SeriesDraft(
        indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.IV, phase=Phase.INDUCTION,
        starts_on=date(2026, 3, 5), template="booster",
    )  # fmt: skip
    series_commands.plan(zoe, draft, by=cast.anna)
    db.session.execute(update(TreatmentSession).values(planned_time=time(14, 30)))
    db.session.commit()
    text = american.open("/today/").text
    for words in ("2:30 PM", "born Apr 3, 1980", "Thu Mar 5, 2026"):
        assert words in text
    assert "born Apr 3, 1980" in american.open(f"/patients/{zoe}/").text
    assert "3 Apr 1980" not in american.page.text


def test_what_is_kept_of_a_page_is_kept_for_each_way(browse, cast, zoe, american):
    """Of equal patients, each clinic is shown its own way, whoever looked first."""
    there = patient_commands.add(
        PatientDraft(record_number="A-1", given_name="Zoë", birth_date=date(1980, 4, 3)),
        by=cast.cleo,
    )
    assert "born Apr 3, 1980" in american.open(f"/patients/{zoe}/").text
    assert "born 3 Apr 1980" in browse(CLEO).open(f"/patients/{there}/").text
    assert "born Apr 3, 1980" in american.open(f"/patients/{zoe}/").text


def test_a_birth_date_is_typed_and_shown_as_the_clinic_does(browse, zoe, american):
    page = american.open(f"/patients/{zoe}/edit")
    assert page.value("birth_date") == "04/03/1980"
    assert "For example 03/27/1980" in page.text
    for typed, born in (
        ("04/05/1981", date(1981, 4, 5)), ("1982-06-07", date(1982, 6, 7)),
        ("Apr 3, 1983", date(1983, 4, 3)), ("8/9/84", date(1984, 8, 9)),
    ):  # fmt: skip
        version = american.open(f"/patients/{zoe}/edit").value("version")
        form = {"record_number": "A-1", "birth_date": typed, "version": version}
        american.send(f"/patients/{zoe}/edit", form, expect=303)
        assert db.session.scalar(select(Patient.birth_date)) == born
    assert browse(CLEO).open("/patients/new").text.count("For example 27/03/1980") == 1


def test_a_day_that_cannot_be_read_stays_as_it_was_typed(browse, zoe, american):
    form = {"record_number": "B-2", "birth_date": "27/03/1980"}
    american.open("/patients/new")
    page = american.send("/patients/new", form, expect=422)
    assert page.value("birth_date") == "27/03/1980"
    assert "such as 03/27/1980 or 1980-03-27" in page.text


def test_days_and_times_are_typed_and_shown_as_the_clinic_does(cast, zoe, american, clock):
    draft = SeriesDraft(
        indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.IV, phase=Phase.INDUCTION,
        starts_on=date(2026, 4, 3), template="booster", planned_time=time(14, 30),
    )  # fmt: skip
    series_commands.plan(zoe, draft, by=cast.anna)
    session_id = db.session.scalar(select(TreatmentSession.id))
    move = f"/sessions/{session_id}/move"
    page = american.open(move)
    assert (page.value("planned_on"), page.value("planned_time")) == ("04/03/2026", "2:30 PM")
    for words in ("Month/day/year", "Such as 2:30 PM"):
        assert words in page.text

    page = american.send(move, {"planned_on": "5 Foo", "planned_time": "2:45"}, expect=422)
    assert (page.value("planned_on"), page.value("planned_time")) == ("5 Foo", "2:45")
    for words in ("such as 03/27/1980 or 1980-03-27", "Say AM or PM, such as 2:45 AM."):
        assert words in page.text

    american.open(move)
    american.send(move, {"planned_on": "Apr 5", "planned_time": "245 pm"}, expect=303)
    db.session.expire_all()
    moved = db.session.get_one(TreatmentSession, session_id)
    assert (moved.planned_on, moved.planned_time) == (date(2026, 4, 5), time(14, 45))


def test_the_calendar_is_asked_for_a_day_as_the_clinic_types_it(american):
    page = american.open("/calendar/?view=day&day=04/05/2026")
    assert "<h1>Sun Apr 5, 2026</h1>" in american.response.text
    assert page.value("day") == "04/05/2026"
    assert "Sun Apr 5, 2026" in american.open("/calendar/?view=day&day=2026-04-05").text
    page = american.open("/calendar/?view=day&day=27/03/2026")
    assert page.value("day") == "27/03/2026"
    assert "Give a day of the calendar, such as 03/27/1980" in page.text
    assert "Thu Mar 5, 2026" in page.text
