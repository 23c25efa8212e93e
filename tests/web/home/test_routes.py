"""Where everybody starts."""

from tests.builders import courses
from tests.people import ADAM, ANNA, BEN
from tracker.models import db


def test_nobody_starts_at_the_sign_in(browse):
    browse.open("/", expect=302)
    assert browse.response.headers["Location"] == "/sign-in"


def test_everybody_starts_where_their_work_is(browse, cast):
    courses.account(cast.console, courses.treat(cast.console))
    for who, start in ((ANNA, "/today/"), (ADAM, "/people/"), (BEN, "/my/")):
        browser = browse(who)
        browser.open("/", expect=302)
        assert browser.response.headers["Location"] == start
        browser.follow()


def test_a_monitor_is_told_that_all_is_well(browse):
    answer = browse.client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_monitor_is_told_that_the_database_is_behind(browse, app):
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'older'")
    answer = browse.client.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "not well\n")


def test_a_monitor_leaves_no_cookie(browse):
    assert "Set-Cookie" not in browse.client.get("/healthz").headers


def test_the_page_can_ask_whether_its_person_is_still_signed_in(browse, cast):
    browser = browse(ANNA)
    answer = browser.client.get("/alive")
    assert answer.json["person"] == str(cast.anna.user_id)
    assert browse.client.get("/alive", headers={"X-Requested-With": "fetch"}).status_code == 401
