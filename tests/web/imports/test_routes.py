import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.builders import courses, patients
from tests.people import ADAM, ANNA, BEN, CLEO
from tracker.domain.scores.draft import AssessmentDraft
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.audit import AuditEvent
from tracker.models.patients import Patient
from tracker.models.staging import StagedFile
from tracker.services import clock
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import plan as import_plan
from tracker.services.scores import commands as score_commands
from tracker.web.imports.routes import FILE_BYTES_MAX

ESKETAMINE = Path(__file__).resolve().parents[2] / "data" / "esketamine-adolescents" / "Dataset.csv"
FORMS = Path(__file__).resolve().parents[2] / "data"
FHIR = FORMS / "fhir-phq9" / "questionnaireresponse-sdc-phq9.json"
CDISC = FORMS / "cdisc-qs-gad7" / "example_qs.csv"
PATIENTS = (
    "record_number,given_name,family_name,birth_date,sex,email,phone,indications,notes,archived_on"
    "\n"
)
ONE = PATIENTS + "B-17,Ben,Quillfeather,1980-03-02,male,,,depression,,\n"
BROKEN = PATIENTS + "B-17,Ben,Quillfeather,2999-03-02,male,,,depression,,\n"
ANSWERS = (
    ('0 = ""\n1 = ""', '0 = "male"\n1 = "female"'),
    ("[[scores]]", "[anchor]\nat = 2020-01-01T09:00:00\n\n[[scores]]"),
    ('column = "MADRS_Post"',
     'column = "MADRS_Post"\noccasion = "hours-after"\nhours_after = 24'),
    ("create_unknown = false", "create_unknown = true"),
)  # fmt: skip


@pytest.fixture
def anna(browse):
    return browse(ANNA)


def upload(browser, content, *, expect=303, name="Ben Quillfeather.csv"):
    content = content.encode() if isinstance(content, str) else content
    browser.open("/imports/")
    browser.send("/imports/", {"file": (io.BytesIO(content), name)}, expect=expect)
    return browser.open("/imports/staged") if expect == 303 else browser.page


def send(browser, action, mapping="", *, key=None, expect=303, **fields):
    """Press a button of the preview that is open."""
    key = browser.page.value("once") if key is None else key
    sent = {"once": key, "action": action, "mapping": mapping, **fields}
    return browser.send("/imports/staged", sent, expect=expect)


def kept_mapping():
    db.session.expire_all()
    return db.session.scalar(select(StagedFile.mapping))


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def answered(text):
    for before, after in ANSWERS:
        assert before in text
        text = text.replace(before, after, 1)
    return text


def test_our_own_table_is_recognised_looked_at_and_imported(anna):
    page = upload(anna, ONE)
    assert "our own table of patients" in page.text
    assert "1 row read: 1 to store, 0 there already, 0 with problems." in page.text
    assert not any(field.get("name") == "mapping" for field in page.fields)
    assert count(Patient) == 0
    send(anna, "apply")
    assert "Stored 1 patient" in anna.follow().text
    assert count(Patient) == 1
    assert count(StagedFile) == 0


def test_another_table_is_guessed_answered_previewed_and_imported(anna, cast):
    page = upload(anna, ESKETAMINE.read_bytes())
    for key in ("patient.sex_values", "anchor.at", "scores[2].hours_after"):
        assert key in page.text
    assert "Import all of it" not in page.text
    send(anna, "check", answered(kept_mapping()).replace("\n", "\r\n"))
    page = anna.follow()
    assert "To be answered first" not in page.text
    assert "New patients 10" in page.text
    assert "Columns not used: column 1, Age" in page.text
    send(anna, "apply", kept_mapping())
    assert "10 patients, 20 scores" in anna.follow().text
    text = b"".join(export_stream.stream(ExportChoice("scores"), by=cast.anna)).decode()
    assert len(list(csv.DictReader(io.StringIO(text)))) == 20


def test_sessions_with_days_alone_are_asked_for_their_time(anna):
    page = upload(anna, "patient,infusion date,route,drug,dose mg\nR-1,2025-01-06,iv,ketamine,35\n")
    assert "sessions[1].start_time : The file gives days without a time." in page.text
    assert "Import all of it" not in page.text
    told = kept_mapping().replace('start_time = ""', 'start_time = "09:00"')
    send(anna, "check", told.replace("create_unknown = false", "create_unknown = true"))
    assert "1 row read: 1 to store" in anna.follow().text


@pytest.mark.parametrize(("box", "raised"), [({"raise_alerts": "y"}, 1), ({}, 0)])
def test_the_alerts_of_recent_scores_are_offered(anna, cast, box, raised):
    day = clock.now().date().isoformat()
    mapping = (
        '[patient]\nrecord_number = "id"\ncreate_unknown = true\n\n[[scores]]\n'
        'instrument = "c-ssrs-screener"\ndate_column = "seen"\ncolumn = "level"\n'
    )
    upload(anna, f"id,seen,level\nB-17,{day},3\n")
    send(anna, "check", mapping)
    page = anna.open("/imports/staged")
    assert "Raise the alerts that the scores of the last 30 days call for" in page.text
    assert "C-SSRS screener 3, high" in page.text
    send(anna, "apply", kept_mapping(), **box)
    assert count(Alert) == raised


def test_one_form_in_fhir_is_asked_whose_it_is_and_imported(anna, cast):
    courses.treat(cast.anna, record_number="B-17", sessions=0, scores=0)
    page = upload(anna, FHIR.read_bytes(), name="response.json")
    assert "one completed form in FHIR" in page.text
    assert "Patient/proband" in page.text
    said = '\n[patient]\nrecord_number_is = "B-17"\n'
    mapping = kept_mapping().replace("\n[patient]\n", said)
    send(anna, "check", mapping)
    page = anna.open("/imports/staged")
    assert "states a total of 13; its answers come to 10" in page.text
    send(anna, "apply", kept_mapping())
    stored = db.session.scalars(select(Assessment)).one()
    assert (stored.total, stored.stated_total) == (10, 13)


def test_rows_that_are_left_out_are_counted_and_said(anna):
    upload(anna, CDISC.read_bytes())
    mapping = kept_mapping().replace("create_unknown = false", "create_unknown = true")
    send(anna, "check", mapping)
    page = anna.open("/imports/staged")
    assert "129 left out, as said below" in page.text
    assert "GDS0207" in page.text


def test_what_keeps_a_mapping_from_being_used_is_named_by_key_and_nothing_typed_is_lost(anna):
    upload(anna, ESKETAMINE.read_bytes())
    typed = answered(kept_mapping()).replace('column = "MADRS_Post"', 'column = "MADRS_Late"')
    page = send(anna, "check", typed, expect=422)
    assert "scores[2].column: The file has no column 'MADRS_Late'." in page.text
    assert "MADRS_Late" in anna.open("/imports/staged").text
    assert kept_mapping() == typed
    page = send(anna, "check", "this is [ not TOML", expect=422)
    assert "This is not TOML" in page.text
    assert "this is [ not TOML" in page.text


def test_a_character_that_nobody_types_is_said_beside_the_mapping_and_nothing_is_lost(anna):
    upload(anna, ESKETAMINE.read_bytes())
    page = send(anna, "check", "table = 'pa\x07tients'", expect=422)
    assert "cannot be stored" in page.text
    assert "table = 'pa" in page.text


def test_our_own_table_with_an_unclear_date_asks(anna):
    page = upload(anna, ONE.replace("1980-03-02", "3/4/1980"))
    assert "our own table of patients" in page.text
    assert "file.date_order" in page.text
    assert any(field.get("name") == "mapping" for field in page.fields)


def test_an_emptied_mapping_brings_the_proposal_back(anna):
    upload(anna, ESKETAMINE.read_bytes())
    proposal = kept_mapping()
    send(anna, "check", "nonsense = 1", expect=422)
    send(anna, "check", "", expect=422)
    assert kept_mapping() == proposal


def test_a_mapping_that_was_changed_is_looked_at_before_anything_is_imported(anna):
    upload(anna, ESKETAMINE.read_bytes())
    send(anna, "apply", answered(kept_mapping()))
    page = anna.follow()
    assert "nothing is imported yet" in page.text
    assert "New patients 10" in page.text
    assert count(Patient) == 0


def test_problems_are_listed_by_row_and_column_and_nothing_can_be_imported(anna):
    page = upload(anna, BROKEN)
    assert "2 birth_date Give a birth date from 1900 to today. 2999-03-02" in page.text
    assert "Import all of it" not in page.text
    send(anna, "apply")
    assert "Nothing was imported" in anna.follow().text
    assert count(Patient) == 0


def test_of_many_problems_a_hundred_are_shown_and_all_are_counted(anna):
    rows = "".join(f"B-{n},Ben,Patient,2999-03-02,male,,,,,\n" for n in range(150))
    page = upload(anna, PATIENTS + rows)
    assert "The first 100 of 150 are shown." in page.text
    assert page.text.count("Give a birth date") == 100


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04...", "save it as 'CSV UTF-8'"),
        (b"record_number,notes\n", "no rows under them"),
    ],
)
def test_what_is_no_table_is_said_beside_the_field(anna, content, words):
    page = upload(anna, content, expect=422)
    assert words in page.text
    assert count(StagedFile) == 0


def test_no_file_chosen_is_said_beside_the_field(anna):
    anna.open("/imports/")
    assert "Choose a file first." in anna.send("/imports/", {}, expect=422).text


def test_a_file_that_is_too_large_is_told_the_limit(anna):
    anna.open("/imports/")
    answer = anna.client.post(
        "/imports/",
        data=bytes(FILE_BYTES_MAX + 1),
        content_type="multipart/form-data; boundary=part",
    )
    assert answer.status_code == 413
    assert "larger than 8 MB" in answer.text


def test_a_file_that_breaks_off_says_where(anna):
    rows = "".join(f"B-{n},Ben,Patient,,male,,,,,\n" for n in range(1100))
    page = upload(anna, PATIENTS + rows + 'B-9999,"Ben,,,,,,,,\n')
    assert "The file cannot be read" in page.text
    assert "line 1102" in page.text


def test_a_second_click_imports_nothing_twice_and_shows_what_the_first_made(anna):
    upload(anna, ONE)
    key = anna.page.value("once")
    send(anna, "apply", key=key)
    send(anna, "apply", key=key)
    assert "Stored 1 patient" in anna.follow().text
    assert count(Patient) == 1


def test_a_page_of_an_earlier_file_does_not_import_a_later_one(anna):
    upload(anna, ONE)
    key = anna.page.value("once")
    upload(anna, ONE.replace("B-17", "B-18"))
    for action in ("apply", "check"):
        send(anna, action, key=key)
        assert "does not wait here any more" in anna.follow().text
    send(anna, "discard", key=key)
    send(anna, "discard", key="")
    assert (count(StagedFile), count(Patient)) == (1, 0)


def test_a_file_is_thrown_away(anna):
    upload(anna, ONE)
    send(anna, "discard")
    assert "thrown away" in anna.follow().text
    assert count(StagedFile) == 0


def test_a_file_that_waits_is_offered_again(anna):
    upload(anna, ONE)
    assert "A file of yours is waiting" in anna.open("/imports/").text


def test_records_that_changed_meanwhile_are_not_overrun(anna, cast, monkeypatch):
    from tracker.services.imports import run as import_run

    def outdated(*_args, **_options):
        raise import_plan.OutdatedPlanError

    upload(anna, ONE)
    monkeypatch.setattr(import_run, "apply", outdated)
    send(anna, "apply")
    assert "records changed meanwhile" in anna.follow().text
    assert count(StagedFile) == 1


def test_what_is_there_already_offers_no_import(anna):
    upload(anna, ONE)
    send(anna, "apply")
    page = upload(anna, ONE)
    assert "Everything in this file is there already." in page.text
    assert "Import all of it" not in page.text


def test_a_staged_file_is_its_uploaders_alone(anna, browse, cast):
    upload(anna, ONE)
    key = anna.page.value("once")
    cleo = browse(CLEO)
    cleo.open("/imports/")
    assert "waiting" not in cleo.page.text
    cleo.open("/imports/staged", expect=303)
    for action in ("apply", "discard", "check"):
        cleo.open("/imports/")
        send(cleo, action, key=key)
    assert (count(StagedFile), count(Patient)) == (1, 0)


@pytest.mark.parametrize("who", [ADAM, BEN])
def test_a_patient_and_an_administrator_may_not_import(browse, cast, who):
    courses.account(cast.console, courses.treat(cast.console, record_number="B-1"))
    browser = browse(who)
    for path in ("/imports/", "/imports/staged", "/imports/done"):
        browser.open(path, expect=403)
    for path in ("/imports/", "/imports/staged"):
        browser.open("/account/")
        browser.send(path, {"action": "apply"}, expect=403)
    assert "/imports/" not in browser.open("/account/").links


def test_nothing_of_a_file_reaches_the_audit_trail_or_an_address(anna):
    upload(anna, ESKETAMINE.read_bytes())
    send(anna, "check", answered(kept_mapping()))
    assert anna.response.headers["Location"] == "/imports/staged"
    anna.follow()
    send(anna, "apply", kept_mapping())
    lines = db.session.scalars(
        select(AuditEvent.detail).where(AuditEvent.action == "imported")
    ).all()
    assert lines.count("2 scores") + lines.count("1 patient, 2 scores") == 10
    assert not [line for line in lines if "MADRS" in line or "Quillfeather" in line]


def test_looking_changes_nothing(anna):
    upload(anna, ESKETAMINE.read_bytes())
    before = kept_mapping(), count(AuditEvent), count(Assessment)
    anna.open("/imports/staged")
    anna.open("/imports/")
    mapping, lines, scores = before  # the look itself leaves its line
    assert (kept_mapping(), count(AuditEvent), count(Assessment)) == (mapping, lines + 1, scores)


def test_nothing_imported_yet_leads_to_the_upload(anna):
    anna.open("/imports/done", expect=303)
    assert anna.response.headers["Location"] == "/imports/"


def test_a_score_of_a_day_that_has_one_is_asked_about_on_the_page(anna, cast):
    made = patients.a_patient(cast.anna, "SC-1")
    at = datetime(2026, 1, 20, 14, 10, tzinfo=UTC)  # 09:10 in New York
    draft = AssessmentDraft(instrument="phq9", total=Decimal(27), taken_at=at)
    score_commands.record(made, draft, by=cast.anna)
    upload(anna, "MRN,Date,PHQ-9 total\nSC-1,2026-01-20,3\n")
    page = anna.page
    assert "PHQ-9 of 20 Jan 2026 is there already: 27 at 09:10." in page.text
    assert page.inspect() == []
    send(anna, "apply", kept_mapping())
    assert "Nothing was imported." in anna.follow().text
    assert len(score_commands.of_patient(made, by=cast.anna)) == 1
    send(anna, "apply", kept_mapping(), same_day="both")
    assert {told.total for told in score_commands.of_patient(made, by=cast.anna)} == {3, 27}


def test_it_may_be_left_out_on_the_page(anna, cast):
    made = patients.a_patient(cast.anna, "SC-1")
    at = datetime(2026, 1, 20, 14, 10, tzinfo=UTC)
    draft = AssessmentDraft(instrument="phq9", total=Decimal(27), taken_at=at)
    score_commands.record(made, draft, by=cast.anna)
    upload(anna, "MRN,Date,PHQ-9 total\nSC-1,2026-01-20,3\nSC-1,2026-01-27,4\n")
    send(anna, "apply", kept_mapping(), same_day="leave-out")
    assert {told.total for told in score_commands.of_patient(made, by=cast.anna)} == {4, 27}
