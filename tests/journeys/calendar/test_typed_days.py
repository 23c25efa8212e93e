"""A day and a time are typed as the clinic sets it; the browser's own picker fills them in."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.serving import Served

PICKED = """(text) => {
  const native = text.parentElement.querySelector(".pick-native");
  native.showPicker = () => { text.dataset.opened = native.value; };
}"""
CHOOSE = """(text, iso) => {
  const native = text.parentElement.querySelector(".pick-native");
  native.value = iso;
  for (const kind of ["input", "change"]) native.dispatchEvent(new Event(kind, { bubbles: true }));
}"""


@pytest.fixture
def moving(page: Page, enter) -> Iterator[Page]:
    """Stand before the first session that can be moved."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    enter(page, "clinician")
    page.goto("/calendar/")
    page.locator(".calendar-move").first.click()
    yield page
    assert complaints == []


def test_what_is_unclear_is_telling_moment_its_field_and_what_is_short_is_understood(
    moving: Page,
) -> None:
    day, time = moving.get_by_label("Day", exact=True), moving.get_by_label("Time of day")
    expect(day).to_have_value(re.compile(r"^\d\d/\d\d/\d{4}$"))
    shown = day.input_value()
    time.fill("10:3")
    moving.locator("main form button[type=submit]").first.click()
    expect(moving.locator("#planned_time-error")).to_contain_text("Give a time of day")
    expect(time).to_have_value("10:3")
    expect(day).to_have_value(shown)
    time.fill("1030")
    time.blur()
    expect(time).to_have_value("10:30")
    moving.locator("main form button[type=submit]").first.click()
    moving.wait_for_url("**/calendar/**")
    expect(moving.locator("main")).to_contain_text("10:30")


def test_the_calendar_of_the_browser_opens_on_what_is_typed_and_fills_it_in(moving: Page) -> None:
    day = moving.get_by_label("Day", exact=True)
    day.evaluate(PICKED)
    day.fill("3 April 2027")
    button = moving.get_by_role("button", name="Calendar: Day")
    box = button.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    button.click()
    expect(day).to_have_value("03/04/2027")
    expect(day).to_have_attribute("data-opened", "2027-04-03")
    day.evaluate(CHOOSE, "2027-12-05")
    expect(day).to_have_value("05/12/2027")
    sent = moving.evaluate("() => [...new FormData(document.querySelector('main form')).values()]")
    assert "2027-12-05" not in sent


def test_without_scripts_the_text_alone_does(browser: Browser, served: Served, enter) -> None:
    with browser.new_context(base_url=served.url, java_script_enabled=False) as context:
        page = context.new_page()
        enter(page, "clinician")
        page.goto("/calendar/?view=day")
        expect(page.locator(".pick")).to_have_count(0)
        page.get_by_label("Day", exact=True).fill("5 Dec 2027")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("h1")).to_have_text("Sun 5 Dec 2027")
        expect(page.get_by_label("Day", exact=True)).to_have_value("05/12/2027")
