"""A board in one browser, a chair in another: news travels, and silence is told."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from tests.journeys.conftest import PHONE, Served
from tests.journeys.steps.looking import WIDE, faults_of
from tests.journeys.test_alerts import beside
from tracker.domain.live.entries import EntryDraft, EntryKind, Reading
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.users import User
from tracker.services import clock
from tracker.services.demo import clinic as demo_clinic
from tracker.services.live import entry_log
from tracker.services.people import logins

NEWS_WITHIN_MS = 5_000
SILENCE_TOLD_WITHIN_MS = 15_000
POST = """async ([url, entry, token]) => {
  const kind = { "Content-Type": "application/json", "X-Requested-With": "fetch" };
  const headers = { ...kind, "X-CSRFToken": token };
  const body = JSON.stringify({ entries: [{ ...entry, at: new Date().toISOString() }] });
  return (await fetch(url, { method: "POST", headers, body })).status;
}"""


@pytest.fixture
def nurse(browser: Browser, served: Served, enter) -> Iterator[Page]:
    """A second browser, at a chair."""
    context = browser.new_context(base_url=served.url)
    page = context.new_page()
    enter(page, "clinician")
    yield page
    context.close()


def chair(served: Served) -> int:
    """Find a session of the demonstration that is under way."""
    under_way = TreatmentSession.state == "under-way"
    with beside(served):
        found = select(TreatmentSession.id).where(under_way).order_by(TreatmentSession.id)
        return int(db.session.scalars(found).first())


def card(page: Page, session_id: int):
    """The chair of a session on a board."""
    link = page.locator(f'a[href="/sessions/{session_id}/live/"]')
    return page.locator(".board-chair").filter(has=link)


def test_a_reading_at_a_chair_is_on_the_board_within_five_seconds(
    page: Page, nurse: Page, served: Served, noise: list[str], enter
) -> None:
    session_id = chair(served)
    enter(page, "clinician")
    page.goto("/today/board")
    page.evaluate("window.sameAsBefore = true")
    shown = card(page, session_id)
    expect(shown).to_be_visible()
    shown.get_by_role("link").focus()
    nurse.goto(f"/sessions/{session_id}/live/")
    token = nurse.locator("meta[name=csrf-token]").get_attribute("content")
    entry = {"key": "board-journey-1", "kind": "reading", "content": {"heart_rate_bpm": 111}}
    url = f"/sessions/{session_id}/live/entries"
    assert nurse.evaluate(POST, [url, entry, token]) == 200
    expect(shown).to_contain_text("111", timeout=NEWS_WITHIN_MS)
    assert page.evaluate("window.sameAsBefore")
    expect(shown.get_by_role("link")).to_be_focused()
    for size, scheme in ((WIDE, "light"), (PHONE, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert faults_of(page) == []


def test_today_shows_the_same_chairs_and_their_news(
    page: Page, served: Served, noise: list[str], enter
) -> None:
    session_id = chair(served)
    enter(page, "clinician")
    page.goto("/today/")
    shown = card(page, session_id)
    expect(shown).to_be_visible()
    email = next(offer.email for offer in demo_clinic.OFFERS if offer.role == "clinician")
    with beside(served):
        by = logins.actor_of(db.session.scalar(select(User.id).where(User.email == email)))
        reading = EntryDraft(
            key="board-journey-2",
            kind=EntryKind.READING,
            at=clock.now(),
            content=Reading(heart_rate_bpm=112),
        )
        entry_log.add(session_id, reading, by=by)
    expect(shown).to_contain_text("112", timeout=NEWS_WITHIN_MS)


def test_without_a_connection_the_board_says_from_when_it_is(page: Page, enter) -> None:
    enter(page, "clinician")
    page.goto("/today/board")
    stale = page.locator("[data-board-stale]")
    expect(stale).to_be_hidden()
    page.context.set_offline(True)
    expect(stale).to_be_visible(timeout=SILENCE_TOLD_WITHIN_MS)
    expect(stale).to_have_text(
        re.compile(r"No connection to the server\. This is from \d\d:\d\d:\d\d")
    )
    assert faults_of(page) == []
    page.context.set_offline(False)
    expect(stale).to_be_hidden(timeout=NEWS_WITHIN_MS)


def test_the_minutes_go_on_without_the_server(page: Page, enter) -> None:
    enter(page, "clinician")
    page.clock.install()
    page.goto("/today/board")
    page.wait_for_load_state("networkidle")  # the script has arrived
    minute = page.locator("[data-board-since]").first
    before = int(minute.inner_text())
    page.context.set_offline(True)
    page.clock.run_for(120_000)
    assert int(minute.inner_text()) == before + 2
    page.context.set_offline(False)


def test_a_sign_out_elsewhere_is_told_on_the_board(page: Page, enter) -> None:
    enter(page, "clinician")
    page.goto("/today/board")
    page.context.clear_cookies()
    cover = page.get_by_role("heading", name="You have been signed out")
    expect(cover).to_be_visible(timeout=NEWS_WITHIN_MS)
    expect(page.locator("[data-board-chairs]")).to_have_count(0)
