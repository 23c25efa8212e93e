"""The people of the past are the same each time, nobody's, and of every kind."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tracker.domain.codes import Indication, Occasion, SeriesState
from tracker.domain.demo.past import invent_past

NOW = datetime(2026, 11, 30, 18, tzinfo=UTC)


def test_they_are_the_same_each_time_and_of_every_kind():
    people = list(invent_past(60, now=NOW, zone=ZoneInfo("America/New_York")))
    again = list(invent_past(60, now=NOW, zone=ZoneInfo("America/New_York")))
    assert people == again
    assert {one.indication for one in people} == set(Indication) - {Indication.OTHER}
    assert len({one.sessions[0].route for one in people}) >= 4
    assert {one.state for one in people} == {SeriesState.COMPLETED, SeriesState.STOPPED}
    assert all(one.reason for one in people if one.state is SeriesState.STOPPED)
    began = {score.occasion for one in people for score in one.scores}
    assert {Occasion.BASELINE, Occasion.FOLLOW_UP, Occasion.HOURS_AFTER} <= began
    without = [one for one in people
               if Occasion.BASELINE not in {score.occasion for score in one.scores}]  # fmt: skip
    assert 0 < len(without) < 15
    assert all(one.sessions[-1].started_at < NOW for one in people)
