from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.people import ANNA, CLEO
from tracker.domain.codes import Drug, Indication, Phase, Route
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.series.plan import SeriesChange, SeriesDraft
from tracker.services import clock
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import schedules
from tracker.services.patients import commands as patient_commands
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries

ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def planned(cast):
    zoe = patient_commands.add(PatientDraft(record_number="1", given_name="Zoë"), by=cast.anna)
    draft = SeriesDraft(
        indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.IV, phase=Phase.INDUCTION,
        starts_on=clock.today(ZONE) + timedelta(days=9), template="six-in-three-weeks",
    )  # fmt: skip
    return series_commands.plan(zoe, draft, by=cast.anna)


def line(number, anchor, many, *codes, **more) -> dict[str, object]:
    start = f"lines-{number}-"
    return {
        f"{start}anchor": anchor, f"{start}number": many, f"{start}instruments": list(codes),
    } | {start + name: value for name, value in more.items()}  # fmt: skip


def test_the_schedule_is_shown_with_its_sources(browse, planned):
    page = browse(ANNA).open(f"/series/{planned}/schedule")
    for words in ("Before every second session", "McInnes 2022", "The usual schedule", "PHQ-9"):
        assert words in page.text
    assert f"/series/{planned}/schedule" in browse(ANNA).open(f"/series/{planned}/").links


def test_a_line_is_added_changed_and_saved(browse, cast, planned):
    browser = browse(ANNA)
    path = f"/series/{planned}/schedule"
    page = browser.open(path)
    first = line(0, "before-session", "2", "gad7") | {"version": "1"}
    page = browser.send(path, first | {"act": "add"}, expect=200)
    assert page.value("lines-0-number") == "2"
    assert page.value("lines-1-number") == ""
    assert len(schedules.find(planned, by=cast.anna).lines) > 2
    both = first | line(1, "weeks-after", "26", "phq9", "gad7")
    browser.send(path, both | {"act": "save", "once": page.value("once")}, expect=303)
    assert "Schedule saved" in browser.follow().text
    view = schedules.find(planned, by=cast.anna)
    assert [one.label for one in view.lines] == [
        "Before session 2", "26 weeks after the last session",
    ]  # fmt: skip
    assert "Chosen for this series" in browser.open(path).text


def test_a_line_is_removed_and_an_empty_one_is_not_there(browse, cast, planned):
    browser = browse(ANNA)
    path = f"/series/{planned}/schedule"
    browser.open(path)
    sent = line(0, "before-session", "2", "gad7", remove="y") | line(1, "", "")
    browser.send(path, sent | {"version": "1"}, expect=303)
    assert schedules.find(planned, by=cast.anna).lines == ()
    assert "Nothing is asked for in this series" in browser.open(path).text


def test_everything_wrong_is_said_beside_its_line(browse, cast, planned):
    browser = browse(ANNA)
    path = f"/series/{planned}/schedule"
    browser.open(path)
    sent = (
        line(0, "before-session", "2", "gad7", remove="y")
        | line(1, "weeks-after", "a month", "phq9")
        | line(2, "hours-after", "0")
        | line(3, "", "4", "phq9")
    )
    page = browser.send(path, sent | {"version": "1"}, expect=422)
    for words in ("Give a whole number, such as 40", "from 1 to 168", "Choose a questionnaire"):
        assert words in page.text
    assert "Choose when." in page.text
    assert page.value("lines-1-number") == "a month"
    assert not schedules.find(planned, by=cast.anna).edited


def test_the_usual_schedule_can_be_taken_again(browse, cast, planned):
    schedules.change(planned, [], version=1, by=cast.anna)
    browser = browse(ANNA)
    path = f"/series/{planned}/schedule"
    page = browser.open(path)
    browser.send(path, {"version": page.value("version"), "act": "usual"}, expect=303)
    assert not schedules.find(planned, by=cast.anna).edited
    patient_id = series_queries.find(planned, by=cast.anna).patient_id
    assert len(check_in_commands.of_patient(patient_id, by=cast.anna)) == 4


def test_who_saves_second_sees_what_stands_and_may_save_again(browse, cast, planned):
    browser = browse(ANNA)
    path = f"/series/{planned}/schedule"
    browser.open(path)
    schedules.change(planned, [], version=1, by=cast.anna)
    mine = line(0, "before-session", "2", "gad7")
    page = browser.send(path, mine | {"version": "1"}, expect=409)
    assert "Somebody changed this series meanwhile" in page.text
    assert page.value("lines-0-number") == "2"
    browser.send(path, mine | {"version": page.value("version")}, expect=303)
    assert len(schedules.find(planned, by=cast.anna).lines) == 1


def test_a_clinician_elsewhere_finds_no_schedule(browse, planned):
    browse(CLEO).open(f"/series/{planned}/schedule", expect=404)


def test_an_earlier_version_says_where_only_the_schedule_was_another(browse, cast, planned):
    schedules.change(planned, (), version=1, by=cast.anna)
    later = SeriesChange(
        indication=Indication.DEPRESSION, drug=Drug.KETAMINE, route=Route.IM, phase=Phase.INDUCTION
    )
    series_commands.change(planned, later, version=2, by=cast.anna)
    newer, older = series_queries.find(planned, by=cast.anna).earlier
    assert (newer.rescheduled, older.rescheduled) == (False, True)
    page = browse(ANNA).open(f"/series/{planned}/")
    assert "changed by Anna Clinician: another schedule of check-ins" in page.text
