import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from msgspec import structs

from tests.builders.patients import HELD, a_series, planned
from tests.people import ADAM, ANNA, BEN, CLEO, PASSWORD
from tracker.domain.access import Role
from tracker.domain.codes import SessionState
from tracker.services import drafts
from tracker.services.audit import queries as audit_queries
from tracker.services.audit.queries import TrailFilter
from tracker.services.people import accounts
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands

# 10:00 in New York, where the clinic is.
TYPED = {
    "started_on": "2026-03-02", "started_time": "10:00", "route": "iv", "drug": "ketamine",
    "dose_mg": "35,5", "weight_kg": "71", "duration_minutes": "40", "mood_before": "3",
    "mood_after": "6", "pain_before": "0", "dissociation_peak": "5",
    "dissociation_onset_minute": "8", "dissociation_end_minute": "55",
    "dissociation_resolved": "yes", "effect_floating": "mild", "side_effect_nausea": "moderate",
    "before_systolic_mmhg": "120", "before_diastolic_mmhg": "80", "after_heart_rate_bpm": "70",
    "discharged_time": "12:00", "escort": "Sister", "dose_notes": "slow start",
    "private_notes": "private", "patient_notes": "for the patient",
}  # fmt: skip


@pytest.fixture
def series(cast, patient):
    return a_series(cast.anna, patient)


@pytest.fixture
def first(series):
    return planned(series)[0]


@pytest.fixture
def recorded(cast, series, first):
    return session_commands.record(HELD, series_id=series, session_id=first, by=cast.anna)


def once(page, key="once"):
    return {key: page.value(key)}


def an_extra(page):
    """What is sent once a page has asked why a session was not planned."""
    return TYPED | once(page) | once(page, "answered") | {"said": "Asked for by telephone"}


def test_a_planned_session_is_recorded_on_one_page(browse, cast, first):
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{first}/record")
    assert page.value("started_on") == "02/03/2026"
    browser.send(f"/sessions/{first}/record", TYPED | once(page), expect=303)
    page = browser.follow()
    assert "0.50 mg/kg" in page.text
    view = session_commands.find(first, by=cast.anna)
    assert view.draft == HELD
    assert view.record.state is SessionState.COMPLETED


def test_an_extra_session_is_recorded(browse, cast, patient, series):
    browser = browse(ANNA)
    page = browser.open(f"/series/{series}/sessions/new")
    page = browser.send(f"/series/{series}/sessions/new", TYPED | once(page), expect=422)
    assert "not in the plan of its series" in page.text
    browser.send(f"/series/{series}/sessions/new", an_extra(page), expect=303)
    assert [told.number for told in session_commands.of_patient(patient, by=cast.anna)][-1] == 2
    assert browser.follow().headings


def test_nothing_is_answered_before_it_is_touched(browse, cast, series, recorded):
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{planned(series)[1]}/record")
    checked = {f["name"] for f in page.fields if f.get("type") == "radio" and "checked" in f}
    assert not checked & {"mood_before", "mood_after", "pain_before", "pain_after"}
    assert (page.value("dose_mg"), page.value("weight_kg")) == ("35.5", "")
    [weight] = [f for f in page.fields if f["name"] == "weight_kg"]
    assert weight["placeholder"] == "71 kg"
    assert "Last weight: 71 kg (156.5 lb) on 2 Mar 2026 Same as last time" in page.text
    assert page.value("duration_minutes") == "40"
    for name in ("discharged_time", "escort", "before_systolic_mmhg"):
        assert page.value(name) in {None, ""}


def test_an_old_weight_is_shown_with_its_day_and_not_filled_in(browse, series, recorded):
    with time_machine.travel(datetime(2026, 8, 3, 15, tzinfo=UTC)):
        page = browse(ANNA).open(f"/series/{series}/sessions/new")
    assert not page.value("weight_kg")
    assert "Last weight: 71 kg (156.5 lb) on 2 Mar 2026" in page.text


def test_a_double_click_makes_one_session(browse, cast, patient, series):
    browser = browse(ANNA)
    page = browser.open(f"/series/{series}/sessions/new")
    page = browser.send(f"/series/{series}/sessions/new", TYPED | once(page), expect=422)
    sent = an_extra(page)
    browser.send(f"/series/{series}/sessions/new", sent, expect=303)
    first_answer = browser.response.headers["Location"]
    browser.send(f"/series/{series}/sessions/new", sent, expect=303)
    assert browser.response.headers["Location"] == first_answer
    held = [told for told in session_commands.of_patient(patient, by=cast.anna) if told.started_at]
    assert len(held) == 1


def test_everything_wrong_is_telling_moment_once_and_nothing_typed_is_lost(browse, first):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    wrong = TYPED | {
        "dose_mg": "-5", "weight_kg": "71 kilos", "started_on": "2126-02-30",
        "discharged_time": "25:61", "duration_minutes": "4.5", "mood_before": "12",
        "private_notes": "Keep <b>this</b> & “that”",
    }  # fmt: skip
    page = browser.send(f"/sessions/{first}/record", wrong, expect=422)
    for words in (
        "above zero", "without a unit", "Give a day of the calendar", "Give a time of day",
        "Give a whole number", "Choose a whole number from 0 to 10",
    ):  # fmt: skip
        assert words in page.text
    for name in ("dose_mg", "weight_kg", "started_on", "discharged_time", "duration_minutes"):
        assert page.value(name) == wrong[name]
    assert "Keep <b>this</b> & “that”" in page.text


@pytest.mark.parametrize(
    "text",
    ["nan", "NaN", "inf", "-inf", "1e309", "1e3", "9" * 400, "١٢", "1.234", "1,5,5", "0x10", "½"],
)
def test_a_dose_that_is_no_plain_number_is_refused(browse, first, text):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    page = browser.send(f"/sessions/{first}/record", TYPED | {"dose_mg": text}, expect=422)
    assert page.value("dose_mg") == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("started_on", "0000-01-01"), ("started_on", "99999-01-01"), ("started_on", "0001-01-01"),
        ("started_on", "2025-02-29"), ("started_on", "2126-01-01"), ("started_time", "24:00"),
        ("started_time", ""), ("route", "teleport"), ("effect_floating", "endless"),
        ("discharged_time", "09:59"), ("private_notes", "a\x00b"), ("escort", "x" * 201),
        ("private_notes", "x" * 10_001), ("after_spo2_percent", "101"),
        ("duration_minutes", "999999999999"), ("dissociation_end_minute", "7"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(browse, cast, first, name, text):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    page = browser.send(f"/sessions/{first}/record", TYPED | {name: text}, expect=422)
    assert "There is a problem" in page.text
    assert session_commands.find(first, by=cast.anna).record.state is SessionState.PLANNED


def test_what_is_unusual_asks_for_a_comment_and_is_saved_with_it(browse, cast, first):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    slip = TYPED | {"dose_mg": "355", "comment": ""}
    page = browser.send(f"/sessions/{first}/record", slip, expect=422)
    assert "355 mg is about 10 times the planned 35.5 mg. Is the decimal point right?" in page.text
    assert "ISMP" in page.text
    shown = {"answered": page.value("answered"), "comment": "Wanted so"}
    browser.send(f"/sessions/{first}/record", slip | shown, expect=303)
    assert session_commands.find(first, by=cast.anna).draft.comment == "Wanted so"


def test_a_comment_written_before_a_finding_does_not_answer_it(browse, first):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    high = TYPED | {"before_systolic_mmhg": "150", "comment": "Nervous"}
    page = browser.send(f"/sessions/{first}/record", high, expect=422)
    slip = high | {"dose_mg": "355", "answered": page.value("answered")}
    page = browser.send(f"/sessions/{first}/record", slip, expect=422)
    assert "355 mg is about 10 times the planned 35.5 mg" in page.text
    slip["answered"] = page.value("answered")
    browser.send(f"/sessions/{first}/record", slip, expect=303)


def test_an_hour_that_comes_twice_is_asked_about(browse, cast, first):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    night = TYPED | {"started_on": "2025-11-02", "started_time": "01:30", "discharged_time": ""}
    page = browser.send(f"/sessions/{first}/record", night, expect=422)
    assert "came twice" in page.text
    night |= {"started_clock": "second"}
    page = browser.send(f"/sessions/{first}/record", night, expect=422)
    # It was planned for March: a year that is a slip looks just like this.
    assert "It was planned for 2 Mar 2026; 2 Nov 2025 is 120 days before that." in page.text
    night |= {"comment": "Copied from paper", "answered": page.value("answered")}
    browser.send(f"/sessions/{first}/record", night, expect=303)
    told = session_commands.find(first, by=cast.anna).record
    assert told.started_at == datetime(2025, 11, 2, 6, 30, tzinfo=UTC)


def test_a_time_that_the_clocks_skipped_is_refused(browse, first):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    night = TYPED | {"started_on": "2026-03-08", "started_time": "02:30", "discharged_time": ""}
    page = browser.send(f"/sessions/{first}/record", night, expect=422)
    assert "clocks went forward" in page.text


def test_an_amendment_shows_both_versions_and_the_reason(browse, cast, recorded):
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{recorded}/amend")
    for name in ("dose_mg", "weight_kg", "started_time", "discharged_time", "escort"):
        assert page.value(name)
    typed = TYPED | once(page) | once(page, "version")
    page = browser.send(f"/sessions/{recorded}/amend", typed | {"mood_after": "8"}, expect=422)
    assert "Give the reason" in page.text
    changed = typed | {"mood_after": "8", "reason": "Asked again"}
    browser.send(f"/sessions/{recorded}/amend", changed, expect=303)
    page = browser.follow()
    assert "Reason: Asked again" in page.text
    assert "Mood after (0 worst, 10 best) 6 8" in page.text
    assert session_commands.find(recorded, by=cast.anna).draft == structs.replace(
        HELD, mood_after=8
    )


def test_an_answer_is_taken_back_by_an_amendment(browse, cast, recorded):
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{recorded}/amend")
    typed = {name: text for name, text in TYPED.items() if name != "mood_after"}
    typed |= once(page, "version") | {"reason": "Was never asked"}
    browser.send(f"/sessions/{recorded}/amend", typed, expect=303)
    assert session_commands.find(recorded, by=cast.anna).draft.mood_after is None


def conflict(browse, cast, recorded):
    """Anna opens the record, somebody saves another mood, Anna saves hers."""
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{recorded}/amend")
    typed = TYPED | once(page, "version") | {"mood_after": "8", "reason": "Asked again"}
    theirs = structs.replace(HELD, mood_after=7)
    amendments.amend(recorded, theirs, reason="Heard it so", version=1, by=cast.anna)
    page = browser.send(f"/sessions/{recorded}/amend", typed, expect=409)
    assert "Mood after (0 worst, 10 best) 7 8" in page.text
    hidden = {f["name"]: f["value"] for f in page.fields if f.get("type") == "hidden"}
    return browser, hidden


def test_the_second_of_two_people_may_save_theirs_on_top(browse, cast, recorded):
    browser, hidden = conflict(browse, cast, recorded)
    browser.send(f"/sessions/{recorded}/amend", hidden | {"choice": "mine"}, expect=303)
    view = session_commands.find(recorded, by=cast.anna)
    assert view.draft == structs.replace(HELD, mood_after=8)
    assert [kept.record.mood_after for kept in view.versions] == [6, 7]


def test_the_second_of_two_people_may_give_way_and_loses_nothing(browse, cast, recorded):
    browser, hidden = conflict(browse, cast, recorded)
    browser.send(f"/sessions/{recorded}/amend", hidden | {"choice": "theirs"}, expect=303)
    view = session_commands.find(recorded, by=cast.anna)
    assert view.draft.mood_after == 7
    assert 8 in [kept.record.mood_after for kept in view.versions]


def test_two_people_recording_the_same_session_see_both(browse, cast, series, first):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    other = structs.replace(HELD, escort="Brother")
    session_commands.record(other, series_id=series, session_id=first, by=cast.anna)
    page = browser.send(f"/sessions/{first}/record", TYPED, expect=409)
    assert "Brother" in page.text
    assert "Sister" in page.text
    hidden = {f["name"]: f["value"] for f in page.fields if f.get("type") == "hidden"}
    browser.send(f"/sessions/{first}/amend", hidden | {"choice": "mine"}, expect=303)
    assert session_commands.find(first, by=cast.anna).draft.escort == "Sister"


def test_mood_and_pain_are_asked_again(browse, cast, recorded):
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{recorded}/follow-up")
    typed = {"taken_on": "2026-03-03", "taken_time": "10:00", "mood": "8"} | once(page)
    wrong = {"taken_on": "2026-03-01", "taken_time": ""}
    page = browser.send(f"/sessions/{recorded}/follow-up", wrong, expect=422)
    assert "Give mood or pain" in page.text
    browser.send(f"/sessions/{recorded}/follow-up", typed, expect=303)
    page = browser.follow()
    assert "Mood 8 24" in re.sub(r"\s+", " ", page.text)


def test_every_page_knows_who_may_see_it(browse, cast, patient, series, first, recorded):
    accounts.enrol(
        name="Ben", email=BEN, roles=[Role.PATIENT], password=PASSWORD, patient_id=patient,
        by=cast.console,
    )  # fmt: skip
    pages = [f"/sessions/{recorded}/", f"/series/{series}/sessions/new"]
    pages += [f"/sessions/{recorded}/{deed}" for deed in ("amend", "move", "not-held", "follow-up")]
    pages += [f"/sessions/{planned(series)[1]}/record"]
    for email, status in ((CLEO, 404), (BEN, 403), (ADAM, 403)):
        browser = browse(email)
        for path in pages:
            browser.open(path, expect=status)
    cleo = browse(CLEO)
    cleo.open("/patients/")
    for path in pages[1:]:
        cleo.send(path, TYPED | {"reason": "x", "state": "missed"}, expect=404)
    anna = browse(ANNA)
    for path in (p for p in pages if not p.endswith(("move", "not-held"))):
        anna.open(path)
    assert session_commands.find(recorded, by=cast.anna).version == 1


def test_no_private_note_reaches_a_log_line(browse, cast, first, caplog):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    with caplog.at_level(0):
        browser.send(f"/sessions/{first}/record", TYPED | {"dose_mg": "x"}, expect=422)
    assert "private" not in caplog.text


class TestNothingTypedIsLost:
    """Each way of losing what was typed that a server can see."""

    def test_a_draft_comes_back_when_the_page_is_opened_again(self, browse, first):
        browser = browse(ANNA)
        browser.open(f"/sessions/{first}/record")
        browser.send(f"/drafts/record-{first}", TYPED | {"dose_mg": "35 m"}, expect=204)
        page = browse(ANNA).open(f"/sessions/{first}/record")
        assert "Your draft is back." in page.text
        assert page.value("dose_mg") == "35 m"
        assert "private" in page.text

    def test_a_draft_is_gone_once_the_session_is_saved(self, browse, cast, first):
        browser = browse(ANNA)
        page = browser.open(f"/sessions/{first}/record")
        browser.send(f"/drafts/record-{first}", TYPED, expect=204)
        browser.send(f"/sessions/{first}/record", TYPED | once(page), expect=303)
        assert drafts.find(f"record-{first}", by=cast.anna) is None

    def test_a_form_sent_after_the_idle_limit_waits_for_the_same_person(self, browse, cast, first):
        with time_machine.travel(datetime(2026, 3, 2, 18, tzinfo=UTC), tick=False) as clock:
            browser = browse(ANNA)
            browser.open(f"/sessions/{first}/record")
            clock.shift(timedelta(minutes=16))
            browser.send(f"/sessions/{first}/record", TYPED, expect=302)
            assert browser.response.headers["Location"] == (
                f"/sign-in?next=/sessions/{first}/record"
            )
            page = browse(ANNA).open(f"/sessions/{first}/record")
        assert "Your draft is back." in page.text
        assert page.value("dose_mg") == "35,5"
        kept = drafts.find(f"record-{first}", by=cast.anna)
        assert "csrf_token" not in kept.content

    def test_another_person_does_not_see_it(self, browse, cast, first):
        accounts.enrol(
            name="Dora", email="dora@example.org", roles=[Role.CLINICIAN], password=PASSWORD,
            by=cast.console,
        )  # fmt: skip
        browser = browse(ANNA)
        browser.open(f"/sessions/{first}/record")
        browser.send(f"/drafts/record-{first}", TYPED, expect=204)
        page = browse("dora@example.org").open(f"/sessions/{first}/record")
        assert "Your draft is back." not in page.text
        assert page.value("dose_mg") != "35,5"

    def test_a_draft_of_an_older_version_still_meets_the_newer_one(self, browse, cast, recorded):
        browser = browse(ANNA)
        page = browser.open(f"/sessions/{recorded}/amend")
        typed = TYPED | once(page, "version") | {"mood_after": "8", "reason": "Asked again"}
        browser.send(f"/drafts/amend-{recorded}", typed, expect=204)
        theirs = structs.replace(HELD, mood_after=7)
        amendments.amend(recorded, theirs, reason="Heard it so", version=1, by=cast.anna)
        page = browser.open(f"/sessions/{recorded}/amend")
        restored = typed | once(page, "version")
        browser.send(f"/sessions/{recorded}/amend", restored, expect=409)

    def test_a_database_that_does_not_answer_keeps_the_page(self, browse, first, monkeypatch):
        def locked(*_args, **_kwargs):
            from sqlalchemy.exc import OperationalError

            raise OperationalError("INSERT", {}, Exception("database is locked"))

        browser = browse(ANNA)
        browser.open(f"/sessions/{first}/record")
        monkeypatch.setattr(session_commands, "record", locked)
        page = browser.send(f"/sessions/{first}/record", TYPED, expect=503)
        assert "Not saved" in page.text
        assert page.value("dose_mg") == "35,5"


def test_the_page_to_record_on_leaves_a_line_for_it_tells_of_the_last_session(browse, cast, first):
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{first}/record")
    browser.send(f"/sessions/{first}/record", once(page), expect=422)
    lines = audit_queries.read(by=cast.adam, wanted=TrailFilter(action="sheet.viewed")).lines
    assert [line.subject for line in lines] == [f"session:{first}"] * 2
