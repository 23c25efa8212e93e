"""The picture at the chair: it grows while somebody writes, and outlives the connection."""

import re
from datetime import timedelta

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.conftest import PHONE
from tests.journeys.steps.answering import faults_of
from tests.journeys.steps.chair import (
    Clinic,
    Nurse,
    nurse_at,
    ready_to_lose_the_server,
)
from tracker.services import clock
from tracker.services.live import entry_log

SHOWN_WITHIN_MS = 20_000
# Counts the moments at which the place of the picture is empty, once there was one.
WATCH = """() => {
  const place = document.querySelector("[data-drawing-image]");
  window.bare = 0;
  new MutationObserver(() => { window.bare += place.querySelector("img") === null; })
    .observe(place, { childList: true });
}"""


def read_elsewhere(clinic: Clinic, nurse: Nurse, systolic: int) -> None:
    """Let a colleague write a reading at another screen."""
    at = (clock.now() - timedelta(seconds=1)).isoformat()
    content = {"systolic_mmhg": systolic, "diastolic_mmhg": 80, "spo2_percent": 97}
    raw = {"key": f"elsewhere-{systolic}", "kind": "reading", "at": at, "content": content}
    with clinic.by() as colleague:
        assert not entry_log.append(nurse.chair.session_id, [raw], by=colleague).refused


def test_the_picture_grows_while_somebody_types_and_outlives_the_connection(
    tablet: BrowserContext, at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page, words = nurse.page, nurse.page.locator("[data-drawing-words]")
    image = page.locator("[data-drawing-image] img")
    expect(page.locator("[data-drawing]")).to_be_hidden()
    nurse.reading(122, 78, 68, 98, 14)
    first = re.compile(r"Blood pressure 122/78 .* read once")
    expect(image).to_have_attribute("alt", first, timeout=SHOWN_WITHIN_MS)
    assert image.evaluate("image => image.naturalWidth") > 500

    page.evaluate(WATCH)
    nurse.press("Note")
    page.fill("#note-text", "half a sent")
    read_elsewhere(clinic, nurse, 151)
    grown = re.compile(r"Highest blood pressure 151/80")
    expect(image).to_have_attribute("alt", grown, timeout=SHOWN_WITHIN_MS)
    expect(page.locator("#note-text")).to_have_value("half a sent")
    expect(page.locator("#note-text")).to_be_focused()
    assert page.evaluate("window.bare") == 0
    expect(words).to_have_text("")
    page.locator("form.chair-sheet:visible").get_by_role("button", name="Cancel").tap()

    ready_to_lose_the_server(page)
    page.wait_for_timeout(1_000)  # what is kept of the page is written a moment later
    tablet.set_offline(True)
    nurse.reading(133, 84, 77, 97, 15)
    old = re.compile(r"^As of \d\d:\d\d, without 1 entry that waits$")
    expect(words).to_have_text(old, timeout=SHOWN_WITHIN_MS)
    page.reload()
    expect(image).to_have_attribute("alt", grown, timeout=SHOWN_WITHIN_MS)
    expect(words).to_have_text(old)
    tablet.set_offline(False)
    nurse.all_saved()
    expect(image).to_have_attribute("alt", re.compile("133/84"), timeout=SHOWN_WITHIN_MS)
    expect(words).to_have_text("")


def test_forty_readings_stand_in_a_flowsheet_that_never_widens_the_page(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page, now = nurse.page, clock.now()
    raw = [
        {
            "key": f"reading-{n:04d}", "kind": "reading",
            "at": (now - timedelta(minutes=160 - 4 * n)).isoformat(),
            "content": {
                "systolic_mmhg": 120 + n, "diastolic_mmhg": 80, "heart_rate_bpm": 70,
                "spo2_percent": 97, "sedation": 4, "dissociation": 3, "pain": 0,
            },
        }
        for n in range(40)
    ]  # fmt: skip
    with clinic.by() as colleague:
        for part in (raw[:20], raw[20:]):
            assert not entry_log.append(nurse.chair.session_id, part, by=colleague).refused
    page.set_viewport_size(PHONE)
    expect(nurse.lines).to_have_count(40)
    newest = nurse.lines.first.locator("tr").first.locator("td")
    shown = ["159/80, outside a limit", "70", "97", "", "4", "3", "", "0"]
    assert newest.all_text_contents() == shown
    signs = ["Time", "BP", "HR", "SpO2", "RR", "Sed.", "Dis.", "Pain"]  # nobody asked of nausea
    assert page.locator("[data-log] thead th:visible").all_inner_texts() == signs
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    flow = page.locator("[data-flow]")
    assert flow.evaluate("flow => flow.scrollWidth <= flow.clientWidth")  # all signs in sight
    limits = page.locator(".log-outside:visible")
    assert limits.count() == 1  # under the newest; elsewhere the cell is marked
    expect(limits).to_contain_text("Systolic pressure 159 mmHg, above 140")
    second = nurse.lines.nth(1)
    second.locator("[data-log-menu]").tap()
    expect(second.locator(".log-outside")).to_contain_text("Systolic pressure 158 mmHg")
    row = nurse.lines.nth(30).locator("tr").first.bounding_box()
    assert 44 <= row["height"] <= 50, row
    assert faults_of(page) == []


def test_what_went_in_when_an_infusion_stops_is_given_in_one_tap_in_mg_or_in_ml(
    at_chair: Page, clinic: Clinic
) -> None:
    nurse = nurse_at(at_chair, clinic)
    page = nurse.page
    page.get_by_role("link", name="Checks before", exact=True).tap()
    page.fill("[name=concentration_mg_per_ml]", "2")
    page.get_by_role("button", name="Save the checks").tap()
    page.locator(".remark textarea").first.wait_for()
    for comment in page.locator(".remark textarea").all():
        comment.fill("As it should be.")
    page.get_by_role("button", name="Save the checks").tap()
    page.wait_for_url(f"**{nurse.chair.path}")
    nurse.infusion("Start infusion", "35 mg drawn up", dose_mg="35")
    nurse.press("Stop")
    page.fill("#infusion-volume", "12,25")
    expect(page.locator("[data-volume-words]")).to_have_text("12.25 mL × 2 mg/mL = 24.5 mg")
    page.get_by_role("button", name="All of it: 35 mg").tap()
    expect(page.locator("#infusion-dose_mg")).to_have_value("35")
    page.fill("#infusion-volume", "12,5")
    nurse.save("25 mg given in all")
    nurse.all_saved()
    assert [one.content.dose_mg for one in clinic.log(nurse.chair)[-2:]] == [35, 25]
