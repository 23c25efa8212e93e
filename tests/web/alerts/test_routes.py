"""The pages of alerts, and their place on Today and on the patient's page."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from tests.builders import courses
from tests.builders.alerts import a_check_in, an_alert
from tests.builders.patients import a_patient
from tests.people import ADAM, ANNA, BEN, CLEO
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.audit import AuditEvent
from tracker.models.patients import Patient
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import answers as answering
from tracker.services.unit_of_work import unit_of_work

SAID = "PHQ-9 question 9 answered 'Several days' (1 of 3)"
DONE = "Called him. His sister is with him tonight."


@pytest.fixture
def alert(cast, patient):
    return an_alert(cast.anna, patient, raised_at=clock.now() - timedelta(minutes=5))


def lines(action):
    wanted = select(func.count()).where(AuditEvent.action == action)
    return db.session.scalar(wanted)


def known_in(text):
    return re.search(r'data-alerts-known="(\w+)"', text).group(1)


def test_an_answer_stands_on_today_at_once(browse, cast):
    treated = courses.treat(cast.console)
    ben = courses.account(cast.console, treated)
    anna = browse(ANNA)
    assert "alert to look at" not in anna.open("/today/").text
    check_in = a_check_in(cast.anna, treated.patient_id)
    answering.begin(check_in, by=ben)
    answering.save(check_in, "phq9", {"phq9_9": ("1", clock.now())}, 1, by=ben)
    page = anna.open("/today/")
    assert SAID in page.text
    assert "1 alert to look at" in page.text


def test_alerts_are_the_first_thing_on_today(browse, alert):
    text = browse(ANNA).open("/today/").text
    assert text.index(SAID) < text.index("sessions today")


def test_red_is_said_in_words_and_not_only_by_colour(browse, cast, patient):
    an_alert(cast.anna, patient, raised_at=clock.now() - timedelta(minutes=75))
    browser = browse(ANNA)
    text = browser.open("/today/").text
    assert "Waits too long" in text
    assert "Waiting for 1 h 15 min, longer than 60 min" in text
    assert "alert-red" in browser.response.text


def test_before_its_time_it_is_not_red(browse, alert):
    browser = browse(ANNA)
    assert "Waits too long" not in browser.open("/today/").text
    assert "alert-red" not in browser.response.text


def test_acknowledging_asks_what_was_done_and_keeps_it(browse, alert):
    anna = browse(ANNA)
    page = anna.open(f"/alerts/{alert}/")
    for words in (SAID, "Kroenke 2001", "Patient, Ben"):
        assert words in page.text
    anna.send(f"/alerts/{alert}/", {"done": "  "}, expect=422)
    assert "Say what was done" in anna.page.text
    anna.send(f"/alerts/{alert}/", {"done": DONE}, expect=303)
    anna.follow()
    assert "Acknowledged by Anna Clinician" in anna.page.text
    assert DONE in anna.page.text
    assert anna.page.value("done") is None
    assert SAID not in anna.open("/today/").text
    assert DONE in anna.open("/alerts/?show=acknowledged").text


def test_whoever_comes_second_sees_who_was_first_and_keeps_their_words(browse, alert, cast):
    anna = browse(ANNA)
    anna.open(f"/alerts/{alert}/")
    alert_commands.acknowledge(alert, "Done by another", by=cast.anna)
    anna.send(f"/alerts/{alert}/", {"done": DONE}, expect=422)
    for words in ("acknowledged this already", "Done by another", "was not kept", DONE):
        assert words in anna.page.text


def test_an_alert_says_where_to_call(browse, cast, patient, alert):
    anna = browse(ANNA)
    page = anna.open(f"/alerts/{alert}/")
    assert "No telephone number is recorded" in page.text
    row = db.session.get_one(Patient, patient)
    with unit_of_work(cast.anna) as unit:
        row.phone = "+1 212 555 0142"
        unit.audit("patient.changed", f"patient:{patient}")
    page = anna.open(f"/alerts/{alert}/")
    assert "tel:+12125550142" in page.links
    assert "+1 212 555 0142" in page.text


def test_the_patients_page_shows_what_waits_and_no_more(browse, cast, patient, alert):
    an_alert(cast.anna, patient, item="phq9_8", acknowledged_at=clock.now())
    other = a_patient(cast.anna, "B-18")
    page = browse(ANNA).open(f"/patients/{patient}/")
    assert f"/alerts/{alert}/" in page.links
    assert page.text.count(SAID) == 2  # once for those who only hear the link
    assert "Alerts to look at" not in browse(ANNA).open(f"/patients/{other}/").text


def test_the_patients_page_folds_all_but_the_two_gravest_and_newest(browse, cast, patient):
    now = clock.now()
    kinds = {
        "old": {"kind": "top-score", "item": "", "raised_at": now - timedelta(days=9)},
        "new": {"kind": "top-score", "item": "", "raised_at": now - timedelta(days=1)},
        "older": {"kind": "top-score", "item": "", "raised_at": now - timedelta(days=20)},
        "urgent": {"urgent": True, "raised_at": now - timedelta(days=15)},
    }
    made = {name: an_alert(cast.anna, patient, **values) for name, values in kinds.items()}
    browser = browse(ANNA)
    text = browser.open(f"/patients/{patient}/").text
    assert "2 more alerts" in text
    shown, folded = browser.response.text.split("2 more alerts")
    for name in ("urgent", "new"):
        assert f"/alerts/{made[name]}/" in shown
    for name in ("old", "older"):
        assert f"/alerts/{made[name]}/" in folded
        assert f"/alerts/{made[name]}/" not in shown


def test_the_list_goes_page_by_page(browse, cast, patient, monkeypatch):
    monkeypatch.setattr(alert_commands, "PAGE", 2)
    for n in range(5):
        an_alert(cast.anna, patient, raised_at=clock.now() - timedelta(hours=n))
    anna, seen = browse(ANNA), set()
    page = anna.open("/alerts/")
    while True:
        seen |= {link for link in page.links if re.fullmatch(r"/alerts/\d+/", link)}
        following = [link for link in page.links if "after=" in link]
        if not following:
            break
        page = anna.open(following[0])
    assert len(seen) == 5


def test_empty_lists_say_so(browse):
    anna = browse(ANNA)
    assert "Nothing waits" in anna.open("/alerts/").text
    assert "Nothing yet" in anna.open("/alerts/?show=acknowledged").text
    anna.open("/alerts/?show=other", expect=404)
    anna.open("/alerts/7/", expect=404)


def test_a_page_that_is_open_hears_of_what_is_new_and_only_of_that(browse, cast, patient, alert):
    anna = browse(ANNA)
    anna.open("/today/")
    known = known_in(anna.response.text)
    again = anna.client.get(f"/alerts/open?known={known}")
    assert (again.status_code, again.data) == (204, b"")
    assert lines("alerts.viewed") == 0
    an_alert(cast.anna, patient, item="phq9_8")
    fresh = anna.client.get(f"/alerts/open?known={known}")
    assert fresh.status_code == 200
    assert "2 alerts to look at" in fresh.text
    assert "<html" not in fresh.text
    assert known_in(fresh.text) != known
    assert lines("alerts.viewed") == 1


def test_an_alert_that_turns_red_is_news(browse, cast, patient, alert):
    anna = browse(ANNA)
    anna.open("/today/")
    known = known_in(anna.response.text)
    row = db.session.get_one(Alert, alert)
    row.raised_at = clock.now() - timedelta(minutes=61)
    db.session.commit()
    assert "Waits too long" in anna.client.get(f"/alerts/open?known={known}").text


def test_asking_by_itself_keeps_no_abandoned_browser_signed_in(browse, alert):
    with time_machine.travel(clock.now()) as traveller:
        anna = browse(ANNA)
        anna.open("/today/")
        known = known_in(anna.response.text)
        asked = {"X-Requested-With": "fetch"}
        for _ in range(3):
            traveller.shift(timedelta(minutes=4))
            answer = anna.client.get(f"/alerts/open?known={known}", headers=asked)
            assert answer.status_code == 204
        traveller.shift(timedelta(minutes=4))
        assert anna.client.get("/alerts/open", headers=asked).status_code == 401
        anna.open("/today/", expect=302)


def test_nobody_else_sees_an_alert(browse, cast, patient, alert):
    browse(CLEO).open(f"/alerts/{alert}/", expect=404)
    assert SAID not in browse(CLEO).open("/alerts/").text
    for path in ("/alerts/", f"/alerts/{alert}/", "/alerts/open"):
        browse(ADAM).open(path, expect=403)
        browse.open(path, expect=302)


def test_a_patient_never_sees_that_there_is_an_alert(browse, cast):
    treated = courses.treat(cast.console)
    courses.account(cast.console, treated)
    alert = an_alert(cast.anna, treated.patient_id)
    ben = browse(BEN)
    ben.open(f"/alerts/{alert}/", expect=403)
    ben.open("/alerts/", expect=403)
    assert "alert" not in ben.open("/my/").text.lower()


def test_looking_leaves_a_line(browse, alert):
    anna = browse(ANNA)
    anna.open(f"/alerts/{alert}/")
    anna.open("/alerts/")
    assert (lines("alert.viewed"), lines("alerts.viewed")) == (1, 1)


def test_what_somebody_wrote_is_text(browse, cast, alert):
    alert_commands.acknowledge(alert, "<b>bold</b>", by=cast.anna)
    browser = browse(ANNA)
    browser.open(f"/alerts/{alert}/")
    assert "&lt;b&gt;bold&lt;/b&gt;" in browser.response.text
