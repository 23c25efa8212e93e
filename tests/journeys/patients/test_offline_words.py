"""What a patient writes without a connection waits on the phone, sealed, and is sent once."""

import json

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from tests.journeys.conftest import PHONE, Served
from tests.journeys.patients.test_diary import held_yesterday, rate
from tests.journeys.steps.answering import Database, Thumb, faults_of
from tests.journeys.steps.chair import ready_to_lose_the_server, stores
from tracker.models import db
from tracker.models.diary import DiaryEntry

AWAY = "Not sent yet: no connection. Your words are kept on this device"
BACK = "What you typed is back. It is not sent yet."
SENT = "Sent. Thank you"


@pytest.fixture
def phone(browser: Browser, served: Served):
    """A phone with a touch screen."""
    context = browser.new_context(
        base_url=served.url, viewport=PHONE, has_touch=True, is_mobile=True
    )
    yield context
    context.close()


@pytest.fixture
def thumb(phone: BrowserContext, enter) -> Thumb:
    """A patient's thumb on their own page."""
    page = phone.new_page()
    enter(page, "patient")
    page.goto("/my/")
    return Thumb(page)


def told(served: Served, words: str) -> list[DiaryEntry]:
    """What the clinic has with these words."""
    with Database(served).app.app_context():
        return list(db.session.scalars(select(DiaryEntry).where(DiaryEntry.words == words)))


def status(page: Page):
    """Where the page says whether it was sent."""
    return page.locator("[data-diary-status]")


def go_away(page: Page) -> None:
    """Lose the connection once all is kept that is needed without it."""
    expect(page.locator("form.diary")).to_be_visible()
    ready_to_lose_the_server(page, "patient")
    page.wait_for_timeout(500)
    page.context.set_offline(True)


def test_how_i_feel_now_is_there_again_and_sent_once(thumb: Thumb, served: Served) -> None:
    page, words = thumb.page, "In the tunnel, and it is dark"
    thumb.press("How I feel now")
    go_away(page)
    rate(thumb, "Your mood right now", 2)
    page.get_by_label("In a few words, if you like").fill(words)
    page.wait_for_timeout(600)  # what is typed is kept a moment later
    everything = json.dumps(stores(page))
    assert len(stores(page)["answers.entries"]) == 1
    for clear in (words, "mood", "Your pain", "once"):
        assert clear not in everything, clear

    page.reload()
    expect(status(page)).to_have_text(BACK)
    expect(page.get_by_label("In a few words, if you like")).to_have_value(words)
    mood = page.get_by_role("group", name="Your mood right now")
    expect(mood.get_by_role("radio", name="2", exact=True)).to_be_checked()
    assert faults_of(page) == []
    thumb.press("Send")
    expect(status(page)).to_contain_text(AWAY)
    assert faults_of(page) == []
    page.reload()
    expect(status(page)).to_contain_text(AWAY)
    assert told(served, words) == []

    page.context.set_offline(False)
    expect(page.get_by_text(SENT).first).to_be_visible(timeout=15_000)
    assert len(told(served, words)) == 1
    assert stores(page)["answers.entries"] == []
    # Known fault, to be mended: on a busy machine the form may then offer the sent words once more,
    # as a draft. Sent again they make no second entry only while the page has its old key.


def test_an_answer_that_is_lost_on_its_way_back_makes_no_second_entry(
    thumb: Thumb, served: Served
) -> None:
    page, words = thumb.page, "Sent, and nobody said so"
    thumb.press("How I feel now")
    expect(page.locator("form.diary")).to_be_visible()
    ready_to_lose_the_server(page, "patient")  # the script that sends has come
    page.get_by_label("In a few words, if you like").fill(words)

    def lose(route) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)  # it arrives
            route.abort()  # and its answer does not
        else:
            route.continue_()

    page.route("**/now", lose)
    thumb.press("Send")
    expect(status(page)).to_contain_text(AWAY)
    page.unroute("**/now")
    expect(page.get_by_text(SENT).first).to_be_visible(timeout=15_000)
    assert len(told(served, words)) == 1


def test_a_note_goes_out_from_any_page(thumb: Thumb, served: Served) -> None:
    page, words = thumb.page, "Ask about the new tablets"
    thumb.press("A note for the next visit")
    go_away(page)
    page.get_by_label("What do you want to tell us?").fill(words)
    thumb.press("Send the note")
    expect(status(page)).to_contain_text(AWAY)
    phone = page.context
    page.close()
    phone.set_offline(False)
    page = phone.new_page()
    page.goto("/my/")
    expect(page.get_by_text("was sent to your clinic.")).to_be_visible()
    assert faults_of(page) == []
    assert len(told(served, words)) == 1
    assert page.evaluate("localStorage.getItem('words-wait')") is None


def test_the_day_after_is_told_without_a_connection(thumb: Thumb, served: Served) -> None:
    page, words = thumb.page, "Better since the evening"
    held_yesterday(served)
    page.reload()
    page.get_by_role("link", name="Tell us how you are after").tap()
    rate(thumb, "Your mood right now", 6)
    go_away(page)
    page.get_by_role("radiogroup", name="Headache").get_by_role("radio", name="Mild").tap()
    page.get_by_label("Is there anything else?").fill(words)
    page.wait_for_timeout(600)
    page.reload()
    expect(status(page)).to_have_text(BACK)
    headache = page.get_by_role("radiogroup", name="Headache")
    expect(headache.get_by_role("radio", name="Mild")).to_be_checked()
    assert faults_of(page) == []
    thumb.press("Send")
    expect(status(page)).to_contain_text(AWAY)
    page.context.set_offline(False)
    expect(page.get_by_text(SENT).first).to_be_visible(timeout=15_000)
    [entry] = told(served, words)
    assert entry.effects == {"headache": "mild"}


def test_words_of_one_person_are_not_shown_to_the_next(thumb: Thumb, served: Served, enter) -> None:
    page, words = thumb.page, "For my clinic alone"
    thumb.press("A note for the next visit")
    go_away(page)
    address = page.url
    page.get_by_label("What do you want to tell us?").fill(words)
    page.wait_for_timeout(600)
    phone = page.context
    phone.set_offline(False)
    phone.clear_cookies()
    enter(page, "clinician")
    page.goto("/today/")
    page.wait_for_timeout(500)
    phone.set_offline(True)
    page.goto(address)
    expect(page.get_by_text("waits on this device.")).to_be_visible()
    assert words not in page.content()


def test_what_was_refused_is_mended_without_a_connection(thumb: Thumb, served: Served) -> None:
    page, words = thumb.page, "Now there are words"
    thumb.press("A note for the next visit")
    expect(page.locator("form.diary")).to_be_visible()
    page.get_by_label("What do you want to tell us?").fill("  ")
    thumb.press("Send the note")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    go_away(page)
    page.get_by_label("What do you want to tell us?").fill(words)
    page.wait_for_timeout(600)
    page.reload()
    expect(page.get_by_label("What do you want to tell us?")).to_have_value(words)
    thumb.press("Send the note")
    expect(status(page)).to_contain_text(AWAY)
    page.context.set_offline(False)
    expect(page.get_by_text(SENT).first).to_be_visible(timeout=15_000)
    assert len(told(served, words)) == 1
