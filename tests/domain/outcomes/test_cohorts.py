"""The figures of random cohorts, from rows to report, against what others have programmed."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy import stats

from tracker.domain.codes import Drug, Indication, Phase, Route
from tracker.domain.outcomes import sums as sums_of
from tracker.domain.outcomes.course_outcome import (
    ChangeKind,
    CourseOutcome,
    change_kind,
    is_worse,
)
from tracker.domain.outcomes.definitions import CLINIC_DEFAULTS, Worse
from tracker.domain.outcomes.figures import figures
from tracker.domain.scores.interpretation import ScoreChange
from tracker.domain.scores.points import ScorePoint
from tracker.instruments import library

COHORTS = 1_000
CLOSE = 1e-9
DAY = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 12, tzinfo=ZoneInfo("Europe/Berlin"))
SCALES = ("phq9", "gad7", "pain-nrs")
KINDS = ("usual", "usual", "all missing", "ties", "zero")


def course(scale, number, before, after):
    change = None
    if before is not None and after is not None:
        early, late = (
            ScorePoint(instrument=scale.code, total=one, at=NOON) for one in (before, after)
        )
        change = ScoreChange(scale, early, late)
    return CourseOutcome(
        course_number=number, instrument=scale.code, indication=Indication.DEPRESSION,
        drug=Drug.KETAMINE, route=Route.IV, phase=Phase.INDUCTION, first_dose_on=DAY,
        last_dose_on=DAY, induction_ended_on=DAY, doses=1, induction_doses=1, induction_days=0,
        total_mg=None, mean_mg_per_kg=None, state=None, failed_treatments=None, baseline=before,
        is_entered=None if before is None else True, window_closes_on=DAY + timedelta(days=31),
        outcome=after, change=None if change is None else change_kind(change),
        is_worse=None if change is None else is_worse(change, Worse.RELIABLE),
    )  # fmt: skip


def cohort(draw, scale):
    """Draw people: nobody, one, all missing, ties, a baseline of 0, some with two courses."""
    kind, top = draw.choice(KINDS), int(scale.maximum)
    for _person in range(draw.choice((0, 1, 2, 3, 8, 12))):
        for number in range(1, draw.choice((2, 2, 3))):
            before = {"ties": top // 2, "zero": 0}.get(kind, draw.randint(0, top))
            after = before // 2 if kind == "ties" and draw.random() < 0.5 else draw.randint(0, top)
            seen = kind != "all missing" and draw.random() < 0.8
            yield course(scale, number, Decimal(before), Decimal(after) if seen else None)


def test_the_figures_of_random_cohorts_are_what_libraries_give():
    draw, told, compared = random.Random(8), library(), 0
    for number in range(COHORTS):
        scale = told[SCALES[number % len(SCALES)]]
        rows = list(cohort(draw, scale))
        found = figures({}, sums_of.sums(rows, CLINIC_DEFAULTS), (Indication.DEPRESSION,), DAY)
        pairs = [(one.baseline, one.outcome) for one in rows if one.outcome is not None]
        assert (found.flow.with_baseline, found.flow.observed) == (len(rows), len(pairs))
        assert found.flow.missing + found.flow.waiting == len(rows) - len(pairs)
        if not pairs:
            assert found.pair is None
            assert found.worse.share is None
            continue
        before, after = np.asarray(pairs, dtype=float).T
        reliable = beyond_error(scale, before - after)
        kinds = found.changes
        if reliable is not None:
            assert kinds[ChangeKind.RELIABLY_BETTER] == (reliable & (after < before)).sum()
            assert kinds[ChangeKind.RELIABLY_WORSE] == (reliable & (after > before)).sum()
            assert found.worse.count == (reliable & (after > before)).sum()
            assert found.worse.of == len(pairs)
        assert sum(kinds.values()) == len(pairs)
        assert found.entered_pair == found.pair
        compared += compare(found.pair, before, after)
    assert compared > 300


def beyond_error(scale, falls):
    """Say of each change whether it is reliable, after Jacobson and Truax 1991; None of no size."""
    if scale.code == "gad7":  # NHS Talking Therapies manual 2024: 4 points or more
        return np.abs(falls) >= 4
    if scale.change.sem is None:
        return None
    index = falls / (float(scale.change.sem) * np.sqrt(2))
    return np.abs(index) >= stats.norm.ppf(0.975)


def compare(ours, before, after):
    """Hold t, its probability and both sizes to two libraries; say whether there was a spread."""
    if len(before) == 1 or np.ptp(before - after) == 0:
        assert (ours.t, ours.d_of_changes) == (None, None)
        return False
    theirs = stats.ttest_rel(before, after)
    assert ours.t == pytest.approx(theirs.statistic, rel=CLOSE, abs=CLOSE)
    assert ours.probability == pytest.approx(theirs.pvalue, rel=1e-7, abs=1e-300)
    fall, spreads = (before - after).mean(), (before.std(ddof=1), after.std(ddof=1))
    assert ours.d_of_changes == pytest.approx(
        fall / (before - after).std(ddof=1), rel=CLOSE, abs=CLOSE
    )
    assert ours.d_of_scores == pytest.approx(fall / np.mean(spreads), rel=CLOSE, abs=CLOSE)
    return True
