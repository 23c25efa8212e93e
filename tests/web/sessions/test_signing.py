"""Signing: the log becomes the record, nobody signs what they have not seen, nothing is lost."""

import html
import re

import pytest
from msgspec.structs import replace

from tests.builders import entries, live
from tests.builders.live import CLEAR, SIGNS, at
from tests.people import ANNA, CLEO
from tests.stopping import stopped_at
from tracker.domain.codes import Effect, SessionState, Severity, SideEffect
from tracker.domain.live.entries import AdverseEvent, EventTerm, Note, Reading
from tracker.services import drafts
from tracker.services.sessions import commands as session_commands

TYPED = {
    "effect_floating": "mild", "private_notes": "Thistledown", "patient_notes": "Well done.",
}  # fmt: skip


noon = stopped_at(at(130))


@pytest.fixture
def under_way(cast):
    session_id = entries.under_way(cast.anna)
    live.check_before(session_id, by=cast.anna)
    live.infuse(session_id, by=cast.anna)
    nausea = AdverseEvent(term=EventTerm.NAUSEA, grade=2)
    live.write(session_id, 15, nausea, by=cast.anna)
    live.check_after(session_id, by=cast.anna)
    return session_id


@pytest.fixture
def anna(browse, under_way):
    browser = browse(ANNA)
    browser.open(f"/sessions/{under_way}/sign")
    return browser


def send(browser, session_id, *, expect=303, **changed):
    kept = {name: browser.page.value(name) for name in ("once", "version", "answered")}
    return browser.send(f"/sessions/{session_id}/sign", TYPED | kept | changed, expect=expect)


def view(session_id, cast):
    return session_commands.find(session_id, by=cast.anna)


def test_the_page_shows_what_the_log_says(anna):
    for words in ("35 mg", "0.50 mg/kg", "40 min", "Nausea (moderate)", "Maria (sister)", "126"):
        assert words in anna.page.text
    assert "Missing from the record" not in anna.page.text
    assert "16 clear" in anna.page.text


def test_signing_makes_the_record_and_ends_the_session(anna, under_way, cast):
    send(anna, under_way)
    assert "The session is signed" in anna.follow().text
    told = view(under_way, cast)
    draft = told.draft
    assert told.record.state is SessionState.COMPLETED
    assert (draft.started_at, draft.dose_mg, draft.duration_minutes) == (at(0), 35, 40)
    assert (draft.mood_before, draft.mood_after, draft.dissociation_peak) == (3, 6, 6)
    assert draft.before == SIGNS
    assert draft.side_effects == {SideEffect.NAUSEA: Severity.MODERATE}
    assert draft.effects == {Effect.FLOATING: Severity.MILD}
    assert (draft.private_notes, draft.patient_notes) == ("Thistledown", "Well done.")
    assert (draft.discharged_at, draft.escort) == (at(125), "Maria (sister)")
    assert draft.dissociation_resolved is True
    assert told.recorded_by == "Anna Clinician"


def test_that_there_was_no_effect_is_told_from_not_asked(anna, under_way, cast):
    page = send(anna, under_way, effect_none="y", expect=422)
    assert "Choose either none of these or a degree, not both." in page.text
    send(anna, under_way, effect_none="y", effect_floating="")
    assert view(under_way, cast).draft.effects == {Effect.NONE: None}


def test_afterwards_it_is_amended_and_neither_signed_nor_checked(anna, under_way, cast):
    send(anna, under_way)
    for path in ("sign", "gate", "discharge"):
        anna.open(f"/sessions/{under_way}/{path}", expect=303)
        assert anna.response.headers["Location"] == f"/sessions/{under_way}/"
    assert "Reason for the change" in anna.open(f"/sessions/{under_way}/amend").text


def test_a_double_click_signs_once(anna, under_way, cast):
    kept = {name: anna.page.value(name) for name in ("once", "version", "answered")}
    for _ in range(2):
        anna.send(f"/sessions/{under_way}/sign", TYPED | kept, expect=303)
    assert view(under_way, cast).version == 1


def test_what_was_written_since_is_shown_before_it_is_signed(anna, under_way, cast):
    live.write(under_way, 129, Note(text="Came back."), by=cast.anna)
    page = send(anna, under_way, expect=409)
    assert "More was written into the log" in page.text
    assert "Thistledown" in page.text
    assert view(under_way, cast).record.state is SessionState.UNDER_WAY
    send(anna, under_way)
    assert view(under_way, cast).record.state is SessionState.COMPLETED


def test_who_signs_second_keeps_what_was_typed(browse, anna, under_way):
    other = browse(ANNA)
    other.open(f"/sessions/{under_way}/sign")
    send(other, under_way)
    page = send(anna, under_way, expect=422)
    assert "amend it there" in page.text
    assert "Thistledown" in page.text


def test_what_is_unusual_asks_for_a_comment_that_the_checks_may_have_given(browse, cast):
    session_id = entries.under_way(cast.anna)
    high = replace(SIGNS, systolic_mmhg=152)
    comments = {"blood-pressure": "Nervous, came down after rest."}
    gate = replace(CLEAR, baseline=high, comments=comments)
    live.check_before(session_id, gate, by=cast.anna)
    live.infuse(session_id, by=cast.anna)
    live.check_after(session_id, by=cast.anna)
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{session_id}/sign")
    assert "Systolic pressure before the dose was 152 mmHg" in page.text
    assert "Nervous, came down after rest." in boxes(browser)
    send(browser, session_id, expect=422, said=[" "])
    assert boxes(browser) == [" "]
    assert view(session_id, cast).record.state is SessionState.UNDER_WAY
    send(browser, session_id, said=["As said before."])
    assert view(session_id, cast).draft.comment == f"{HIGH_BEFORE} \N{EM DASH} As said before."


HIGH_BEFORE = "Systolic pressure before the dose was 152 mmHg, above 140."
TWO = ["Nervous before.", "Came down after rest."]


def boxes(browser):
    """List what stands in the place of each finding."""
    return [
        text.strip("\n") for text in re.findall(r'name="said"[^>]*>([^<]*)<', browser.response.text)
    ]


def test_each_finding_keeps_what_was_said_to_it(anna, under_way, cast):
    late = Reading(systolic_mmhg=190, diastolic_mmhg=120)
    live.write(under_way, 128, late, by=cast.anna)
    anna.open(f"/sessions/{under_way}/sign")
    assert boxes(anna) == ["", ""]
    send(anna, under_way, expect=422, said=["Nervous before.", ""])
    assert boxes(anna) == ["Nervous before.", ""]
    send(anna, under_way, said=TWO)
    high, low = (finding.message for finding in view(under_way, cast).findings)
    kept = view(under_way, cast).draft.comment
    assert kept == f"{high} \N{EM DASH} {TWO[0]}\n\n{low} \N{EM DASH} {TWO[1]}"
    shown = anna.open(f"/sessions/{under_way}/").text
    first, second = (shown.index(html.escape(finding)) for finding in (high, low))
    assert first < shown.index(TWO[0]) < second < shown.index(TWO[1])


def test_what_the_checks_said_to_another_value_is_not_offered(browse, cast):
    session_id = entries.under_way(cast.anna)
    gate = replace(
        CLEAR, baseline=replace(SIGNS, systolic_mmhg=152),
        comments={"blood-pressure": "Nervous.", "dose": "As the pain protocol has it."},
    )  # fmt: skip
    live.check_before(session_id, gate, by=cast.anna)
    again = Reading(systolic_mmhg=165, diastolic_mmhg=80)
    live.write(session_id, -1, again, by=cast.anna)
    live.infuse(session_id, by=cast.anna)
    live.check_after(session_id, by=cast.anna)
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{session_id}/sign")
    assert "Systolic pressure before the dose was 165 mmHg" in page.text
    assert boxes(browser) == [""]


def test_a_comment_written_before_a_finding_does_not_answer_it(anna, under_way, cast):
    wrong = {"answered": "[]", "comment": "Fine."}
    late = Reading(systolic_mmhg=150, diastolic_mmhg=80)
    live.write(under_way, 128, late, by=cast.anna)
    anna.open(f"/sessions/{under_way}/sign")
    page = send(anna, under_way, expect=422, **wrong)
    assert "Systolic pressure after the dose was 150 mmHg" in page.text
    send(anna, under_way, comment="Fine.")


def test_a_session_without_anything_given_cannot_be_signed_and_is_not_held(browse, cast):
    session_id = entries.under_way(cast.anna)
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{session_id}/sign")
    assert "Nothing was given, by the log." in page.text
    assert f"/sessions/{session_id}/live/not-begun" in page.links
    send(browser, session_id, expect=422)
    browser.open(f"/sessions/{session_id}/not-held")
    missed = {"state": "missed", "reason": "BP 190/110 twice"}
    assert (
        "Cancel it instead"
        in browser.send(f"/sessions/{session_id}/not-held", missed, expect=422).text
    )
    browser.send(f"/sessions/{session_id}/not-held", missed | {"state": "cancelled"}, expect=303)
    told = view(session_id, cast).record
    assert (told.state, told.state_reason) == (SessionState.CANCELLED, "BP 190/110 twice")


def test_a_session_in_which_something_was_given_is_not_not_held(anna, under_way, cast):
    anna.open(f"/sessions/{under_way}/not-held")
    page = anna.send(
        f"/sessions/{under_way}/not-held", {"state": "cancelled", "reason": "x"}, expect=422
    )
    assert "Something was given" in page.text
    anna.open(f"/sessions/{under_way}/move")
    page = anna.send(f"/sessions/{under_way}/move", {"planned_on": "2026-03-05"}, expect=422)
    assert "has begun" in page.text


def test_the_page_for_recording_afterwards_leads_to_the_signing(anna, under_way):
    anna.open(f"/sessions/{under_way}/record", expect=303)
    assert anna.response.headers["Location"] == f"/sessions/{under_way}/sign"
    page = anna.send(f"/sessions/{under_way}/record", {"private_notes": "Thistledown"}, expect=422)
    assert "Somebody has begun this session meanwhile" in page.text
    assert "Thistledown" in page.text


def test_what_is_missing_is_said_and_does_not_stop_the_signing(browse, cast):
    session_id = entries.under_way(cast.anna)
    live.infuse(session_id, by=cast.anna, mg=None)
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{session_id}/sign")
    for words in (
        "No checks before the session.", "How much was given in the end.",
        "No checks before leaving.", "No vital signs before the start.",
    ):  # fmt: skip
        assert words in page.text
    send(browser, session_id)
    draft = view(session_id, cast).draft
    assert (draft.dose_mg, draft.weight_kg, draft.mood_after) == (None, None, None)


def test_what_is_typed_is_kept_and_dropped_once_it_is_signed(anna, under_way, cast):
    key = f"sign-{under_way}"
    drafts.keep(key, {"private_notes": ["Half a sentence"], "version": ["1"]}, by=cast.anna)
    page = anna.open(f"/sessions/{under_way}/sign")
    assert "Half a sentence" in page.text
    send(anna, under_way)
    assert drafts.find(key, by=cast.anna) is None


def test_a_stranger_sees_nothing(browse, under_way):
    browse(CLEO).open(f"/sessions/{under_way}/sign", expect=404)
