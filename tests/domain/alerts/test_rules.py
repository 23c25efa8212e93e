"""What an alert says, what makes one, and when it has waited too long."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.charts import courses
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.check_ins import answers as check_in_answers
from tracker.domain.codes import AlertKind, Drug, Route, SessionState
from tracker.domain.instruments import scoring
from tracker.domain.instruments.model import Alarm, AlarmKind
from tracker.domain.parsing import PARAGRAPH_MAX
from tracker.domain.scores import interpretation
from tracker.domain.scores.points import ScorePoint
from tracker.domain.scores.response import responses
from tracker.domain.sessions.point import SessionPoint
from tracker.instruments import library

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
PHQ9, MOOD = library()["phq9"], library()["mood-nrs"]
WATCHED = [scale for _code, scale in sorted(library().items()) if scale.safety_items]
FIRST_DOSE = SessionPoint(
    session_id=1, number=1, state=SessionState.COMPLETED, at=START, route=Route.IV,
    drug=Drug.KETAMINE,
)  # fmt: skip


def answers(**changed):
    return {item.code: Decimal(0) for item in PHQ9.items} | changed


def told(causes):
    return {cause.kind: alert_rules.sentence(cause.kind, cause.facts) for cause in causes}


def judged(*totals, instrument=PHQ9, first_dose=FIRST_DOSE):
    """Verdicts on totals a week apart, the first of them an hour before the first dose."""
    points = [
        ScorePoint(
            instrument=instrument.code, total=Decimal(total),
            at=START + timedelta(days=7 * week, hours=-1),
        )
        for week, total in enumerate(totals)
    ]  # fmt: skip
    return interpretation.verdicts(points, instrument, courses.treated(first_dose))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1, "PHQ-9 question 9 answered 'Several days' (1 of 3)"),
        (2, "PHQ-9 question 9 answered 'More than half the days' (2 of 3)"),
        (3, "PHQ-9 question 9 answered 'Nearly every day' (3 of 3)"),
    ],
)
def test_an_answer_above_zero_to_the_suicide_item_is_told_with_its_words(value, said):
    [cause] = alert_rules.of_answers(PHQ9, answers(phq9_9=Decimal(value)))
    assert told([cause]) == {AlertKind.SUICIDE_ITEM: said}
    assert cause.facts["source"]


@pytest.mark.parametrize("given", [answers(), {}, {"phq9_9": None}, {"phq9_1": Decimal(3)}])
def test_nothing_is_raised_below_the_alarm(given):
    assert list(alert_rules.of_answers(PHQ9, given)) == []


@pytest.mark.parametrize("given", [{}, {"phq9_9": None}, {"phq9_1": Decimal(1)}])
def test_a_suicide_item_left_out_is_its_own_flag(given):
    assert told(alert_rules.of_silence(PHQ9, given)) == {
        AlertKind.SUICIDE_ITEM_MISSING: "PHQ-9 question 9, the suicide item, not answered"
    }


def test_an_answered_suicide_item_is_not_missing():
    assert list(alert_rules.of_silence(PHQ9, answers())) == []


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"cssrs_1": 0, "cssrs_2": 0, "cssrs_6_lifetime": 0}, []),
        ({"cssrs_1": 0, "cssrs_2": 1, "cssrs_3": 0, "cssrs_6_lifetime": 0}, ["cssrs_4", "cssrs_5"]),
        ({"cssrs_1": 0, "cssrs_2": 0}, ["cssrs_6_lifetime"]),
    ],
)
def test_a_suicide_item_that_was_never_put_is_not_missing(given, missing):
    scale = library()["c-ssrs-screener"]
    given = {code: Decimal(value) for code, value in given.items()}
    assert [cause.item for cause in alert_rules.of_silence(scale, given)] == missing


def test_of_two_alarms_on_one_question_the_graver_speaks_once():
    mild = PHQ9.alarms[0]
    grave = replace(mild, at_least=Decimal(2), source="the graver", urgent_at_least=Decimal(2))
    both = replace(PHQ9, alarms=(mild, grave))
    [cause] = alert_rules.of_answers(both, answers(phq9_9=Decimal(3)))
    assert (cause.facts["source"], cause.urgent) == ("the graver", True)
    [cause] = alert_rules.of_answers(both, answers(phq9_9=Decimal(1)))
    assert cause.facts["source"] == mild.source


@pytest.mark.parametrize(("value", "urgent"), [(1, False), (2, True), (3, True)])
def test_what_is_urgent_the_source_says(value, urgent):
    graded = replace(PHQ9.alarms[0], urgent_at_least=Decimal(2))
    [cause] = alert_rules.of_answers(
        replace(PHQ9, alarms=(graded,)), answers(phq9_9=Decimal(value))
    )
    assert cause.urgent is urgent


def test_where_the_source_grades_nothing_nothing_is_urgent():
    plain = replace(PHQ9.alarms[0], urgent_at_least=None)
    [cause] = alert_rules.of_answers(replace(PHQ9, alarms=(plain,)), answers(phq9_9=Decimal(3)))
    assert not cause.urgent


def test_an_answer_to_review_is_not_urgent_by_itself():
    alarm = Alarm(item="phq9_1", at_least=Decimal(2), kind=AlarmKind.REVIEW, source="clinic")
    [cause] = alert_rules.of_answers(replace(PHQ9, alarms=(alarm,)), answers(phq9_1=Decimal(2)))
    assert (cause.kind, cause.urgent) == (AlertKind.REVIEW_ITEM, False)


def test_a_rise_by_the_reliable_change_is_told_with_both_totals_and_the_rule():
    causes = list(alert_rules.of_change(judged(18, 10, 17)))
    assert told(causes) == {
        AlertKind.DETERIORATION: "PHQ-9 rose from 10 to 17: 7 or more is usually a real change"
    }
    assert all(cause.facts["source"] for cause in causes)
    assert not any(cause.urgent for cause in causes)


@pytest.mark.parametrize("totals", [(18, 9, 15), (18, 18), (18, 9, 9), (18,), (18, 24)])
def test_less_than_the_reliable_change_is_no_deterioration(totals):
    assert AlertKind.DETERIORATION not in told(alert_rules.of_change(judged(*totals)))


def test_a_slow_worsening_is_seen_from_the_baseline():
    assert told(alert_rules.of_change(judged(10, 13, 17)))[AlertKind.DETERIORATION] == (
        "PHQ-9 rose from 10 at baseline to 17: 7 or more is usually a real change"
    )


def test_what_stays_as_bad_is_not_told_again():
    assert AlertKind.DETERIORATION in told(alert_rules.of_change(judged(10, 17)))
    assert told(alert_rules.of_change(judged(10, 17, 17))) == {}
    assert told(alert_rules.of_change(judged(10, 18, 17))) == {}
    assert told(alert_rules.of_change(judged(10, 17, 15, 17))) == {
        AlertKind.DETERIORATION: (
            "PHQ-9 rose from 10 at baseline to 17: 7 or more is usually a real change"
        )
    }


def raised(*totals):
    """Every alert of a course as it came in: (number of the score, kind)."""
    return [
        (many, cause.kind)
        for many in range(1, len(totals) + 1)
        for cause in alert_rules.of_change(judged(*totals[:many]))
    ]


@pytest.mark.parametrize(
    ("totals", "causes"),
    [
        ((20, 10, 11, 10, 11, 10, 11), []),
        ((20, 10, 19), [(3, AlertKind.LOSS_OF_RESPONSE)]),
        ((20, 10, 14, 15), [(4, AlertKind.LOSS_OF_RESPONSE)]),
        ((20, 10, 14, 15, 14, 16), [(4, AlertKind.LOSS_OF_RESPONSE)]),
        (
            (20, 10, 14, 15, 9, 14, 15),
            [(4, AlertKind.LOSS_OF_RESPONSE), (7, AlertKind.LOSS_OF_RESPONSE)],
        ),
        ((18, 12, 14), []),
    ],
)  # fmt: skip
def test_danger_is_told_once_and_noise_is_not(totals, causes):
    assert raised(*totals) == causes


def test_a_loss_of_response_says_its_level_and_its_rule():
    [cause] = alert_rules.of_change(judged(18, 9, 16))
    assert told([cause]) == {
        AlertKind.LOSS_OF_RESPONSE: "PHQ-9 16: response, 9 or less, was reached before and is lost"
    }
    assert "SUSTAIN-1" in cause.facts["source"]
    assert not cause.urgent


@given(st.lists(st.integers(0, 27), min_size=1, max_size=10), st.booleans())
def test_every_loss_of_a_course_is_told_once_when_it_is_sure(totals, treated):
    course = judged(*totals, first_dose=FIRST_DOSE if treated else None)
    telling_moment = [
        course[many].score
        for many in range(len(course))
        if AlertKind.LOSS_OF_RESPONSE in told(alert_rules.of_change(course[: many + 1]))
    ]
    assert telling_moment == [found.confirmed for found in responses(course) if found.confirmed]


def total_alerts(code, total, **given_answers):
    return list(alert_rules.of_total(library()[code], Decimal(total), given_answers))


@pytest.mark.parametrize(
    ("code", "total", "said", "urgent"),
    [
        ("c-ssrs-screener", 2, "C-SSRS screener 2, moderate: moderate risk from 2, high risk at 3",
         False),
        ("c-ssrs-screener", 3, "C-SSRS screener 3, high: moderate risk from 2, high risk at 3",
         True),
        ("c-ssrs-last-visit", 3,
         "C-SSRS since last visit 3, high: moderate risk from 2, high risk at 3", True),
        ("phq9", 25, "PHQ-9 25, severe: question 9 must have been answered above zero", False),
        ("phq9", 27, "PHQ-9 27, severe: question 9 must have been answered above zero", True),
        ("asrm", 6, "ASRM 6, at or above the usual cut: manic symptoms are likely from 6", False),
        ("ymrs", 12, "YMRS 12, at or above the usual cut: manic symptoms are likely from 12",
         False),
    ],
)  # fmt: skip
def test_a_total_alone_tells_of_its_danger(code, total, said, urgent):
    [cause] = total_alerts(code, total)
    assert list(told([cause]).values()) == [said]
    assert cause.urgent is urgent
    assert cause.facts["source"]


@pytest.mark.parametrize(
    ("code", "total"), [("c-ssrs-screener", 1), ("phq9", 24), ("asrm", 5), ("ymrs", 11)]
)
def test_a_total_below_the_alarm_raises_nothing(code, total):
    assert total_alerts(code, total) == []


def test_what_the_answers_tell_of_the_total_does_not_tell_again():
    assert total_alerts("c-ssrs-screener", 3, cssrs_4=Decimal(1)) == []
    assert total_alerts("phq9", 27, phq9_9=Decimal(3)) == []


def test_a_total_worked_out_without_question_9_implies_nothing_of_it():
    eight = {f"phq9_{n}": Decimal(3) for n in range(1, 9)}
    assert total_alerts("phq9", 27, **eight) == []


@given(st.sampled_from(WATCHED), st.data())
def test_alerts_pages_and_imports_agree_on_what_is_about_suicide(scale, data):
    chosen = {
        item.code: data.draw(st.sampled_from([None, *(choice.value for choice in item.choices)]))
        for item in scale.items
    }
    given_answers = {code: value for code, value in chosen.items() if value is not None}
    result = scoring.score(scale, chosen)
    about = {alarm.item for alarm, _ in result.raised if alarm.kind is AlarmKind.SUICIDE}
    causes = alert_rules.of_answers(scale, chosen)
    assert {c.item for c in causes if c.kind is AlertKind.SUICIDE_ITEM} == about
    assert about == {
        item.code
        for item in scale.items
        if chosen[item.code] in check_in_answers.crisis_values(scale, item)
    }
    assert check_in_answers.is_crisis(scale, given_answers) is bool(about)
    silent = [cause.item for cause in alert_rules.of_silence(scale, chosen)]
    assert tuple(silent) == result.suicide_missing
    assert not about & set(silent)


def test_the_highest_score_of_three_is_told():
    assert told(alert_rules.of_change(judged(15, 14, 20))) == {
        AlertKind.TOP_SCORE: "PHQ-9 20: highest score so far"
    }
    assert told(alert_rules.of_change(judged(18, 19, 20))) == {}


def test_where_higher_is_better_it_falls_to_the_lowest():
    who5 = library()["who5"]
    assert told(alert_rules.of_change(judged(60, 54, 40, instrument=who5))) == {
        AlertKind.DETERIORATION: "WHO-5 fell from 54 to 40: 10 or more matters to most people",
        AlertKind.TOP_SCORE: "WHO-5 40: lowest score so far",
    }


def test_ratings_of_the_moment_raise_nothing_by_swinging():
    assert list(alert_rules.of_change(judged(8, 7, 1, instrument=MOOD))) == []


def test_what_became_of_an_answer_is_said():
    facts = {"highest": "3", "later": "Not at all", "later_value": "0"}
    assert alert_rules.afterwards(facts) == "Changed afterwards to 'Not at all' (0 of 3)."
    assert (
        alert_rules.afterwards({"later": alert_rules.TAKEN_BACK})
        == "The answer was taken back afterwards."
    )
    assert alert_rules.afterwards({}) == ""


def test_an_alert_turns_red_when_the_set_time_is_over_and_not_before():
    late = START + timedelta(minutes=60)
    assert alert_rules.is_red(START, now=late, red_after_minutes=60)
    assert not alert_rules.is_red(START, now=late - timedelta(seconds=1), red_after_minutes=60)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "less than a minute"), (-3, "less than a minute"), (1, "1 min"), (59, "59 min"),
     (60, "1 h 0 min"), (125, "2 h 5 min"),
     (48 * 60 - 1, "47 h 59 min"), (48 * 60, "2 days"), (50 * 24 * 60, "50 days")],
)  # fmt: skip
def test_how_long_it_waited_is_written_shortly(minutes, said):
    assert alert_rules.waiting_time(START, START + timedelta(minutes=minutes)) == said


@pytest.mark.parametrize("done", ["", "  \n", "x" * (PARAGRAPH_MAX + 1)])
def test_what_was_done_must_be_said(done):
    assert [problem.field for problem in alert_rules.check_done(done)] == ["done"]


def test_braces_in_an_answer_are_only_text():
    facts = {"scale": "{x}", "number": "1", "answer": "{0}", "value": "1", "highest": "1"}
    assert (
        alert_rules.sentence(AlertKind.REVIEW_ITEM, facts)
        == "{x} question 1 answered '{0}' (1 of 1)"
    )


@pytest.mark.parametrize(
    ("totals", "raised_by"), [((30, 45), True), ((30, 32), False), ((33, 35), True)]
)
def test_where_the_error_is_not_known_a_worse_range_must_be_reached(totals, raised_by):
    causes = told(alert_rules.of_change(judged(*totals, instrument=library()["madrs"])))
    assert (AlertKind.DETERIORATION in causes) is raised_by
