import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from tracker.domain.problems import InvalidError, NotFoundError
from tracker.exchange.csv.encodings import UnreadableFileError
from tracker.exchange.mapping.model import MappingError
from tracker.models import db
from tracker.models.patients import Patient
from tracker.models.staging import StagedFile
from tracker.services import clock
from tracker.services.imports import run as import_run
from tracker.services.imports import staging
from tracker.services.imports.plan import OutdatedPlanError
from tracker.services.unit_of_work import AlreadySavedError

pytestmark = pytest.mark.both_databases

ESKETAMINE = Path(__file__).resolve().parents[2] / "data" / "esketamine-adolescents" / "Dataset.csv"
HEADINGS = (
    b"record_number,given_name,family_name,birth_date,sex,email,phone,indications,notes,archived_on"
)
ONE = HEADINGS + b"\nB-17,Zo\xc3\xab,Patient,1980-03-02,female,,,depression,,\n"
BROKEN = HEADINGS + b"\nB-17,Ben,Patient,2999-03-02,male,,,depression,,\n"
UNCLEAR = HEADINGS + b"\nB-17,Ben,Patient,3/4/1980,male,,,depression,,\n"


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def staged(content, by):
    staging.keep(content, by=by)
    return staging.preview(by=by)


def test_our_own_table_needs_no_mapping(cast):
    preview = staged(ONE, cast.anna)
    assert (preview.table, preview.mapping, preview.encoding) == ("patients", "", "utf-8")
    assert preview.plan.counts["patients"] == 1
    assert preview.size_bytes == len(ONE)


def test_our_own_table_with_an_unclear_date_asks(cast):
    preview = staged(UNCLEAR, cast.anna)
    assert preview.table == "patients"
    assert [q.field for q in preview.questions] == ["file.date_order"]
    assert 'table = "patients"' in preview.mapping
    change = preview.mapping.replace("decimal_comma", 'date_order = "dmy"\ndecimal_comma')
    staging.change(preview.key, change, by=cast.anna)
    assert staging.preview(by=cast.anna).plan.counts["patients"] == 1


def test_another_table_gets_a_proposal_and_its_questions(cast):
    preview = staged(ESKETAMINE.read_bytes(), cast.anna)
    assert preview.plan is None
    assert [q.field for q in preview.questions] == [
        "patient.sex_values", "anchor.at", "scores[2].hours_after",
    ]  # fmt: skip
    assert "# 'Id' looks like the record number." in preview.mapping


def test_a_mapping_that_cannot_be_used_is_kept_all_the_same(cast):
    preview = staged(ESKETAMINE.read_bytes(), cast.anna)
    with pytest.raises(MappingError):
        staging.change(preview.key, "nonsense = 'Zoë'", by=cast.anna)
    assert staging.preview(by=cast.anna).mapping == "nonsense = 'Zoë'"
    assert [q.field for q in staging.preview(by=cast.anna).questions][:1] == ["nonsense"]


def test_a_mapping_that_names_a_wrong_encoding_says_so_in_the_preview(cast):
    preview = staged(ESKETAMINE.read_bytes(), cast.anna)
    staging.change(preview.key, preview.mapping.replace("cp1252", "utf-8"), by=cast.anna)
    assert "not in utf-8" in staging.preview(by=cast.anna).unreadable


def test_importing_drops_the_file_and_says_what_was_stored(cast):
    preview = staged(ONE, cast.anna)
    made = staging.apply(preview.key, by=cast.anna)
    assert count(Patient) == 1
    assert staging.waiting_since(by=cast.anna) is None
    finished = staging.last(by=cast.anna)
    assert (finished.subject, finished.stored) == (f"import:{made}", "1 patient")


def test_a_second_click_gets_what_the_first_made(cast):
    preview = staged(ONE, cast.anna)
    made = staging.apply(preview.key, by=cast.anna)
    with pytest.raises(AlreadySavedError) as error:
        staging.apply(preview.key, by=cast.anna)
    assert error.value.result_id == made
    assert count(Patient) == 1


def test_a_second_click_of_the_same_instant_gets_it_too(cast, monkeypatch):
    preview = staged(ONE, cast.anna)
    plan, clicks = import_run.plan, []

    def plan_while_another_imports(data, **words):
        planned = plan(data, **words)
        if not clicks:
            clicks.append("first")
            clicks.append(staging.apply(preview.key, by=cast.anna))
        return planned

    monkeypatch.setattr(import_run, "plan", plan_while_another_imports)
    with pytest.raises(AlreadySavedError) as error:
        staging.apply(preview.key, by=cast.anna)
    assert error.value.result_id == clicks[1]
    assert count(Patient) == 1


def test_a_file_with_problems_stays_and_stores_nothing(cast):
    preview = staged(BROKEN, cast.anna)
    assert [(p.row, p.column) for p in preview.plan.problems] == [(2, "birth_date")]
    with pytest.raises(InvalidError):
        staging.apply(preview.key, by=cast.anna)
    assert (count(Patient), count(StagedFile)) == (0, 1)


def test_records_that_changed_meanwhile_leave_the_file_waiting(cast, monkeypatch):
    def outdated(*_args, **_options):
        raise OutdatedPlanError

    preview = staged(ONE, cast.anna)
    monkeypatch.setattr(import_run, "apply", outdated)
    with pytest.raises(OutdatedPlanError):
        staging.apply(preview.key, by=cast.anna)
    assert staging.waiting_since(by=cast.anna) is not None


def test_a_later_file_takes_the_place_of_an_earlier_one(cast):
    first = staged(ONE, cast.anna)
    assert staged(BROKEN, cast.anna).key != first.key
    assert count(StagedFile) == 1
    with pytest.raises(NotFoundError):
        staging.apply(first.key, by=cast.anna)


def test_two_windows_upload_at_once_and_neither_fails(app, cast):
    together = threading.Barrier(2)

    def upload(content):
        with app.app_context():
            together.wait()
            staging.keep(content, by=cast.anna)

    with ThreadPoolExecutor(2) as windows:
        for upload_done in [windows.submit(upload, content) for content in (ONE, BROKEN)]:
            upload_done.result()
    assert count(StagedFile) == 1


def test_what_is_no_table_takes_no_place(cast):
    staging.keep(ONE, by=cast.anna)
    with pytest.raises(UnreadableFileError):
        staging.keep(b"PK\x03\x04", by=cast.anna)
    assert staging.preview(by=cast.anna).table == "patients"


def test_a_file_left_behind_for_a_day_goes_with_the_next_upload(cast):
    staging.keep(ONE, by=cast.anna)
    with time_machine.travel(clock.now() + timedelta(hours=23)) as traveller:
        staging.keep(ONE, by=cast.cleo)
        assert count(StagedFile) == 2
        traveller.shift(timedelta(hours=2))
        staging.keep(ONE, by=cast.cleo)
    assert staging.waiting_since(by=cast.anna) is None
    assert count(StagedFile) == 1


def test_a_staged_file_is_its_uploaders_alone(cast):
    preview = staged(ONE, cast.anna)
    assert staging.waiting_since(by=cast.cleo) is None
    for deed in (
        lambda: staging.preview(by=cast.cleo),
        lambda: staging.change(preview.key, "x = 1", by=cast.cleo),
        lambda: staging.apply(preview.key, by=cast.cleo),
        lambda: staging.last(by=cast.cleo),
    ):
        with pytest.raises(NotFoundError):
            deed()
    staging.discard(preview.key, by=cast.cleo)
    assert staging.preview(by=cast.anna).key == preview.key


def test_who_may_not_import_stages_nothing(cast):
    for by in (cast.adam, cast.console):  # the command line has its own way in
        with pytest.raises(NotFoundError):
            staging.keep(ONE, by=by)
    assert count(StagedFile) == 0


def test_a_file_is_thrown_away(cast):
    preview = staged(ONE, cast.anna)
    staging.discard(preview.key, by=cast.anna)
    with pytest.raises(NotFoundError):
        staging.preview(by=cast.anna)
