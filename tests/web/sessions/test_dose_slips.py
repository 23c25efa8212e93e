"""A slip of unit or of the point is asked about at every door, and what is usual at none."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.entries import NOW, put, sent
from tests.builders.patients import HELD, a_patient, a_series, planned
from tests.builders.stock import a_lot
from tests.people import ANNA
from tests.stopping import stopped_at
from tests.web.checklists.test_pre_session import CLEAR
from tracker.domain.clinic import dose_slips
from tracker.domain.clinic.dose_slips import DoseAnswer, ExpectedDose
from tracker.domain.sessions.findings import UncommentedError
from tracker.models import db
from tracker.models.stock import StockEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.imports import run as import_run
from tracker.services.imports.plan import ImportAnswers
from tracker.services.live import commands as live_commands
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands

PLANNED = "36.5"
# A typed dose -> what is asked. 36.5 mg is 0.5 mg/kg of 73 kg, and 0.73 mL of 50 mg/mL.
SLIPS = {
    "350": "about 10 times the planned 36.5 mg. Is the decimal point right?",
    "365": "about 10 times the planned 36.5 mg. Is the decimal point right?",
    "3500": "about 100 times the planned 36.5 mg. Is the decimal point right?",
    "80.5": "about 2.2 times the planned 36.5 mg. Was a weight in pounds taken for kilograms",
    "3.65": "about a tenth of the planned 36.5 mg. Is the decimal point right?",
    "0.0365": "about a thousandth of the planned 36.5 mg. Milligrams or micrograms?",
    "0.5": "planned 36.5 mg",
    "0.73": "planned 36.5 mg",
}
USUAL = ("36.5", "40", "30", "73", "20")

clock = stopped_at(NOW + timedelta(hours=3))


@pytest.fixture
def series(cast):
    mg = {"planned_dose_mg": Decimal(PLANNED), "planned_dose_mg_per_kg": None}
    return a_series(cast.anna, a_patient(cast.anna, "SL-1"), sessions=3, **mg)


@pytest.fixture
def browser(browse):
    return browse(ANNA)


def held(dose):
    return replace(HELD, dose_mg=Decimal(dose), weight_kg=Decimal(73))


def asked_of(draft, **where):
    with pytest.raises(UncommentedError) as caught:
        session_commands.record(draft, **where)
    return caught.value.findings


@pytest.mark.parametrize(("dose", "asked"), SLIPS.items())
def test_a_session_recorded_afterwards_asks(cast, series, dose, asked):
    first = planned(series)[0]
    where = {"series_id": series, "session_id": first, "by": cast.anna}
    [found] = [one for one in asked_of(held(dose), **where) if one.field == "dose_mg"]
    assert asked in found.message
    assert found.source == dose_slips.SOURCE
    assert db.session.get_one(TreatmentSession, first).dose_mg is None
    told = replace(held(dose), comment="The anaesthetist wanted it so.")
    assert session_commands.record(told, **where) == first


@pytest.mark.parametrize("dose", USUAL)
def test_a_usual_dose_is_recorded_without_a_word(cast, series, dose):
    where = {"series_id": series, "session_id": planned(series)[0], "by": cast.anna}
    assert session_commands.record(held(dose), **where)


@pytest.mark.parametrize(("dose", "asked"), SLIPS.items())
def test_an_amendment_asks(cast, series, dose, asked):
    first = planned(series)[0]
    session_commands.record(held(PLANNED), series_id=series, session_id=first, by=cast.anna)
    change = {"reason": "Slip", "version": 1, "by": cast.anna}
    with pytest.raises(UncommentedError) as caught:
        amendments.amend(first, held(dose), **change)
    assert any(asked in one.message for one in caught.value.findings)
    assert amendments.amend(first, held("40"), **change)


@pytest.mark.parametrize(("dose", "asked"), SLIPS.items())
def test_the_checks_before_a_session_ask(browser, cast, series, dose, asked):
    first = live_commands.begin(planned(series)[0], by=cast.anna, reason="On paper.")
    page = browser.open(f"/sessions/{first}/gate")
    opened = {name: page.value(name) for name in ("once", "version")}
    typed = CLEAR | opened | {"dose_mg": dose, "weight_kg": "73", "dose_mg_per_kg": ""}
    page = browser.send(f"/sessions/{first}/gate", typed, expect=422)
    assert asked in page.text


@pytest.mark.parametrize("kind", ["given", "infusion"])
@pytest.mark.parametrize(("dose", "asked"), SLIPS.items())
def test_the_chair_takes_a_slip_only_with_the_number_confirmed(cast, series, kind, dose, asked):
    first = live_commands.begin(planned(series)[0], by=cast.anna, reason="On paper.")
    more = {"action": "start"} if kind == "infusion" else {}
    [refused] = put(first, sent("1", kind, dose_mg=dose, **more), by=cast.anna).refused
    assert [problem.field for problem in refused.problems] == ["confirmed_mg"]
    assert asked in refused.problems[0].message
    other = sent("1", kind, dose_mg=dose, confirmed_mg="99", **more)
    assert put(first, other, by=cast.anna).refused
    sure = sent("1", kind, dose_mg=dose, confirmed_mg=dose, **more)
    [taken] = put(first, sure, by=cast.anna).taken
    assert taken.content.confirmed_mg == Decimal(dose)


@pytest.mark.parametrize("dose", [*USUAL, "12"])
def test_the_chair_takes_a_usual_dose_or_a_part_of_it(cast, series, dose):
    first = live_commands.begin(planned(series)[0], by=cast.anna, reason="On paper.")
    assert put(first, sent("1", "given", dose_mg=dose), by=cast.anna).taken


@pytest.mark.parametrize(("dose", "asked"), SLIPS.items())
def test_the_plan_of_one_session_asks(browser, series, dose, asked):
    first = planned(series)[0]
    page = browser.open(f"/sessions/{first}/move")
    typed = {"planned_on": "2026-03-02", "planned_dose_mg": dose, "once": page.value("once")}
    page = browser.send(f"/sessions/{first}/move", typed, expect=422)
    assert asked in page.text
    assert f"Yes, plan {dose} mg" in page.text
    assert db.session.get_one(TreatmentSession, first).planned_dose_mg is None
    browser.send(f"/sessions/{first}/move", typed | {"seen": page.value("seen")}, expect=303)


@pytest.mark.parametrize(("dose", "asked"), SLIPS.items())
def test_the_plan_of_a_series_asks(browser, series, dose, asked):
    page = browser.open(f"/series/{series}/edit")
    words = {"indication": "depression", "drug": "ketamine", "route": "iv", "phase": "induction"}
    typed = words | {"planned_dose_mg": dose, "version": page.value("version")}
    page = browser.send(f"/series/{series}/edit", typed, expect=422)
    assert asked.replace("planned", "earlier") in page.text
    assert f"Yes, plan {dose} mg" in page.text


def test_a_dose_by_weight_typed_into_the_field_of_mg_and_the_other_way_round(browser, patient):
    address = f"/patients/{patient}/series/new"
    browser.open(address)
    typed = {
        "template": "six-in-three-weeks", "starts_on": "2026-03-02", "indication": "depression",
        "drug": "ketamine", "route": "iv", "eligibility_reason": "Elsewhere",
    }  # fmt: skip
    for slip in ({"planned_dose_mg": "0.5"}, {"planned_dose_mg_per_kg": "36.5"}):
        assert "Unusual about this plan" in browser.send(address, typed | slip, expect=422).text
    browser.send(address, typed | {"planned_dose_mg_per_kg": "0.5"}, expect=303)


@pytest.mark.parametrize("amount", ["3.65", "0.365", "0.0365", "0.73"])
def test_a_dose_drawn_from_a_lot_asks(browser, cast, series, amount):
    first = planned(series)[0]
    session_commands.record(held(PLANNED), series_id=series, session_id=first, by=cast.anna)
    lot = a_lot(cast.anna, mg=5000)
    page = browser.open(f"/stock/lots/{lot}/give")
    typed = {"session_id": str(first), "part_mg": amount, "once": page.value("once")}
    page = browser.send(f"/stock/lots/{lot}/give", typed, expect=422)
    assert "undrawn 36.5 mg" in page.text
    assert f"Yes, draw {amount} mg" in page.text
    browser.send(f"/stock/lots/{lot}/give", typed | {"seen": page.value("seen")}, expect=303)


@pytest.mark.parametrize("amount", ["4635", "46.35", "9.27", "1021.8", "0.4635", "99999"])
def test_what_is_wasted_asks(browser, cast, series, amount):
    first = planned(series)[0]
    session_commands.record(held(PLANNED), series_id=series, session_id=first, by=cast.anna)
    lot = a_lot(cast.anna, mg=5000)
    give = {"session_id": str(first), "once": browser.open(f"/stock/lots/{lot}/give").value("once")}
    browser.send(f"/stock/lots/{lot}/give", give, expect=303)
    page = browser.open(f"/stock/lots/{lot}/waste")
    typed = {"part_mg": amount, "witness": "Wanda Nurse", "once": page.value("once")}
    page = browser.send(f"/stock/lots/{lot}/waste", typed, expect=422)
    assert "Is the amount right?" in page.text
    wasted = db.select(StockEntry).where(StockEntry.kind == "wasted", StockEntry.lot_id == lot)
    assert db.session.scalars(wasted).all() == []
    usual = typed | {"part_mg": "463.5"}  # the rest of the opened vial
    browser.send(f"/stock/lots/{lot}/waste", usual, expect=303)


MAPPING = """
[patient]
record_number = "MRN"
[[sessions]]
weight_unit = "kg"
[sessions.columns]
started_at = "Start"
drug = "Drug"
route = "Route"
dose_mg = "Dose"
weight_kg = "Weight"
"""


@pytest.mark.parametrize("dose", ["350", "3500", "80.5", "3.65", "0.73", "0.5"])
def test_a_file_asks_and_stores_nothing_until_it_is_answered(cast, series, dose):
    rows = "MRN,Start,Drug,Route,Dose,Weight\nSL-1,2026-03-02 09:00,ketamine,iv,{},73\n"

    def plan(mg, **answers):
        data, answered = rows.format(mg).encode(), ImportAnswers(**answers)
        return import_run.plan(data, mapping=MAPPING, answers=answered, by=cast.anna)

    asked = plan(dose)
    assert asked.problems == ()
    assert ["planned 36.5 mg" in one.message for one in asked.asked_doses] == [True]
    assert plan(PLANNED).asked_doses == plan("40").asked_doses == ()
    assert plan(dose, doses=DoseAnswer.LEAVE_OUT).rows_left_out == 1
    assert import_run.apply(plan(dose, doses=DoseAnswer.KEEP), by=cast.anna).counts["sessions"] == 1


@pytest.mark.parametrize(
    ("dose", "before", "unit"),
    [("84", "56", "mg"), ("56", "84", "mg"), ("1.0", "0.5", "mg/kg"), ("0.75", "0.5", "mg/kg"),
     ("73", "36.5", "mg"), ("70", "36.5", "mg")],
)  # fmt: skip
def test_a_usual_step_asks_nothing(dose, before, unit):
    expected = ExpectedDose(amount=Decimal(before), unit=unit)
    for is_part in (False, True):
        assert list(dose_slips.review(Decimal(dose), expected, is_part=is_part)) == []


def test_a_first_device_of_three_is_a_part_and_asks_nothing():
    whole = ExpectedDose(amount=Decimal(84))
    assert list(dose_slips.review(Decimal(28), whole, is_part=True)) == []
