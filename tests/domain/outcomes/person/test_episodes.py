"""How long a dose holds, what is left of a gain, and what few sessions do not show."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tracker.domain.codes import Drug, Indication, Occasion, Phase, Route, SessionState
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.domain.outcomes.person import comparisons, durability, episodes, report
from tracker.domain.progress.trend import Audience, trend
from tracker.domain.scores.points import ScorePoint
from tracker.domain.sessions.point import SessionPoint
from tracker.instruments import library

FIRST = datetime(2026, 1, 5, 10, tzinfo=UTC)


def dose(number, day, **values):
    usual = {
        "session_id": number, "number": number, "state": SessionState.COMPLETED,
        "at": FIRST + timedelta(days=day), "route": Route.IV, "drug": Drug.KETAMINE,
        "dose_mg": Decimal(35), "dose_mg_per_kg": Decimal("0.5"), "phase": Phase.INDUCTION,
        "indication": Indication.DEPRESSION,
    }  # fmt: skip
    return SessionPoint(**usual | values)


def score(day, total, code="phq9", **values):
    at = FIRST + timedelta(days=day)
    return ScorePoint(instrument=code, total=Decimal(total), at=at, **values)


def told(doses, scores, days=400):
    now = FIRST + timedelta(days=days)
    found = trend(
        doses, scores, library(), now=now, audience=Audience.CLINICIAN,
        indication=Indication.DEPRESSION,
    )  # fmt: skip
    return report.report(found, OutcomeDefinitions(), tuple(library().values()), now.date())


def holding(doses, scores):
    return episodes.of_scale(told(doses, scores).trend.judged[0], doses)


def test_half_of_a_gain_is_gone_at_the_middle_itself():
    [one] = holding(
        [dose(1, 0)], [score(-1, 20), score(7, 10), score(14, 14), score(21, 15)]
    ).episodes
    assert (one.gain.size, one.held_day, one.lost_day) == (10, 14, 21)


def test_what_still_held_when_the_next_dose_came_is_not_lost():
    doses = [dose(1, 0), dose(2, 21)]
    [one] = holding(doses, [score(-1, 20), score(7, 10), score(14, 11), score(30, 20)]).episodes
    assert (one.lost_day, one.held_day, one.is_followed, one.is_cut) == (None, 14, True, True)


def test_a_gain_that_may_be_chance_is_no_episode():
    found = holding([dose(1, 0)], [score(-1, 20), score(7, 17), score(14, 20)])
    assert (found.rated, found.episodes) == (1, ())
    assert "no gain that counts after any" in " ".join(episodes.sentences(found))


def test_a_score_long_before_a_dose_is_none_before_it():
    found = holding([dose(1, 0)], [score(-15, 20), score(7, 10)])
    assert found.rated == 0
    assert "so nothing can be said" in " ".join(episodes.sentences(found))


def test_a_score_hours_after_of_which_only_the_day_is_known_is_after():
    noon = {"time_known": False, "occasion": Occasion.HOURS_AFTER}
    late = dose(1, 0, at=FIRST + timedelta(hours=5))
    [one] = holding([late], [score(-1, 20), score(0, 10, **noon)]).episodes
    assert (one.gain.size, one.is_followed) == (10, False)


def test_a_rating_counts_from_the_one_before_and_ends_at_the_next_dose():
    doses = [
        dose(1, 0, mood_before=2, mood_after=8),
        dose(2, 7, mood_before=5, mood_after=6),
        dose(3, 14, mood_before=6, mood_after=6),
    ]
    found = episodes.of_rating(told(doses, []).trend.mood, doses)
    assert [(one.lost_day, one.held_day) for one in found.episodes] == [(7, 0)]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([3], "on day 3"),
        ([9, 3], "on day 3 and 9"),
        ([1, 2, 3], "on day 1, 2 and 3"),
        ([1, 2, 3, 4, 5, 6, 20], "on days 1 to 20, the middle one day 4"),
    ],
)
def test_days_are_listed_until_they_are_many(days, words):
    assert episodes.days(days) == words


def test_the_gain_of_a_course_counts_from_its_best_score_also_after_the_last_dose():
    found = told([dose(1, 0), dose(2, 3)], [score(-1, 20), score(17, 8), score(40, 14)]).durability
    [one] = found.courses
    assert (one.gain.size, one.half_lost.total) == (12, 14)
    assert "half of the gain or more was gone at 14, 37 days after" in durability.alt(found)
    [table] = durability.tables(found)
    assert [row[-2:] for row in table.rows] == [("20", "0"), ("8", "−12"), ("14", "−6")]


def test_a_course_without_a_baseline_is_named_and_not_drawn():
    second = {"series_number": 2}
    found = told(
        [dose(1, 0), dose(2, 200, **second)],
        [score(-1, 20), score(10, 8), score(215, 9)],
    ).durability  # fmt: skip
    assert [one.course.number for one in found.courses] == [1]
    assert found.left_out == ("Course 2, from 24 Jul 2026: no baseline to count from.",)


def test_one_odd_session_does_not_tilt_the_line_and_four_have_none():
    amounts = ("0.5", "0.6", "0.7", "0.8", "0.9")
    doses = [
        dose(n, 3 * n, dose_mg_per_kg=Decimal(amount), mood_before=2, mood_after=2 + n)
        for n, amount in enumerate(amounts, 1)
    ]
    compared = told(doses, []).comparisons[0]
    (_left, low), (_right, high) = compared.line
    assert (low, high) == (pytest.approx(1), pytest.approx(5))
    assert told(doses[:4], []).comparisons[0].line is None


def test_doses_of_another_route_or_unit_are_left_out_and_that_is_said():
    doses = [dose(n, 3 * n, mood_before=2, mood_after=4) for n in (1, 2, 3)]
    nasal = {"route": Route.NASAL, "drug": Drug.ESKETAMINE, "dose_mg": Decimal(56)}
    doses.append(dose(4, 12, mood_before=2, mood_after=4, **nasal))
    compared = told(doses, []).comparisons[0]
    assert compared.n == 3
    assert "1 session by another drug, route or unit left out" in " ".join(compared.notes)


def test_a_dose_that_nobody_wrote_down_is_no_dose_of_0():
    doses = [dose(1, 0, dose_mg=None, dose_mg_per_kg=None, mood_before=2, mood_after=4)]
    compared = told(doses, []).comparisons
    assert [one.n for one in compared] == [0, 0]
    assert compared[0].notes == ("No session has both, so nothing can be compared.",)
    assert comparisons.LINE_MIN == 5


def test_sessions_of_several_series_say_so():
    doses = [
        dose(n, 100 * n, series_number=n, dissociation_peak=n, mood_before=2, mood_after=4)
        for n in (1, 2)
    ]
    assert "They are of 2 series." in told(doses, []).comparisons[1].notes
    assert "too few to see anything in" in told(doses, []).comparisons[1].notes[0]


def test_older_courses_than_those_that_are_drawn_are_named():
    days = [200 * n for n in range(6)]
    doses = [dose(n, day, series_number=n) for n, day in enumerate(days, 1)]
    scores = [score(day + after, total) for day in days for after, total in ((-1, 20), (9, 8))]
    found = told(doses, scores, days=1100).durability
    assert [one.course.number for one in found.courses] == [2, 3, 4, 5, 6]
    assert found.left_out == (
        "Course 1, from 5 Jan 2026: older than the 5 courses that are drawn.",
    )
