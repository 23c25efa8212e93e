import re
from contextvars import Context

import pytest

from tests.builders.courses import add_session, treat
from tests.people import ANNA, PASSWORD
from tracker.domain.access import Role
from tracker.services.people import accounts
from tracker.services.unit_of_work import unit_of_work
from tracker.web.progress import parts

PAGE = "patients/_page.html"
SECOND = "second@example.org"


def page(treated):
    return f"/patients/{treated.patient_id}/"


@pytest.fixture
def rendered(monkeypatch):
    """The macros of a patient's page that were rendered, and not found among what is kept."""
    seen = []
    get = parts.get_template_attribute

    def listen(template, name):
        if template == PAGE:
            seen.append(name)
        return get(template, name)

    monkeypatch.setattr(parts, "get_template_attribute", listen)
    return seen


def test_a_part_is_rendered_once_while_its_course_stays_as_it_is(browse, cast, rendered):
    treated = treat(cast.anna)
    browser = browse(ANNA)
    first = browser.client.get(page(treated)).text
    once = list(rendered)
    assert once
    assert without_tokens(browser.client.get(page(treated)).text) == without_tokens(first)
    assert rendered == once


def test_a_recorded_session_is_on_the_page_at_once(browse, cast, rendered):
    treated = treat(cast.anna)
    browser = browse(ANNA)
    before = browser.client.get(page(treated)).text
    once = list(rendered)
    with unit_of_work(cast.anna) as unit:
        added = add_session(cast.anna, treated, number=3, mood_after=10)
        unit.audit("test.recorded")
    after = browser.client.get(page(treated)).text
    assert f"/sessions/{added}/" not in before
    assert f"/sessions/{added}/" in after
    assert rendered == once * 2


def test_two_patients_without_a_course_do_not_share_a_part(browse, cast):
    browser = browse(ANNA)
    for number in ("A-1", "A-2"):
        treated = treat(cast.anna, record_number=number, sessions=0, scores=0)
        assert (
            f"/patients/{treated.patient_id}/series/new" in browser.client.get(page(treated)).text
        )


class Words:
    """A macro that says the words it is given, and those of a form."""

    arguments = ("words",)

    def __call__(self, words):
        return f"{words} {parts.csrf_token()}"


def test_two_courses_of_one_hash_are_told_apart(app, monkeypatch):
    class Key(tuple):
        def __hash__(self):
            return 1

    def said(key, words):
        return parts.part("test", Key(key), lambda: {"words": words}).split()[0]

    monkeypatch.setattr(parts, "get_template_attribute", lambda *_: Words())
    with app.test_request_context("/"):
        assert said("a", "one") == "one"
        assert said("b", "two") == "two"
        assert said("b", "three") == "two"


def tokens(text):
    """The tokens of a page: the one in its head, and those of its forms."""
    head = re.search(r'name="csrf-token" content="([^"]+)"', text)[1]
    return head, re.findall(r'name="csrf_token" value="([^"]+)"', text)


def without_tokens(text):
    return text.replace(tokens(text)[0], "TOKEN")


def test_a_kept_form_has_the_token_of_the_browser_that_is_shown_it(browse, cast):
    """Were the token of whoever looked first kept, nobody else could send what stands there."""
    treated = treat(cast.anna, email="ben@example.org")  # whose reminders can be changed
    accounts.enrol(
        name="Second", email=SECOND, roles=[Role.CLINICIAN], password=PASSWORD, by=cast.console
    )
    browsers = [browse(ANNA), browse(SECOND), browse(ANNA)]
    shown = [browser.client.get(page(treated)).text for browser in browsers]
    assert len({tokens(text)[0] for text in shown}) == 3
    for browser, text in zip(browsers, shown, strict=True):
        own, in_forms = tokens(text)
        assert len(in_forms) >= 3
        assert set(in_forms) == {own}
        sent = {"csrf_token": in_forms[-1], "mail": "stop"}
        answer = browser.client.post(f"{page(treated)}mail", data=sent)
        assert answer.status_code == 303


def test_what_is_kept_holds_no_token_and_gives_the_answer_its_own_back(app, monkeypatch):
    monkeypatch.setattr(parts, "get_template_attribute", lambda *_: Words())

    def said():
        return parts.part("test", "of two browsers", lambda: {"words": "one"}).split()[1]

    def twice():
        with app.app_context(), app.test_request_context("/"):
            own = parts.csrf_token()
            assert [said(), said(), parts.csrf_token()] == [own] * 3
            return own

    # Each as a server has it, with no other's `g` around it.
    assert Context().run(twice) != Context().run(twice)


def test_a_part_that_fails_leaves_the_answer_its_own_token(app, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(parts, "get_template_attribute", lambda *_: Words())
    with app.test_request_context("/"):
        own = parts.csrf_token()
        with pytest.raises(KeyError):
            parts.part("test", "without words", dict)
        assert parts.csrf_token() == own
