"""Every page that each role can reach: axe, sideways scrolling, the browser's complaints."""

import re
from collections import Counter
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.conftest import PHONE, sign_in
from tracker.services.demo import clinic as demo_clinic

AXE = Axe().axe_script
# Told by name: all that axe looked at and found good takes as long to fetch as to look at.
LOOK = """async rules => {
  const { violations } = await axe.run({ runOnly: rules, resultTypes: ["violations"] });
  const wide = document.documentElement.scrollWidth > innerWidth + 1;
  return [...violations.map(one => one.id), ...(wide ? ["scrolls sideways"] : [])];
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FILES = re.compile(r"sign-out|/static/|download\.zip|\.csv|\.pdf|\.svg|\.png")
WIDE = {"width": 1280, "height": 900}
# Both widths and both schemes once each: what fails in one seldom fails in its twin only. The
# second record of a kind is looked at in the shape that is left.
FIRST = ((WIDE, "light"), (PHONE, "dark"))
SECOND = ((PHONE, "light"),)


def faults_of(page: Page) -> list[str]:
    """List what axe minds and whether the page scrolls sideways."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(LOOK, RULES)
    return found


def crawl(page: Page, base: str, start: str) -> dict[str, list[str]]:
    """Open every kind of page once (twice where records differ) and gather its faults."""
    page.add_init_script(AXE)  # kept in the browser: sending it to each page takes long
    todo, seen, kinds, faults = [urljoin(base, start)], set(), Counter(), {}
    while todo:
        url = todo.pop(0).split("#")[0]
        path = urlsplit(url).path
        kind = re.sub(r"\d+", "N", path)
        if url in seen or kinds[kind] >= 2 or FILES.search(url):
            continue
        seen.add(url)
        kinds[kind] += 1
        for size, scheme in FIRST if kinds[kind] == 1 else SECOND:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            answer = page.goto(url, wait_until="load")
            assert answer is not None
            assert answer.status < 400, (url, answer.status)
            if found := faults_of(page):
                faults.setdefault(f"{kind} {size['width']} {scheme}", []).extend(found)
        links = page.eval_on_selector_all("a[href]", "links => links.map(a => a.href)")
        todo += [link for link in links if link.startswith(base)]
    assert len(seen) >= 3
    return faults


@pytest.mark.parametrize("role", [offer.role for offer in demo_clinic.OFFERS])
def test_no_page_of_a_role_has_a_fault(page, served, noise, role):
    sign_in(page, role)
    assert crawl(page, served.url, "/") == {}


def test_no_page_of_a_stranger_has_a_fault(page, served, noise):
    assert crawl(page, served.url, "/sign-in") == {}
