"""Pictures of outcomes on their pages and at their addresses."""

import pytest
from sqlalchemy import select

from tests.builders.outcomes import cohort
from tests.people import ADAM, ANNA
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services.outcomes import commands as outcome_commands

MAIN = ("flow", "rates", "to-response", "kept")
MORE = (
    "by-session", "courses", "waterfall", "routes", "dissociation", "before-after", "calendar",
)  # fmt: skip


@pytest.fixture
def anna(browse):
    return browse(ANNA)


@pytest.fixture
def many(cast):
    cohort.fill(cast.clinic_id, 40)
    outcome_commands.count_anew(by=cast.anna)


def test_the_report_shows_the_main_pictures_lazily_each_with_its_words(anna, many):
    html = anna.client.get("/outcomes/").text
    for name in MAIN:
        assert f"/outcomes/pictures/{name}.svg?shape=phone&amp;theme=dark" in html, name
    for name in MORE:
        assert f"/outcomes/pictures/{name}.svg" not in html, name
    assert html.count('loading="lazy"') == len(MAIN)
    assert "Treated: courses" in html  # the flow in words, for whoever cannot see it


def test_all_pictures_stand_on_a_page_of_their_own_with_their_numbers(anna, many):
    page = anna.open("/outcomes/pictures?scale=phq9")
    html = anna.client.get("/outcomes/pictures?scale=phq9").text
    for name in (*MAIN, "by-session", "courses", "waterfall", "routes"):
        assert f"/outcomes/pictures/{name}.svg?scale=phq9&amp;shape=desktop" in html, name
    assert "No course with an outcome and with the minutes of dissociation" in page.text
    assert "The same in numbers" in page.text


def test_without_anybody_treated_each_says_what_is_missing(anna):
    page = anna.open("/outcomes/pictures")
    assert "No course to count yet: nobody was treated." in page.text
    assert "<img" not in anna.client.get("/outcomes/pictures").text.partition("<main")[2]


def test_a_picture_is_drawn_kept_by_nobody_and_noted(anna, many):
    for name in (*MAIN, *MORE):
        address = f"/outcomes/pictures/{name}.svg?shape=phone&theme=dark"
        found = anna.client.get(address)
        assert (found.status_code, found.mimetype) == (200, "image/svg+xml"), name
        assert "no-store" in found.headers["Cache-Control"]
        assert b"Cohort" not in found.data
    noted = select(AuditEvent.detail).where(AuditEvent.action == "outcomes.viewed")
    assert list(db.session.scalars(noted.order_by(AuditEvent.sequence))) == [*MAIN, *MORE]
    known = {"If-None-Match": found.headers["ETag"]}
    assert anna.client.get(address, headers=known).status_code == 304


def test_a_file_names_nobody(anna, many):
    found = anna.client.get("/outcomes/pictures/flow.png")
    assert found.data.startswith(b"\x89PNG")
    assert 'filename="outcomes-flow.png"' in found.headers["Content-Disposition"]


def test_what_is_no_picture_is_not_found(anna, many):
    for address in (
        "/outcomes/pictures/everybody.svg", "/outcomes/pictures/flow.svg?shape=wall",
        "/outcomes/pictures/flow.svg?scale=cadss", "/outcomes/pictures?scale=cadss",
    ):  # fmt: skip
        assert anna.client.get(address).status_code == 404, address


def test_an_administrator_sees_no_picture(browse):
    adam = browse(ADAM)
    for address in ("/outcomes/pictures", "/outcomes/pictures/flow.svg"):
        assert adam.client.get(address).status_code == 403
