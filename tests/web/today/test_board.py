"""The board on the wall, its panel on Today, and what they ask for by themselves."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.entries import under_way
from tests.builders.live import START, check_before, write
from tests.people import ADAM, ANNA, CLEO
from tests.stopping import stopped_at
from tracker.domain.live.entries import (
    AdverseEvent,
    DissociationMark,
    Dose,
    EventTerm,
    Infusion,
    InfusionAction,
    Mark,
    Reading,
)
from tracker.services.clinic import clinics

HIGH = Reading(systolic_mmhg=152, diastolic_mmhg=84, heart_rate_bpm=88, spo2_percent=97)
RUN = Infusion(action=InfusionAction.START, rate_ml_per_h=Decimal(75), dose_mg=Decimal(35))


clock = stopped_at(START)


@pytest.fixture
def session_id(cast):
    return under_way(cast.anna)


def known_in(browser):
    return re.search(r'data-board-known="([\w.]+)"', browser.response.text).group(1)


def test_with_nobody_under_way_today_shows_no_board_but_asks_for_one(browse, cast):
    anna = browse(ANNA)
    page = anna.open("/today/")
    assert "sessions under way" not in page.text
    assert "0 under way" in page.text
    assert "/today/board/news" in anna.response.text
    assert "No session is under way" in anna.open("/today/board").text


def test_a_chair_says_how_it_stands_in_words(browse, cast, session_id, clock):
    check_before(session_id, by=cast.anna)
    write(session_id, 0, RUN, by=cast.anna)
    write(session_id, 15, HIGH, by=cast.anna)
    write(session_id, 16, DissociationMark(mark=Mark.PEAK, strength=7), by=cast.anna)
    write(session_id, 18, AdverseEvent(term=EventTerm.NAUSEA, grade=1), by=cast.anna)
    clock.shift(timedelta(minutes=40))
    anna = browse(ANNA)
    on_the_wall, on_today = (anna.open(path).text for path in ("/today/board", "/today/"))
    for words in (
        "Patient, Ben",
        "40 min",
        "Infusion running, 75 mL/h since 10:00",
        "152/84 outside the limits",
        "Reading 10 min late, due 10:30",
        "Open event: Nausea, grade 1, 10:18",
    ):
        for text in (on_the_wall, on_today):
            assert re.sub(r"\s+", "", words) in re.sub(r"\s+", "", text), words
    assert f"/sessions/{session_id}/live/" in anna.page.links
    for words in (
        "Systolic pressure 152 mmHg, above 140 (clinic default; no published limit)",
        "Read 10:15, minute 15",
        "Dissociation at its peak, 7 of 10, 10:16",
        "clear · Before leaving: not done",
        "by Anna Clinician",
    ):
        assert re.sub(r"\s+", "", words) in re.sub(r"\s+", "", on_the_wall), words


def test_what_is_outside_the_limits_is_said_and_not_only_coloured(browse, cast, session_id):
    write(session_id, 0, RUN, by=cast.anna)
    write(session_id, 0, HIGH, by=cast.anna)
    text = browse(ANNA).open("/today/board").text
    assert "152/84 outside the limits" in text
    assert "88 outside" not in text


def test_before_the_start_it_says_so(browse, cast, session_id):
    text = browse(ANNA).open("/today/board").text
    for words in ("Not started", "No reading yet", "Reading before the start is due", "not done"):
        assert words in text


def test_several_doses_are_counted_and_watched_since_the_last(browse, cast, session_id, clock):
    for minute in (0, 5):
        write(session_id, minute, Dose(dose_mg=Decimal(28)), by=cast.anna)
    clock.shift(timedelta(minutes=6))
    text = browse(ANNA).open("/today/board").text
    assert "56 mg given in 2 doses" in text
    assert "Dose given; watched since 10:05" in text


def test_a_board_that_asks_gets_nothing_until_something_is_new(browse, cast, session_id):
    anna = browse(ANNA)
    anna.open("/today/board")
    known = known_in(anna)
    answer = anna.client.get(f"/today/board/news?known={known}")
    assert (answer.status_code, answer.data) == (204, b"")
    write(session_id, 0, HIGH, by=cast.anna)
    answer = anna.client.get(f"/today/board/news?known={known}")
    assert answer.status_code == 200
    assert "152/84" in answer.text
    assert "<html" not in answer.text
    assert known not in answer.text
    assert "Wall display" in answer.text
    on_the_wall = anna.client.get("/today/board/news?known=&wall=yes").text
    assert "Wall display" not in on_the_wall


def test_asking_keeps_no_abandoned_browser_signed_in(browse, settings, clock):
    anna = browse(ANNA)
    for _ in range(settings.idle_minutes * 2):
        clock.shift(timedelta(seconds=29))
        assert anna.client.get("/today/board/news?known=x").status_code == 200
    clock.shift(timedelta(minutes=1))
    answer = anna.client.get("/today/board/news", headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 401


def test_another_clinic_sees_no_chair_and_an_administrator_no_board(browse, cast, session_id):
    assert "Patient, Ben" not in browse(CLEO).open("/today/board").text
    adam = browse(ADAM)
    adam.open("/today/board", expect=403)
    assert adam.client.get("/today/board/news").status_code == 403


def test_two_of_one_name_under_way_are_told_apart_everywhere(browse, cast, session_id):
    other = under_way(cast.anna, "B-18")
    anna = browse(ANNA)
    for path in ("/today/", "/today/board"):
        page = anna.open(path)
        assert page.text.count("Patient, Ben") >= 2
        assert "B-17" in page.text
        assert "B-18" in page.text
    for one, number in ((session_id, "B-17"), (other, "B-18")):
        for path in ("live/", "gate", "sign"):
            shown = anna.open(f"/sessions/{one}/{path}").text
            assert f"PATIENT, Ben · birth date not recorded · record {number}".replace(
                " · ", " "
            ) in shown.replace(" · ", " ")


def test_the_board_for_the_wall_shows_initials_where_the_clinic_says_so(browse, cast, session_id):
    draft, version = clinics.draft(by=cast.adam)
    clinics.change_settings(replace(draft, board_initials=True), version=version, by=cast.adam)
    anna = browse(ANNA)
    wall = anna.open("/today/board").text
    assert "B. P." in wall
    assert "B-17" in wall
    assert "Patient, Ben" not in wall
    assert "Patient, Ben" in anna.open("/today/").text
