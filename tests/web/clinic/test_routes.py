"""The clinic's settings: an administrator changes them, everything wrong is said at once."""

from datetime import timedelta

import pytest
import time_machine

from tests.builders.clinics import settle
from tests.people import ADAM, ANNA, CLEO, PASSWORD
from tracker.domain.clinic.labels import Label
from tracker.domain.clinic.settings import ClinicSettings
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.clinic import clinics, countries

TYPED = {
    "name": "Harbour Clinic", "phone": "+1 212 555 0100", "crisis_line": "116 123",
    "crisis_line_name": "Samaritans", "emergency_number": "112", "red_after_minutes": "30",
    "country": "", "crisis_text": "116 123",
    "reminders": "y", "quiet_from": "21:30", "quiet_until": "07:00",
    "morning_from": "08:00", "evening_from": "18:00",
    "records_an_hour": "40", "open_from": "", "open_until": "",
}  # fmt: skip


@pytest.fixture
def adam(browse):
    browser = browse(ADAM)
    browser.open("/clinic/")
    return browser


def send(browser, *, expect=303, **changed):
    version = browser.page.value("version")
    return browser.send("/clinic/", TYPED | {"version": version} | changed, expect=expect)


def stored(cast):
    return ClinicSettings.read(clinics.view(cast.clinic_id).settings)


def test_the_page_shows_what_holds(adam):
    for name, value in {
        "name": "Harbour Clinic", "crisis_line": "988", "emergency_number": "911",
        "red_after_minutes": "60", "quiet_from": "20:00", "quiet_until": "08:00",
        "morning_from": "08:00", "evening_from": "18:00",
    }.items():  # fmt: skip
        assert adam.page.value(name) == value


def test_what_is_saved_holds_at_once(adam, cast):
    send(adam)
    adam.follow()
    assert "settings are saved" in adam.page.text
    assert adam.page.value("crisis_line") == "116 123"
    found = stored(cast)
    assert (found.crisis_line_name, found.red_after_minutes) == ("Samaritans", 30)
    assert (found.reminders, f"{found.quiet_from:%H:%M}") == (True, "21:30")


def test_a_box_that_is_not_ticked_turns_reminders_off(adam, cast):
    send(adam, reminders="")
    assert stored(cast).reminders is False
    assert not clinics.draft(by=cast.adam)[0].reminders


def test_the_trail_names_the_fields_and_not_what_they_say(adam, cast):
    send(adam, crisis_line_name="Thistledown")
    [line] = [li for li in audit_queries.read(by=cast.adam).lines if li.action == "clinic.changed"]
    assert line.detail.split() == [
        "phone", "crisis_line", "crisis_line_name", "crisis_text", "emergency_number",
        "red_after_minutes", "quiet_from", "quiet_until",
    ]  # fmt: skip
    assert line.subject == f"clinic:{cast.clinic_id}"


def test_everything_that_is_wrong_is_said_at_once_and_kept(adam, cast):
    wrong = {
        "name": " ", "crisis_line": "call us", "emergency_number": "", "phone": "x",
        "crisis_line_name": "", "red_after_minutes": "soon", "quiet_from": "25:00",
        "quiet_until": "", "morning_from": "8 o'clock", "evening_from": "07:30",
    }  # fmt: skip
    send(adam, expect=422, **wrong)
    for words in (
        "Give the clinic's name", "Give one telephone number that can be dialled",
        "or nothing", "Say whose number it is", "Give a whole number",
        "Give a time of day", "no quiet hours",
    ):  # fmt: skip
        assert words in adam.page.text
    for field in ("crisis_line", "red_after_minutes", "quiet_from"):
        assert adam.page.value(field) == wrong[field]
    assert stored(cast) == ClinicSettings.read({})


def test_two_administrators_never_overwrite_each_other_silently(adam, browse, cast):
    other = browse(ADAM)
    other.open("/clinic/")
    send(other, phone="555 0199")
    send(adam, expect=409, phone="555 0111")
    assert "Somebody else saved the settings" in adam.page.text
    assert "555 0199" in adam.page.text
    assert adam.page.value("phone") == "555 0111"
    assert stored(cast).phone == "555 0199"
    send(adam, phone="555 0111")
    assert stored(cast).phone == "555 0111"


@pytest.mark.parametrize("version", ["", "x", "-1", "99", "9" * 40, "\u0661"])
def test_a_made_up_version_is_outdated(adam, cast, version):
    send(adam, expect=409, version=version)
    assert stored(cast) == ClinicSettings.read({})


def test_the_name_stands_on_every_page(adam, cast):
    send(adam, name="Lake Clinic")
    assert "Lake Clinic" in adam.open("/people/").text


def test_only_administrators_enter(browse, cast):
    browse.open("/clinic/", expect=302)
    for who in (ANNA, CLEO):
        browser = browse(who)
        browser.open("/clinic/", expect=403)
        assert "/clinic/" not in browser.open("/account/").links
    assert "/clinic/" in browse(ADAM).open("/account/").links


def test_something_so_delicate_asks_for_the_password_again(browse):
    adam = browse(ADAM)
    with time_machine.travel(clock.now()) as traveller:
        for _ in range(3):
            traveller.shift(timedelta(minutes=6))
            adam.open("/account/")
        adam.open("/clinic/", expect=302)
        adam.follow()
        adam.send(adam.page.forms[-1]["action"], {"password": PASSWORD})
        assert adam.response.headers["Location"] == "/clinic/"


def test_another_country_proposes_its_numbers_and_saves_nothing_yet(adam, cast):
    before = stored(cast)
    have = {"crisis_line": "988", "crisis_text": "988", "emergency_number": "911"} | {
        "crisis_line_name": before.crisis_line_name, "country": "IE",
    }  # fmt: skip
    send(adam, expect=422, **have)
    assert "Nothing is saved yet" in adam.page.text
    shown = {name: adam.page.value(name) for name in ("crisis_line", "emergency_number")}
    assert shown == {"crisis_line": "116 123", "emergency_number": "112"}
    assert adam.page.value("crisis_hours") == "24 hours, every day"
    assert (
        "Known of Ireland. Emergency: 112 (999 reaches the same), from https://" in adam.page.text
    )
    assert stored(cast) == before
    send(adam, country="IE", proposed=adam.page.value("proposed"), crisis_hours="always")
    found = stored(cast)
    assert (found.country, found.crisis_line, found.emergency_number) == ("IE", "116 123", "112")
    assert found.crisis_hours == "always"


def test_a_clinic_may_keep_its_numbers_in_another_country(adam, cast):
    have = {"crisis_line": "988", "crisis_text": "988", "emergency_number": "911"} | {
        "crisis_line_name": stored(cast).crisis_line_name, "country": "CA",
    }  # fmt: skip
    send(adam, expect=422, **have)
    send(adam, **have, proposed=adam.page.value("proposed"))
    assert (stored(cast).country, stored(cast).crisis_line) == ("CA", "988")


def test_numbers_that_were_typed_are_never_replaced(adam, cast):
    typed = {"country": "GB", "crisis_line": "01 234", "crisis_text": "", "emergency_number": "112"}
    send(adam, expect=422, **typed)
    shown = {name: adam.page.value(name) for name in (*FIELDS, "crisis_line_name")}
    assert shown == {
        "crisis_line": "01 234", "crisis_line_name": "Samaritans", "crisis_hours": "",
        "crisis_text": "", "second_line": "111", "emergency_number": "112",
    }  # fmt: skip
    send(adam, **typed, proposed=adam.page.value("proposed"))
    assert (stored(cast).country, stored(cast).crisis_line) == ("GB", "01 234")


FIELDS = ("crisis_line", "crisis_hours", "crisis_text", "second_line", "emergency_number")


def test_one_number_that_was_typed_does_not_keep_the_others_of_the_old_country(adam, cast):
    settle(cast.clinic_id, "US")
    adam.open("/clinic/")
    typed = {"crisis_line": "116 123", "crisis_line_name": "Samaritans"}
    send(adam, expect=422, **countries.proposal("US") | typed, country="GB")
    assert "Nothing is saved yet" in adam.page.text
    assert {name: adam.page.value(name) for name in FIELDS} == {
        "crisis_line": "116 123", "crisis_hours": "24 hours, every day", "crisis_text": "",
        "second_line": "111", "emergency_number": "999",
    }  # fmt: skip


def test_a_line_of_the_clinics_own_stays_where_nothing_is_known(adam, cast):
    own = {"crisis_line": "555 0142", "crisis_line_name": "Harbour", "crisis_hours": "by night",
           "crisis_text": ""}  # fmt: skip
    settle(cast.clinic_id, "US", **own)
    adam.open("/clinic/")
    send(adam, expect=422, **countries.proposal("US") | own, country="other")
    assert {name: adam.page.value(name) for name in (*own, "emergency_number")} == own | {
        "emergency_number": ""
    }


def test_an_emergency_number_of_another_country_is_saved_and_remarked_on(adam, cast):
    settle(cast.clinic_id, "GB", phone="555 0100")
    adam.open("/clinic/")
    send(adam, country="GB", emergency_number="911")
    adam.follow()
    assert "The one known for United Kingdom is 999" in adam.page.text
    assert stored(cast).emergency_number == "911"


@pytest.mark.parametrize("text", ["", "988"])
def test_a_second_line_without_a_first_is_refused_once(adam, text):
    second = {"second_line": "111", "second_line_name": "NHS 111"}
    send(adam, expect=422, **second, crisis_line="", crisis_line_name="", crisis_text=text)
    said = "Give the number to call as well." if text else "There is a second line and no first one"
    assert said in adam.page.text


def test_choosing_the_country_whose_numbers_there_are_is_one_step(adam, cast):
    settle(cast.clinic_id, "US", country="")
    adam.open("/clinic/")
    send(adam, **countries.proposal("US"), country="US")
    assert stored(cast).country == "US"


def test_somewhere_else_asks_for_the_emergency_number(adam, cast):
    settle(cast.clinic_id, "US")
    adam.open("/clinic/")
    send(adam, expect=422, country="other", **countries.proposal("US"))
    assert adam.page.value("emergency_number") == ""
    assert "No numbers are known for this country" in adam.page.text
    bare = countries.proposal("other") | {"country": "other", "proposed": "other"}
    send(adam, expect=422, **bare)
    assert "Give one telephone number that can be dialled" in adam.page.text
    send(adam, **bare | {"emergency_number": "117"})
    assert stored(cast).emergency_number == "117"
    adam.follow()
    assert "There is no crisis line" in adam.page.text


def test_labels_are_switched_on_beside_that_of_the_country(adam, cast):
    send(adam, country="CA", us_label="y")
    assert stored(cast).labels == {Label.US}
    assert {"country", "us_label"} <= set(trail(cast))


def trail(cast):
    [line] = [li for li in audit_queries.read(by=cast.adam).lines if li.action == "clinic.changed"]
    return line.detail.split()


@pytest.mark.parametrize("path", ["/clinic/", "/people/"])
@pytest.mark.parametrize(
    ("country", "number", "said"),
    [("US", "", None), ("GB", "", None), ("GB", "911", "known for United Kingdom is 999"),
     ("other", "117", "There is no crisis line"),
     ("SE", "", "There is no crisis line")],
)  # fmt: skip
def test_an_administrator_is_told_what_is_not_set_until_it_is(
    adam, cast, path, country, number, said
):
    settle(cast.clinic_id, country, number, phone="555 0100")
    text = adam.open(path).text
    assert ("To do: whom patients call" in text) is bool(said)
    assert said is None or said in text


def test_a_clinic_that_has_not_chosen_a_country_is_told_whose_numbers_it_shows(adam):
    assert "patients see 988 and 911, and the US label and REMS apply" in adam.page.text


@pytest.mark.parametrize("path", ["/clinic/", "/people/"])
def test_an_administrator_is_told_that_patients_have_no_telephone_to_call(adam, cast, path):
    settle(cast.clinic_id, "US")
    assert "There is no telephone of the clinic." in adam.open(path).text
