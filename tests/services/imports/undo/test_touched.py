"""What people have done with what a file brought stays: then nothing of the import is undone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from tests.builders import alerts, courses, merges, patients
from tests.builders.courses import Treated
from tests.services.imports.undo import content
from tracker.domain.codes import SeriesState
from tracker.domain.health_lists.draft import HealthItemKind
from tracker.domain.scores.draft import AssessmentDraft
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn
from tracker.models.drafts import Draft
from tracker.models.patients import Patient
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.alerts import commands as alert_commands
from tracker.services.imports.undo import commands, hanging, queries
from tracker.services.merges import commands as merge_commands
from tracker.services.merges.commands import MergeDraft
from tracker.services.patients import commands as patient_commands
from tracker.services.scores import commands as score_commands
from tracker.services.series import commands as series_commands
from tracker.services.sessions import amendments, voiding
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import rows as session_rows

NUMBER = "N-1"


def id_of(model, number=NUMBER):
    own = Patient.id if model is Patient else model.patient_id
    query = (
        select(model.id).join(Patient, Patient.id == own)
        if model is not Patient
        else select(Patient.id)
    )
    return db.session.scalar(
        query.where(Patient.record_number == number).order_by(model.id).limit(1)
    )


def amend(by, cast):
    session_id = id_of(TreatmentSession)
    draft = session_rows.draft_of(session_rows.record_of(session_id))
    changed = replace(draft, private_notes="Slept well")
    amendments.amend(session_id, changed, reason="Forgotten", version=1, by=by)


def void_session(by, cast):
    voiding.void(id_of(TreatmentSession), "Twice", version=1, by=by)


def void_score(by, cast):
    score_commands.void(id_of(Assessment), "Twice", by=by)


def score_more(by, cast):
    taken = AssessmentDraft(instrument="madrs", total=Decimal(7), taken_at=courses.FIRST)
    score_commands.record(id_of(Patient), taken, by=by)


def hold_another(by, cast):
    held = replace(patients.HELD, started_at=courses.FIRST, comment="Right")
    session_commands.record(held, series_id=id_of(Series), by=by)


def stop_series(by, cast):
    series_commands.set_state(id_of(Series), SeriesState.STOPPED, "Moved", version=1, by=by)


def archive(by, cast):
    patient_commands.archive(id_of(Patient), "Moved", by=by)


def merge(by, cast):
    draft = MergeDraft(
        kept_id=id_of(Patient), merged_id=id_of(Patient, "B-1"), reason="One", is_sure=True
    )
    merge_commands.merge(draft, by=by)


def merge_away(by, cast):
    draft = MergeDraft(
        kept_id=id_of(Patient, "B-1"), merged_id=id_of(Patient), reason="One", is_sure=True
    )
    merge_commands.merge(draft, by=by)


def type_on(by, cast):
    typed = Draft(
        user_id=by.user_id, form="page:/x", patient_id=id_of(Patient), content={},
        kept_at=courses.FIRST,
    )  # fmt: skip
    db.session.add(typed)
    db.session.commit()


def something_of_each(by, cast):
    treated = Treated(id_of(Patient), id_of(Series), (id_of(TreatmentSession),))
    merges._something_of_each(cast, treated, HealthItemKind.ALLERGY)


DONE = {
    amend: "amended", void_session: "struck out", void_score: "voided",
    score_more: "a score was recorded", hold_another: "a session was recorded",
    stop_series: "the series was changed", archive: "archived", merge: "merged",
    merge_away: "merged", something_of_each: "an allergy or medicine was added",
}  # fmt: skip


@pytest.fixture
def made(cast):
    courses.treat(cast.anna)
    return content.bring_in(content.FILE, cast.anna).id


@pytest.mark.parametrize("do", DONE, ids=lambda do: do.__name__)
def test_what_was_touched_is_named_and_nothing_is_undone(cast, made, do):
    do(cast.anna, cast)
    before = content.database()
    with pytest.raises(commands.TouchedError) as error:
        commands.undo(made, "The wrong file", by=cast.anna)
    said = [one.words for one in error.value.touched]
    assert any(DONE[do] in words for words in said), said
    assert {one.record_number for one in error.value.touched} <= {NUMBER, "B-1"}
    assert content.database() == before
    view = queries.find(made, by=cast.anna)
    assert view.touched == error.value.touched
    assert not view.can_be_undone


def test_something_of_each_kind_is_told_in_its_own_words(cast, made):
    something_of_each(cast.anna, cast)
    with pytest.raises(commands.TouchedError) as error:
        commands.undo(made, "The wrong file", by=cast.anna)
    said = {one.words for one in error.value.touched}
    assert "something was recorded" not in said
    assert len(said) >= 8


def test_an_alert_that_somebody_acknowledged_stays(cast):
    treated = courses.treat(cast.anna)
    day = alerts.clock.now() - timedelta(days=3)
    made = content.bring_in(
        f"id,date,phq9\nB-1,{day:%d/%m/%Y},26\n",
        cast.anna,
        '[file]\ndate_order = "dmy"\n[patient]\nrecord_number = "id"\n'
        '[[scores]]\ncolumn = "phq9"\ninstrument = "phq9"\ndate_column = "date"\n',
        raise_alerts=True,
    )
    alert_id = db.session.scalar(select(Alert.id).where(Alert.patient_id == treated.patient_id))
    alert_commands.acknowledge(alert_id, "Called", by=cast.anna)
    with pytest.raises(commands.TouchedError) as error:
        commands.undo(made.id, "The wrong column", by=cast.anna)
    assert all("acknowledged" in one.words for one in error.value.touched)


@pytest.mark.both_databases
def test_check_ins_that_followed_by_themselves_are_laid_out_anew(cast):
    treated = courses.treat(cast.anna)
    row = f"{content.HEAD}B-1,Patient,,20/03/2026 11:00,40,80,19/03/2026,9\n"
    made = content.bring_in(row, cast.anna)
    session_id = db.session.scalar(
        select(TreatmentSession.id).where(TreatmentSession.id.not_in(treated.session_ids))
    )
    patients_own = CheckIn(
        clinic_id=cast.clinic_id, patient_id=treated.patient_id, series_id=treated.series_id,
        session_id=session_id, line="after:3", occasion="follow-up", instruments=["phq9"],
        opens_at=courses.FIRST, due_at=courses.FIRST, closes_at=courses.FIRST,
        made_at=courses.FIRST, made_by="Anna",
    )  # fmt: skip
    db.session.add(patients_own)
    db.session.commit()
    commands.undo(made.id, "Not theirs", by=cast.anna)
    assert db.session.get(TreatmentSession, session_id) is None
    asked = db.session.scalars(select(CheckIn.session_id)).all()
    assert session_id not in asked


def test_every_table_that_refers_to_what_a_file_makes_has_words(cast):
    tables = {table.name for table, _, _ in hanging.references()} - hanging.GO_ALONG
    told = {*commands.touched._HANGS, *commands.touched._CHANGED, "reading"}
    # Versions are written with a change of what they are of, and that is told.
    assert tables - told == {"patient_version", "series_version", "session_version"}
