"""The clinic's settings: an administrator changes them, everything wrong is said at once."""

from datetime import timedelta

import pytest
import time_machine

from tests.people import ADAM, ANNA, CLEO, PASSWORD
from tracker.domain.clinic.settings import ClinicSettings
from tracker.services import clock
from tracker.services.audit import queries as audit_queries
from tracker.services.clinic import clinics

TYPED = {
    "name": "Harbour Clinic", "phone": "+1 212 555 0100", "crisis_line": "116 123",
    "crisis_line_name": "Samaritans", "emergency_number": "112", "red_after_minutes": "30",
    "reminders": "y", "quiet_from": "21:30", "quiet_until": "07:00",
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
        "phone", "crisis_line", "crisis_line_name", "emergency_number", "red_after_minutes",
        "quiet_from", "quiet_until",
    ]  # fmt: skip
    assert line.subject == f"clinic:{cast.clinic_id}"


def test_everything_that_is_wrong_is_said_at_once_and_kept(adam, cast):
    wrong = {
        "name": " ", "crisis_line": "call us", "emergency_number": "", "phone": "x",
        "crisis_line_name": "", "red_after_minutes": "soon", "quiet_from": "25:00",
        "quiet_until": "",
    }  # fmt: skip
    send(adam, expect=422, **wrong)
    for words in (
        "Give the clinic's name", "Give a telephone number that can be dialled",
        "or nothing", "Give the crisis line's name", "Give a whole number",
        "Give a time of day", "no quiet hours",
    ):  # fmt: skip
        assert words in adam.page.text
    for field in ("crisis_line", "red_after_minutes", "quiet_from"):
        assert adam.page.value(field) == wrong[field]
    assert stored(cast) == ClinicSettings()


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
    assert stored(cast) == ClinicSettings()


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
