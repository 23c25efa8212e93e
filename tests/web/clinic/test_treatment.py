"""What a clinic sets for its sessions: each number with its source, everything wrong at once."""

import pytest
from msgspec.structs import asdict

from tests.builders.clinics import settle
from tests.people import ADAM, ANNA
from tracker.domain.clinic.treatment_settings import MEASURES, TreatmentSettings
from tracker.services.audit import queries as audit_queries
from tracker.services.clinic import clinics, treatment_settings

TYPED = {
    name: str(value) for name, value in asdict(TreatmentSettings()).items() if name != "labels"
}


@pytest.fixture
def adam(browse):
    browser = browse(ADAM)
    browser.open("/clinic/treatment")
    return browser


def send(browser, *, expect=303, **changed):
    version = browser.page.value("version")
    return browser.send("/clinic/treatment", TYPED | {"version": version} | changed, expect=expect)


def stored(cast):
    return treatment_settings.of_clinic(cast.clinic_id)


def test_the_page_shows_what_holds_and_where_each_number_is_from(adam):
    for name, value in TYPED.items():
        if name in MEASURES:
            assert adam.page.value(name) == value
    assert adam.page.text.count("Source:") == len(MEASURES)


@pytest.mark.parametrize(
    ("country", "more", "named", "unnamed"),
    [
        ("US", {}, ["Spravato US label"], ["EU product"]),
        ("GB", {}, ["Spravato EU product information 4.4", "4.2: no food for 2 h"], ["US label ("]),
        ("IE", {"us_label": True}, ["Spravato US label", "EU product information 4.4"], []),
        ("AU", {}, ["as the labels of other countries have it"], ["US label (", "EU product"]),
    ],
)
def test_sources_are_those_of_the_labels_that_apply(adam, cast, country, more, named, unnamed):
    settle(cast.clinic_id, country, **more)
    text = adam.open("/clinic/treatment").text
    assert not [words for words in named if words not in text]
    assert not [words for words in unnamed if words in text]
    assert text.count("Source:") == len(MEASURES)


def test_what_is_saved_holds_at_once_and_leaves_the_rest(adam, cast):
    clinics_before = clinics.view(cast.clinic_id).settings
    send(adam, systolic_warn_mmhg="150", consent_version=" 2026-1 ", form_version="2026")
    adam.follow()
    assert "settings for sessions are saved" in adam.page.text
    found = stored(cast)
    assert (found.systolic_warn_mmhg, found.consent_version) == (150, "2026-1")
    assert found.form_version == "2026"
    now = clinics.view(cast.clinic_id).settings
    assert {name: now[name] for name in clinics_before} == clinics_before


def test_the_trail_names_the_fields_and_not_what_they_say(adam, cast):
    send(adam, city="Thistledown", food_hours="4")
    [line] = [
        li
        for li in audit_queries.read(by=cast.adam).lines
        if li.action == "clinic.treatment-changed"
    ]
    assert set(line.detail.split()) == {"city", "food_hours"}


def test_everything_that_is_wrong_is_said_at_once_and_kept(adam, cast):
    page = send(
        adam, expect=422, systolic_warn_mmhg="1400", food_hours="six", late_after_minutes="",
        systolic_hold_mmhg="130", city="x" * 101, form_version="1999",
    )  # fmt: skip
    for words in (
        "from 80 to 220", "Give a whole number, such as", "whole number of min, from 0 to 60",
        "at most 100 characters", "Choose one of the list",
    ):  # fmt: skip
        assert words in page.text
    assert page.value("food_hours") == "six"
    assert page.value("systolic_warn_mmhg") == "1400"
    assert stored(cast) == TreatmentSettings()


def test_two_administrators_never_overwrite_each_other_silently(adam, browse, cast):
    other = browse(ADAM)
    other.open("/clinic/treatment")
    send(other, food_hours="4")
    send(adam, expect=409, food_hours="5")
    assert "Somebody else saved" in adam.page.text
    assert stored(cast).food_hours == 4
    send(adam, food_hours="5")
    assert stored(cast).food_hours == 5


def test_the_two_pages_of_settings_do_not_make_each_other_outdated(adam, browse, cast):
    send(adam, drink_hours="3")
    assert clinics.draft(by=cast.adam)[1] == 1


def test_only_administrators_enter(browse):
    browse(ANNA).open("/clinic/treatment", expect=403)


@pytest.mark.parametrize(("country", "told"), [("US", False), ("GB", True)])
def test_where_no_worksheets_are_made_the_page_says_so(adam, cast, country, told):
    settle(cast.clinic_id, country)
    assert ("No worksheets are made here" in adam.open("/clinic/treatment").text) is told


def test_what_is_set_for_sessions_leaves_the_country_and_its_numbers_alone(adam, cast):
    settle(cast.clinic_id, "GB")
    adam.open("/clinic/treatment")
    send(adam, food_hours="5")
    found = clinics.view(cast.clinic_id).settings
    assert (found["country"], found["crisis_line"], found["food_hours"]) == ("GB", "116 123", 5)
    assert "labels" not in found
