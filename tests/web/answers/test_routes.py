"""Answering a check-in without a script, and what a script asks of the server."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.browsing import Browser
from tests.builders.check_ins import PHQ9, arrive, ask, link_to
from tests.builders.courses import account, treat
from tests.people import ANNA, BEN
from tracker.domain.codes import AlertKind
from tracker.models import db
from tracker.models.assessments import Assessment
from tracker.models.check_ins import CheckIn, Reply
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import commands as check_in_commands

CRISIS = "If you might act on these thoughts, call now"
PAGE = {f"answer-{code}": value for code, value in PHQ9.items()}


@pytest.fixture
def treated(cast):
    return treat(cast.anna)


@pytest.fixture
def ben(cast, treated, browse):
    account(cast.console, treated)
    return browse(BEN)


@pytest.fixture
def check_in(cast, treated):
    return ask(cast.anna, treated.patient_id)


def begun(browser, check_in):
    browser.open(f"/answers/{check_in}/")
    browser.send(f"/answers/{check_in}/begin", {}, expect=303)
    return arrive(browser)


def save(browser, check_in, **fields):
    usual = {"code": "phq9_1", "value": "2", "at": clock.now().isoformat(), "seconds": "3"}
    return browser.client.post(
        f"/answers/{check_in}/questions/phq9/save",
        data={"csrf_token": browser.page.value("csrf_token"), **usual, **fields},
        headers={"X-Requested-With": "fetch"},
    )


def scores_of(check_in):
    return list(db.session.scalars(select(Assessment).where(Assessment.check_in_id == check_in)))


def test_the_first_page_says_what_how_long_and_who_watches(ben, check_in):
    page = ben.open(f"/answers/{check_in}/")
    assert "9 questions, about 2 minutes" in page.text
    assert "Answers are not watched around the clock" in page.text
    assert "tel:988" in page.links
    assert "tel:911" in page.links


def test_every_question_is_a_group_with_its_text_and_every_answer_a_label(ben, check_in):
    begun(ben, check_in)
    html = ben.response.text
    assert html.count("<fieldset") == 10
    assert html.count("<legend>") == 10
    assert html.count('type="radio"') == 40
    assert (
        html.count("data-crisis-panel hidden") == 1
    )  # the crisis panel, hidden until it is needed
    assert "Question 9 of 9" in ben.page.text
    assert "One more, if you like" in ben.page.text


def test_a_page_sent_without_a_script_is_reviewed_and_then_sent(ben, check_in):
    begun(ben, check_in)
    ben.send(f"/answers/{check_in}/questions/phq9/", PAGE, expect=303)
    page = arrive(ben)
    assert page.text.count("Several days") == 8
    assert "Not at all" in page.text
    assert CRISIS not in page.text
    assert f"/answers/{check_in}/questions/phq9/#q-phq9_3" in page.links
    ben.send(f"/answers/{check_in}/questions/phq9/send", {}, expect=303)
    page = arrive(ben)
    assert "Thank you" in page.text
    assert "/my/" in page.links
    assert [row.total for row in scores_of(check_in)] == [8]


def test_help_comes_before_anything_else_also_without_a_script(cast, ben, check_in):
    begun(ben, check_in)
    ben.send(f"/answers/{check_in}/questions/phq9/", PAGE | {"answer-phq9_9": "1"}, expect=303)
    [alert] = alert_commands.open_alerts(by=cast.anna)
    page = arrive(ben)
    assert page.text.index(CRISIS) < page.text.index("Patient Health Questionnaire-9")
    for path in ("", "questions/phq9/", "questions/phq9/decline", "decline"):
        page = ben.open(f"/answers/{check_in}/{path}")
        assert page.text.index(CRISIS) < page.text.index("Answers are not watched")
        assert {"tel:988", "sms:988", "tel:911"} <= set(page.links)
    ben.open(f"/answers/{check_in}/questions/phq9/review")
    ben.send(f"/answers/{check_in}/questions/phq9/send", {}, expect=303)
    page = arrive(ben)
    assert page.text.index(CRISIS) < page.text.index("Thank you")
    assert "the clinic’s team will see this answer when they next look" in page.text
    assert alert.patient_id == scores_of(check_in)[0].patient_id


def test_the_clinics_own_numbers_are_offered(cast, ben, check_in):
    from tracker.models.clinics import Clinic

    db.session.get_one(Clinic, cast.clinic_id).settings = {
        "crisis_line": "0800 111 0 111", "emergency_number": "112", "phone": "+49 30 5550",
        "crisis_line_name": "TelefonSeelsorge",
    }  # fmt: skip
    db.session.commit()
    begun(ben, check_in)
    html = ben.response.text
    assert {"tel:08001110111", "sms:08001110111", "tel:112", "tel:+49305550"} <= set(ben.page.links)
    assert "TelefonSeelsorge" in html
    assert not {"tel:988", "sms:988"} & set(ben.page.links)
    assert "988" not in ben.page.text


def test_left_out_questions_are_asked_about_once(ben, check_in):
    begun(ben, check_in)
    some = {name: value for name, value in PAGE.items() if name not in {"answer-phq9_2"}}
    ben.send(f"/answers/{check_in}/questions/phq9/", some, expect=303)
    page = arrive(ben)
    assert "1 question is not answered. Answer it, or leave it out." in page.text
    page = ben.send(f"/answers/{check_in}/questions/phq9/send", {}, expect=422)
    assert page.value("leave_out") == "yes"
    ben.send(f"/answers/{check_in}/questions/phq9/send", {"leave_out": "yes"}, expect=303)
    assert len(scores_of(check_in)) == 1


def test_nothing_at_all_cannot_be_sent(ben, check_in):
    begun(ben, check_in)
    ben.open(f"/answers/{check_in}/questions/phq9/review")
    page = ben.send(f"/answers/{check_in}/questions/phq9/send", {"leave_out": "yes"}, expect=422)
    assert "Nothing is answered yet" in page.text


def test_a_script_saves_an_answer_and_is_told_of_a_crisis(ben, check_in):
    begun(ben, check_in)
    ben.open(f"/answers/{check_in}/questions/phq9/")
    assert save(ben, check_in).json == {"answered": 1, "crisis": False}
    assert save(ben, check_in, code="phq9_9", value="1").json == {"answered": 2, "crisis": True}
    ben.open(f"/answers/{check_in}/questions/phq9/")
    assert 'value="2" checked' in ben.response.text


@pytest.mark.parametrize(
    "wrong",
    [{"value": "9"}, {"value": "x" * 41}, {"code": "nope"}, {"at": "yesterday"},
     {"at": "2026-03-03T10:00:00"}, {"seconds": "NaN"}, {"seconds": "long"}, {"at": ""}],
)  # fmt: skip
def test_what_a_script_cannot_mean_is_refused_in_words(ben, check_in, wrong):
    begun(ben, check_in)
    ben.open(f"/answers/{check_in}/questions/phq9/")
    answer = save(ben, check_in, **wrong)
    assert answer.status_code == 422
    assert answer.json["problems"]
    assert db.session.scalars(select(Reply.answers)).one() == {}


@pytest.mark.parametrize("wrong", ["9", "nonsense", "NaN", "inf", "-1", "1e309", "x" * 99])
def test_a_page_that_cannot_be_is_refused_in_words_and_keeps_the_other_answers(
    ben, check_in, wrong
):
    begun(ben, check_in)
    path = f"/answers/{check_in}/questions/phq9/"
    ben.open(path)
    page = ben.send(path, {"answer-phq9_1": wrong, "answer-phq9_2": "3"}, expect=422)
    assert "answer" in page.text
    assert 'role="alert"' in ben.response.text
    stored = db.session.scalars(select(Reply.answers)).one()
    assert {code: one["value"] for code, one in stored.items()} == {"phq9_2": "3"}


def test_a_script_whose_person_was_signed_out_gets_a_plain_401(ben, check_in):
    begun(ben, check_in)
    ben.open(f"/answers/{check_in}/questions/phq9/")
    ben.client.post("/sign-out", data={"csrf_token": ben.page.value("csrf_token")})
    stranger = Browser(ben.app)
    stranger.open("/sign-in")
    assert save(stranger, check_in).status_code == 401


def test_two_parts_follow_one_another(cast, treated, ben):
    made = ask(cast.anna, treated.patient_id, "phq9", "pain-nrs")
    begun(ben, made)
    page = ben.open(f"/answers/{made}/questions/phq9/")
    assert "Part 1 of 2" in page.text
    ben.send(f"/answers/{made}/questions/phq9/", PAGE | {"answer-phq9_9": "2"}, expect=303)
    arrive(ben)
    ben.send(f"/answers/{made}/questions/phq9/send", {}, expect=303)
    page = arrive(ben)
    assert page.text.index(CRISIS) < page.text.index("Part 2 of 2")
    assert "0: No pain" in page.text
    ben.send(f"/answers/{made}/questions/pain-nrs/", {"answer-pain": "4"}, expect=303)
    arrive(ben)
    ben.send(f"/answers/{made}/questions/pain-nrs/send", {}, expect=303)
    page = arrive(ben)
    assert page.text.index(CRISIS) < page.text.index("Thank you")
    assert len(scores_of(made)) == 2


def test_declining_takes_a_reason_from_the_list_and_words(ben, check_in):
    ben.open(f"/answers/{check_in}/decline")
    page = ben.send(f"/answers/{check_in}/decline", {}, expect=422)
    assert "Choose a reason" in page.text
    reason = {"listed": "too-many", "words": "Every day!"}
    ben.send(f"/answers/{check_in}/decline", reason, expect=303)
    assert "You chose not to answer" in arrive(ben).text
    row = db.session.get_one(CheckIn, check_in)
    assert (row.state, row.reason) == ("declined", "I get too many of these. Every day!")


def test_one_part_is_declined_and_the_other_goes_on(cast, treated, ben):
    made = ask(cast.anna, treated.patient_id, "phq9", "gad7")
    begun(ben, made)
    ben.open(f"/answers/{made}/questions/phq9/decline")
    ben.send(f"/answers/{made}/questions/phq9/decline", {"listed": "not-now"}, expect=303)
    assert ben.response.headers["Location"] == f"/answers/{made}/onwards"
    assert "Over the last" in arrive(ben).text
    assert f"/answers/{made}/questions/gad7/decline" in ben.page.links


TALK = "Would rather talk to somebody than answer the PHQ-9"


def told(by):
    return [(alert.kind, alert.sentence) for alert in alert_commands.open_alerts(by=by)]


@pytest.mark.parametrize("words", ["", "After six, please"])
@pytest.mark.parametrize("door", ["decline", "questions/phq9/decline"])
def test_who_would_rather_talk_says_so_on_the_form_and_is_called(cast, treated, ben, door, words):
    made = ask(cast.anna, treated.patient_id, "phq9", "gad7")
    assert "I would rather talk to somebody" in ben.open(f"/answers/{made}/{door}").text
    ben.send(f"/answers/{made}/{door}", {"listed": "in-person", "words": words}, expect=303)
    [(kind, sentence)] = told(cast.anna)
    assert kind is AlertKind.TALK
    assert sentence.startswith(f"{TALK} on ")
    said = ". ".join(filter(None, ("I would rather talk to somebody", words)))
    kept = db.session.scalars(select(Reply.reason).where(Reply.instrument == "phq9"))
    assert list(kept) == [said]


@pytest.mark.parametrize("code", ["not-now", "too-hard", "too-many", "other"])
def test_another_reason_on_the_form_calls_nobody(cast, ben, check_in, code):
    ben.open(f"/answers/{check_in}/decline")
    ben.send(f"/answers/{check_in}/decline", {"listed": code}, expect=303)
    assert told(cast.anna) == []


def test_what_comes_too_late_is_refused_and_can_still_be_read(cast, ben, check_in, monkeypatch):
    begun(ben, check_in)
    ben.open(f"/answers/{check_in}/questions/phq9/")
    check_in_commands.withdraw(check_in, "Planned by mistake", by=cast.anna)
    assert save(ben, check_in).status_code == 409
    page = ben.send(f"/answers/{check_in}/questions/phq9/", {"answer-phq9_1": "3"}, expect=409)
    assert "Your clinic took it back" in page.text
    assert "Little interest or pleasure" in page.text
    assert "Nearly every day" in page.text
    assert "This was not sent" in page.text
    assert CRISIS not in page.text


def test_the_crisis_line_comes_first_also_where_it_comes_too_late(cast, ben, check_in):
    begun(ben, check_in)
    ben.open(f"/answers/{check_in}/questions/phq9/")
    check_in_commands.withdraw(check_in, "Planned by mistake", by=cast.anna)
    page = ben.send(f"/answers/{check_in}/questions/phq9/", {"answer-phq9_9": "1"}, expect=409)
    assert page.text.index(CRISIS) < page.text.index("Your clinic took it back")
    assert "Your clinic will see the answer that calls for help" in page.text
    assert len(alert_commands.open_alerts(by=cast.anna)) == 1


def test_nobody_is_thanked_for_what_was_never_sent(cast, treated, ben):
    made = ask(cast.anna, treated.patient_id, "phq9", "gad7")
    begun(ben, made)
    ben.open(f"/answers/{made}/questions/phq9/")
    ben.send(f"/answers/{made}/questions/phq9/", PAGE, expect=303)
    arrive(ben)
    ben.send(f"/answers/{made}/questions/phq9/send", {}, expect=303)
    arrive(ben)
    ben.send(f"/answers/{made}/questions/gad7/", {"answer-gad7_1": "3"}, expect=303)
    check_in_commands.withdraw(made, "Planned by mistake", by=cast.anna)
    for path in ("", "sent", "onwards", "decline"):
        assert ben.client.get(f"/answers/{made}/{path}").status_code in {303, 409}
    page = ben.open(f"/answers/{made}/sent", expect=409)
    assert "Thank you" not in page.text
    assert "Nearly every day" in page.text  # what was not sent can be read
    assert "Little interest" not in page.text  # and what was sent is not told otherwise


def test_one_that_is_not_open_yet_says_when(cast, treated, ben):
    made = ask(cast.anna, treated.patient_id, opened=timedelta(days=-2))
    assert "Not open yet" in ben.open(f"/answers/{made}/", expect=409).text
    ben.send(f"/answers/{made}/begin", {}, expect=409)


def test_a_second_press_of_send_leads_to_the_thanks(ben, check_in):
    begun(ben, check_in)
    ben.send(f"/answers/{check_in}/questions/phq9/", PAGE, expect=303)
    arrive(ben)
    for _ in range(2):
        ben.send(f"/answers/{check_in}/questions/phq9/send", {}, expect=303)
    arrive(ben)
    assert len(scores_of(check_in)) == 1
    ben.open(f"/answers/{check_in}/", expect=302)
    ben.open(f"/answers/{check_in}/questions/phq9/", expect=303)


def test_answers_are_shown_to_nobody_once_they_are_sent(cast, check_in, app):
    token = link_to(cast.anna, check_in)
    browser = Browser(app)
    browser.open(f"/links/{token}")
    browser.send(f"/links/{token}", {}, expect=303)
    arrive(browser)
    browser.send(f"/answers/{check_in}/questions/phq9/", PAGE, expect=303)
    arrive(browser)
    browser.send(f"/answers/{check_in}/questions/phq9/send", {}, expect=303)
    page = arrive(browser)
    assert "Thank you" in page.text
    assert "/my/" not in page.links
    for path in ("", "questions/phq9/", "questions/phq9/review"):
        browser.open(f"/answers/{check_in}/{path}", expect=302 if path == "" else 303)
        assert "Several days" not in browser.response.text


def test_what_waits_stands_on_top_of_the_patients_own_page(cast, treated, ben, check_in):
    for path in ("/my/", "/answers/"):
        page = ben.open(path)
        assert "A check-in is waiting" in page.text
        assert f"/answers/{check_in}/" in page.links
    check_in_commands.withdraw(check_in, "A mistake", by=cast.anna)
    assert "A check-in is waiting" not in ben.open("/my/").text


def test_what_was_answered_and_not_sent_says_so_where_it_waits(ben, check_in):
    begun(ben, check_in)
    save(ben, check_in, item="phq9_1", value="1")
    for path in ("/my/", "/answers/"):
        assert "You have begun PHQ-9. 1 of 9 answered. Answer by" in ben.open(path).text
    ben.open(f"/answers/{check_in}/questions/phq9/")
    ben.send(f"/answers/{check_in}/questions/phq9/", PAGE, expect=303)
    for path in ("/my/", "/answers/"):
        page = ben.open(path)
        assert "Not sent yet PHQ-9. 9 of 9 answered. Send by" in page.text
        assert f"/answers/{check_in}/questions/phq9/review" in page.links
    ben.open(f"/answers/{check_in}/questions/phq9/review")
    ben.send(f"/answers/{check_in}/questions/phq9/send", {}, expect=303)
    assert "Not sent yet" not in ben.open("/my/").text


def test_the_list_sorts_what_waits_what_comes_and_what_was(cast, treated, ben, check_in):
    ask(cast.anna, treated.patient_id, "gad7", opened=timedelta(days=-3))
    ask(cast.anna, treated.patient_id, "peg", opened=timedelta(days=9))
    text = ben.open("/answers/").text
    assert text.index("PHQ-9") < text.index("Still to come") < text.index("GAD-7")
    assert text.index("So far") < text.index("PEG") < text.index("Not sent")


def test_staff_and_strangers_answer_nothing(browse, app, check_in):
    anna = browse(ANNA)
    anna.open(f"/answers/{check_in}/", expect=403)
    Browser(app).open(f"/answers/{check_in}/", expect=302)


def test_answers_given_to_the_same_questions_elsewhere_serve_here_too(ben, cast, treated, check_in):
    second = ask(cast.anna, treated.patient_id)
    assert "Use those answers here, too" not in ben.open(f"/answers/{second}/").text
    begun(ben, check_in)
    ben.send(f"/answers/{check_in}/questions/phq9/", PAGE, expect=303)
    ben.send(f"/answers/{check_in}/questions/phq9/send", {}, expect=303)
    assert "You answered the same questions on" in ben.open(f"/answers/{second}/").text
    ben.send(f"/answers/{second}/questions/phq9/use-earlier", {}, expect=303)
    assert "Thank you" in arrive(ben).text
    assert len(scores_of(check_in)) == 1
    assert scores_of(second) == []


def test_help_comes_first_also_where_answers_serve_again(ben, cast, treated, check_in):
    second = ask(cast.anna, treated.patient_id)
    begun(ben, check_in)
    ben.send(f"/answers/{check_in}/questions/phq9/", PAGE | {"answer-phq9_9": "1"}, expect=303)
    ben.send(f"/answers/{check_in}/questions/phq9/send", {}, expect=303)
    ben.send(f"/answers/{second}/questions/phq9/use-earlier", {}, expect=303)
    page = arrive(ben)
    assert "If you might act on these thoughts, call now" in page.text
    assert page.text.index("call now") < page.text.index("Thank you")
