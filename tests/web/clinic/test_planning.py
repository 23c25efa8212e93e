"""What a clinic sets for planning: chairs, closed days, what patients prepare."""

import pytest

from tests.people import ADAM, ANNA
from tracker.services.audit import queries as audit_queries
from tracker.services.clinic import planning

TYPED = {
    "chairs_text": "Chair 1\nChair 2", "holidays_text": "2026-12-25 Christmas",
    "preparation": "Do not eat for 2 hours.", "calendar_name": "record-number",
}  # fmt: skip


@pytest.fixture
def adam(browse):
    browser = browse(ADAM)
    browser.open("/clinic/planning")
    return browser


def send(browser, *, expect=303, **changed):
    version = browser.page.value("version")
    return browser.send("/clinic/planning", TYPED | {"version": version} | changed, expect=expect)


def test_what_is_saved_holds_and_the_trail_names_the_fields(adam, cast):
    send(adam)
    told = planning.of_clinic(cast.clinic_id)
    assert told.chairs == ("Chair 1", "Chair 2")
    assert (told.day_before, told.calendar_name) == (False, "record-number")
    [line] = [
        one for one in audit_queries.read(by=cast.adam).lines
        if one.action == "clinic.planning-changed"
    ]  # fmt: skip
    assert "chairs_text" in line.detail
    assert "Chair" not in line.detail


def test_everything_wrong_is_telling_moment_once_and_nothing_typed_is_lost(adam):
    page = send(adam, expect=422, chairs_text="x" * 61, holidays_text="Christmas")
    assert "Give at most 60 chairs" in page.text
    assert "This cannot be read: Christmas" in page.text
    assert "Do not eat for 2 hours." in page.text


def test_the_second_of_two_people_sees_what_the_first_saved(adam, browse):
    other = browse(ADAM)
    other.open("/clinic/planning")
    send(adam)
    page = send(other, expect=409, chairs_text="Bed")
    assert "Saved meanwhile by somebody else" in page.text
    assert "Chair 1" in page.text


def test_only_administrators_may(browse):
    browse(ANNA).open("/clinic/planning", expect=403)


@pytest.mark.parametrize("typed", ["25/12/2026 Christmas", "25.12.2026 Christmas"])
def test_a_closed_day_is_read_as_the_clinic_types_days_and_kept_as_it_can_only_be_read(
    adam, cast, typed
):
    send(adam, holidays_text=f"{typed}\r\n2026-12-26")
    told = planning.of_clinic(cast.clinic_id)
    assert told.holidays_text.splitlines() == ["2026-12-25 Christmas", "2026-12-26"]
    page = adam.open("/clinic/planning")
    page = send(adam, expect=422, holidays_text="31/02/2026 Never")
    assert "This cannot be read: 31/02/2026 Never" in page.text
