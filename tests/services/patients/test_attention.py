"""Who needs attention: reckoned from scores and check-ins, whatever became of the alerts."""

from datetime import timedelta

import pytest

from tests.builders import courses
from tests.builders.alerts import an_alert, totalled
from tests.builders.courses import plan_sessions
from tests.builders.patients import a_patient
from tests.stopping import stopped_at
from tracker.domain.codes import SeriesState
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.patients import PatientWord
from tracker.models.series import Series
from tracker.services.alerts import commands as alert_commands
from tracker.services.patients import commands as patient_commands
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


@pytest.fixture
def untreated(cast):
    """Cara, who was never treated here."""
    cara = a_patient(cast.console, record_number="R-77", given_name="Cara", family_name="Dorn")
    db.session.add(PatientWord(clinic_id=cast.clinic_id, word="dorn", patient_id=cara))
    db.session.commit()
    return cara


def reasons(by, **asked):
    lines = patient_search.listing(by=by, show="attention", **asked).lines
    return {line.record_number: list(line.state.status.attention) for line in lines}


def test_who_has_no_series_is_judged_by_their_scores(anna, untreated):
    for day, total in ((0, 8), (20, 20)):
        totalled(anna, untreated, total, courses.FIRST + timedelta(days=day))
    db.session.execute(db.delete(Alert))
    db.session.commit()
    assert (
        reasons(anna) == reasons(anna, query="dorn") == {"R-77": ["PHQ-9 12 worse than 8 before"]}
    )


def test_an_urgent_alert_that_is_open_needs_attention_by_itself(anna, cast, untreated):
    an_alert(cast.anna, untreated, urgent=False)
    assert reasons(anna) == {}
    alert = an_alert(cast.anna, untreated, urgent=True)
    assert reasons(anna) == {"R-77": ["urgent alert open"]}
    alert_commands.acknowledge(alert, "Called her", by=cast.anna)
    assert reasons(anna) == {}


def test_whoever_has_an_urgent_alert_is_judged_before_all_others(
    anna, cast, monkeypatch, untreated
):
    for number in range(3):
        other = a_patient(cast.console, record_number=f"R-8{number}", family_name=f"Aaron{number}")
        totalled(anna, other, 26, courses.FIRST + timedelta(days=20))
    db.session.execute(db.delete(Alert))
    an_alert(cast.anna, untreated, urgent=True, raised_at=courses.FIRST)
    monkeypatch.setattr(patient_search, "ATTENTION_MAX", 2)
    found = patient_search.listing(by=anna, show="attention")
    assert "R-77" in [line.record_number for line in found.lines]
    assert (len(found.lines), found.more) == (2, True)


def test_who_is_archived_needs_nothing(anna, cast, untreated):
    an_alert(cast.anna, untreated, urgent=True)
    patient_commands.archive(untreated, "Moved away", by=cast.anna)
    assert reasons(anna) == {}
