import re
from datetime import date
from decimal import Decimal

import pytest

from tests.builders import patients
from tests.people import ADAM, ANNA, CLEO
from tracker.domain.codes import Drug, Indication, Phase, Route, SeriesState
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.series.plan import SeriesChange, SeriesDraft
from tracker.services.live import commands as live_commands
from tracker.services.patients import commands as patient_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries

TYPED = {
    "template": "six-in-three-weeks",
    "starts_on": "2026-03-02",
    "indication": "depression",
    "drug": "",
    "route": "iv",
    "phase": "",
    "planned_dose_mg": "",
    "planned_dose_mg_per_kg": "0,5",
}


@pytest.fixture
def zoe(cast):
    draft = PatientDraft(record_number="1", given_name="Zoë", indications=(Indication.PTSD,))
    return patient_commands.add(draft, by=cast.anna)


@pytest.fixture
def planned(cast, zoe):
    draft = SeriesDraft(
        indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.IV, phase=Phase.INDUCTION,
        starts_on=date(2026, 3, 2), template="six-in-three-weeks", planned_dose_mg=Decimal(35),
    )  # fmt: skip
    return series_commands.plan(zoe, draft, by=cast.anna)


def test_a_series_is_planned_and_shown(browse, cast, zoe):
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/series/new")
    browser.send(f"/patients/{zoe}/series/new", TYPED, expect=303)
    page = browser.follow()
    for words in ("Series 1: Depression", "Thu 19 Mar 2026", "Racemic ketamine", "0.5 mg/kg"):
        assert words in page.text
    series_id = int(re.search(r"/series/(\d+)/", browser.response.request.path)[1])
    for chip in series_queries.find(series_id, by=cast.anna).sessions:
        for deed in ("record", "move", "not-held?state=cancelled", "not-held?state=missed"):
            assert f"/sessions/{chip.session_id}/{deed}" in page.links


def test_the_indication_of_the_patient_is_offered(browse, zoe):
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/series/new")
    assert 'selected value="ptsd"' in browser.response.text


def test_the_dates_are_shown_before_anything_is_stored(browse, cast, zoe):
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/series/new")
    page = browser.send(f"/patients/{zoe}/series/new", TYPED | {"preview": "1"}, expect=200)
    assert "6 sessions would be planned" in page.text
    for day in ("Mon 2 Mar 2026", "Thu 5 Mar 2026"):
        assert day in page.text
    assert page.value("planned_dose_mg_per_kg") == "0,5"
    assert series_queries.of_patient(zoe, by=cast.anna) == []


@pytest.mark.parametrize("preview", ["", "1"])
def test_bad_input_is_telling_moment_once_and_nothing_typed_is_lost(browse, cast, zoe, preview):
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/series/new")
    bad = TYPED | {"starts_on": "", "route": "", "planned_dose_mg": "35", "preview": preview}
    page = browser.send(f"/patients/{zoe}/series/new", bad, expect=422)
    for words in ("Give the day of the first session.", "Choose the route.", "not both"):
        assert words in page.text
    assert page.value("planned_dose_mg") == "35"
    assert series_queries.of_patient(zoe, by=cast.anna) == []


@pytest.mark.parametrize("field", ["template", "drug", "indication"])
def test_a_made_up_choice_is_refused(browse, zoe, field):
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/series/new")
    browser.send(f"/patients/{zoe}/series/new", TYPED | {field: "dragon"}, expect=422)


def test_a_double_click_plans_one_series(browse, cast, zoe):
    browser = browse(ANNA)
    once = browser.open(f"/patients/{zoe}/series/new").value("once")
    for _ in range(2):
        browser.send(f"/patients/{zoe}/series/new", TYPED | {"once": once}, expect=303)
    assert len(series_queries.of_patient(zoe, by=cast.anna)) == 1


def test_nothing_is_planned_for_somebody_archived(browse, cast, zoe):
    patient_commands.archive(zoe, "Moved away", by=cast.anna)
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/series/new")
    page = browser.send(f"/patients/{zoe}/series/new", TYPED, expect=422)
    assert "This patient is archived. Restore them first." in page.text


def test_a_patients_page_shows_the_series_as_chips(browse, zoe, planned):
    page = browse(ANNA).open(f"/patients/{zoe}/")
    assert "Series 1: Depression" in page.text
    assert "0 of 6 sessions held." in page.text
    assert "19 Mar" in page.text


CHANGED = {
    "version": "1",
    "indication": "depression",
    "phase": "induction",
    "drug": "ketamine",
    "route": "im",
    "planned_dose_mg": "40",
    "planned_dose_mg_per_kg": "",
}


def test_the_plan_is_changed_and_the_earlier_one_shown(browse, planned):
    browser = browse(ANNA)
    page = browser.open(f"/series/{planned}/edit")
    assert page.value("planned_dose_mg") == "35"
    browser.send(f"/series/{planned}/edit", CHANGED, expect=303)
    page = browser.follow()
    assert "IM injection" in page.text
    assert "planned dose 35 mg" in page.text


def test_two_who_change_a_plan_at_once_see_both_and_choose(browse, cast, planned):
    browser = browse(ANNA)
    browser.open(f"/series/{planned}/edit")
    theirs = SeriesChange(
        indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.SC, phase=Phase.INDUCTION
    )
    series_commands.change(planned, theirs, version=1, by=cast.anna)
    page = browser.send(f"/series/{planned}/edit", CHANGED, expect=409)
    assert "SC injection" in page.text
    assert "IM injection" in page.text
    kept = {f["name"]: f["value"] for f in page.fields if f["type"] == "hidden"}
    page = browser.send(f"/series/{planned}/edit", kept | {"choice": "both"}, expect=200)
    assert page.value("version") == "2"
    assert '<option selected value="im">' in browser.response.text
    browser.send(f"/series/{planned}/edit", kept | {"choice": "theirs"}, expect=303)
    assert series_queries.find(planned, by=cast.anna).record.route is Route.SC
    browser.send(f"/series/{planned}/edit", kept | {"choice": "mine"}, expect=303)
    assert series_queries.find(planned, by=cast.anna).record.route is Route.IM


def test_a_faulty_change_is_shown_again(browse, cast, planned):
    browser = browse(ANNA)
    browser.open(f"/series/{planned}/edit")
    page = browser.send(f"/series/{planned}/edit", CHANGED | {"planned_dose_mg": "0"}, expect=422)
    assert "Give a dose above zero" in page.text


def test_a_series_is_stopped_with_a_reason(browse, cast, planned):
    browser = browse(ANNA)
    browser.open(f"/series/{planned}/state?to=stopped")
    stop = {"version": "1", "reason": ""}
    browser.send(f"/series/{planned}/state?to=stopped", stop, expect=422)
    browser.send(f"/series/{planned}/state?to=stopped", stop | {"reason": "No relief"}, expect=303)
    page = browser.follow()
    assert "No relief" in page.text
    assert series_queries.find(planned, by=cast.anna).record.state is SeriesState.STOPPED
    assert f"/series/{planned}/state?to=active" in page.links


def test_a_state_that_was_set_meanwhile_is_looked_at_again(browse, cast, planned):
    browser = browse(ANNA)
    browser.open(f"/series/{planned}/state?to=stopped")
    series_commands.set_state(
        planned, SeriesState.ACTIVE, "", version=1, by=cast.anna, eligibility_reason="Urgent"
    )
    sent = {"version": "1", "reason": "No relief"}
    page = browser.send(f"/series/{planned}/state?to=stopped", sent, expect=409)
    assert "Somebody changed this series meanwhile: it is active now." in page.text
    assert "No relief" in browser.response.text
    assert series_queries.find(planned, by=cast.anna).record.state is SeriesState.ACTIVE


@pytest.mark.parametrize("wanted", ["", "planned", "dragon"])
def test_there_is_no_step_into_such_a_state(browse, planned, wanted):
    browse(ANNA).open(f"/series/{planned}/state?to={wanted}", expect=404)


ROUTES = ["/patients/{zoe}/series/new", "/series/{one}/edit", "/series/{one}/state?to=stopped"]


@pytest.mark.parametrize("route", [*ROUTES, "/series/{one}/"])
def test_a_stranger_finds_no_series_and_an_administrator_reads_none(browse, zoe, planned, route):
    path = route.format(zoe=zoe, one=planned)
    browse(ADAM).open(path, expect=403)
    browser = browse(CLEO)
    browser.open(path, expect=404)
    browser.open("/patients/new")
    if route in ROUTES:
        browser.send(path, CHANGED | {"reason": "x"}, expect=404)
    browse.open(path, expect=302)


SPRAY = TYPED | {
    "template": "esketamine-eight-weeks", "drug": "esketamine", "route": "nasal",
    "indication": "depression", "planned_dose_mg": "50", "planned_dose_mg_per_kg": "",
}  # fmt: skip


def test_what_is_unusual_about_a_plan_is_shown_before_it_is_saved(browse, cast, zoe):
    browser, here = browse(ANNA), f"/patients/{zoe}/series/new"
    browser.open(here)
    page = browser.send(here, SPRAY, expect=422)
    assert "50 mg is not a whole number of 28 mg devices." in page.text
    assert "Yes, plan 50 mg" in page.text
    assert page.value("planned_dose_mg") == "50"
    assert series_queries.of_patient(zoe, by=cast.anna) == []
    # What was not shown is asked about, whatever was seen before.
    browser.send(here, SPRAY | {"planned_dose_mg": "84", "seen": page.value("seen")}, expect=422)
    seen = SPRAY | {"seen": page.value("seen")}
    browser.send(here, seen, expect=303)
    assert "50 mg is not a whole number" in browser.follow().text


def test_a_second_drug_on_overlapping_days_is_remarked(browse, cast, zoe, planned):
    browser, here = browse(ANNA), f"/patients/{zoe}/series/new"
    browser.open(here)
    page = browser.send(here, SPRAY | {"planned_dose_mg": "56", "preview": "1"}, expect=200)
    assert "two drugs on overlapping days" in page.text
    later = SPRAY | {"planned_dose_mg": "56", "starts_on": "2026-03-23"}
    browser.send(here, later, expect=303)


def test_a_change_of_the_plan_is_remarked_too(browse, cast, planned):
    browser, here = browse(ANNA), f"/series/{planned}/edit"
    page = browser.open(here)
    change = {
        "indication": "depression", "phase": "induction", "drug": "esketamine", "route": "nasal",
        "planned_dose_mg": "84", "version": page.value("version"),
    }  # fmt: skip
    page = browser.send(here, change, expect=422)
    assert "the first dose of esketamine on record, above 56 mg" in page.text
    browser.send(here, change | {"seen": page.value("seen")}, expect=303)


def test_the_template_for_acute_suicidality_plans_eight_sessions_of_84_mg(browse, cast, zoe):
    browser, here = browse(ANNA), f"/patients/{zoe}/series/new"
    browser.open(here)
    acute = {"template": "esketamine-acute-suicidality", "starts_on": "2026-03-02"}
    browser.send(here, acute | {"indication": "depression"}, expect=303)
    [one] = series_queries.of_patient(zoe, by=cast.anna)
    assert (one.record.planned_dose_mg, len(one.sessions)) == (84, 8)


def test_while_a_session_goes_on_the_series_leads_there_and_begins_no_other(browse, cast, zoe):
    series_id = patients.a_series(cast.anna, zoe)
    one, two = patients.planned(series_id)
    live_commands.begin(one, by=cast.anna, reason="Moved by telephone")
    page = browse(ANNA).open(f"/series/{series_id}/")
    assert f"/sessions/{one}/live/" in page.links
    assert "Go to session 1, under way" in page.text
    assert f"/sessions/{two}/live/begin" not in [form.get("action") for form in page.forms]
