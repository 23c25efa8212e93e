from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import update

from tests.builders.check_ins import themself
from tests.people import ADAM, ANNA, CLEO
from tests.stopping import stopped_at
from tracker.domain.codes import CheckInState
from tracker.domain.patients.draft import PatientDraft
from tracker.models import db
from tracker.models.check_ins import CheckIn
from tracker.models.letters import Letter
from tracker.services import clock
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.clinic import clinics
from tracker.services.patients import commands as patient_commands
from tracker.services.unit_of_work import unit_of_work

ZONE = ZoneInfo("America/New_York")
NOON = datetime(2026, 6, 10, 12, tzinfo=ZONE)  # far from a change of the clocks
TODAY = NOON.date()
DAY = timedelta(days=1)


it_is_noon = stopped_at(NOON)


@pytest.fixture
def zoe(cast):
    draft = PatientDraft(record_number="Z-1", given_name="Zoë", email="zoe@example.org")
    return patient_commands.add(draft, by=cast.anna)


def send(zoe, by, *, opens=0, due=1, closes=2, codes=("phq9",)) -> int:
    times = [NOON + days * DAY for days in (opens, due, closes)]
    return check_in_commands.add(zoe, codes, *times, by=by)


def set_state(check_in_id, state, by, reason="") -> None:
    with unit_of_work(by) as unit:
        db.session.execute(
            update(CheckIn)
            .where(CheckIn.id == check_in_id)
            .values(state=state.value, finished_at=unit.now, reason=reason)
        )
        unit.audit("test.set")


def test_the_lists_show_who_is_asked_what_and_what_to_do(browse, cast, zoe):
    late = send(zoe, cast.anna, opens=-2, due=-1, codes=("phq9", "gad7"))
    browser = browse(ANNA)
    page = browser.open("/check-ins/")
    for words in (
        "Zoë, Z-1",
        "Sent by the clinic",
        "PHQ-9, GAD-7",
        "Withdraw",
        "Send a link again",
    ):
        assert words in page.text
    assert f"/patients/{zoe}/" in page.links
    assert f"/check-ins/{late}/withdraw" in page.links
    assert f"/patients/{zoe}/scores/answers/phq9?check-in={late}" in page.links
    assert "Nothing is due" in browser.open("/check-ins/?show=due").text
    assert "Zoë" in browser.open("/check-ins/?show=nonsense").text


def test_declined_ones_show_the_reason_and_done_ones_are_there(browse, cast, zoe):
    set_state(send(zoe, cast.anna), CheckInState.DECLINED, cast.anna, "Too tired that day")
    set_state(send(zoe, cast.anna), CheckInState.DONE, cast.anna)
    browser = browse(ANNA)
    assert "Too tired that day" in browser.open("/check-ins/?show=declined").text
    assert "Zoë" in browser.open("/check-ins/?show=done").text
    assert "Everybody answers" in browser.open("/check-ins/?show=never-answers").text


def test_who_never_answers_is_listed(browse, cast, zoe):
    with time_machine.travel(NOON - 9 * DAY, tick=False):
        for closes in (-6, -5, -4):
            send(zoe, cast.anna, opens=-9, due=-8, closes=closes)
    page = browse(ANNA).open("/check-ins/?show=never-answers")
    assert "Zoë, Z-1" in page.text
    assert f"/patients/{zoe}/check-ins" in page.links


def test_one_can_be_sent_with_the_days_offered(browse, cast, zoe):
    browser = browse(ANNA)
    page = browser.open(f"/patients/{zoe}/check-ins/new")
    days = {name: page.value(name) for name in ("opens_on", "due_on", "closes_on")}
    assert days["opens_on"] == f"{TODAY:%d/%m/%Y}"
    typed = days | {"instruments": ["phq9", "gad7"], "once": page.value("once")}
    browser.send(f"/patients/{zoe}/check-ins/new", typed, expect=303)
    assert "Check-in sent" in browser.follow().text
    browser.send(f"/patients/{zoe}/check-ins/new", typed, expect=303)
    [one] = check_in_commands.of_patient(zoe, by=cast.anna)
    assert one.opens_at == NOON
    assert one.due_at == datetime.combine(TODAY + DAY, time(20), ZONE)
    assert one.closes_at == datetime.combine(TODAY + 4 * DAY, time(), ZONE)


def test_everything_wrong_is_said_at_once_and_nothing_typed_is_lost(browse, zoe):
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/check-ins/new")
    page = browser.send(
        f"/patients/{zoe}/check-ins/new", {"due_on": "soon", "closes_on": "2020-01-01"}, expect=422
    )
    for words in (
        "Choose at least one questionnaire",
        "Give a day of the calendar",
        "Say from when",
    ):
        assert words in page.text
    assert page.value("due_on") == "soon"


def test_one_is_withdrawn_with_a_reason(browse, cast, zoe):
    mine = send(zoe, cast.anna)
    browser = browse(ANNA)
    browser.open(f"/check-ins/{mine}/withdraw")
    page = browser.send(f"/check-ins/{mine}/withdraw", {"reason": " "}, expect=422)
    assert "Give the reason" in page.text
    browser.send(f"/check-ins/{mine}/withdraw", {"reason": "Answers on paper"}, expect=303)
    assert "Answers on paper" in browser.follow().text
    assert check_in_commands.find(mine, by=cast.anna).state is CheckInState.WITHDRAWN


def test_a_link_is_sent_again_once_at_a_time(browse, cast, zoe):
    mine = send(zoe, cast.anna)
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/check-ins")
    browser.send(f"/check-ins/{mine}/send-again", {}, expect=303)
    assert "A new link goes out" in browser.follow().text
    browser.send(f"/check-ins/{mine}/send-again", {}, expect=303)
    assert "waiting to be sent already" in browser.follow().text
    [letter] = db.session.query(Letter).all()
    assert (letter.about, letter.address) == (f"check-in:{mine}", "zoe@example.org")


def test_no_link_is_sent_to_who_wants_none(browse, cast, zoe):
    mine = send(zoe, cast.anna)
    browser = browse(ANNA)
    page = browser.open(f"/patients/{zoe}/")
    assert "Send no more reminders" in page.text
    browser.send(f"/patients/{zoe}/mail", {"mail": "stop"}, expect=303)
    assert "None since" in browser.follow().text
    browser.send(f"/check-ins/{mine}/send-again", {}, expect=303)
    assert "Nothing can be sent" in browser.follow().text
    browser.send(f"/patients/{zoe}/mail", {"mail": "resume"}, expect=303)
    assert "Send no more reminders" in browser.follow().text
    for hour, shown in (("evening", "In the evening"), ("morning", "In the morning")):
        browser.send(f"/patients/{zoe}/mail", {"mail": hour}, expect=303)
        assert f"Reminders by e-mail {shown}" in browser.follow().text
    browser.open(f"/patients/{zoe}/edit")
    assert "Reminders by e-mail: In the morning" in browser.page.text


def test_no_link_is_sent_where_the_clinic_sends_none(browse, cast, zoe):
    mine = send(zoe, cast.anna)
    with unit_of_work(cast.anna) as unit:
        row = db.session.get_one(CheckIn, mine)
        settings = clinics.view(row.clinic_id).settings
        db.session.execute(
            update(clinics.Clinic)
            .where(clinics.Clinic.id == row.clinic_id)
            .values(settings=dict(settings) | {"reminders": False})
        )
        unit.audit("test.set")
    browser = browse(ANNA)
    browser.open(f"/patients/{zoe}/check-ins")
    browser.send(f"/check-ins/{mine}/send-again", {}, expect=303)
    assert "sends no e-mails about check-ins" in browser.follow().text


def test_the_patients_page_tells_what_is_asked_now_and_next(browse, cast, zoe):
    browser = browse(ANNA)
    assert "Nothing is asked at present" in browser.open(f"/patients/{zoe}/").text
    send(zoe, cast.anna, opens=-2, due=-1)
    send(zoe, cast.anna, opens=3, due=4, closes=5, codes=("gad7",))
    page = browser.open(f"/patients/{zoe}/")
    assert "Overdue Sent by the clinic: PHQ-9" in page.text
    assert "Scheduled Sent by the clinic: GAD-7" in page.text


def test_today_and_the_list_of_patients_tell_what_is_overdue(browse, cast, zoe):
    browser = browse(ANNA)
    assert "Check-ins :" not in browser.open("/today/").text
    send(zoe, cast.anna, opens=-2, due=-1)
    page = browser.open("/today/")
    assert "Check-ins : 1 overdue" in page.text
    assert "/check-ins/" in page.links
    assert "Zoë" in browser.open("/patients/?show=overdue").text
    assert "check-in overdue" in browser.open("/patients/?show=attention").text


def test_strangers_find_nothing_and_others_may_not(browse, cast, zoe):
    mine = send(zoe, cast.anna)
    paths = (f"/patients/{zoe}/check-ins", f"/check-ins/{mine}/withdraw")
    for path in paths:
        browse(CLEO).open(path, expect=404)
    browse(ADAM).open("/check-ins/", expect=403)
    browser = browse(CLEO)
    browser.open("/check-ins/")
    browser.send(f"/patients/{zoe}/mail", {"mail": "stop"}, expect=404)
    browser.send(f"/check-ins/{mine}/send-again", {}, expect=404)


def begun(zoe, check_in_id, *values):
    by = themself(db.session.get_one(CheckIn, check_in_id).clinic_id, zoe)
    answering.begin(check_in_id, by=by)
    given = {f"phq9_{n}": (value, clock.now()) for n, value in enumerate(values, start=1)}
    answering.save(check_in_id, "phq9", given, 5, by=by)


def test_staff_see_how_much_is_answered_and_the_answers_once_it_is_over(
    browse, cast, zoe, it_is_noon
):
    made = send(zoe, cast.anna)
    begun(zoe, made, *"111111110")
    browser = browse(ANNA)
    for path in ("/check-ins/?show=due", f"/patients/{zoe}/check-ins"):
        page = browser.open(path)
        assert "PHQ-9: 9 of 9 answered, not sent" in page.text
        assert f"/check-ins/{made}/" not in page.links
    assert "Several days" not in browser.open(f"/check-ins/{made}/").text
    part = send(zoe, cast.anna)
    begun(zoe, part, "1", "2")
    it_is_noon.shift(5 * DAY)
    page = browse(ANNA).open(f"/patients/{zoe}/check-ins")
    assert "Done" in page.text
    assert "9 of 9" not in page.text
    page = browse(ANNA).open("/check-ins/?show=unsent")
    assert "PHQ-9: 2 of 9 answered, not sent" in page.text
    assert f"/check-ins/{part}/" in page.links
    page = browse(ANNA).open(f"/check-ins/{part}/")
    for words in ("2 of 9 answered", "Several days", "More than half the days", "Not answered"):
        assert words in page.text


def test_a_second_form_of_a_scale_is_asked_about_and_sent_all_the_same(browse, cast, zoe):
    send(zoe, cast.anna)
    browser = browse(ANNA)
    page = browser.open(f"/patients/{zoe}/check-ins/new")
    typed = {
        "instruments": "phq9", "opens_on": str(TODAY), "due_on": str(TODAY + DAY),
        "closes_on": str(TODAY + 2 * DAY),
    }  # fmt: skip
    address = f"/patients/{zoe}/check-ins/new"
    page = browser.send(address, typed | {"once": page.value("once")}, expect=422)
    assert "PHQ-9 is asked for already, until 12 Jun 2026, 12:00" in page.text
    again = typed | {name: page.value(name) for name in ("once", "seen")}
    browser.send(address, again, expect=303)
