"""What is exported comes back as it was, and goes out again byte for byte."""

import csv
import io
import json
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.exchange import records
from tracker.domain.codes import Sex
from tracker.domain.patients.record import PatientRecord
from tracker.exchange.csv.reader import open_source
from tracker.exchange.csv.writer import write_csv
from tracker.exchange.mapping.model import FileFacts
from tracker.exchange.native import read_native
from tracker.exchange.tables import PATIENTS, SCORES, SERIES, SESSIONS

ZONE = ZoneInfo("America/New_York")
MODES = pytest.mark.parametrize("safe", [True, False], ids=["safe", "exact"])


def export(table, rows, *, safe=True, bom=False):
    return b"".join(write_csv(table, table.rows(rows), zone=ZONE, safe=safe, bom=bom))


def bring_back(table, data, *, safe=True):
    facts = FileFacts(formula_guard=safe)
    rows = list(read_native(open_source(data), table, facts, zone=ZONE))
    assert [row.problems for row in rows] == [[]] * len(rows)
    return [row.record for row in rows]


def check_round_trip(table, drawn, safe):
    data = export(table, drawn, safe=safe)
    returned = bring_back(table, data, safe=safe)
    assert returned == drawn
    assert export(table, returned, safe=safe) == data


def several(strategy, key):
    return st.lists(strategy, min_size=1, max_size=3, unique_by=key)


# Drawing forty fields takes longer than Hypothesis likes on a busy machine.
unhurried = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MODES
@unhurried
@given(drawn=several(records.PATIENTS, lambda record: record.record_number))
def test_patients_come_back_as_they_were(drawn, safe):
    check_round_trip(PATIENTS, drawn, safe)


@MODES
@unhurried
@given(drawn=several(records.SERIES, lambda record: (record.record_number, record.number)))
def test_series_come_back_as_they_were(drawn, safe):
    check_round_trip(SERIES, drawn, safe)


@MODES
@unhurried
@given(drawn=several(records.SESSIONS, lambda record: record.session_id))
def test_sessions_come_back_as_they_were(drawn, safe):
    check_round_trip(SESSIONS, drawn, safe)


@MODES
@unhurried
@given(drawn=several(records.scores(ZONE), lambda record: record.score_id))
def test_scores_come_back_as_they_were(drawn, safe):
    check_round_trip(SCORES, drawn, safe)


def a_patient(number, text):
    return PatientRecord(
        record_number=f"R-{number}",
        given_name=text,
        family_name=text,
        birth_date=None,
        sex=Sex.UNKNOWN,
        email="",
        phone="",
        indications=(),
        notes=text,
        archived_on=None,
    )


@MODES
def test_every_naughty_string_comes_back_as_it_was(real_data, safe):
    texts = json.loads(real_data("naughty-strings/blns.json"))
    drawn = [a_patient(number, text) for number, text in enumerate(texts) if "\0" not in text]
    assert len(drawn) > 490
    check_round_trip(PATIENTS, drawn, safe)


def test_a_safe_file_holds_no_cell_that_a_spreadsheet_would_run():
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "  =1", "＝1", "'=1", "a;=1", "a;'=1"]
    data = export(PATIENTS, [a_patient(n, text) for n, text in enumerate(texts)])
    for row in list(csv.reader(io.StringIO(data.decode(), newline="")))[1:]:
        for piece in re.split(r"[;|\t\r\n]", row[2]):  # the given name, wherever it is cut
            assert not piece.lstrip().startswith(("=", "+", "-", "@", "＝"))


def test_the_mark_for_excel_changes_nothing_else():
    drawn = [a_patient(1, "Zoë")]
    assert export(PATIENTS, drawn, bom=True) == b"\xef\xbb\xbf" + export(PATIENTS, drawn)
    assert bring_back(PATIENTS, export(PATIENTS, drawn, bom=True)) == drawn


def test_a_file_that_a_spreadsheet_saved_with_semicolons_comes_back_too():
    drawn = [records.a_session()]
    text = export(SESSIONS, drawn).decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    other = io.StringIO()
    csv.writer(other, delimiter=";").writerows(rows)
    assert bring_back(SESSIONS, other.getvalue().encode("cp1252")) == drawn
