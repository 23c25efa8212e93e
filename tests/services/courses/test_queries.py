"""Every caller counts by courses: alerts as they are raised, lists, pictures, plans, old rows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.builders.check_ins import hold
from tests.builders.courses import FIRST, SECOND, a_second_series, add_score, scored, treat
from tests.stopping import stopped_at
from tracker.domain.clinic.course_rules import CLINIC_DEFAULTS, CourseRules
from tracker.domain.codes import CourseRole, Drug, Indication, Occasion, Phase, Route
from tracker.domain.formatting import full_day
from tracker.domain.scores.draft import AssessmentDraft
from tracker.domain.series.plan import SeriesChange, SeriesDraft, planned_days
from tracker.models import db, schema
from tracker.models.alerts import Alert
from tracker.models.clinics import Clinic
from tracker.models.series import Series
from tracker.services import clock
from tracker.services.courses import queries as course_queries
from tracker.services.patients import search as patient_search
from tracker.services.progress import pictures
from tracker.services.scores import commands as score_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.unit_of_work import unit_of_work

pytestmark = pytest.mark.both_databases
NOW = datetime(2027, 8, 1, 12, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
stopped = stopped_at(NOW)


@pytest.fixture
def twice(cast):
    """Somebody treated twice, whose second course began with 22."""
    treated = treat(cast.anna, scores=0)
    a_second_series(cast.anna, treated)
    hour = timedelta(hours=1)
    scored(
        cast.anna, treated,
        (24, FIRST - hour), (4, FIRST + timedelta(days=28)), (22, SECOND - hour),
    )  # fmt: skip
    return treated


def enter(by, treated, total, at):
    draft = AssessmentDraft(
        instrument="phq9", total=Decimal(total), taken_at=at, occasion=Occasion.WEEKLY
    )
    score_commands.record(treated.patient_id, draft, by=by)


def kinds():
    return sorted(db.session.scalars(db.select(Alert.kind)))


def test_an_alert_counts_from_the_baseline_of_the_course_its_score_falls_in(cast, twice):
    enter(cast.anna, twice, 11, SECOND + timedelta(days=14))
    assert kinds() == []
    enter(cast.anna, twice, 14, SECOND + timedelta(days=28))
    enter(cast.anna, twice, 15, SECOND + timedelta(days=35))
    # 14 and 15 are out of response by the 22 of this course, of which 11 is half.
    assert kinds() == ["loss-of-response"]
    facts = db.session.scalar(db.select(Alert.facts))
    assert facts["level"] == "11"


def test_a_score_that_is_best_of_all_courses_but_worst_of_its_own_is_told(cast, twice):
    for total, week in ((8, 2), (27, 4)):
        enter(cast.anna, twice, total, SECOND + timedelta(weeks=week))
    assert "top-score" in kinds()


def test_settings_decide_for_page_picture_and_list(cast, twice):
    by = cast.anna
    enter(by, twice, 11, SECOND + timedelta(days=14))
    before = pictures.picture_of(twice.patient_id, by=by).tag
    assert patient_search.listing(by=by).lines[0].state.status.change.startswith("11 better than")
    scored(by, twice, (26, SECOND - timedelta(days=20)))
    [panel] = pictures.progress(twice.patient_id, by=by).scales
    assert panel.baseline.total == 22
    with unit_of_work(by) as unit:
        clinic = db.session.get_one(Clinic, by.clinic_id)
        clinic.settings = {**clinic.settings, "baseline_days": 1, "course_pause_days": 400}
        unit.audit("test.set")
    after = pictures.picture_of(twice.patient_id, by=by).tag
    assert before != after
    assert pictures.load(twice.patient_id, by=by).rules == CourseRules(
        pause_days=400, baseline_days=1
    )


def test_the_key_of_a_page_changes_with_the_settings_and_with_what_is_said_of_a_series(cast, twice):
    by = cast.anna
    keys = {pictures.load(twice.patient_id, by=by).key}
    with unit_of_work(by) as unit:
        clinic = db.session.get_one(Clinic, by.clinic_id)
        clinic.settings = {**clinic.settings, "baseline_days": 7}
        unit.audit("test.set")
    keys.add(pictures.load(twice.patient_id, by=by).key)
    second = db.session.scalars(db.select(Series).where(Series.number == 2)).one()
    change = SeriesChange(
        indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.IV,
        phase=Phase.INDUCTION, course_role=CourseRole.CONTINUES,
    )  # fmt: skip
    series_commands.change(second.id, change, version=1, by=by)
    keys.add(pictures.load(twice.patient_id, by=by).key)
    assert len(keys) == 3
    [course] = pictures.load(twice.patient_id, by=by).courses.in_time
    assert course.series == (1, 2)


def test_a_list_of_many_tells_each_by_their_own_courses(cast, twice):
    other = treat(cast.anna, record_number="B-2", scores=0)
    scored(cast.anna, other, (20, FIRST - timedelta(hours=1)), (9, FIRST + timedelta(days=20)))
    scored(cast.anna, twice, (11, SECOND + timedelta(days=14)))
    told = {
        line.record_number: line.state.status.change
        for line in patient_search.listing(by=cast.anna).lines
    }
    assert told == {
        "B-1": "11 better than 22: real, response",
        "B-2": "11 better than 20: real, response",
    }


def test_a_new_course_without_a_score_says_so_in_the_list(cast):
    treated = treat(cast.anna, scores=0)
    scored(cast.anna, treated, (20, FIRST - timedelta(hours=1)), (9, FIRST + timedelta(days=20)))
    a_second_series(cast.anna, treated)
    status = patient_search.listing(by=cast.anna).lines[0].state.status
    assert status.change == "no score yet in course 2"
    assert status.last.startswith("PHQ-9 9")


def test_the_list_prefers_a_complete_score_as_the_page_does(cast):
    treated = treat(cast.anna, scores=0)
    with unit_of_work(cast.anna) as unit:
        early = {"at": FIRST - timedelta(days=3), "total": 20}
        add_score(cast.anna, treated, **early)
        late = {"at": FIRST - timedelta(days=1), "total": 17, "completeness": "prorated"}
        add_score(cast.anna, treated, **late)
        add_score(cast.anna, treated, at=FIRST + timedelta(days=20), total=10)
        unit.audit("test.scored")
    status = patient_search.listing(by=cast.anna).lines[0].state.status
    assert status.change == "10 better than 20: real, response"


def draft(**more):
    usual = {
        "indication": Indication.DEPRESSION, "drug": Drug.KETAMINE, "route": Route.IV,
        "phase": Phase.BOOSTER, "starts_on": date(2027, 8, 9), "template": "booster",
    }  # fmt: skip
    return SeriesDraft(**usual | more)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "Course 3, first dose planned for 9 Aug 2027: this series begins it"),
        (
            {"course_role": CourseRole.CONTINUES},
            "Course 2, first dose on 6 Apr 2027: this series continues it",
        ),
        (
            {"starts_on": date(2027, 7, 8)},
            "Course 2, first dose on 6 Apr 2027: this series continues it",
        ),
        ({"starts_on": None}, ""),
    ],
)
def test_a_series_that_is_being_planned_says_which_course_it_would_be_of(cast, twice, more, said):
    words = course_queries.with_draft(twice.patient_id, draft(**more), NEW_YORK, CLINIC_DEFAULTS)
    assert words == said


def test_what_is_planned_ahead_counts_for_the_plan_and_what_was_not_held_does_not(cast, twice):
    by, patient_id = cast.anna, twice.patient_id
    induction = draft(
        phase=Phase.INDUCTION, template="six-in-three-weeks", starts_on=date(2027, 8, 2)
    )
    series_commands.plan(patient_id, induction, by=by)
    later = draft(phase=Phase.MAINTENANCE, template="esketamine-maintenance",
                  starts_on=date(2027, 9, 20))  # fmt: skip
    words = course_queries.with_draft(patient_id, later, NEW_YORK, CLINIC_DEFAULTS)
    assert words == "Course 3, first dose planned for 2 Aug 2027: this series continues it"
    found = course_queries.of_plan(patient_id, NEW_YORK, CLINIC_DEFAULTS)
    assert [course.series for course in found.in_time] == [(1,), (2,), (3,)]
    past = draft(starts_on=date(2027, 7, 20))
    series_commands.plan(patient_id, past, by=by)
    found = course_queries.of_plan(patient_id, NEW_YORK, CLINIC_DEFAULTS)
    assert 4 not in {number for course in found.in_time for number in course.series}


def test_rows_of_before_this_was_kept_follow_the_rule(cast, twice, settings):
    by, patient_id = cast.anna, twice.patient_id
    a_second_series(by, twice, starts=SECOND + timedelta(days=30), number=3, phase="booster")
    a_second_series(by, twice, starts=SECOND + timedelta(days=300), number=4, phase="booster")
    db.session.remove()
    schema.downgrade(settings.database_url, "0005")
    schema.upgrade(settings.database_url)
    assert set(db.session.scalars(db.select(Series.course_role))) == {None}
    found = pictures.load(patient_id, by=by).courses.in_time
    assert [course.series for course in found] == [(1,), (2, 3), (4,)]
    [panel] = pictures.progress(patient_id, by=by).scales
    assert panel.verdicts[-1].baseline.total == 22


def test_the_page_and_the_plan_name_a_course_by_its_first_dose_given_or_still_to_come(cast):
    today = clock.today(NEW_YORK)
    treated = treat(cast.anna, record_number="P-1", sessions=0, scores=0)
    begun = draft(
        phase=Phase.INDUCTION, template="six-in-three-weeks", starts_on=today - timedelta(days=7)
    )
    days = [day for day in planned_days(begun) if day >= today]
    next_one = f"no dose recorded yet, the next planned for {full_day(days[0])}"
    said = f"Course 1, {next_one}: this series begins it"
    place = (NEW_YORK, CLINIC_DEFAULTS)
    assert course_queries.with_draft(treated.patient_id, begun, *place) == said
    series_id = series_commands.plan(treated.patient_id, begun, by=cast.anna)
    number = series_queries.find(series_id, by=cast.anna).record.number
    assert course_queries.of_series(treated.patient_id, number, *place) == said
    at = clock.now() - timedelta(days=7)
    hold(series_id, 1, cast.anna, at=at)
    day = full_day(at.astimezone(NEW_YORK))
    said = f"Course 1, first dose on {day}: this series begins it"
    assert course_queries.of_series(treated.patient_id, number, *place) == said
