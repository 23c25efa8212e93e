"""What is planned is the plan: the dose of a session is its own, else that of its series."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from msgspec.structs import replace

from tests.builders.patients import HELD, START, a_series, planned
from tracker.domain.codes import Drug, Indication, Phase, Route
from tracker.domain.series.plan import SeriesChange
from tracker.domain.series.planned_dose import PlannedDose
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import today
from tracker.services.checklists import pre_session
from tracker.services.live import commands as live_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.sessions import commands as session_commands
from tracker.web.live import chair as chair_page

SPRAY = {"drug": "esketamine", "route": "nasal", "planned_dose_mg_per_kg": None}
GIVEN = replace(HELD, drug=Drug.ESKETAMINE, route=Route.NASAL, dose_mg=Decimal(56))


@pytest.fixture
def titrated(anna, patient):
    """Four sessions of a series planned at 84 mg, the first of them at 56 mg, and that one held."""
    series = a_series(anna, patient, sessions=4, planned_dose_mg=Decimal(84), **SPRAY)
    first = planned(series)[0]
    give_own_dose(first, Decimal(56))
    session_commands.record(GIVEN, series_id=series, session_id=first, by=anna)
    return series


def give_own_dose(session_id, mg):
    db.session.get_one(TreatmentSession, session_id).planned_dose_mg = mg
    db.session.commit()


@pytest.mark.both_databases
def test_the_dose_is_the_planned_one_and_the_last_is_only_shown(anna, titrated):
    page = session_commands.prepare_page(None, planned(titrated)[1], by=anna)
    assert page.draft.dose_mg == 84
    assert page.planned == PlannedDose(mg=Decimal(84))
    assert (page.last_time.dose_mg, page.last_time.started_at) == (56, START)


@pytest.mark.both_databases
def test_no_dose_comes_from_another_series(anna, patient, titrated):
    other = a_series(anna, patient, number=2, sessions=1, **SPRAY)
    page = session_commands.prepare_page(None, planned(other)[0], by=anna)
    assert (page.draft.dose_mg, page.last_time) == (None, None)
    assert page.last.dose_mg == 56  # weights are compared with the last session of any series
    assert page.draft.weight_kg == GIVEN.weight_kg


def test_a_series_without_a_plan_proposes_no_dose(anna, patient):
    series = a_series(anna, patient, planned_dose_mg_per_kg=None)
    session_commands.record(HELD, series_id=series, session_id=planned(series)[0], by=anna)
    page = session_commands.prepare_page(None, planned(series)[1], by=anna)
    assert page.draft.dose_mg is None
    assert page.last_time.dose_mg == HELD.dose_mg


@pytest.mark.both_databases
def test_an_edited_plan_reaches_every_session_still_to_come(anna, titrated):
    change = SeriesChange(
        indication=Indication.DEPRESSION, drug=Drug.ESKETAMINE, route=Route.NASAL,
        phase=Phase.INDUCTION, planned_dose_mg=Decimal(28),
    )  # fmt: skip
    series_commands.change(titrated, change, version=2, by=anna)
    to_come = planned(titrated)[1:]
    for session_id in to_come:
        assert session_commands.prefill(titrated, session_id, by=anna).dose_mg == 28
        begun = pre_session.prepare_page(session_id, by=anna).pre_session
        assert (begun.dose_mg, begun.dose_mg_per_kg) == (28, None)
        view = live_commands.view(session_id, by=anna)
        assert chair_page._planned_mg(view) == 28
    found = series_queries.find(titrated, by=anna)
    told = {found.planned_dose(line).mg for line in found.to_come}
    assert told == {28}
    with time_machine.travel(START + timedelta(days=3), tick=False):
        shown = [one for one in today.show(by=anna).sessions if one.line.session_id in to_come]
    assert {one.planned.mg for one in shown} == {28}


def test_by_weight_the_dose_follows_the_weight_of_the_day(anna, patient):
    series = a_series(anna, patient, planned_dose_mg_per_kg=Decimal("0.125"))
    one = planned(series)[0]
    view = live_commands.view(one, by=anna)
    assert chair_page._planned_mg(view) is None
    assert chair_page._planned_words(view, None) == "0.125 mg/kg planned"
    db.session.get_one(TreatmentSession, one).weight_kg = Decimal(80)
    db.session.commit()
    view = live_commands.view(one, by=anna)
    assert chair_page._planned_mg(view) == 10
    assert chair_page._planned_words(view, Decimal(10)) == "10 mg planned (0.125 mg/kg)"
