"""The main job in a real browser: a session is logged, the picture changes, the patient sees it."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.journeys.conftest import PHONE, Served, sign_in
from tests.journeys.steps.looking import WIDE, faults_of
from tests.journeys.steps.walking import answer, picture, picture_is_seen, tab_to, tab_to_words

SEARCH = "#find-patient"
RECORD = re.compile("Record session .* as done")


def find_patient(page: Page, words: str, label: str) -> None:
    """Find a patient by typing, as the search suggests, and open their page."""
    page.goto("/patients/")
    tab_to(page, SEARCH)
    page.keyboard.type(words, delay=20)
    expect(page.get_by_role("option", name=label, selected=True)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(label)


def is_for(request: Request) -> bool:
    """Whether a suggestion is asked for the whole record number."""
    return request.headers.get("search-text") == "0012"


def test_a_suggestion_for_another_text_cannot_be_chosen(
    page: Page, noise: list[str], enter
) -> None:
    enter(page, "clinician")
    page.goto("/patients/")
    never = lambda route: None if is_for(route.request) else route.continue_()  # noqa: E731
    page.route("**/patients/search", never)
    page.locator(SEARCH).press_sequentially("00")
    expect(page.get_by_role("option").first).to_be_visible()
    with page.expect_request(is_for):
        page.locator(SEARCH).press_sequentially("12")
        expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    # The form was sent with what stands in the box, and only one is found.
    expect(page.get_by_role("main")).to_contain_text("Record 0012")


def test_a_session_is_logged_by_keyboard_alone_and_the_patient_sees_it(
    page: Page, noise: list[str], enter, browser: Browser, served
) -> None:
    enter(page, "clinician")
    find_patient(page, "mar albr", "Albrecht, Maria")
    assert picture_is_seen(page)
    before = picture(page)

    tab_to(page, "main a[href$='/record']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("session")
    tab_to(page, "input[name=started_time]")
    page.keyboard.type("1200AM")
    tab_to(page, "input[name=dose_mg]")
    page.keyboard.press("Control+a")
    page.keyboard.type("56")
    expect(page.locator("output").first).to_contain_text("56 mg")
    for name, value in (
        ("mood_before", "4"), ("mood_after", "9"), ("pain_before", "2"), ("pain_after", "1"),
        ("dissociation_peak", "10"),
    ):  # fmt: skip
        answer(page, name, value)
    tab_to_words(page, "Save session")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session")

    find_patient(page, "0001", "Albrecht, Maria")
    assert picture(page) != before

    phone = browser.new_context(base_url=served.url, viewport=PHONE)
    theirs = phone.new_page()
    sign_in(theirs, "patient")
    assert picture_is_seen(theirs)
    assert theirs.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(theirs.get_by_role("main")).to_contain_text("Your")
    phone.close()


def test_a_double_click_on_save_makes_one_session(page: Page, noise: list[str], enter) -> None:
    enter(page, "clinician")
    find_patient(page, "0012", "Nguyen, Hannah")
    held = page.locator(".session-chips li", has_text="Completed")
    before = held.count()
    page.get_by_role("link", name=RECORD).first.click()
    page.fill("input[name=started_time]", "00:00")
    answer(page, "mood_before", "5")
    page.get_by_role("button", name="Save session").dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Session")
    find_patient(page, "0012", "Nguyen, Hannah")
    assert held.count() == before + 1


def test_sessions_leave_as_a_file(page: Page, noise: list[str], enter) -> None:
    enter(page, "clinician")
    page.goto("/exports/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert download.value.suggested_filename == "sessions.csv"
    text = download.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) > 50
    assert {row["state"] for row in rows} >= {"completed", "planned", "missed"}


def test_a_patient_takes_everything_along(page: Page, noise: list[str], enter) -> None:
    page.set_viewport_size(PHONE)
    enter(page, "patient")
    page.goto("/my/download")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click()
    with zipfile.ZipFile(download.value.path()) as archive:
        names = set(archive.namelist())
        sessions = archive.read("sessions.csv").decode("utf-8-sig")
    assert names == {
            "README.txt", "my-record.html", "patients.csv", "series.csv", "sessions.csv",
            "scores.csv", "answers.csv",
            "readings.csv", "adverse-events.csv", "courses.csv", "health-lists.csv",
            "safety-checks.csv", "diary.csv",
        "declined-forms.csv", "eligibility.csv",
        }  # fmt: skip
    assert "private_notes" not in sessions.splitlines()[0]


def test_bad_input_is_said_beside_its_field_and_nothing_typed_is_lost(
    page: Page, noise: list[str], enter
) -> None:
    enter(page, "clinician")
    find_patient(page, "0012", "Nguyen, Hannah")
    page.get_by_role("link", name=RECORD).first.click()
    page.fill("input[name=started_time]", "00:00")
    page.fill("input[name=dose_mg]", "-35")
    page.fill("input[name=weight_kg]", "7 stone")
    page.locator("summary", has_text="Notes").click()
    page.fill("textarea[name=private_notes]", "Tired today; a long drive.")
    page.get_by_role("button", name="Save session").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    expect(page.locator("input[name=weight_kg]")).to_have_value("7 stone")
    expect(page.locator("input[name=dose_mg]")).to_have_value("-35")
    expect(page.locator("textarea[name=private_notes]")).to_have_value("Tired today; a long drive.")
    noise.clear()  # the browser notes the refusal (422) in its console


def test_typing_survives_a_closed_tab_and_a_killed_server(
    page: Page, noise: list[str], enter, served
) -> None:
    enter(page, "clinician")
    find_patient(page, "0012", "Nguyen, Hannah")
    page.get_by_role("link", name=RECORD).first.click()
    where = page.url
    # Open already where a form that was refused before left words there.
    page.locator("details", has_text="Notes").last.evaluate("fold => (fold.open = true)")
    page.fill("textarea[name=private_notes]", "Half a sentence that must not be lost")
    answer(page, "mood_before", "3")
    expect(page.get_by_text("Draft saved")).to_be_visible(timeout=10_000)
    served.kill()
    served.start()
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(where)
    expect(again.locator("textarea[name=private_notes]")).to_have_value(
        "Half a sentence that must not be lost"
    )
    expect(again.locator("input[name=mood_before]:checked")).to_have_value("3")
    # A page that asked while the server was away has said so in its console.
    noise[:] = [said for said in noise if "ERR_CONNECTION" not in said]


def test_two_people_amending_at_once_lose_nothing(
    page: Page, noise: list[str], enter, browser: Browser, served
) -> None:
    enter(page, "clinician")
    find_patient(page, "0003", "Novák, Aisha")
    page.locator(".session-chips a").first.click()
    page.get_by_role("link", name="Amend").first.click()
    elsewhere = browser.new_context(base_url=served.url)
    other = elsewhere.new_page()
    sign_in(other, "clinician")
    other.goto(page.url)
    for who, mood in ((other, "2"), (page, "3")):
        who.locator("summary", has_text="Mood before").click()
        who.locator(f"input[name=mood_before][value='{mood}']").check(force=True)
        who.fill("[name=reason]", f"mood was {mood}")
        who.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Two versions")
    expect(page.get_by_role("main")).to_contain_text("Mood before")
    elsewhere.close()
    noise.clear()  # the browser notes the conflict (409) in its console


def test_what_is_chosen_on_a_form_can_be_taken_back_and_none_excludes_a_degree(
    page: Page, noise: list[str], enter
) -> None:
    enter(page, "clinician")
    find_patient(page, "0901", "Osei, Grace")
    page.get_by_role("link", name=RECORD).first.click()
    form = page.get_by_role("main")
    expect(form.locator("input[type=radio]:checked")).to_have_count(0)
    weight = page.locator("[name=weight_kg]")
    expect(weight).to_have_value("")
    offer = page.locator("[data-fill]").first
    offer.click()
    grey = weight.get_attribute("placeholder") or "nothing offered"
    expect(weight).to_have_value(grey.split(" ")[0])  # its unit has a field of its own
    expect(offer).to_be_hidden()
    floating = page.locator("[name=effect_floating][value=mild]")
    none = page.locator("[name=effect_none]")
    floating.check(force=True)
    none.check()
    expect(floating).not_to_be_checked()
    floating.check(force=True)
    expect(none).not_to_be_checked()
    page.get_by_role("button", name="Clear Floating").click()
    expect(floating).not_to_be_checked()
    expect(page.get_by_role("button", name="Clear Floating")).to_be_hidden()
    gone = page.locator("[name=dissociation_resolved][value=yes]")
    gone.check(force=True)
    page.get_by_role("button", name="Clear Gone before leaving").click()
    expect(gone).not_to_be_checked()


@pytest.mark.parametrize("way", ["button", "picture"])
def test_a_picture_on_a_phone_opens_as_large_as_on_a_desk_and_closes(
    browser: Browser, served: Served, enter: Callable[[Page, str], None], way: str
) -> None:
    context = browser.new_context(base_url=served.url, viewport=PHONE, color_scheme="dark")
    page = context.new_page()
    enter(page, "patient")
    page.goto("/my/")
    large = page.get_by_role("dialog", name="The picture, enlarged")
    expect(large).to_have_count(0)
    button = page.get_by_role("button", name="Enlarge the picture").first
    picture = page.locator("[data-picture] img").first
    (button if way == "button" else picture).click()
    image = large.get_by_role("img")
    expect(image).to_have_attribute("src", re.compile("shape=desktop.*theme=dark"))
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth") > 800
    large.get_by_role("button", name="Close").click()
    expect(large).to_have_count(0)
    context.close()


def test_on_a_desk_there_is_nothing_to_enlarge(
    page: Page, enter: Callable[[Page, str], None]
) -> None:
    enter(page, "patient")
    page.goto("/my/")
    expect(page.get_by_role("button", name="Enlarge the picture")).to_have_count(0)


@pytest.fixture
def record(page: Page, enter, tmp_path: Path) -> Path:
    """Take a patient's copy and unpack its page."""
    enter(page, "patient")
    page.goto("/my/download")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click()
    with zipfile.ZipFile(download.value.path()) as packed:
        packed.extract("my-record.html", tmp_path)
    return tmp_path / "my-record.html"


def test_it_is_read_on_any_screen_and_asks_for_nothing(page: Page, record: Path, noise) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for size in (PHONE, WIDE):
            page.set_viewport_size(size)
            page.goto(record.as_uri())
            assert faults_of(page) == [], (scheme, size)
    assert set(asked) == {record.as_uri()}
    page.get_by_role("link", name="Who looked at your record").click()
    assert page.get_by_role("heading", name="Who looked at your record").is_visible()
    assert page.get_by_role("img").first.get_attribute("aria-label")


def test_on_paper_it_is_black_on_white_without_its_list_of_parts(page: Page, record: Path) -> None:
    page.goto(record.as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.get_by_role("navigation").is_visible()
    colours = (
        "getComputedStyle(document.body).color + getComputedStyle(document.body).backgroundColor"
    )
    assert page.evaluate(colours) == "rgb(0, 0, 0)rgb(255, 255, 255)"
