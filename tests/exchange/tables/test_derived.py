import pytest

from tracker.exchange.columns import dictionary
from tracker.exchange.csv.encodings import UnreadableFileError
from tracker.exchange.csv.reader import open_source
from tracker.exchange.guess.mapping import guess_file
from tracker.exchange.tables import DERIVED, EXPORTED, OWN, TABLES, derived_table, recognise
from tracker.services.exports import sources as export_sources
from tracker.services.exports import stream as export_stream

EVERY = pytest.mark.parametrize("table", DERIVED.values(), ids=list(DERIVED))


@EVERY
def test_every_column_is_documented_and_no_heading_comes_twice(table):
    described = dictionary(table)
    assert [entry["name"] for entry in described] == list(table.headings)
    assert len(set(table.headings)) == len(table.headings)
    for entry in described:
        assert entry["meaning"].endswith(".")


@EVERY
def test_a_file_that_only_goes_out_is_known_again_and_not_imported(table, instruments):
    assert derived_table(tuple(reversed(table.headings))) == table.name
    assert recognise(table.headings) is None
    row = ",".join("1" for _heading in table.headings)
    source = open_source(f"{','.join(table.headings)}\r\n{row}\r\n".encode())
    with pytest.raises(UnreadableFileError, match="made for analysis"):
        guess_file(source, instruments)


def test_other_headings_are_not_taken_for_one():
    assert [derived_table(table.headings) for table in TABLES.values()] == [""] * len(TABLES)
    assert derived_table(("taken_at", "minute")) == ""


def test_every_table_has_a_source_and_says_what_a_patient_does_not_get():
    assert set(export_sources.SOURCES) == set(export_stream.NOT_FOR_PATIENTS) == {*EXPORTED, *OWN}


def test_headings_end_in_their_units():
    readings = {column.name: column.unit for column in DERIVED["readings"].columns if column.unit}
    assert readings.pop("minute") == "minutes"
    endings = ("_mmhg", "_bpm", "_percent", "_per_min", "_0_to_5", "_0_to_10")
    assert all(name.endswith(endings) for name in readings)
