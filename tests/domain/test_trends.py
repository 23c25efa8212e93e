import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tracker.domain.instruments import Band, ChangeRules, Instrument
from tracker.domain.panels import ScorePoint, SessionPoint
from tracker.domain.trends import Audience, Trend, trend
from tracker.domain.words import Drug, Indication, Occasion, Route, SessionState

START = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


def scale(code="phq9", *, maximum=27, recall_days=14, worse=True, **rules):
    change = ChangeRules(**{key: Decimal(str(value)) for key, value in rules.items()})
    return Instrument(
        code=code,
        version="1",
        title=code,
        short_title=code.upper(),
        minimum=Decimal(0),
        maximum=Decimal(maximum),
        higher_is_worse=worse,
        low_end="best" if worse else "worst",
        high_end="worst" if worse else "best",
        recall="",
        source="",
        licence="",
        bands=(Band(Decimal(0), Decimal(4), "Minimal"),),
        change=change,
        recall_days=recall_days,
    )


PHQ9 = scale(response_fraction=0.5, remission_at_most=4, smallest_important=5)
PCL5 = scale("pcl5", maximum=80, response_points=10)
WHO5 = scale("who5", maximum=100, worse=False, smallest_important=10)
MOOD = scale("mood-nrs", maximum=10, worse=False)
PAIN = scale("pain-nrs", maximum=10)
LIBRARY = {i.code: i for i in (PHQ9, PCL5, WHO5, MOOD, PAIN)}


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def sitting(number: int, on: float, **values) -> SessionPoint:
    values = {"state": SessionState.COMPLETED, "route": Route.IV, "drug": Drug.KETAMINE, **values}
    return SessionPoint(session_id=number, number=number, at=day(on), **values)


def score(total, on: float, code="phq9", **values) -> ScorePoint:
    return ScorePoint(instrument=code, total=Decimal(str(total)), at=day(on), **values)


def prepare(sessions=(), scores=(), instruments=LIBRARY, now=None) -> Trend:
    now = now or day(60)
    return trend(sessions, scores, instruments, now=now, audience=Audience.CLINICIAN)


FIRST_DOSE = (sitting(1, 0),)


def panel(*scores: ScorePoint, sessions=FIRST_DOSE):
    return prepare(sessions, scores).scales[0]


def test_without_anything_the_course_is_empty_and_spans_the_weeks_ahead():
    course = prepare(now=START)
    assert course.empty
    assert (course.starts_at, course.ends_at) == (START, day(14))


def test_a_course_that_is_only_planned_is_empty_and_knows_the_next_session():
    course = prepare([sitting(1, 3, state=SessionState.PLANNED)], now=START)
    assert course.empty
    assert course.ahead[0].at == day(3)


def test_the_baseline_is_the_last_total_on_or_before_the_first_dose():
    course = panel(score(20, -9), score(18, 0), score(9, 7))
    assert course.baseline is not None
    assert course.baseline.total == 18


@pytest.mark.parametrize(("on", "found"), [(-14, True), (-14.1, False)])
def test_a_baseline_is_at_most_fourteen_days_old(on, found):
    course = panel(score(18, on), score(9, 7))
    assert (course.baseline is not None) is found


def test_a_total_after_the_first_dose_is_never_a_baseline():
    course = panel(score(18, 0.1), score(9, 7))
    assert course.baseline is None
    assert course.change is None
    assert course.ribbon is None


def test_a_total_of_which_only_the_day_is_known_counts_on_the_day_of_the_dose():
    course = panel(score(18, 0.1, time_known=False), score(9, 7))
    assert course.baseline is not None
    later = panel(score(18, 0.1, time_known=False, occasion=Occasion.HOURS_AFTER), score(9, 7))
    assert later.baseline is None


def test_a_missed_session_does_not_start_the_treatment():
    sessions = (sitting(1, -3, state=SessionState.MISSED), sitting(2, 0))
    assert panel(score(18, -1), score(9, 7), sessions=sessions).baseline is not None


def test_before_any_dose_only_a_total_called_baseline_is_one():
    assert panel(score(20, -9), score(18, -1), sessions=()).baseline is None
    course = panel(score(18, 0, occasion=Occasion.BASELINE), score(9, 7), sessions=())
    assert course.change == -9


@pytest.mark.parametrize(("last", "responded"), [(9, True), (9.1, False), (2, True)])
def test_response_includes_exactly_half(last, responded):
    assert panel(score(18, 0), score(last, 7)).responded is responded


def test_response_in_points_counts_points():
    course = panel(score(52, 0, "pcl5"), score(42, 7, "pcl5"))
    assert course.response_at == 42
    assert course.responded is True


def test_percent_change_and_response_are_undefined_from_a_baseline_of_zero():
    course = panel(score(0, 0), score(5, 7))
    assert course.percent is None
    assert course.response_at is None
    assert course.responded is None
    assert course.change == 5


def test_remission_includes_its_level():
    assert panel(score(18, 0), score(4, 7)).remitted is True
    assert panel(score(18, 0), score(5, 7)).remitted is False


def test_where_higher_is_better_a_rise_is_an_improvement():
    course = panel(score(28, 0, "who5"), score(64, 7, "who5"), score(40, 14, "who5"))
    assert course.improved is True
    assert course.best.total == 64
    assert panel(score(9, 0), score(18, 7)).improved is False


def test_the_smallest_important_change_is_itself_real():
    assert panel(score(18, 0), score(13, 7)).real is True
    assert panel(score(18, 0), score(14, 7)).real is False
    assert panel(score(52, 0, "pcl5"), score(42, 7, "pcl5")).real is None


def test_the_ribbon_stays_on_the_scale():
    assert panel(score(25, 0), score(14, 7)).ribbon == (20, 27)


def test_points_more_than_two_recall_periods_apart_are_not_joined():
    course = panel(score(18, 0), score(15, 28), score(12, 56.5), score(11, 60))
    assert [len(run) for run in course.segments] == [2, 2]


def test_scales_with_rules_come_first_then_the_most_used_and_three_are_drawn():
    extra = scale("extra", response_fraction=0.5)
    silent = scale("silent")
    scores = [score(9, d, "silent") for d in range(9)]
    scores += [score(50, d, "pcl5") for d in range(3)] + [score(9, d) for d in range(4)]
    scores += [score(40, 2, "who5"), score(9, 1, "extra"), score(3, 1, "nobody-knows")]
    course = prepare([sitting(1, 0)], scores, {**LIBRARY, "extra": extra, "silent": silent})
    assert [p.instrument.code for p in course.scales] == ["phq9", "pcl5", "who5"]
    assert [name for name, _point in course.others] == ["EXTRA", "SILENT", "nobody-knows"]


def test_scores_in_any_order_give_the_same_course():
    scores = [score(18, 0), score(14, 7), score(9, 14)]
    assert panel(*scores) == panel(*reversed(scores))


def test_a_missing_side_of_a_pair_stays_missing():
    sessions = [
        sitting(1, 0, mood_before=3),
        sitting(2, 3, mood_after=0),
        sitting(3, 7),
        sitting(4, 9, mood_before=0, mood_after=0),
    ]
    mood = prepare(sessions).mood
    assert mood is not None
    assert [(p.before, p.after) for p in mood.pairs] == [(3, None), (None, 0), (0, 0)]
    assert mood.changes == (0,)


def test_a_rating_that_nobody_gave_has_no_panel():
    course = prepare([sitting(1, 0, mood_before=3)])
    assert course.pain is None
    assert not course.empty


def test_a_later_rating_is_tied_to_the_session_it_followed():
    sessions = [sitting(1, 0, mood_after=6), sitting(2, 3, mood_after=7)]
    scores = [
        score(5, 1, "mood-nrs", hours_after=Decimal(24)),
        score(4, 2, "mood-nrs"),
        score(6, 5, "mood-nrs", session_id=1),
        score(6, 30, "mood-nrs", occasion=Occasion.HOURS_AFTER),
    ]
    mood = prepare(sessions, scores).mood
    assert mood is not None
    followed = [later.followed.at if later.followed else None for later in mood.follow_ups]
    assert followed == [day(0), None, day(0), None]
    assert prepare(sessions, scores).scales == ()


def test_sessions_planned_far_ahead_do_not_squeeze_the_past():
    planned = [sitting(n, n * 30, state=SessionState.PLANNED) for n in (1, 2, 3)]
    course = prepare([sitting(9, 0, mood_before=3), *planned], now=START)
    assert course.ends_at == day(30)
    assert len(course.ahead) == 3


def test_one_day_of_data_spans_two_weeks():
    course = prepare([sitting(1, 0, mood_before=3)], now=START)
    assert course.ends_at - course.starts_at == timedelta(days=14)


def test_the_scale_of_the_indication_leads_though_another_was_used_more():
    phq9 = dataclasses.replace(PHQ9, indications=(Indication.DEPRESSION,))
    scores = [score(18, 0), *(score(total, on, "pcl5") for total, on in ((50, 0), (40, 7)))]
    for indication, leader in ((Indication.DEPRESSION, "phq9"), (None, "pcl5")):
        drawn = trend(
            [], scores, LIBRARY | {"phq9": phq9},
            now=day(60), audience=Audience.CLINICIAN, indication=indication,
        )  # fmt: skip
        assert drawn.scales[0].instrument.code == leader
