"""Who this is: it stays while the page moves, and stands on every sheet that is printed."""

import io
import re

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys.conftest import PHONE
from tests.journeys.steps.looking import WIDE
from tests.journeys.steps.walking import find_in_list

PENICILLIN = "0001"  # whom the demonstration lists with an allergy and a medicine
TWO_LINES_PX = 64


@pytest.fixture
def address(page: Page, enter) -> str:
    """The page of somebody with a long course, who signs nobody out."""
    enter(page, "clinician")
    page.goto("/patients/?show=all")
    find_in_list(page, PENICILLIN)
    href = page.locator("main table a[href^='/patients/']").first.get_attribute("href")
    assert href is not None
    return href


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_it_stays_while_the_page_moves_and_is_small(page: Page, address, noise, size):
    page.set_viewport_size(size)
    page.goto(address)
    told = page.locator(".banner")
    page.mouse.wheel(0, 1500)
    page.wait_for_function("() => scrollY > 500")
    box = told.bounding_box()
    assert box["y"] == pytest.approx(0, abs=1)
    assert box["height"] <= TWO_LINES_PX
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    told.locator("summary").click()
    expect(told).to_contain_text("Penicillin (rash)")


def test_every_sheet_says_who_it_is_when_it_was_and_which_page(page: Page, address):
    page.goto(address)
    assert "Penicillin" not in page.title()
    name = page.locator(".banner-name").inner_text()
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages
    assert len(sheets) > 2
    for number, sheet in enumerate(sheets, start=1):
        text = re.sub(r"\s+", " ", sheet.extract_text())
        assert f"Page {number} of {len(sheets)}" in text
        assert name in text
        assert re.search(r"born \d+ \w+ \d{4} \(\d+ years\)", text)
        assert f"record {PENICILLIN}" in text
        assert "Allergies: Penicillin (rash). Medicines: Venlafaxine (225 mg daily)." in text
        assert re.search(r"as of \d+ \w+ \d{4}, \d\d:\d\d", text)
