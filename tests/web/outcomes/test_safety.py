"""The pages of safety, of claims and of strata, and who stands behind their counts."""

import re

import pytest
from sqlalchemy import select

from tests.builders.outcomes import cohort, sittings
from tests.people import ADAM, ANNA
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.services.outcomes import commands as outcome_commands

WHEN = "since=2022-01-01&until=2025-12-31"
PAGES = ("/outcomes/safety", "/outcomes/safety/sessions?step=severe", "/outcomes/claims",
         "/outcomes/safety/run-chart.svg")  # fmt: skip


@pytest.fixture
def anna(browse):
    return browse(ANNA)


@pytest.fixture
def filled(cast):
    cohort.fill(cast.clinic_id, 60)
    sittings.fill(cast.clinic_id)
    outcome_commands.count_anew(by=cast.anna)
    return cast


def actions():
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.sequence)))


def test_a_clinic_without_sessions_says_so(anna):
    assert "No session to count" in anna.open("/outcomes/safety").text
    assert anna.open("/outcomes/claims").text.count("not enough data") >= 9


def test_safety_says_of_how_many_beside_the_published_share(anna, filled):
    page = anna.open(f"/outcomes/safety?{WHEN}")
    assert re.search(r"Any side effect \d+ of \d+: \d+ % \(\d+ to \d+\)", page.text), page.text
    for said in (
        "Not gone before leaving", "Above the clinic's limit after the start",
        "raised above 140/90 mmHg", "Published: 8.4 % worse, of 537 analysed of 9016 treated",
        "Whole induction: 4 to 8 doses in 7 to 28 days", "First series stopped",
        "More thoughts of suicide (question 9)", "Perla, Provost, Murray 2011",
        "Sessions of one person are alike.",
    ):  # fmt: skip
        assert said in page.text, said
    assert actions()[-1] == "outcomes.viewed"


def test_the_picture_and_its_table_say_the_same(anna, filled):
    page = anna.open(f"/outcomes/safety?{WHEN}&measure=leaving")
    assert "Sessions left before dissociation was gone" in page.text
    shown = re.search(r'src="(/outcomes/safety/run-chart[^"]+)" alt="([^"]+)"', anna.response.text)
    assert "have a point." in shown[2]
    picture = anna.client.get(shown[1].replace("&amp;", "&"))
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    assert anna.client.get("/outcomes/safety/run-chart.svg?theme=pink").status_code == 404


LABELS = {
    "moderate": "Moderate at worst",
    "severe": "Severe",
    "unresolved": "Not gone before leaving",
    "before_raised": "Above the clinic's limit before the dose",
    "after_raised": "Above the clinic's limit after the start",
    "after_severe": "Severe after the start",
    "after_low": "Low after the start",
}


def test_behind_each_count_stand_its_sessions(anna, filled):
    page = anna.open(f"/outcomes/safety?{WHEN}")
    for step, label in LABELS.items():
        count = int(re.search(rf"{re.escape(label)} (\d+) of", page.text)[1])
        anna.open(f"/outcomes/safety/sessions?{WHEN}&step={step}")
        assert len(re.findall(r'href="/sessions/\d+/"', anna.response.text)) == min(count, 200), (
            step
        )
        assert count, step
        line = db.session.scalars(select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
        assert (line.action, line.detail) == ("outcomes.listed", step)


def test_a_count_that_is_none_is_not_found(anna):
    assert anna.client.get("/outcomes/safety/sessions?step=all").status_code == 404


def test_courses_are_parted_and_the_page_says_that_strata_differ(anna, filled):
    page = anna.open("/outcomes/?scale=phq9&by=route")
    assert "By route" in page.text
    assert "Strata differ in more than the stratum" in page.text
    assert "Strata differ" not in anna.open("/outcomes/?scale=phq9").text
    assert "Who recorded the first session" not in page.text


def test_a_day_that_is_none_counts_all_and_says_so_at_the_field(anna, filled):
    anna.open("/outcomes/safety?since=31.31.2024")
    assert "31.31.2024" in anna.response.text


@pytest.mark.parametrize("page", PAGES)
def test_an_administrator_sees_none_of_it(browse, page):
    assert browse(ADAM).client.get(page).status_code == 403
