"""The patient's own lists, where an assessment asks about allergies and medicines."""

from tests.builders.eligibility import NOON
from tests.people import ANNA
from tests.stopping import stopped_at
from tests.web.eligibility.test_routes import FINE
from tracker.domain.health_lists.draft import HealthItemDraft, HealthItemKind
from tracker.services.health_lists import commands as item_commands

on_the_day = stopped_at(NOON)


def enter(cast, patient, kind, name="", detail=""):
    draft = HealthItemDraft(kind=kind, name=name, detail=detail, noted_on=NOON.date())
    item_commands.add(patient, draft, by=cast.anna)


def test_the_patients_lists_stand_where_they_are_asked_about(browse, cast, patient):
    browser = browse(ANNA)
    path = f"/patients/{patient}/eligibilities/new?drug=esketamine"
    page = browser.open(path)
    for which in ("Allergies", "Medicines"):
        assert f"{which} on the list today: nothing recorded." in page.text
    assert "As on the list" not in page.text
    enter(cast, patient, HealthItemKind.ALLERGY, "Penicillin", "rash")
    enter(cast, patient, HealthItemKind.NO_MEDICINES)
    page = browser.open(path)
    assert "Allergies on the list today: Penicillin (rash), noted 2 Mar 2026." in page.text
    assert "Medicines on the list today: takes none, noted 2 Mar 2026." in page.text


def test_medicines_are_taken_over_as_on_the_list_and_nothing_typed_is_lost(browse, cast, patient):
    browser = browse(ANNA)
    path = f"/patients/{patient}/eligibilities/new"
    browser.open(f"{path}?drug=esketamine")
    enter(cast, patient, HealthItemKind.MEDICINE, "Lithium", "400 mg")
    enter(cast, patient, HealthItemKind.MEDICINE, "Zopiclone", "7.5 mg")
    typed = {
        "act": "as-listed", "any_medicines": "unknown", "medicines-3-name": "zopiclone",
        "medicines-3-dose": "3.75 mg", "medicines-3-flags": ["depressant"],
    }  # fmt: skip
    page = browser.send(path, FINE | typed, expect=200)
    rows = [
        (page.value(f"medicines-{n}-name"), page.value(f"medicines-{n}-dose")) for n in range(3)
    ]
    assert rows == [("zopiclone", "3.75 mg"), ("Lithium", "400 mg"), (None, None)]
    assert page.value("weight_kg") == "71,5"
    checked = [one for one in page.fields if one["name"] == "any_medicines" and "checked" in one]
    assert [one["value"] for one in checked] == ["yes"]
