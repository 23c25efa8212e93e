"""Who needs attention: reckoned from scores and check-ins, whatever became of the alerts."""

from datetime import timedelta

import pytest

from tests.builders import courses
from tests.builders.alerts import totalled
from tests.stopping import stopped_at
from tracker.domain.codes import SeriesState
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.series import Series
from tracker.services.patients import search as patient_search

LATER = courses.FIRST + timedelta(days=25)
stopped = stopped_at(LATER)

pytestmark = pytest.mark.both_databases


@pytest.fixture
def treated(cast):
    """Ben, whose PHQ-9 was 20 before the first dose, and whose series is over."""
    treated = courses.treat(cast.console, scores=1)
    db.session.get_one(Series, treated.series_id).state = SeriesState.COMPLETED.value
    db.session.commit()
    return treated


def score(anna, treated, *totals):
    for week, total in enumerate(totals, 1):
        totalled(anna, treated.patient_id, total, courses.FIRST + timedelta(days=7 * week))
    db.session.execute(db.delete(Alert))
    db.session.commit()


@pytest.mark.parametrize(
    ("totals", "why"),
    [
        ((9, 14, 15), ["response lost by 16 Mar"]),
        ((9, 8, 9), []),
        ((20, 27), ["PHQ-9 27, severe", "PHQ-9 7 worse than 20 at baseline"]),
    ],
)
def test_it_is_reckoned_from_scores_not_from_alerts(anna, treated, totals, why):
    score(anna, treated, *totals)
    lines = patient_search.listing(by=anna, show="attention").lines
    assert [list(line.state.status.attention) for line in lines] == ([why] if why else [])


@pytest.mark.parametrize(("days", "why"), [(27, []), (29, ["no score for 29 days"]), (100, [])])
def test_silence_counts_until_the_course_is_over(anna, treated, stopped, days, why):
    score(anna, treated, 9)
    stopped.move_to(courses.FIRST + timedelta(days=7 + days))
    lines = patient_search.listing(by=anna, show="attention").lines
    assert [list(line.state.status.attention) for line in lines] == ([why] if why else [])
