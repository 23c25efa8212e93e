"""A record says who signed it and who amended it; it is amended card by card."""

import pytest
from msgspec.structs import replace

from tests.builders import entries, live
from tests.builders.live import at
from tests.builders.patients import HELD, a_series, planned
from tests.people import ANNA
from tests.stopping import stopped_at
from tests.web.sessions.test_routes import TYPED, conflict
from tracker.domain.codes import Route
from tracker.services.sessions import commands as session_commands

noon = stopped_at(at(130))


@pytest.fixture
def recorded(cast, patient):
    series = a_series(cast.anna, patient)
    first = planned(series)[0]
    return session_commands.record(HELD, series_id=series, session_id=first, by=cast.anna)


def amend(browser, session_id, *, expect=303, **changed):
    page = browser.open(f"/sessions/{session_id}/amend")
    typed = TYPED | {"version": page.value("version"), "reason": "Read again"} | changed
    return browser.send(f"/sessions/{session_id}/amend", typed, expect=expect)


def test_a_signed_session_shows_its_signature(browse, cast):
    session_id = entries.under_way(cast.anna)
    live.check_before(session_id, by=cast.anna)
    live.infuse(session_id, by=cast.anna)
    live.check_after(session_id, by=cast.anna)
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{session_id}/sign")
    kept = {name: page.value(name) for name in ("once", "version", "answered")}
    browser.send(f"/sessions/{session_id}/sign", kept, expect=303)
    assert "Signed by Anna Clinician , 2 Mar 2026, 12:10" in browser.follow().text
    assert "Amended" not in browser.page.text


@pytest.mark.parametrize(("route", "shown"), [(Route.IV, True), (Route.IM, False)])
def test_a_dose_by_the_hour_is_a_line_of_what_runs_for_a_while(browse, cast, patient, route, shown):
    series = a_series(cast.anna, patient)
    given = replace(HELD, route=route, duration_minutes=0 if route is Route.IM else None)
    first = planned(series)[0]
    session_commands.record(given, series_id=series, session_id=first, by=cast.anna)
    page = browse(ANNA).open(f"/sessions/{first}/")
    assert ("Dose by weight and hour not recorded" in page.text) is shown


def test_an_amendment_has_its_own_line_and_a_mark_and_the_signature_stays(browse, recorded):
    browser = browse(ANNA)
    assert "Recorded by Anna Clinician , 2 Mar 2026" in browser.open(f"/sessions/{recorded}/").text
    amend(browser, recorded, mood_after="7")
    text = browser.open(f"/sessions/{recorded}/").text
    assert "Completed Amended 2 Mar 2026" in text
    assert "Recorded by Anna Clinician , 2 Mar 2026" in text
    assert "Amendment by Anna Clinician, 2 Mar 2026, 12:10: Read again What changed" in text


def test_each_card_is_opened_for_change_by_itself_and_the_rest_keeps_its_values(
    browse, cast, recorded
):
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{recorded}/amend")
    for words in (
        "Dose Started: 2 Mar 2026", "Before Mood before (0 worst, 10 best): 3",
        "During Dissociation at its peak (0 none, 10 most): 5", "After Mood after",
        "Leaving Left:", "Notes Private notes: private", "Change",
    ):  # fmt: skip
        assert words in page.text
    markup = browser.response.get_data(as_text=True)
    assert markup.count('class="panel fold record-card">') == 6
    assert page.value("dose_mg") == "35.5"
    amend(browser, recorded, mood_after="12", expect=422)
    markup = browser.response.get_data(as_text=True)
    assert markup.count('class="panel fold record-card">') == 5
    assert markup.count('class="panel fold record-card" open>') == 1
    amend(browser, recorded, mood_after="8")
    draft = session_commands.find(recorded, by=cast.anna).draft
    assert (draft.mood_after, draft.mood_before, draft.dose_mg) == (8, 3, HELD.dose_mg)


def test_the_second_of_two_people_may_put_both_together(browse, cast, recorded):
    browser, hidden = conflict(browse, cast, recorded)
    assert "the other stays in the history" in browser.page.text
    page = browser.send(f"/sessions/{recorded}/amend", hidden | {"choice": "both"}, expect=200)
    assert page.value("version") == "2"
    ticked = [f["value"] for f in page.fields if f.get("name") == "mood_after" and "checked" in f]
    assert ticked == ["8"]
