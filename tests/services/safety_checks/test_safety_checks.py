import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.builders import courses
from tests.builders.patients import a_patient, a_series
from tests.stopping import stopped_at
from tracker.domain.problems import InvalidError, NotFoundError
from tracker.domain.safety_checks.draft import SafetyCheckDraft
from tracker.domain.safety_checks.kinds import CheckKind
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.clinics import Clinic
from tracker.models.patients import Patient
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import page as patient_page
from tracker.services.safety_checks import commands as check_commands
from tracker.services.safety_checks import queries as check_queries
from tracker.services.unit_of_work import AlreadySavedError

NOW = courses.FIRST + timedelta(days=30)
LIVER = SafetyCheckDraft(
    kind=CheckKind.LIVER, checked_on=date(2026, 3, 1), value="ALT 24 U/L", note="Thistledown note"
)
clock = stopped_at(NOW)


@pytest.fixture
def treated(cast):
    return courses.treat(cast.console, sessions=2, scores=0)


def kinds(found):
    return [one.rule.kind for one in found]


@pytest.mark.both_databases
def test_a_result_comes_back_and_what_it_answers_is_due_no_more(anna, treated):
    before = check_queries.due_of(treated.patient_id, by=anna)
    assert kinds(before) == [
        CheckKind.LIVER, CheckKind.URINARY, CheckKind.COGNITION, CheckKind.CRAVING,
    ]  # fmt: skip
    assert all(one.due_on == date(2026, 3, 2) and one.is_late for one in before)
    made = check_commands.record(treated.patient_id, LIVER, by=anna)
    told = check_queries.of_patient(treated.patient_id, by=anna)
    [result] = told.results
    assert (result.id, result.kind, result.checked_on) == (made, LIVER.kind, LIVER.checked_on)
    assert (result.value, result.note, result.recorded_by) == (LIVER.value, LIVER.note, anna.name)
    assert CheckKind.LIVER not in kinds(told.due)


@pytest.mark.both_databases
def test_what_was_given_in_twelve_months_is_added_up(anna, treated, cast, clock):
    [given] = check_queries.of_patient(treated.patient_id, by=anna).exposures
    assert (given.sessions, given.mg, given.unknown) == (2, Decimal(70), 0)
    clock.move_to(NOW + timedelta(days=360))
    assert check_queries.of_patient(treated.patient_id, by=anna).exposures == ()


@pytest.mark.both_databases
def test_a_voided_result_stays_with_its_reason_and_counts_no_more(anna, treated):
    made = check_commands.record(treated.patient_id, LIVER, by=anna)
    with pytest.raises(InvalidError):
        check_commands.void(made, " ", by=anna)
    assert check_commands.void(made, "Somebody else's.", by=anna) == treated.patient_id
    told = check_queries.of_patient(treated.patient_id, by=anna)
    [result] = told.results
    assert (result.voided_by, result.voided_reason) == (anna.name, "Somebody else's.")
    assert CheckKind.LIVER in kinds(told.due)
    with pytest.raises(InvalidError, match=r"it stands: Somebody else's\."):
        check_commands.void(made, "Again.", by=anna)
    check_commands.void(made, "Somebody else's.", by=anna)  # a second click
    assert check_queries.find(made, by=anna)[0].voided_reason == "Somebody else's."


@pytest.mark.both_databases
def test_the_list_has_who_is_due_and_leaves_out_who_is_archived_or_not_in_treatment(
    anna, cast, treated
):
    a_patient(anna, "N-1")
    soon = a_patient(anna, "P-1")
    a_series(anna, soon, starts_on=date(2026, 4, 10))
    found, count = check_queries.due_list(by=anna)
    assert count == 2
    assert [one.patient_id for one in found] == [treated.patient_id, soon]
    assert found[1].due[0].due_on == date(2026, 4, 10)
    patient_commands.archive(soon, "Moved away.", by=anna)
    assert [one.patient_id for one in check_queries.due_list(by=anna)[0]] == [treated.patient_id]


def test_the_clinics_own_months_are_used(anna, treated):
    check_commands.record(treated.patient_id, LIVER, by=anna)
    clinic = db.session.get_one(Clinic, anna.clinic_id)
    clinic.settings = {**clinic.settings, "liver_months": 1}
    db.session.commit()
    due = {one.rule.kind: one for one in check_queries.due_of(treated.patient_id, by=anna)}
    assert due[CheckKind.LIVER].due_on == date(2026, 4, 1)


def test_what_cannot_be_is_refused_and_a_second_click_saves_nothing(anna, treated):
    with pytest.raises(InvalidError):
        check_commands.record(
            treated.patient_id, SafetyCheckDraft(kind=None, checked_on=None), by=anna
        )
    check_commands.record(treated.patient_id, LIVER, by=anna, once="one-click")
    with pytest.raises(AlreadySavedError):
        check_commands.record(treated.patient_id, LIVER, by=anna, once="one-click")
    assert len(check_queries.of_patient(treated.patient_id, by=anna).results) == 1


def test_nobody_of_another_clinic_knows_of_it(cast, anna, treated):
    made = check_commands.record(treated.patient_id, LIVER, by=anna)
    for ask in (
        lambda: check_queries.of_patient(treated.patient_id, by=cast.cleo),
        lambda: check_commands.record(treated.patient_id, LIVER, by=cast.cleo),
        lambda: check_commands.void(made, "Not mine.", by=cast.cleo),
        lambda: check_queries.find(made, by=cast.cleo),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert check_queries.due_list(by=cast.cleo) == ([], 0)


def test_the_trail_names_the_kind_and_nothing_of_the_result(anna, treated):
    made = check_commands.record(treated.patient_id, LIVER, by=anna)
    check_commands.void(made, "Thistledown reason", by=anna)
    trail = db.session.scalars(
        db.select(AuditEvent).where(AuditEvent.action.startswith("safety-check."))
    ).all()
    assert [(one.action, one.detail) for one in trail] == [
        ("safety-check.recorded", "liver"), ("safety-check.voided", ""),
    ]  # fmt: skip
    assert all("Thistledown" not in str(vars(one)) for one in trail)


@pytest.mark.both_databases
def test_results_that_stand_are_exported(anna, treated):
    kept = check_commands.record(treated.patient_id, LIVER, by=anna)
    struck = check_commands.record(treated.patient_id, LIVER, by=anna)
    check_commands.void(struck, "Twice.", by=anna)
    data = b"".join(export_stream.stream(ExportChoice("safety-checks"), by=anna))
    [row] = csv.DictReader(io.StringIO(data.decode(), newline=""))
    number = db.session.get_one(Patient, treated.patient_id).record_number
    assert (row["record_number"], row["check_id"], row["kind"]) == (number, str(kept), "liver")
    assert (row["checked_on"], row["value"], row["note"]) == (
        "2026-03-01", "ALT 24 U/L", "Thistledown note",
    )  # fmt: skip
    assert datetime.fromisoformat(row["recorded_at"]) == NOW


def test_patients_take_their_results_away_without_the_working_notes(cast, treated):
    check_commands.record(treated.patient_id, LIVER, by=cast.anna)
    ben = courses.account(cast.console, treated)
    packed = b"".join(export_stream.own_archive(by=ben))
    assert b"safety-checks.csv" in packed
    table = next(one for one in export_stream._own_tables() if one.name == "safety-checks")
    assert "note" not in {column.name for column in table.columns}


@pytest.mark.both_databases
def test_the_page_of_a_patient_has_due_what_the_page_of_checks_has(anna, treated):
    """One reads the last day of each kind by a query of its own, the other with the patient."""
    days = {CheckKind.LIVER: (1, 9, 4), CheckKind.URINARY: (20,), CheckKind.EXPOSURE: (2, 3)}
    for kind, offsets in days.items():
        for offset in offsets:
            day = NOW.date() - timedelta(days=300 + offset)
            draft = SafetyCheckDraft(kind=kind, checked_on=day, value="fine")
            made = check_commands.record(treated.patient_id, draft, by=anna)
            shown = patient_page.show(treated.patient_id, by=anna)
            assert tuple(shown.safety_due) == check_queries.due_of(treated.patient_id, by=anna)
        check_commands.void(made, "Somebody else's.", by=anna)
        shown = patient_page.show(treated.patient_id, by=anna)
        assert tuple(shown.safety_due) == check_queries.due_of(treated.patient_id, by=anna)
    assert {one.last_on for one in shown.safety_due} > {None}
