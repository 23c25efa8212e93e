"""Doses written at the chair draw from their lots, in one transaction with the entry."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from msgspec.structs import replace
from sqlalchemy import select

from tests.builders.entries import under_way, write
from tests.builders.stock import DEVICES, VIALS, a_lot, dose, stop, take_back
from tracker.domain.stock.lots import Movement
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.session_entries import SessionEntry
from tracker.models.stock import StockEntry
from tracker.services import clock
from tracker.services.live import entry_log
from tracker.services.stock import commands as stock_commands
from tracker.services.stock import queries as stock_queries
from tracker.services.stock import rows as stock_rows
from tracker.services.stock import session_use as stock_use


@pytest.fixture
def vials(anna):
    return a_lot(anna, mg=5000)


@pytest.fixture
def held(anna):
    return under_way(anna)


def left(by, lot_id):
    return stock_rows.balances(by).get(lot_id, Decimal(0))


def lines(by, lot_id):
    return stock_rows.lines(by, StockEntry.lot_id == lot_id)


def told(by, session_id):
    log = entry_log.of_session(session_id)
    return stock_use.of_session(session_id, log, by=by)


def test_a_dose_is_drawn_from_its_lot_with_the_entry(anna, vials, held):
    key = dose(anna, held, "35.5", vials)
    [_, given] = lines(anna, vials)
    assert (given.movement, given.amount_mg) == (Movement.GIVEN, Decimal("35.5"))
    assert (given.session_id, given.entry_key, given.by) == (held, key, "Anna Clinician")
    entry = db.session.scalars(select(SessionEntry)).one()
    assert (given.at, given.patient_id) == (entry.at, entry.patient_id)
    assert left(anna, vials) == Decimal("4964.5")
    [line] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "stock.given"))
    assert (line.subject, line.patient_id) == (f"lot:{vials}", entry.patient_id)
    assert line.detail == f"session:{held}"


def test_the_same_key_twice_is_drawn_once(anna, vials, held):
    for _ in range(2):
        dose(anna, held, 35, vials, key="the-one-key")
    assert left(anna, vials) == 4965


def test_an_infusion_is_drawn_at_its_stop(anna, vials, held):
    write(anna, held, "infusion", {"action": "start", "dose_mg": "40", "lot_id": vials})
    assert left(anna, vials) == 5000
    stop(anna, held, 31, vials)
    assert left(anna, vials) == 4969


def test_a_correction_reverses_the_first_draw_and_makes_another(anna, vials, held):
    other = a_lot(anna, DEVICES)
    more = a_lot(anna, replace(VIALS, lot_number="KX-18"))
    key = dose(anna, held, 35, vials)
    second = dose(anna, held, 25, more, replaces=key)
    assert (left(anna, vials), left(anna, more), left(anna, other)) == (5000, -25, 0)
    [_, first, reversal] = lines(anna, vials)
    assert reversal.movement is Movement.REVERSED
    assert (reversal.reverses_id, reversal.reason) == (first.entry_id, stock_use.CORRECTED)
    dose(anna, held, 30, more, replaces=second)
    assert left(anna, more) == -30


def test_of_two_corrections_of_one_entry_the_last_that_arrived_is_drawn(anna, vials, held):
    key = dose(anna, held, 35, vials)
    dose(anna, held, 25, vials, replaces=key)
    dose(anna, held, 45, vials, replaces=key)
    assert left(anna, vials) == 4955


def test_a_corrected_note_moves_nothing(anna, vials, held):
    at = clock.now()
    key = dose(anna, held, 35, vials, at=at)
    told_more = {"dose_mg": "35.0", "lot_id": vials, "note": "left arm"}
    second = write(anna, held, "given", told_more, replaces=key, at=at)
    assert len(lines(anna, vials)) == 2
    take_back(anna, held, second)
    assert left(anna, vials) == 5000


def test_a_corrected_time_moves_the_draw(anna, vials, held):
    at = clock.now()
    key = dose(anna, held, 35, vials, at=at)
    dose(anna, held, 35, vials, replaces=key, at=at - timedelta(minutes=5))
    assert [line.at for line in lines(anna, vials)][-1] == at - timedelta(minutes=5)
    assert left(anna, vials) == 4965


def test_what_is_withdrawn_goes_back_and_may_be_drawn_again(anna, vials, held):
    key = dose(anna, held, 35, vials)
    gone = take_back(anna, held, key)
    assert left(anna, vials) == 5000
    dose(anna, held, 35, vials, replaces=gone)
    assert left(anna, vials) == 4965


def test_withdrawing_anything_else_moves_nothing(anna, vials, held):
    note = write(anna, held, "note", {"text": "calm"})
    take_back(anna, held, note)
    assert len(lines(anna, vials)) == 1


@pytest.mark.both_databases
def test_a_draw_reversed_in_the_ledger_is_not_reversed_again(anna, vials, held):
    key = dose(anna, held, 35, vials)
    stock_commands.reverse(lines(anna, vials)[1].entry_id, "drawn by hand", by=anna)
    [missing] = told(anna, held).missing
    assert "reversed in the ledger" in missing
    take_back(anna, held, key)
    assert left(anna, vials) == 5000
    assert len(lines(anna, vials)) == 3


def test_the_balance_may_go_below_zero_and_the_entry_stands(anna, held):
    empty = a_lot(anna)
    dose(anna, held, 35, empty)
    assert left(anna, empty) == -35
    assert "below-zero" in {notice.kind for notice in stock_queries.notices(by=anna)}


def test_an_entry_is_never_refused_for_the_stocks_sake(cast, anna, held):
    elsewhere, devices = a_lot(cast.cleo, mg=5000), a_lot(anna, DEVICES, 280)
    for lot_id in (elsewhere, devices, 7, None):
        dose(anna, held, 35, lot_id)
    assert db.session.scalar(select(db.func.count()).select_from(SessionEntry)) == 4
    assert (left(cast.cleo, elsewhere), left(anna, devices)) == (5000, 280)
    strange = [words for words in told(anna, held).missing if "none of the clinic's" in words]
    assert len(strange) == 3


def test_a_session_tells_what_was_drawn_and_what_was_not(anna, vials, held):
    noon = clock.now().replace(hour=17, minute=5, second=0, microsecond=0)
    with time_machine.travel(noon, tick=False):
        dose(anna, held, 35, vials)
        dose(anna, held, 5, None)
        stop(anna, held, None, vials)
    found = told(anna, held)
    [draw] = found.draws
    assert (draw.lot.lot_number, draw.amount_text, draw.at) == ("KX-17", "35 mg (0.7 mL)", noon)
    assert [words[5:] for words in found.missing] == [
        ": 5 mg were given without a lot, so nothing was drawn from the stock.",
        ": it is not known how much was given, so nothing was drawn from the stock.",
    ]


def test_a_session_without_doses_tells_nothing(anna, held):
    write(anna, held, "note", {"text": "calm"})
    found = told(anna, held)
    assert (found.draws, found.missing) == ((), ())


def test_entry_and_draw_are_stored_together_or_not_at_all(anna, vials, held, monkeypatch):
    def fail(*_args):
        raise RuntimeError("the power went")

    monkeypatch.setattr(stock_rows, "write", fail)
    with pytest.raises(RuntimeError):
        dose(anna, held, 35, vials)
    assert db.session.scalars(select(SessionEntry)).all() == []
