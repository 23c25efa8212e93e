"""Intervals, spreads and curves, against what others have programmed independently."""

import math
import random
import statistics
import warnings
from decimal import Decimal

import pytest
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from tracker.domain.outcomes import kaplan_meier, student
from tracker.domain.outcomes.paired import PairSums, paired_change
from tracker.domain.outcomes.proportion import Proportion

COHORTS = 1_000
CLOSE = 1e-9


def test_wilson_is_what_two_libraries_give():
    draw = random.Random(1)
    for _ in range(COHORTS):
        n = draw.choice((1, 2, 3, 9, 10, 30, 537, 9_016))
        count = draw.choice((0, n, draw.randint(0, n)))
        ours = Proportion(count, n).interval
        theirs = stats.binomtest(count, n).proportion_ci(method="wilson")
        assert ours == pytest.approx((theirs.low, theirs.high), abs=CLOSE)
        assert ours == pytest.approx(proportion_confint(count, n, method="wilson"), abs=CLOSE)


def test_nobody_has_no_share_and_no_interval():
    assert (Proportion(0, 0).share, Proportion(0, 0).interval) == (None, None)


def test_the_figures_of_a_published_series_have_its_interval():
    # McInnes 2022: 53.6 % of 537 in response.
    low, high = Proportion(288, 537).interval
    assert (round(low, 3), round(high, 3)) == (0.494, 0.578)


def test_students_t_is_what_a_library_gives():
    for degrees in (1, 2, 3, 9, 29, 500, 100_000):
        for t in (0.0, 1e-6, 0.5, 1.96, 4.221349, 12.0, 60.0):
            theirs = 2 * stats.t.sf(t, degrees)
            assert student.probability_beyond(t, degrees) == pytest.approx(theirs, rel=1e-9)
        for probability in (0.5, 0.9, 0.975, 0.999):
            theirs = stats.t.ppf(probability, degrees)
            assert student.quantile(probability, degrees) == pytest.approx(theirs, rel=1e-9)


def test_pairs_are_what_a_library_gives():
    draw = random.Random(2)
    for _ in range(COHORTS):
        pairs = _pairs(draw)
        ours = paired_change(_sums(pairs))
        if not pairs:
            assert ours is None
            continue
        assert ours.n == len(pairs)
        before, after = ([float(one[side]) for one in pairs] for side in (0, 1))
        changes = [float(late - early) for early, late in pairs]
        assert ours.change == pytest.approx(math.fsum(changes) / len(changes), abs=CLOSE)
        if len(pairs) == 1:
            assert (ours.change_sd, ours.t, ours.change_ends) == (None, None, None)
            continue
        spreads = [statistics.stdev(some) for some in (before, after, changes)]
        found = [ours.before_sd, ours.after_sd, ours.change_sd]
        assert found == pytest.approx(spreads, abs=CLOSE)
        if len({late - early for early, late in pairs}) == 1:  # everybody changed alike
            assert (ours.t, ours.d_of_changes) == (None, None)
            continue
        theirs = stats.ttest_rel(before, after)
        assert ours.t == pytest.approx(theirs.statistic, rel=CLOSE)
        assert ours.probability == pytest.approx(theirs.pvalue, rel=1e-7, abs=1e-300)
        ends = theirs.confidence_interval(0.95)
        assert ours.change_ends == pytest.approx((-ends.high, -ends.low), rel=CLOSE, abs=CLOSE)


def _pairs(draw):
    n = draw.choice((0, 1, 2, 2, 3, 10, 40))
    kind = draw.choice(("whole", "tenths", "ties", "zero"))
    if kind == "ties":
        return [(Decimal(20), Decimal(draw.choice((10, 20)))) for _ in range(n)]
    if kind == "zero":
        return [(Decimal(0), Decimal(draw.randint(0, 3))) for _ in range(n)]
    scale = Decimal(1) if kind == "whole" else Decimal("0.1")
    return [(draw.randint(0, 27) * scale, draw.randint(0, 27) * scale) for _ in range(n)]


def _sums(pairs):
    sums = PairSums()
    for before, after in pairs:
        sums = sums.add(before, after)
    return sums


def test_sums_forget_what_is_taken_away():
    sums = _sums([(Decimal("20.5"), Decimal(10)), (Decimal(18), Decimal("7.25"))])
    assert sums.add(Decimal(18), Decimal("7.25"), -1) == _sums([(Decimal("20.5"), Decimal(10))])


def test_kaplan_meier_is_what_a_library_gives():
    draw = random.Random(3)
    for _ in range(COHORTS):
        days = _days(draw)
        ours = kaplan_meier.from_days(days)
        assert (ours.n, ours.events) == (len(days), sum(happened for _, happened in days))
        if not days:
            assert ours.steps == ()
            continue
        theirs = stats.ecdf(
            stats.CensoredData(
                uncensored=[day for day, happened in days if happened],
                right=[day for day, happened in days if not happened],
            )
        ).sf
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of shares of 0 and 1, which have no spread
            ends = theirs.confidence_interval(method="log-log")
        for step in ours.steps:
            assert step.kept == pytest.approx(theirs.evaluate(step.day), abs=CLOSE)
            if 0 < step.kept < 1:
                low, high = (float(one.evaluate(step.day)) for one in (ends.low, ends.high))
                assert step.ends == pytest.approx((low, high), abs=CLOSE)


def test_kaplan_meier_is_what_another_library_gives():
    draw = random.Random(4)
    for _ in range(40):
        days = _days(draw) or [(3, True)]
        ours = kaplan_meier.from_days(days)
        theirs = SurvfuncRight([day for day, _ in days], [event for _, event in days])
        kept = dict(
            zip(theirs.surv_times, zip(theirs.surv_prob, theirs.n_risk, strict=True), strict=False)
        )
        for step in (one for one in ours.steps if one.events):
            share, at_risk = kept[step.day]
            assert step.kept == pytest.approx(share, abs=CLOSE)
            assert ours.at_risk(step.day) == at_risk
        half = [day for day, (share, _) in kept.items() if share <= 0.5 + CLOSE]
        assert ours.median_day == min(half, default=None)


def _days(draw):
    n = draw.choice((0, 1, 2, 5, 30))
    longest = draw.choice((1, 5, 400))
    share = draw.choice((0.0, 0.3, 0.7, 1.0))
    return [(draw.randint(0, longest), draw.random() < share) for _ in range(n)]


def test_a_published_curve_is_drawn_as_it_was():
    # Remission of leukaemia under 6-mercaptopurine (Freireich 1963): 21 people, the textbook case.
    events = {6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1}
    censored = {6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1}
    found = kaplan_meier.curve(events, censored)
    kept = {step.day: round(step.kept, 3) for step in found.steps if step.events}
    assert kept == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.69, 16: 0.627, 22: 0.538, 23: 0.448}
    assert (found.median_day, found.at_risk(23)) == (23, 6)
    assert found.step_at(5) is None
