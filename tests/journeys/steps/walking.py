"""Going about a page with nothing but a keyboard."""

from playwright.sync_api import Page

FOCUSED = "selector => document.activeElement?.matches(selector)"
NAMED = "words => (document.activeElement.textContent || '').trim() === words"


def tab_to(page: Page, selector: str, *, most: int = 120) -> None:
    """Press Tab until the focus is on an element, as somebody without a mouse would."""
    for _ in range(most):
        if page.evaluate(FOCUSED, selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


def tab_to_words(page: Page, words: str, *, most: int = 60) -> None:
    """Press Tab until the focus is on a link or button that says these words."""
    for _ in range(most):
        if page.evaluate(NAMED, words):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{words!r} cannot be reached with the Tab key")


def answer(page: Page, name: str, digits: str) -> None:
    """Answer a 0-10 scale by typing its number."""
    tab_to(page, f"input[name={name}]")
    page.keyboard.type(digits, delay=30)
    assert page.locator(f"input[name={name}]:checked").get_attribute("value") == digits


def picture(page: Page) -> str:
    """Fetch the progress picture that the page shows, as the browser would."""
    source = page.locator("picture img").first.evaluate("image => image.currentSrc")
    return str(page.evaluate("async url => (await fetch(url)).text()", source))


def picture_is_seen(page: Page) -> bool:
    """Say whether the picture on the page was drawn, and is wider than nothing."""
    image = page.locator("picture img").first
    image.scroll_into_view_if_needed()
    page.wait_for_function(
        "image => image.complete && image.naturalWidth > 0", arg=image.element_handle()
    )
    return bool(image.evaluate("image => image.getBoundingClientRect().width > 200"))


def find_in_list(page: Page, words: str) -> None:
    """Narrow the list of patients that is open to those whom a search finds."""
    page.get_by_role("search", name="Search in this list").get_by_role("searchbox").fill(words)
    page.get_by_role("search", name="Search in this list").get_by_role("button").click()
    page.wait_for_url("**terms=**")
