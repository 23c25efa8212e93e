"""What a patient answers and never sends: a score where it is whole, to be read where it is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from tests.journeys.conftest import PHONE, Served
from tests.journeys.steps.answering import Database, Thumb, begin, faults_of, question
from tracker.models import db
from tracker.models.check_ins import CheckIn
from tracker.services import clock


@pytest.fixture
def phone(browser: Browser, served: Served, enter) -> Page:
    """A patient's phone."""
    context = browser.new_context(
        base_url=served.url, viewport=PHONE, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    enter(page, "patient")
    yield page
    context.close()


@pytest.fixture
def open_desk(browser: Browser, served: Served, enter) -> Callable[[], Page]:
    """Open a clinician's page at a desk, once the phone has had the focus that it needs."""
    opened = []

    def open_one() -> Page:
        opened.append(browser.new_context(base_url=served.url))
        page = opened[-1].new_page()
        enter(page, "clinician")
        return page

    yield open_one
    for context in opened:
        context.close()


def answer(thumb: Thumb, amount: int, *, cut_off_before: int = 0) -> None:
    """Answer so many questions; the connection goes before one and comes back after it."""
    for number in range(1, amount + 1):
        thumb.page.context.set_offline(number == cut_off_before)
        thumb.choose("Several days")
        question(thumb.page, number + 1)
    expect(thumb.page.get_by_text("Saved.")).to_be_visible()  # what waited has arrived


def end_window(database: Database, check_in_id: int) -> None:
    """Let the time in which a check-in can be answered pass."""
    over = clock.now() - timedelta(minutes=1)
    with database.app.app_context():
        times = {"opens_at": over - timedelta(days=2), "due_at": over, "closes_at": over}
        db.session.execute(update(CheckIn).where(CheckIn.id == check_in_id).values(times))
        db.session.commit()


def row_of(desk: Page, words: str):
    """Find the row of the list of what was never sent."""
    desk.goto("/check-ins/?show=unsent")
    return desk.get_by_role("row").filter(has_text=words)


def test_one_that_is_answered_to_the_end_becomes_a_score_that_says_so(
    phone: Page, open_desk, served: Served
) -> None:
    database = Database(served)
    made, _ = database.check_in("phq9")
    thumb = begin(phone, made)
    answer(thumb, 8, cut_off_before=4)
    with phone.expect_response(lambda one: one.request.method == "POST"):  # the last one arrives
        thumb.choose("Not at all")
    expect(phone.get_by_text("Not sent yet")).to_be_visible()
    expect(phone.get_by_role("button", name="Send", exact=True)).to_be_visible()
    phone.goto("/my/")
    waiting = phone.get_by_role("article", name="Not sent yet").filter(
        has=phone.locator(f"a[href*='/answers/{made}/']")
    )
    expect(waiting).to_contain_text("9 of 9 answered")
    assert faults_of(phone) == []
    assert database.scores(made) == []

    end_window(database, made)
    desk = open_desk()
    desk.goto("/check-ins/")  # staff who look are enough: no timer is needed
    [score] = database.scores(made)
    assert score.total == 8
    desk.goto(f"/scores/{score.id}/")
    expect(desk.get_by_role("main")).to_contain_text("Not sent by the patient")
    phone.goto("/my/")
    expect(waiting).to_have_count(0)


def test_one_that_is_answered_in_part_is_read_as_far_as_it_goes(
    phone: Page, open_desk, served: Served
) -> None:
    database = Database(served)
    made, _ = database.check_in("phq9")
    phone.goto(f"/answers/{made}/")
    consent = "If you have not sent it by then, your clinic sees what you have answered."
    expect(phone.get_by_text(consent)).to_be_visible()
    answer(begin(phone, made), 3, cut_off_before=2)
    phone.goto("/my/")
    begun = phone.get_by_role("article", name="You have begun")
    mine = begun.filter(has=phone.locator(f"a[href*='/answers/{made}/']"))
    expect(mine).to_contain_text("3 of 9 answered")

    end_window(database, made)
    desk = open_desk()
    row = row_of(desk, "3 of 9 answered, not sent")
    row.get_by_role("link", name="Read the answers").click()
    expect(desk.get_by_role("main")).to_contain_text("Several days")
    assert database.scores(made) == []
