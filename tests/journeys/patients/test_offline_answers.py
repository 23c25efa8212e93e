"""A patient's questions come back without a connection, and what was answered is sent once."""

import json
import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.conftest import PHONE, Served
from tests.journeys.steps.answering import (
    Database,
    Thumb,
    begin,
    faults_of,
    question,
    waiting_keys,
)
from tests.journeys.steps.chair import cached, ready_to_lose_the_server, stores

CRISIS = "If you might act on these thoughts, call now"
WAITS = "Not sent yet: will be sent when you are connected again"
NOTHING = "waits on this device."
LATE_MS = 16 * 60_000  # past the idle time


@pytest.fixture(scope="module")
def database(served: Served) -> Database:
    """The served clinic's database."""
    return Database(served)


@pytest.fixture
def phone(browser: Browser, served: Served):
    """A phone with a touch screen."""
    context = browser.new_context(
        base_url=served.url, viewport=PHONE, has_touch=True, is_mobile=True
    )
    yield context
    context.close()


# Where whoever sent it ends, whatever the browser gave up on the way.
SENT = re.compile(r"/sent$")


def by_link(phone: BrowserContext, token: str) -> Page:
    """Begin by the mailed link."""
    page = phone.new_page()
    page.goto(f"/links/{token}")
    Thumb(page).press("Begin")
    expect(page.locator("form.answers-live")).to_be_visible()
    return page


def answer(page: Page, numbers: range, words: str) -> None:
    """Answer these questions, one after the other."""
    thumb = Thumb(page)
    for number in numbers:
        stands(page, number)
        thumb.choose(words)


def stands(page: Page, number: int) -> None:
    """Wait for a question to stand on the screen of a page that was opened anew."""
    expect(page.get_by_role("group", name=re.compile(f"^Question {number} of 9"))).to_be_visible()


def all_wait(page: Page, count: int) -> None:
    """Wait until so many answers are on the disk."""
    for _ in range(50):
        if len(waiting_keys(page)) == count:
            return
        page.wait_for_timeout(100)
    raise AssertionError(waiting_keys(page))


def go_away(page: Page) -> None:
    """Lose the connection once all is kept that is needed without it."""
    expect(page.get_by_text("Saved.")).to_be_visible()
    ready_to_lose_the_server(page, "patient")
    page.wait_for_timeout(500)  # what is kept of the page is written a moment later
    page.context.set_offline(True)


@pytest.mark.parametrize("way", ["link", "signed in"])
def test_questions_come_back_without_a_connection_and_are_sent_once(
    phone: BrowserContext, database: Database, enter, way: str
) -> None:
    made, token = database.check_in("phq9")
    if way == "link":
        page = by_link(phone, token)
    else:
        page = phone.new_page()
        enter(page, "patient")
        begin(page, made)
    thumb = Thumb(page)
    for number in range(1, 5):
        thumb.choose("Several days")
        question(page, number + 1)
    go_away(page)

    page.reload()
    stands(page, 5)
    expect(page.locator("input:checked")).to_have_count(4)
    answer(page, range(5, 7), "More than half the days")
    expect(page.locator("[data-state]")).to_contain_text(WAITS)
    address = page.url
    all_wait(page, 2)
    page.close()  # the phone drops the tab, and opens it again

    page = phone.new_page()
    page.goto(address)
    stands(page, 7)
    assert faults_of(page) == []
    assert len(waiting_keys(page)) == 2
    answer(page, range(7, 9), "Not at all")
    thumb = Thumb(page)
    question(page, 9)
    thumb.choose("Several days")
    panel = page.get_by_role("alert", name=CRISIS)
    expect(panel).to_be_focused()
    assert panel.get_by_role("link").first.get_attribute("href") == "tel:988"
    assert faults_of(page) == []
    page.reload()  # help comes first again, though no server knows of the answer
    expect(page.get_by_role("alert", name=CRISIS)).to_be_focused()
    thumb.press("Go on with the questions")
    thumb.press("Send")
    expect(page.locator("[data-state]")).to_contain_text(WAITS)
    assert database.scores(made) == []

    phone.set_offline(False)
    expect(page).to_have_url(SENT, timeout=30_000)
    assert page.get_by_role("main").inner_text().strip().startswith(CRISIS)
    [score] = database.scores(made)
    assert (score.total, score.mode, len(score.answers)) == (9, "self", 9)
    deeds = [deed for deed, *_ in database.trail(made)]
    assert deeds.count("reply.sent") == 1
    expect(page.locator("[data-answers-sent]")).to_be_visible()
    page.wait_for_timeout(500)
    held = stores(page)
    assert (held["answers.entries"], held["answers.sessions"]) == ([], [])


def test_nothing_of_it_can_be_read_and_no_page_of_a_patient_is_in_the_cache(
    phone: BrowserContext, database: Database, enter
) -> None:
    made, _ = database.check_in("phq9")
    page = phone.new_page()
    enter(page, "patient")
    begin(page, made)
    thumb = Thumb(page)
    thumb.choose("Several days")
    question(page, 2)
    go_away(page)
    thumb.choose("Nearly every day")
    expect(page.locator("[data-state]")).to_contain_text(WAITS)
    held = stores(page)
    assert all("extractable: false" in key for key in held["answers.keys"])
    assert (len(held["answers.entries"]), len(held["answers.sessions"])) == (1, 1)
    everything = json.dumps(held).lower()
    for clear in ("phq9_", "several days", "csrf_token", "fieldset", "questions/", "seconds"):
        assert clear not in everything, clear
    kept = json.loads(page.evaluate("JSON.stringify(localStorage)"))
    assert set(kept) <= {"seen-at", "kept-for", "answers-layout", "theme"}
    name = page.locator(".account-name").text_content()
    for path, text in cached(page).items():
        assert path == "/answers/shell" or path.startswith("/static/"), path
        assert name not in text
        assert "csrf_token" not in text or path.startswith("/static/"), path


def test_after_the_idle_time_nothing_is_shown_and_what_waits_is_sent_later(
    phone: BrowserContext, database: Database
) -> None:
    _, token = database.check_in("phq9")
    page = by_link(phone, token)
    thumb = Thumb(page)
    thumb.choose("Several days")
    question(page, 2)
    go_away(page)
    thumb.choose("Several days")
    expect(page.locator("[data-state]")).to_contain_text(WAITS)
    page.evaluate(f"localStorage.setItem('seen-at', Date.now() - {LATE_MS})")
    page.reload()
    expect(page.get_by_text(NOTHING)).to_be_visible()
    expect(page.locator("footer").get_by_role("link", name="988")).to_be_visible()
    assert faults_of(page) == []
    assert stores(page)["answers.sessions"] == []
    phone.set_offline(False)  # the page comes back by itself
    expect(page.get_by_role("group", name=re.compile("^Question 3 of 9"))).to_be_visible(
        timeout=15_000
    )
    expect(page.locator("[data-state]")).to_have_text("Saved.")
    assert waiting_keys(page) == []


def test_answers_go_out_from_any_page_of_the_patient(
    phone: BrowserContext, database: Database, enter
) -> None:
    made, _ = database.check_in("phq9")
    page = phone.new_page()
    enter(page, "patient")
    begin(page, made)
    Thumb(page).choose("Several days")
    question(page, 2)
    go_away(page)
    Thumb(page).choose("Several days")
    expect(page.locator("[data-state]")).to_contain_text(WAITS)
    page.close()
    phone.set_offline(False)
    page = phone.new_page()
    page.goto("/my/")
    all_wait(page, 0)
    assert [deed for deed, *_ in database.trail(made)].count("reply.saved") >= 2


def test_signing_out_asks_and_wipes(phone: BrowserContext, database: Database, enter) -> None:
    made, _ = database.check_in("phq9")
    page = phone.new_page()
    enter(page, "patient")
    begin(page, made)
    ready_to_lose_the_server(page, "patient")
    page.route("**/save", lambda route: route.abort())
    Thumb(page).choose("Several days")
    expect(page.locator("[data-state]")).to_contain_text(WAITS)
    sign_out(page)
    page.get_by_role("dialog", name="Something is not sent yet").get_by_role(
        "button", name="Stay"
    ).tap()
    stands(page, 2)
    sign_out(page)
    page.get_by_role("button", name="Throw away and sign out").tap()
    page.wait_for_url("**/sign-in*")
    assert stores(page) == {}
    assert cached(page) == {}
    assert page.evaluate("Object.keys(localStorage).includes('kept-for')") is False


def sign_out(page: Page) -> None:
    """Sign out by the menu of a phone."""
    menu = page.get_by_role("button", name="Menu")
    if menu.get_attribute("aria-expanded") != "true":
        menu.tap()
    if page.locator("details.account:not([open])").count():
        page.locator("summary", has_text="Account of").tap()
    page.get_by_role("button", name="Sign out").tap()


def test_a_second_person_on_the_same_phone_sees_nothing_of_the_first(
    phone: BrowserContext, database: Database, enter
) -> None:
    _, token = database.check_in("phq9")
    page = by_link(phone, token)
    Thumb(page).choose("Several days")
    question(page, 2)
    go_away(page)
    address = page.url
    phone.set_offline(False)
    phone.clear_cookies()
    enter(page, "patient")  # another sign-in, whoever it is
    page.goto("/my/")
    page.wait_for_function("() => localStorage.getItem('kept-for').startsWith('person-')")
    page.wait_for_timeout(500)
    assert stores(page)["answers.sessions"] == []
    phone.set_offline(True)
    page.goto(address)
    expect(page.get_by_text(NOTHING)).to_be_visible()
    expect(page.locator("fieldset")).to_have_count(0)
