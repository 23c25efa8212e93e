"""Looking at a page as axe does, and for sideways scrolling."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe().axe_script
# Told by name: all that axe looked at and found good takes as long to fetch as to look at.
LOOK = """async rules => {
  const { violations } = await axe.run({ runOnly: rules, resultTypes: ["violations"] });
  const wide = document.documentElement.scrollWidth > innerWidth + 1;
  return [...violations.map(one => one.id), ...(wide ? ["scrolls sideways"] : [])];
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = {"width": 1280, "height": 900}


def faults_of(page: Page, rules: list[str] = RULES) -> list[str]:
    """List what axe minds and whether the page scrolls sideways."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(LOOK, rules)
    return found
