from functools import partial

import pytest

from tests.builders import session_logs
from tests.builders.session_logs import TIMELINES, log, prepare, read
from tracker.domain.progress.trend import Audience
from tracker.domain.timelines.tables import limit_sources, tables
from tracker.domain.timelines.text import alt, sentence


@pytest.mark.parametrize("name", TIMELINES)
def test_every_row_has_a_cell_for_every_heading(name):
    for table in tables(TIMELINES[name]()):
        assert {len(row) for row in table.rows} == {len(table.headers)}


def test_every_reading_has_a_row_and_every_value_a_cell():
    readings, happened = tables(session_logs.stopped_infusion())
    assert len(readings.rows) == 40
    assert readings.rows[12][:5] == ("32", "10:32", "158/96", "92", "92")
    assert readings.rows[12][-1] == "systolic above 140; diastolic above 90; SpO2 below 93"
    assert [row[2] for row in happened.rows][:2] == ["Infusion started", "Dissociation began"]
    assert happened.rows[-1][:3] == ("145", "12:25", "Left")


def test_before_the_start_minutes_have_a_true_minus():
    assert tables(session_logs.devices())[0].rows[0][0] == "\u22128"


def test_what_was_not_read_is_a_dash_and_never_a_zero():
    rows = tables(session_logs.gaps())[0].rows
    assert rows[1][2:6] == ("\u2013", "75", "\u2013", "4")


def test_without_a_value_beyond_a_limit_there_is_no_such_column():
    table = tables(prepare(log((0, read("120/80")))))[0]
    assert "Beyond limits" not in table.headers


def test_the_limits_that_were_passed_name_their_sources():
    assert limit_sources(session_logs.gaps()) == (
        "systolic below 90: clinic default; no published limit",
        "diastolic below 50: clinic default; no published limit",
        "heart rate below 50: clinic default; no published limit",
        "SpO2 below 93: clinic default; no published limit",
    )


@pytest.mark.parametrize("name", TIMELINES)
def test_a_patient_sees_no_scale_for_staff_and_no_limit(name, monkeypatch):
    for_patient = partial(prepare, audience=Audience.PATIENT)
    monkeypatch.setattr(session_logs, "prepare", for_patient)
    own = TIMELINES[name]()
    headings = {heading for table in tables(own) for heading in table.headers}
    assert not {h for h in headings if "Sedation" in h or "limit" in h}
    assert (limit_sources(own), own.limits) == ((), {})
    words = " ".join(
        [sentence(own), alt(own), *(c for t in tables(own) for r in t.rows for c in r)]
    )
    assert not [said for said in ("edation", "MOAA", "above", "below") if said in words]


def test_a_reading_of_sedation_alone_is_none_to_a_patient():
    written = log((0, read("120/80", sedation=4)), (5, read(sedation=3)))
    assert len(prepare(written).readings) == 2
    [shown] = prepare(written, audience=Audience.PATIENT).readings
    assert shown.reading == read("120/80")


def test_nothing_has_no_table():
    assert tables(session_logs.nothing()) == ()
