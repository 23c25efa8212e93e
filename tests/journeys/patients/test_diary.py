"""A patient tells how they are in four taps, also without a connection, and staff read it."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import exists, select, update

from tests.journeys.conftest import PHONE, Served
from tests.journeys.steps.answering import Database, Thumb, faults_of
from tests.journeys.steps.chair import ready_to_lose_the_server
from tracker.models import db
from tracker.models.diary import DiaryEntry
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock

WORDS = "Slept badly and cried a little"
TAPS_AT_MOST = 4


@pytest.fixture
def thumb(browser: Browser, served: Served, enter) -> Thumb:
    """A patient's thumb on a phone, on their own page."""
    context = browser.new_context(
        base_url=served.url, viewport=PHONE, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    enter(page, "patient")
    page.goto("/my/")
    yield Thumb(page)
    context.close()


@pytest.fixture
def desk(browser: Browser, served: Served, enter) -> Page:
    """A clinician's page at a desk."""
    context = browser.new_context(base_url=served.url)
    page = context.new_page()
    enter(page, "clinician")
    yield page
    context.close()


def rate(thumb: Thumb, legend: str, number: int) -> None:
    """Tap a number of a rating."""
    thumb.taps += 1
    answers = thumb.page.get_by_role("group", name=legend)
    answers.get_by_role("radio", name=str(number), exact=True).tap()


def item(page: Page, words: str):
    """Find the entry that has these words."""
    return page.get_by_role("listitem").filter(has_text=words)


def test_how_i_feel_now_takes_four_taps_and_is_read_by_name(thumb, desk) -> None:
    page = thumb.page
    thumb.press("How I feel now")
    rate(thumb, "Your mood right now", 3)
    rate(thumb, "Your pain right now", 5)
    page.get_by_label("In a few words, if you like").fill(WORDS)
    assert faults_of(page) == []
    thumb.press("Send")
    expect(page.get_by_text("Sent. Thank you")).to_be_visible()
    assert thumb.taps <= TAPS_AT_MOST
    assert faults_of(page) == []

    desk.goto("/today/")
    desk.get_by_role("link", name="New words from patients").click()
    mine = item(desk, WORDS)
    expect(mine).to_contain_text("Mood 3 of 10 · Pain 5 of 10")
    mine.get_by_role("button", name="Read").click()
    expect(desk.get_by_text("Marked as read, in your name.")).to_be_visible()
    expect(item(desk, WORDS)).to_have_count(0)
    page.reload()
    expect(item(page, WORDS)).to_contain_text("Read by your clinic")


def test_without_a_connection_every_word_stays_and_is_sent_later(thumb, desk) -> None:
    page = thumb.page
    thumb.press("How I feel now")
    rate(thumb, "Your mood right now", 2)
    page.get_by_label("In a few words, if you like").fill("On the train home")
    ready_to_lose_the_server(page, "patient")
    page.context.set_offline(True)
    thumb.press("Send")
    expect(page.get_by_text("Not sent yet: no connection.")).to_be_visible()
    expect(page.get_by_label("In a few words, if you like")).to_have_value("On the train home")
    page.context.set_offline(False)
    expect(page.get_by_text("Sent. Thank you")).to_be_visible()
    desk.goto("/diary/words")
    expect(item(desk, "On the train home")).to_have_count(1)


def test_the_day_after_is_told_and_stands_on_the_session(thumb, desk, served: Served) -> None:
    session_id = held_yesterday(served)
    page = thumb.page
    page.reload()
    page.get_by_role("link", name="Tell us how you are after").tap()
    rate(thumb, "Your mood right now", 6)
    page.get_by_role("radiogroup", name="Headache").get_by_role("radio", name="Severe").tap()
    thumb.press("None of these")
    page.get_by_role("group", name="How did you sleep").get_by_role("radio", name="Fair").tap()
    page.get_by_label("Is there anything else?").fill("It went away in the evening")
    assert faults_of(page) == []
    thumb.press("Send")
    expect(page.get_by_text("Headache (severe)")).to_be_visible()
    desk.goto(f"/sessions/{session_id}/")
    told = item(desk, "It went away in the evening")
    expect(told).to_contain_text("Mood 6 of 10 · Sleep: fair")
    expect(told).to_contain_text("Headache (severe)")


def held_yesterday(served: Served) -> int:
    """Let a session of the patient who can sign in, of which they told nothing, be a day ago."""
    with Database(served).app.app_context():
        patient_id = db.session.scalars(
            select(Patient.id).where(Patient.user_id.is_not(None))
        ).one()
        chosen = db.session.scalars(
            select(TreatmentSession.id)
            .where(
                TreatmentSession.patient_id == patient_id,
                TreatmentSession.state == "completed",
                ~exists().where(DiaryEntry.session_id == TreatmentSession.id),
            )
            .order_by(TreatmentSession.started_at.desc())
        ).first()
        at = clock.now() - timedelta(days=1)
        db.session.execute(
            update(TreatmentSession)
            .where(TreatmentSession.id == chosen)
            .values(started_at=at, discharged_at=None)
        )
        db.session.commit()
        return chosen


def test_a_note_is_on_the_patients_page_until_it_is_read(thumb, desk) -> None:
    page = thumb.page
    thumb.press("A note for the next visit")
    page.get_by_label("What do you want to tell us?").fill("Ask me about my new job")
    assert faults_of(page) == []
    thumb.press("Send the note")
    expect(page.get_by_text("Not read yet").first).to_be_visible()
    desk.goto("/diary/words")
    item(desk, "Ask me about my new job").get_by_role("link").first.click()
    panel = item(desk, "Ask me about my new job")
    panel.get_by_role("button", name="Read").click()
    expect(item(desk, "Ask me about my new job")).to_have_count(0)


def test_the_wish_to_talk_is_raised_taken_back_and_acknowledged(thumb, desk) -> None:
    page = thumb.page
    thumb.press("I would rather talk to somebody")
    expect(page.get_by_role("link", name="Call your clinic")).to_be_visible()
    assert faults_of(page) == []
    thumb.press("Yes, please call me")
    expect(page.get_by_text("Your clinic has not seen it yet.")).to_be_visible()
    thumb.press("I no longer need it: take it back")
    thumb.press("Yes, please call me")
    expect(page.get_by_text("Your clinic has not seen it yet.")).to_be_visible()
    desk.goto("/alerts/")
    wish = item(desk, "Would like to talk to somebody")
    expect(wish).to_have_count(1)
    wish.get_by_role("link", name="Open alert").click()
    desk.get_by_label("What was done").fill("Called, spoke for ten minutes")
    desk.get_by_role("button", name="Acknowledge").click()
    page.goto("/my/")
    expect(page.get_by_text("Your clinic has seen that you want to talk.")).to_be_visible()
