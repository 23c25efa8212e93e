"""Six sessions on Mondays and Thursdays at ten in chair 2, one of them moved: by keys, by touch."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PHONE, listen
from tests.journeys.serving import Served
from tests.journeys.steps.walking import find_in_list, tab_to, tab_to_words
from tracker.domain.formatting import full_day
from tracker.services import clock

PLAN = {"drug": "esketamine", "route": "nasal", "indication": "depression"}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def monday() -> date:
    """A Monday some weeks ahead, on which the demonstration has nothing planned."""
    today = clock.now().date()
    return today + timedelta(days=140 - today.weekday())


def words(day: date) -> str:
    """A day as pages write it."""
    return f"{WEEKDAYS[day.weekday()]} {full_day(day)}"


def typed(day: date) -> str:
    """A day as this clinic types it, whatever the browser's own language."""
    return f"{day:%d/%m/%Y}"


def patient(page: Page, record_number: str) -> None:
    """Open the page on which a series is planned for somebody."""
    page.goto("/patients/")
    find_in_list(page, record_number)
    page.locator("main a[href^='/patients/']", has_text=record_number).first.or_(
        page.locator("main tbody a[href^='/patients/']").first
    ).first.click()
    page.goto(f"{page.url.split('?')[0]}series/new")


def expect_planned(page: Page, days: list[date]) -> None:
    """The page of the series has its sessions, each with its time and its chair."""
    for day in days:
        expect(page.get_by_role("row", name=words(day))).to_contain_text("10:00, Chair 2")


def mondays_and_thursdays(first: date) -> list[date]:
    """Give the days of three weeks."""
    return [first + timedelta(days=7 * week + day) for week in range(3) for day in (0, 3)]


def test_by_keyboard_alone(page: Page, noise: list[str], enter) -> None:
    enter(page, "clinician")
    patient(page, "0009")
    days = mondays_and_thursdays(monday())
    tab_to(page, "input[name=template]")
    tab_to(page, "input[name=starts_on]")
    page.keyboard.type(typed(days[0]))
    tab_to(page, "input[name=planned_time]")
    page.keyboard.type("1000")
    tab_to(page, "select[name=chair]")
    page.keyboard.type("Chair 2")
    for number in range(7):  # whatever the series before had
        tab_to(page, f"input[name=weekdays][value='{number}']")
        box = page.locator(f"input[name=weekdays][value='{number}']")
        if box.is_checked() is not (number in (0, 3)):
            page.keyboard.press("Space")
    for name, value in PLAN.items():
        tab_to(page, f"select[name={name}]")
        page.locator(f"select[name={name}]").select_option(value)
    tab_to(page, "input[name=planned_dose_mg]")
    page.keyboard.type("84")
    tab_to(page, "input[name=first_dose]")
    page.keyboard.type("56")
    # The dates show by themselves, before anything is sent.
    preview = page.locator("[data-preview]")
    expect(preview).to_contain_text("6 sessions would be planned")
    for number, dose in ((0, "56"), (5, "84")):
        expect(preview).to_contain_text(f"{words(days[number])}, 10:00, Chair 2")
        expect(preview.locator(f"[name=doses-{number}]")).to_have_value(dose)
    # A dose of one session stays while the rest of the plan changes.
    preview.locator("[name=doses-2]").fill("70")
    page.locator("input[name=first_dose]").fill("28")
    expect(preview.locator("[name=doses-0]")).to_have_value("28")
    expect(preview.locator("[name=doses-2]")).to_have_value("70")
    page.locator("input[name=first_dose]").fill("56")
    expect(preview.locator("[name=doses-0]")).to_have_value("56")
    plan_all_the_same(page, noise)
    expect_planned(page, days)

    tab_to_words(page, "Move: session 2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Move session 2")
    tab_to(page, "input[name=planned_on]")
    page.keyboard.type(typed(days[1] + timedelta(days=1)))
    tab_to_words(page, "Save the plan")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The session is moved.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(words(days[1] + timedelta(days=1)))


def plan_all_the_same(page: Page, noise: list[str]) -> None:
    """Plan the series; what is unusual about it is read first."""
    tab_to_words(page, "Plan series")
    page.keyboard.press("Enter")
    again = page.get_by_role("button", name="Plan all the same")
    expect(again.or_(page.get_by_text("Series planned."))).to_be_visible()
    if again.count():
        noise.clear()  # the browser's own line about the answer 422
        tab_to_words(page, "Plan all the same")
        page.keyboard.press("Enter")
    expect(page.get_by_text("Series planned.")).to_be_visible()


@pytest.fixture
def phone(browser: Browser, served: Served, enter):
    context = browser.new_context(base_url=served.url, viewport=PHONE, has_touch=True)
    page = context.new_page()
    heard = listen(page)
    enter(page, "clinician")
    yield page
    assert [line for line in heard if "422" not in line] == []
    context.close()


def test_by_touch_on_a_phone(phone: Page) -> None:
    patient(phone, "0010")
    days = mondays_and_thursdays(monday() + timedelta(days=28))
    phone.fill("input[name=starts_on]", days[0].isoformat())
    phone.fill("input[name=planned_time]", "10:00")
    phone.select_option("select[name=chair]", "Chair 2")
    for number in range(7):
        box = phone.locator(f"input[name=weekdays][value='{number}']")
        if box.is_checked() is not (number in (0, 3)):
            phone.locator(f"label[for='{box.get_attribute('id')}']").tap()
    for name, value in PLAN.items():
        phone.select_option(f"select[name={name}]", value)
    phone.fill("input[name=planned_dose_mg]", "56")
    expect(phone.locator("[data-preview]")).to_contain_text(words(days[5]))
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone.get_by_role("button", name="Plan series").tap()
    again = phone.get_by_role("button", name="Plan all the same")
    expect(again.or_(phone.get_by_text("Series planned."))).to_be_visible()
    if again.count():
        again.tap()
    expect_planned(phone, days)

    phone.goto(f"/calendar/?day={days[2]}")
    session = phone.locator(".calendar-session", has_text="10:00 to").first
    expect(session).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    target = session.get_by_role("link", name="Move").bounding_box()
    assert target is not None
    assert target["height"] >= 24
    session.get_by_role("link", name="Move").tap()
    phone.fill("input[name=planned_on]", (days[2] + timedelta(days=1)).isoformat())
    phone.get_by_role("button", name="Save the plan").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text(words(days[2] + timedelta(days=1)))
    expect(phone.get_by_role("main")).to_contain_text("10:00 to")
