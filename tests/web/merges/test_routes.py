"""The pages that merge two records and take them apart."""

from datetime import timedelta

import pytest

from tests.builders import courses
from tests.builders.merges import KEPT, OLD, REASON, put_together, two_records
from tests.builders.patients import a_patient
from tests.people import ADAM, ANNA, BEN, CLEO
from tests.stopping import stopped_at
from tracker.models import db
from tracker.models.patients import Patient

time = stopped_at(courses.FIRST + timedelta(days=20))


@pytest.fixture
def two(cast):
    return two_records(cast)


@pytest.fixture
def anna(browse):
    return browse(ANNA)


def here(two):
    return f"/patients/{two.kept.patient_id}/merge/{two.merged.patient_id}"


def filled(two, page, **values):
    return {
        "kept": two.kept.patient_id, "reason": REASON, "is_sure": "y", "seen": page.value("seen"),
    } | values  # fmt: skip


def test_from_the_patients_page_the_other_one_is_found_compared_and_merged(anna, two):
    page = anna.open(f"/patients/{two.kept.patient_id}/")
    assert "This is somebody we already have" in page.text
    page = anna.search(f"/patients/{two.kept.patient_id}/merge/", q=OLD)
    assert f"Compare with Patient, Ben, record {OLD}" in page.text
    page = anna.open(here(two))
    assert "One record lists allergies, the other says that there are none" in page.text
    assert "Two series of racemic ketamine are not over" in page.text
    assert "Both have a session on 2 Mar 2026, 5 Mar 2026" in page.text
    anna.send(here(two), filled(two, page), expect=303)
    page = anna.follow()
    assert "The records are merged" in page.text
    assert f"Formerly {OLD}" in page.text
    assert f"Notes of record {OLD} {courses.PRIVATE}" in page.text
    assert "Series 3: Depression" in page.text


def test_everything_wrong_is_said_at_once_and_nothing_typed_is_lost(anna, two, cast):
    courses.account(cast.console, two.kept)
    courses.account(cast.console, two.merged, email="other@example.org")
    anna.open(here(two))
    page = anna.send(here(two), {"reason": ""}, expect=422)
    assert "Choose which record is kept" in page.text
    assert "Choose whose sign-in stays" in page.text
    assert "Say why, in at most" in page.text
    assert "Say that both records are of one person" in page.text
    chosen = {"kept": two.kept.patient_id, "reason": "kept words"}
    page = anna.send(here(two), chosen, expect=422)
    assert "Choose whose sign-in stays" in page.text
    assert "Say that both records are of one person" in page.text
    assert "kept words" in page.text


def test_what_came_up_meanwhile_is_read_before_anything_is_merged(anna, two):
    page = anna.open(here(two))
    page = anna.send(here(two), filled(two, page, seen="[]"), expect=422)
    assert "Read this before you merge" in page.text
    assert db.session.get(Patient, two.merged.patient_id).merged_into_id is None
    anna.send(here(two), filled(two, page), expect=303)


def test_the_merged_record_leads_to_the_kept_one_and_offers_to_take_it_apart(anna, two, cast):
    put_together(two, cast.anna)
    page = anna.open(f"/patients/{two.merged.patient_id}/")
    assert f"Merged into record {KEPT} on 22 Mar 2026 by Anna Clinician: {REASON}" in page.text
    assert f"Go to record {KEPT}" in page.text
    assert "Series 1 is series 2 there" in page.text
    assert "Record a score" not in page.text
    assert "Restore this patient" not in page.text
    assert "Until 21 Apr 2026 the two records can be taken apart" in page.text


def test_no_page_of_the_merged_record_says_of_what_moved_that_it_was_not_asked(anna, two, cast):
    there = f"/patients/{two.merged.patient_id}/scores/new"
    assert "Latex" in anna.open(there).text
    put_together(two, cast.anna)
    page = anna.open(there)
    assert f"Merged into record {KEPT}" in page.text
    assert "Allergies" not in page.text


def test_a_page_that_was_open_before_the_merge_saves_nothing_and_loses_nothing(anna, two, cast):
    there = f"/patients/{two.merged.patient_id}/safety-checks/new"
    anna.open(there)
    put_together(two, cast.anna)
    typed = {"kind": "liver", "checked_on": "2026-03-01", "value": "ALT 24 U/L"}
    page = anna.send(there, typed, expect=422)
    assert "this record was merged into another one of the same person" in page.text
    assert page.value("value") == "ALT 24 U/L"
    for path in ("restore", "mail"):
        anna.send(f"/patients/{two.merged.patient_id}/{path}", {}, expect=303)
        assert "this record was merged into another one" in anna.follow().text


def test_taking_apart_is_asked_twice(anna, two, cast):
    put_together(two, cast.anna)
    there = f"/patients/{two.merged.patient_id}/take-apart"
    page = anna.open(there)
    assert "What was moved goes back to the merged record" in page.text
    page = anna.send(there, {"reason": ""}, expect=422)
    assert "Say why, in at most" in page.text
    page = anna.send(there, {"reason": "Two people after all"}, expect=422)
    assert "Not done yet. Really take the two records apart?" in page.text
    assert "Two people after all" in page.text
    again = {"reason": "Two people after all", "seen": page.value("seen")}
    anna.send(there, again, expect=303)
    page = anna.follow()
    assert "The records are taken apart" in page.text
    assert "Series 1: Depression" in page.text


def test_after_thirty_days_the_offer_is_gone_and_the_page_says_so(browse, two, cast, time):
    put_together(two, cast.anna)
    time.shift(timedelta(days=31))
    anna = browse(ANNA)
    page = anna.open(f"/patients/{two.merged.patient_id}/")
    over = "The 30 days in which a merge can be taken apart were over on 21 Apr 2026."
    assert over in page.text
    assert "Take the merge apart" not in page.text
    page = anna.open(f"/patients/{two.merged.patient_id}/take-apart")
    assert over in page.text


def test_a_record_that_cannot_be_merged_says_so_before_anything_is_typed(anna, two, cast):
    put_together(two, cast.anna)
    page = anna.open(here(two))
    assert f"Record {OLD} was merged already" in page.text
    assert "Merge the records" not in page.text
    page = anna.search(f"/patients/{two.kept.patient_id}/merge/", q=OLD)
    assert "Nobody else is found" in page.text


def test_pages_of_a_merged_record_that_is_none_lead_to_the_patient(anna, two):
    anna.open(f"/patients/{two.kept.patient_id}/take-apart", expect=302)


def test_the_question_about_the_same_person_leads_to_the_comparison(anna, two, cast):
    third = a_patient(cast.anna, "T-3", given_name="Mia", family_name="Other")
    there = f"/patients/{third}/edit"
    page = anna.open(there)
    typed = {"record_number": "K1", "version": page.value("version"), "sex": "male"}
    anna.send(there, typed, expect=422)
    assert f"/patients/{third}/merge/{two.kept.patient_id}" in anna.response.text


@pytest.mark.parametrize(("who", "status"), [(ADAM, 403), (CLEO, 404)])
def test_nobody_else_sees_these_pages(browse, two, who, status):
    other = browse(who)
    for path in (here(two), f"/patients/{two.kept.patient_id}/merge/"):
        other.open(path, expect=status)


def test_a_patient_sees_what_was_merged_in_their_own_record(browse, two, cast):
    courses.account(cast.console, two.merged)
    put_together(two, cast.anna)
    page = browse(BEN).open("/my/")
    assert "Well done, session 1." in page.text
    assert page.text.count("Well done, session 2.") == 3


def test_a_merged_record_is_found_among_the_archived_by_its_number(anna, two, cast):
    put_together(two, cast.anna)
    page = anna.search("/patients/", q=OLD, show="archived")
    assert "Nobody of that name" not in page.text
    assert "formerly" not in page.text
    assert f"/patients/{two.merged.patient_id}/" in page.links
    page = anna.search("/patients/", q=OLD)
    assert f"/patients/{two.kept.patient_id}/" in page.links


def test_the_reason_that_is_being_typed_is_kept_and_is_nothing_begun_of_a_record(anna, two):
    page = anna.open(here(two))
    typed = {"reason": "Both were born twice", "csrf_token": page.value("csrf_token")}
    path = f"/drafts/of-page?page={here(two)}"
    assert "begun and not signed" in page.text  # an assessment of each
    before = page.text.partition("Read this before you merge")[2].partition("Who they are")[0]
    anna.send(path, typed, expect=204)
    page = anna.open(here(two))
    assert "Both were born twice" in page.text
    assert before in page.text


def test_of_two_who_take_it_apart_the_second_keeps_their_words(anna, browse, two, cast):
    put_together(two, cast.anna)
    path = f"/patients/{two.merged.patient_id}/take-apart"
    first, second = anna, browse(ANNA)
    for browser in (first, second):
        browser.open(path)
    page = first.send(path, {"reason": "They are two"}, expect=422)
    first.send(path, {"reason": "They are two", "seen": page.value("seen")}, expect=303)
    page = second.send(path, {"reason": "A cousin of the same name"}, expect=422)
    assert "Somebody has taken these records apart meanwhile." in page.text
    assert "What you wrote was not kept A cousin of the same name" in page.text
