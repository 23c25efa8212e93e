"""The page at the chair: quick to write on, telling what is wrong, and close-mouthed when left."""

import json
import time
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.conftest import PHONE
from tests.journeys.steps.answering import faults_of
from tests.journeys.steps.chair import (
    BARRED,
    FAMILY_NAME,
    MAYA,
    NOTE,
    TABLET,
    UPRIGHT,
    Clinic,
    Nurse,
    assert_true,
    cached,
    clear_site,
    nurse_at,
    ready_to_lose_the_server,
    sign_in_as,
    stores,
)
from tracker.domain.live.entries import EntryKind, effective
from tracker.domain.live.entry_text import words

HERE_ONLY = "Kept on this page only: do not close it"


def note_that_waits(nurse: Nurse) -> None:
    """Write a note that does not reach the server before its sign-in ends."""
    nurse.page.route("**/live/entries", lambda route: route.abort())
    nurse.note(NOTE)
    expect(nurse.state).to_contain_text("1 entry waits")
    nurse.page.unroute("**/live/entries")


def covered_until_signed_in(nurse: Nurse, tablet: BrowserContext) -> None:
    """See that the page shows nothing, and comes back by itself once its nurse is in again."""
    expect(nurse.page.get_by_role("heading", name="You have been signed out")).to_be_visible()
    expect(nurse.page.locator("[data-live]")).to_have_count(0)
    sign_in_as(tablet, MAYA).close()
    expect(nurse.page.locator("[data-live]")).to_have_count(1)


def test_a_correction_keeps_the_first_value_and_a_withdrawal_its_entry(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    nurse.reading(182, 82, 74, 98, 14)
    nurse.act(nurse.lines.filter(has_text="BP 182/82"), "Correct")
    nurse.page.fill("#reading-systolic_mmhg", "128")
    nurse.save("BP 128/82")
    line = nurse.lines.first
    expect(line).to_contain_text("corrected")
    expect(line).to_contain_text("Before: BP 182/82")
    nurse.note("for the next chair")
    nurse.act(nurse.lines.first, "Withdraw")
    nurse.page.fill("#withdrawal-reason", "Wrong chair")
    nurse.page.get_by_role("button", name="Save").locator("visible=true").tap()
    expect(nurse.lines.first).to_contain_text("Withdrawn by Dr Maya Chen: Wrong chair")
    nurse.all_saved()
    log = clinic.log(nurse.chair)
    assert [words(entry) for entry in effective(log)] == ["BP 128/82, HR 74, SpO2 98 %, RR 14"]
    first, second = log[:2]
    assert (first.content.systolic_mmhg, second.replaces) == (182, first.key)
    assert second.at == first.at


def test_a_reading_is_two_taps_and_the_numbers_and_impossible_ones_are_told_together(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page
    nurse.press("Reading")
    page.keyboard.type("1288274")
    expect(page.locator("#reading-spo2_percent")).to_be_focused()
    page.keyboard.type("9")
    page.fill("#reading-systolic_mmhg", "4")
    page.fill("#reading-diastolic_mmhg", "820")
    page.get_by_role("button", name="Save").locator("visible=true").tap()
    expect(page.locator("#reading-systolic_mmhg-error")).to_have_text("Give it between 30 and 300.")
    expect(page.locator("#reading-diastolic_mmhg-error")).to_be_visible()
    expect(page.locator("#reading-spo2_percent-error")).to_be_visible()
    expect(page.locator("#reading-systolic_mmhg")).to_be_focused()
    assert clinic.log(nurse.chair) == []
    page.fill("#reading-systolic_mmhg", "152")
    page.fill("#reading-diastolic_mmhg", "82")
    page.fill("#reading-spo2_percent", "97")
    expect(page.locator("#reading-systolic_mmhg-mark")).to_contain_text("Unusual: above 140")
    page.locator("#reading-sedation-4").tap()
    page.locator("#reading-sedation-4").tap()  # taken back
    nurse.save("BP 152/82, HR 74, SpO2 97 %")
    nurse.all_saved()
    [entry] = clinic.log(nurse.chair)
    assert entry.content.sedation is None


def test_a_dose_that_can_be_read_two_ways_is_asked_for_again_before_it_is_sent(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page
    nurse.press("Start infusion")
    page.fill("#infusion-dose_mg", "1,234")
    page.get_by_role("button", name="Save").locator("visible=true").tap()
    expect(page.get_by_text("1,234 could be read two ways.")).to_be_visible()
    page.fill("#infusion-dose_mg", "12,5")
    nurse.save("12.5 mg drawn up")
    nurse.all_saved()
    assert [entry.content.dose_mg for entry in clinic.log(nurse.chair)] == [Decimal("12.5")]


def test_an_event_is_found_by_a_few_letters_and_an_earlier_minute_is_kept(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page
    nurse.infusion("Start infusion", "Infusion started")
    nurse.press("Event")
    page.fill("#event-find", "naus")
    expect(page.locator("[data-terms] .chair-option:visible")).to_have_count(1)
    page.get_by_role("radio", name="Nausea").check()
    page.locator("#event-grade-2").check()
    page.get_by_role("checkbox", name="Ondansetron").check()
    page.locator("form.chair-sheet:visible").get_by_role("button", name="5 min earlier").tap()
    page.get_by_role("button", name="Save").locator("visible=true").tap()
    expect(nurse.lines.last).to_contain_text("Nausea, grade 2, Ondansetron")
    nurse.all_saved()
    begun, event = clinic.log(nurse.chair)
    assert event.kind is EntryKind.EVENT
    assert 299 <= (begun.at - event.at).total_seconds() <= 420
    nurse.act(nurse.lines.last, "Add or correct")
    page.get_by_role("radio", name="Resolved", exact=True).check()
    page.get_by_role("button", name="Save").locator("visible=true").tap()
    expect(nurse.lines.last).to_contain_text("Resolved")
    nurse.all_saved()
    assert clinic.log(nurse.chair)[-1].at == event.at


def test_nothing_in_the_browser_can_be_read_and_signing_out_throws_it_away(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page
    ready_to_lose_the_server(page)
    nurse.reading(122, 78, 68, 98, 14)
    nurse.all_saved()
    page.route("**/live/entries", lambda route: route.abort())
    nurse.note(NOTE)
    expect(nurse.state).to_have_text("1 entry waits for the connection")
    page.wait_for_timeout(1_000)  # what is kept of the page itself is written a moment later
    held = stores(page)
    assert "extractable: false" in held["chair.keys"][0]
    assert (len(held["chair.entries"]), len(held["chair.sessions"])) == (1, 1)
    everything = json.dumps(held).lower()
    for clear in (FAMILY_NAME, NOTE, "ketamine", "systolic", "note", "maya", "content"):
        assert clear.lower() not in everything, clear
    for path, text in cached(page).items():
        assert path == "/chair" or path.startswith("/static/"), path
        assert FAMILY_NAME not in text
        assert "csrf" not in text or path.startswith("/static/")

    page.locator("summary", has_text="Account of").tap()
    page.get_by_role("button", name="Sign out").tap()
    dialog = page.get_by_role("dialog", name="1 entry is not sent yet")
    dialog.get_by_role("button", name="Stay").tap()
    expect(nurse.lines).to_have_count(2)
    page.locator("summary", has_text="Account of").tap()
    page.get_by_role("button", name="Sign out").tap()
    dialog.get_by_role("button", name="Throw away and sign out").tap()
    page.wait_for_url("**/sign-in*")
    assert stores(page) == {}
    assert cached(page) == {}
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('chair'))") == []


def test_what_somebody_wrote_is_never_sent_under_another_name(
    tablet: BrowserContext, at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    noor = clinic.clinician("Noor Haddad")
    nurse.page.route("**/live/entries", lambda route: route.abort())
    nurse.note(NOTE)
    tablet.clear_cookies()  # first: a page that closes lets go of its route, and what it holds back
    nurse.page.close()

    second = Nurse(sign_in_as(tablet, noor), nurse.chair)
    second.go()
    expect(second.page.locator("[data-others]")).to_contain_text("of somebody else: 1 entry")
    second.note("mine")
    second.all_saved()
    assert [(words(one), one.by) for one in clinic.log(nurse.chair)] == [("mine", "Noor Haddad")]
    second.page.close()
    tablet.clear_cookies()

    sign_in_as(tablet, MAYA)  # Today sends it: the page of the session need not be opened
    for _ in range(50):
        if len(log := clinic.log(nurse.chair)) == 2:
            break
        time.sleep(0.1)
    assert [(words(one), one.by) for one in log][-1] == (NOTE, "Dr Maya Chen")


def test_a_sign_in_that_ended_keeps_the_entries_for_the_next_one(
    tablet: BrowserContext, at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    note_that_waits(nurse)
    tablet.clear_cookies()
    covered_until_signed_in(nurse, tablet)
    nurse.all_saved()
    assert_true(nurse, clinic.log(nurse.chair), words)


def test_a_refused_entry_stays_with_its_problem_until_it_is_mended(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page

    def refuse(route):
        [sent] = route.request.post_data_json["entries"]
        problems = [{"field": "systolic_mmhg", "message": "Read it again."}]
        now = "2026-03-02T14:30:00Z"
        refused = [{"key": sent["key"], "problems": problems}]
        route.fulfill(json={"now": now, "taken": [], "refused": refused})

    page.route("**/live/entries", refuse)
    nurse.reading(122, 78, 68, 98, 14)
    expect(nurse.state).to_contain_text("1 entry was not taken: see the log")
    expect(nurse.lines.first).to_contain_text("Read it again.")
    page.unroute("**/live/entries")
    page.reload()
    nurse.act(nurse.lines.first, "Correct")
    expect(page.locator("#reading-systolic_mmhg-error")).to_have_text("Read it again.")
    page.fill("#reading-systolic_mmhg", "124")
    page.get_by_role("button", name="Save").locator("visible=true").tap()
    nurse.all_saved()
    assert [words(one) for one in clinic.log(nurse.chair)] == ["BP 124/78, HR 68, SpO2 98 %, RR 14"]


def test_what_is_typed_and_not_saved_outlives_a_reload(at_chair: Page, clinic: Clinic) -> None:
    nurse = nurse_at(at_chair, clinic)
    nurse.press("Note")
    nurse.page.fill("#note-text", NOTE)
    nurse.page.wait_for_timeout(1_000)
    nurse.page.reload()
    expect(nurse.page.locator("#note-text")).to_have_value(NOTE)
    nurse.save(NOTE)
    nurse.all_saved()
    assert len(clinic.log(nurse.chair)) == 1


def test_a_page_left_alone_shows_nothing_without_a_server(
    tablet: BrowserContext, at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page
    ready_to_lose_the_server(page)
    nurse.reading(122, 78, 68, 98, 14)
    nurse.all_saved()
    page.wait_for_timeout(1_000)
    page.goto("/healthz")  # where no script counts as use
    page.evaluate("localStorage.setItem('seen-at', String(Date.now() - 24 * 3600e3))")
    tablet.set_offline(True)
    nurse.page.goto(nurse.chair.path)
    expect(page.locator("[data-shell-nothing]")).to_contain_text("The server does not answer")
    assert FAMILY_NAME not in page.locator("body").inner_text()
    expect(nurse.lines).to_have_count(0)


def test_without_a_secure_address_the_page_says_that_it_must_stay_open(
    tablet: BrowserContext, at_chair: Page, clinic: Clinic
) -> None:
    tablet.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined})")
    nurse = nurse_at(at_chair, clinic)
    expect(nurse.page.get_by_text("Keep this page open.")).to_be_visible()
    nurse.note(NOTE)
    nurse.all_saved()
    assert_true(nurse, clinic.log(nurse.chair), words)


@pytest.mark.parametrize("shape", [TABLET, UPRIGHT, PHONE], ids=["tablet", "upright", "phone"])
def test_no_sheet_has_a_fault_in_any_shape(
    at_chair: Page, clinic: Clinic, shape: dict[str, int]
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page: Page = nurse.page
    # So tall that the bar with Save lies over nothing: half a field behind it counts as small.
    page.set_viewport_size({"width": shape["width"], "height": 3_000})
    page.emulate_media(color_scheme="dark" if shape == PHONE else "light")
    nurse.reading(152, 95, 68, 98, 14)
    faults = {"buttons": faults_of(page)}
    for name in ("Reading", "Start infusion", "Dissociation", "Event", "Note", "Set and setting"):
        nurse.press(name)
        faults[name] = faults_of(page)
        page.get_by_role("button", name="Cancel").locator("visible=true").tap()
    assert {name: found for name, found in faults.items() if found} == {}


def test_whoever_goes_on_to_the_checks_before_leaving_is_told_what_is_not_sent(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page
    page.route("**/live/entries", lambda route: route.abort())
    nurse.note(NOTE)
    page.get_by_role("link", name="Checks before leaving").tap()
    dialog = page.get_by_role("dialog", name="1 entry is not sent yet")
    dialog.get_by_role("button", name="Stay here").tap()
    expect(dialog).to_have_count(0)
    page.unroute("**/live/entries")
    nurse.all_saved()
    page.get_by_role("link", name="Checks before leaving").tap()
    page.wait_for_url("**/discharge")


def test_site_data_that_are_cleared_stop_no_save(at_chair: Page, clinic: Clinic) -> None:
    nurse = nurse_at(at_chair, clinic)
    nurse.note("before")
    nurse.all_saved()
    clear_site(nurse.page)
    nurse.note("after")
    nurse.reading(122, 78, 68, 98, 14)
    nurse.all_saved()
    assert_true(nurse, clinic.log(nurse.chair), words)
    expect(nurse.page.get_by_text("Keep this page open.")).to_be_hidden()
    # The page is kept for a reload without a server as before.
    nurse.page.wait_for_function(
        "async () => (await indexedDB.databases()).some(({ name }) => name === 'chair')"
    )
    nurse.page.wait_for_timeout(1_000)
    assert len(stores(nurse.page)["chair.sessions"]) == 1
    ready_to_lose_the_server(nurse.page)


def test_what_waited_without_a_connection_is_put_into_the_new_store(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page
    page.route("**/live/entries*", lambda route: route.abort())
    nurse.note("first")
    clear_site(page)
    nurse.note(NOTE)
    expect(nurse.state).to_have_text("2 entries wait for the connection")
    assert len(stores(page)["chair.entries"]) == 2
    page.unroute("**/live/entries*")
    nurse.all_saved()
    assert_true(nurse, clinic.log(nurse.chair), words)


def test_where_no_store_can_be_opened_entries_go_straight_to_the_server(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page
    page.evaluate(BARRED)
    clear_site(page)
    nurse.note("straight")
    nurse.all_saved()
    expect(page.get_by_text("does not let the page keep anything any more")).to_be_visible()
    page.route("**/live/entries*", lambda route: route.abort())
    nurse.note(NOTE)
    expect(nurse.state).to_have_text(f"1 entry waits for the connection. {HERE_ONLY}")
    page.unroute("**/live/entries*")
    nurse.all_saved()
    assert_true(nurse, clinic.log(nurse.chair), words)


def test_a_sign_in_that_went_with_the_site_data_keeps_what_is_written(
    tablet: BrowserContext, at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    note_that_waits(nurse)
    tablet.clear_cookies()
    clear_site(nurse.page)
    covered_until_signed_in(nurse, tablet)
    nurse.all_saved()
    assert_true(nurse, clinic.log(nurse.chair), words)
