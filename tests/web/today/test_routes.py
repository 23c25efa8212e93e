from datetime import timedelta

import pytest

from tests.people import ADAM, ANNA, CLEO
from tracker.domain.codes import Drug, Indication, Phase, Route
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.series.plan import SeriesDraft
from tracker.services import clock
from tracker.services.clinic import clinics
from tracker.services.patients import commands as patient_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries


@pytest.fixture
def day(cast):
    return clock.today(clinics.view(cast.clinic_id).zone)


def planned(by, name, starts_on):
    patient_id = patient_commands.add(PatientDraft(record_number=name, given_name=name), by=by)
    draft = SeriesDraft(
        indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.IV, phase=Phase.INDUCTION,
        starts_on=starts_on, template="booster",
    )  # fmt: skip
    (chip,) = series_queries.find(series_commands.plan(patient_id, draft, by=by), by=by).sessions
    return chip.session_id


def test_an_empty_day_says_what_to_do(browse, cast):
    assert "No sessions today" in browse(ANNA).open("/today/").text


def test_who_comes_today_has_one_thing_to_do(browse, cast, day):
    session_id = planned(cast.anna, "Ann", day)
    anna = browse(ANNA)
    page = anna.open("/today/")
    assert "1 of 1" in page.text
    assert [form["action"] for form in page.forms if form["action"].endswith("/begin")] == [
        f"/sessions/{session_id}/live/begin"
    ]
    for words in ("1 session today", "1 to come", "0 held", "no time", "record Ann"):
        assert words in page.text


def test_what_is_overdue_and_what_comes_next_are_shown(browse, cast, day):
    overdue = planned(cast.anna, "Ann", day - timedelta(days=2))
    planned(cast.anna, "Abe", day + timedelta(days=3))
    page = browse(ANNA).open("/today/")
    assert f"/sessions/{overdue}/" in page.links
    for words in ("Not recorded yet", "Ann", "Next 7 days", "Abe"):
        assert words in page.text


def test_another_clinics_day_is_not_shown(browse, cast, day):
    planned(cast.anna, "Ann", day)
    assert "Ann" not in browse(CLEO).open("/today/").text


def test_an_administrator_has_no_clinical_day(browse):
    browse(ADAM).open("/today/", expect=403)
    browse.open("/today/", expect=302)
