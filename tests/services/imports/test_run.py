"""What is exported comes back as it was, and nothing is attached to the wrong record."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.builders import courses, patients
from tests.builders.clinics import settle
from tracker.domain.clinic.dose_slips import DoseAnswer
from tracker.domain.codes import SessionState
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.exchange import tables
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.audit import AuditEvent
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.audit import queries as audit_queries
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import fast_path
from tracker.services.imports import plan as import_plan
from tracker.services.imports import run as import_run
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import suggestions
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.unit_of_work import unit_of_work

KINDS = tuple(tables.TABLES)
EXACT = 'table = "{kind}"\n[file]\nformula_guard = false\n'


def export(kind, by, *, safe=True):
    return b"".join(export_stream.stream(ExportChoice(kind, safe=safe), by=by))


def bring_in(data, by, mapping=""):
    planned = import_run.plan(data, mapping=mapping, by=by)
    assert planned.problems == ()
    assert planned.rows_read == planned.rows_stored + planned.rows_duplicate
    return import_run.apply(planned, by=by)


def problems(data, by, mapping=""):
    planned = import_run.plan(data, mapping=mapping, by=by)
    assert planned.rows_read == (
        planned.rows_stored + planned.rows_duplicate + planned.rows_refused
    )
    with pytest.raises(InvalidError):
        import_run.apply(planned, by=by)
    return [(problem.row, problem.column) for problem in planned.problems]


# Empty of this course, or the trail, which is true of it for ever.
ONLY_APPENDED = {
    "audit_event",
    "audit_event_patient",
    "session_entry",
    "stock_entry",
    "referral_letter",
}


def empty_the_clinic():
    """Take the clinic's records out, so that the same ids can come in again."""
    let_versions_go()
    for table in reversed(Patient.metadata.sorted_tables):
        about = {"patient_id", "session_id", "series_id"}.intersection(table.c.keys())
        if about and table.name not in ONLY_APPENDED:
            db.session.execute(db.delete(table))
    db.session.execute(db.delete(Patient))
    db.session.commit()


def let_versions_go():
    """Let earlier versions be removed, as whoever owns the database can."""
    for name in ("patient_version", "series_version", "session_version", "worksheet_version"):
        away = {"sqlite": f"DROP TRIGGER IF EXISTS {name}_no_delete",
                "postgresql": f"ALTER TABLE {name} DISABLE TRIGGER {name}_append_only"}  # fmt: skip
        db.session.execute(db.text(away[db.engine.dialect.name]))


def edited(data, **cells):
    """Write other cells into the first row."""
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    rows[0] |= cells
    written = io.StringIO(newline="")
    lines = csv.DictWriter(written, list(rows[0]), lineterminator="\r\n")
    lines.writeheader()
    lines.writerows(rows)
    return written.getvalue().encode()


@pytest.fixture
def course(cast):
    """A patient with all that a clinic keeps: amended, cancelled, missed, planned, archived."""
    treated = courses.treat(cast.anna, sessions=3, scores=3)
    with unit_of_work(cast.anna) as unit:
        courses.add_score(
            cast.anna, treated, total=7, at=datetime(2026, 3, 9, 16, tzinfo=UTC), time_known=False,
            note='=1+1, "quoted"\r\nand a second line',
        )  # fmt: skip
        courses.add_score(
            cast.anna, treated, total=8, at=courses.FIRST + timedelta(hours=4),
            occasion="hours-after", hours_after=Decimal(4), session_id=treated.session_ids[0],
        )  # fmt: skip
        unit.audit("test.scored")
    courses.answer_forms(cast.anna, treated.patient_id)
    draft = session_commands.find(treated.session_ids[0], by=cast.anna).draft
    amendments.amend(
        treated.session_ids[0],
        type(draft)(
            **{name: getattr(draft, name) for name in type(draft).__struct_fields__}
            | {"private_notes": " 'Zoë\t=2", "before": patients.HELD.before, "dose_notes": "'=1"}
        ),
        reason="corrected", version=1, by=cast.anna,
    )  # fmt: skip
    courses.plan_sessions(cast.anna, treated, patients.STARTS_ON)
    other = patients.a_patient(cast.anna, "A-02", notes="'=x", birth_date=date(1980, 3, 2))
    waiting = patients.planned(patients.a_series(cast.anna, other, sessions=3))
    life_steps.cancel_or_miss(waiting[0], SessionState.CANCELLED, "unwell", by=cast.anna)
    life_steps.cancel_or_miss(waiting[1], SessionState.CANCELLED, "@home", by=cast.anna)
    patient_commands.archive(other, "moved", by=cast.anna)
    return treated


@pytest.mark.both_databases
@pytest.mark.parametrize("safe", [True, False], ids=["safe", "exact"])
def test_an_export_comes_back_and_goes_out_again_byte_for_byte(cast, course, safe):
    files = {kind: export(kind, cast.anna, safe=safe) for kind in KINDS}
    empty_the_clinic()
    for kind, data in files.items():
        result = bring_in(data, cast.anna, "" if safe else EXACT.format(kind=kind))
        assert result.counts[kind] == result.rows_stored > 0
    assert {kind: export(kind, cast.anna, safe=safe) for kind in KINDS} == files


def _id(record_number):
    return db.session.scalar(db.select(Patient.id).filter_by(record_number=record_number))


@pytest.mark.both_databases
def test_a_second_import_of_the_same_files_adds_nothing(cast, course):
    for kind in KINDS:
        planned = import_run.plan(export(kind, cast.anna), by=cast.anna)
        assert planned.problems == ()
        assert planned.rows_duplicate == planned.rows_read > 0
        assert set(import_run.apply(planned, by=cast.anna).counts.values()) == {0}


@pytest.mark.parametrize(
    ("kind", "cells", "column"),
    [
        ("scores", {"answers": "phq9_1=1"}, "score_id"),
        ("patients", {"birth_date": "1981-03-02"}, "birth_date"),
        ("patients", {"notes": "other"}, "record_number"),
        ("series", {"route": "im"}, "series_number"),
        ("sessions", {"dose_mg": "36", "dose_mg_per_kg": ""}, "session_id"),
        ("scores", {"total": "1"}, "score_id"),
    ],
)
def test_the_same_record_with_other_content_is_refused(cast, course, kind, cells, column):
    assert problems(edited(export(kind, cast.anna), **cells), cast.anna) == [(2, column)]


def test_an_id_of_another_clinic_is_refused_without_a_word_about_it(cast, course):
    data = {kind: export(kind, cast.anna) for kind in KINDS}
    for kind in ("patients", "series"):
        bring_in(data[kind], cast.cleo)
    for kind in ("sessions", "scores"):
        planned = import_run.plan(data[kind], by=cast.cleo)
        assert planned.rows_refused == planned.rows_read
        assert all("belongs to another record" in p.message for p in planned.problems)
    assert export("sessions", cast.cleo).count(b"\r\n") == 1


def test_an_id_of_another_patient_is_refused(cast, course):
    patients.a_series(cast.anna, patients.a_patient(cast.anna, "C-1"))
    data = edited(export("sessions", cast.anna), record_number="C-1")
    assert problems(data, cast.anna) == [(2, "session_id")]


@pytest.mark.parametrize("kind", ["series", "sessions", "scores"])
def test_what_belongs_to_a_patient_says_to_import_the_patients_first(cast, course, kind):
    data = export(kind, cast.anna)
    empty_the_clinic()
    planned = import_run.plan(data, by=cast.anna)
    assert planned.rows_refused == planned.rows_read
    assert {problem.column for problem in planned.problems} >= {"record_number"}
    assert all("tracker import patients.csv" in p.message for p in planned.problems
               if p.column == "record_number")  # fmt: skip


def test_a_session_without_its_series_says_what_to_import_first(cast, course):
    data = {kind: export(kind, cast.anna) for kind in KINDS}
    empty_the_clinic()
    bring_in(data["patients"], cast.anna)
    planned = import_run.plan(data["sessions"], by=cast.anna)
    assert {p.column for p in planned.problems} == {"series_number"}
    assert "tracker import series.csv" in planned.problems[0].message


def test_one_bad_row_keeps_all_of_a_file_out(cast, course):
    data = edited(export("patients", cast.anna), birth_date="2999-01-01")
    empty_the_clinic()
    assert problems(data, cast.anna) == [(2, "birth_date")]
    assert db.session.scalar(db.select(db.func.count()).select_from(Patient)) == 0


def test_every_problem_is_named_by_row_and_column(cast, course):
    data = export("sessions", cast.anna)
    fresh = edited(
        data, session_id="77", session_number="9", mood_before_0_to_10="11", dose_mg="9000",
        weight_kg="", dose_mg_per_kg="", dose_mg_per_kg_per_hour="",
        started_at="2026-03-02T10:00:00-05:00",
        discharged_at="2020-01-01T00:00:00-05:00",
    )  # fmt: skip
    assert sorted(problems(fresh, cast.anna)) == [
        (2, "discharged_at"), (2, "dose_mg"), (2, "mood_before_0_to_10"),
    ]  # fmt: skip


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("kind", "field"),
    [("series", "starts_on"), ("sessions", "started_at"), ("scores", "taken_at")],
)
def test_what_is_dated_before_birth_is_refused(cast, course, kind, field):
    data = {name: export(name, cast.anna) for name in ("patients", "series", "sessions", "scores")}
    empty_the_clinic()
    for name in list(data)[: list(data).index(kind)]:
        bring_in(data[name], cast.anna)
    db.session.execute(db.update(Patient).values(birth_date=date(2026, 11, 1)))
    db.session.commit()
    planned = import_run.plan(data[kind], by=cast.anna)
    said = {one.message for one in planned.problems if one.column.startswith(field)}
    assert any("before the patient was born, on 1 Nov 2026" in message for message in said)


def test_an_unusual_dose_is_asked_about_remarked_on_and_stored(cast, course):
    data = edited(
        export("sessions", cast.anna), session_id="77", session_number="9", state="completed",
        started_at="2026-03-20T10:00:00-04:00", dose_mg="350", weight_kg="70", dose_mg_per_kg="5",
        dose_mg_per_kg_per_hour="",
        comment="", state_reason="",
    )  # fmt: skip
    [asked] = import_run.plan(data, by=cast.anna).asked_doses
    assert (asked.row, asked.column, asked.value) == (2, "dose_mg", "350")
    keep = import_plan.ImportAnswers(doses=DoseAnswer.KEEP)
    planned = import_run.plan(data, answers=keep, by=cast.anna)
    unusual, early = planned.remarks  # told once; the course has somebody who is archived
    assert (unusual.row, unusual.column, unusual.value) == (2, "dose_mg", "350")
    assert unusual.message.endswith("Taken as it stands.")
    assert "archived" in early.message
    assert import_run.apply(planned, by=cast.anna).counts["sessions"] == 1


@pytest.mark.parametrize(("country", "cited"), [("US", "US label"), ("IE", "EU product")])
def test_a_remark_names_the_label_that_applies(cast, course, country, cited):
    settle(cast.clinic_id, country)
    data = edited(
        export("sessions", cast.anna), session_id="77", session_number="9", state="completed",
        started_at="2026-03-20T10:00:00-04:00", drug="esketamine", route="nasal", dose_mg="60",
        weight_kg="", dose_mg_per_kg="", dose_mg_per_kg_per_hour="", comment="", state_reason="",
    )  # fmt: skip
    remark, _ = import_run.plan(data, by=cast.anna).remarks
    assert "60 mg is not a whole number" in remark.message
    assert cited in remark.message


def test_two_sessions_of_one_number_are_refused(cast, course):
    data = edited(export("sessions", cast.anna), session_id="77")
    assert problems(data, cast.anna) == [(2, "session_number")]


def test_a_voided_score_stays_voided(cast, course):
    data = export("scores", cast.anna)
    voided = db.session.scalar(db.select(Assessment.id).filter_by(total=7))
    score_commands.void(voided, "mistaken", by=cast.anna)
    planned = import_run.plan(data, by=cast.anna)
    assert planned.rows_duplicate == planned.rows_read
    assert [remark.column for remark in planned.remarks] == ["score_id"]


@pytest.mark.both_databases
def test_an_import_leaves_a_line_for_the_file_and_one_for_each_patient(cast, course):
    data = {kind: export(kind, cast.anna) for kind in KINDS}
    empty_the_clinic()
    result = bring_in(data["patients"], cast.anna)
    lines = db.session.scalars(
        db.select(AuditEvent).filter_by(action="imported").order_by(AuditEvent.sequence)
    ).all()
    assert [line.detail for line in lines] == [
        "patients file: 2 patients",
        "1 patient",
        "1 patient",
    ]
    assert {line.subject for line in lines} == {f"import:{result.id}"}
    assert {line.patient_id for line in lines} == {None, _id("B-1"), _id("A-02")}
    assert audit_queries.verify().intact


@pytest.mark.both_databases
def test_a_plan_stores_nothing_and_is_refused_once_the_clinic_has_changed(cast, course):
    data = export("patients", cast.anna)
    empty_the_clinic()
    first, second = (import_run.plan(data, by=cast.anna) for _ in range(2))
    assert _id("B-1") is None
    import_run.apply(first, by=cast.anna)
    with pytest.raises(import_plan.OutdatedPlanError):
        import_run.apply(second, by=cast.anna)
    assert db.session.scalar(db.select(db.func.count()).select_from(Patient)) == 2


def test_only_those_who_may_import_do(cast, course):
    data = export("patients", cast.anna)
    for act in (
        lambda: import_run.plan(data, by=cast.adam),
        lambda: import_run.outline(data, by=cast.adam),
    ):
        with pytest.raises((ForbiddenError, NotFoundError)):
            act()
    planned = import_run.plan(data, by=cast.anna)
    for by in (cast.cleo, cast.adam):
        with pytest.raises((ForbiddenError, NotFoundError)):
            import_run.apply(planned, by=by)


@pytest.mark.both_databases
def test_imported_patients_are_found_by_their_names(cast, course):
    data = export("patients", cast.anna)
    empty_the_clinic()
    bring_in(data, cast.anna)
    assert [line.record_number for line in suggestions.suggest("b1", by=cast.anna).lines] == ["B-1"]


@pytest.mark.both_databases
def test_the_fast_way_stores_what_the_slow_one_would(cast):
    patient_id = patients.a_patient(cast.anna)
    series_id = patients.a_series(cast.anna, patient_id, sessions=0)
    at = datetime(2026, 3, 2, 15, 30, 7, 123, tzinfo=UTC)
    values = {
        "patient_id": patient_id, "series_id": series_id, "state": SessionState.COMPLETED,
        "planned_on": at.date(), "started_at": at, "drug": "ketamine", "route": "iv",
        "dose_mg": Decimal("35.25"), "dissociation_resolved": False, "effects": {"time": "mild"},
        "private_notes": "Zoë", "clinic_id": cast.clinic_id, "version": 1,
        "cancelled_by_series": False, "added_by_begin": False, "began_series": False,
    }  # fmt: skip
    whole = dict.fromkeys(
        (column.name for column in TreatmentSession.__table__.columns), None
    ) | {
        column.name: "" for column in TreatmentSession.__table__.columns if not column.nullable
    } | {"side_effects": {}, "cancelled_by_series": False, "added_by_begin": False,
         "began_series": False} | values  # fmt: skip
    slow, fast = whole | {"id": 1, "number": 1}, whole | {"id": 2, "number": 2}
    with unit_of_work(cast.anna) as unit:
        db.session.execute(db.insert(TreatmentSession), [slow])
        fast_path.insert_rows(TreatmentSession, tuple(fast), [tuple(fast.values())], {})
        unit.audit("test")
    rows = db.session.execute(db.text("SELECT * FROM treatment_session ORDER BY number")).mappings()
    one, two = (dict(row) | {"id": 0, "number": 0} for row in rows)
    assert one == two
    assert db.session.scalar(db.select(Series.id)) == series_id
