"""Pictures made of rows say what the sums say."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.builders.outcomes import cohort
from tracker.domain.codes import Route
from tracker.domain.outcomes.selection import ALL, Selection
from tracker.domain.problems import NotFoundError
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import pictures as outcome_pictures
from tracker.services.outcomes import queries as outcome_queries

NASAL = Selection(route=Route.NASAL)


@pytest.fixture
def anna(cast):
    cohort.fill(cast.clinic_id, 120)
    outcome_commands.count_anew(by=cast.anna)
    return cast.anna


def prepare(name, anna, chosen=ALL):
    return outcome_pictures.prepare(name, "phq9", chosen, by=anna)


@pytest.mark.both_databases
@pytest.mark.parametrize("chosen", [ALL, Selection(route=Route.IM)], ids=["all", "im"])
def test_rows_and_sums_agree(anna, chosen):
    figures = outcome_queries.report("phq9", chosen, by=anna, with_places=True).figures
    lines = prepare("courses", anna, chosen).lines
    assert lines.n == figures.flow.entered
    for week in lines.weeks:
        mean = next(one for one in figures.by_week if one.place == week.week)
        assert (week.n, week.mean or mean.mean) == (mean.n, pytest.approx(mean.mean, abs=1e-9))
    changes = prepare("waterfall", anna, chosen)
    pair = figures.entered_pair
    assert changes.n == pair.n
    total = sum(run.change * run.n for run in changes.runs)
    assert total / changes.n == pytest.approx(pair.change, abs=1e-9)
    routes = prepare("routes", anna, chosen)
    assert sum(one.lines.n for one in routes.panels) == figures.flow.entered
    steps = prepare("flow", anna, chosen).steps
    assert [one.count for one in steps][:3] == [
        figures.flow.treated, figures.flow.with_baseline, figures.flow.entered,
    ]  # fmt: skip


@pytest.mark.both_databases
def test_what_sessions_say_is_counted_by_the_clinics_day_and_by_their_number(anna):
    assert prepare("dissociation", anna).missing
    assert prepare("before-after", anna).missing
    told = {
        "dissociation_onset_minute": 5, "dissociation_end_minute": 45,
        "mood_before": 3, "mood_after": 6,
    }  # fmt: skip
    db.session.execute(update(TreatmentSession).values(told))
    db.session.commit()
    minutes = prepare("dissociation", anna)
    assert {dot.minutes for dot in minutes.dots} == {40}
    pair = outcome_queries.report("phq9", by=anna).figures.entered_pair
    assert sum(dot.n for dot in minutes.dots) == pair.n
    assert [one.n for one in minutes.groups] == [pair.n]
    mood = prepare("before-after", anna).panels[0]
    assert {(one.before, one.after) for one in mood.pairs} == {(3, 6)}
    counts = [one.n for one in mood.pairs]
    assert counts == sorted(counts, reverse=True)
    assert mood.pairs[0].number == 1


@pytest.mark.both_databases
def test_the_calendar_holds_the_last_year_alone(anna):
    told = prepare("calendar", anna)
    today = outcome_queries.report("phq9", by=anna).today
    assert told.last == today
    assert told.first == today - timedelta(days=today.weekday(), weeks=52)
    assert all(told.first <= day <= today for day in told.counts)


def test_nothing_picked_out_is_said_in_words(anna):
    for name in ("flow", "courses", "waterfall", "routes", "rates", "kept"):
        assert prepare(name, anna, NASAL).missing, name


def test_a_picture_that_is_none_is_not_found(anna):
    with pytest.raises(NotFoundError):
        prepare("everybody", anna)
