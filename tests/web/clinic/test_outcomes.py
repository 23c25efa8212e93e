"""By what outcomes are counted: changed with a reason, in versions that stay."""

from datetime import timedelta

import pytest

from tests.builders.courses import FIRST, scored, treat
from tests.people import ADAM, ANNA
from tracker.domain.outcomes.definitions import OutcomeDefinitions
from tracker.models import db
from tracker.models.clinics import Clinic
from tracker.services.audit import queries as audit_queries

TYPED = {
    "window_from_days": "14", "window_until_days": "31", "window_nearest_days": "14",
    "sustained_days": "28", "induction_doses_min": "4", "induction_doses_max": "8",
    "induction_days_min": "7", "induction_days_max": "28", "people_min": "10",
    "small_cell_min": "5", "worse": "reliable", "cut_phq9": "4", "cut_madrs": "10",
    "reason": "As our registry counts",
}  # fmt: skip


@pytest.fixture
def adam(browse):
    browser = browse(ADAM)
    browser.open("/clinic/outcomes")
    return browser


def send(browser, *, expect=303, **changed):
    version = browser.page.value("version")
    return browser.send("/clinic/outcomes", TYPED | {"version": version} | changed, expect=expect)


def stored(cast):
    db.session.expire_all()
    return OutcomeDefinitions.read(db.session.get(Clinic, cast.clinic_id).settings)


def test_a_change_is_a_new_version_with_its_reason_and_the_one_before_stays(adam, browse, cast):
    send(adam, cut_phq9="5", sustained_days="60")
    found = stored(cast)
    assert (found.version, found.sustained_days) == (2, 60)
    assert found.remission_at_most == {"phq9": 5}
    for page in (adam.open("/clinic/outcomes"), browse(ANNA).open("/outcomes/definitions")):
        assert "Version 2, in use" in page.text
        assert "by Adam Administrator: As our registry counts" in page.text
        assert "60 days (before: 28 days)" in page.text
        assert "Remission, PHQ9: 5 or less (before: as the tracker came)" in page.text
        assert "As the tracker came." in page.text
    [line] = [
        one for one in audit_queries.read(by=cast.adam).lines
        if one.action == "clinic.outcomes-changed"
    ]  # fmt: skip
    assert line.detail == "sustained_days remission_at_most"


def test_figures_and_printed_definitions_follow_and_nothing_else(adam, browse, cast):
    """Twelve of 20 left at day 20 after the last dose: outside a window that ends at 18."""
    treated = treat(cast.anna, record_number="R-1", scores=0)
    hour, day = timedelta(hours=1), timedelta(days=1)
    scored(cast.anna, treated, (20, FIRST - hour), (8, FIRST + 23 * day))
    anna = browse(ANNA)
    assert "With a score in the window 1" in anna.open("/outcomes/").text
    send(adam, window_until_days="18")
    page = anna.open("/outcomes/")
    assert "With a score in the window 0" in page.text
    assert "The score 14 to 18 days after the last dose" in page.text
    assert "Definitions, version 2" in page.text
    adam.open("/clinic/outcomes")
    send(adam)  # the older ones again, as a version of their own
    page = anna.open("/outcomes/")
    assert "With a score in the window 1" in page.text
    assert "Definitions, version 3" in page.text


def test_everything_wrong_is_told_at_once_and_nothing_typed_is_lost(adam, cast):
    page = send(adam, expect=422, window_until_days="9", people_min="1", reason=" ", cut_phq9="5")
    assert "This must not be less than 14" in page.text
    assert "Give a whole number of people, from 2 to 100." in page.text
    assert "Say why" in page.text
    assert page.value("window_until_days") == "9"
    assert stored(cast).version == 1


def test_saving_without_a_change_makes_no_version(adam, cast):
    page = send(adam, expect=422)
    assert "Nothing is changed yet." in page.text
    assert stored(cast).version == 1


def test_the_second_of_two_people_sees_what_the_first_saved(adam, browse, cast):
    other = browse(ADAM)
    other.open("/clinic/outcomes")
    send(adam, sustained_days="60")
    page = send(other, expect=409, people_min="20")
    assert "Saved meanwhile by somebody else" in page.text
    assert "60 days" in page.text
    send(other, sustained_days="60", people_min="20")
    assert (stored(cast).version, stored(cast).people_min) == (3, 20)


def test_who_sees_no_outcomes_sees_no_versions_and_a_clinician_changes_none(browse):
    browse(ADAM).open("/outcomes/definitions", expect=403)
    browse(ANNA).open("/clinic/outcomes", expect=403)
