import io
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from tests.browsing import Browser
from tests.builders.check_ins import ask, fill
from tests.builders.clinics import settle
from tests.builders.courses import FIRST, account, plan_sessions, treat
from tests.people import ADAM, ANNA, BEN
from tracker.domain.check_ins.answers import DeclineReason
from tracker.domain.formatting import full_day
from tracker.domain.scores.draft import AssessmentDraft
from tracker.services import clock
from tracker.services.check_ins import answers as answering
from tracker.services.scores import commands as score_commands


@pytest.fixture
def treated(cast):
    return treat(cast.anna)


@pytest.fixture
def ben(cast, treated):
    return account(cast.console, treated)


def newcomer(cast, **course):
    """Give a patient an account whose course is still small."""
    treated = treat(cast.anna, record_number="N-1", **course)
    account(cast.console, treated)
    return treated


def plan(cast, treated, *days):
    """Store planned sessions so many days from now; give their days."""
    planned = [(clock.now() + timedelta(days=day)).date() for day in days]
    plan_sessions(cast.anna, treated, *planned)
    return planned


def test_the_page_begins_with_a_sentence_and_describes_its_picture(browse, ben):
    page = browse(BEN).open("/my/")
    assert page.text.index("That is 1 better than at the start") < page.text.index(
        "What this means"
    )
    assert "The same in numbers" in page.text


def test_a_scale_for_staff_alone_is_nowhere_on_the_patients_pages(browse, cast, treated, ben):
    for total, day in ((2, -1), (25, 7)):
        draft = AssessmentDraft(
            instrument="ymrs", total=Decimal(total), taken_at=FIRST + timedelta(days=day)
        )
        score_commands.record(treated.patient_id, draft, by=cast.anna)
    drawn = f"/patients/{treated.patient_id}/progress.svg"
    assert "YMRS" in browse(ANNA).client.get(drawn).text
    browser = browse(BEN)
    assert "YMRS" not in browser.open("/my/").text
    assert "Mania" not in browser.response.text
    assert "YMRS" not in browser.client.get("/my/progress.svg").text


PANEL = "If you might act on such thoughts, call now"
WORSE = "If you think of harming yourself, call now"


def test_an_answer_that_was_not_sent_shows_whom_to_call_until_a_later_form_is_well(
    browse, cast, treated, ben
):
    settle(cast.clinic_id, "US", phone="555 0100")
    browser = browse(BEN)
    page = browser.open("/my/")
    assert PANEL not in page.text
    check_in = ask(cast.anna, treated.patient_id)
    answering.begin(check_in, by=ben)
    answering.save(check_in, "phq9", {"phq9_9": ("1", clock.now())}, 3, by=ben)
    page = browser.open("/my/")
    assert page.text.index(PANEL) < page.text.index("You have begun")
    assert page.text.count("call now") == 1
    assert {"tel:988", "sms:988", "tel:911", "tel:5550100"} <= set(page.links)
    answering.decline(check_in, "", DeclineReason("not-now"), by=ben)
    assert PANEL in browser.open("/my/").text
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        well = ask(cast.anna, treated.patient_id)
        fill(ben, well)
        answering.finish(well, "phq9", by=ben)
        browser = browse(BEN)
        assert "call now" not in browser.open("/my/").text


def test_a_form_that_was_sent_shows_whom_to_call(browse, cast, treated, ben):
    check_in = ask(cast.anna, treated.patient_id)
    fill(ben, check_in, phq9_9="1")
    answering.finish(check_in, "phq9", by=ben)
    page = browse(BEN).open("/my/")
    assert PANEL in page.text
    assert "tel:911" in page.links


def test_somebody_who_is_worse_sees_whom_to_call_before_their_score(browse, cast, treated, ben):
    settle(cast.clinic_id, "GB", phone="555 0100")
    draft = AssessmentDraft(
        instrument="phq9", total=Decimal(27), taken_at=FIRST + timedelta(days=40)
    )
    score_commands.record(treated.patient_id, draft, by=cast.anna)
    page = browse(BEN).open("/my/")
    assert page.text.index(WORSE) < page.text.index("Your depression score")
    assert {"tel:116123", "tel:999", "tel:5550100"} <= set(page.links)


def test_whom_to_call_is_on_every_page_of_somebody_who_is_not_signed_in(app, cast, browse):
    for clinic_id in (cast.clinic_id, cast.elsewhere_id):
        settle(clinic_id, "US", phone="555 0100")
    stranger = Browser(app)
    said = "Clinic: 555 0100 In a crisis: 988 Emergency: 911"
    for path in ("/sign-in", "/password/forgotten", "/guide/", "/guide/for-patients"):
        assert said in stranger.open(path).text, path
    assert said in stranger.open("/links/nothing", expect=404).text
    assert "In a crisis: 988" not in browse(ANNA).open("/today/").text


def test_of_two_clinics_a_stranger_sees_only_what_both_have_alike(app, cast):
    settle(cast.clinic_id, "US", phone="555 0100")
    settle(cast.elsewhere_id, "US", phone="555 0200")
    text = Browser(app).open("/sign-in").text
    assert "In a crisis: 988 Emergency: 911" in text
    assert "555 0" not in text


def test_the_clinics_telephone_is_on_every_page_of_its_patient_and_on_nobody_elses(
    browse, cast, treated, ben
):
    settle(cast.clinic_id, "US", phone="555 0100")
    check_in = ask(cast.anna, treated.patient_id)
    browser = browse(BEN)
    session = f"/my/sessions/{treated.session_ids[0]}/"
    own = ("/my/", "/my/download", session, "/answers/", f"/answers/{check_in}/", "/account/")
    for path in (*own, "/guide/", "/guide/for-patients"):
        assert "Your clinic: 555 0100" in browser.open(path).text, path
    assert "Your clinic: 555 0100" in browser.open("/my/nowhere", expect=404).text
    assert "Your clinic:" not in browse(ANNA).open("/guide/").text
    settle(cast.clinic_id, "US")
    assert "Your clinic:" not in browse(BEN).open("/my/").text


def test_the_picture_has_words_in_its_place(browse, ben):
    browser = browse(BEN)
    browser.open("/my/")
    html = browser.response.text
    assert 'alt="Progress from ' in html
    assert "/my/progress.svg?shape=phone&amp;theme=dark" in html
    assert 'href="/my/progress.png"' in html


def test_the_sessions_so_far_come_with_the_notes_meant_for_the_patient(browse, treated, ben):
    browser = browse(BEN)
    page = browser.open("/my/")
    assert "Well done, session 1." in page.text
    for session_id in treated.session_ids:
        assert f"/my/sessions/{session_id}/" in page.links
        browser.open(f"/my/sessions/{session_id}/")


def test_the_next_session_is_named_by_its_day(browse, cast, treated, ben):
    soon, later = plan(cast, treated, 3, 10)
    page = browse(BEN).open("/my/")
    assert page.text.index(full_day(soon)) < page.text.index(full_day(later))


def test_before_the_first_session_the_page_says_when_it_is(browse, cast):
    treated = newcomer(cast, sessions=0, scores=0)
    (day,) = plan(cast, treated, 5)
    page = browse(BEN).open("/my/")
    assert "Your first session is on" in page.text
    assert "as soon as you have sent answers" in page.text
    assert "anything now" not in page.text  # a check-in may wait
    assert full_day(day) in page.text


@pytest.mark.parametrize(
    ("sessions", "scores", "words"),
    [
        (0, 0, "No sessions yet"),
        (1, 0, "1 session so far, and no questionnaire scores yet."),
        (1, 1, "Later scores will be compared with this one."),
        (0, 1, "You have had no session yet."),
        (60, 20, "Your depression score (PHQ-9)"),
    ],
)
def test_a_short_or_long_course_has_its_own_words(browse, cast, sessions, scores, words):
    newcomer(cast, sessions=sessions, scores=scores)
    browser = browse(BEN)
    assert words in browser.open("/my/").text
    assert browser.client.get("/my/progress.svg?shape=phone").status_code == 200


def test_a_session_shows_what_was_given_and_what_was_answered(browse, treated, ben):
    page = browse(BEN).open(f"/my/sessions/{treated.session_ids[0]}/")
    for words in ("35 mg", "0.5 mg for each kg", "IV infusion", "3 of 10", "Floating: mild"):
        assert words in page.text
    assert "2 Mar 2026, 10:00" in page.text  # the clinic's time
    assert "Pain before not recorded" in page.text


def test_a_session_that_has_begun_says_so(browse, cast, ben, treated):
    plan_sessions(cast.anna, treated, clock.now().date(), state="under-way")
    browser = browse(BEN)
    page = browser.open("/my/")
    begun = next(link for link in page.links if link.startswith("/my/sessions/"))
    assert "This session has begun." in browser.open(begun).text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("planned", "was planned for"),
        ("cancelled", "Nothing was given"),
        ("missed", "Nothing was given"),
    ],
)
def test_a_session_that_was_not_held_says_so(browse, cast, state, words):
    treated = newcomer(cast, sessions=1, scores=0, state=state, started_at=None)
    page = browse(BEN).open(f"/my/sessions/{treated.session_ids[0]}/")
    assert words in page.text
    assert "35 mg" not in page.text


def test_nothing_private_stands_on_any_page(browse, treated, ben):
    browser = browse(BEN)
    pages = ["/my/", "/my/download", *(f"/my/sessions/{i}/" for i in treated.session_ids)]
    for path in pages:
        browser.open(path)
        assert "Thistledown" not in browser.response.text
    assert "Thistledown" not in browser.client.get("/my/progress.svg").text


def test_somebody_elses_session_is_not_there(browse, cast, ben):
    stranger = treat(cast.anna, record_number="C-2")
    browser = browse(BEN)
    browser.open(f"/my/sessions/{stranger.session_ids[0]}/", expect=404)
    browser.open("/my/sessions/1/", expect=404)


@pytest.mark.parametrize("path", ["/my/", "/my/sessions/1/", "/my/download", "/my/download.zip"])
@pytest.mark.parametrize("email", [ANNA, ADAM])
def test_staff_have_no_such_pages(browse, treated, path, email):
    browse(email).open(path, expect=403)


@pytest.mark.parametrize("path", ["/my/", "/my/download", "/my/download.zip"])
def test_who_is_not_signed_in_is_asked_to(browse, path):
    browse.open(path, expect=302)
    assert "/sign-in" in browse.response.headers["Location"]


def test_the_copy_holds_everything_but_what_is_private(browse, cast, treated, ben):
    treat(cast.anna, record_number="C-2")
    browser = browse(BEN)
    answer = browser.client.get("/my/download.zip")
    assert answer.mimetype == "application/zip"
    assert "Ben" not in answer.headers["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    files = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    assert set(files) == {
        "README.txt", "my-record.html", "patients.csv", "series.csv", "sessions.csv",
        "scores.csv", "answers.csv",
        "readings.csv", "adverse-events.csv", "courses.csv", "health-lists.csv",
        "safety-checks.csv", "diary.csv",
        "declined-forms.csv", "eligibility.csv",
    }  # fmt: skip
    assert "Well done, session 1." in files["sessions.csv"]
    assert files["scores.csv"].count("phq9") == 2
    assert "Thistledown" not in "".join(files.values())
    assert "C-2" not in "".join(files.values())
    assert all(name in files["README.txt"] for name in set(files) - {"README.txt"})
    told = browser.open("/my/download").text
    assert all(name in told for name in files)


@pytest.mark.parametrize(
    ("days", "words"),
    [((-5,), "No session is recorded yet"), ((-5, 2), "Your next session is on")],
)
def test_who_may_have_come_is_not_told_of_a_first_session_to_come(browse, cast, days, words):
    plan(cast, newcomer(cast, sessions=0, scores=0), *days)
    page = browse(BEN).open("/my/")
    assert words in page.text
    assert "Your first session" not in page.text
