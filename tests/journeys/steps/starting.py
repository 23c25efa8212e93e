"""Pages whose scripts have started before a test goes on."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Page, Response, TimeoutError

STARTED_WITHIN_MS = 3_000


@pytest.fixture(scope="session", autouse=True)
def goto_waits_for_scripts() -> Iterator[None]:
    """Come to a page once its scripts have started: nobody is as quick as a test.

    "load" does not wait for modules that a page asks for by what stands in it. Where scripts are
    off, or kept away by a test, nothing is waited for, or not for long.
    """
    goto = Page.goto

    def goto_and_wait(self: Page, *args: Any, **kwargs: Any) -> Response | None:
        answer = goto(self, *args, **kwargs)
        if self.locator("html.js script[src*='layouts/page.js']").count():
            with suppress(TimeoutError):
                started = self.locator("html[data-started]")
                started.wait_for(state="attached", timeout=STARTED_WITHIN_MS)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "goto", goto_and_wait)
        yield
