"""Courses of people, each with the baseline, the verdict and the words that are true of it.

One table of what a clinic meets: the baseline of the last score, whether that is a response, and
what is said where nothing is compared.
"""

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.charts.courses import at, treated
from tests.charts.courses import given as dose
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.clinic.course_rules import CLINIC_DEFAULTS, CourseRules
from tracker.domain.codes import AlertKind, CourseRole, Indication, Occasion, Phase
from tracker.domain.courses.course import courses, doses
from tracker.domain.scores import patient_text
from tracker.domain.scores import text as score_text
from tracker.domain.scores.interpretation import verdicts
from tracker.domain.scores.points import ScorePoint
from tracker.instruments import library

PHQ9 = library()["phq9"]
BOOSTER, MAINTENANCE = {"phase": Phase.BOOSTER}, {"phase": Phase.MAINTENANCE}
PAIN = {"indication": Indication.CHRONIC_PAIN}


def series(number, *days, **about):
    """Give the doses of one series."""
    about = {"phase": Phase.INDUCTION, "indication": Indication.DEPRESSION, **about}
    return [
        dose(number * 100 + n, day, series_number=number, **about) for n, day in enumerate(days)
    ]


def phq9(total, day, minutes=0, **values):
    values = {"instrument": "phq9", **values}
    return ScorePoint(total=Decimal(total), at=at(day) + timedelta(minutes=minutes), **values)


def peg(total, day):
    return phq9(total, day, instrument="peg")


FIRST = series(1, 0, 3, 7)
SECOND = series(2, 400, 403, 407)
BEFORE, LATER = phq9(22, -1), phq9(11, 30)


@dataclass(frozen=True)
class Case:
    """A person; `start` and `response` are those of the last score, `said` is in its words."""

    sessions: list
    scores: list
    start: int | None
    response: bool | None
    said: str = ""
    code: str = "phq9"


TABLE = {
    # One course.
    "half exactly": Case(FIRST, [BEFORE, LATER], 22, True),
    "a day before": Case(FIRST, [phq9(18, -9), phq9(22, -1), LATER], 22, True),
    "14 days before": Case(FIRST, [phq9(22, -14), LATER], 22, True),
    "15 days before": Case(
        FIRST, [phq9(22, -15), LATER], None, None,
        "the nearest was taken 15 days before the first dose.",
    ),
    "an hour before": Case(FIRST, [phq9(22, 0, -60), LATER], 22, True),
    "at the very start": Case(FIRST, [phq9(22, 0), LATER], 22, True),
    "minutes after": Case(
        FIRST, [phq9(22, 0, 10), LATER], None, None,
        "No baseline: no score in the 14 days before the first dose; the nearest was taken "
        "10 minutes after the start.",
    ),
    "a minute after": Case(FIRST, [phq9(22, 0, 1), LATER], None, None, "taken 1 minute after"),
    "hours after": Case(FIRST, [phq9(22, 0, 190), LATER], None, None, "taken 3 hours after"),
    "minutes after, and another too old": Case(
        FIRST, [phq9(24, -40), phq9(22, 0, 10), LATER], None, None, "taken 10 minutes after"
    ),
    "days after, and another too old": Case(
        FIRST, [phq9(24, -40), phq9(22, 2), LATER], None, None, "taken 2 days after the start."
    ),
    "days after": Case(FIRST, [phq9(22, 2), LATER], None, None, "taken 2 days after the start"),
    "minutes after, with one before": Case(FIRST, [BEFORE, phq9(9, 0, 10), LATER], 22, True),
    "the day of the dose": Case(FIRST, [phq9(22, 0, 120, time_known=False), LATER], 22, True),
    "the day of the dose, called hours after": Case(
        FIRST,
        [phq9(22, 0, 120, time_known=False, occasion=Occasion.HOURS_AFTER), LATER],
        None, None, "the nearest was taken hours after the start.",
    ),
    "complete before prorated": Case(
        FIRST, [phq9(20, -3), phq9(17, -1, prorated=True), phq9(9, 30)], 20, True
    ),
    "prorated alone": Case(
        FIRST, [phq9(17, -1, prorated=True), phq9(9, 30)], 17, False, "The baseline is prorated."
    ),
    "complete but too old, prorated in time": Case(
        FIRST, [phq9(20, -20), phq9(17, -1, prorated=True), phq9(9, 30)], 17, False
    ),
    "two at one instant": Case(
        FIRST, [phq9(20, -1), phq9(12, -1), phq9(9, 30)], 12, False,
        "Two scores at the same time at the start: 20 and 12; void one. Until then 12 counts.",
    ),
    "two at one instant, the same": Case(FIRST, [BEFORE, BEFORE, LATER], 22, True),
    "two at one instant, one prorated": Case(
        FIRST, [phq9(20, -1, prorated=True), phq9(12, -1), phq9(9, 30)], 12, False
    ),
    "three at one instant": Case(
        FIRST, [phq9(20, -1), phq9(12, -1), phq9(15, -1), phq9(9, 30)], 12, False,
        "3 scores at the same time at the start: 20, 15 and 12; void all but one.",
    ),
    "stopped after one dose": Case(series(1, 0), [BEFORE, LATER], 22, True),
    "no dose": Case([], [BEFORE, LATER], None, None, "No baseline: no dose yet."),
    "no dose, called baseline": Case(
        [], [phq9(22, -1, occasion=Occasion.BASELINE), LATER], 22, True
    ),
    "nothing but scores of long ago": Case(
        FIRST, [phq9(22, -200)], None, None, "taken 200 days before the first dose."
    ),
    # Several series.
    "two inductions": Case(
        [*FIRST, *SECOND], [phq9(12, -1), phq9(4, 28), phq9(22, 399), phq9(11, 435)], 22, True
    ),
    "in the first of two": Case([*FIRST, *SECOND], [phq9(12, -1), phq9(4, 28)], 12, True),
    "no first baseline": Case([*FIRST, *SECOND], [phq9(22, 399), phq9(11, 435)], 22, True),
    "no second baseline": Case(
        [*FIRST, *SECOND], [phq9(12, -1), phq9(4, 28), phq9(11, 435)], None, None,
        "No baseline: no score in the 14 days before the first dose of course 2; the nearest was "
        "taken 35 days after the start.",
    ),
    "between courses": Case(
        [*FIRST, *SECOND], [phq9(20, -1), phq9(4, 28), phq9(18, 300)], 20, False
    ),
    "between courses, within the days of the second": Case(
        [*FIRST, *SECOND], [phq9(20, -1), phq9(4, 28), phq9(18, 390)], 18, None,
        "This is the baseline.",
    ),
    "the last before the second course": Case(
        [*FIRST, *SECOND], [phq9(20, -1), phq9(23, 390), phq9(22, 399), phq9(11, 430)], 22, True
    ),
    "a booster within 90 days": Case(
        [*FIRST, *series(2, 60, **BOOSTER)], [phq9(20, -1), phq9(14, 59), phq9(10, 70)], 20, True
    ),
    "a booster after 90 days": Case(
        [*FIRST, *series(2, 100, **BOOSTER)], [phq9(20, -1), phq9(14, 99), phq9(10, 110)], 14, False
    ),
    "a booster after 90 days, said to continue": Case(
        [*FIRST, *series(2, 100, **BOOSTER, course_role=CourseRole.CONTINUES)],
        [phq9(20, -1), phq9(14, 99), phq9(10, 110)], 20, True,
    ),
    "maintenance": Case(
        [*FIRST, *series(2, 21, 35, 49, **MAINTENANCE)],
        [phq9(20, -1), phq9(8, 20), phq9(10, 49)], 20, True,
    ),
    "a second induction at once": Case(
        [*FIRST, *series(2, 14, 17)], [phq9(20, -1), phq9(16, 13), phq9(8, 30)], 16, True
    ),
    "a second induction at once, nothing between": Case(
        [*FIRST, *series(2, 9, 12)], [phq9(20, -1), phq9(8, 30)], None, None,
        "before the first dose of course 2",
    ),
    "two inductions on one day": Case(
        [*FIRST, *series(2, 0, 10)], [phq9(20, -1), phq9(8, 30)], None, None
    ),
    "a third course": Case(
        [*FIRST, *SECOND, *series(3, 800, 803)],
        [phq9(12, -1), phq9(22, 399), phq9(11, 430), phq9(16, 799), phq9(8, 830)], 16, True,
    ),
    # Two indications.
    "depression, with pain treated beside it": Case(
        [*FIRST, *series(2, 10, 13, **PAIN)], [phq9(20, -1), phq9(12, 9), phq9(10, 30)], 20, True
    ),
    "pain, treated beside depression": Case(
        [*FIRST, *series(2, 10, 13, **PAIN)],
        [peg(5, -1), peg(8, 9), peg(4, 30)], 8, True, code="peg",
    ),
    "depression after pain was treated long ago": Case(
        [*series(1, 0, 3, **PAIN), *SECOND], [phq9(8, -1), phq9(22, 399), phq9(11, 430)], 22, True
    ),
}  # fmt: skip
EVERY = pytest.mark.parametrize("case", TABLE.values(), ids=list(TABLE))


def judge(case, rules=CLINIC_DEFAULTS):
    return verdicts(case.scores, library()[case.code], courses(doses(case.sessions), rules))


@EVERY
def test_each_course_counts_from_its_own_baseline(case):
    last = judge(case)[-1]
    start = None if last.baseline is None else last.baseline.total
    assert (start, last.response) == (case.start, case.response)
    assert case.said in score_text.sentence_for_clinician(last)


@EVERY
def test_the_order_in_which_things_come_decides_nothing(case):
    expected = judge(case)[-1]
    for seed in range(6):
        scores, sessions = [*case.scores], [*case.sessions]
        random.Random(seed).shuffle(scores)
        random.Random(seed).shuffle(sessions)
        last = judge(Case(sessions, scores, None, None, code=case.code))[-1]
        assert last.basis.score == expected.basis.score
        assert (last.score, last.course, last.response) == (
            expected.score, expected.course, expected.response,
        )  # fmt: skip


@EVERY
def test_every_reader_gets_a_sentence_of_every_score(case):
    for verdict in judge(case):
        assert score_text.sentence_for_clinician(verdict).endswith(".")
        assert patient_text.sentence_for_patient(verdict).endswith(".")


def test_the_age_of_a_baseline_is_a_setting():
    case = TABLE["15 days before"]
    assert judge(case, CourseRules(baseline_days=15))[-1].baseline.total == 22
    assert "in the 7 days before" in score_text.sentence_for_clinician(
        judge(case, CourseRules(baseline_days=7))[-1]
    )


def test_what_was_taken_before_the_first_dose_is_never_a_response():
    _start, prorated, _later = judge(TABLE["complete before prorated"])
    assert (prorated.since_baseline, prorated.response) == (None, None)
    assert "Taken before the first dose, after the baseline of 20." in (
        score_text.sentence_for_clinician(prorated)
    )
    rival = judge(TABLE["two at one instant"])[0]
    assert "Taken at the same time as the baseline of 12." in (
        score_text.sentence_for_clinician(rival)
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("half exactly", "That is 11 better than at the start."),
        (
            "two inductions",
            "That is 11 better than at the start of this course. This course began on 7 Apr 2027.",
        ),
        (
            "no second baseline",
            "There is no score from just before your session of 7 Apr 2027, when this course "
            "began, to compare it with.",
        ),
        ("minutes after", "There is no score from just before your first session"),
    ],
)
def test_a_patient_reads_which_start_is_meant(name, said):
    assert said in patient_text.sentence_for_patient(judge(TABLE[name])[-1])


def test_the_same_as_at_the_start_of_a_later_course_says_so():
    case = Case([*FIRST, *SECOND], [phq9(12, -1), phq9(22, 399), phq9(22, 430)], 22, False)
    assert patient_text.sentence_for_patient(judge(case)[-1]) == (
        "Your depression score (PHQ-9) was 22 on 7 May 2027: severe. "
        "That is the same as at the start of this course. This course began on 7 Apr 2027."
    )


def alerts(*scores, sessions=(*FIRST, *SECOND)):
    judged = verdicts(scores, PHQ9, treated(*sessions))
    return {draft.kind: draft for draft in alert_rules.of_change(judged)}


def test_alerts_look_no_further_back_than_their_course():
    early = (phq9(24, -1), phq9(4, 28))
    # 19 is better than the 24 of the first course, and the worst of the second.
    found = alerts(*early, phq9(14, 399), phq9(13, 410), phq9(19, 420))
    assert AlertKind.TOP_SCORE in found
    assert found[AlertKind.TOP_SCORE].facts["source"] == (
        "Compared with the 2 scores of course 2 before it"
    )
    # A response of the first course is not lost by what the second begins with.
    assert AlertKind.LOSS_OF_RESPONSE not in alerts(*early, phq9(22, 399))
    assert AlertKind.LOSS_OF_RESPONSE not in alerts(*early, phq9(20, 435))
    # Within the second course it is.
    second = (phq9(22, 399), phq9(10, 430), phq9(13, 450), phq9(13, 460))
    assert alerts(*early, *second)[AlertKind.LOSS_OF_RESPONSE].facts["level"] == "11"


def test_a_deterioration_is_told_from_the_baseline_of_its_course():
    slow = (phq9(12, 399), phq9(14, 410), phq9(19, 420))
    found = alerts(phq9(24, -1), phq9(20, 28), *slow)
    assert found[AlertKind.DETERIORATION].facts["before"] == "12 at baseline"


@given(
    totals=st.lists(st.integers(0, 27), max_size=12),
    days=st.lists(st.integers(-30, 500), min_size=12, max_size=12),
    starts=st.lists(st.integers(0, 480), max_size=5),
)
def test_every_score_falls_in_one_course_and_none_before_its_baseline_is_compared(
    totals, days, starts
):
    scores = [phq9(total, day) for total, day in zip(totals, days, strict=False)]
    sessions = [point for n, day in enumerate(starts, 1) for point in series(n, day, day + 7)]
    judged = verdicts(scores, PHQ9, treated(*sessions))
    assert sorted(v.score.at for v in judged) == sorted(point.at for point in scores)
    numbers = [v.course.number for v in judged if v.course]
    assert numbers == sorted(numbers)
    for verdict in judged:
        if verdict.since_baseline is not None:
            assert verdict.baseline.at <= verdict.course.first_at < verdict.score.at
            assert (verdict.course.first_at - verdict.baseline.at).days <= 14


def test_verdicts_stay_linear():
    def seconds(count):
        scores = [phq9(n % 28, 2 * n) for n in range(count)]
        sessions = [p for n in range(count // 50) for p in series(n + 1, 100 * n, 100 * n + 7)]
        known = treated(*sessions)
        times = []
        for _ in range(3):
            before = time.process_time()
            verdicts(scores, PHQ9, known)
            times.append(time.process_time() - before)
        return min(times)

    # Eight times as many; whoever compares all with all would take 64 times as long.
    assert seconds(32_000) < 40 * seconds(4_000)
