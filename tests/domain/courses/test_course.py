"""Which series make a course, in whatever order they come."""

from datetime import datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.clinic.course_rules import CLINIC_DEFAULTS, CourseRules
from tracker.domain.codes import CourseRole, Drug, Indication, Phase, Route, SessionState
from tracker.domain.courses import text as course_text
from tracker.domain.courses.course import Course, SeriesDoses, courses, doses
from tracker.domain.sessions.point import SessionPoint

START = datetime(2026, 3, 3, 10, 0, tzinfo=ZoneInfo("America/Chicago"))
INDUCTION, MAINTENANCE, BOOSTER = Phase.INDUCTION, Phase.MAINTENANCE, Phase.BOOSTER
BEGINS, CONTINUES = CourseRole.BEGINS, CourseRole.CONTINUES
DEPRESSION, PAIN, OTHER = Indication.DEPRESSION, Indication.CHRONIC_PAIN, Indication.OTHER


def series(number, first, last, phase=INDUCTION, role=None, indication=DEPRESSION):
    """Give doses of one series from one day to another, counted from START."""
    return SeriesDoses(
        number=number, first_at=START + timedelta(days=first), last_at=START + timedelta(days=last),
        phase=phase, indication=indication, course_role=role,
    )  # fmt: skip


def numbers(*given_series, rules=CLINIC_DEFAULTS):
    """List the numbers of the series of each course."""
    return [course.series for course in courses(given_series, rules).in_time]


FIRST = series(1, 0, 17)
# what, the series, the numbers of the series of each course
TABLE = [
    ("nothing given", [], []),
    ("one induction", [FIRST], [(1,)]),
    ("a second induction", [FIRST, series(2, 400, 417)], [(1,), (2,)]),
    ("a second induction at once", [FIRST, series(2, 24, 40)], [(1,), (2,)]),
    ("maintenance", [FIRST, series(2, 24, 80, MAINTENANCE)], [(1, 2)]),
    ("a booster within 90 days", [FIRST, series(2, 60, 60, BOOSTER)], [(1, 2)]),
    ("a booster on day 90", [FIRST, series(2, 107, 107, BOOSTER)], [(1, 2)]),
    ("a booster on day 91", [FIRST, series(2, 108, 108, BOOSTER)], [(1,), (2,)]),
    ("maintenance after the pause", [FIRST, series(2, 200, 214, MAINTENANCE)], [(1,), (2,)]),
    (
        "boosters each within 90 days of the one before",
        [FIRST, *(series(n, 17 + 80 * (n - 1), 17 + 80 * (n - 1), BOOSTER) for n in range(2, 7))],
        [(1, 2, 3, 4, 5, 6)],
    ),
    ("a first series of maintenance", [series(1, 0, 28, MAINTENANCE)], [(1,)]),
    ("a first series said to continue", [series(1, 0, 9, BOOSTER, CONTINUES)], [(1,)]),
    ("an induction said to continue", [FIRST, series(2, 24, 40, role=CONTINUES)], [(1, 2)]),
    ("a booster said to begin", [FIRST, series(2, 24, 24, BOOSTER, BEGINS)], [(1,), (2,)]),
    (
        "said to continue after the pause",
        [FIRST, series(2, 300, 300, BOOSTER, CONTINUES)],
        [(1, 2)],
    ),
    ("two inductions on one day", [FIRST, series(2, 0, 10)], [(1,), (2,)]),
    ("maintenance begun before the induction ended", [FIRST, series(2, 14, 60, MAINTENANCE)],
     [(1, 2)]),
    ("numbers against the order of time", [series(1, 400, 417), series(2, 0, 17)], [(2,), (1,)]),
    ("another indication", [FIRST, series(2, 24, 40, indication=PAIN)], [(1,), (2,)]),
    (
        "boosters of two indications go each to their own",
        [
            FIRST, series(2, 24, 40, indication=PAIN), series(3, 50, 50, BOOSTER),
            series(4, 60, 60, BOOSTER, indication=PAIN),
        ],
        [(1, 3), (2, 4)],
    ),
    (
        "a booster of an indication that was never treated",
        [FIRST, series(2, 24, 24, BOOSTER, indication=PAIN)],
        [(1,), (2,)],
    ),
    ("an indication that nobody named", [series(1, 0, 17, indication=OTHER),
                                         series(2, 30, 30, BOOSTER)], [(1, 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("given_series", "expected"), [row[1:] for row in TABLE],
                         ids=[row[0] for row in TABLE])  # fmt: skip
def test_series_make_courses(given_series, expected):
    assert numbers(*given_series) == expected


@pytest.mark.parametrize("given_series", [row[1] for row in TABLE if len(row[1]) < 5],
                         ids=[row[0] for row in TABLE if len(row[1]) < 5])  # fmt: skip
def test_the_order_in_which_they_come_decides_nothing(given_series):
    assert len({tuple(numbers(*order)) for order in permutations(given_series)}) == 1


def test_the_pause_is_a_setting():
    later = series(2, 60, 60, BOOSTER)
    assert numbers(FIRST, later, rules=CourseRules(pause_days=42)) == [(1,), (2,)]
    assert numbers(FIRST, later, rules=CourseRules(pause_days=43)) == [(1, 2)]


def test_a_pause_counts_days_of_the_calendar_also_over_a_change_of_the_clocks():
    evening = SeriesDoses(
        number=2, first_at=(START + timedelta(days=107)).replace(hour=23),
        last_at=START + timedelta(days=110), phase=BOOSTER, indication=DEPRESSION,
    )  # fmt: skip
    assert numbers(FIRST, evening) == [(1, 2)]


def test_a_course_runs_from_its_first_dose_to_its_last():
    [course] = courses([FIRST, series(2, 24, 80, MAINTENANCE)]).in_time
    assert (course.first_at, course.last_at) == (START, START + timedelta(days=80))
    assert (course.number, course.indication) == (1, DEPRESSION)


STATES = st.sampled_from(SessionState)


def sitting(number, day, state, **about):
    return SessionPoint(
        session_id=number, number=number, state=state, at=START + timedelta(days=day),
        route=Route.IV, drug=Drug.KETAMINE, **about,
    )  # fmt: skip


@given(sittings=st.lists(st.tuples(st.integers(-20, 20), STATES), max_size=12))
def test_doses_are_what_was_given_whatever_the_order(sittings):
    points = [sitting(n, day, state) for n, (day, state) in enumerate(sittings)]
    given_at = sorted(point.at for point in points if point.was_given)
    found = doses(points)
    assert [(one.first_at, one.last_at) for one in found] == (
        [(given_at[0], given_at[-1])] if given_at else []
    )


def test_a_stopped_series_counts_as_far_as_it_was_given_and_one_never_begun_not_at_all():
    about = {"series_number": 2, "phase": INDUCTION}
    points = [
        sitting(1, 0, SessionState.COMPLETED, series_number=1),
        sitting(2, 3, SessionState.CANCELLED, series_number=1),
        sitting(3, 10, SessionState.CANCELLED, **about),
        sitting(4, 13, SessionState.MISSED, **about),
        sitting(5, 16, SessionState.PLANNED, **about),
    ]
    [only] = doses(points)
    assert (only.number, only.last_at) == (1, START)


# Of which courses a scale for depression, for pain, and for neither counts.
BESIDE = [
    ("pain beside depression", [FIRST, series(2, 24, 40, indication=PAIN)], [1], [1, 2], [1]),
    ("pain long after", [FIRST, series(2, 300, 320, indication=PAIN)], [1, 2], [1, 2], [1, 2]),
    (
        "depression beside pain",
        [series(1, 0, 17, indication=PAIN), series(2, 24, 40)], [1, 2], [1], [1],
    ),
    (
        "depression again while pain runs",
        [FIRST, series(2, 90, 180, indication=PAIN), series(3, 200, 217)],
        [1, 3], [1, 2], [1, 3],
    ),
    ("depression twice", [FIRST, series(2, 24, 40)], [1, 2], [1, 2], [1, 2]),
    ("what nobody named", [FIRST, series(2, 24, 40, indication=OTHER)], [1, 2], [1, 2], [1, 2]),
]  # fmt: skip


@pytest.mark.parametrize(("given_series", "mood", "pain", "neither"), [row[1:] for row in BESIDE],
                         ids=[row[0] for row in BESIDE])  # fmt: skip
def test_a_course_beside_another_counts_for_the_scales_of_its_own_indication(
    given_series, mood, pain, neither
):
    found = courses(given_series)
    counted = [
        [course.number for course in found.of_scale(indications)]
        for indications in ((DEPRESSION,), (PAIN,), ())
    ]
    assert counted == [mood, pain, neither]


def test_a_course_has_a_name_and_says_what_a_series_does_in_it():
    found = courses([FIRST, series(2, 24, 80, MAINTENANCE), series(4, 400, 410)])
    assert (
        course_text.of_series(found, 1)
        == "Course 1, first dose on 3 Mar 2026: this series begins it"
    )
    assert (
        course_text.of_series(found, 2)
        == "Course 1, first dose on 3 Mar 2026: this series continues it"
    )
    assert (
        course_text.of_series(found, 4)
        == "Course 2, first dose on 7 Apr 2027: this series begins it"
    )
    assert course_text.of_series(found, 3) == ""


def test_a_new_series_is_proposed_from_phase_last_dose_and_setting():
    assert course_text.proposal(courses([])) == (
        "Left open, this series begins course 1: no dose was given before."
    )
    assert course_text.proposal(courses([FIRST], CourseRules(pause_days=60))) == (
        "Left open, an induction begins course 2. Maintenance and boosters of the same treatment "
        "continue course 1 (depression) until 19 May 2026, which is 60 days after its last dose, "
        "and begin course 2 later."
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "Mar 2026"), (40, "Mar to Apr 2026"), (330, "Mar 2026 to Jan 2027")],
)
def test_the_months_of_a_course(days, said):
    assert course_text.months(START, START + timedelta(days=days)) == said


def test_the_rule_names_its_source():
    assert "clinic default" in course_text.rule(CourseRules())
    assert "60 days without a dose (clinic setting)" in course_text.rule(CourseRules(pause_days=60))


def test_a_course_is_running_up_to_the_pause():
    course = Course(number=1, series=(1,), first_at=START, last_at=START)
    assert course.is_running(START + timedelta(days=90), 90)
    assert not course.is_running(START + timedelta(days=91), 90)
