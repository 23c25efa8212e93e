from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs
from sqlalchemy import func, select, update

from tracker.domain.codes import Drug, Indication, Phase, Route, SeriesState, SessionState
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError, StaleError
from tracker.domain.series.plan import TEMPLATES, SeriesChange, SeriesDraft
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.patients import commands as patient_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.unit_of_work import AlreadySavedError


def draft(**more):
    wanted = {
        "indication": Indication.DEPRESSION,
        "drug": Drug.KETAMINE,
        "route": Route.IV,
        "phase": Phase.INDUCTION,
        "starts_on": date(2026, 3, 2),
        "template": "six-in-three-weeks",
        "planned_dose_mg_per_kg": Decimal("0.5"),
    }
    return SeriesDraft(**wanted | more)


def change(**more):
    wanted = {
        "indication": Indication.DEPRESSION,
        "drug": Drug.KETAMINE,
        "route": Route.IM,
        "phase": Phase.INDUCTION,
    }
    return SeriesChange(**wanted | more)


@pytest.fixture
def zoe(cast):
    return patient_commands.add(PatientDraft(record_number="1", given_name="Zoë"), by=cast.anna)


@pytest.fixture
def planned(cast, zoe):
    return series_commands.plan(zoe, draft(), by=cast.anna)


def hold_first(series_id):
    db.session.execute(
        update(TreatmentSession)
        .where(TreatmentSession.series_id == series_id, TreatmentSession.number == 1)
        .values(
            state="completed", started_at=datetime(2026, 3, 2, 15, tzinfo=UTC), dose_mg=35,
            dose_mg_per_kg=Decimal("0.5"), mood_before=3, mood_after=6,
        )
    )  # fmt: skip
    db.session.execute(update(Series).where(Series.id == series_id).values(state="active"))
    db.session.commit()


def details(action):
    return db.session.scalars(select(AuditEvent.detail).where(AuditEvent.action == action)).all()


@pytest.mark.both_databases
def test_a_plan_lays_its_sessions_out(cast, zoe, planned):
    view = series_queries.find(planned, by=cast.anna)
    assert view.record.number == 1
    assert view.record.state is SeriesState.PLANNED
    assert view.record.planned_dose_mg_per_kg == Decimal("0.5")
    assert [chip.number for chip in view.sessions] == [1, 2, 3, 4, 5, 6]
    assert [chip.planned_on - date(2026, 3, 2) for chip in view.sessions] == [
        timedelta(days=days) for days in (0, 3, 7, 10, 14, 17)
    ]
    assert {chip.state for chip in view.sessions} == {SessionState.PLANNED}
    assert view.to_come == view.sessions
    assert (view.patient_label, view.patient_id) == ("Zoë", zoe)


@pytest.mark.parametrize("code", sorted(set(TEMPLATES) - {"custom"}))
def test_every_template_can_be_planned(cast, zoe, code):
    made = series_commands.plan(zoe, draft(template=code), by=cast.anna)
    assert len(series_queries.find(made, by=cast.anna).sessions) == len(TEMPLATES[code].days)


def test_what_was_left_open_is_taken_from_the_template(cast, zoe):
    open_draft = draft(drug=None, route=None, phase=None, template="esketamine-maintenance")
    record = series_queries.find(
        series_commands.plan(zoe, open_draft, by=cast.anna), by=cast.anna
    ).record
    assert (record.drug, record.route) == (Drug.ESKETAMINE, Route.NASAL)
    assert record.phase is Phase.MAINTENANCE


def test_all_problems_are_telling_moment_once(cast, zoe):
    with pytest.raises(InvalidError) as refused:
        series_commands.plan(zoe, draft(indication=None, route=None, starts_on=None), by=cast.anna)
    assert {problem.field for problem in refused.value.problems} == {
        "indication",
        "route",
        "starts_on",
    }
    assert db.session.scalar(select(func.count()).select_from(Series)) == 0


@pytest.mark.both_databases
def test_series_of_a_patient_are_counted_from_one(cast, zoe, planned):
    second = series_commands.plan(zoe, draft(template="booster", phase=Phase.BOOSTER), by=cast.anna)
    listed = series_queries.of_patient(zoe, by=cast.anna)
    assert [(view.id, view.record.number) for view in listed] == [(second, 2), (planned, 1)]
    assert [len(view.sessions) for view in listed] == [1, 6]


@pytest.mark.both_databases
def test_a_form_sent_twice_makes_one_series(cast, zoe):
    made = series_commands.plan(zoe, draft(), by=cast.anna, once="key")
    with pytest.raises(AlreadySavedError) as again:
        series_commands.plan(zoe, draft(), by=cast.anna, once="key")
    assert again.value.result_id == made
    assert len(series_queries.of_patient(zoe, by=cast.anna)) == 1


def test_nothing_is_planned_for_an_archived_patient(cast, zoe):
    patient_commands.archive(zoe, "Moved away", by=cast.anna)
    with pytest.raises(InvalidError, match="archived"):
        series_commands.plan(zoe, draft(), by=cast.anna)


@pytest.mark.both_databases
def test_a_change_reaches_the_sessions_to_come_and_no_other(cast, planned):
    hold_first(planned)
    wanted = change(planned_dose_mg=Decimal(40))
    series_commands.change(planned, wanted, version=1, by=cast.anna)
    view = series_queries.find(planned, by=cast.anna)
    assert view.record.route is Route.IM
    assert (view.record.planned_dose_mg, view.record.planned_dose_mg_per_kg) == (40, None)
    assert [chip.route for chip in view.sessions] == [Route.IV] + [Route.IM] * 5
    assert details("series.changed") == ["route planned_dose_mg planned_dose_mg_per_kg"]


@pytest.mark.both_databases
def test_what_was_planned_before_is_kept(cast, planned):
    series_commands.change(planned, change(), version=1, by=cast.anna)
    (earlier,) = series_queries.find(planned, by=cast.anna).earlier
    assert (earlier.version, earlier.changed_by) == (1, "Anna Clinician")
    assert earlier.plan == change(route=Route.IV, planned_dose_mg_per_kg=Decimal("0.5"))


@pytest.mark.both_databases
def test_a_second_change_of_the_same_version_is_refused(cast, planned):
    series_commands.change(planned, change(), version=1, by=cast.anna)
    with pytest.raises(StaleError):
        series_commands.change(planned, change(route=Route.SC), version=1, by=cast.anna)
    with pytest.raises(StaleError):
        series_commands.set_state(planned, SeriesState.STOPPED, "x", version=1, by=cast.anna)
    assert series_queries.find(planned, by=cast.anna).record.route is Route.IM


@pytest.mark.both_databases
def test_stopping_needs_a_reason_and_cancels_the_rest(cast, planned):
    hold_first(planned)
    with pytest.raises(InvalidError) as refused:
        series_commands.set_state(planned, SeriesState.STOPPED, " ", version=1, by=cast.anna)
    assert [problem.field for problem in refused.value.problems] == ["reason"]
    series_commands.set_state(planned, SeriesState.STOPPED, "No relief", version=1, by=cast.anna)
    view = series_queries.find(planned, by=cast.anna)
    assert (view.record.state, view.record.state_reason) == (SeriesState.STOPPED, "No relief")
    assert view.completed_count == 1
    assert [chip.state.value for chip in view.sessions] == ["completed"] + ["cancelled"] * 5
    assert view.sessions[1].state_reason == "Series stopped"
    assert details("series.state-set") == ["stopped, 5 sessions cancelled"]


def test_a_refused_state_changes_nothing(cast, planned):
    with pytest.raises(InvalidError, match="can only become active or stopped"):
        series_commands.set_state(planned, SeriesState.COMPLETED, "", version=1, by=cast.anna)
    view = series_queries.find(planned, by=cast.anna)
    assert (view.record.state, view.version, view.earlier) == (SeriesState.PLANNED, 1, ())
    assert len(view.to_come) == 6


@pytest.mark.both_databases
def test_strangers_find_nothing_and_patients_change_nothing(cast, zoe, planned):
    verbs = (
        lambda by: series_queries.find(planned, by=by),
        lambda by: series_commands.plan(zoe, draft(), by=by),
        lambda by: series_commands.change(planned, change(), version=1, by=by),
        lambda by: series_commands.set_state(planned, SeriesState.STOPPED, "x", version=1, by=by),
    )
    ben = structs.replace(cast.anna, roles=frozenset({"patient"}), patient_id=zoe)
    for verb in verbs:
        for stranger in (cast.cleo, cast.adam):
            with pytest.raises(NotFoundError):
                verb(stranger)
        with pytest.raises(ForbiddenError):
            verb(ben)
    assert series_queries.of_patient(zoe, by=cast.cleo) == []
    with pytest.raises(ForbiddenError):
        series_queries.of_patient(zoe, by=ben)
