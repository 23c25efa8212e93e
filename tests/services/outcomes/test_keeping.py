"""Rows and sums of outcomes stay true through whatever is saved, and count what is recorded."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders.courses import FIRST, SECOND, a_second_series, scored, treat
from tests.builders.outcomes import cohort
from tests.stopping import stopped_at
from tracker.domain.codes import Indication
from tracker.domain.outcomes.figures import figures
from tracker.models import db, sealing
from tracker.models.assessments import Assessment
from tracker.models.clinics import Clinic
from tracker.models.outcomes import CourseOutcomeRow
from tracker.services import unit_of_work as units
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import keeping
from tracker.services.outcomes import rows as outcome_rows
from tracker.services.scores import commands as score_commands
from tracker.services.unit_of_work import unit_of_work

NOW = datetime(2028, 8, 1, 12, 0, tzinfo=UTC)
DEPRESSION = (Indication.DEPRESSION, Indication.OTHER, None)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
stopped = stopped_at(NOW)


def counted(clinic_id, code="phq9"):
    """Work out the figures from the sums that are stored."""
    sums = outcome_rows.sums_of(clinic_id, ["", code])
    return figures(sums[""], sums[code], DEPRESSION, NOW.date())


def stays_true(clinic_id):
    db.session.remove()
    return list(keeping.differences(keeping.of_clinic(clinic_id))) == []


@pytest.fixture
def answered(cast):
    """Two sessions, the last three days after the first; 20 before them and 8 two weeks after."""
    treated = treat(cast.anna, scores=0)
    scored(cast.anna, treated, (20, FIRST - HOUR), (8, FIRST + 17 * DAY))
    return treated


@pytest.mark.both_databases
def test_a_course_is_followed_from_its_first_dose_to_its_outcome(cast, answered):
    flow = counted(cast.clinic_id).flow
    assert (flow.treated, flow.with_baseline, flow.entered, flow.observed) == (1, 1, 1, 1)
    assert (flow.response, flow.remission, flow.waiting, flow.missing) == (1, 0, 0, 0)
    found = counted(cast.clinic_id)
    assert (found.entered_pair.n, found.entered_pair.change) == (1, -12)
    assert stays_true(cast.clinic_id)


@pytest.mark.both_databases
def test_a_score_that_is_struck_out_is_taken_away_again(cast, answered):
    last = db.session.scalar(db.select(Assessment.id).where(Assessment.total == 8))
    score_commands.void(last, "Somebody else's", by=cast.anna)
    flow = counted(cast.clinic_id).flow
    assert (flow.entered, flow.observed, flow.missing, flow.response) == (1, 0, 1, 0)
    assert stays_true(cast.clinic_id)


@pytest.mark.both_databases
def test_a_second_course_has_a_row_and_a_baseline_of_its_own(cast, answered):
    a_second_series(cast.anna, answered)
    scored(cast.anna, answered, (16, SECOND - HOUR), (15, SECOND + 20 * DAY))
    found = counted(cast.clinic_id)
    assert (found.flow.treated, found.flow.entered, found.flow.response) == (2, 2, 1)
    rows = db.session.scalars(
        db.select(CourseOutcomeRow.baseline)
        .where(CourseOutcomeRow.instrument == "phq9")
        .order_by(CourseOutcomeRow.course_number)
    )
    assert list(rows) == [20, 16]
    assert stays_true(cast.clinic_id)


def with_other_window(cast, days):
    with unit_of_work(cast.anna) as unit:
        clinic = db.session.get(Clinic, cast.clinic_id)
        named = {"outcomes": {"window_from_days": days, "version": 2}} if days else {}
        clinic.settings = {k: v for k, v in clinic.settings.items() if k != "outcomes"} | named
        unit.audit("clinic.changed")


def test_another_definition_counts_otherwise_and_changes_nothing_else(cast, answered):
    before = db.session.execute(db.select(Assessment.total, Assessment.taken_at)).all()
    with_other_window(cast, 15)
    assert (counted(cast.clinic_id).flow.observed, counted(cast.clinic_id).flow.missing) == (0, 1)
    assert db.session.execute(db.select(Assessment.total, Assessment.taken_at)).all() == before
    assert stays_true(cast.clinic_id)


@pytest.fixture
def large(cast, answered, monkeypatch):
    """A clinic that is counted, and that no save counts anew."""
    monkeypatch.setattr(keeping, "SMALL_CLINIC", 0)
    outcome_commands.count_anew(by=cast.anna)
    assert stays_true(cast.clinic_id)
    return answered


def is_counted(cast):
    return keeping.is_counted(keeping.of_clinic(cast.clinic_id))


@pytest.mark.both_databases
def test_what_is_saved_about_very_many_is_counted_afterwards(cast, large, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "COUNTED_WITH_A_SAVE", 0)
        scored(cast.anna, large, (3, FIRST + 16 * DAY))
    assert not is_counted(cast)
    outcome_commands.count_everywhere()
    assert is_counted(cast)
    assert stays_true(cast.clinic_id)


@pytest.mark.both_databases
def test_a_count_begins_again_where_very_many_come_meanwhile(cast, large, monkeypatch):
    rounds = []

    def come(steps):
        for done in steps:
            rounds.append(done)
            if len(rounds) == 1:
                with monkeypatch.context() as patch:
                    patch.setattr(keeping, "COUNTED_WITH_A_SAVE", 0)
                    scored(cast.anna, large, (3, FIRST + 16 * DAY))
            yield done

    outcome_commands.count_anew(by=cast.anna, progress=come)
    assert len(rounds) == 2
    assert is_counted(cast)
    assert stays_true(cast.clinic_id)


def test_definitions_that_come_back_do_not_bring_sums_of_before(cast, large):
    with_other_window(cast, 15)
    scored(cast.anna, large, (3, FIRST + 16 * DAY))
    with_other_window(cast, None)
    assert not is_counted(cast)
    outcome_commands.count_anew(by=cast.anna)
    assert stays_true(cast.clinic_id)


def test_every_count_is_what_plain_sql_counts_from_the_records(cast):
    cohort.fill(cast.clinic_id, 400, truth=cohort.Truth(measured=0.4))
    outcome_commands.count_anew(by=cast.anna)
    found, plain = counted(cast.clinic_id), cohort.by_windows(cast.clinic_id)
    flow = found.flow
    told = [
        flow.treated, flow.with_baseline, flow.entered, flow.observed, flow.response,
        flow.remission, found.pair.n, found.worse.count,
    ]  # fmt: skip
    names = ("treated", "with_baseline", "entered", "observed", "response", "remission", "pairs",
             "worse")  # fmt: skip
    assert told == [plain[name] for name in names]
    assert found.entered_pair.change == pytest.approx(plain["change"], abs=1e-9)
    assert flow.response > 20
    assert flow.missing > 20
    assert found.worse.count > 0
    assert stays_true(cast.clinic_id)


def test_what_was_changed_behind_the_programs_back_is_found(cast, answered):
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outcome_sum SET n = 7 WHERE part = 'pair'")
    assert list(keeping.differences(keeping.of_clinic(cast.clinic_id))) == ["sums"]
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE course_outcome SET outcome = 9 WHERE outcome = 8")
    found = list(keeping.differences(keeping.of_clinic(cast.clinic_id)))
    assert found == [f"patient:{answered.patient_id}", "sums"]


def test_a_save_counts_by_the_tables_that_outcomes_rest_on():
    assert {*keeping._RESTS_ON, Clinic.__tablename__} == units._IS_COUNTED
    assert sealing.SEALED.keys() >= units._IS_COUNTED
