import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from msgspec.structs import replace

from tests.builders.eligibility import FINE_ESKETAMINE, FINE_KETAMINE, NOON, decided
from tests.people import ADAM, ANNA, CLEO
from tests.stopping import stopped_at
from tracker.domain.checklists.items import YesNoUnknown
from tracker.domain.codes import Drug, Mode
from tracker.domain.eligibility import questions as eligibility_questions
from tracker.domain.eligibility.draft import Decision, EligibilityDraft, HistoryAnswer
from tracker.domain.scores.draft import AssessmentDraft
from tracker.services import drafts
from tracker.services.eligibility import commands as eligibility_commands
from tracker.services.scores import commands as score_commands

UNKNOWN = {
    **{f"said_{one.code.replace('-', '_')}": "unknown" for one in eligibility_questions.QUESTIONS},
    "mood_stabiliser": "unknown", "liver": "unknown", "pregnancy": "unknown",
    "any_treatments": "unknown", "resistance": "unknown", "any_medicines": "unknown",
    "indications": "depression", "assessed_on": "2026-03-02", "drug": "esketamine",
}  # fmt: skip
FINE = {
    **{
        f"said_{one.code.replace('-', '_')}": "yes" if one.group.value == "work-up" else "no"
        for one in eligibility_questions.QUESTIONS
    },
    "liver": "none", "pregnancy": "test-negative", "tested_on": "2026-03-01",
    "any_treatments": "yes", "resistance": "yes", "any_medicines": "no",
    "diagnoses": "F33.2", "symptoms": "Low", "indications": "depression",
    "assessed_on": "2026-03-02", "drug": "esketamine", "weight_kg": "71,5", "height_cm": "172",
    "systolic_mmhg": "120", "diastolic_mmhg": "80",
    **{
        f"treatments-{n}-{name}": value
        for n, drug in enumerate(("Sertraline", "Venlafaxine"))
        for name, value in (
            ("name", drug), ("kind", "ssri"), ("weeks", "8"), ("adequate", "yes"),
            ("in_episode", "yes"), ("outcome", "none"),
        )
    },
}  # fmt: skip


on_the_day = stopped_at(NOON)


@pytest.fixture
def made(cast, patient):
    return eligibility_commands.start(patient, FINE_KETAMINE, by=cast.anna)


def ask(cast, patient):
    answers = {f"phq9_{n}": Decimal(n % 3) for n in range(1, 10)}
    draft = AssessmentDraft(
        instrument="phq9", total=None, taken_at=NOON, answers=answers, mode=Mode.STAFF
    )
    score_commands.record(patient, draft, by=cast.anna)


def filled(browser, path, values, *, expect=303):
    page = browser.open(path)
    return browser.send(path, values | {"once": page.value("once")}, expect=expect)


def typed(browser):
    """What a browser would send of the page that is open: the version it was opened at, as well."""
    page = browser.page
    return {
        f["name"]: f.get("value") or ""
        for f in page.fields
        if f.get("name") and (f.get("type") != "radio" or "checked" in f) and f["tag"] == "input"
        and f.get("type") not in {"checkbox"} and "__row__" not in f["name"]
    }  # fmt: skip


def test_with_every_answer_unknown_the_page_says_so_and_clears_nobody(browse, patient):
    browser = browse(ANNA)
    filled(browser, f"/patients/{patient}/eligibilities/new?drug=esketamine", UNKNOWN)
    text = browser.follow().text
    found = re.search(r"Missing or unknown \((\d+)\)", text)
    assert int(found[1]) > 25
    for words in (
        f"Nothing recorded speaks against treatment so far, and {found[1]} answers are missing or "
        "unknown. Unknown is not no.",
        "Speaks against (0) Nothing recorded. A clinician decides.",
        "Intracerebral bleeding, ever: unknown",
        "Pregnancy: unknown",
        "PHQ-9: none in the 14 days before",
        "Source: Spravato US label (effective 13 Mar 2026), contraindications",
        "The lists above decide nothing. You do, with your name and the time",
        "Not signed",
    ):
        assert words in text, words


def test_with_everything_fine_the_page_says_so_and_leaves_the_decision(browse, cast, patient):
    ask(cast, patient)
    browser = browse(ANNA)
    filled(browser, f"/patients/{patient}/eligibilities/new?drug=esketamine", FINE)
    text = browser.follow().text
    for words in (
        "Nothing recorded speaks against treatment, and nothing asked for is missing.",
        "Speaks against (0)", "Missing or unknown (0) Nothing.", "Calls for caution (0) Nothing.",
        "Intracerebral bleeding, ever: no",
        "Adequate antidepressants in the current episode without response: 2.",
        "PHQ-9 of 2 Mar 2026: 9, mild",
        "Decide and sign", "Sign as Anna Clinician",
    ):  # fmt: skip
        assert words in text, words
    assert "Eligible, decided" not in text


def test_an_empty_form_can_be_saved(browse, cast, patient):
    browser = browse(ANNA)
    path = f"/patients/{patient}/eligibilities/new"
    browser.open(f"{path}?drug=ketamine")
    browser.send(path, {"drug": "ketamine", "assessed_on": "2026-03-02"}, expect=303)
    assert "not answered" in browser.follow().text
    [line] = eligibility_commands.listing(patient, by=cast.anna).lines
    assert line.decision is None


def test_the_drug_is_asked_first(browse, patient):
    page = browse(ANNA).open(f"/patients/{patient}/eligibilities/new")
    path = f"/patients/{patient}/eligibilities/new"
    assert {f"{path}?drug=ketamine", f"{path}?drug=esketamine"} <= set(page.links)


def test_nothing_is_answered_before_it_is_touched(browse, patient):
    page = browse(ANNA).open(f"/patients/{patient}/eligibilities/new?drug=esketamine")
    assert not [f for f in page.fields if f.get("type") == "radio" and "checked" in f]
    names = {f.get("name") for f in page.fields}
    assert "said_aneurysm" in names
    assert "said_pressure" not in names
    assert "Where the questions come from" in page.text


def test_rows_come_and_go_without_a_script(browse, patient):
    browser = browse(ANNA)
    path = f"/patients/{patient}/eligibilities/new"
    browser.open(f"{path}?drug=esketamine")
    page = browser.send(path, FINE | {"act": "add-treatments"}, expect=200)
    assert page.value("treatments-2-name") == ""
    assert page.value("treatments-1-name") == "Venlafaxine"
    assert page.value("weight_kg") == "71,5"
    page = browser.send(path, FINE | {"act": "remove-treatments-0"}, expect=200)
    assert page.value("treatments-0-name") is None
    assert page.value("treatments-1-name") == "Venlafaxine"
    page = browser.send(path, FINE | {"act": "add-medicines"}, expect=200)
    assert page.value("medicines-0-name") == ""


def test_a_row_that_is_left_empty_is_not_there(browse, cast, patient):
    browser = browse(ANNA)
    path = f"/patients/{patient}/eligibilities/new"
    browser.open(f"{path}?drug=esketamine")
    empty = {"treatments-7-name": "", "treatments-7-weeks": "", "medicines-0-name": " "}
    browser.send(path, FINE | empty, expect=303)
    [line] = eligibility_commands.listing(patient, by=cast.anna).lines
    draft = eligibility_commands.find(line.id, by=cast.anna).draft
    assert [row.name for row in draft.treatments] == ["Sertraline", "Venlafaxine"]
    assert draft.medicines == ()


def test_bad_input_is_telling_moment_once_and_nothing_typed_is_lost(browse, cast, patient):
    browser = browse(ANNA)
    path = f"/patients/{patient}/eligibilities/new"
    browser.open(f"{path}?drug=esketamine")
    bad = FINE | {
        "height_cm": "6 ft", "weight_kg": "700", "treatments-1-name": "", "said_psychosis": "maybe",
        "medicines-0-name": "Zopiclone", "medicines-0-flags": ["none", "depressant"],
        "words_urinary": "burning",
    }  # fmt: skip
    page = browser.send(path, bad, expect=422)
    for words in (
        "Give a whole number, such as 40, without a unit.",
        "Give the weight from 1 to 635 kg, which is 2 to 1400 lb.",
        "Give the name of the treatment.",
        "Choose one of the answers.",
        "None of these, or unknown, stands alone.",
        "There are some below. Choose yes, or remove them.",
    ):
        assert words in page.text, words
    assert page.value("height_cm") == "6 ft"
    assert page.value("words_urinary") == "burning"
    assert page.value("medicines-0-name") == "Zopiclone"
    assert eligibility_commands.listing(patient, by=cast.anna).lines == ()


def test_an_assessment_is_continued_signed_and_then_stays(browse, cast, patient, made):
    browser = browse(ANNA)
    page = browser.open(f"/eligibilities/{made}/edit")
    assert page.value("treatments-0-name") == "Sertraline"
    browser.send(f"/eligibilities/{made}/edit", typed(browser) | {"liver": "b"}, expect=303)
    page = browser.follow()
    assert "Liver: Child-Pugh B (moderate). Watched longer." in page.text
    sent = {name: page.value(name) for name in ("version", "seen", "once")}
    browser.send(
        f"/eligibilities/{made}/", sent | {"decision": "not-yet", "reason": ""}, expect=422
    )
    assert "Give the reason." in browser.page.text
    sent |= {"decision": "not-yet", "reason": "Liver first."}
    browser.send(f"/eligibilities/{made}/", sent, expect=303)
    page = browser.follow()
    for words in ("decided and signed by Anna Clinician, 2 Mar 2026", "Liver first."):
        assert words in page.text
    assert "Decide and sign" not in page.text
    assert f"/eligibilities/{made}/edit" not in page.links
    assert browser.client.get(f"/eligibilities/{made}/edit").status_code == 303
    late = {**sent, "decision": "eligible", "once": "other"}
    page = browser.send(f"/eligibilities/{made}/", late, expect=422)
    assert "signed and stays as it is" in page.text


def test_eligible_over_what_is_missing_needs_a_reason(browse, made):
    browser = browse(ANNA)
    page = browser.open(f"/eligibilities/{made}/")
    sent = {name: page.value(name) for name in ("version", "seen")}
    page = browser.send(f"/eligibilities/{made}/", sent | {"decision": "eligible"}, expect=422)
    assert "Something speaks against treatment or is missing. Say why you go ahead." in page.text
    page = browser.send(f"/eligibilities/{made}/", sent, expect=422)
    assert "Choose what you decide." in page.text


def test_a_score_that_arrives_meanwhile_is_read_before_signing(browse, cast, patient, made):
    browser = browse(ANNA)
    page = browser.open(f"/eligibilities/{made}/")
    sent = {name: page.value(name) for name in ("version", "seen")}
    sent |= {"decision": "eligible", "reason": "all well"}
    ask(cast, patient)
    page = browser.send(f"/eligibilities/{made}/", sent, expect=422)
    assert "has changed since you opened this page" in page.text
    sent |= {"seen": page.value("seen")}
    browser.send(f"/eligibilities/{made}/", sent, expect=303)


def test_two_people_saving_at_once_see_both_and_choose(browse, cast, made):
    browser = browse(ANNA)
    browser.open(f"/eligibilities/{made}/edit")
    mine = typed(browser) | {"liver": "c"}
    eligibility_commands.change(
        made, replace(FINE_KETAMINE, notes="theirs"), version=1, by=cast.anna
    )
    page = browser.send(f"/eligibilities/{made}/edit", mine, expect=409)
    for words in ("Liver", "Child-Pugh C (severe)", "No liver disease", "Notes", "theirs"):
        assert words in page.text
    again = {f["name"]: f.get("value") or "" for f in page.fields if f["type"] == "hidden"}
    page = browser.send(f"/eligibilities/{made}/edit", again | {"choice": "both"}, expect=200)
    assert page.value("version") == "2"
    assert '<option selected value="c">' in browser.response.text
    browser.send(f"/eligibilities/{made}/edit", again | {"choice": "mine"}, expect=303)
    assert eligibility_commands.find(made, by=cast.anna).draft.liver.value == "c"


def test_what_somebody_else_saved_may_stand(browse, cast, made):
    browser = browse(ANNA)
    browser.open(f"/eligibilities/{made}/edit")
    eligibility_commands.change(
        made, replace(FINE_KETAMINE, notes="theirs"), version=1, by=cast.anna
    )
    browser.send(f"/eligibilities/{made}/edit", {"choice": "theirs"}, expect=303)
    assert eligibility_commands.find(made, by=cast.anna).draft.notes == "theirs"


def test_signing_over_what_somebody_saved_shows_it_first(browse, cast, made):
    browser = browse(ANNA)
    page = browser.open(f"/eligibilities/{made}/")
    sent = {name: page.value(name) for name in ("version", "seen")}
    sent |= {"decision": "not-yet", "reason": "Wait for the ECG."}
    eligibility_commands.change(made, replace(FINE_KETAMINE, liver=None), version=1, by=cast.anna)
    page = browser.send(f"/eligibilities/{made}/", sent, expect=409)
    assert "Somebody saved this assessment meanwhile." in page.text
    assert "Wait for the ECG." in page.text
    assert "Liver: not answered" in page.text


def test_a_form_sent_after_the_time_out_is_kept_and_comes_back(browse, cast, patient):
    browser = browse(ANNA)
    browser.open(f"/patients/{patient}/eligibilities/new?drug=esketamine")
    key = f"eligibility-{patient}"
    browser.send(f"/drafts/{key}", FINE | {"words_psychosis": "in 2011"}, expect=204)
    page = browser.open(f"/patients/{patient}/eligibilities/new")
    assert "Your draft is back." in page.text
    assert page.value("words_psychosis") == "in 2011"
    assert page.value("treatments-1-name") == "Venlafaxine"
    browser.send(f"/drafts/{key}/discard", {}, expect=303)
    assert drafts.find(key, by=cast.anna) is None


def test_a_draft_of_a_change_keeps_the_version_it_was_opened_at(browse, cast, made):
    browser = browse(ANNA)
    browser.open(f"/eligibilities/{made}/edit")
    browser.send(f"/drafts/eligibility-edit-{made}", typed(browser) | {"liver": "c"}, expect=204)
    eligibility_commands.change(
        made, replace(FINE_KETAMINE, notes="theirs"), version=1, by=cast.anna
    )
    page = browser.open(f"/eligibilities/{made}/edit")
    assert page.value("version") == "1"
    browser.send(f"/eligibilities/{made}/edit", typed(browser) | {"liver": "c"}, expect=409)


def test_who_typed_what_somebody_saved_meanwhile_has_nothing_to_choose(browse, cast, made):
    browser, key = browse(ANNA), f"eligibility-edit-{made}"
    browser.open(f"/eligibilities/{made}/edit")
    mine = typed(browser) | {"notes": "the same"}
    browser.send(f"/eligibilities/{made}/edit", mine, expect=303)
    browser.send(f"/drafts/{key}", mine, expect=204)
    browser.send(f"/eligibilities/{made}/edit", mine | {"once": "of another page"}, expect=303)
    assert "Anna Clinician saved the same meanwhile" in browser.follow().text
    assert drafts.find(key, by=cast.anna) is None


def test_all_stay_listed_and_a_new_one_starts_from_the_old(browse, cast, patient):
    old = decided(cast.anna, patient, Decision.NOT_YET)
    browser = browse(ANNA)
    page = browser.open(f"/patients/{patient}/eligibilities/")
    assert "Not yet" in page.text
    assert f"/eligibilities/{old}/" in page.links
    page = browser.open(f"/patients/{patient}/eligibilities/new?drug=ketamine")
    assert "Filled in from the assessment of 2 Mar 2026." in page.text
    assert page.value("treatments-0-name") == "Sertraline"
    assert not [f for f in page.fields if f.get("name") == "resistance" and "checked" in f]
    eligibility_commands.start(patient, FINE_ESKETAMINE, by=cast.anna)
    page = browser.open(f"/patients/{patient}/eligibilities/new?drug=ketamine")
    assert "is not signed yet." in page.text


def test_the_patients_page_says_how_the_newest_stands(browse, cast, patient):
    browser = browse(ANNA)
    page = browser.open(f"/patients/{patient}/")
    assert "Eligibility: not assessed yet" in page.text
    decided(cast.anna, patient)
    page = browser.open(f"/patients/{patient}/")
    assert "Eligibility: eligible, racemic ketamine, 2 Mar 2026" in page.text
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        bare = EligibilityDraft(drug=Drug.ESKETAMINE, assessed_on=NOON.date())
        eligibility_commands.start(patient, bare, by=cast.anna)
    page = browser.open(f"/patients/{patient}/")
    assert "Eligibility: not signed yet, esketamine, 2 Mar 2026" in page.text


def test_strangers_and_other_roles_are_kept_out(browse, patient, made):
    for email, status in ((CLEO, 404), (ADAM, 403)):
        browser = browse(email)
        for path in (
            f"/patients/{patient}/eligibilities/", f"/patients/{patient}/eligibilities/new",
            f"/eligibilities/{made}/", f"/eligibilities/{made}/edit",
        ):  # fmt: skip
            browser.open(path, expect=status)


def test_a_yes_to_a_contraindication_stands_first(browse, cast, patient):
    yes = FINE_ESKETAMINE.history | {"bleeding": HistoryAnswer(YesNoUnknown.YES, "2019")}
    made = eligibility_commands.start(patient, replace(FINE_ESKETAMINE, history=yes), by=cast.anna)
    text = browse(ANNA).open(f"/eligibilities/{made}/").text
    assert "Speaks against (1) Intracerebral bleeding, ever: yes, 2019. Contraindicated." in text
    assert "1 answer speaks against treatment" in text
