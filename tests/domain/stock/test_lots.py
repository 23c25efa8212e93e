"""What a lot is and what makes a lot or a movement wrong."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.stock import DEVICES, VIALS, amount
from tracker.domain.codes import Drug
from tracker.domain.formatting import in_full
from tracker.domain.stock.lots import (
    AMOUNT_MG_MAX,
    Container,
    Lot,
    LotDraft,
    Movement,
    MovementDraft,
    check_lot,
    check_movement,
    check_reversal,
)

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


def lot(draft):
    return Lot(
        lot_id=1, drug=draft.drug, container=draft.container, lot_number=draft.lot_number,
        unit_mg=draft.unit_mg, concentration_mg_per_ml=draft.concentration_mg_per_ml,
        expires_on=draft.expires_on,
    )  # fmt: skip


def faults(draft, movement=Movement.RECEIVED, of=VIALS, writer="Anna Clinician"):
    found = check_movement(draft, movement, lot(of), writer=writer, now=NOW)
    return {problem.field: problem.message for problem in found}


def lot_faults(draft=VIALS, **changes):
    return {problem.field: problem.message for problem in check_lot(replace(draft, **changes))}


def test_a_lot_as_printed_is_taken():
    assert not lot_faults()
    assert not lot_faults(DEVICES)
    assert not lot_faults(concentration_mg_per_ml=None)


def test_every_fault_of_a_lot_is_telling_moment_once():
    empty = LotDraft(
        drug=None, container=None, lot_number=" ", unit_mg=None, concentration_mg_per_ml=None,
        expires_on=None,
    )  # fmt: skip
    assert set(lot_faults(empty)) == {
        "drug", "container", "lot_number", "unit_mg", "expires_on",
    }  # fmt: skip


@pytest.mark.parametrize("number", ["0", "-5", "NaN", "Infinity", "10000001", "0.00001"])
@pytest.mark.parametrize("field", ["unit_mg", "concentration_mg_per_ml"])
def test_a_strength_that_cannot_be_is_refused(field, number):
    assert set(lot_faults(**{field: Decimal(number)})) == {field}


@pytest.mark.parametrize(
    "changes",
    [
        {"lot_number": "x" * 61},
        {"ndc": "x" * 41},
        {"expires_on": date(1999, 12, 31)},
        {"expires_on": date(2100, 1, 1)},
    ],
)
def test_what_no_label_says_is_refused(changes):
    assert set(lot_faults(**changes)) == set(changes)


@pytest.mark.parametrize("mg", [56, 84])
def test_a_kit_is_counted_in_devices(mg):
    assert "Spravato US label" in lot_faults(DEVICES, unit_mg=Decimal(mg))["unit_mg"]


def test_a_device_of_another_drug_may_hold_anything():
    assert not lot_faults(DEVICES, drug=Drug.KETAMINE, unit_mg=Decimal(15))


@pytest.mark.parametrize("movement", [m for m in Movement if m is not Movement.REVERSED])
def test_a_full_movement_is_taken(movement):
    assert not faults(amount(500), movement)
    assert not faults(amount("0.0001"), movement)
    assert not faults(amount(AMOUNT_MG_MAX), movement)


@pytest.mark.parametrize("number", ["0", "-1", "NaN", "-Infinity", "10000000.1", "0.00001", None])
def test_an_amount_that_cannot_be_is_refused(number):
    assert set(faults(amount(number))) == {"amount_mg"}


def test_a_count_may_find_nothing_but_not_less():
    assert not faults(amount(0), Movement.COUNTED)
    assert "0 for nothing" in faults(amount(None), Movement.COUNTED)["amount_mg"]
    assert "zero or more" in faults(amount(-1), Movement.COUNTED)["amount_mg"]


def test_devices_are_moved_whole():
    assert not faults(amount(84), of=DEVICES)
    assert "one holds 28 mg" in faults(amount(30), of=DEVICES)["amount_mg"]
    assert "one holds 28 mg" in faults(amount(30), Movement.COUNTED, DEVICES)["amount_mg"]


def test_a_lozenge_may_be_parted():
    lozenges = replace(VIALS, container=Container.LOZENGE, unit_mg=Decimal(100))
    assert not faults(amount(250), of=lozenges)


def test_waste_needs_a_second_name():
    assert "second person" in faults(amount(15, witness=" "), Movement.WASTED)["witness"]


@pytest.mark.parametrize("movement", [Movement.WASTED, Movement.COUNTED])
@pytest.mark.parametrize("name", ["Anna Clinician", " anna  CLINICIAN "])
def test_the_second_name_is_not_the_writers(movement, name):
    assert "second person" in faults(amount(15, witness=name), movement)["witness"]


def test_other_movements_need_no_second_name():
    for movement in (Movement.RECEIVED, Movement.RETURNED, Movement.COUNTED):
        assert not faults(amount(15, witness=""), movement)


def test_what_comes_and_what_goes_back_says_from_whom_and_to_whom():
    assert "from whom" in faults(amount(15, reason=" "), Movement.RECEIVED)["reason"]
    assert "to whom" in faults(amount(15, reason=" "), Movement.RETURNED)["reason"]
    assert not faults(amount(15, reason=""), Movement.WASTED)
    assert not faults(amount(15, reason=""), Movement.COUNTED)


def test_a_movement_is_not_in_the_future_nor_in_another_century():
    assert "future" in faults(amount(1, at=NOW + timedelta(seconds=1)))["at"]
    assert "2000" in faults(amount(1, at=datetime(1999, 1, 1, tzinfo=UTC)))["at"]
    assert not faults(amount(1, at=NOW))


def test_texts_have_a_length_that_can_be_kept():
    long = MovementDraft(amount_mg=Decimal(1), witness="x" * 201, reason="x" * 1001)
    assert set(faults(long, Movement.WASTED)) == {"witness", "reason"}


def test_every_fault_of_a_movement_is_telling_moment_once():
    wrong = amount(0, at=NOW + timedelta(days=1), witness="Anna Clinician", reason="")
    assert set(faults(wrong, Movement.RETURNED)) == {"amount_mg", "at", "witness", "reason"}


def test_a_reversal_says_what_was_wrong():
    assert not check_reversal("Typed twice", Movement.GIVEN)
    assert [p.field for p in check_reversal(" ", Movement.COUNTED)] == ["reason"]
    assert [p.field for p in check_reversal("x" * 1001, Movement.COUNTED)] == ["reason"]


def test_an_entry_is_taken_out_once_and_a_reversal_never():
    [once] = check_reversal("Typed twice", Movement.GIVEN, reversed_already=True)
    assert "already" in once.message
    [never] = check_reversal("Typed twice", Movement.REVERSED)
    assert "cannot be reversed" in never.message


@pytest.mark.parametrize(
    ("mg", "words"),
    [
        ("0", "0 mg"),
        ("35.5", "35.5 mg (0.71 mL)"),
        ("500", "500 mg (1 vial, 10 mL)"),
        ("1234", "1234 mg (2 vials and 234 mg, 24.68 mL)"),
        ("-40", "\N{MINUS SIGN}40 mg"),
    ],
)
def test_an_amount_is_told_in_mg_and_vials_and_ml(mg, words):
    assert lot(VIALS).spell(Decimal(mg)) == words


def test_devices_are_told_without_ml():
    assert lot(DEVICES).spell(Decimal(84)) == "84 mg (3 devices)"
    assert lot(DEVICES).volume_ml(Decimal(84)) is None
    assert lot(DEVICES).units(Decimal(84)) == 3


def test_a_lot_is_named_by_what_is_in_it():
    assert lot(VIALS).title == "Racemic ketamine, vial of 500 mg (50 mg/mL), lot KX-17"
    assert lot(DEVICES).title == "Esketamine, device of 28 mg, lot SP-4"


@pytest.mark.parametrize(
    ("number", "text"),
    [("0.0001", "0.0001"), ("10", "10"), ("1E+2", "100"), ("1.50", "1.5"), ("-0.5", "\u22120.5")],
)
def test_a_number_of_the_book_is_written_in_full(number, text):
    assert in_full(Decimal(number)) == text
