"""Planning with a time, a chair, weekdays and a lower dose at first; and changing one session."""

import re
from decimal import Decimal

import pytest

from tests.builders.clinics import set_planning
from tests.builders.courses import treat
from tests.builders.patients import planned
from tests.people import ANNA
from tracker.services.series import queries as series_queries
from tracker.services.sessions import commands as session_commands

TYPED = {
    "template": "six-in-three-weeks", "starts_on": "2026-03-02", "indication": "depression",
    "drug": "esketamine", "route": "nasal", "planned_dose_mg": "84", "first_dose": "56",
    "planned_time": "10:00", "chair": "Chair 2", "weekdays": ["0", "3"],
    "eligibility_reason": "Assessed elsewhere",
}  # fmt: skip


@pytest.fixture
def anna(browse, cast, patient):
    set_planning(cast.clinic_id, chairs_text="Chair 1\nChair 2", holidays_text="2026-03-09 Closed")
    browser = browse(ANNA)
    browser.open(f"/patients/{patient}/series/new")
    return browser


@pytest.fixture
def series(anna, cast, patient):
    anna.send(f"/patients/{patient}/series/new", TYPED, expect=303)
    [one] = series_queries.of_patient(patient, by=cast.anna)
    return one.id


def test_what_the_template_says_is_named_in_the_fields_that_are_left_to_it(anna, patient):
    def first_options():
        named = r'name="(?:indication|drug|route|phase)".*?<option[^>]*value="">([^<]*)<'
        return re.findall(named, anna.response.text, re.DOTALL)

    says = "{}, as the template says".format
    address, shown = f"/patients/{patient}/series/new", TYPED | {"preview": "1"}
    anna.open(address)
    ketamine = ["Choose", says("Racemic ketamine"), "Choose", says("Induction")]
    assert first_options() == ketamine
    anna.send(address, shown | {"template": "booster"}, expect=200)
    assert first_options() == ["Choose", "Choose", "Choose", says("Booster")]
    anna.send(address, shown | {"template": "esketamine-acute-suicidality"}, expect=200)
    assert first_options() == [
        says("Depression"), says("Esketamine"), says("Nasal"), says("Induction"),
    ]  # fmt: skip
    assert 'placeholder="84"' in anna.response.text


def test_a_preview_without_dates_says_why(anna, patient):
    address = f"/patients/{patient}/series/new"
    typed = TYPED | {"preview": "1", "starts_on": "31 February"}
    page = anna.send(address, typed, expect=422)
    assert "No dates yet. First session on: " in page.text
    page = anna.send(address, typed | {"starts_on": ""}, expect=422)
    assert "No dates yet" not in page.text


def test_the_preview_says_day_time_chair_and_dose_of_each(anna, patient):
    page = anna.send(f"/patients/{patient}/series/new", TYPED | {"preview": "1"}, expect=200)
    assert "56 mg in the first session, then 84 mg" in page.text
    assert "Mon 2 Mar 2026, 10:00, Chair 2" in page.text
    moved = "Thu 12 Mar 2026, 10:00, Chair 2 (moved from Mon 9 Mar 2026: the clinic is"
    assert moved in page.text
    assert doses(page) == ["56", "84", "84", "84", "84", "84"]


def doses(page):
    """List the dose in each row of the preview."""
    return [page.value(f"doses-{row}") for row in range(6)]


def rows(page, **typed):
    """Send the rows back as the page shows them, but for what is typed."""
    shown = {f"doses-{row}": text for row, text in enumerate(doses(page))}
    return shown | {"shown_doses": page.value("shown_doses"), "preview": "1"} | typed


def test_a_dose_of_one_session_is_typed_in_its_row_and_stays(anna, cast, patient):
    address = f"/patients/{patient}/series/new"
    page = anna.send(address, TYPED | {"preview": "1"}, expect=200)
    typed = {"doses-2": "37.1250", "doses-3": ""}
    page = anna.send(address, TYPED | rows(page, **typed), expect=200)
    assert doses(page) == ["56", "84", "37.1250", "84", "84", "84"]
    # What follows the plan goes with it; what was typed for one session stays.
    fewer = TYPED | {"planned_dose_mg": "70", "first_dose": "", "starts_on": "2026-03-16"}
    page = anna.send(address, fewer | rows(page), expect=200)
    assert doses(page) == ["70", "70", "37.1250", "70", "70", "70"]
    # While the first day is unclear there are no rows to see; nothing typed is lost.
    page = anna.send(address, fewer | rows(page, starts_on="16 M"), expect=422)
    assert page.value("doses-2") == "37.1250"
    page = anna.send(address, fewer | rows(page), expect=200)
    assert doses(page) == ["70", "70", "37.1250", "70", "70", "70"]
    page = anna.send(address, fewer | rows(page, preview=""), expect=422)
    assert "Yes, plan 70 mg" in page.text
    anna.send(address, fewer | rows(page, preview="", seen=page.value("seen")), expect=303)
    [one] = series_queries.of_patient(patient, by=cast.anna)
    lines = series_queries.find(one.id, by=cast.anna).sessions
    own = [line.planned_dose_mg for line in lines]
    assert own == [None, None, Decimal("37.125"), None, None, None]


def test_a_dose_that_cannot_be_is_told_in_its_row(anna, patient):
    address = f"/patients/{patient}/series/new"
    page = anna.send(address, TYPED | {"preview": "1"}, expect=200)
    wrong = {"doses-1": "8O", "doses-4": "0", "preview": ""}
    page = anna.send(address, TYPED | rows(page, **wrong), expect=422)
    assert "Dose: Give a plain number" in page.text
    assert "Dose: Give a dose above zero and at most 5000." in page.text
    assert doses(page) == ["56", "8O", "84", "84", "0", "84"]


@pytest.mark.both_databases
def test_a_dose_keeps_the_unit_that_stood_beside_it(anna, cast, patient):
    address = f"/patients/{patient}/series/new"
    infused = TYPED | {
        "drug": "ketamine", "route": "iv", "planned_dose_mg": "", "first_dose": "",
        "planned_dose_mg_per_kg": "0.5",
    }  # fmt: skip
    page = anna.send(address, infused | {"preview": "1"}, expect=200)
    page = anna.send(address, infused | rows(page, **{"doses-0": "0.25"}), expect=200)
    in_mg = infused | {"planned_dose_mg": "35", "planned_dose_mg_per_kg": ""}
    page = anna.send(address, in_mg | rows(page), expect=200)
    assert page.value("shown_doses").split()[:2] == ["mg/kg=", "mg=35"]
    page = anna.send(address, in_mg | rows(page), expect=200)
    assert doses(page)[:2] == ["0.25", "35"]
    anna.send(address, in_mg | rows(page, preview=""), expect=303)
    [one] = series_queries.of_patient(patient, by=cast.anna)
    first, second, *_ = series_queries.find(one.id, by=cast.anna).sessions
    assert (first.planned_dose_mg, first.planned_dose_mg_per_kg) == (None, Decimal("0.25"))
    assert (second.planned_dose_mg, second.planned_dose_mg_per_kg) == (None, None)


def test_a_row_that_is_missing_moves_no_other(anna, cast, patient):
    anna.send(f"/patients/{patient}/series/new", TYPED | {"doses-3": "28"}, expect=303)
    [one] = series_queries.of_patient(patient, by=cast.anna)
    lines = series_queries.find(one.id, by=cast.anna).sessions
    assert [line.planned_dose_mg for line in lines] == [56, None, None, 28, None, None]


def test_the_dates_show_although_something_else_is_missing(anna, patient):
    wrong = TYPED | {"route": "", "drug": "", "preview": "1"}
    page = anna.send(f"/patients/{patient}/series/new", wrong, expect=422)
    assert "6 sessions would be planned" in page.text
    page = anna.send(
        f"/patients/{patient}/series/new", TYPED | {"starts_on": "soon", "preview": "1"}, expect=422
    )
    assert "would be planned" not in page.text


def test_time_and_chair_stand_on_every_page_of_a_planned_session(anna, patient, series):
    first = planned(series)[0]
    for address in (f"/series/{series}/", f"/sessions/{first}/", f"/patients/{patient}/"):
        assert "10:00, Chair 2" in anna.open(address).text, address
    assert "56 mg planned" in anna.open(f"/series/{series}/").text
    assert "56 mg" in anna.open(f"/sessions/{first}/").text


def test_the_next_series_starts_where_the_last_took_place(anna, patient, series):
    page = anna.open(f"/patients/{patient}/series/new")
    assert page.value("planned_time") == "10:00"
    text = anna.response.text
    assert 'selected value="Chair 2"' in text
    ticked = [one for one in re.findall("<input[^>]*>", text) if 'name="weekdays"' in one]
    assert [" checked" in one for one in ticked] == [day in (0, 3) for day in range(7)]


def test_one_session_is_changed_and_the_rest_as_asked(anna, cast, series):
    third = planned(series)[2]
    page = anna.open(f"/sessions/{third}/move")
    assert (page.value("planned_on"), page.value("planned_time")) == ("12/03/2026", "10:00")
    assert "Left empty, it gets the dose of the series: 84 mg." in page.text
    typed = {
        "planned_on": "2026-03-13", "planned_time": "9", "chair": "Chair 1",
        "planned_dose_mg": "5O",
    }  # fmt: skip
    page = anna.send(f"/sessions/{third}/move", typed, expect=422)
    assert "Give a time of day" in page.text
    assert "Give a plain number" in page.text
    assert page.value("planned_dose_mg") == "5O"
    typed |= {"planned_time": "9:15", "planned_dose_mg": "70", "dose_onwards": "y"}
    page = anna.send(f"/sessions/{third}/move", typed, expect=422)
    assert "Yes, plan 70 mg" in page.text
    seen = {"seen": page.value("seen")}
    anna.send(f"/sessions/{third}/move", typed | seen, expect=303)
    view = series_queries.find(series, by=cast.anna)
    assert [view.planned_dose(line).mg for line in view.sessions] == [56, 84, 70, 70, 70, 70]
    assert [line.chair for line in view.sessions][2:4] == ["Chair 1", "Chair 2"]


def test_own_doses_are_told_when_the_plan_changes(anna, series):
    page = anna.open(f"/series/{series}/edit")
    assert "session 1, 56 mg" in page.text
    assert "Keep them for these sessions" in page.text


def test_whatever_a_page_proposes_is_taken_as_it_stands(anna, cast, patient):
    exact = TYPED | {"planned_dose_mg": "37.1250", "first_dose": "", "drug": "ketamine",
                     "route": "iv"}  # fmt: skip
    anna.send(f"/patients/{patient}/series/new", exact, expect=303)
    [one] = series_queries.of_patient(patient, by=cast.anna)
    first = planned(one.id)[0]
    page = anna.open(f"/sessions/{first}/record")
    assert page.value("dose_mg") == "37.1250"
    assert "planned dose 37.1250 mg" in page.text
    sent = {
        name: page.value(name) for name in ("dose_mg", "started_on", "once", "answered")
    } | {"started_time": "10:00", "drug": "ketamine", "route": "iv"}  # fmt: skip
    anna.send(f"/sessions/{first}/record", sent, expect=303)
    assert str(session_commands.find(first, by=cast.anna).draft.dose_mg) == "37.125"
    second = planned(one.id)[1]
    anna.send(f"/sessions/{second}/live/begin", {}, expect=422)  # it is not of today
    answered = {"answered": anna.page.value("answered"), "reason": "Asked by telephone"}
    anna.send(f"/sessions/{second}/live/begin", answered, expect=303)
    assert "37.1250 mg planned" in anna.open(f"/sessions/{second}/live/").text
    gate = anna.open(f"/sessions/{second}/gate")
    assert gate.value("dose_mg") == "37.1250"


def test_a_chair_that_is_taken_is_told_before_and_after_a_series_is_planned(anna, cast, series):
    other = treat(cast.anna, record_number="B-2", sessions=0, scores=0).patient_id
    there, later = f"/patients/{other}/series/new", TYPED | {"planned_time": "11:00"}
    anna.open(there)
    page = anna.send(there, later | {"preview": "1"}, expect=200)
    assert page.text.count("Conflict. Chair 2 is taken by Patient, Ben, 10:00 to") == 6
    anna.send(there, later, expect=303)
    page = anna.follow()
    assert "Mon 2 Mar 2026: Chair 2 is taken by Patient, Ben, 10:00 to" in page.text
    assert "more conflicts stand in the calendar." in page.text
