"""A time of which AM or PM was not typed is asked for, and nothing that stands is lost."""

from playwright.sync_api import Page, expect


def test_half_a_time_is_told_and_nothing_is_sent(page: Page, noise: list[str], enter) -> None:
    enter(page, "clinician")
    page.goto("/calendar/")
    page.locator(".calendar-move").first.click()
    time = page.get_by_label("Time of day")
    time.fill("")
    time.focus()
    page.keyboard.type("1030")
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("#planned_time-half-typed")).to_contain_text("Type the whole time")
    expect(time).to_be_focused()
    page.keyboard.type("1030AM")
    expect(time).to_have_value("10:30")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/calendar/**")
    expect(page.locator("main")).to_contain_text("10:30")
    assert noise == []
