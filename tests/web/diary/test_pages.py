"""Patients write on their own pages; staff read there, by name."""

from datetime import timedelta

import pytest

from tests.builders import courses
from tests.builders.clinics import settle
from tests.builders.patients import an_entry
from tests.people import ADAM, ANNA, BEN, CLEO
from tests.stopping import stopped_at
from tracker.domain.diary.draft import DiaryDraft
from tracker.domain.diary.kinds import DiaryKind, EffectDegree
from tracker.services import clock, drafts
from tracker.services.alerts import commands as alert_commands
from tracker.services.diary import commands as diary_commands
from tracker.services.diary import queries as diary_queries

time = stopped_at(courses.FIRST + timedelta(days=4))  # a day after the second session
WORDS = "Thistledown and rain"
SEVERE = DiaryDraft(kind=DiaryKind.NOW, mood=0, effects={"headache": EffectDegree.SEVERE})


@pytest.fixture
def treated(cast):
    return courses.treat(cast.console)


@pytest.fixture
def ben(cast, treated):
    return courses.account(cast.console, treated)


@pytest.fixture
def feel(treated):
    return f"/diary/{treated.patient_id}/now"


def test_how_i_feel_now_is_sent_and_read(browse, ben, feel, treated, cast):
    patient = browse(BEN)
    assert feel in patient.open("/my/").links
    page = patient.open(feel)
    assert " checked" not in patient.response.text
    assert "Nobody reads this round the clock." in page.text
    patient.send(feel, {"mood": "1", "words": WORDS}, expect=303)
    page = patient.follow()
    assert "Sent. Thank you" in page.text
    assert "Mood 1 of 10" in page.text
    assert "Not read yet" in page.text
    anna = browse(ANNA)
    assert "New words from patients : 1 to read" in anna.open("/today/").text
    page = anna.open("/diary/words")
    assert WORDS in page.text
    [line] = diary_queries.unread_of(treated.patient_id, by=cast.anna)
    anna.send(f"/diary/entries/{line.id}/read", {}, expect=303)
    assert "Nothing new" in anna.follow().text
    page = anna.open("/diary/words?show=read")
    assert "Read by Anna Clinician" in page.text
    anna.send(f"/diary/entries/{line.id}/unread", {"back": "patient"}, expect=303)
    assert WORDS in anna.follow().text
    assert "Not read yet" in browse(BEN).open("/diary/").text


def test_nothing_given_is_told_and_nothing_typed_is_lost(browse, ben, feel):
    patient = browse(BEN)
    patient.open(feel)
    assert "One of them is enough" in patient.send(feel, {}, expect=422).text
    page = patient.send(feel, {"mood": "12", "words": WORDS}, expect=422)
    assert page.value("words") == WORDS
    assert "from 0 to 10" in page.text


def test_a_second_press_of_send_writes_once(browse, ben, feel, treated, cast):
    patient = browse(BEN)
    once = patient.open(feel).value("once")
    for _ in range(2):
        patient.send(feel, {"words": WORDS, "once": once}, expect=303)
    assert len(diary_queries.unread_of(treated.patient_id, by=cast.anna)) == 1


def test_what_is_typed_is_kept_and_comes_back(browse, ben, feel, treated):
    patient = browse(BEN)
    patient.open(feel)
    patient.send(f"/diary/drafts/feel-{treated.patient_id}", {"words": WORDS}, expect=204)
    page = patient.open(feel)
    assert "What you typed is back." in page.text
    assert page.value("words") == WORDS
    patient.send(feel, {"words": WORDS}, expect=303)
    assert drafts.find(f"feel-{treated.patient_id}", by=ben) is None


def test_what_is_not_to_be_sent_is_thrown_away(browse, ben, feel, treated):
    patient = browse(BEN)
    patient.open(feel)
    patient.send(f"/diary/drafts/feel-{treated.patient_id}", {"words": WORDS}, expect=204)
    discard = f"/diary/drafts/feel-{treated.patient_id}/discard"
    patient.open(feel)
    assert f'formaction="{discard}"' in patient.response.text
    patient.send(discard, {"words": WORDS}, expect=303)
    assert drafts.find(f"feel-{treated.patient_id}", by=ben) is None
    assert not diary_queries.own(by=ben)


def test_what_is_sent_after_the_idle_limit_comes_back(browse, ben, feel, treated, time):
    patient = browse(BEN)
    patient.open(feel)
    time.shift(timedelta(hours=2))
    patient.send(feel, {"words": WORDS})
    assert drafts.find(f"feel-{treated.patient_id}", by=ben).content["words"] == [WORDS]


def test_a_draft_of_somebody_else_is_not_there(browse, ben, cast):
    other = courses.treat(cast.console, record_number="B-2")
    patient = browse(BEN)
    patient.open("/my/")
    patient.send(f"/diary/drafts/feel-{other.patient_id}", {"words": "x"}, expect=404)
    patient.send(f"/diary/drafts/score-{other.patient_id}", {"words": "x"}, expect=404)


def test_the_day_after_is_offered_written_and_stands_on_the_session(browse, ben, treated):
    session_id = treated.session_ids[-1]
    path = f"/diary/sessions/{session_id}/day-after"
    patient = browse(BEN)
    assert path in patient.open("/my/").links
    assert path in patient.open(f"/my/sessions/{session_id}/").links
    page = patient.open(path)
    assert " checked" not in patient.response.text
    assert "What you leave open counts as not answered." in page.text
    given = {"effect_headache": "severe", "effect_nausea": "none", "sleep": "bad", "words": WORDS}
    patient.send(path, given, expect=303)
    assert "Headache (severe)" in patient.follow().text
    assert path not in patient.open("/my/").links
    patient.open(path, expect=303)
    anna = browse(ANNA)
    page = anna.open(f"/sessions/{session_id}/")
    assert "The day after" in page.text
    assert "Headache (severe)" in page.text
    assert "Sleep: bad" in page.text
    assert "Nausea" not in page.text.partition("The day after")[2].partition(WORDS)[0]


def test_the_day_after_of_an_older_session_is_not_asked(browse, ben, treated):
    patient = browse(BEN)
    patient.open(f"/diary/sessions/{treated.session_ids[0]}/day-after", expect=303)
    assert f"/my/sessions/{treated.session_ids[0]}/" in patient.response.location


def test_a_note_is_seen_at_the_checks_and_on_the_patients_page_until_read(
    browse, ben, treated, cast
):
    path = f"/diary/{treated.patient_id}/note"
    patient = browse(BEN)
    patient.open(path)
    assert "Write what you want to tell us." in patient.send(path, {"words": " "}, expect=422).text
    patient.send(path, {"words": WORDS}, expect=303)
    courses.plan_sessions(cast.console, treated, (courses.FIRST + timedelta(days=4)).date())
    anna = browse(ANNA)
    here = f"/patients/{treated.patient_id}/"
    page = anna.open(here)
    assert WORDS in page.text
    gate = next(link for link in page.links if link.endswith("/record")).replace("record", "gate")
    assert WORDS in anna.open(gate).text
    [line] = diary_queries.unread_of(treated.patient_id, by=cast.anna)
    session_id = gate.split("/")[2]
    anna.send(f"/diary/entries/{line.id}/read", {"back": f"gate-{session_id}"}, expect=303)
    assert gate in anna.response.location
    assert WORDS not in anna.follow().text
    assert WORDS not in anna.open(here).text
    assert WORDS in anna.open(f"{here}diary").text


def test_the_wish_to_talk_shows_whom_to_call_and_stands_on_today(browse, ben, cast, treated):
    settle(cast.clinic_id, "US", phone="+1 212 555 0100")
    patient = browse(BEN)
    page = patient.open("/diary/talk")
    assert "Call your clinic: +1 212 555 0100" in page.text
    assert "If you might harm yourself, call now" in page.text
    for _ in range(2):
        patient.send("/diary/talk", {}, expect=303)
    assert "Your clinic has not seen it yet." in patient.follow().text
    assert "You asked to talk to somebody." in patient.open("/my/").text
    anna = browse(ANNA)
    page = anna.open("/today/")
    assert "1 alert to look at" in page.text
    assert "Would like to talk to somebody" in page.text
    [alert] = alert_commands.open_alerts(by=cast.anna)
    page = anna.open(f"/alerts/{alert.alert_id}/")
    assert "The questionnaire is not finished" not in page.text
    anna.send(f"/alerts/{alert.alert_id}/", {"done": "Called back"}, expect=303)
    assert "Your clinic has seen that you want to talk." in patient.open("/my/").text


def test_a_wish_is_taken_back_while_nobody_has_seen_it(browse, ben, cast):
    patient = browse(BEN)
    patient.open("/diary/talk")
    patient.send("/diary/talk", {}, expect=303)
    wish = diary_queries.own_wish(by=ben)
    patient.send(f"/diary/entries/{wish.diary_id}/withdraw", {"back": "talk"}, expect=303)
    assert "Yes, please call me" in patient.follow().text
    assert "Nothing waits" in browse(ANNA).open("/alerts/").text
    assert "Taken back by the patient" in browse(ANNA).open("/diary/words").text


def test_words_taken_back_say_so_to_staff_and_too_late_is_told(browse, ben, treated, time):
    kept = diary_commands.write(
        treated.patient_id, DiaryDraft(kind=DiaryKind.NOW, words=WORDS), by=ben
    )
    patient = browse(BEN)
    patient.open("/diary/")
    patient.send(f"/diary/entries/{kept}/withdraw", {}, expect=303)
    assert WORDS not in patient.follow().text
    page = browse(ANNA).open(f"/patients/{treated.patient_id}/diary")
    assert "Withdrawn by the patient" in page.text
    assert WORDS in page.text


def test_severe_is_a_word_in_the_list_and_no_alert(browse, cast, treated):
    an_entry(cast.anna, treated.patient_id, SEVERE)
    page = browse(ANNA).open("/diary/words")
    assert "Severe" in page.text
    assert "Mood 0 of 10" in page.text
    assert alert_commands.open_alerts(by=cast.anna) == []


def test_who_may_not_read_does_not(browse, ben, cast, treated, feel):
    an_entry(cast.anna, treated.patient_id)
    assert "Nothing new" in browse(CLEO).open("/diary/words").text
    browse(CLEO).open(f"/patients/{treated.patient_id}/diary", expect=404)
    for path in ("/diary/words", f"/patients/{treated.patient_id}/diary", feel, "/diary/talk"):
        browse(ADAM).open(path, expect=403)
    browse(BEN).open("/diary/words", expect=403)


def test_no_word_is_in_a_title_or_an_address(browse, ben, feel):
    patient = browse(BEN)
    patient.open(feel)
    patient.send(feel, {"words": WORDS}, expect=303)
    assert "Thistledown" not in patient.response.location
    page = browse(ANNA)
    page.open("/diary/words")
    assert "Thistledown" not in page.response.text.partition("</title>")[0]


def test_what_waited_for_a_connection_is_of_when_it_was_told(
    browse, ben, feel, treated, cast, time
):
    told = clock.now()
    time.shift(timedelta(minutes=10))
    patient = browse(BEN)
    once = patient.open(feel).value("once")
    given = {"mood": "2", "words": WORDS, "once": once, "pressed_at": told.isoformat()}
    for _ in range(2):  # it may arrive twice
        patient.send(feel, given, expect=303)
    [line] = diary_queries.unread_of(treated.patient_id, by=cast.anna)
    assert (line.written_at, line.mood) == (told, 2)


@pytest.mark.parametrize("said", ["", "soon", "2026-01-01T10:00:00", "2999-01-01T10:00:00Z"])
def test_a_time_that_cannot_be_is_now(browse, ben, feel, treated, cast, said):
    patient = browse(BEN)
    patient.open(feel)
    patient.send(feel, {"words": WORDS, "pressed_at": said}, expect=303)
    [line] = diary_queries.unread_of(treated.patient_id, by=cast.anna)
    assert line.written_at == clock.now()


def test_the_day_after_that_was_told_in_time_is_taken_late(browse, ben, treated, cast, time):
    path = f"/diary/sessions/{treated.session_ids[-1]}/day-after"
    patient = browse(BEN)
    page = patient.open(path)
    told = clock.now()
    given = {"once": page.value("once"), "mood": "7", "pressed_at": told.isoformat()}
    time.shift(timedelta(days=4))  # no longer one of the three days after
    patient = browse(BEN)
    patient.open("/my/")
    patient.send(path, given, expect=303)
    [line] = diary_queries.unread_of(treated.patient_id, by=cast.anna)
    assert (line.written_at, line.mood) == (told, 7)


def test_a_script_is_told_in_our_own_words_that_words_were_taken(browse, ben, feel, treated, cast):
    """A redirect any network in between could send, and the words would leave the device."""
    patient = browse(BEN)
    page = patient.open(feel)
    sent = {"words": WORDS, "once": page.value("once"), "csrf_token": page.value("csrf_token")}
    for _ in range(2):  # the second arrives because the first answer was lost
        answer = patient.client.post(feel, data=sent, headers={"X-Requested-With": "fetch"})
        assert (answer.status_code, answer.json) == (200, {"taken": True})
    assert len(diary_queries.unread_of(treated.patient_id, by=cast.anna)) == 1
