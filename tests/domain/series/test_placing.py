"""Days of a series: chosen weekdays, no Sunday unless chosen, never when the clinic is closed."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.domain.series.test_plan import DRAFT
from tracker.domain.series import placing, planned_dose
from tracker.domain.series import plan as series_plan
from tracker.domain.series.placing import SessionPlan
from tracker.domain.series.planned_dose import PlannedDose

MONDAY, TUESDAY, THURSDAY = 0, 1, 3
MON = date(2026, 3, 2)


def days(*numbers):
    return tuple(MON + timedelta(days=number) for number in numbers)


def test_days_fall_on_the_chosen_weekdays():
    wednesday = replace(DRAFT, starts_on=date(2026, 3, 4), weekdays=(MONDAY, THURSDAY))
    assert series_plan.planned_days(wednesday) == days(3, 7, 10, 14, 17, 21)


def test_twice_a_week_is_twice_a_week_from_the_first_one_on():
    draft = replace(DRAFT, weekdays=(TUESDAY, THURSDAY))
    assert series_plan.planned_days(draft) == days(1, 3, 8, 10, 15, 17)
    friday = replace(DRAFT, starts_on=date(2026, 3, 6), weekdays=(MONDAY, THURSDAY))
    assert series_plan.planned_days(friday) == days(7, 10, 14, 17, 21, 24)


def test_a_day_between_the_chosen_weekdays_is_not_called_moved():
    found = series_plan.laid_out(replace(DRAFT, weekdays=(TUESDAY, THURSDAY)), ())
    assert [one.moved_from for one in found] == [MON, *[None] * 5]  # the first was typed


def test_a_day_on_which_the_clinic_is_closed_moves_to_the_next_chosen_one():
    draft = replace(DRAFT, weekdays=(MONDAY, THURSDAY))
    found = series_plan.laid_out(draft, {MON + timedelta(days=7)})
    assert tuple(one.day for one in found) == days(0, 3, 10, 14, 17, 21)
    assert (found[2].moved_from, found[2].is_closed_then) == (MON + timedelta(days=7), True)
    assert (found[3].moved_from, found[3].is_closed_then) == (MON + timedelta(days=10), False)


def test_no_session_falls_on_a_sunday_unless_sundays_are_chosen():
    sunday = replace(DRAFT, template="booster", starts_on=date(2026, 3, 8))
    assert series_plan.planned_days(sunday) == (date(2026, 3, 9),)
    assert series_plan.planned_days(replace(sunday, weekdays=(6,))) == (date(2026, 3, 8),)


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=60).map(sorted),
    st.sets(st.integers(0, 6)),
    st.sets(st.integers(0, 400).map(lambda n: MON + timedelta(days=n))),
)
def test_days_are_open_chosen_later_one_by_one_and_none_is_lost(offsets, weekdays, closed):
    wanted = [MON + timedelta(days=offset) for offset in offsets]
    placed = placing.place(wanted, weekdays, closed)
    assert len(placed) == len(wanted)
    found = [one.day for one in placed]
    assert found == sorted(set(found))
    allowed = weekdays or set(range(6))
    assert all(day.weekday() in allowed and day not in closed for day in found)
    if weekdays:  # a day earlier in the same week is as good as one later
        assert all(week(day) >= week(asked) for day, asked in zip(found, wanted, strict=True))
        assert found[0] >= wanted[0]
    else:
        assert all(day >= asked for day, asked in zip(found, wanted, strict=True))


def week(day):
    return day.isocalendar()[:2]


def test_a_closed_year_ends_the_search():
    year = {MON + timedelta(days=n) for n in range(400)}
    assert placing.place([MON], (), year)[0].day == MON


def test_the_first_sessions_may_have_a_dose_of_their_own():
    draft = replace(DRAFT, planned_dose_mg=Decimal(84), first_dose=Decimal(56))
    assert [draft.own_dose(n).mg for n in (1, 2, 3)] == [56, None, None]
    assert [replace(draft, first_dose_count=2).own_dose(n).mg for n in (2, 3)] == [56, None]
    by_weight = replace(DRAFT, planned_dose_mg_per_kg=Decimal("0.5"), first_dose=Decimal("0.25"))
    assert by_weight.own_dose(1) == PlannedDose(mg_per_kg=Decimal("0.25"))
    assert not replace(draft, first_dose=Decimal(84)).own_dose(1)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"first_dose": Decimal(56)}, "planned_dose_mg"),
        ({"first_dose_count": 2}, "first_dose"),
        ({"planned_dose_mg": Decimal(84), "first_dose": Decimal(0)}, "first_dose"),
        ({"planned_dose_mg": Decimal(84), "first_dose": Decimal(56), "first_dose_count": 0},
         "first_dose_count"),
        ({"chair": "x" * 61}, "chair"),
    ],
)  # fmt: skip
def test_what_cannot_be_of_a_plan_is_telling_moment_its_field(changed, field):
    assert [p.field for p in series_plan.check(replace(DRAFT, **changed))] == [field]


def test_the_plan_of_one_session_is_checked_all_at_once():
    plan = SessionPlan(
        planned_on=None, planned_time=time(10), chair="y" * 61,
        planned=PlannedDose(Decimal(5001), Decimal(1)),
    )  # fmt: skip
    fields = [problem.field for problem in placing.check(plan)]
    assert fields == ["planned_dose_mg_per_kg", "planned_dose_mg", "planned_on", "chair"]


def test_a_chair_is_one_of_the_clinics_or_the_one_that_stands():
    assert [p.field for p in placing.check_chosen("9", ("1", "2"))] == ["chair"]
    assert not list(placing.check_chosen("9", ("1", "2"), stands="9"))
    assert not list(placing.check_chosen("2", ("1", "2")))


@pytest.mark.parametrize(
    ("planned", "weight", "mg"),
    [
        (PlannedDose(Decimal(56)), None, 56),
        (PlannedDose(mg_per_kg=Decimal("0.5")), Decimal(71), Decimal("35.5")),
        (PlannedDose(mg_per_kg=Decimal("0.5")), None, None),
        (PlannedDose(), Decimal(71), None),
    ],
)
def test_a_planned_dose_is_said_in_mg_where_it_can_be(planned, weight, mg):
    assert planned.for_weight(weight) == mg


def test_a_session_has_its_own_dose_or_that_of_its_series():
    own, series = PlannedDose(mg_per_kg=Decimal("0.5")), PlannedDose(Decimal(56))
    assert planned_dose.of_session(own, series) == own
    assert planned_dose.of_session(PlannedDose(), series) == series


def test_a_planned_dose_is_told_with_its_unit():
    told = [PlannedDose(), PlannedDose(mg=Decimal(56)), PlannedDose(mg_per_kg=Decimal("0.75"))]
    assert [one.words for one in told] == ["", "56 mg", "0.75 mg/kg"]
