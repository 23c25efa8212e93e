from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from tracker.domain.codes import Drug, Indication, Occasion, Route, SessionState
from tracker.domain.instruments.model import (
    AlarmKind,
    Band,
    ChangeRules,
    Instrument,
    TotalAlarm,
)
from tracker.domain.progress import attention, explanations
from tracker.domain.progress import summary as progress_summary
from tracker.domain.progress.trend import Audience, Trend, trend
from tracker.domain.scores.points import IncompletePoint, ScorePoint
from tracker.domain.sessions.point import SessionPoint

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


def test_a_missed_session_does_not_start_the_treatment():
    sessions = (sitting(1, -3, state=SessionState.MISSED), sitting(2, 0))
    assert panel(score(18, -1), score(9, 7), sessions=sessions).baseline is not None


def test_the_ribbon_stays_on_the_scale():
    assert panel(score(25, 0), score(14, 7)).latest.ribbon == (20, 27)


def test_points_more_than_two_recall_periods_apart_are_not_joined():
    course = panel(score(18, 0), score(15, 28), score(12, 56.5), score(11, 60))
    assert [len(run) for run in course.segments] == [2, 2]


def test_the_best_score_is_counted_from_the_baseline_on_and_by_the_direction_of_the_scale():
    course = panel(score(90, -9, "who5"), *(score(t, d, "who5") for t, d in ((28, 0), (64, 7))))
    assert course.latest.best.total == 64
    assert panel(score(3, -9), score(18, 0), score(9, 7), score(12, 14)).latest.best.total == 9


def test_a_reliable_change_has_levels_only_where_it_takes_more_than_to_matter():
    gad7 = scale("gad7", maximum=21, smallest_important=4, reliable=6)
    library = {**LIBRARY, "gad7": gad7}
    course = prepare(FIRST_DOSE, [score(16, 0, "gad7"), score(9, 7, "gad7")], library)
    assert course.scales[0].latest.reliable_at == (10,)  # 22 lies beyond the scale
    assert panel(score(18, 0), score(9, 7)).latest.reliable_at == ()


def test_a_step_to_another_version_is_known_and_one_from_an_unknown_version_is_not():
    versions = ("", "1", "1", "2")
    course = panel(*(score(9, d, version=version) for d, version in enumerate(versions)))
    assert [change.later.version for change in course.version_changes] == ["2"]


def test_what_has_no_total_is_listed_by_name_and_never_among_the_totals():
    unfinished = IncompletePoint(instrument="phq9", at=day(9), answered=5, asked=9)
    course = trend(
        FIRST_DOSE, [unfinished, score(18, 0)], LIBRARY, now=day(60), audience=Audience.CLINICIAN
    )
    assert course.incomplete == (("PHQ9", unfinished),)
    assert [point.total for point in course.scales[0].points] == [18]


def test_a_course_of_unfinished_questionnaires_alone_is_not_empty():
    unfinished = IncompletePoint(instrument="phq9", at=day(9), answered=5, asked=9)
    course = trend((), [unfinished], LIBRARY, now=day(60), audience=Audience.CLINICIAN)
    assert not course.empty
    assert course.scales == ()


def test_scales_with_rules_come_first_then_the_most_used_and_four_are_drawn():
    extra = scale("extra", response_fraction=0.5)
    silent = scale("silent")
    scores = [score(9, d, "silent") for d in range(9)]
    scores += [score(50, d, "pcl5") for d in range(3)] + [score(9, d) for d in range(4)]
    scores += [score(40, 2, "who5"), score(9, 1, "extra"), score(3, 1, "nobody-knows")]
    course = prepare([sitting(1, 0)], scores, {**LIBRARY, "extra": extra, "silent": silent})
    assert [p.instrument.code for p in course.scales] == ["phq9", "pcl5", "who5", "extra"]
    assert [name for name, _point in course.others] == ["SILENT", "nobody-knows"]


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
    assert [pair.change for pair in mood.pairs if pair.change is not None] == [0]


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
    phq9 = structs.replace(PHQ9, indications=(Indication.DEPRESSION,))
    scores = [score(18, 0), *(score(total, on, "pcl5") for total, on in ((50, 0), (40, 7)))]
    for indication, leader in ((Indication.DEPRESSION, "phq9"), (None, "pcl5")):
        drawn = trend(
            [], scores, LIBRARY | {"phq9": phq9},
            now=day(60), audience=Audience.CLINICIAN, indication=indication,
        )  # fmt: skip
        assert drawn.scales[0].instrument.code == leader


def test_scales_for_staff_alone_are_neither_drawn_nor_worded_for_patients():
    mania = structs.replace(scale("ymrs", maximum=60, recall_days=2), staff_only=True)
    instruments = {**LIBRARY, mania.code: mania}
    scores = [score(18, 0), score(9, 7), score(2, 0, "ymrs"), score(25, 7, "ymrs")]
    unfinished = [IncompletePoint(instrument="ymrs", at=day(9), answered=3, asked=11)]

    def shown(audience):
        course = trend(
            FIRST_DOSE, [*scores, *unfinished], instruments, now=day(60), audience=audience
        )
        words = (
            progress_summary.sentence(course), progress_summary.alt(course),
            *explanations.what_it_means(course), str(explanations.tables(course)),
        )  # fmt: skip
        drawn = [panel.instrument.code for panel in course.scales]
        return drawn, any("YMRS" in text for text in words)

    assert shown(Audience.CLINICIAN) == (["phq9", "ymrs"], True)
    assert shown(Audience.PATIENT) == (["phq9"], False)


def test_a_scale_for_staff_alone_takes_no_place_of_another():
    staff = [
        structs.replace(scale(f"s{n}", smallest_important=5), staff_only=True) for n in range(4)
    ]
    instruments = {**LIBRARY, **{one.code: one for one in staff}}
    scores = [score(18, 20), *(score(9, on, one.code) for one in staff for on in (1, 2, 3))]
    course = trend(FIRST_DOSE, scores, instruments, now=day(60), audience=Audience.PATIENT)
    assert [panel.instrument.code for panel in course.scales] == ["phq9"]
    assert course.others == ()


@pytest.mark.parametrize(
    ("silent_days", "reaches"), [(1, True), (60, True), (365, True), (366, False)]
)
def test_a_silence_is_as_long_on_the_picture_as_it_was_up_to_a_year(silent_days, reaches):
    now = day(20 + silent_days)
    course = trend(
        FIRST_DOSE, [score(18, 0), score(9, 20)], LIBRARY, now=now, audience=Audience.CLINICIAN
    )
    assert course.shows_today is reaches
    assert course.ends_at == (now if reaches else day(20))


def test_before_anything_happened_today_has_no_line():
    assert not trend([], [], LIBRARY, now=day(3), audience=Audience.CLINICIAN).shows_today


def test_a_danger_counts_and_its_scale_is_drawn_however_little_it_was_used():
    used = [scale(f"scale-{n}", maximum=27) for n in range(5)]
    risk = structs.replace(
        scale("risk", maximum=3),
        total_alarms=(
            TotalAlarm(
                at_least=Decimal(2), kind=AlarmKind.SUICIDE, meaning="much", source="a paper"
            ),
        ),
    )
    instruments = {one.code: one for one in (*used, risk)}
    scores = [score(9, on, one.code) for one in used for on in (0, 7)] + [score(3, 7, "risk")]
    course = trend(FIRST_DOSE, scores, instruments, now=day(8), audience=Audience.CLINICIAN)
    assert [panel.instrument.code for panel in course.scales][1] == "risk"
    assert [(one.instrument.code, one.answer) for one in course.dangers] == [("risk", "3, minimal")]
    assert any("3" in why for why in attention.reasons(course))


@pytest.mark.parametrize(("days", "silent"), [(28, False), (29, True)])
@pytest.mark.parametrize("hour", [0, 23])  # the page takes the beginning of a day, the list now
def test_a_page_and_a_list_call_the_same_silence(days, silent, hour):
    last = datetime(2026, 3, 10, 15, tzinfo=UTC)
    now = datetime(2026, 3, 10, hour, tzinfo=UTC) + timedelta(days=days)
    assert attention.is_silent(last, now) is silent
