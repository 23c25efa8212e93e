"""Who may be lost from view: each list against a plain loop, and what a line says of somebody."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from tests.builders.courses import FIRST, scored, treat
from tests.builders.outcomes import cohort
from tests.people import ANNA
from tracker.domain.outcomes.needs.lists import SILENT_DAYS, NeedList
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.outcomes import CourseOutcomeRow
from tracker.models.patients import Patient
from tracker.services import clock
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import needs
from tracker.services.patients import commands as patient_commands

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def brute_force(today, used):
    """Go over every row by itself, of all patients."""
    rows = list(db.session.scalars(select(CourseOutcomeRow)))
    scores = {(r.patient_id, r.course_number): r for r in rows if r.instrument == "phq9"}
    found = {one: set() for one in NeedList}
    for row in (one for one in rows if one.instrument == ""):
        own = [one.course_number for one in rows if one.patient_id == row.patient_id]
        is_counted = row.course_number == max(own) and row.indication in {
            None,
            "depression",
            "other",
        }
        if is_counted and db.session.get(Patient, row.patient_id).archived_at is None:
            score = scores.get((row.patient_id, row.course_number))
            for one in lists_of(row, score, today, used):
                found[one].add(row.patient_id)
    return found


def lists_of(row, score, today, used):
    """Give the lists of one course."""
    if score is None or score.baseline is None:
        yield NeedList.NO_BASELINE
        return
    if score.is_worse:
        yield NeedList.WORSE
    ago = (today - row.induction_ended_on).days if row.induction_ended_on else -1
    latest = used.window_until_days + SILENT_DAYS
    if score.outcome is None and used.window_from_days <= ago <= latest:
        yield NeedList.SILENT
    if score.is_lost:
        lost = row.first_dose_on + timedelta(days=score.response_day + score.kept_days)
        last, half = Decimal(score.by_session[-1][1]), score.baseline // 2
        if row.last_dose_on < lost and last > half:
            yield NeedList.LOST


@pytest.mark.both_databases
def test_each_list_is_what_a_plain_loop_finds(cast):
    cohort.fill(cast.clinic_id, 150)
    outcome_commands.count_anew(by=cast.anna)
    for today in (cohort.FIRST_DAY + timedelta(days=days) for days in (60, 200, 400)):
        with time_machine.travel(today.isoformat() + "T18:00Z"):
            view = needs.find("phq9", by=cast.anna)
            told = brute_force(clock.today(needs.keeping.of_clinic(cast.clinic_id).zone),
                               view.definitions)  # fmt: skip
        assert {one: found.in_all for one, found in view.found.items()} == {
            one: len(ids) for one, ids in told.items()
        }
        for one, found in view.found.items():
            assert {line.patient_id for line in found.lines} <= told[one]
            for line in found.lines:
                others = {other for other, ids in told.items() if line.patient_id in ids}
                assert {one, *line.also} == others


@pytest.fixture
def silent(cast):
    treated = treat(cast.anna, record_number="S-1", scores=0)
    scored(cast.anna, treated, (18, FIRST - HOUR))
    return treated


def lines(cast, one, days):
    with time_machine.travel(FIRST + days * DAY):
        return needs.find("phq9", by=cast.anna).found[one].lines


@pytest.mark.both_databases
def test_a_score_is_due_from_the_first_day_of_the_window_and_listed_half_a_year(cast, silent):
    """The last of two doses was on day 3: the window is day 17 to day 34."""
    assert lines(cast, NeedList.SILENT, 16) == ()
    [line] = lines(cast, NeedList.SILENT, 17)
    assert (line.since, line.until) == (date(2026, 3, 19), date(2026, 4, 5))
    assert lines(cast, NeedList.SILENT, 34 + SILENT_DAYS)
    assert lines(cast, NeedList.SILENT, 35 + SILENT_DAYS) == ()
    scored(cast.anna, silent, (9, FIRST + 18 * DAY))
    assert lines(cast, NeedList.SILENT, 20) == ()


def test_response_that_was_lost_is_listed_from_the_day_on_which_it_was_gone(cast, silent):
    scored(
        cast.anna, silent,
        (8, FIRST + 5 * DAY), (17, FIRST + 20 * DAY), (18, FIRST + 40 * DAY),
    )  # fmt: skip
    [line] = lines(cast, NeedList.LOST, 60)
    assert (line.record_number, line.since) == ("S-1", date(2026, 3, 22))
    scored(cast.anna, silent, (7, FIRST + 55 * DAY))
    assert lines(cast, NeedList.LOST, 60) == (), "it has come back by itself"


def test_an_archived_record_is_on_no_list(cast, silent):
    patient_commands.archive(silent.patient_id, "Moved away", by=cast.anna)
    assert lines(cast, NeedList.SILENT, 20) == ()


def test_the_page_names_who_is_shown_in_the_trail(browse, cast, silent):
    treat(cast.anna, record_number="N-1", scores=0)
    page = browse(ANNA).open("/outcomes/needs")
    assert "Treated without a baseline: 1" in page.text
    assert "N-1" in page.text
    assert "none planned" in page.text
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "outcomes.listed")
    ).one()
    assert line.detail == "needs"
