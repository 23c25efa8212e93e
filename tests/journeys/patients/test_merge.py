"""Somebody entered twice becomes one record, and two again, without a mouse."""

from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE
from tests.journeys.steps.looking import WIDE, faults_of
from tests.journeys.steps.walking import tab_to, tab_to_words

FIRST, SECOND = "ZZ-901", "ZZ-902"


def enter_somebody(page: Page, number: str) -> None:
    """Enter Zelda Zimmer under a number; the second time the page asks about the first one."""
    page.goto("/patients/new")
    page.locator("#record_number").fill(number)
    page.get_by_label("Given name").fill("Zelda")
    page.get_by_label("Family name").fill("Zimmer")
    page.keyboard.press("Enter")
    if number == SECOND:
        expect(page.locator("#findings")).to_contain_text(f"record {FIRST}, is there already")
        page.get_by_label("Family name").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zimmer, Zelda")


def look_at(page: Page) -> None:
    """Look at a page on a phone and on a desk, in the light and in the dark."""
    for size, scheme in ((PHONE, "dark"), (WIDE, "light")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert faults_of(page) == []


def test_two_records_are_merged_and_taken_apart_by_keyboard(
    page: Page, noise: list[str], enter
) -> None:
    enter(page, "clinician")
    enter_somebody(page, FIRST)
    enter_somebody(page, SECOND)
    tab_to_words(page, "This is somebody we already have", most=120)
    page.keyboard.press("Enter")
    tab_to(page, "#other-record")
    page.keyboard.type(FIRST)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Compare with Zimmer, Zelda, record {FIRST}")).to_be_visible()
    look_at(page)
    tab_to_words(page, f"Compare with Zimmer, Zelda, record {FIRST}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Merge two records")
    look_at(page)
    tab_to(page, "input[name=kept]")
    page.keyboard.press("ArrowDown")  # the second choice: the record that was there first
    tab_to(page, "textarea[name=reason]")
    page.keyboard.type("Entered twice, once by the telephone.")
    tab_to(page, "input[name=is_sure]")
    page.keyboard.press("Space")
    tab_to_words(page, "Merge the records")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The records are merged")).to_be_visible()
    expect(page.locator(".lede")).to_contain_text(f"Record {FIRST}")
    look_at(page)
    find_by_the_old_number(page)
    tab_to_words(page, f"Formerly {SECOND}")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Merged into record {FIRST} on")).to_be_visible()
    look_at(page)
    take_apart(page)
    # Chromium tells of each form that is shown again.
    noise[:] = [told for told in noise if "422 (UNPROCESSABLE ENTITY)" not in told]


def find_by_the_old_number(page: Page) -> None:
    """Find the record that is kept by the number that was merged."""
    page.locator("body").press("/")
    page.keyboard.type(SECOND)
    found = page.get_by_role("option", selected=True)
    expect(found).to_contain_text(f"record {FIRST}, formerly {SECOND}")
    page.keyboard.press("Enter")
    expect(page.locator(".lede")).to_contain_text(f"Record {FIRST}")


def take_apart(page: Page) -> None:
    """Take the merge apart, which is asked twice."""
    tab_to_words(page, "Take the merge apart", most=120)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Take the merge apart")
    tab_to(page, "textarea[name=reason]")
    page.keyboard.type("Two people after all.")
    tab_to_words(page, "Take the merge apart")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Really take the two records apart?")).to_be_visible()
    look_at(page)
    expect(page.get_by_label("Reason")).to_have_value("Two people after all.")
    tab_to_words(page, "Yes, take them apart")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The records are taken apart")).to_be_visible()
    expect(page.locator(".lede")).to_contain_text(f"Record {SECOND}")
