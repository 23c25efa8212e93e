"""A paper form is typed in by number keys, in seconds."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.steps.walking import FOCUSED
from tracker.domain.formatting import full_day
from tracker.services import clock

# Before all of the demo, and not so long that the year would be asked about.
DAY = clock.now().date() - timedelta(days=500)
DAY_BEFORE = DAY - timedelta(days=1)


@pytest.fixture
def paper(page: Page, noise: list[str], enter) -> Page:
    """The answers page of PHQ-9 for the first patient, its first question in focus."""
    enter(page, "clinician")
    page.goto("/patients/")
    page.locator("main a[href^='/patients/']", has_text=", ").first.click()
    page.goto(f"{page.url.split('?')[0]}scores/answers/phq9")
    discard = page.get_by_role("button", name="Discard the draft")
    if discard.count():  # the test before left half a form
        discard.click()
    page.wait_for_function(FOCUSED, arg="input[name=answer-phq9_1]")
    expect(page.locator("[data-paper-status]")).to_have_text("0 of 9 answered")
    return page


def chosen(page: Page, number: int) -> str | None:
    """The answer that is marked, None where there is none."""
    marked = page.locator(f"input[name=answer-phq9_{number}]:checked")
    return marked.get_attribute("value") if marked.count() else None


def on(page: Page, day: str) -> None:
    """Set the day of the form to one that has no other; the focus stays where it is."""
    page.locator("input[name=taken_on]").evaluate("(field, day) => { field.value = day }", day)


def test_phq9_takes_ten_answers_and_enter(paper: Page) -> None:
    on(paper, DAY_BEFORE.isoformat())
    for key in "2132011001":
        paper.keyboard.press(key)
    expect(paper.locator("[data-paper-status]")).to_have_text("9 of 9 answered, sum 10")
    paper.keyboard.press("Enter")
    paper.wait_for_url("**/scores/*/")
    expect(paper.locator(".stat-value").first).to_have_text("10")
    expect(paper.get_by_role("row", name="3. Trouble falling")).to_contain_text("Nearly every day")


def test_a_second_form_of_a_day_is_read_first(paper: Page, noise: list[str]) -> None:
    for attempt in ("2132011001", "0000000000"):
        on(paper, DAY.isoformat())
        for key in attempt:
            paper.keyboard.press(key)
        paper.keyboard.press("Enter")
        if attempt[0] == "2":
            paper.wait_for_url("**/scores/*/")
            paper.go_back()
            paper.reload()
            paper.wait_for_function(FOCUSED, arg="input[name=answer-phq9_1]")
    asked = paper.locator("#findings")
    expect(asked).to_be_focused()
    expect(asked).to_contain_text(f"PHQ-9 of {full_day(DAY)} is there already: 10 without a time.")
    noise.clear()  # the browser's own line about the answer 422
    paper.get_by_role("button", name="Record both").click()
    expect(paper.locator(".stat-value").first).to_have_text("0")


def test_a_slip_is_taken_back_and_nothing_is_answered_by_moving(paper: Page) -> None:
    paper.keyboard.press("2")
    paper.keyboard.press("3")
    paper.keyboard.press("Backspace")
    assert (chosen(paper, 1), chosen(paper, 2)) == ("2", None)
    assert paper.evaluate(FOCUSED, "input[name=answer-phq9_2]")
    paper.keyboard.press("7")
    expect(paper.locator("[data-paper-status]")).to_have_text(
        "There is no answer 7 to this question."
    )
    paper.keyboard.press("ArrowDown")
    paper.keyboard.press("1")
    paper.keyboard.press("ArrowUp")
    paper.keyboard.press("ArrowUp")
    assert paper.evaluate(FOCUSED, "input[name=answer-phq9_2]")
    assert [chosen(paper, number) for number in (1, 2, 3, 4)] == ["2", None, "1", None]
    paper.keyboard.press("ArrowUp")
    paper.keyboard.press("Backspace")
    expect(paper.locator("[data-paper-status]")).to_have_text("1 of 9 answered, sum 1")


def test_ten_is_typed_as_one_and_nought(paper: Page) -> None:
    paper.goto(paper.url.replace("phq9", "peg"))
    expect(paper.locator("[data-paper-status]")).to_have_text("0 of 3 answered")

    def values() -> list[str]:
        marked = paper.locator("[data-question] input:checked")
        return [str(value) for value in marked.evaluate_all("all => all.map(one => one.value)")]

    for key in ("1", "0", "1", "Enter", "0"):
        paper.keyboard.press(key)
    assert values() == ["10", "1", "0"]
    assert paper.evaluate(FOCUSED, "button[type=submit]")
    for key in ("Backspace", "Backspace", "1", "5"):
        paper.keyboard.press(key)
    assert values() == ["10", "1", "5"]


def test_the_first_press_of_the_mouse_counts(paper: Page) -> None:
    first = paper.locator("input[name=answer-phq9_1][value='0']")
    expect(first).to_be_focused()
    first.click(force=True)
    assert chosen(paper, 1) == "0"


def test_half_a_form_survives_a_closed_tab(paper: Page) -> None:
    for key in "213":
        paper.keyboard.press(key)
    expect(paper.get_by_text("Draft saved")).to_be_visible(timeout=10_000)
    where, context = paper.url, paper.context
    paper.close()
    again = context.new_page()
    again.goto(where)
    expect(again.locator("[data-paper-status]")).to_have_text("3 of 9 answered, sum 6")
    assert [chosen(again, number) for number in (1, 2, 3, 4)] == ["2", "1", "3", None]
    again.get_by_role("button", name="Discard the draft").click()
    expect(again.locator("[data-paper-status]")).to_have_text("0 of 9 answered")


def test_without_scripts_the_page_is_a_plain_form(paper: Page, browser, served) -> None:
    plain = browser.new_context(
        base_url=served.url, java_script_enabled=False, storage_state=paper.context.storage_state()
    )
    page = plain.new_page()
    page.goto(paper.url)
    page.locator("input[name=taken_on]").fill((DAY - timedelta(days=2)).isoformat())
    for number, answer in enumerate("001100100", start=1):
        name = f"answer-phq9_{number}"
        page.locator(f"input[name={name}][value='{answer}']").check(force=True)
    page.get_by_role("button", name="Save score").click()
    expect(page.locator(".stat-value").first).to_have_text("3")
    plain.close()
