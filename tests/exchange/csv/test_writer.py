import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.exchange.records import a_session
from tracker.exchange.csv.formula_guard import unguard
from tracker.exchange.csv.writer import CHUNK_CHARS, UnwritableTextError, write_csv
from tracker.exchange.tables import PATIENTS, SCORES, SESSIONS, TABLES

ZONE = ZoneInfo("America/New_York")
AT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def written(table, rows, **options):
    text = b"".join(write_csv(table, rows, zone=ZONE, **options)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def plain(table, **values):
    defaults = {"record_number": "R-1"}
    return tuple((defaults | values).get(field) for field in table.plain_fields)


def test_a_session_is_written_with_units_offset_and_codes():
    (row,) = written(SESSIONS, SESSIONS.rows([a_session()]))
    assert row["started_at"] == "2026-03-02T09:30:00-05:00"
    assert row["planned_on"] == "2026-03-02"
    assert row["dose_mg"] == "35"
    assert row["weight_kg"] == "70.5"
    assert row["dose_mg_per_kg"] == "0.5"
    assert row["mood_before_0_to_10"] == "0"
    assert row["pain_before_0_to_10"] == ""
    assert row["dissociation_resolved"] == "yes"
    assert row["effects"] == "time=severe; floating=mild"
    assert row["before_systolic_mmhg"] == "120"


def test_rows_straight_from_a_cursor_need_no_records():
    (row,) = written(
        SESSIONS,
        [
            plain(
                SESSIONS,
                started_at="2026-03-02 14:30:00.000000",
                dose_mg=35.0,
                weight_kg=Decimal("70.50"),
                dissociation_resolved=0,
                effects='{"floating": "mild", "time": "severe"}',
                side_effects='{"none": null}',
            )
        ],
    )
    assert row["started_at"] == "2026-03-02T09:30:00-05:00"
    assert (row["dose_mg"], row["weight_kg"]) == ("35", "70.5")
    assert row["dissociation_resolved"] == "no"
    assert (row["effects"], row["side_effects"]) == ("time=severe; floating=mild", "none")
    (patient,) = written(PATIENTS, [plain(PATIENTS, indications='["depression", "ptsd"]')])
    assert patient["indications"] == "depression; ptsd"


def test_a_score_of_which_only_the_day_is_known_shows_the_day():
    known = plain(SCORES, taken_at=AT, time_known=True)
    unknown = plain(SCORES, taken_at=AT, time_known=False)
    first, second = written(SCORES, [known, unknown])
    assert first["taken_at"] == "2026-03-02T09:30:00-05:00"
    assert second["taken_at"] == "2026-03-02"
    assert "time_known" not in first


def test_the_form_is_that_of_rfc_4180():
    notes = 'say "hi", then\nleave'
    data = b"".join(write_csv(PATIENTS, [plain(PATIENTS, notes=notes)], zone=ZONE))
    lines = data.split(b"\r\n")
    assert lines[0].decode().split(",") == list(PATIENTS.headings)
    assert lines[1].endswith(b'"say ""hi"", then\nleave",')
    assert lines[2:] == [b""]


@pytest.mark.parametrize("separator", [";", "|", "\t"])
def test_a_formula_inside_a_text_is_none_however_a_spreadsheet_cuts_the_file(separator):
    note = f"well{separator}=HYPERLINK(1){separator} +1"
    raw = b"".join(write_csv(PATIENTS, [plain(PATIENTS, notes=note)], zone=ZONE)).decode()
    pieces = [piece for line in raw.splitlines() for piece in line.split(separator)]
    assert not any(piece.lstrip().startswith(("=", "+")) for piece in pieces)
    (row,) = written(PATIENTS, [plain(PATIENTS, notes=note)])
    assert unguard(row["notes"]) == note


def test_numbers_are_never_guarded():
    (row,) = written(SCORES, [plain(SCORES, total=Decimal("-12"), note="-12", taken_at=AT)])
    assert (row["total"], row["note"]) == ("-12", "'-12")
    (row,) = written(SCORES, [plain(SCORES, total=-12, note="-12", taken_at=AT)], safe=False)
    assert (row["total"], row["note"]) == ("-12", "-12")


def test_the_file_comes_in_pieces_while_the_rows_are_read():
    read = []

    def rows():
        for number in range(5000):
            read.append(number)
            yield plain(PATIENTS, notes="x" * 100)

    pieces = write_csv(PATIENTS, rows(), zone=ZONE)
    first = next(pieces)
    assert CHUNK_CHARS <= len(first) < 2 * CHUNK_CHARS
    assert len(read) < 1000
    assert sum(piece.count(b"\r\n") for piece in [first, *pieces]) == 5001


def test_no_rows_give_the_headings():
    assert b"".join(write_csv(SCORES, [], zone=ZONE)).decode() == (
        ",".join(SCORES.headings) + "\r\n"
    )


def test_a_zero_character_is_refused_because_no_csv_can_carry_it():
    with pytest.raises(UnwritableTextError, match="zero character"):
        list(write_csv(PATIENTS, [plain(PATIENTS, notes="a\0b")], zone=ZONE))


def test_a_day_is_written_as_it_is():
    (row,) = written(PATIENTS, [plain(PATIENTS, birth_date=date(1980, 3, 2))])
    assert row["birth_date"] == "1980-03-02"


def test_columns_can_be_left_out():
    own_copy = SESSIONS.without("private_notes", "comment")
    (row,) = written(own_copy, own_copy.rows([a_session(private_notes="secret")]))
    assert "private_notes" not in row
    assert "secret" not in row.values()
    assert set(TABLES) == {"patients", "series", "sessions", "scores"}
