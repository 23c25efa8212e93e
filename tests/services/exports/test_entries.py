import csv
import io
import zipfile
from datetime import timedelta

import pytest

from tests.builders.courses import account, treat
from tests.builders.session_logs import START, log, put, read, stopped_infusion_log
from tracker.domain.live.entries import AdverseEvent, EventAction, EventTerm, Note, Withdrawal
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.audit import queries as audit_queries
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.unit_of_work import unit_of_work


def rows(kind, by, **choice):
    text = b"".join(export_stream.stream(ExportChoice(kind, **choice), by=by)).decode()
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def treated(cast):
    return treat(cast.anna, sessions=2)


@pytest.mark.both_databases
def test_a_reading_is_a_row_with_its_minute_and_its_units(cast, treated):
    put(cast.anna, treated.session_ids[0], stopped_infusion_log())
    found = rows("readings", cast.anna)
    assert len(found) == 40
    assert [row["minute"] for row in found[:3]] == ["-15", "-5", "2"]
    assert found[0] == {
        "record_number": "B-1", "session_id": str(treated.session_ids[0]), "sequence": "1",
        "taken_at": "2026-03-03T09:45:00-05:00", "minute": "-15", "systolic_mmhg": "120",
        "diastolic_mmhg": "76", "heart_rate_bpm": "72", "spo2_percent": "98",
        "respiratory_rate_per_min": "14", "sedation_moaas_0_to_5": "5", "dissociation_0_to_10": "0",
        "pain_0_to_10": "", "nausea_0_to_10": "", "note": "", "taken_by": "Anna Clinician",
        "corrected": "no",
    }  # fmt: skip


def test_corrections_stand_and_withdrawals_do_not(cast, treated):
    put(
        cast.anna,
        treated.session_ids[0],
        log(
            (5, read("182/82")),
            (5, read("128/82"), "key-1"),
            (6, read("120/80")),
            (7, Withdrawal(reason="error"), "key-3"),
            (8, Note(text="no reading")),
        ),
    )
    found = rows("readings", cast.anna)
    assert [(row["sequence"], row["systolic_mmhg"], row["corrected"]) for row in found] == [
        ("2", "128", "yes")
    ]


def test_without_a_start_there_is_no_minute(cast, treated):
    put(cast.anna, treated.session_ids[0], log((5, read("120/80"))))
    with unit_of_work(cast.anna) as unit:
        row = db.session.get_one(TreatmentSession, treated.session_ids[0])
        row.started_at = row.discharged_at = None
        unit.audit("test.changed")
    assert rows("readings", cast.anna)[0]["minute"] == ""


@pytest.mark.both_databases
def test_an_adverse_event_is_a_row_with_its_codes(cast, treated):
    put(cast.anna, treated.session_ids[0], stopped_infusion_log())
    first, second, third = rows("adverse-events", cast.anna)
    assert (first["term"], first["onset_minute"], first["end_minute"]) == ("nausea", "21", "58")
    assert (first["grade"], first["serious"], first["outcome"]) == ("2", "", "resolved")
    assert second["actions"] == "slowed; stopped"
    assert (third["end_minute"], third["outcome"]) == ("", "ongoing")


def test_sessions_come_patient_by_patient_and_entries_in_order(cast, treated):
    other = treat(cast.anna, record_number="A-1", sessions=1)
    written = log((5, read("120/80")), (2, read("118/80")))
    for session_id in (treated.session_ids[1], other.session_ids[0], treated.session_ids[0]):
        put(cast.anna, session_id, written)
    found = rows("readings", cast.anna)
    assert [row["record_number"] for row in found] == ["A-1"] * 2 + ["B-1"] * 4
    assert [row["minute"] for row in found] == ["2", "5"] * 3
    assert rows("readings", cast.anna, record_number="A-1") == found[:2]


@pytest.mark.both_databases
def test_days_pick_whole_sessions_by_their_start(cast, treated):
    put(cast.anna, treated.session_ids[0], log((-5, read("120/80")), (60 * 14, read("118/80"))))
    day = START.date()  # the later reading is of the next day
    assert len(rows("readings", cast.anna, first=day, last=day)) == 2
    assert rows("readings", cast.anna, first=day + timedelta(days=1)) == []


def test_rows_are_read_in_pieces_without_losing_or_doubling_one(cast, monkeypatch):
    monkeypatch.setattr(export_stream, "PATIENTS_AT_ONCE", 1)
    for number in ("A-1", "A-2", "A-3"):
        treated = treat(cast.anna, record_number=number, sessions=1)
        put(cast.anna, treated.session_ids[0], log((1, read("120/80")), (2, read("121/80"))))
    assert len(rows("readings", cast.anna)) == 6


def test_another_clinic_exports_nothing_of_ours(cast, treated):
    put(cast.anna, treated.session_ids[0], stopped_infusion_log())
    assert rows("readings", cast.cleo) == rows("adverse-events", cast.cleo) == []


def test_an_export_is_audited_with_the_number_of_entries(cast, treated):
    put(cast.anna, treated.session_ids[0], log((1, read("120/80")), (2, read("121/80"))))
    rows("readings", cast.anna)
    line = next(
        line for line in audit_queries.read(by=cast.adam).lines if line.action == "exported"
    )
    assert (line.subject, line.detail) == ("readings", "2 entries")


def test_a_patients_own_copy_has_readings_and_events_without_the_notes_of_staff(cast, treated):
    event = AdverseEvent(
        term=EventTerm.NAUSEA, actions=(EventAction.NONE,), note="SENTINEL event"
    )  # fmt: skip
    put(cast.anna, treated.session_ids[0], log((1, read("120/80", note="SENTINEL")), (2, event)))
    ben = account(cast.console, treated)
    packed = b"".join(export_stream.own_archive(by=ben))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    (reading,) = csv.DictReader(io.StringIO(texts["readings.csv"]))
    (told,) = csv.DictReader(io.StringIO(texts["adverse-events.csv"]))
    assert (reading["systolic_mmhg"], reading["corrected"]) == ("120", "no")
    assert (told["term"], told["actions"], told["onset_minute"]) == ("nausea", "none", "2")
    assert "note" not in reading
    assert "SENTINEL" not in texts["readings.csv"] + texts["adverse-events.csv"]
    assert "readings.csv" in texts["README.txt"]
