"""Sessions played at the chair on a tablet: network cut, server killed, nothing lost or doubled."""

import os
import re
import time

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.conftest import Served
from tests.journeys.steps.chair import (
    IV,
    MAYA,
    NASAL,
    NOTE,
    UPRIGHT,
    Chair,
    Clinic,
    Nurse,
    assert_true,
    nurse_at,
    ready_to_lose_the_server,
    sign_in_as,
)
from tracker.domain.live.entries import EntryKind
from tracker.domain.live.entry_text import words

# Three minutes is what a clinic's network takes to come back; in every run that would be too long.
CUT_SECONDS = 180 if os.environ.get("TRACKER_LONG_JOURNEY") == "1" else 6
SHOWN_WITHIN_MS = 5_000


def nurse_before(tablet: BrowserContext, clinic: Clinic, session) -> Nurse:
    """Sign a clinician in, begin a planned session, and do the checks before it."""
    nurse = Nurse(sign_in_as(tablet, MAYA), Chair(clinic.planned(*session)))
    nurse.begin()
    return nurse


def sign_and_look(nurse: Nurse, clinic: Clinic) -> None:
    """Leave and sign; everything written stands in the log once, between the two checklists."""
    nurse.sign()
    log = clinic.log(nurse.chair)
    assert_true(nurse, log, words)
    kinds = [entry.kind for entry in log]
    assert (kinds[1], kinds[-1]) == (EntryKind.GATE, EntryKind.DISCHARGE)  # after its first reading
    assert len(log) == len(nurse.written) + 3
    assert not any(entry.is_late for entry in log)
    assert clinic.state(nurse.chair) == "completed"


def wait_out(began: float) -> None:
    """Let the rest of the cut go by."""
    time.sleep(max(0.0, CUT_SECONDS - (time.monotonic() - began)))


def test_an_infusion_through_a_cut_a_closed_tab_and_a_killed_server(
    tablet: BrowserContext, clinic: Clinic, served: Served
) -> None:
    nurse = nurse_before(tablet, clinic, IV)
    expect(nurse.page.locator("[data-clock]")).to_have_text("Not started")
    nurse.reading(122, 78, 68, 98, 14, sedation=5)
    nurse.infusion("Start infusion", "Infusion started, 52.5 mL/h", rate_ml_per_h="52,5")
    expect(nurse.page.locator("[data-clock]")).to_have_text(re.compile(r"^00:0\d$"))
    nurse.all_saved()
    ready_to_lose_the_server(nurse.page)

    began = time.monotonic()
    tablet.set_offline(True)
    nurse.reading(131, 84, 77, 97, 15, sedation=4)
    expect(nurse.state).to_have_text("1 entry waits for the connection")
    nurse.dissociation("Dissociation began", 3)
    nurse.page.reload()
    expect(nurse.state).to_have_text("2 entries wait for the connection")
    expect(nurse.lines).to_have_count(6)
    nurse.note(NOTE)
    nurse.page.close()
    nurse.page = tablet.new_page()
    nurse.go()
    nurse.infusion("Rate", "Rate changed, 40 mL/h", rate_ml_per_h="40")
    nurse.reading(138, 88, 80, 96, 14, sedation=4)
    expect(nurse.state).to_have_text("5 entries wait for the connection")
    wait_out(began)
    tablet.set_offline(False)
    nurse.all_saved()

    served.kill()
    nurse.reading(129, 80, 75, 97, 14)
    expect(nurse.state).to_have_text("1 entry waits for the connection")
    nurse.page.reload()
    nurse.dissociation("Dissociation resolved", 0)
    served.start()
    nurse.all_saved(30_000)
    nurse.infusion("Stop", "Infusion stopped, 35 mg given in all", dose_mg="35")
    nurse.all_saved()
    sign_and_look(nurse, clinic)


def test_a_nasal_session_through_a_cut(tablet: BrowserContext, clinic: Clinic) -> None:
    nurse = nurse_before(tablet, clinic, NASAL)
    nurse.reading(118, 76, 72, 98, 14, sedation=5)
    nurse.press("Device 1 of 2 given")
    nurse.save("28 mg given")
    nurse.all_saved()
    ready_to_lose_the_server(nurse.page)
    expect(nurse.page.locator("[data-due-note]")).to_contain_text("minute 40")

    began = time.monotonic()
    tablet.set_offline(True)
    nurse.page.reload()
    expect(nurse.page.locator("[data-fact]")).to_contain_text("Between devices: 5 min")
    nurse.press("Device 2 of 2 given")  # a fact locks nothing
    nurse.save("28 mg given")
    expect(nurse.page.get_by_role("button", name="Another device")).to_be_visible()
    nurse.dissociation("Dissociation at its peak", 7)
    nurse.reading(146, 91, 84, 97, 14)
    expect(nurse.page.locator(".log-line").first).not_to_contain_text("Spravato")
    wait_out(began)
    tablet.set_offline(False)
    nurse.all_saved()
    unusual = nurse.lines.filter(has_text="BP 146/91").locator(".log-outside")
    expect(unusual).to_contain_text("above 140 (clinic default")
    sign_and_look(nurse, clinic)


def test_two_clinicians_who_write_at_once_lose_nothing(
    browser: Browser, at_chair: Page, clinic: Clinic, served: Served
) -> None:
    maya = nurse_at(at_chair, clinic)
    other = browser.new_context(base_url=served.url, viewport=UPRIGHT, has_touch=True)
    noor = Nurse(sign_in_as(other, clinic.clinician("Noor Haddad")), maya.chair)
    noor.go()
    maya.infusion("Start infusion", "Infusion started")
    for number in range(3):
        maya.reading(120 + number, 80, 70, 98, 14, save=False)
        noor.reading(150 + number, 90, 90, 97, 15, save=False)
        maya.save(f"BP {120 + number}/80")
        noor.save(f"BP {150 + number}/90")
    other.set_offline(True)
    noor.note("written while cut off")
    maya.note("written meanwhile")
    other.set_offline(False)
    for nurse in (maya, noor):
        nurse.all_saved()
        expect(nurse.lines).to_have_count(9, timeout=SHOWN_WITHIN_MS)
    log = clinic.log(maya.chair)
    assert len(log) == 9
    assert [entry.sequence for entry in log] == list(range(1, 10))
    names = {entry.by for entry in log}
    assert names == {"Dr Maya Chen", "Noor Haddad"}
    assert_true(maya, [one for one in log if one.by == "Dr Maya Chen"], words)
    assert_true(noor, [one for one in log if one.by == "Noor Haddad"], words)
    other.close()
