"""Adjusted differences and mixed models, against what others have programmed independently."""

import random
from decimal import Decimal

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from tracker.domain.codes import Occasion
from tracker.domain.outcomes.analysis import participants as of_participants
from tracker.domain.outcomes.analysis.comparison import compare
from tracker.domain.outcomes.analysis.least_squares import least_squares
from tracker.domain.outcomes.analysis.model import attendance, in_model, model_input
from tracker.domain.outcomes.analysis.participants import LaterScore, Participant
from tracker.domain.outcomes.analysis.question import AnalysisQuestion, CountedFrom
from tracker.services.outcomes.analysis import mixed

COHORTS = 1_000
CLOSE = 1e-8
ASKED = AnalysisQuestion(
    counted_from=CountedFrom.FIRST_SCORE, columns=("arm",), at_least=Decimal(10)
)


def cohort(draw):
    """Draw people of two arms: none, one, all missing, ties, a baseline of 0, two courses each."""
    n = draw.choice((0, 1, 2, 3, 8, 30))
    kind = draw.choice(("whole", "ties", "zero", "missing"))
    for number in range(n):
        before = {"ties": 20, "zero": 0}.get(kind, draw.randint(5, 27))
        later = None if kind == "missing" or draw.random() < 0.1 else draw.randint(0, 27)
        for _course in range(draw.choice((1, 1, 2))):
            yield Participant(
                person=number,
                groups=(draw.choice(("a", "b")),),
                before=Decimal(before),
                after=None if later is None else Decimal(later),
            )


def test_the_adjusted_difference_is_what_a_library_gives():
    draw, compared = random.Random(6), 0
    for _ in range(COHORTS):
        people = list(cohort(draw))
        found = compare(people, ASKED, people_min=2)
        assert sum(one.n for one in found.groups) == found.n == len(people)
        pairs = [one for one in people if one.after is not None]
        for group in found.groups:
            own = [float(one.after) for one in pairs if one.groups == group.groups]
            assert (group.with_after, group.counted.of) == (len(own), len(own))
            assert group.counted.count == sum(one >= 10 for one in own)
            assert group.counted_of_all.of == group.n
            spread = pytest.approx(np.std(own, ddof=1), abs=CLOSE) if len(own) > 1 else None
            assert group.after_sd == spread
        if found.line is None:
            continue
        compared += 1
        columns = [[1.0, float(one.before), float(one.groups == ("b",))] for one in pairs]
        theirs = OLS([float(one.after) for one in pairs], columns).fit()
        ours = found.line.terms
        assert [one.value for one in ours] == pytest.approx(theirs.params, rel=1e-6, abs=CLOSE)
        assert [one.error for one in ours] == pytest.approx(theirs.bse, rel=1e-6, abs=1e-6)
        ends = theirs.conf_int()
        assert [one.ends for one in ours] == [
            pytest.approx(tuple(one), rel=1e-6, abs=1e-6) for one in ends
        ]
        assert found.line.residual_sd**2 == pytest.approx(theirs.mse_resid, abs=CLOSE)
    assert compared > 100


def test_what_follows_from_other_columns_is_no_line():
    rows = [(Decimal(1), Decimal(one), Decimal(2 * one)) for one in range(9)]
    assert least_squares(("a", "b", "c"), rows, [Decimal(3)] * 9) is None
    assert least_squares(("a",), [(Decimal(1),)], [Decimal(3)]) is None


def balanced(people, scores, *, seed=7):
    """Draw as many scores of everybody, around levels of their own."""
    draw = random.Random(seed)
    for number in range(people):
        level = 10 + draw.gauss(0, 4)
        later = tuple(
            (Decimal(30 * (place + 1)), Decimal(round(level + draw.gauss(0, 2), 2)))
            for place in range(scores)
        )
        yield Participant(
            person=number, groups=("a",), before=Decimal(20 + number % 3), later=later
        )


def test_variances_of_a_balanced_model_are_those_of_the_table_of_variance():
    """As many of each: REML is then what a table of variance gives (Searle 1992, 4.8)."""
    some = list(balanced(40, 4))
    given = model_input(some, ASKED)
    scores = np.asarray(given.scores).reshape(40, 4)
    # Without the score before: a mean, and time, which is the same for all.
    bare = [[row[0], row[2]] for row in given.columns]
    found = mixed.fit(
        type(given)(
            names=("Intercept", "time"), people=given.people, columns=bare,
            scores=given.scores, own_slope=False, reml=True,
        )
    )  # fmt: skip
    time = np.asarray([1.0, 2.0, 3.0, 4.0])
    slope = ((scores - scores.mean()) * (time - 2.5)).sum() / (40 * ((time - 2.5) ** 2).sum())
    means = scores.mean(axis=1)
    between = 4 * ((means - means.mean()) ** 2).sum() / 39
    rest = scores - means[:, None] - slope * (time - 2.5)
    within = (rest**2).sum() / (40 * 3 - 1)
    assert found.converged
    assert found.values[1] == pytest.approx(slope, abs=1e-5)
    assert found.residual == pytest.approx(within, rel=1e-4)
    assert found.random[0][0] == pytest.approx((between - within) / 4, rel=1e-4)
    assert found.errors[1] == pytest.approx((within / (40 * 5)) ** 0.5, rel=1e-3)


def test_a_model_that_cannot_be_fitted_says_so():
    given = model_input(list(balanced(12, 2)), ASKED)
    alike = type(given)(
        names=given.names, people=given.people, columns=[[1.0, 1.0, 1.0]] * 24,
        scores=given.scores, own_slope=False, reml=True,
    )  # fmt: skip
    found = mixed.fit(alike)
    assert (found.converged, bool(found.fault)) == (False, True)


def test_whom_a_model_leaves_out_is_counted():
    some = [*balanced(12, 3), Participant(person=50, groups=("a",), before=Decimal(9)),
            Participant(person=51, groups=(None,), before=Decimal(9),
                        later=((Decimal(3), Decimal(2)),))]  # fmt: skip
    inside = in_model(some, ASKED, people_min=10)
    assert len(inside) == 12
    assert in_model(some, ASKED, people_min=13) == []
    left = Participant(person=60, groups=("a",), before=Decimal(9), later=inside[0].later[:2])
    told = [(one.when, one.people, one.then_or_later) for one in attendance([*inside, left])]
    assert told == [
        ("days 29 to 35", 13, 13), ("days 57 to 63", 13, 13), ("days 85 to 91", 12, 12),
    ]  # fmt: skip


def test_the_last_score_of_the_hours_and_of_the_occasion_is_picked():
    scores = [
        LaterScore(Decimal(hours), Decimal(hours), occasion)
        for hours, occasion in (
            (24, Occasion.WEEKLY), (4, Occasion.HOURS_AFTER), (2, Occasion.HOURS_AFTER),
            (1000, Occasion.FOLLOW_UP),
        )
    ]  # fmt: skip
    for asked, picked in (
        ({}, 1000), ({"until": Decimal(24)}, 24), ({"since": Decimal(3), "until": Decimal(5)}, 4),
        ({"occasion": Occasion.WEEKLY}, 24), ({"since": Decimal(2000)}, None),
    ):  # fmt: skip
        assert of_participants.pick(scores, AnalysisQuestion(**asked)) == picked
