"""The outcome report of the clinic, and the people behind its counts."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.builders.courses import FIRST, scored, treat
from tests.people import ADAM, ANNA
from tracker.models import db
from tracker.models.audit import AuditEvent, AuditEventPatient

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def anna(browse):
    return browse(ANNA)


@pytest.fixture
def responder(cast):
    """Somebody who began with 20 and had 8 two weeks after the last of two doses."""
    treated = treat(cast.anna, record_number="R-1", scores=0)
    scored(cast.anna, treated, (20, FIRST - HOUR), (8, FIRST + 17 * DAY))
    return treated


@pytest.fixture
def silent(cast):
    """Somebody who began with 18, and of whom nobody knows any more."""
    treated = treat(cast.anna, record_number="S-1", scores=0)
    scored(cast.anna, treated, (18, FIRST - HOUR))
    return treated


def test_a_clinic_without_treatment_says_so_and_shows_the_definitions(anna):
    page = anna.open("/outcomes/")
    assert "No course to count" in page.text
    assert "Definitions, version 1" in page.text
    assert "14 to 31 days after the last dose of the induction" in page.text


def test_the_flow_comes_first_and_missing_counts_as_no_response(anna, responder, silent):
    page = anna.open("/outcomes/")
    for said in (
        "Treated 2", "With a baseline 2 0 without a baseline",
        "Ill enough to be counted 2 0 below the entry level",
        "Window over, or a score in it 2 0 still waiting",
        "With a score in the window 1 1 : No score in the window without a score",
    ):  # fmt: skip
        assert said in page.text, page.text
    assert "1 of 1" in page.text
    assert "1 of 2" in page.text
    # An empty cell here is no gap in a record.
    assert "not recorded" not in page.text
    assert "Worse 0 0 of 1 – does not apply" in page.text
    # Of fewer than ten no percentage is told.
    assert "100 %" not in page.text
    assert "1 course of 2 has no score in the window." in page.text


def test_behind_a_count_stand_people_and_a_line_that_names_them(anna, responder, silent):
    page = anna.open("/outcomes/people?step=missing&scale=phq9")
    assert "S-1" in page.text
    assert "R-1" not in page.text
    line = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "outcomes.listed")
    ).one()
    named = db.session.scalars(
        select(AuditEventPatient.patient_id).where(AuditEventPatient.sequence == line.sequence)
    )
    assert (line.detail, list(named)) == ("missing", [silent.patient_id])
    assert "R-1" in anna.open("/outcomes/people?step=response").text


def test_somebody_without_a_baseline_is_listed(anna, cast):
    treat(cast.anna, record_number="N-1", scores=0)
    assert "N-1" in anna.open("/outcomes/people?step=no-baseline").text


def test_a_step_or_a_scale_that_is_none_is_not_found(anna, responder):
    assert anna.client.get("/outcomes/people?step=everybody").status_code == 404
    assert anna.client.get("/outcomes/?scale=cadss").status_code == 404


def test_another_route_is_picked_out(anna, responder):
    assert "No course to count" in anna.open("/outcomes/?scale=phq9&route=nasal").text
    assert "1 of 1" in anna.open("/outcomes/?scale=phq9&route=iv").text


def test_published_series_stand_only_beside_their_scale_and_cut(anna, responder):
    page = anna.open("/outcomes/")
    assert "53.6 %" in page.text
    assert "28.9 % (4 or less)" in page.text
    assert "26 %" in page.text
    assert "15 %" not in page.text
    assert "None is known to us on this scale" in anna.open("/outcomes/?scale=peg").text


def test_an_administrator_sees_no_outcomes_of_the_clinic(browse):
    assert browse(ADAM).client.get("/outcomes/").status_code == 403
