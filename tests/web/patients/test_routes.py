import re

import pytest

from tests.browsing import Page
from tests.builders.alerts import an_alert
from tests.builders.courses import treat
from tests.people import ADAM, ANNA, CLEO
from tracker.domain.codes import Indication, Sex
from tracker.domain.patients.draft import PatientDraft
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import search as patient_search

TYPED = {
    "record_number": "A-0012",
    "given_name": "Zoë",
    "family_name": "O'Neill",
    "birth_date": "1980-02-29",
    "sex": "female",
    "indications": ["depression", "chronic-pain"],
    "email": "zoe@example.org",
    "phone": "",
    "notes": "Prefers mornings.",
}


@pytest.fixture
def zoe(cast):
    draft = PatientDraft(record_number="A-0012", given_name="Zoë", family_name="O'Neill")
    return patient_commands.add(draft, by=cast.anna)


def id_of(browser):
    return int(re.search(r"/patients/(\d+)/", browser.response.headers["Location"])[1])


def test_a_patient_is_entered_and_shown(browse, cast):
    browser = browse(ANNA)
    browser.open("/patients/new")
    browser.send("/patients/new", TYPED, expect=303)
    patient_id = id_of(browser)
    page = browser.follow()
    assert "O'Neill, Zoë" in page.text
    assert "Record A-0012, born 29 Feb 1980" in page.text
    assert "First steps Eligibility: not assessed yet. Assess eligibility" in page.text
    assert "Baseline scores: none yet. Record a score" in page.text
    assert "Series: not planned yet. Plan a series ," in page.text
    stored = patient_commands.find(patient_id, by=cast.anna).draft
    assert stored.sex is Sex.FEMALE
    assert stored.indications == (Indication.DEPRESSION, Indication.CHRONIC_PAIN)
    assert stored.email == "zoe@example.org"


def test_the_record_number_is_all_that_must_be_given(browse):
    browser = browse(ANNA)
    browser.open("/patients/new")
    browser.send("/patients/new", {"record_number": "7", "sex": "unknown"}, expect=303)
    assert "Record 7" in browser.follow().text


def test_a_double_click_enters_one_patient(browse, cast):
    browser = browse(ANNA)
    once = browser.open("/patients/new").value("once")
    places = []
    for _ in range(2):
        browser.send("/patients/new", TYPED | {"once": once}, expect=303)
        places.append(browser.response.headers["Location"])
    assert places[0] == places[1]
    assert len(patient_search.listing(by=cast.anna).lines) == 1


def test_bad_input_is_telling_moment_once_and_nothing_typed_is_lost(browse, zoe):
    browser = browse(ANNA)
    browser.open("/patients/new")
    bad = TYPED | {"birth_date": "1980-02-30", "email": "nobody", "given_name": "Zo<b>"}
    page = browser.send("/patients/new", bad, expect=422)
    for words in (
        "Another patient of the clinic has this record number.",
        "Give a day of the calendar",
        "Give an e-mail address",
    ):
        assert words in page.text
    assert page.text.count("record number.") == 2  # in the summary and beside the field
    assert page.value("birth_date") == "1980-02-30"
    assert page.value("email") == "nobody"
    assert page.value("given_name") == "Zo<b>"
    assert "Prefers mornings." in page.text
    checked = [f["value"] for f in page.fields if f["name"] == "indications" and "checked" in f]
    assert checked == ["depression", "chronic-pain"]


@pytest.mark.parametrize("field", ["sex", "indications"])
def test_a_made_up_choice_is_refused(browse, field):
    browser = browse(ANNA)
    browser.open("/patients/new")
    browser.send("/patients/new", TYPED | {field: "dragon"}, expect=422)


def test_the_list_finds_and_filters(browse, cast, zoe):
    browser = browse(ANNA)
    assert "O'Neill, Zoë" in browser.open("/patients/").text
    assert "O'Neill, Zoë" in browser.search("/patients/", q="neill zo").text
    assert "Nobody found" in browser.search("/patients/", q="albrecht").text
    page = browser.search("/patients/", q="albrecht", show="attention")
    assert "Nobody of that name needs attention" in page.text
    everybody = next(link for link in page.links if "show=all&terms=" in link)
    assert "Nobody found" in browser.open(everybody).text
    assert "Nobody here" in browser.open("/patients/?show=active").text
    assert "Nobody here" in browser.open("/patients/?show=archived").text
    assert "O'Neill, Zoë" in browser.open("/patients/?show=nonsense&after=x&before=y").text


def test_the_list_goes_on_and_back(browse, cast):
    for number in range(30):
        patient_commands.add(PatientDraft(record_number=f"{number:02}"), by=cast.anna)
    browser = browse(ANNA)
    page = browser.open("/patients/")
    assert "Record 24" in page.text
    assert "Record 25" not in page.text
    following = next(link for link in page.links if "after=" in link)
    page = browser.open(following)
    assert "Record 25" in page.text
    assert "Record 24" not in page.text
    assert "Record" not in following
    page = browser.open(next(link for link in page.links if "before=" in link))
    assert "Record 00" in page.text


def test_typing_is_answered_with_links(browse, zoe):
    client = browse(ANNA).client
    answer = client.get("/patients/search", headers={"Search-Text": "one"})
    assert f'<li><a href="/patients/{zoe}/">' in answer.text
    assert [line.strip() for line in Page(answer.text).text_parts if line.strip()] == [
        "O'Neill, Zoë", ",", "record A-0012",
    ]  # fmt: skip
    nobody = client.get("/patients/search", headers={"Search-Text": "albrecht"}).text
    assert "<li>" not in nobody
    assert "Nobody found." in nobody
    assert "a birth date such as 27/03/1980" in nobody


def test_nothing_typed_is_answered_with_whom_one_looked_at_last(browse, zoe):
    client = browse(ANNA).client
    assert client.get("/patients/search").text.strip() == ""
    client.get(f"/patients/{zoe}/")
    assert f'<a href="/patients/{zoe}/">' in client.get("/patients/search").text
    assert "<li>" not in browse(CLEO).client.get("/patients/search").text


def test_the_search_on_top_opens_the_only_one_found(browse, cast, zoe):
    anna = browse(ANNA)
    page = anna.open("/account/")
    assert [form["action"] for form in page.forms if form.get("role") == "search"] == ["/patients/"]
    sent = {"q": "oneill", "show": "all", "open": "yes"}
    anna.send("/patients/", sent, expect=303)
    assert anna.response.location == f"/patients/{zoe}/"
    patient_commands.add(PatientDraft(record_number="B", family_name="O'Neill"), by=cast.anna)
    assert "Zoë" in anna.search("/patients/", **sent).text
    assert "Nobody found" in anna.search("/patients/", **sent | {"q": "qqq"}).text


def test_an_archived_patient_is_found_and_marked(browse, cast, zoe):
    patient_commands.archive(zoe, "Moved away", by=cast.anna)
    assert (
        "Archived"
        in browse(ANNA).client.get("/patients/search", headers={"Search-Text": "oneill"}).text
    )


def test_whoever_may_list_no_patients_has_no_search(browse):
    assert not [
        form for form in browse(ADAM).open("/account/").forms if form.get("role") == "search"
    ]


def test_how_many_alerts_wait_stands_in_the_menu(browse, cast):
    patient_id = treat(cast.console).patient_id
    assert "way-count" not in browse(ANNA).client.get("/account/").text
    an_alert(cast.anna, patient_id)
    text = browse(ANNA).open("/account/").text
    assert re.search(r"Alerts\s+1\s+to look at", text)
    assert "way-count" not in browse(CLEO).client.get("/account/").text
    assert "way-count" not in browse(ADAM).client.get("/account/").text


def test_a_change_is_saved(browse, zoe):
    browser = browse(ANNA)
    page = browser.open(f"/patients/{zoe}/edit")
    assert page.value("family_name") == "O'Neill"
    version = page.value("version")
    browser.send(
        f"/patients/{zoe}/edit", TYPED | {"family_name": "Byrne", "version": version}, expect=303
    )
    page = browser.follow()
    assert "Byrne, Zoë" in page.text
    assert "Last changed by Anna Clinician" in page.text


def test_two_who_change_at_once_see_both_versions_and_choose(browse, cast, zoe):
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/edit")
    theirs = PatientDraft(record_number="A-0012", given_name="Zoe", family_name="Byrne")
    patient_commands.change(zoe, theirs, version=1, by=cast.anna)
    page = browser.send(f"/patients/{zoe}/edit", TYPED | {"version": "1"}, expect=409)
    assert "Byrne" in page.text
    assert "O'Neill" in page.text
    kept = {f["name"]: f["value"] for f in page.fields if f["type"] == "hidden"}
    assert kept["version"] == "2"
    kept["indications"] = [f["value"] for f in page.fields if f["name"] == "indications"]
    assert "if you keep what Anna Clinician saved, yours is gone" in page.text
    told = [f["value"] for f in page.fields if f["name"] == "theirs"]
    assert "Family name: Byrne" in told
    both = kept | {"choice": "both", "theirs": told}
    page = browser.send(f"/patients/{zoe}/edit", both, expect=200)
    assert "Saved meanwhile by somebody else." in page.text
    assert "Family name: Byrne" in page.text
    assert (page.value("family_name"), page.value("version")) == ("O'Neill", "2")
    browser.send(f"/patients/{zoe}/edit", kept | {"choice": "theirs"}, expect=303)
    assert patient_commands.find(zoe, by=cast.anna).draft == theirs
    browser.send(f"/patients/{zoe}/edit", kept | {"choice": "mine"}, expect=303)
    stored = patient_commands.find(zoe, by=cast.anna)
    assert (stored.draft.family_name, stored.version) == ("O'Neill", 3)
    assert stored.draft.indications == (Indication.DEPRESSION, Indication.CHRONIC_PAIN)


def test_two_who_save_the_same_have_nothing_to_choose(browse, cast, zoe):
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/edit")
    browser.send(f"/patients/{zoe}/edit", TYPED | {"version": "1"}, expect=303)
    browser.send(f"/patients/{zoe}/edit", TYPED | {"version": "1"}, expect=303)
    assert "saved the same meanwhile" in browser.follow().text
    assert patient_commands.find(zoe, by=cast.anna).version == 2


@pytest.mark.parametrize("version", ["", "x", "9" * 5000, "\u0661"])
def test_a_version_that_nothing_has_is_out_of_date(browse, zoe, version):
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/edit")
    browser.send(f"/patients/{zoe}/edit", TYPED | {"version": version}, expect=409)


def test_a_patient_is_archived_with_a_reason_and_restored(browse, cast, zoe):
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/archive")
    browser.send(f"/patients/{zoe}/archive", {"reason": " "}, expect=422)
    browser.send(f"/patients/{zoe}/archive", {"reason": "Moved away"}, expect=303)
    assert "The patient is archived" in browser.follow().text
    page = browser.open(f"/patients/{zoe}/")
    assert "Moved away" in page.text
    browser.send(f"/patients/{zoe}/restore", {}, expect=303)
    assert "Moved away" not in browser.follow().text


ROUTES = ["{}/", "{}/edit", "{}/archive"]


@pytest.mark.parametrize("route", ROUTES)
def test_a_stranger_finds_no_patient(browse, zoe, route):
    browser = browse(CLEO)
    browser.open(f"/patients/{route.format(zoe)}", expect=404)
    browser.open(f"/patients/{route.format(12345)}", expect=404)
    browser.open("/patients/new")
    if route != "{}/":
        browser.send(f"/patients/{route.format(zoe)}", TYPED | {"reason": "x"}, expect=404)
    browser.send(f"/patients/{zoe}/restore", {}, expect=404)


@pytest.mark.parametrize("route", ["", "search?q=z", "new", *(f"{r}" for r in ROUTES)])
def test_an_administrator_reads_no_patients(browse, zoe, route):
    browse(ADAM).open(f"/patients/{route.format(zoe)}", expect=403)


def test_whoever_is_not_signed_in_is_asked_to(browse, zoe):
    for route in ("", "new", *ROUTES):
        browse.open(f"/patients/{route.format(zoe)}", expect=302)


def test_what_somebody_is_called_is_never_markup(browse, cast):
    patient_id = patient_commands.add(
        PatientDraft(record_number="1", given_name="<script>alert(1)</script>"), by=cast.anna
    )
    browser = browse(ANNA)
    for path in ("/patients/", f"/patients/{patient_id}/", "/patients/search?q=script"):
        assert "<script>alert" not in browser.client.get(path).text


MAYA = {
    "record_number": "0012", "given_name": "Maya", "family_name": "Chen",
    "birth_date": "1980-03-09", "sex": "female",
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"record_number": "12", "given_name": "Other"},
        {"record_number": "00\u201112", "given_name": "Other"},
        {"record_number": "77", "family_name": "CH\u00c9N"},
    ],
)
def test_somebody_who_may_be_here_is_asked_about_once_and_nothing_is_lost(browse, cast, change):
    anna = browse(ANNA)
    anna.open("/patients/new")
    anna.send("/patients/new", MAYA, expect=303)
    there = id_of(anna)
    anna.open("/patients/new")
    typed = MAYA | change | {"phone": "555"}
    page = anna.send("/patients/new", typed, expect=422)
    assert "is this somebody who is here already?" in page.text
    assert f"/patients/{there}/" in page.links
    assert page.value("phone") == "555"
    shown = {"seen": page.value("seen"), "once": page.value("once")}
    anna.send("/patients/new", typed | shown, expect=303)
    assert id_of(anna) != there


def test_a_number_is_kept_as_it_is_shown(browse, cast):
    anna = browse(ANNA)
    anna.open("/patients/new")
    anna.send("/patients/new", {"record_number": "\ufeffＡ-\u200b7", "sex": "unknown"}, expect=303)
    assert patient_commands.find(id_of(anna), by=cast.anna).draft.record_number == "A-7"


@pytest.mark.parametrize("blank", ["\u200b", "\u2060", "\u00ad", "\u3164", " \u00a0"])
def test_what_nobody_sees_is_no_number_and_no_reason(browse, cast, zoe, blank):
    anna = browse(ANNA)
    anna.open("/patients/new")
    anna.send("/patients/new", {"record_number": blank, "sex": "unknown"}, expect=422)
    anna.open(f"/patients/{zoe}/archive")
    page = anna.send(f"/patients/{zoe}/archive", {"reason": blank}, expect=422)
    assert "Say why this patient is archived" in page.text


def test_a_form_sent_again_with_other_content_is_not_called_saved(browse, cast):
    """From the history of a browser, say: the first content stands, and the second is not lost."""
    browser = browse(ANNA)
    key = browser.open("/patients/new").value("once")
    first = {"once": key, "record_number": "R-77", "family_name": "Quill", "sex": "unknown"}
    browser.send("/patients/new", first, expect=303)
    browser.send("/patients/new", first, expect=303)  # a second click is the same form
    browser.open("/patients/new")
    other = first | {"record_number": "R-78", "family_name": "Underhill"}
    page = browser.send("/patients/new", other, expect=409)
    assert "saved before with other content" in page.text
    assert page.value("family_name") == "Underhill"
    browser.send("/patients/new", other | {"once": page.value("once")}, expect=303)
    found = patient_search.listing(by=cast.anna, query="R-7").lines
    assert sorted(line.record_number for line in found) == ["R-77", "R-78"]
