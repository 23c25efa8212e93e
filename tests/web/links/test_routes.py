"""A mailed link: what it shows, what it lets its holder do, and everything that it does not."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from tests.browsing import Browser
from tests.builders.check_ins import arrive, ask, fill, link_to
from tests.builders.courses import account, treat
from tests.people import ANNA, BEN
from tracker.domain.access import Permission
from tracker.domain.codes import AlertKind
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.check_ins import CheckIn
from tracker.models.patients import Patient
from tracker.services import clock
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import answers as answering
from tracker.services.check_ins import commands as check_in_commands
from tracker.services.check_ins import links as check_in_links
from tracker.web.guard import is_public, permission_of


@pytest.fixture
def treated(cast):
    return treat(cast.anna)


@pytest.fixture
def check_in(cast, treated):
    return ask(cast.anna, treated.patient_id)


@pytest.fixture
def token(cast, check_in):
    return link_to(cast.anna, check_in)


def followed(app, token):
    """A browser that nobody is signed in at, after Begin was pressed."""
    browser = Browser(app)
    browser.open(f"/links/{token}")
    browser.send(f"/links/{token}", {}, expect=303)
    return browser


def actions():
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.sequence)))


def test_a_link_shows_whose_clinic_it_is_and_nothing_of_anybody(app, cast, token):
    page = Browser(app).open(f"/links/{token}")
    assert "Harbour Clinic" in page.text
    assert "988" in page.text
    for personal in ("Ben", "Patient", "PHQ", "B-1", "mood", "questionnaire", "Thistledown"):
        assert personal not in page.text


def test_opening_a_link_changes_nothing(app, token):
    before = actions()
    browser = Browser(app)
    for _ in range(3):
        browser.open(f"/links/{token}")
        browser.open(f"/links/{token}/no-more-mail")
    assert actions() == before
    assert check_in_links.resolve_link(token) is not None


def test_begin_leads_to_the_questions_and_the_link_is_in_no_further_address(app, check_in, token):
    browser = followed(app, token)
    assert browser.response.headers["Location"] == f"/answers/{check_in}/onwards"
    assert token not in browser.response.headers.get("Set-Cookie", "")
    page = arrive(browser)
    assert "Question 1 of 9" in page.text
    assert token not in browser.response.text
    assert "link.followed" in actions()


def test_the_holder_of_a_link_is_nobody_who_is_signed_in(app, check_in, token):
    browser = followed(app, token)
    browser.open(f"/answers/{check_in}/questions/phq9/")
    for sign_of_it in ("Sign out", "holder of a link", "data-person", "data-idle-minutes"):
        assert sign_of_it not in browser.response.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_other_route_refuses_the_holder_of_a_link(app, check_in, token, method):
    browser = followed(app, token)
    browser.open(f"/answers/{check_in}/questions/phq9/")
    data = {"csrf_token": browser.page.value("csrf_token")} if method == "POST" else None
    tried = 0
    for rule in app.url_map.iter_rules():
        with app.app_context():
            wanted = permission_of(rule.endpoint)
        if method not in rule.methods or is_public(rule.endpoint):
            continue
        if wanted is Permission.CHECK_IN_ANSWER:
            continue
        chosen = {"kind": "svg", "deed": "count", "which": "dissociation"}
        words = {name: chosen.get(name, 1) for name in rule.arguments}
        path = app.url_map.bind("localhost").build(rule.endpoint, words, method=method)
        answer = browser.client.open(path, method=method, data=data)
        assert answer.status_code == 302, (path, answer.status_code)
        assert answer.headers["Location"].startswith("/sign-in"), path
        tried += 1
    assert tried >= 20


def test_another_check_in_is_not_there_for_the_holder_of_a_link(app, cast, treated, token):
    other = ask(cast.anna, treated.patient_id)
    fill(check_in_links.resolve_link(link_to(cast.anna, other)), other)
    browser = followed(app, token)
    for path in ("", "questions/phq9/", "questions/phq9/review", "sent", "decline", "onwards"):
        browser.open(f"/answers/{other}/{path}", expect=404)
    page = browser.open(f"/links/{token}")
    data = {"csrf_token": page.value("csrf_token"), "listed": "other", "code": "phq9_1",
            "value": "1", "at": clock.now().isoformat()}  # fmt: skip
    for path in (
        "begin",
        "questions/phq9/",
        "questions/phq9/save",
        "questions/phq9/send",
        "decline",
        "questions/phq9/decline",
    ):
        browser.send(f"/answers/{other}/{path}", data, expect=404)
    assert db.session.get_one(CheckIn, other).state == "open"


@pytest.mark.parametrize("door", ["decline", "questions/phq9/decline"])
def test_who_would_rather_talk_says_so_through_a_link_and_is_called(
    app, cast, check_in, token, door
):
    browser = followed(app, token)
    browser.open(f"/answers/{check_in}/{door}")
    browser.send(f"/answers/{check_in}/{door}", {"listed": "in-person"}, expect=303)
    [shown] = alert_commands.open_alerts(by=cast.anna)
    assert shown.kind is AlertKind.TALK
    assert db.session.get_one(CheckIn, check_in).reason == "I would rather talk to somebody"


def test_wrong_old_and_used_links_show_the_same_page(app, cast, treated, check_in, token):
    used, closed = ask(cast.anna, treated.patient_id), ask(cast.anna, treated.patient_id)
    of_used, of_closed = link_to(cast.anna, used), link_to(cast.anna, closed)
    fill(check_in_links.resolve_link(of_used), used)
    answering.finish(used, "phq9", by=check_in_links.resolve_link(of_used))
    check_in_commands.withdraw(closed, "A mistake", by=cast.anna)
    link_to(cast.anna, check_in)
    browser = Browser(app)
    told = {browser.open(f"/links/{one}", expect=404).text
            for one in ("x" * 43, of_used, of_closed, token)}  # fmt: skip
    [page] = told
    assert "988" in page
    assert "Sign in" in page
    browser.open("/sign-in")
    browser.send(f"/links/{of_used}", {}, expect=404)


def test_a_link_that_ended_meanwhile_leads_to_the_page_that_says_so(
    app, cast, check_in, token, monkeypatch
):
    browser = followed(app, token)
    link_to(cast.anna, check_in)
    browser.open(f"/answers/{check_in}/questions/phq9/", expect=302)
    assert browser.response.headers["Location"] == "/links/over"
    browser.follow()


def test_a_script_of_a_link_that_ended_gets_a_plain_401(app, cast, check_in, token):
    browser = followed(app, token)
    page = browser.open(f"/answers/{check_in}/questions/phq9/")
    link_to(cast.anna, check_in)
    answer = browser.client.post(
        f"/answers/{check_in}/questions/phq9/save",
        data={"csrf_token": page.value("csrf_token")},
        headers={"X-Requested-With": "fetch"},
    )
    assert answer.status_code == 401


def test_a_browser_keeps_a_link_for_some_hours_only(app, check_in, token):
    browser = followed(app, token)
    with time_machine.travel(clock.now() + timedelta(hours=4, minutes=1)):
        browser.open(f"/answers/{check_in}/questions/phq9/", expect=302)
        browser.open(f"/links/{token}")
        browser.send(f"/links/{token}", {}, expect=303)


def test_guessing_links_is_slowed_down_and_others_are_not(app, token):
    browser = Browser(app)
    for number in range(10):
        browser.open(f"/links/{number:043}", expect=404)
    browser.open(f"/links/{token}", expect=429)
    assert "sign-in.limited" in actions()
    elsewhere = browser.client.get(f"/links/{token}", environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert elsewhere.status_code == 200


def test_a_patient_signed_in_answers_as_themself(app, cast, treated, check_in, token, browse):
    account(cast.console, treated)
    browser = browse(BEN)
    browser.open(f"/links/{token}")
    browser.send(f"/links/{token}", {}, expect=303)
    begun = select(AuditEvent.roles).where(AuditEvent.action == "check-in.begun")
    assert list(db.session.scalars(begun)) == ["patient"]


def test_a_link_does_nothing_where_somebody_else_is_signed_in(cast, check_in, token, browse):
    browser = browse(ANNA)
    browser.open(f"/links/{token}")
    page = browser.send(f"/links/{token}", {}, expect=403)
    assert "Another account is signed in here" in page.text
    browser.open(f"/answers/{check_in}/", expect=403)


def test_mail_is_stopped_by_the_button_and_not_by_looking(app, cast, treated, check_in, token):
    browser = Browser(app)
    browser.open(f"/links/{token}/no-more-mail")
    assert db.session.get_one(Patient, treated.patient_id).mail_stopped_at is None
    check_in_commands.withdraw(
        check_in, "A mistake", by=cast.anna
    )  # an old e-mail still has its button
    browser.send(f"/links/{token}/no-more-mail", {}, expect=200)
    db.session.expire_all()
    assert db.session.get_one(Patient, treated.patient_id).mail_stopped_at is not None
    browser.open(f"/links/{'y' * 43}/no-more-mail", expect=404)


def test_the_addresses_that_mails_name_lead_to_these_pages(app, token):
    for path, endpoint in (
        (check_in_links.PATH, "links.show"),
        (check_in_links.STOP_PATH, "links.stop"),
    ):
        assert app.url_map.bind("localhost").match(path.format(token=token))[0] == endpoint
