import pytest

from tracker.domain.patients.record import PatientRecord
from tracker.domain.scores.record import ScoreRecord
from tracker.domain.series.record import SeriesRecord
from tracker.domain.sessions.record import SessionRecord
from tracker.exchange.columns import dictionary
from tracker.exchange.tables import TABLES, recognise

EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
RECORDS = {
    "patients": PatientRecord,
    "series": SeriesRecord,
    "sessions": SessionRecord,
    "scores": ScoreRecord,
}


@EVERY
def test_every_field_of_the_record_has_a_column(table):
    fields = set(RECORDS[table.name].__struct_fields__)
    written = {column.path.partition(".")[0] for column in table.columns if not column.computed}
    if table.time_known_of:
        written.add("time_known")
    assert written == fields


@EVERY
def test_every_column_is_documented_and_no_heading_comes_twice(table):
    described = dictionary(table)
    assert [entry["name"] for entry in described] == list(table.headings)
    assert len(set(table.headings)) == len(table.headings)
    for entry in described:
        assert entry["meaning"].endswith(".")
        assert entry["form"]


@EVERY
def test_our_own_headings_are_recognised_in_any_order(table):
    assert recognise(tuple(reversed(table.headings))) is table
    assert recognise(table.headings[1:]) is None


def test_problems_of_the_domain_find_their_heading():
    sessions = TABLES["sessions"]
    assert sessions.heading_of("mood_before") == "mood_before_0_to_10"
    assert sessions.heading_of("before_systolic_mmhg") == "before_systolic_mmhg"
    assert sessions.heading_of("elsewhere") == "elsewhere"


def test_the_dictionary_lists_codes_and_units():
    entries = {entry["name"]: entry for entry in dictionary(TABLES["sessions"])}
    assert "iv: IV infusion" in entries["route"]["codes"]
    assert entries["dose_mg"]["unit"] == "mg"
    assert entries["dissociation_resolved"]["codes"] == "yes; no"
