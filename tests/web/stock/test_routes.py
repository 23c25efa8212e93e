"""The pages of the controlled-drug ledger."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.builders import courses
from tests.builders.entries import under_way
from tests.builders.stock import DEVICES, a_lot, amount, dose
from tests.people import ADAM, ANNA, CLEO, PASSWORD
from tracker.exchange.tables.stock import STOCK
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.stock import StockEntry
from tracker.services import clock
from tracker.services.stock import commands as stock_commands
from tracker.services.stock import queries as stock_queries
from tracker.services.unit_of_work import unit_of_work

LABEL = {
    "drug": "ketamine", "container": "vial", "unit_mg": "500", "concentration_mg_per_ml": "50",
    "lot_number": "KX-17", "expires_on": "2099-03-31", "units": "10", "reason": "Harbour Pharmacy",
}  # fmt: skip


@pytest.fixture
def vials(cast):
    return a_lot(cast.anna, mg=5000)


@pytest.fixture
def anna(browse):
    return browse(ANNA)


@pytest.fixture
def done(cast):
    """A session of 35 mg that was recorded yesterday."""
    treated = courses.treat(cast.console, record_number="S-1", sessions=0, scores=0)
    with unit_of_work(cast.console) as unit:
        at = unit.now - timedelta(days=1)
        made = courses.add_session(cast.console, treated, number=1, started_at=at)
        unit.audit("test.held")
    return made


def left(lot_id, by):
    return stock_queries.find(lot_id, by=by).status.balance_mg


def test_a_lot_is_entered_with_what_came_of_it(anna, cast):
    anna.open("/stock/")
    assert "No lot is in use" in anna.page.text
    anna.open("/stock/lots/new")
    anna.send("/stock/lots/new", LABEL, expect=303)
    page = anna.follow()
    assert "5000 mg (10 vials, 100 mL)" in page.text
    assert "Harbour Pharmacy" in page.text
    assert "KX-17" in anna.open("/stock/").text


def test_a_second_click_enters_a_lot_once(anna, cast):
    once = anna.open("/stock/lots/new").value("once")
    for _ in range(2):
        anna.send("/stock/lots/new", LABEL | {"once": once}, expect=303)
    assert len(stock_queries.lots(by=cast.anna)) == 1


def test_what_is_wrong_with_a_lot_is_telling_moment_once_and_kept(anna):
    anna.open("/stock/lots/new")
    wrong = LABEL | {"lot_number": " ", "unit_mg": "five", "expires_on": "", "reason": ""}
    page = anna.send("/stock/lots/new", wrong, expect=422)
    for words in ("Give the lot number", "plain number", "day of expiry"):
        assert words in page.text
    assert page.value("unit_mg") == "five"
    page = anna.send("/stock/lots/new", LABEL | {"reason": "", "units": "0"}, expect=422)
    assert "Say from whom it came" in page.text
    assert "above zero" in page.text


@pytest.mark.parametrize(
    ("deed", "form", "balance"),
    [
        ("receive", {"units": "2", "reason": "Pharmacy"}, 6000),
        ("waste", {"part_mg": "14,5", "witness": "Wanda"}, Decimal("4985.5")),
        ("waste", {"units": "1", "part_mg": "100", "witness": "Wanda"}, 4400),
        ("return", {"units": "3", "reason": "expired, to Harbour"}, 3500),
        ("count", {"units": "9", "part_mg": "400"}, 5000),
        ("count", {"units": "0"}, 5000),
    ],
)
def test_a_movement_is_entered(anna, cast, vials, deed, form, balance):
    anna.open(f"/stock/lots/{vials}/{deed}")
    anna.send(f"/stock/lots/{vials}/{deed}", form, expect=303)
    anna.follow()
    assert left(vials, cast.anna) == balance


def test_a_colleague_confirms_what_was_wasted_with_their_own_password(anna, cast, vials):
    here = f"/stock/lots/{vials}/waste"
    page = anna.open(here)
    assert cast.adam.name in anna.response.text
    form = {"part_mg": "14,5", "second_id": str(cast.adam.user_id)}
    page = anna.send(here, form, expect=422)
    assert "They type their own password here" in page.text
    page = anna.send(here, form | {"second_secret": "wrong"}, expect=422)
    assert "This is not the password or the code of" in page.text
    assert "wrong" not in [page.value("second_secret")]
    anna.send(here, form | {"second_secret": PASSWORD}, expect=303)
    assert f"{cast.adam.name}, confirmed it" in anna.follow().text


@pytest.mark.parametrize(
    ("deed", "form", "words"),
    [
        ("receive", {"units": "2"}, "Say from whom it came"),
        ("waste", {"part_mg": "14"}, "second person"),
        ("waste", {"part_mg": "14", "witness": "anna clinician"}, "second person"),
        ("waste", {"part_mg": "14", "witness": "Clinician, Anna, MD"}, "second person"),
        ("waste", {"part_mg": "14", "witness": "\u200b"}, "second person"),
        ("waste", {"part_mg": "14", "second_id": "x"}, "Choose one of the list"),
        ("waste", {"part_mg": "14", "witness": "Adam Administrator"}, "has an account"),
        ("waste", {"witness": "Wanda"}, "Give the amount"),
        ("waste", {"units": "x", "witness": "Wanda"}, "whole number"),
        ("waste", {"units": "3", "part_mg": "-20", "witness": "Wanda"}, "above zero"),
        ("return", {"units": "1"}, "to whom"),
        ("count", {}, "0 for nothing"),
        ("count", {"units": "1", "moved_on": "2026-03-01"}, "Give the time as well"),
        ("count", {"units": "1", "moved_time": "10:00"}, "Give the day as well"),
        (
            "count",
            {"units": "1", "moved_on": "2098-03-01", "moved_time": "10:00"},
            "cannot be in the future",
        ),
        (
            "count",
            {"units": "1", "moved_on": "2025-11-02", "moved_time": "01:30"},
            "This hour came twice",
        ),
        (
            "count",
            {"units": "1", "moved_on": "2026-03-08", "moved_time": "02:30"},
            "went forward past this time",
        ),
    ],
)
def test_what_is_wrong_with_a_movement_is_told_and_nothing_entered(
    anna, cast, vials, deed, form, words
):
    anna.open(f"/stock/lots/{vials}/{deed}")
    page = anna.send(f"/stock/lots/{vials}/{deed}", form, expect=422)
    assert words in page.text
    assert len(stock_queries.find(vials, by=cast.anna).rows) == 1


def test_an_earlier_time_is_kept(anna, cast, vials):
    path = f"/stock/lots/{vials}/waste"
    anna.open(path)
    form = {"part_mg": "10", "witness": "W", "moved_on": "2026-03-02", "moved_time": "09:30"}
    anna.send(path, form, expect=303)
    line = stock_queries.find(vials, by=cast.anna).rows[-1].row.line
    assert line.at.isoformat() == "2026-03-02T14:30:00+00:00"


def test_devices_are_moved_whole(anna, cast):
    devices = a_lot(cast.anna, DEVICES, 280)
    path = f"/stock/lots/{devices}/waste"
    assert anna.open(path).value("part_mg") is None
    anna.send(path, {"units": "1", "part_mg": "5", "witness": "Wanda"}, expect=303)
    assert left(devices, cast.anna) == 252


def test_a_variance_is_shown_with_what_the_law_says_of_a_loss(anna, cast, vials):
    stock_commands.count(vials, amount(4900), by=cast.anna)
    for path in ("/stock/", f"/stock/lots/{vials}/"):
        page = anna.open(path)
        assert "100 mg (2 mL) less than the book" in page.text
        assert "1 business day" in page.text
        assert "21 CFR 1301.76(b)" in page.text
    assert "100 mg less" in page.text
    early = clock.now() - timedelta(hours=1)
    stock_commands.waste(vials, amount(100, at=early), by=cast.anna)
    page = anna.open(f"/stock/lots/{vials}/")
    assert "less than the book" not in page.text
    assert "explained since" in page.text


def test_a_mistake_is_reversed_with_a_reason(anna, cast, vials):
    entry = stock_commands.waste(vials, amount(100), by=cast.anna)
    path = f"/stock/entries/{entry}/reverse"
    assert path in anna.open(f"/stock/lots/{vials}/").links
    assert "100 mg (2 mL)" in anna.open(path).text
    anna.send(path, {"reason": " "}, expect=422)
    anna.send(path, {"reason": "typed twice"}, expect=303)
    page = anna.follow()
    assert "Reversed by no 3" in page.text
    assert path not in page.links
    assert left(vials, cast.anna) == 5000
    anna.open(path)
    page = anna.send(path, {"reason": "typed twice"}, expect=422)
    assert "reversed already" in page.text


def test_a_dose_without_a_lot_waits_and_is_drawn(anna, cast, vials, done):
    path = f"/stock/lots/{vials}/give?session={done}"
    page = anna.open("/stock/")
    assert "Doses that the stock does not show" in page.text
    assert path in page.links
    page = anna.open(path)
    assert "Patient, Ben (S-1), session 1, 35 of 35 mg" in page.text
    anna.send(f"/stock/lots/{vials}/give", {"session_id": ""}, expect=422)
    assert "Choose the session" in anna.page.text
    anna.send(f"/stock/lots/{vials}/give", {"session_id": str(done), "units": "1"}, expect=422)
    assert "Give no more" in anna.page.text
    anna.send(f"/stock/lots/{vials}/give", {"session_id": str(done)}, expect=303)
    assert "Patient, Ben, S-1, session 1" in anna.follow().text
    assert left(vials, cast.anna) == 4965
    assert "does not show" not in anna.open("/stock/").text
    assert "No session waits" in anna.open(f"/stock/lots/{vials}/give").text


@pytest.mark.parametrize("typed", ["x", "9" * 20, "7", "\u00b2"])
def test_a_session_that_is_not_there_is_not_drawn(anna, vials, done, typed):
    anna.open(f"/stock/lots/{vials}/give")
    expect = 404 if typed == "7" else 422
    anna.send(f"/stock/lots/{vials}/give", {"session_id": typed}, expect=expect)


def test_a_label_is_put_right(anna, cast, vials):
    path = f"/stock/lots/{vials}/edit"
    page = anna.open(path)
    assert page.value("lot_number") == "KX-17"
    assert page.value("expires_on") == "31/03/2099"
    label = {"lot_number": "KX-71", "expires_on": "2098-12-31", "concentration_mg_per_ml": "50"}
    anna.send(path, label | {"lot_number": ""}, expect=422)
    anna.send(path, label, expect=303)
    assert "Lot KX-71" in anna.follow().text
    anna.open(path)
    anna.send(path, label, expect=422)
    assert "Nothing differs" in anna.page.text


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_the_file_for_an_inspector_holds_every_entry_with_its_balance(anna, cast, vials, done):
    stock_commands.give(vials, done, by=cast.anna)
    wasted = stock_commands.waste(vials, amount(100, reason="=1+1"), by=cast.anna)
    stock_commands.reverse(wasted, "typed twice", by=cast.anna)
    stock_commands.count(vials, amount(4900), by=cast.anna)
    found = rows(anna.client.get("/stock/inspection.csv"))
    assert list(found[0]) == list(STOCK.headings)
    assert [row["movement"] for row in found] == [
        "received", "given", "wasted", "reversed", "counted",
    ]  # fmt: skip
    assert [row["balance_after_mg"] for row in found] == ["5000", "4965", "4865", "4965", "4965"]
    _, given, waste, reversal, count = found
    assert (given["record_number"], given["patient_name"]) == ("S-1", "Patient, Ben")
    assert (given["session_id"], given["units"]) == (str(done), "0.07")
    assert (waste["reason"], waste["witness"]) == ("'=1+1", "Wanda Nurse")
    assert (waste["reversed_by"], reversal["reverses"]) == ("4", "3")
    assert (count["variance_mg"], count["by"]) == ("-65", "Anna Clinician")
    assert (count["lot_number"], count["expires_on"]) == ("KX-17", "2099-03-31")
    [line] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "exported"))
    assert (line.subject, line.detail) == ("controlled-drugs", "5 rows")


def test_the_file_keeps_to_days_of_the_clinic_and_balances_to_all(anna, cast, vials):
    at = clock.now().replace(year=2026, month=3, day=3, hour=4, minute=30)  # still the 2nd here
    stock_commands.waste(vials, amount(100, at=at), by=cast.anna)
    assert rows(anna.client.get("/stock/inspection.csv?first=2026-03-03&last=2026-03-03")) == []
    [row] = rows(anna.client.get("/stock/inspection.csv?first=2026-03-02&last=2026-03-02"))
    assert (row["movement"], row["balance_after_mg"]) == ("wasted", "4900")
    assert row["at"].startswith("2026-03-02T23:30")


def test_days_that_cannot_be_are_told(anna):
    anna.open("/stock/inspection.csv?first=2026-03-03&last=2026-03-02", expect=422)
    assert "cannot be before the first" in anna.page.text
    anna.open("/stock/inspection.csv?first=yesterday", expect=422)
    assert anna.page.value("first") == "yesterday"


def test_stock_is_a_room_of_clinicians_alone(browse, cast, vials):
    entry = db.session.scalar(select(StockEntry.id))
    paths = [
        "/stock/", "/stock/lots/new", "/stock/inspection.csv",
        *(f"/stock/lots/{vials}/{deed}" for deed in ("", "edit", "waste", "give")),
        f"/stock/entries/{entry}/reverse",
    ]  # fmt: skip
    for path in paths:
        browse(ADAM).open(path, expect=403)
    for path in paths[3:]:
        browse(CLEO).open(path, expect=404)
    assert "KX-17" not in browse(CLEO).open("/stock/").text
    assert "/stock/" in browse(ANNA).open("/today/").links
    assert "/stock/" not in browse(ADAM).open("/people/").links


def test_what_somebody_typed_is_text(anna, cast, vials):
    stock_commands.waste(vials, amount(1, reason="<b>bold</b>"), by=cast.anna)
    anna.open(f"/stock/lots/{vials}/")
    assert "&lt;b&gt;bold&lt;/b&gt;" in anna.response.text


def test_used_up_lots_stand_under_all_lots(anna, cast, vials):
    stock_commands.waste(vials, amount(5000), by=cast.anna)
    assert f"/stock/lots/{vials}/" not in anna.open("/stock/").links
    assert f"/stock/lots/{vials}/" in anna.open("/stock/?show=all").links


def test_lots_that_do_not_exist_are_not_there(anna):
    for path in ("/stock/lots/7/", "/stock/lots/7/count", "/stock/entries/7/reverse"):
        anna.open(path, expect=404)
    anna.open("/stock/lots/7/steal", expect=404)


def test_the_guide_tells_what_the_columns_are(anna):
    page = anna.open("/guide/controlled-drug-ledger")
    assert set(STOCK.headings) <= set(page.text.replace(",", " ").replace(":", " ").split())


def test_today_says_on_one_line_what_is_to_look_at(anna, cast, vials):
    assert "Stock :" not in anna.open("/today/").text
    stock_commands.waste(vials, amount(4900), by=cast.anna)
    stock_commands.count(vials, amount(90), by=cast.anna)
    page = anna.open("/today/")
    assert "Stock : count and book differ, low stock" in page.text


def test_a_session_shows_what_was_drawn_for_it_and_what_was_not(anna, cast, vials, done):
    assert "From the stock" not in anna.open(f"/sessions/{done}/").text
    stock_commands.give(vials, done, Decimal(20), by=cast.anna)
    page = anna.open(f"/sessions/{done}/")
    assert "20 mg (0.4 mL), lot KX-17" in page.text
    assert "The record says 35 mg, and 20 mg were drawn." in page.text
    held = under_way(cast.anna)
    dose(cast.anna, held, 35, None)
    assert "35 mg were given without a lot" in anna.open(f"/sessions/{held}/").text
