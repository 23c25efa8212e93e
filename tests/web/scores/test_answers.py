"""Answers typed in from a paper form, and the page of one score."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from tests.builders.patients import START
from tests.people import ADAM, ANNA, BEN, CLEO, PASSWORD
from tracker.domain.access import Role
from tracker.domain.codes import CheckInState, Completeness, Mode
from tracker.domain.scores.draft import AssessmentDraft
from tracker.services import clock, drafts
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.people import accounts
from tracker.services.scores import commands as score_commands

TYPED = {"taken_on": "2026-03-02", "taken_time": "", "occasion": "baseline", "tie": "", "note": ""}


def path(patient, code="phq9"):
    return f"/patients/{patient}/scores/answers/{code}"


def digits(text):
    """The fields of PHQ-9 as a browser sends them: nothing for a question not touched."""
    typed = {f"answer-phq9_{n}": digit for n, digit in enumerate(text, start=1)}
    return TYPED | {name: digit for name, digit in typed.items() if digit != "-"}


def entered(browse, patient, typed, expect=303, query=""):
    browser = browse(ANNA)
    page = browser.open(path(patient) + query)
    sent = typed | {"once": page.value("once")}
    return browser, browser.send(path(patient) + query, sent, expect=expect)


def test_a_paper_form_is_entered_and_shown_as_it_was_answered(browse, cast, patient):
    browser, _ = entered(browse, patient, digits("2132011003"))
    page = browser.follow()
    [told] = score_commands.of_patient(patient, by=cast.anna)
    assert (told.total, told.mode) == (10, Mode.STAFF)
    assert "Total 10 0 best to 27 worst" in page.text
    assert "Moderate 10 to 14" in page.text
    assert (
        "3. Trouble falling or staying asleep, or sleeping too much Nearly every day, 3"
        in page.text
    )
    assert "Answers entered by staff" in page.text


def test_every_question_starts_unanswered_in_a_radio_group_of_its_own(browse, patient):
    page = browse(ANNA).open(path(patient))
    radios = [field for field in page.fields if field.get("type") == "radio"]
    assert len({field["name"] for field in radios}) == 10
    assert not [field for field in radios if "checked" in field]
    assert "Over the last 2 weeks, how often" in page.text


def test_questions_without_an_answer_are_asked_about_once(browse, cast, patient):
    browser, page = entered(browse, patient, digits("21-------"), expect=422)
    assert "Questions 3, 4, 5, 6, 7, 8 and 9 have no answer." in page.text
    assert score_commands.of_patient(patient, by=cast.anna) == []
    checked = [f for f in page.fields if f.get("type") == "radio" and "checked" in f]
    assert {(f["name"], f["value"]) for f in checked} == {
        ("answer-phq9_1", "2"), ("answer-phq9_2", "1"),
    }  # fmt: skip
    sent = digits("21-------") | {"left_out": "y", "once": page.value("once")}
    browser.send(path(patient), sent, expect=303)
    [told] = score_commands.of_patient(patient, by=cast.anna)
    assert (told.total, told.completeness) == (None, Completeness.INCOMPLETE)
    shown = browser.follow().text
    assert "Incomplete: 2 of 9 answered" in shown
    assert (
        "9. Thoughts that you would be better off dead or of hurting yourself in some way not"
        in shown
    )
    listed = browser.open(f"/patients/{patient}/scores/").text
    assert "incomplete: 2 of 9 answered" in listed
    assert "incomplete: 2 of 9 answered" in browser.open(f"/patients/{patient}/").text


def test_the_unscored_question_may_be_left_out_without_a_word(browse, cast, patient):
    entered(browse, patient, digits("000000000-"))
    [told] = score_commands.of_patient(patient, by=cast.anna)
    assert (told.total, told.completeness) == (0, Completeness.COMPLETE)


def test_a_disagreement_is_shown_on_its_page_and_in_the_list(browse, patient):
    browser, _ = entered(browse, patient, digits("213201100") | {"total": "13"})
    words = "The form states a total of 13, but the answers add up to 10."
    assert words in browser.follow().text
    assert words in browser.open(f"/patients/{patient}/scores/").text


def test_the_suicide_item_is_said_at_once(browse, patient):
    browser, _ = entered(browse, patient, digits("000000002"))
    page = browser.follow()
    assert "Suicide item above zero." in page.text
    assert "hurting yourself in some way: More than half the days (2)" in page.text
    assert "/alerts/" in page.links


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("answer-phq9_2", "4", "Question 2: choose one of"),
        ("answer-phq9_2", "many", "Choose one of the answers shown"),
        ("answer-phq9_2", "9e9", "Choose one of the answers shown"), ("total", "28", "runs from 0"),
        ("total", "ten", "plain number"), ("taken_on", "", "Give the day"),
        ("tie", "1-2", "Choose one of the list"), ("note", "x" * 2001, "at most 2000"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_everything_kept(browse, cast, patient, name, text, words):
    typed = digits("213201100") | {"total": "10"} | {name: text}
    _, page = entered(browse, patient, typed, expect=422)
    assert words in page.text
    assert page.value("total") == typed["total"]
    kept = {f["value"] for f in page.fields if f.get("name") == "answer-phq9_3" and "checked" in f}
    assert kept == {"3"}
    assert score_commands.of_patient(patient, by=cast.anna) == []


def test_an_empty_form_is_not_saved(browse, patient):
    _, page = entered(browse, patient, TYPED, expect=422)
    assert "Nothing is answered yet." in page.text


def test_a_double_click_makes_one_score(browse, cast, patient):
    browser, _ = entered(browse, patient, digits("213201100") | {"once": "k"})
    browser.open(path(patient))
    again = digits("111111110") | {"once": "again"}
    browser.send(path(patient), again, expect=422)
    again["seen"] = browser.page.value("seen")
    for _ in range(2):
        browser.send(path(patient), again, expect=303)
    assert len(score_commands.of_patient(patient, by=cast.anna)) == 2


def test_half_a_form_comes_back_and_may_be_thrown_away(browse, cast, patient):
    browser = browse(ANNA)
    browser.open(path(patient))
    key = f"answers-{patient}-phq9"
    browser.send(f"/drafts/{key}", {"answer-phq9_1": "2", "note": "torn page"}, expect=204)
    page = browser.open(path(patient))
    assert "Your draft is back." in page.text
    assert "torn page" in page.text
    [kept] = [f for f in page.fields if f.get("type") == "radio" and "checked" in f]
    assert (kept["name"], kept["value"]) == ("answer-phq9_1", "2")
    assert "Your draft is back." not in browser.open(path(patient, "gad7")).text
    browser.send(f"/drafts/{key}/discard", {}, expect=303)
    assert "torn page" not in browser.follow().text
    assert drafts.find(key, by=cast.anna) is None


def test_either_way_of_entry_leads_to_the_other(browse, patient):
    page = browse(ANNA).open(f"/patients/{patient}/scores/new?instrument=phq9")
    assert path(patient) in page.links
    back = browse(ANNA).open(path(patient))
    assert f"/patients/{patient}/scores/new?instrument=phq9" in back.links


def test_a_check_in_is_answered_on_paper(browse, cast, patient):
    now = clock.now()
    when = now, now + timedelta(days=1), now + timedelta(days=3)
    check_in = check_in_commands.add(patient, ["phq9"], *when, by=cast.anna)
    query = f"?check-in={check_in}"
    assert "As the check-in" in browse(ANNA).open(path(patient) + query).text
    entered(browse, patient, digits("213201100"), query=query)
    assert check_in_commands.find(check_in, by=cast.anna).state is CheckInState.DONE
    _, page = entered(browse, patient, digits("213201100"), query=query, expect=422)
    assert "This check-in is over." in page.text


@pytest.mark.parametrize("code", ["madrs", "nothing"])
def test_a_scale_without_questions_has_no_such_page(browse, patient, code):
    browse(ANNA).open(path(patient, code), expect=404)


def test_every_page_knows_who_may_see_it(browse, cast, patient):
    entered(browse, patient, digits("213201100"))
    [told] = score_commands.of_patient(patient, by=cast.anna)
    accounts.enrol(
        name="Ben", email=BEN, roles=[Role.PATIENT], password=PASSWORD, patient_id=patient,
        by=cast.console,
    )  # fmt: skip
    for email, status in ((CLEO, 404), (BEN, 403), (ADAM, 403)):
        browser = browse(email)
        for page in (path(patient), f"/scores/{told.score_id}/"):
            browser.open(page, expect=status)


def test_a_voided_score_says_so_on_its_page(browse, cast, patient):
    browser, _ = entered(browse, patient, digits("213201100"))
    [told] = score_commands.of_patient(patient, by=cast.anna)
    browser.open(f"/scores/{told.score_id}/void")
    browser.send(f"/scores/{told.score_id}/void", {"reason": "Wrong patient"}, expect=303)
    page = browser.open(f"/scores/{told.score_id}/")
    assert "Void: it counts no more." in page.text
    assert "Wrong patient" in page.text
    assert f"/scores/{told.score_id}/void" not in page.links


def test_subscales_and_patterns_carry_their_note(browse, patient):
    browser = browse(ANNA)
    page = browser.open(path(patient, "pcl5"))
    typed = {f["name"]: "2" for f in page.fields if f.get("type") == "radio"}
    browser.send(path(patient, "pcl5"), TYPED | typed, expect=303)
    shown = browser.follow().text
    assert "Intrusion (B) 10 0 to 20" in shown
    assert "Provisional PTSD pattern: yes." in shown
    assert "not a diagnosis" in shown


def test_a_form_sent_after_the_idle_limit_is_kept_as_a_draft(browse, cast, settings, patient):
    browser = browse(ANNA)
    page = browser.open(path(patient))
    late = clock.now() + timedelta(minutes=settings.idle_minutes, seconds=90)
    with time_machine.travel(late):
        sent = digits("213201100") | {"once": page.value("once")}
        browser.send(path(patient), sent, expect=302)
    kept = drafts.find(f"answers-{patient}-phq9", by=cast.anna)
    assert kept.content["answer-phq9_3"] == ["3"]
    assert score_commands.of_patient(patient, by=cast.anna) == []


def test_the_time_taken_is_told_in_minutes(browse, cast, patient):
    draft = AssessmentDraft(
        instrument="peg", total=None, taken_at=START, mode=Mode.SELF, seconds_taken=125,
        answers={"peg_1": Decimal(3), "peg_2": Decimal(4), "peg_3": Decimal(4)},
    )  # fmt: skip
    made = score_commands.record(patient, draft, by=cast.anna)
    shown = browse(ANNA).open(f"/scores/{made}/").text
    assert "Time taken 2 min 5 s" in shown
    assert "Answered by the patient" in shown
    assert "Total 3.7" in shown


def test_a_check_in_that_cannot_be_is_none(browse, patient):
    assert "No series" in browse(ANNA).open(f"{path(patient)}?check-in={'9' * 20}").text
