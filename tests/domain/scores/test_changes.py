from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.charts.courses import treated
from tests.domain.progress.test_trend import FIRST_DOSE, PCL5, PHQ9, WHO5, scale, score, sitting
from tracker.domain.alerts import rules as alert_rules
from tracker.domain.clinic.course_rules import CourseRules
from tracker.domain.codes import Occasion
from tracker.domain.instruments.model import Band
from tracker.domain.scores import interpretation
from tracker.domain.scores.interpretation import (
    BASELINE_RULE_UNTREATED,
    Certainty,
    baseline_rule,
)

DOSE = FIRST_DOSE[0]
GAD7 = scale("gad7", maximum=21, response_fraction=0.5, smallest_important=4, reliable=6)
UNSIZED = scale("madrs", maximum=60, response_fraction=0.5, remission_at_most=10)
SIZED = replace(PHQ9, change=replace(PHQ9.change, reliable=Decimal(7)))
TOTALS = st.lists(st.integers(0, 27), min_size=1, max_size=8)


def is_worse(verdict):
    return alert_rules.worsening(verdict) is not None


def judge(*scores, instrument=PHQ9, dose=DOSE):
    return interpretation.verdicts(scores, instrument, treated(dose))


def last(*totals, instrument=PHQ9, dose=DOSE):
    """Judge the last of some totals, a week apart from the day of the dose on."""
    scores = [score(total, 7 * n, instrument.code) for n, total in enumerate(totals)]
    return judge(*scores, instrument=instrument, dose=dose)[-1]


def test_the_baseline_is_the_last_total_on_or_before_the_first_dose():
    verdict = judge(score(20, -9), score(18, 0), score(9, 7))[-1]
    assert verdict.baseline.total == 18
    assert verdict.baseline_rule == baseline_rule(CourseRules())


@pytest.mark.parametrize(("on", "found"), [(-14, True), (-14.4, True), (-15, False)])
def test_a_baseline_is_at_most_fourteen_days_of_the_calendar_old(on, found):
    assert (judge(score(18, on), score(9, 7))[-1].baseline is not None) is found


def test_a_total_after_the_first_dose_is_never_a_baseline():
    verdict = judge(score(18, 0.1), score(9, 7))[-1]
    assert verdict.baseline is None
    assert verdict.since_baseline is None
    assert verdict.response is None
    assert verdict.since_last.points == -9


def test_a_total_of_which_only_the_day_is_known_counts_on_the_day_of_the_dose():
    day_alone = score(18, 0.1, time_known=False)
    assert judge(day_alone, score(9, 7))[-1].baseline is day_alone
    hours_after = score(18, 0.1, time_known=False, occasion=Occasion.HOURS_AFTER)
    assert judge(hours_after, score(9, 7))[-1].baseline is None


def test_before_any_dose_only_a_total_called_baseline_is_one():
    verdict = judge(score(20, -9), score(18, -1), dose=None)[-1]
    assert verdict.baseline is None
    assert verdict.baseline_rule == BASELINE_RULE_UNTREATED
    called = judge(score(18, 0, occasion=Occasion.BASELINE), score(9, 7), dose=None)[-1]
    assert called.since_baseline.points == -9


def test_what_came_before_the_baseline_is_not_compared_with_it():
    early, start, _later = judge(score(20, -9), score(18, 0), score(9, 7))
    assert early.since_baseline is None
    assert early.response is None
    assert (start.is_baseline, start.since_baseline) == (True, None)
    assert start.since_last.points == -2


def test_other_instruments_are_left_out_as_the_weekly_form_is_beside_the_monthly_one():
    verdicts = judge(score(52, 0, "pcl5"), score(30, 7, "pcl5-week"), instrument=PCL5)
    assert [verdict.score.total for verdict in verdicts] == [52]


def test_another_version_is_compared_and_known_as_one():
    verdict = judge(score(18, 0, version="1"), score(9, 7, version="2"))[-1]
    assert verdict.since_baseline.other_version
    unknown = judge(score(18, 0), score(9, 7, version="2"))[-1]
    assert not unknown.since_baseline.other_version


def test_a_prorated_baseline_counts_and_is_marked():
    verdict = judge(score(18, 0, prorated=True), score(9, 7))[-1]
    assert verdict.since_baseline.earlier.prorated


@pytest.mark.parametrize(("total", "response"), [(9, True), (9.1, False), (2, True)])
def test_response_includes_exactly_half(total, response):
    assert last(18, total).response is response


def test_response_in_points_counts_points():
    verdict = last(52, 42, instrument=PCL5)
    assert (verdict.response_at, verdict.response) == (42, True)


def test_percent_and_response_are_undefined_from_a_baseline_of_zero():
    verdict = last(0, 5)
    assert (verdict.since_baseline.percent, verdict.response_at, verdict.response) == (None,) * 3


def test_remission_includes_its_level_and_needs_no_baseline():
    assert [last(18, total).remission for total in (4, 5)] == [True, False]
    assert judge(score(4, 7))[-1].remission is True
    assert last(30, 10, instrument=WHO5).remission is None


def test_where_higher_is_better_a_rise_is():
    assert last(28, 64, instrument=WHO5).since_baseline.better is True
    assert last(9, 18).since_baseline.better is False
    assert last(9, 9).since_baseline.better is None


@pytest.mark.parametrize(
    ("total", "important", "reliable"), [(13, False, False), (12, True, False), (10, True, True)]
)
def test_a_change_is_held_against_both_published_sizes_themselves_included(
    total, important, reliable
):
    change = last(16, total, instrument=GAD7).since_baseline
    assert (change.important, change.reliable) == (important, reliable)


def test_a_size_that_nobody_published_is_not_a_size_of_zero():
    change = last(40, 20, instrument=UNSIZED).since_baseline
    assert (change.important, change.reliable) == (None, None)


@pytest.mark.parametrize(
    ("total", "certainty"),
    [
        (10, Certainty.RELIABLE),
        (12, Certainty.IMPORTANT_ONLY),
        (13, Certainty.WITHIN_ERROR),
        (16, Certainty.WITHIN_ERROR),
        (22, Certainty.RELIABLE),
    ],
)
def test_one_question_tells_what_may_be_said_of_a_change(total, certainty):
    assert last(16, total, instrument=GAD7).since_baseline.certainty is certainty


def test_without_a_reliable_size_a_change_matters_at_most():
    matters = scale("madrs", maximum=60, smallest_important=2)
    assert last(30, 28, instrument=matters).since_baseline.certainty is Certainty.IMPORTANT_ONLY
    assert last(30, 29, instrument=matters).since_baseline.certainty is Certainty.UNKNOWN
    assert last(40, 20, instrument=UNSIZED).since_baseline.certainty is Certainty.UNKNOWN


BDI2 = scale("bdi2", maximum=63, smallest_important=3, smallest_important_fraction=0.175)


@pytest.mark.parametrize(
    ("start", "end", "important"),
    [
        (40, 33, True),
        (40, 34, False),
        (40, 47, True),
        (10, 7, True),
        (10, 8, False),
        (0, 3, True),
        (0, 2, False),
    ],
)
def test_a_share_of_the_earlier_score_matters_but_never_less_than_the_points(start, end, important):
    assert last(start, end, instrument=BDI2).since_baseline.important is important


def test_a_share_of_nothing_is_not_known():
    share = scale("pain", maximum=10, smallest_important_fraction=0.3)
    assert last(0, 8, instrument=share).since_baseline.important is None
    assert last(10, 7, instrument=share).since_baseline.important is True


def test_on_a_scale_of_whole_numbers_sizes_and_levels_are_whole():
    whole = replace(
        scale("phq9", response_fraction=0.5, smallest_important=4.5, reliable=6.9),
        whole_numbers=True,
    )
    change = last(19, 12, instrument=whole).since_baseline
    assert (change.important_size, change.reliable_size, change.reliable) == (5, 7, True)
    assert last(19, 13, instrument=whole).since_baseline.reliable is False
    assert [last(19, total, instrument=whole).response for total in (9, 10)] == [True, False]
    assert last(19, 9, instrument=whole).response_at == 9
    up = replace(WHO5, whole_numbers=True, change=whole.change)
    assert last(33, 49, instrument=up).response_at == 50
    assert [last(33, total, instrument=up).response for total in (49, 50)] == [False, True]


ENTRY = scale(response_fraction=0.5, remission_at_most=4, entry_at_least=10)


@pytest.mark.parametrize(
    ("start", "end", "response", "remission"),
    [(10, 5, True, False), (10, 4, True, True), (9, 4, None, None), (3, 4, None, None)],
)
def test_response_and_remission_need_somebody_to_have_been_ill(start, end, response, remission):
    verdict = last(start, end, instrument=ENTRY)
    assert (verdict.response, verdict.remission) == (response, remission)
    assert verdict.below_entry is (response is None)
    assert (verdict.response_at is None) is (response is None)


def test_without_a_baseline_nobody_is_known_not_to_have_been_ill():
    verdict = judge(score(4, 7), instrument=ENTRY)[-1]
    assert (verdict.below_entry, verdict.remission, verdict.response) == (False, True, None)


def test_the_baseline_itself_is_no_remission_of_somebody_who_was_not_ill():
    assert judge(score(3, 0), instrument=ENTRY)[-1].remission is None
    assert judge(score(12, 0), instrument=ENTRY)[-1].remission is False


def test_where_higher_is_better_ill_is_low():
    up = scale(
        "who5", maximum=100, worse=False, response_fraction=0.5, remission_at_most=60,
        entry_at_most=50,
    )  # fmt: skip
    assert last(40, 60, instrument=up).remission is True
    assert last(50, 75, instrument=up).response is True
    assert last(51, 80, instrument=up).response is None
    assert last(51, 80, instrument=up).remission is None


def test_a_low_score_may_count_together_with_a_reliable_change_alone():
    together = scale("pcl5", maximum=80, response_points=10, remission_at_most=28, reliable=15)
    together = replace(together, change=replace(together.change, remission_needs_reliable=True))
    assert last(43, 28, instrument=together).remission is True
    assert last(42, 28, instrument=together).remission is False
    assert last(60, 29, instrument=together).remission is False
    assert judge(score(20, 7, "pcl5"), instrument=together)[-1].remission is None
    assert judge(score(60, 7, "pcl5"), instrument=together)[-1].remission is False


def test_where_neither_end_is_better_no_change_is_for_the_worse():
    neither = replace(scale("meq30", maximum=150, reliable=20), neither_is_better=True)
    assert last(100, 60, instrument=neither).since_baseline.better is None
    assert not is_worse(last(100, 60, instrument=neither))
    assert not is_worse(last(60, 100, instrument=neither))
    assert not worst(60, 50, 100, instrument=neither)


def test_a_share_of_what_lies_below_zero_is_not_written():
    index = replace(scale("eq5d5l", maximum=1, worse=False), minimum=Decimal(-1))
    assert last(-0.2, 0.4, instrument=index).since_baseline.percent is None


def test_bands_are_named_where_one_is_left_for_another():
    bands = (Band(Decimal(0), Decimal(4), "Minimal"), Band(Decimal(5), Decimal(9), "Mild"))
    banded = replace(PHQ9, bands=bands)
    assert last(9, 4, instrument=banded).since_baseline.bands == bands[::-1]
    assert last(9, 5, instrument=banded).since_baseline.bands is None
    assert last(18, 4, instrument=banded).since_baseline.bands is None  # 18 has no band


def test_getting_worse_counts_by_the_reliable_change_where_there_is_one():
    found = alert_rules.worsening(last(5, 11, instrument=GAD7))
    assert (found.rule, found.threshold, found.since) == ("reliable change", 6, "the score before")
    assert not is_worse(last(5, 10, instrument=GAD7))


def test_getting_worse_counts_by_the_smallest_important_change_where_nothing_is_reliable():
    found = alert_rules.worsening(last(10, 15))
    assert (found.rule, found.threshold) == ("smallest important change", 5)
    assert not is_worse(last(10, 14))


def test_slow_worsening_is_found_against_the_baseline():
    found = alert_rules.worsening(last(10, 13, 16))
    assert (found.since, found.change.points) == ("baseline", 6)


def test_where_no_size_is_published_nobody_is_said_to_be_worse():
    assert not is_worse(last(20, 60, instrument=UNSIZED))


def test_getting_better_is_never_getting_worse():
    assert not is_worse(last(20, 3))
    assert not is_worse(last(20, 60, instrument=WHO5))
    assert is_worse(last(60, 20, instrument=WHO5))


def lost(*totals):
    scores = (score(total, 7 * n) for n, total in enumerate(totals))
    return alert_rules.lost_response(judge(*scores, instrument=SIZED))


def test_response_is_lost_by_two_scores_in_a_row_or_by_one_that_is_reliably_worse():
    assert lost(20, 10, 14, 15)
    assert lost(20, 10, 19)
    assert not lost(20, 10, 14)
    assert not lost(18, 10, 11)
    assert not lost(18, 9, 8)


def test_scores_that_go_to_and_fro_about_the_level_lose_nothing():
    totals = (20, 10, 11, 10, 11, 10, 11)
    assert not any(lost(*totals[:many]) for many in range(1, len(totals) + 1))


def test_a_loss_of_response_happens_once_until_it_is_reached_again():
    assert not lost(18, 9, 12, 12, 13)
    assert not lost(18, 9, 19, 20)
    assert lost(18, 9, 12, 12, 8, 11, 12)


def test_two_scores_of_one_day_are_no_two_visits():
    same_day = judge(score(20, 0), score(10, 7), score(14, 14), score(15, 14.2))
    assert not alert_rules.lost_response(same_day)
    next_day = judge(score(20, 0), score(10, 7), score(14, 14), score(15, 14.2), score(14, 15))
    assert alert_rules.lost_response(next_day)


def test_response_is_not_lost_without_a_baseline_or_by_scores_before_it():
    untreated = judge(score(18, 1), score(4, 7), score(18, 14), score(18, 21))
    assert not alert_rules.lost_response(untreated)
    before = judge(score(4, -9), score(18, 0), score(17, 7), score(18, 14))
    assert not alert_rules.lost_response(before)


def worst(*totals, instrument=PHQ9):
    scores = (score(total, 7 * n, instrument.code) for n, total in enumerate(totals))
    return alert_rules.new_worst(judge(*scores, instrument=instrument))


def test_a_new_worst_score_is_worse_than_at_least_two_others_by_what_matters():
    assert worst(15, 9, 20)
    assert not worst(15, 9, 19)
    assert not worst(9, 19)
    assert worst(40, 50, 30, instrument=WHO5)
    assert not worst(40, 50, 31, instrument=WHO5)


def test_where_nobody_knows_what_matters_no_score_is_a_new_worst():
    assert not worst(20, 30, 60, instrument=UNSIZED)


@given(totals=TOTALS, first_dose=st.integers(-30, 60))
def test_every_score_gets_one_verdict_whatever_the_course(totals, first_dose):
    scores = [score(total, 7 * n) for n, total in enumerate(totals)]
    dose = sitting(1, first_dose)
    judged = interpretation.verdicts(reversed(scores), PHQ9, treated(dose))
    assert [verdict.score for verdict in judged] == scores
    assert judged[0].since_last is None
    for verdict in judged:
        if verdict.since_baseline is not None:
            assert verdict.baseline.at <= dose.at
            assert dose.at - verdict.baseline.at <= timedelta(days=14)
            assert verdict.since_baseline.points == verdict.score.total - verdict.baseline.total
            assert verdict.since_baseline.size >= Decimal(0)
