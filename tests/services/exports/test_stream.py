import csv
import io
import zipfile
from datetime import date

import pytest

from tests.builders import patients
from tests.builders.check_ins import ask
from tests.people import PASSWORD
from tracker.domain.access import Role
from tracker.domain.check_ins.answers import DeclineReason
from tracker.domain.problems import ForbiddenError, NotFoundError
from tracker.exchange import tables
from tracker.models import db
from tracker.models.eligibility import Eligibility
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.audit import queries as audit_queries
from tracker.services.check_ins import answers as answering
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.people import accounts, logins
from tracker.services.unit_of_work import unit_of_work


def rows(choice, by):
    text = b"".join(export_stream.stream(choice, by=by)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def ben(app, cast):
    return patients.a_patient(cast.anna, "B-17", notes="=1+1")


@pytest.mark.both_databases
def test_every_table_exports_every_column_it_declares(cast, ben):
    patients.a_series(cast.anna, ben)
    for kind, table in tables.TABLES.items():
        text = b"".join(export_stream.stream(ExportChoice(kind), by=cast.anna)).decode()
        assert tuple(text.splitlines()[0].split(",")) == table.headings


@pytest.mark.both_databases
def test_sessions_come_in_the_order_of_patients_series_and_numbers(cast, ben):
    other = patients.a_patient(cast.anna, "A-02")
    for patient_id in (ben, other):
        patients.a_series(cast.anna, patient_id, sessions=3)
    found = [
        (r["record_number"], r["session_number"]) for r in rows(ExportChoice("sessions"), cast.anna)
    ]
    assert found == sorted(found)
    assert len(found) == 6


@pytest.mark.both_databases
def test_rows_are_read_in_pieces_without_losing_or_doubling_one(cast, ben, monkeypatch):
    monkeypatch.setattr(export_stream, "PATIENTS_AT_ONCE", 2)
    others = [patients.a_patient(cast.anna, number) for number in ("A-02", "B-18", "C", "b-17")]
    for patient_id in (ben, *others):
        patients.a_series(cast.anna, patient_id, sessions=3)
    ids = [r["session_id"] for r in rows(ExportChoice("sessions"), cast.anna)]
    assert len(ids) == len(set(ids)) == 15


def test_another_clinic_exports_nothing_of_ours(cast, ben):
    patients.a_series(cast.anna, ben)
    assert rows(ExportChoice("patients"), cast.cleo) == []
    assert rows(ExportChoice("sessions"), cast.cleo) == []
    with pytest.raises(NotFoundError):
        list(export_stream.stream(ExportChoice("sessions", "B-17"), by=cast.cleo))


def test_an_administrator_may_not_export(cast, ben):
    with pytest.raises((ForbiddenError, NotFoundError)):
        export_stream.stream(ExportChoice("sessions"), by=cast.adam)


@pytest.mark.both_databases
def test_one_patient_and_days_limit_the_rows(cast, ben):
    patients.a_series(cast.anna, ben, sessions=3)
    patients.a_series(cast.anna, patients.a_patient(cast.anna, "A-02"), sessions=3)
    only = rows(ExportChoice("sessions", "B-17"), cast.anna)
    assert {r["record_number"] for r in only} == {"B-17"}
    days = sorted(r["planned_on"] for r in only)
    middle = date.fromisoformat(days[1])
    between = rows(ExportChoice("sessions", "B-17", first=middle, last=middle), cast.anna)
    assert [r["planned_on"] for r in between] == [days[1]]


def test_a_text_that_a_spreadsheet_would_run_is_guarded_unless_exact_is_asked_for(cast, ben):
    assert rows(ExportChoice("patients"), cast.anna)[0]["notes"] == "'=1+1"
    assert rows(ExportChoice("patients", safe=False), cast.anna)[0]["notes"] == "=1+1"


def test_missing_values_are_empty_cells(cast, ben):
    patients.a_series(cast.anna, ben, sessions=1)
    row = rows(ExportChoice("sessions"), cast.anna)[0]
    for name in ("dose_mg", "mood_before_0_to_10", "pain_after_0_to_10", "started_at"):
        assert row[name] == ""


@pytest.mark.both_databases
def test_an_export_is_audited_with_its_number_of_rows(cast, ben):
    rows(ExportChoice("patients", "B-17"), cast.anna)
    line = next(
        line for line in audit_queries.read(by=cast.console).lines if line.action == "exported"
    )
    assert (line.actor, line.record_number) == ("Anna Clinician", "B-17")
    assert line.detail == "1 rows"


@pytest.mark.both_databases
def test_a_patients_own_copy_has_no_working_notes(cast, ben):
    series_id = patients.a_series(cast.anna, ben, sessions=1)
    row = db.session.query(TreatmentSession).filter_by(series_id=series_id).one()
    row.private_notes, row.patient_notes = "SENTINEL private", "rest today"
    row.comment = "SENTINEL comment"
    db.session.commit()
    account = accounts.enrol(
        name="Ben", email="ben@example.org", roles=[Role.PATIENT], password=PASSWORD,
        patient_id=ben, by=cast.console,
    )  # fmt: skip
    packed = b"".join(export_stream.own_archive(by=logins.actor_of(account)))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    assert set(texts) == {
        "README.txt",
        "my-record.html",
        *(f"{kind}.csv" for kind in (*tables.EXPORTED, *tables.OWN)),
    }
    assert "rest today" in texts["sessions.csv"]
    for text in texts.values():
        assert "SENTINEL" not in text
        assert "private_notes" not in text


@pytest.mark.both_databases
def test_a_patients_own_copy_has_what_they_declined_and_what_was_decided(cast, ben):
    account = accounts.enrol(
        name="Ben", email="ben@example.org", roles=[Role.PATIENT], password=PASSWORD,
        patient_id=ben, by=cast.console,
    )  # fmt: skip
    by = logins.actor_of(account)
    answering.decline(ask(cast.anna, ben), "", DeclineReason("not-now", "Next week"), by=by)
    with unit_of_work(cast.anna) as unit:
        db.session.add(
            Eligibility(
                clinic_id=cast.clinic_id, patient_id=ben, drug="ketamine", content={},
                assessed_on=date(2026, 3, 2), decision="not-yet", reason="Blood pressure first",
                decided_at=unit.now, decided_by="Anna", made_at=unit.now, made_by="Anna",
            )
        )  # fmt: skip
        unit.audit("test.assessed")
    packed = b"".join(export_stream.own_archive(by=by))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    assert "phq9" in texts["declined-forms.csv"]
    assert "This is not a good time. Next week" in texts["declined-forms.csv"]
    assert "2026-03-02,ketamine,not-yet,Blood pressure first," in texts["eligibility.csv"]
    assert "everything" not in texts["README.txt"]
    assert "notes that staff write for themselves" in " ".join(texts["README.txt"].split())
