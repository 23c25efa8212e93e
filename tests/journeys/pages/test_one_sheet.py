"""One patient's outcomes are one sheet of paper, and so is what patients print of themselves."""

import io
import re

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.journeys.steps.walking import find_in_list

LONG = "0001"  # whom the demonstration gives a long course
PAPERS = ("A4", "Letter")


def sheets(page: Page, paper: str) -> list[str]:
    """Print a page, and give the words of each sheet."""
    content = page.pdf(format=paper)
    read = PdfReader(io.BytesIO(content)).pages
    return [re.sub(r"\s+", " ", sheet.extract_text()) for sheet in read]


@pytest.mark.parametrize("paper", PAPERS)
def test_outcomes_of_a_patient_are_one_sheet_that_says_who_it_is(page: Page, enter, paper: str):
    enter(page, "clinician")
    page.goto("/patients/?show=all")
    find_in_list(page, LONG)
    page.locator("main table a[href^='/patients/']").first.click()
    page.get_by_role("link", name="Outcomes: how fast").click()
    page.wait_for_load_state("networkidle")
    [sheet] = sheets(page, paper)
    for said in (f"record {LONG}", "Course by course", "version 1, for PHQ-9", "Page 1 of 1"):
        assert said in sheet, said


def test_a_treatment_in_short_is_one_sheet(page: Page, enter):
    enter(page, "patient")
    page.goto("/my/summary")
    page.wait_for_load_state("networkidle")
    [sheet] = sheets(page, "Letter")
    assert "What you were given" in sheet
