import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.builders.patients import HELD, a_series
from tests.people import ADAM, ANNA, BEN, CLEO, PASSWORD
from tracker.domain.access import Role
from tracker.domain.codes import Occasion
from tracker.models import db
from tracker.models.patients import Patient
from tracker.services.people import accounts
from tracker.services.scores import commands as score_commands
from tracker.services.sessions import commands as session_commands

TYPED = {
    "instrument": "madrs", "total": "31", "taken_on": "2026-03-02", "taken_time": "",
    "occasion": "baseline", "tie": "", "note": "calm",
}  # fmt: skip


def record(browse, patient, **typed):
    browser = browse(ANNA)
    page = browser.open(f"/patients/{patient}/scores/new")
    key = {"once": page.value("once")}
    browser.send(f"/patients/{patient}/scores/new", TYPED | key | typed, expect=303)
    return browser


def test_a_score_is_recorded_and_listed(browse, cast, patient):
    page = record(browse, patient).follow()
    assert "MADRS" in page.text
    assert "Baseline" in page.text
    [told] = score_commands.of_patient(patient, by=cast.anna)
    assert (told.total, told.time_known) == (Decimal(31), False)
    assert told.taken_at == datetime(2026, 3, 2, 17, tzinfo=UTC)  # noon in New York


def test_a_score_is_tied_to_a_session(browse, cast, patient):
    series = a_series(cast.anna, patient)
    held = session_commands.record(HELD, series_id=series, by=cast.anna)
    record(
        browse, patient, tie=f"{series}-{held}", taken_on="2026-03-03", taken_time="10:00",
        occasion="hours-after",
    )  # fmt: skip
    [told] = score_commands.of_patient(patient, by=cast.anna)
    assert (told.session_id, told.series_number, told.hours_after) == (held, 1, 24)


def test_a_double_click_makes_one_score(browse, cast, patient):
    browser = browse(ANNA)
    page = browser.open(f"/patients/{patient}/scores/new")
    for _ in range(2):
        typed = TYPED | {"once": page.value("once")}
        browser.send(f"/patients/{patient}/scores/new", typed, expect=303)
    assert len(score_commands.of_patient(patient, by=cast.anna)) == 1


@pytest.mark.parametrize(
    ("instrument", "total", "words"),
    [
        ("c-ssrs-screener", "3", "Suicide risk by the total."),
        ("phq9", "26", "PHQ-9 26: question 9 must have been answered above zero."),
        ("asrm", "6", "manic symptoms are likely from 6"),
        ("ymrs", "12", "manic symptoms are likely from 12"),
    ],
)
def test_a_total_that_is_a_danger_is_said_at_once(browse, patient, instrument, total, words):
    page = record(browse, patient, instrument=instrument, total=total).follow()
    assert words in page.text
    assert "See the alerts" in page.text
    assert "/alerts/" in page.links


def test_an_ordinary_total_says_nothing_of_alerts(browse, patient):
    assert (
        "See the alert" not in record(browse, patient, instrument="phq9", total="24").follow().text
    )


def test_whatever_a_score_changed_for_the_worse_is_said_on_saving_it(browse, cast, patient):
    held = session_commands.record(HELD, series_id=a_series(cast.anna, patient), by=cast.anna)
    assert held
    for day, total in (("2026-03-01", "20"), ("2026-03-20", "14"), ("2026-03-27", "15")):
        page = record(browse, patient, instrument="phq9", taken_on=day, total=total).follow()
        assert "Loss of response" not in page.text
    # The older one, entered last, was in response: what came after it lost that.
    late = {"instrument": "phq9", "taken_on": "2026-03-10", "total": "8", "occasion": ""}
    page = record(browse, patient, **late).follow()
    assert "Loss of response." in page.text
    assert (
        "PHQ-9 15 on 27 Mar 2026: response, 10 or less, was reached before and is lost" in page.text
    )
    assert "See the alert" in page.text


def test_a_second_form_of_a_day_asks_first_and_says_what_to_do(browse, cast, patient):
    phq9 = {"instrument": "phq9", "total": "27", "taken_time": "09:10", "occasion": ""}
    record(browse, patient, **phq9)
    [there] = score_commands.of_patient(patient, by=cast.anna)
    browser = browse(ANNA)
    address = f"/patients/{patient}/scores/new"
    typed = TYPED | phq9 | {"total": "0", "once": browser.open(address).value("once")}
    page = browser.send(address, typed, expect=422)
    assert "PHQ-9 of 2 Mar 2026 is there already: 27 at 09:10." in page.text
    assert "The same form twice, or a correction?" in page.text
    assert "Record both" in page.text
    assert page.value("total") == "0"
    assert f"/scores/{there.score_id}/void" in page.links
    assert len(score_commands.of_patient(patient, by=cast.anna)) == 1
    browser.send(address, typed | {"seen": page.value("seen")}, expect=303)
    assert {told.total for told in score_commands.of_patient(patient, by=cast.anna)} == {27, 0}


def test_a_day_years_before_all_else_is_asked_about(browse, cast, patient):
    record(browse, patient)
    browser = browse(ANNA)
    address = f"/patients/{patient}/scores/new"
    typed = TYPED | {"taken_on": "1970-01-01", "once": browser.open(address).value("once")}
    page = browser.send(address, typed, expect=422)
    said = "MADRS of 1 Jan 1970 is 56 years before all else on record, which begins on 2 Mar 2026."
    assert said in page.text
    assert "Save all the same" in page.text
    assert len(score_commands.of_patient(patient, by=cast.anna)) == 1
    browser.send(address, typed | {"seen": page.value("seen")}, expect=303)
    assert len(score_commands.of_patient(patient, by=cast.anna)) == 2


def test_a_day_before_birth_is_refused_beside_its_field(browse, cast, patient):
    db.session.get_one(Patient, patient).birth_date = date(1975, 1, 1)
    db.session.commit()
    browser = browse(ANNA)
    address = f"/patients/{patient}/scores/new"
    typed = TYPED | {"taken_on": "1970-01-01", "once": browser.open(address).value("once")}
    page = browser.send(address, typed, expect=422)
    assert "This is before the patient was born, on 1 Jan 1975." in page.text
    assert page.value("taken_on") == "1970-01-01"
    assert score_commands.of_patient(patient, by=cast.anna) == []


def test_a_draft_that_comes_back_has_been_asked_nothing(browse, cast, patient):
    record(browse, patient)
    browser = browse(ANNA)
    address = f"/patients/{patient}/scores/new"
    page = browser.send(address, TYPED | {"once": browser.open(address).value("once")}, expect=422)
    browser.send(f"/drafts/score-{patient}", TYPED | {"seen": page.value("seen")}, expect=204)
    page = browser.open(address)
    assert "Your draft is back." in page.text
    assert not page.value("seen")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("total", "61", "MADRS runs from 0 to 60"), ("total", "", "Give the total"),
        ("total", "many", "plain number"),
        ("total", "12.5", "MADRS counts whole points: give a whole number"),
        ("instrument", "astrology", "Choose a scale"),
        ("taken_on", "", "Give the day"), ("taken_on", "2126-01-01", "in the future"),
        ("tie", "1-2", "Choose one of the list"), ("occasion", "often", "Choose one of the list"),
        ("note", "x" * 2001, "at most 2000"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_everything_kept(browse, cast, patient, name, text, words):
    browser = browse(ANNA)
    browser.open(f"/patients/{patient}/scores/new")
    page = browser.send(f"/patients/{patient}/scores/new", TYPED | {name: text}, expect=422)
    assert words in page.text
    assert page.value("total") == (TYPED | {name: text})["total"]
    assert score_commands.of_patient(patient, by=cast.anna) == []


def test_a_mistaken_score_is_voided_with_a_reason_and_stays_in_the_list(browse, cast, patient):
    browser = record(browse, patient)
    [told] = score_commands.of_patient(patient, by=cast.anna)
    browser.open(f"/scores/{told.score_id}/void")
    page = browser.send(f"/scores/{told.score_id}/void", {"reason": ""}, expect=422)
    assert "Give the reason" in page.text
    browser.send(f"/scores/{told.score_id}/void", {"reason": "Wrong patient"}, expect=303)
    assert "Wrong patient" in browser.follow().text
    assert score_commands.of_patient(patient, by=cast.anna) == []


def test_every_page_knows_who_may_see_it(browse, cast, patient):
    record(browse, patient)
    [told] = score_commands.of_patient(patient, by=cast.anna)
    accounts.enrol(
        name="Ben", email=BEN, roles=[Role.PATIENT], password=PASSWORD, patient_id=patient,
        by=cast.console,
    )  # fmt: skip
    pages = [f"/patients/{patient}/scores/", f"/patients/{patient}/scores/new"]
    pages += [f"/scores/{told.score_id}/void"]
    for email, status in ((CLEO, 404), (BEN, 403), (ADAM, 403)):
        browser = browse(email)
        for path in pages:
            browser.open(path, expect=status)


def test_nothing_yet_says_what_to_do(browse, patient):
    assert "No scores yet" in browse(ANNA).open(f"/patients/{patient}/scores/").text


def test_an_occasion_is_offered_once_and_none_chosen_is_unscheduled(browse, cast, patient):
    browser = browse(ANNA)
    browser.open(f"/patients/{patient}/scores/new")
    [occasion] = re.findall(r'<select[^>]*name="occasion".*?</select>', browser.response.text, re.S)
    assert occasion.count(">Unscheduled<") == 1
    record(browse, patient, occasion="")
    [told] = score_commands.of_patient(patient, by=cast.anna)
    assert told.occasion is Occasion.UNSCHEDULED
