"""Every page that each role can reach: axe, sideways scrolling, the browser's complaints."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.addresses import FOR_ALL, KINDS, ROLES, STRANGER, gather, kind_of, signed_in
from tests.journeys.conftest import PHONE, listen, sign_in
from tests.journeys.serving import Served, copied, serving
from tests.journeys.steps.looking import AXE, WIDE, faults_of
from tracker import config, create_app

# What may differ where a page differs in nothing but its width and its colours.
OF_SHAPE = [
    "color-contrast", "link-in-text-block", "meta-viewport", "scrollable-region-focusable",
    "target-size",
]  # fmt: skip
EVERY = [(role, kind) for role in ROLES for kind in KINDS[role]]


def show(page: Page, size: dict[str, int], scheme: str) -> None:
    """Give the browser a width and the device's choice of light or dark."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")


@dataclass
class Untouched:
    """A clinic in which nobody works, so that every kind of page stays where it was met."""

    served: Served
    addresses: dict[str, dict[str, list[str]]]


@dataclass
class Visitor:
    """Somebody's browser that looks at one page after another."""

    role: str
    page: Page
    heard: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        """Open a page; whoever was away for long signs in again first."""
        for _ in range(2):
            answer = self.page.goto(address)
            assert answer is not None
            assert answer.status == 200, (address, answer.status)
            if self.role == STRANGER or "/sign-in" not in self.page.url:
                break
            sign_in(self.page, self.role)
        assert kind_of(self.page.url) == kind_of(address)


@pytest.fixture(scope="module")
def untouched(furnished: Path, memory: Path) -> Iterator[Untouched]:
    """The demonstration clinic as it was furnished, and where its pages are."""
    instance = copied(furnished, memory / "untouched")
    found = gather(instance)
    with serving(instance) as served:
        yield Untouched(served, found)


@pytest.fixture(scope="module")
def visitor(browser: Browser, untouched: Untouched) -> Iterator[Callable[[str], Visitor]]:
    """Give a role's browser, signed in once."""
    known: dict[str, Visitor] = {}

    def visit(role: str) -> Visitor:
        if role not in known:
            page = browser.new_context(base_url=untouched.served.url).new_page()
            if role != STRANGER:
                sign_in(page, role)
            page.add_init_script(AXE)  # kept in the browser: sending it to each page takes long
            known[role] = Visitor(role, page, listen(page))
        return known[role]

    yield visit
    for one in known.values():
        one.page.context.close()


@pytest.mark.parametrize(("role", "kind"), EVERY)
def test_no_page_of_a_role_has_a_fault(
    role: str, kind: str, untouched: Untouched, visitor: Callable[[str], Visitor]
) -> None:
    """Both widths and both schemes, once each: what fails in one seldom fails in its twin only.

    Structure is looked at once where only width and colours change; a second record, which may
    hold what the first lacks, is looked at whole in the shape that is left.
    """
    first, *second = untouched.addresses[role].get(kind) or pytest.fail(f"no link leads to {kind}")
    visit = visitor(role)
    visit.heard.clear()
    show(visit.page, WIDE, "light")
    visit.go(first)
    faults = {"wide light": faults_of(visit.page)}
    show(visit.page, PHONE, "dark")
    expect(visit.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    faults["phone dark"] = faults_of(visit.page, OF_SHAPE)
    if second:
        show(visit.page, PHONE, "light")
        visit.go(*second)
        faults["phone light"] = faults_of(visit.page)
    assert {shape: found for shape, found in faults.items() if found} == {}
    assert visit.heard == []


@pytest.mark.parametrize("role", ROLES)
def test_the_kinds_of_page_in_the_table_are_those_that_links_lead_to(
    role: str, untouched: Untouched
) -> None:
    met = {
        kind
        for kind in untouched.addresses[role]
        if role == STRANGER or not kind.startswith(FOR_ALL)
    }
    assert met == set(KINDS[role]), "Mend KINDS in tests/journeys/addresses.py"


def test_the_guide_says_the_same_to_everybody(untouched: Untouched) -> None:
    """So it is looked at as a stranger alone; patients have their clinic's numbers on top."""
    app = create_app(settings=config.read(untouched.served.instance, {}))
    clients = [signed_in(app, role) for role in ROLES]
    for kind in KINDS[STRANGER]:
        if kind.startswith(FOR_ALL):
            texts = {_guide_text(client.get(kind).text) for client in clients}
            assert len(texts) == 1, kind


def _guide_text(html: str) -> str:
    main = re.sub(r"(?s).*(<main.*</main>).*", r"\1", html)
    return re.sub(r"\s+", " ", re.sub(r'(?s)<p class="watch">.*?</p>', "", main))
