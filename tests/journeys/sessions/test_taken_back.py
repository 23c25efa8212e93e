"""Begun by mistake and taken back; run, signed, struck out, and recorded on the right patient."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.steps.chair import IV, Chair, Clinic, Nurse
from tracker.models import db
from tracker.models.patients import Patient
from tracker.models.treatment_sessions import TreatmentSession


def record_number(clinic: Clinic, session_id: int) -> str:
    """Read the record number of the patient a session is of."""
    with clinic.app.app_context():
        row = db.session.get_one(TreatmentSession, session_id)
        return db.session.get_one(Patient, row.patient_id).record_number


def press(page: Page, role: str, name: str) -> None:
    """Reach a link or a button and press it by keyboard alone."""
    found = page.get_by_role(role, name=name, exact=True).first
    found.focus()
    expect(found).to_be_focused()
    page.keyboard.press("Enter")


def test_a_session_is_begun_taken_back_run_struck_out_and_recorded_where_it_belongs(
    at_chair: Page, clinic: Clinic
) -> None:
    page, wrong, right = at_chair, clinic.planned(*IV), clinic.planned(*IV)
    wrong_chair, whose = Chair(wrong), record_number(clinic, right)

    page.goto(f"/sessions/{wrong}/")
    press(page, "button", "Begin")
    page.wait_for_url(f"**{wrong_chair.path}")
    page.goto(f"/sessions/{wrong}/")
    press(page, "link", "Not begun after all")
    press(page, "button", "Not begun after all")
    expect(page.get_by_role("main")).to_contain_text("Planned")
    assert clinic.state(wrong_chair) == "planned"

    nurse = Nurse(page, wrong_chair)
    nurse.begin()
    nurse.reading(122, 78, 68, 98, 14, sedation=5)
    nurse.infusion("Start infusion", "Infusion started, 52.5 mL/h", rate_ml_per_h="52,5")
    nurse.sign()
    assert clinic.state(wrong_chair) == "completed"

    press(page, "link", "Strike out")
    page.get_by_label("Reason").fill("Entered twice")
    press(page, "button", "Strike it out")
    expect(page.get_by_role("main")).to_contain_text("Struck out by Dr Maya Chen")
    press(page, "link", "Struck out by mistake")
    page.get_by_label("Reason").fill("It was of somebody else, not twice")
    press(page, "button", "Let it stand")
    expect(page.get_by_text("The session stands again.")).to_be_visible()
    assert clinic.state(wrong_chair) == "completed"

    press(page, "link", "Move to the right patient")
    page.get_by_label("Name or record number").fill(whose)
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name=re.compile(whose)).first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name=re.compile("^Session 1 of series 1")).focus()
    page.keyboard.press("Space")
    page.get_by_label("Why it is moved").fill("The other one of that name")
    page.get_by_label("Comment").fill("As it was planned for her.")
    press(page, "button", "Move the session")
    page.wait_for_url(f"**/sessions/{right}/")
    assert (clinic.state(wrong_chair), clinic.state(Chair(right))) == ("voided", "completed")
    keys = [entry.key for entry in clinic.log(Chair(right))]
    assert keys == [entry.key for entry in clinic.log(wrong_chair)] != []
