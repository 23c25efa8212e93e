"""Who needs attention: reckoned from scores and check-ins, whatever became of the alerts."""

from datetime import timedelta

import pytest

from tests.builders import courses
from tests.builders.alerts import totalled
from tests.builders.courses import plan_sessions
from tests.stopping import stopped_at
from tracker.domain.codes import SeriesState
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.patients import PatientWord
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
        ((9, 14, 15), ["PHQ-9 response lost by 16 Mar"]),
        ((9, 8, 9), []),
        ((20, 27), ["PHQ-9 27, severe, on 16 Mar", "PHQ-9 7 worse than 20 at baseline"]),
    ],
)
def test_it_is_reckoned_from_scores_not_from_alerts(anna, treated, totals, why):
    score(anna, treated, *totals)
    lines = patient_search.listing(by=anna, show="attention").lines
    assert [list(line.state.status.attention) for line in lines] == ([why] if why else [])


@pytest.mark.parametrize(("totals", "needs"), [((9, 8, 9), False), ((20, 27), True)])
def test_a_search_among_them_leaves_out_who_needs_none(anna, treated, totals, needs):
    word = PatientWord(clinic_id=anna.clinic_id, word="ben", patient_id=treated.patient_id)
    db.session.add(word)
    score(anna, treated, *totals)
    assert patient_search.listing(by=anna, query="ben").lines
    found = patient_search.listing(by=anna, query="ben", show="attention").lines
    assert bool(found) is needs


@pytest.mark.parametrize(("ahead", "next_in"), [((-3,), None), ((-3, 4), 4), ((0, 4), 0)])
def test_a_planned_day_that_is_over_is_no_next_session(anna, treated, ahead, next_in):
    plan_sessions(anna, treated, *((LATER + timedelta(days=day)).date() for day in ahead))
    wanted = None if next_in is None else (LATER + timedelta(days=next_in)).date()
    assert patient_search.listing(by=anna).lines[0].state.next_on == wanted


@pytest.mark.parametrize(("days", "why"), [(27, []), (29, ["no score for 29 days"]), (100, [])])
def test_silence_counts_until_the_course_is_over(anna, treated, stopped, days, why):
    score(anna, treated, 9)
    stopped.move_to(courses.FIRST + timedelta(days=7 + days))
    lines = patient_search.listing(by=anna, show="attention").lines
    assert [list(line.state.status.attention) for line in lines] == ([why] if why else [])
