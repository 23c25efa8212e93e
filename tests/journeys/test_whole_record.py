"""The page of a patient's copy, opened as a file: on a phone, on a desk, by night, on paper."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import PHONE
from tests.journeys.steps.looking import WIDE, faults_of


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
