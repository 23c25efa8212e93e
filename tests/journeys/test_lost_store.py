"""The browser throws its store away under an open page: nothing that was written is lost."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.steps.chair import (
    BARRED,
    MAYA,
    NOTE,
    Clinic,
    assert_true,
    clear_site,
    nurse_at,
    ready_to_lose_the_server,
    sign_in_as,
    stores,
)
from tracker.domain.live.entry_text import words

HERE_ONLY = "Kept on this page only: do not close it"


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
    tablet.clear_cookies()
    clear_site(nurse.page)
    nurse.note(NOTE)
    expect(nurse.state).to_have_text("Signed out. 1 entry waits")
    sign_in_as(tablet, MAYA).close()
    nurse.all_saved()
    assert_true(nurse, clinic.log(nurse.chair), words)
