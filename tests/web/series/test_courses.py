"""Which course a series belongs to: proposed, chosen, changed, and shown."""

import re
from datetime import UTC, datetime

import pytest

from tests.builders.courses import FIRST, a_second_series, account, scored, treat
from tests.people import ANNA, BEN
from tests.stopping import stopped_at
from tracker.domain.codes import CourseRole
from tracker.services.series import queries as series_queries

stopped = stopped_at(datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
TYPED = {
    "template": "booster", "starts_on": "2026-04-06", "indication": "depression",
    "drug": "ketamine", "route": "iv", "phase": "", "course_role": "",
    "planned_dose_mg": "", "planned_dose_mg_per_kg": "0.5", "eligibility_reason": "",
}  # fmt: skip


@pytest.fixture
def treated(cast):
    return treat(cast.anna)


@pytest.fixture
def anna(browse, treated):
    browser = browse(ANNA)
    browser.open(f"/patients/{treated.patient_id}/series/new")
    return browser


def send(browser, treated, *, expect=303, **changed):
    address = f"/patients/{treated.patient_id}/series/new"
    return browser.send(address, TYPED | changed, expect=expect)


def made_by(browser):
    return int(re.search(r"/series/(\d+)/", browser.response.request.path)[1])


def test_the_form_proposes_from_phase_last_dose_and_setting(anna):
    assert (
        "Left open, an induction begins course 2. Maintenance and boosters of the same treatment "
        "continue course 1 (depression) until 3 Jun 2026, which is 90 days after its last dose, "
        "and begin course 2 later."
    ) in anna.page.text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Course 1, first dose on 2 Mar 2026: this series continues it."),
        (
            {"starts_on": "2026-07-06"},
            "Course 2, first dose planned for 6 Jul 2026: this series begins it.",
        ),
        (
            {"phase": "induction"},
            "Course 2, first dose planned for 6 Apr 2026: this series begins it.",
        ),
        (
            {"phase": "induction", "course_role": "continues"},
            "Course 1, first dose on 2 Mar 2026: this series continues it.",
        ),
    ],
)
def test_the_dates_come_with_the_course(anna, treated, changed, said):
    assert said in send(anna, treated, expect=200, preview="1", **changed).text


def test_what_is_chosen_is_kept_and_shown(anna, treated, cast):
    send(anna, treated, course_role="begins")
    page, series_id = anna.follow(), made_by(anna)
    assert (
        "Course 2, first dose planned for 6 Apr 2026: this series begins it, as its plan says"
        in page.text
    )
    assert series_queries.find(series_id, by=cast.anna).record.course_role is CourseRole.BEGINS


def test_what_is_left_open_follows_the_rule_and_says_so(anna, treated, cast):
    send(anna, treated)
    page, series_id = anna.follow(), made_by(anna)
    assert (
        "Course 1, first dose on 2 Mar 2026: this series continues it, "
        "by the rule of phase and pause"
    ) in page.text
    assert series_queries.find(series_id, by=cast.anna).record.course_role is None


def test_it_is_changed_later_and_the_earlier_version_says_what_stood(anna, treated, cast):
    send(anna, treated, course_role="begins")
    anna.follow()
    series_id = made_by(anna)
    page = anna.open(f"/series/{series_id}/edit")
    assert 'selected value="begins"' in anna.response.text
    assert "An induction begins a course of treatment" in page.text
    change = {
        "version": "1", "indication": "depression", "phase": "booster", "drug": "ketamine",
        "route": "iv", "planned_dose_mg": "", "planned_dose_mg_per_kg": "0.5",
        "course_role": "continues",
    }  # fmt: skip
    anna.send(f"/series/{series_id}/edit", change, expect=303)
    page = anna.follow()
    assert (
        "Course 1, first dose on 2 Mar 2026: this series continues it, as its plan says"
        in page.text
    )
    assert "booster, begins a course, racemic ketamine" in page.text
    [before] = series_queries.find(series_id, by=cast.anna).earlier
    assert before.plan.course_role is CourseRole.BEGINS
    assert not before.rescheduled


def test_a_word_that_is_no_choice_is_refused(anna, treated):
    page = send(anna, treated, expect=422, course_role="perhaps")
    assert "Choose one of the list." in page.text


def test_two_who_change_it_at_once_see_both(anna, treated, cast):
    send(anna, treated, course_role="begins")
    anna.follow()
    series_id = made_by(anna)
    anna.open(f"/series/{series_id}/edit")
    change = {
        "version": "1", "indication": "depression", "phase": "booster", "drug": "ketamine",
        "route": "iv", "planned_dose_mg": "", "planned_dose_mg_per_kg": "0.5",
    }  # fmt: skip
    anna.send(f"/series/{series_id}/edit", change | {"course_role": "continues"}, expect=303)
    page = anna.send(f"/series/{series_id}/edit", change | {"course_role": "begins"}, expect=409)
    assert "Course of treatment" in page.text
    assert "Continues the course before" in page.text


def test_a_series_of_which_nothing_was_given_has_no_course_yet(browse, cast, treated):
    nothing = a_second_series(cast.anna, treated, sessions=0)
    page = browse(ANNA).open(f"/series/{nothing.series_id}/")
    assert "None yet: no dose was given" in page.text


def test_a_patient_with_two_courses_reads_the_last_first_and_the_earlier_in_one_line(
    browse, cast, treated
):
    later = FIRST.replace(day=16)
    a_second_series(cast.anna, treated, starts=later)
    scored(cast.anna, treated, (18, later.replace(hour=10)), (9, later.replace(day=19)))
    account(cast.console, treated)
    text = browse(BEN).open("/my/").text
    assert (
        "That is 9 better than at the start of this course. This course began on 16 Mar 2026."
        in text
    )
    assert "Course 1, Mar 2026: PHQ-9 20 to 19." in text
    assert text.index("This course began") < text.index("Course 1, Mar 2026")
    page = browse(ANNA).open(f"/patients/{treated.patient_id}/").text
    assert "Course 1, Mar 2026: PHQ-9 20 to 19." in page
    assert "Course 2, from 16 Mar 2026." in page
