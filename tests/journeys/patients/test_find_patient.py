"""From any page to any patient by a few keys, and Today as it is first seen on a phone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PHONE, Served
from tests.journeys.steps.looking import WIDE, faults_of

FROM_ANYWHERE = ("/today/", "/account/", "/stock/", "/guide/", "/patients/new")
BOX = "#find-patient"


def press(page: Page, key: str) -> None:
    """Press a key on a page whose scripts are there, with the focus in no field."""
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_attached()
    page.locator("body").press(key)


@pytest.mark.parametrize("path", FROM_ANYWHERE)
def test_five_keys_and_no_click_lead_to_a_patient(
    page: Page, noise: list[str], enter, path: str
) -> None:
    enter(page, "clinician")
    page.goto(path)
    press(page, "/")
    expect(page.locator(BOX)).to_be_focused()
    page.keyboard.type("ngu")
    expect(page.get_by_role("option", name="Nguyen, Hannah", selected=True)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nguyen, Hannah")


def test_keys_typed_at_once_lead_there_too(page: Page, noise: list[str], enter) -> None:
    enter(page, "clinician")
    page.goto("/today/")
    press(page, "/")
    page.keyboard.type("ngu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nguyen, Hannah")


def test_the_box_is_a_combobox_that_says_what_it_found(page: Page, noise: list[str], enter) -> None:
    enter(page, "clinician")
    page.goto("/today/")
    box = page.get_by_role("combobox", name="Find a patient")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("00")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-typeahead-status]")).to_contain_text(f"{options.count()} found")
    first, second, last = (options.nth(number).get_attribute("id") for number in (0, 1, -1))
    expect(box).to_have_attribute("aria-activedescendant", str(first))
    for key, active in (
        ("ArrowDown", second), ("ArrowUp", first), ("ArrowUp", last), ("ArrowDown", first),
    ):  # fmt: skip
        box.press(key)
        expect(box).to_have_attribute("aria-activedescendant", str(active))
    for words in ("record", "born"):
        expect(options.first).to_contain_text(words)
    for size, scheme in ((WIDE, "light"), (PHONE, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert faults_of(page) == []
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_attribute("aria-expanded", "false")
    box.fill("qqq")
    expect(page.locator("[data-typeahead-note]")).to_contain_text("Nobody found")
    expect(page.locator("[data-typeahead-note]")).to_be_visible()


def test_an_empty_box_offers_whom_one_looked_at_last(page: Page, noise: list[str], enter) -> None:
    enter(page, "clinician")
    page.goto("/patients/")
    page.locator(BOX).fill("nguyen")
    page.locator(BOX).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nguyen, Hannah")
    press(page, "/")
    expect(page.get_by_role("option").first).to_contain_text("Nguyen, Hannah")
    expect(page.get_by_text("Looked at last")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nguyen, Hannah")


def test_without_a_script_enter_finds(browser: Browser, served: Served, enter) -> None:
    context = browser.new_context(base_url=served.url, java_script_enabled=False)
    page = context.new_page()
    enter(page, "clinician")
    page.goto("/today/")
    page.locator(BOX).fill("nguyen")
    page.locator(BOX).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nguyen, Hannah")
    page.locator(BOX).fill("qqq")
    page.locator(BOX).press("Enter")
    expect(page.get_by_role("main")).to_contain_text("Nobody found")
    context.close()


def test_keys_lead_to_rooms_are_listed_and_can_be_switched_off(
    page: Page, noise: list[str], enter
) -> None:
    enter(page, "clinician")
    page.goto("/account/")
    for keys, title in (("gp", "Patients"), ("gw", "Calendar"), ("gt", "Today")):
        for key in keys:
            press(page, key)
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
    press(page, "?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    for words in ("Find a patient", "Today", "Patients"):
        expect(dialog).to_contain_text(words)
    assert faults_of(page) == []
    dialog.get_by_role("checkbox").uncheck()
    dialog.get_by_role("button", name="Close").click()
    press(page, "/")
    expect(page.locator(BOX)).not_to_be_focused()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog.get_by_role("checkbox").check()
    page.keyboard.press("Escape")
    press(page, "/")
    expect(page.locator(BOX)).to_be_focused()
    page.keyboard.type("gp?")  # typed, not obeyed
    expect(page.locator(BOX)).to_have_value("gp?")
    expect(dialog).to_be_hidden()


def test_the_first_session_is_seen_on_a_phone_without_scrolling(
    page: Page, noise: list[str], enter
) -> None:
    enter(page, "clinician")
    page.set_viewport_size(PHONE)
    page.goto("/today/")
    # Who and what to do; alerts that other tests raised meanwhile stand above it.
    name = page.locator(".day-row a").first.bounding_box()
    act = page.locator(".day-row .day-next :is(a, button)").first.bounding_box()
    assert name is not None
    assert act is not None
    for one in (name, act):
        assert one["y"] + one["height"] <= PHONE["height"]
    assert act["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1000, 1024, 1280])
def test_the_bar_is_one_row_with_room_to_type(
    page: Page, noise: list[str], enter, width: int
) -> None:
    enter(page, "clinician")
    page.set_viewport_size({"width": width, "height": 768})
    for path in ("/patients/", "/calendar/"):
        page.goto(path)
        bar, box = (page.locator(one).bounding_box() for one in (".site-bar", BOX))
        assert bar is not None
        assert box is not None
        assert bar["height"] <= 64
        assert box["width"] >= 150
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
