from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tracker.domain.codes import Drug, Indication, Phase, Route, SeriesState
from tracker.domain.parsing import REASON_MAX
from tracker.domain.series import plan as series_plan
from tracker.domain.series.plan import NEXT_STATES, TEMPLATES, SeriesChange, SeriesDraft

DRAFT = SeriesDraft(
    indication=Indication.DEPRESSION,
    drug=Drug.KETAMINE,
    route=Route.IV,
    phase=Phase.INDUCTION,
    starts_on=date(2026, 3, 2),
    template="six-in-three-weeks",
)
DAYS = {
    "six-in-three-weeks": (0, 3, 7, 10, 14, 17),
    "six-in-two-weeks": (0, 2, 4, 7, 9, 11),
    "esketamine-eight-weeks": (0, 3, 7, 10, 14, 17, 21, 24, 28, 35, 42, 49),
    "esketamine-maintenance": (0, 14, 28, 42, 56, 70),
    "esketamine-acute-suicidality": (0, 3, 7, 10, 14, 17, 21, 24),
    "booster": (0,),
}
# Before the clocks change: New York on 8 March, Berlin on 29 March and 25 October; a leap day.
STARTS = (date(2026, 3, 2), date(2026, 3, 23), date(2026, 10, 19), date(2024, 2, 26))


def fields_of(problems):
    return [problem.field for problem in problems]


@pytest.mark.parametrize("starts_on", STARTS, ids=str)
@pytest.mark.parametrize("code", sorted(DAYS))
def test_a_template_lays_out_the_same_days_when_the_clocks_change(code, starts_on):
    laid_out = series_plan.planned_days(replace(DRAFT, template=code, starts_on=starts_on))
    assert laid_out == tuple(starts_on + timedelta(days=days) for days in DAYS[code])


def test_every_template_is_tested_here_and_names_its_source():
    assert set(DAYS) == set(TEMPLATES) - {"custom"}
    assert all(made.source for made in TEMPLATES.values() if len(made.days) > 1)


def test_a_custom_series_has_as_many_sessions_as_far_apart_as_is_said():
    custom = replace(DRAFT, template="custom", session_count=3, days_apart=5)
    assert series_plan.check(custom) == []
    assert series_plan.planned_days(custom) == (
        date(2026, 3, 2),
        date(2026, 3, 7),
        date(2026, 3, 12),
    )


def test_one_custom_session_needs_no_days_between():
    custom = replace(DRAFT, template="custom", session_count=1)
    assert series_plan.check(custom) == []
    assert series_plan.planned_days(custom) == (date(2026, 3, 2),)


def test_without_a_first_day_nothing_is_laid_out():
    assert series_plan.planned_days(replace(DRAFT, starts_on=None)) == ()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"indication": None}, "indication"),
        ({"drug": None}, "drug"),
        ({"route": None}, "route"),
        ({"phase": None}, "phase"),
        ({"starts_on": None}, "starts_on"),
        ({"starts_on": date(1969, 1, 1)}, "starts_on"),
        ({"starts_on": date(9999, 12, 31)}, "starts_on"),
        ({"template": "weekly"}, "template"),
        ({"planned_dose_mg": Decimal(0)}, "planned_dose_mg"),
        ({"planned_dose_mg": Decimal("NaN")}, "planned_dose_mg"),
        ({"planned_dose_mg_per_kg": Decimal("Infinity")}, "planned_dose_mg_per_kg"),
        ({"planned_dose_mg_per_kg": Decimal("0.12345")}, "planned_dose_mg_per_kg"),
        ({"planned_dose_mg": Decimal(5001)}, "planned_dose_mg"),
        ({"template": "custom", "days_apart": 3}, "session_count"),
        ({"template": "custom", "days_apart": 3, "session_count": 61}, "session_count"),
        ({"template": "custom", "session_count": 2}, "days_apart"),
        ({"template": "custom", "session_count": 2, "days_apart": 0}, "days_apart"),
    ],
)
def test_what_cannot_be_is_a_problem_of_its_field(changed, field):
    assert fields_of(series_plan.check(replace(DRAFT, **changed))) == [field]


def test_a_dose_is_planned_in_one_unit():
    both = {"planned_dose_mg": Decimal(35), "planned_dose_mg_per_kg": Decimal("0.5")}
    assert fields_of(series_plan.check(replace(DRAFT, **both))) == ["planned_dose_mg_per_kg"]


def test_a_template_fills_what_was_left_open_and_overrules_nothing():
    left_open = {"drug": None, "route": None, "phase": None, "template": "esketamine-eight-weeks"}
    filled = series_plan.fill(replace(DRAFT, **left_open))
    assert (filled.drug, filled.route, filled.phase) == (
        Drug.ESKETAMINE, Route.NASAL, Phase.INDUCTION,
    )  # fmt: skip
    assert series_plan.fill(replace(DRAFT, template="esketamine-eight-weeks")).drug is Drug.KETAMINE
    assert series_plan.fill(replace(DRAFT, template="weekly")) == replace(DRAFT, template="weekly")


def test_a_change_is_checked_like_a_plan():
    change = SeriesChange(
        indication=Indication.PTSD, drug=None, route=Route.IM, phase=Phase.BOOSTER,
        planned_dose_mg=Decimal(-1),
    )  # fmt: skip
    assert fields_of(series_plan.check_change(change)) == ["drug", "planned_dose_mg"]


@pytest.mark.parametrize("now", SeriesState)
@pytest.mark.parametrize("wanted", SeriesState)
def test_only_the_states_that_may_follow_follow(now, wanted):
    problems = series_plan.check_state(now, wanted, "a reason")
    assert fields_of(problems) == ([] if wanted in NEXT_STATES[now] else ["state"])


def test_stopping_needs_a_reason_and_completing_none():
    assert fields_of(series_plan.check_state(SeriesState.ACTIVE, SeriesState.STOPPED, " ")) == [
        "reason"
    ]
    assert series_plan.check_state(SeriesState.ACTIVE, SeriesState.COMPLETED, "") == []
    long = "x" * (REASON_MAX + 1)
    assert fields_of(series_plan.check_state(SeriesState.ACTIVE, SeriesState.STOPPED, long)) == [
        "reason"
    ]
