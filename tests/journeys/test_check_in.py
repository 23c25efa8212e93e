"""A patient answers on a phone: few taps, a lost connection, help at once, and staff who see it."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.conftest import PHONE, Served, sign_in
from tests.journeys.steps.answering import Database, Thumb, begin, faults_of, question, waiting_keys
from tests.journeys.steps.chair import BARRED, clear_site, stores

CRISIS = "If you might act on these thoughts, call now"
WAITS = "Not sent yet: will be sent when you are connected again"
TAPS_AT_MOST = 12


@pytest.fixture(scope="module")
def database(served: Served) -> Database:
    """The served clinic's database."""
    return Database(served)


@pytest.fixture
def phone(browser: Browser, served: Served):
    """A phone with a touch screen."""
    context = browser.new_context(
        base_url=served.url, viewport=PHONE, has_touch=True, is_mobile=True
    )
    yield context
    context.close()


@pytest.fixture
def page_of_phone(phone: BrowserContext) -> Page:
    """Its browser, in which nobody is signed in."""
    return phone.new_page()


@pytest.fixture
def page_of_patient(page_of_phone: Page, enter) -> Page:
    """Its browser, with the patient signed in."""
    enter(page_of_phone, "patient")
    return page_of_phone


def test_phq9_takes_twelve_taps_at_most_and_a_lost_connection_loses_nothing(
    page_of_patient: Page, phone: BrowserContext, browser: Browser, served, database, enter
) -> None:
    page = page_of_patient
    made, _ = database.check_in("phq9")
    clinician = browser.new_context(base_url=served.url).new_page()
    enter(clinician, "clinician")
    thumb = begin(page, made)
    for number in range(2, 5):
        with page.expect_response("**/save"):  # "Saved." may still be said of the answer before
            thumb.choose("Several days")
        question(page, number)
    expect(page.get_by_text("Saved.")).to_be_visible()

    phone.set_offline(True)
    for number in range(5, 7):
        thumb.choose("More than half the days")
        question(page, number)
    expect(page.get_by_role("status")).to_contain_text(WAITS)
    waiting = waiting_keys(page)
    assert len(waiting) == 2
    assert not any(word in row for row in waiting for word in ("phq9", "code", "value"))
    assert stores(page)["answers.keys"][0].count("extractable: false") == 1
    assert page.evaluate("Object.keys(localStorage).filter(key => /answer/.test(key))") == []
    phone.set_offline(False)
    page.reload()
    expect(page.get_by_role("group", name=re.compile("^Question 6 of 9"))).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert waiting_keys(page) == []

    for number in range(7, 10):
        thumb.choose("Not at all")
        question(page, number)
    with page.expect_response("**/save"):
        thumb.choose("Several days")  # question 9
        expect(page.get_by_role("alert", name=CRISIS)).to_be_focused()
    clinician.goto("/today/")
    alert = f"a[href='/alerts/{database.alert(made)}/']"
    item = clinician.locator("li", has=clinician.locator(alert))
    expect(item).to_contain_text("PHQ-9 question 9 answered 'Several days' (1 of 3)")
    assert faults_of(page) == []

    thumb.press("Go on with the questions")
    expect(page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    expect(page.get_by_text("One more, if you like")).to_be_visible()
    assert faults_of(page) == []
    thumb.press("Send")
    page.wait_for_url("**/sent")
    assert thumb.taps <= TAPS_AT_MOST
    text = page.get_by_role("main").inner_text()
    assert text.strip().startswith(CRISIS)
    assert text.index(CRISIS) < text.index("Thank you")
    assert faults_of(page) == []
    [score] = database.scores(made)
    assert (score.total, score.mode, len(score.answers)) == (8, "self", 9)
    assert score.seconds_taken > 0
    acknowledge(clinician, alert)
    clinician.context.close()
    tells_it_all(database, made)


def acknowledge(clinician: Page, alert: str) -> None:
    """Acknowledge the alert by name, with what was done; only then does it leave Today."""
    clinician.goto("/today/")
    clinician.locator(alert).click()
    clinician.locator("textarea[name=done]").fill("Called him: safe, sister is with him.")
    clinician.get_by_role("button", name=re.compile("^Acknowledge")).click()
    expect(clinician.get_by_role("main")).to_contain_text("safe, sister is with him")
    clinician.goto("/today/")
    expect(clinician.locator(alert)).to_have_count(0)


def tells_it_all(database: Database, made: int) -> None:
    """The trail names every deed and who did it, and repeats no answer."""
    trail = database.trail(made)
    deeds = [deed for deed, *_ in trail]
    for deed in ("check-in.begun", "reply.saved", "alert.raised", "score.recorded", "reply.sent",
                 "check-in.done", "alert.acknowledged"):  # fmt: skip
        assert deed in deeds, deed
    assert deeds.count("reply.saved") >= 9  # one under way at the reload may arrive twice
    assert deeds.index("alert.raised") < deeds.index("reply.sent")
    who = {deed: name for deed, name, _ in trail}
    assert who["alert.acknowledged"] != who["reply.sent"]
    assert not any("days" in detail or "safe" in detail for *_, detail in trail)


def test_answering_with_the_functioning_question_takes_twelve_taps(
    page_of_patient: Page, database: Database
) -> None:
    made, _ = database.check_in("phq9")
    thumb = begin(page_of_patient, made)
    for number in range(2, 10):
        thumb.choose("Not at all")
        question(page_of_patient, number)
    thumb.choose("Not at all")
    thumb.choose("Somewhat difficult")
    thumb.press("Send")
    page_of_patient.wait_for_url("**/sent")
    assert thumb.taps == TAPS_AT_MOST
    [score] = database.scores(made)
    assert (score.total, len(score.answers)) == (0, 10)


def test_a_mailed_link_leads_to_the_questions_and_help_stands_before_the_thanks(
    page_of_phone: Page, database: Database
) -> None:
    made, token = database.check_in("phq9")
    page, thumb = page_of_phone, Thumb(page_of_phone)
    page.goto(f"/links/{token}")
    assert faults_of(page) == []
    assert "PHQ" not in page.content()
    thumb.press("Begin")
    for number in range(1, 9):
        expect(page.get_by_role("group", name=f"Question {number} of 9")).to_be_visible()
        assert token not in page.url
        thumb.choose("Not at all")
    thumb.choose("Nearly every day")
    thumb.press("Go on with the questions")
    thumb.press("Send")
    page.wait_for_url("**/sent")
    assert thumb.taps <= TAPS_AT_MOST
    assert page.get_by_role("main").inner_text().strip().startswith(CRISIS)
    assert database.state(made) == "done"
    page.goto(f"/links/{token}")
    expect(page.get_by_role("heading", level=1)).to_have_text("This link opens nothing any more")
    assert ("link.followed", "holder of a link", "") in database.trail(made)


def test_a_screen_reader_finds_groups_names_and_order(
    page_of_patient: Page, database: Database
) -> None:
    made, _ = database.check_in("phq9")
    begin(page_of_patient, made)
    tree = page_of_patient.locator("main").aria_snapshot()
    group = re.search(
        r'group "Question 1 of 9 ?: Little interest or pleasure in doing things"', tree
    )
    assert group, tree
    expected = (
        'heading "Patient Health Questionnaire-9"', "Answers are not watched around the clock",
        'link "988"', 'progressbar "Questions answered"', 'group "Question 1 of 9',
        'radio "Not at all"', 'radio "Several days"', 'radio "More than half the days"',
        'radio "Nearly every day"', 'button "Leave out"', 'link "I would rather not answer these"',
    )  # fmt: skip
    places = [tree.index(part) for part in expected]
    assert places == sorted(places)
    described = page_of_patient.locator("fieldset:visible").first
    expect(described).to_have_accessible_description(re.compile("^Over the last 2 weeks"))
    assert faults_of(page_of_patient) == []


def test_the_keyboard_alone_is_enough(
    page: Page, noise: list[str], database: Database, enter
) -> None:
    made, _ = database.check_in("phq9")
    enter(page, "patient")
    page.goto(f"/answers/{made}/")
    page.get_by_role("button", name="Begin").press("Enter")
    expect(page.locator("form.answers-live")).to_be_visible()
    page.get_by_role("radio", name="Not at all").focus()
    for number in range(2, 10):
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")  # moving along the answers goes nowhere by itself
        expect(page.get_by_role("radio", name="Several days")).to_be_checked()
        page.keyboard.press("Enter")
        question(page, number)
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("alert", name=CRISIS)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert", name=CRISIS)).to_be_focused()
    for _ in range(5):  # call, text, emergency, the clinic, and on
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Go on with the questions")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Send").press("Enter")
    page.wait_for_url("**/sent")
    assert [score.total for score in database.scores(made)] == [9]


def test_a_sign_in_that_ended_keeps_the_answers_for_the_next_one(
    page_of_patient: Page, phone: BrowserContext, database: Database
) -> None:
    made, _ = database.check_in("phq9")
    page, thumb = page_of_patient, begin(page_of_patient, made)
    phone.clear_cookies()
    thumb.choose("Several days")
    expect(page.get_by_role("status")).to_contain_text("you are signed out")
    thumb.choose("Nearly every day")
    page.get_by_role("link", name="Sign in again").tap()
    page.wait_for_url("**/sign-in?next=**")
    sign_in(page, "patient")
    page.goto(f"/answers/{made}/")
    page.get_by_role("button", name=re.compile("Begin|Go on")).tap()
    expect(page.get_by_role("group", name=re.compile("^Question 3 of 9"))).to_be_visible()
    # They went out from here or, where that was quicker, from the page one came to.
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^(Saved\.)?$"))
    for _ in range(50):
        if waiting_keys(page):
            page.wait_for_timeout(100)
    assert waiting_keys(page) == []


def test_sending_waits_for_the_connection_and_happens_once(
    page_of_patient: Page, phone: BrowserContext, database: Database
) -> None:
    made, _ = database.check_in("pain-nrs")
    page_of_patient.goto(f"/answers/{made}/")
    page_of_patient.get_by_role("button", name="Begin").tap()
    expect(page_of_patient.locator("form.answers-live")).to_be_visible()
    phone.set_offline(True)
    page_of_patient.get_by_role("radio", name="4").tap()
    page_of_patient.get_by_role("button", name="Send").tap()
    expect(page_of_patient.get_by_role("status")).to_contain_text(WAITS)
    assert database.scores(made) == []
    phone.set_offline(False)
    page_of_patient.wait_for_url("**/sent")
    assert [score.total for score in database.scores(made)] == [4]
    assert waiting_keys(page_of_patient) == []


def test_all_questions_on_one_page_are_a_choice_that_is_kept(
    page_of_patient: Page, database: Database
) -> None:
    made, _ = database.check_in("phq9", "gad7")
    begin(page_of_patient, made)
    page_of_patient.get_by_role("button", name="Show all questions on one page").tap()
    expect(page_of_patient.locator("fieldset:visible")).to_have_count(10)
    page_of_patient.reload()
    expect(page_of_patient.locator("fieldset:visible")).to_have_count(10)
    assert faults_of(page_of_patient) == []
    expect(page_of_patient.get_by_text("9 questions are not answered")).to_be_visible()
    assert faults_of(page_of_patient) == []


def test_without_a_script_the_page_asks_helps_and_sends(
    browser: Browser, served, database: Database
) -> None:
    context = browser.new_context(base_url=served.url, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    made, token = database.check_in("phq9")
    page.goto(f"/links/{token}")
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("fieldset:visible")).to_have_count(10)
    panel = page.get_by_role("alert", name=CRISIS)
    expect(panel).to_be_hidden()
    page.locator("#q-phq9_9").get_by_role("radio", name="Several days").click()
    expect(panel).to_be_visible()
    page.get_by_role("button", name="Check your answers").click()
    expect(panel).to_be_visible()
    page.get_by_role("button", name="Leave out and send").click()
    assert page.get_by_role("main").inner_text().strip().startswith(CRISIS)
    assert database.state(made) == "done"
    context.close()


def test_an_answer_given_before_the_script_arrived_is_saved_too(
    page_of_patient: Page, database: Database
) -> None:
    made, _ = database.check_in("phq9")
    page, held = page_of_patient, []
    page.route("**/static/*/answers/questions.js", lambda route: held.append(route))  # noqa: PLW0108
    page.goto(f"/answers/{made}/")
    page.get_by_role("button", name="Begin").tap()
    page.locator("#q-phq9_1").get_by_role("radio", name="Several days").tap()
    with page.expect_response("**/save"):
        held.pop().continue_()
    expect(page.get_by_role("group", name=re.compile("^Question 2 of 9"))).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Saved.")


def test_what_waits_in_the_browser_goes_with_whoever_signs_out(
    page_of_patient: Page, database: Database
) -> None:
    made, _ = database.check_in("phq9")
    page, thumb = page_of_patient, begin(page_of_patient, made)
    page.route("**/save", lambda route: route.abort())
    thumb.choose("Several days")
    expect(page.get_by_role("status")).to_contain_text(WAITS)
    assert len(waiting_keys(page)) == 1
    page.goto("/my/")
    assert len(waiting_keys(page)) == 1
    # The page does it, not only the header of the server's answer.
    page.route("**/sign-out", lambda route: route.fulfill(status=204))
    page.get_by_role("button", name="Menu").tap()
    page.locator("summary", has_text="Account of").tap()
    page.get_by_role("button", name="Sign out").tap()
    page.get_by_role("button", name="Throw away and sign out").tap()
    page.wait_for_function(
        "async () => !(await indexedDB.databases()).some(one => one.name === 'answers')"
    )
    assert waiting_keys(page) == []


def test_without_a_secure_address_the_page_asks_to_stay_open(
    page_of_patient: Page, phone: BrowserContext, database: Database
) -> None:
    phone.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined})")
    made, _ = database.check_in("phq9")
    page, thumb = page_of_patient, begin(page_of_patient, made)
    phone.set_offline(True)
    thumb.choose("Several days")
    expect(page.get_by_role("status")).to_contain_text("on this page only: do not close it.")
    phone.set_offline(False)
    expect(page.get_by_role("status")).to_have_text("Saved.")


@pytest.mark.parametrize(
    ("status", "said"), [(409, "this check-in is closed"), (422, "could not be saved")]
)
def test_what_the_server_does_not_take_is_never_called_saved_and_does_not_stay(
    page_of_patient: Page, database: Database, status: int, said: str
) -> None:
    made, _ = database.check_in("phq9")
    page, thumb = page_of_patient, begin(page_of_patient, made)
    page.route("**/save", lambda route: route.fulfill(status=status, json={}))
    thumb.choose("Several days")
    expect(page.get_by_role("status")).to_contain_text(said)
    assert waiting_keys(page) == []


def test_answers_of_a_patient_outlive_the_store_they_waited_in(
    page_of_patient: Page, database: Database
) -> None:
    made, _ = database.check_in("phq9")
    page, thumb = page_of_patient, begin(page_of_patient, made)
    page.route("**/save", lambda route: route.abort())
    thumb.choose("Several days")
    clear_site(page)
    thumb.choose("Several days")
    expect(page.get_by_role("status")).to_contain_text("will be sent when you are connected again")
    for _ in range(50):
        if len(waiting_keys(page)) == 2:
            break
        page.wait_for_timeout(200)
    assert len(waiting_keys(page)) == 2
    page.evaluate(BARRED)
    clear_site(page)
    thumb.choose("Several days")
    expect(page.get_by_role("status")).to_contain_text("on this page only: do not close it")
    page.unroute("**/save")
    expect(page.get_by_role("status")).to_have_text("Saved.", timeout=15_000)
    for _ in range(6):
        thumb.choose("Not at all")
    thumb.press("Send")
    page.wait_for_url("**/sent")
    assert [score.total for score in database.scores(made)] == [3]
