"""What is typed survives eight ways to lose it: two forms; all of them by tests.reliability."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.reliability.typed_text.places import Clinic
from tests.reliability.typed_text.walk import run

# Sent elsewhere than to the route of its page; and one that tells what else is begun.
FORMS = {"eligibility.decide", "merges.compare"}


def test_two_forms_in_every_way(browser: Browser, tmp_path: Path) -> None:
    clinic = Clinic(tmp_path)
    assert len(clinic.places) > 50
    done = run(browser, clinic, wanted=lambda way, place: place.endpoint in FORMS)
    assert len(done.trials) == 8
    assert set(done.trials.values()) == {len(FORMS)}
    assert not done.broken
    assert not done.lost
