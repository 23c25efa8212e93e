from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.codes import Drug, Indication, Route
from tracker.domain.demo import courses as demo_courses
from tracker.domain.demo.courses import Outcome
from tracker.domain.demo.places import LIVE_TIME, SUNDAY
from tracker.domain.series import plan as series_plan
from tracker.domain.sessions import draft as session_draft
from tracker.domain.sessions import findings as session_findings

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)  # two days after the clocks went forward


def invented(count=16, seed=1809):
    return list(demo_courses.invent(count, seed=seed, now=NOW, zone=ZONE))


def test_the_same_seed_invents_the_same_courses():
    assert invented() == invented()
    assert invented() != invented(seed=1)


def test_every_invented_session_could_have_been_recorded():
    for course in invented(48):
        for played in course.series:
            for sitting in played.sessions:
                if sitting.record:
                    assert session_draft.check(sitting.record, now=NOW) == []
                    assert session_findings.review(sitting.record) == []


def test_every_series_has_one_sitting_for_each_planned_day():
    for course in invented(48):
        for played in course.series:
            assert series_plan.check(played.draft) == []
            assert len(played.sessions) == len(series_plan.planned_days(played.draft))


def test_all_arcs_routes_drugs_and_conditions_are_seen():
    all_courses = invented(16)
    drafts = [played.draft for course in all_courses for played in course.series]
    assert {course.outcome for course in all_courses} == set(Outcome)
    assert {draft.route for draft in drafts} == set(Route)
    assert {draft.drug for draft in drafts} == set(Drug)
    assert {draft.indication for draft in drafts} == set(Indication) - {Indication.OTHER}


def test_a_responder_ends_better_than_a_non_responder():
    def last_share(arc):
        course = next(c for c in invented() if c.outcome is arc)
        scores = [s for p in course.series for s in p.scores if s.instrument == "phq9"]
        return scores[-1].total / scores[0].total

    assert last_share(Outcome.RESPONDER) < last_share(Outcome.NON_RESPONDER)


def test_names_do_not_repeat_among_two_hundred():
    names = [course.patient.label for course in invented(200)]
    assert len(set(names)) == len(names)


def test_somebody_is_treated_twice_so_that_two_courses_are_seen():
    twice = [course for course in invented() if len(course.series) == 2]
    starts = [tuple(one.draft.starts_on for one in course.series) for course in twice]
    assert any((second - first).days > 90 for first, second in starts)


@pytest.mark.parametrize("day", range(9, 16))
def test_no_two_share_a_chair_at_a_time_and_nobody_comes_on_a_sunday(day):
    now = datetime(2026, 3, day, 15, tzinfo=UTC)
    taken = []
    for course in demo_courses.invent(24, seed=1809, now=now, zone=ZONE):
        for draft in (played.draft for played in course.series):
            for one in series_plan.planned_days(draft):
                taken.append((one, draft.planned_time, draft.chair))
                assert one.weekday() != SUNDAY or now.weekday() == SUNDAY
    assert len(set(taken)) == len(taken)
    assert LIVE_TIME not in {at for one, at, _ in taken if one > now.date() - timedelta(days=7)}
    assert any(one == now.date() for one, _, _ in taken)


def test_a_clinic_with_more_patients_than_its_chairs_hold_goes_on():
    assert len(invented(120)) == 120
