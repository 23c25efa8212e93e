from datetime import UTC, date, datetime
from decimal import Decimal

from tracker.domain import packing
from tracker.domain.codes import Drug
from tracker.domain.measures import VitalSigns


def test_a_number_keeps_its_digits_and_an_instant_its_offset():
    assert packing.plain(Decimal("34.50")) == "34.50"
    assert packing.plain(Decimal("1E+2")) == "100"
    assert packing.plain(date(2026, 3, 2)) == "2026-03-02"
    assert packing.plain(datetime(2026, 3, 2, 15, tzinfo=UTC)) == "2026-03-02T15:00:00+00:00"


def test_a_coded_word_is_its_code_wherever_it_stands():
    packed = packing.plain({Drug.KETAMINE: (Drug.ESKETAMINE, True, 3)})
    assert packed == {"ketamine": ["esketamine", True, 3]}
    assert {type(key) for key in packed} == {str}


def test_what_was_not_measured_is_left_out_and_not_zero():
    assert packing.plain(VitalSigns(systolic_mmhg=120)) == {"systolic_mmhg": 120}


def test_values_are_read_back_by_name_and_what_is_missing_stays_missing():
    readers = {"drug": Drug, "dose_mg": packing.or_none(Decimal)}
    stored = {"drug": "ketamine", "dose_mg": None, "note": "calm"}
    assert packing.unpacked(stored, readers) == {
        "drug": Drug.KETAMINE, "dose_mg": None, "note": "calm",
    }  # fmt: skip
    assert packing.unpacked({"dose_mg": "35"}, readers) == {"dose_mg": Decimal(35)}
