from zoneinfo import ZoneInfo

import pytest

from tests.exchange.records import a_session
from tracker.exchange.csv.reader import open_source
from tracker.exchange.csv.writer import write_csv
from tracker.exchange.mapping.model import FileFacts
from tracker.exchange.native import read_native
from tracker.exchange.tables import SESSIONS

ZONE = ZoneInfo("America/New_York")


def session_rows(*changes, cells=None):
    """Export ordinary sessions, change cells of the first row, and read them back."""
    drawn = [a_session(**change) for change in changes or ({},)]
    text = b"".join(write_csv(SESSIONS, SESSIONS.rows(drawn), zone=ZONE)).decode()
    lines = [line.split(",") for line in text.splitlines()]
    for name, cell in (cells or {}).items():
        lines[1][SESSIONS.headings.index(name)] = cell
    data = "\n".join(",".join(line) for line in lines).encode()
    facts = FileFacts(formula_guard=True)
    return list(read_native(open_source(data), SESSIONS, facts, zone=ZONE))


def complaints(rows):
    return [(p.row, p.column, p.message, p.value) for row in rows for p in row.problems]


@pytest.mark.parametrize(
    ("name", "cell", "message"),
    [
        ("dose_mg", "35 mg", "alone"),
        ("mood_before_0_to_10", "3.5", "whole number"),
        ("route", "vein", "iv, im, sc"),
        ("dissociation_resolved", "maybe", "yes or no"),
        ("started_at", "2026-03-02", "the time as well"),
        ("planned_on", "3/4/2026", "date_order"),
        ("effects", "floating", "severity"),
        ("effects", "floating=mild; floating=severe", "twice"),
        ("effects", "none; floating=mild", "Where there was none: none"),
        ("effects", "none=mild", "Give none alone"),
        ("effects", "floating=none", "Give one of"),
        ("side_effects", "boredom=mild", "Give one of"),
        ("record_number", "", "must be given"),
        ("drug", " ", "must be given"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(name, cell, message):
    rows = session_rows(cells={name: cell})
    ((line, column, said, value),) = complaints(rows)
    assert (line, column, value) == (2, name, cell if cell.strip() else "")
    assert message in said
    with pytest.raises(ValueError, match="problems"):
        _ = rows[0].record


def test_every_problem_of_a_row_is_said_at_once():
    rows = session_rows(cells={"dose_mg": "much", "route": "vein", "state": ""})
    assert [column for _, column, _, _ in complaints(rows)] == ["state", "route", "dose_mg"]


def test_what_a_person_wrote_by_hand_is_understood():
    (row,) = session_rows(
        cells={
            "route": "IV infusion",
            "started_at": "2026-03-02 9:30",
            "dissociation_resolved": "TRUE",
            "duration_minutes": "40.0",
            "effects": " Floating = mild ",
        }
    )
    assert row.record.route == "iv"
    assert row.record.started_at == a_session().started_at
    assert row.record.dissociation_resolved is True
    assert row.record.duration_minutes == 40
    assert row.record.effects == {"floating": "mild"}


def test_the_dose_by_weight_must_agree_and_is_never_taken_from_the_file():
    assert complaints(session_rows(cells={"dose_mg_per_kg": "0.51"})) == []
    ((_, column, said, _),) = complaints(session_rows(cells={"dose_mg_per_kg": "5"}))
    assert column == "dose_mg_per_kg"
    assert "0.50 mg/kg" in said
    without = complaints(session_rows(cells={"weight_kg": ""}))
    assert [column for _, column, _, _ in without] == ["dose_mg_per_kg", "dose_mg_per_kg_per_hour"]
    assert all("cannot be checked" in said for _, _, said, _ in without)
    (row,) = session_rows(cells={"dose_mg_per_kg": ""})
    assert str(row.record.dose_mg_per_kg) == "0.50"


def test_the_same_session_twice_is_said_with_the_earlier_line():
    ((line, column, said, value),) = complaints(session_rows({}, {}))
    assert (line, column, value) == (3, "session_id", "7")
    assert "Line 2" in said


def test_a_row_that_broke_off_is_not_filled_up():
    data = ",".join(SESSIONS.headings) + "\nR-1,1,7\n"
    (row,) = read_native(open_source(data.encode()), SESSIONS, FileFacts(), zone=ZONE)
    assert "3 cells" in row.problems[0].message


def test_zero_is_a_value_and_missing_is_none():
    (row,) = session_rows({"mood_before": 0, "series_number": 0, "pain_before": None})
    assert row.record.mood_before == 0
    assert row.record.series_number == 0
    assert row.record.pain_before is None
