"""An import is taken back whole, and the clinic stands as if the file had never come."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.builders import courses
from tests.services.imports.test_run import EXACT, empty_the_clinic, export
from tests.services.imports.undo import content
from tracker.domain.problems import InvalidError, NotFoundError
from tracker.exchange import tables
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.audit import AuditEvent
from tracker.models.imports import FileImport, SetAsideRows
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.services import clock
from tracker.services.audit import clinical_rows
from tracker.services.imports.undo import commands, queries
from tracker.services.unit_of_work import AlreadySavedError, unit_of_work


@pytest.fixture
def course(cast):
    return courses.treat(cast.anna)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.mark.both_databases
def test_a_file_of_many_kinds_is_undone_and_nothing_is_left_of_it(cast, course):
    before = content.everything(cast.anna)
    made = content.bring_in(content.FILE, cast.anna)
    assert made.counts == {"patients": 2, "series": 3, "sessions": 4, "scores": 4}
    assert content.everything(cast.anna) != before
    commands.undo(made.id, "The wrong file", by=cast.anna)
    assert content.everything(cast.anna) == before
    assert clinical_rows.verify().faults == ()


def test_the_same_file_comes_in_again_once(cast, course):
    first = content.bring_in(content.FILE, cast.anna)
    stored = content.exports(cast.anna)
    commands.undo(first.id, "The wrong file", by=cast.anna)
    second = content.bring_in(content.FILE, cast.anna)
    assert second.counts == first.counts
    third = content.bring_in(content.FILE, cast.anna)
    assert (third.rows_stored, third.rows_duplicate) == (0, 4)
    assert content.exports(cast.anna).keys() == stored.keys()
    commands.undo(third.id, "It brought nothing", by=cast.anna)
    commands.undo(second.id, "Again", by=cast.anna)
    assert count(Patient) == 1


@pytest.mark.both_databases
def test_our_own_tables_are_undone_last_first_and_come_in_byte_for_byte(cast, course):
    files = {kind: export(kind, cast.anna) for kind in tables.TABLES}
    whole = content.everything(cast.anna)
    empty_the_clinic()
    states, made = [], []
    for kind, data in files.items():
        states.append(content.everything(cast.anna))
        made.append(content.bring_in(data, cast.anna, EXACT.format(kind=kind)).id)
    with pytest.raises(commands.TouchedError) as error:
        commands.undo(made[0], "Not the last", by=cast.anna)
    assert {one.of_import for one in error.value.touched} == {*made[1:]}
    for state, import_id in reversed([*zip(states, made, strict=True)]):
        commands.undo(import_id, "All of it", by=cast.anna)
        assert content.everything(cast.anna) == state
    for kind, data in files.items():
        content.bring_in(data, cast.anna, EXACT.format(kind=kind))
    exported = {name: one for name, one in whole.items() if name.startswith("export")}
    assert {
        f"export of {kind}": one for kind, one in content.exports(cast.anna).items()
    } == exported


@pytest.mark.both_databases
def test_a_series_that_was_planned_waits_again(cast, course):
    with unit_of_work(cast.anna) as unit:
        db.session.get(Series, course.series_id).state = "planned"
        unit.audit("test.written")
    before = content.everything(cast.anna)
    row = f"{content.HEAD}B-1,Patient,,03/04/2026 11:00,40,80,02/04/2026,9\n"
    made = content.bring_in(row, cast.anna)
    assert db.session.get(Series, course.series_id).state == "active"
    commands.undo(made.id, "Another patient's", by=cast.anna)
    assert content.everything(cast.anna) == before


@pytest.mark.both_databases
def test_alerts_that_it_raised_go_and_the_older_ones_say_what_they_said(cast, course):
    day = clock.now() - timedelta(days=3)
    text = f"id,date,phq9\nB-1,{day:%d/%m/%Y},26\n"
    mapping = content.MAPPING[: content.MAPPING.index("columns")] + (
        '[[scores]]\ncolumn = "phq9"\ninstrument = "phq9"\ndate_column = "date"\n'
    )
    before = content.everything(cast.anna)
    made = content.bring_in(text, cast.anna, mapping, raise_alerts=True)
    assert made.alerts_raised > 0
    commands.undo(made.id, "The wrong column", by=cast.anna)
    assert count(Alert) == 0
    assert content.everything(cast.anna) == before


def test_what_was_set_aside_is_kept_whole_with_the_reason_and_sealed(cast, course):
    made = content.bring_in(content.FILE, cast.anna)
    sessions = content.database()["treatment_session"]
    commands.undo(made.id, " The wrong file\n", by=cast.anna)
    line = queries.find_line(made.id, by=cast.anna)
    assert (line.undone_by, line.undone_reason) == ("Anna Clinician", "The wrong file")
    kept = [*queries.read_set_aside(made.id, by=cast.anna)]
    assert len(kept) == 2 + 3 + 4 + 4
    numbers = [row["record_number"] for name, row in kept if name == "patient"]
    assert sorted(numbers) == ["N-1", "N-2"]
    doses = [row["dose_mg"] for name, row in kept if name == "treatment_session"]
    assert sorted(doses) == [35, 35, 40, 40]
    assert len(sessions) == 6
    for change in ("UPDATE set_aside_rows SET row_count = 0", "DELETE FROM set_aside_rows"):
        with pytest.raises(Exception, match="only ever appended"):
            db.session.execute(db.text(change))
        db.session.rollback()
    assert count(SetAsideRows) == 4


def test_it_leaves_a_line_for_the_file_and_one_for_each_patient(cast, course):
    made = content.bring_in(content.FILE, cast.anna)
    commands.undo(made.id, "The wrong file", by=cast.anna)
    lines = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "import.undone")).all()
    assert {line.subject for line in lines} == {f"import:{made.id}"}
    assert sorted(line.detail for line in lines if line.patient_id) == [
        "1 patient, 1 series, 1 session, 1 score",
        "1 patient, 1 series, 2 sessions, 2 scores",
        "1 series, 1 session, 1 score",
    ]
    assert "The wrong file" not in "".join(line.detail for line in lines)


@pytest.mark.parametrize("reason", ["", " \n", "x" * 1001])
def test_it_needs_a_reason(cast, course, reason):
    made = content.bring_in(content.FILE, cast.anna)
    with pytest.raises(InvalidError) as error:
        commands.undo(made.id, reason, by=cast.anna)
    assert [one.field for one in error.value.problems] == ["reason"]


def test_only_those_who_may_import_undo_and_only_what_is_theirs(cast, course):
    made = content.bring_in(content.FILE, cast.anna)
    for ask in (
        lambda: commands.undo(made.id, "Mine", by=cast.adam),
        lambda: commands.undo(made.id, "Mine", by=cast.cleo),
        lambda: queries.find(made.id, by=cast.cleo),
        lambda: queries.find_line(made.id, by=cast.cleo),
        lambda: queries.read_set_aside(made.id, by=cast.cleo),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert queries.listing(by=cast.cleo) == ()


def test_the_list_tells_what_was_read_and_what_became_of_it(cast, course):
    made = content.bring_in(content.FILE, cast.anna)
    content.bring_in(content.FILE, cast.anna)
    again, first = queries.listing(by=cast.anna)
    assert first.id == made.id
    counted = (first.rows_read, first.rows_stored, first.rows_refused, first.rows_duplicate)
    assert counted == (4, 4, 0, 0)
    assert (again.rows_read, again.rows_stored, again.rows_duplicate) == (4, 0, 4)
    assert (first.by, first.undone_at) == ("Anna Clinician", None)


def test_a_second_click_and_a_second_person_undo_nothing_more(cast, course):
    made = content.bring_in(content.FILE, cast.anna)
    commands.undo(made.id, "The wrong file", by=cast.anna, once="key")
    with pytest.raises(AlreadySavedError) as error:
        commands.undo(made.id, "The wrong file", by=cast.anna, once="key")
    assert error.value.result_id == made.id
    with pytest.raises(InvalidError):
        commands.undo(made.id, "Me too", by=cast.anna, once="other")
    assert count(SetAsideRows) == 4


@pytest.mark.both_databases
def test_two_undos_at_once_make_one(app, cast, course):
    made = content.bring_in(content.FILE, cast.anna)
    db.session.remove()
    ready = threading.Barrier(2)

    def undo(number):
        with app.app_context():
            ready.wait()
            try:
                return commands.undo(made.id, f"By {number}", by=cast.anna, once=f"key {number}")
            except InvalidError:
                return None
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        done = [*pool.map(undo, range(2))]
    assert sorted(done, key=str) == sorted([made.id, None], key=str)
    assert (count(SetAsideRows), count(Patient)) == (4, 1)
    lines = select(func.count()).where(
        AuditEvent.action == "import.undone", AuditEvent.patient_id.is_(None)
    )
    assert db.session.scalar(lines) == 1


def test_what_the_trail_does_not_know_is_not_undone(cast, course):
    made = content.bring_in(content.FILE, cast.anna)
    row = db.session.get(FileImport, made.id)
    copy = FileImport(
        clinic_id=row.clinic_id, kind="mapped", imported_at=row.imported_at, imported_by="x",
        rows_read=1, rows_stored=1, rows_refused=0, rows_duplicate=0, rows_left_out=0,
        counts={"patients": 1}, activated=[],
    )  # fmt: skip
    db.session.add(copy)
    db.session.commit()
    before = content.everything(cast.anna)
    assert queries.find(copy.id, by=cast.anna).problems
    with pytest.raises(InvalidError):
        commands.undo(copy.id, "It is not there", by=cast.anna)
    assert content.everything(cast.anna) == before
