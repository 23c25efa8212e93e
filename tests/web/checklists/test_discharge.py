"""The checks before leaving: what does not hold asks for words, minutes are facts and no lock."""

import pytest

from tests.builders import live
from tests.builders.clinics import settle
from tests.builders.entries import under_way
from tests.builders.live import NASAL, at
from tests.people import ANNA, CLEO
from tests.stopping import stopped_at
from tracker.domain.checklists import discharge as discharge_rules
from tracker.domain.checklists.discharge import CriterionResult, Instruction
from tracker.domain.codes import Drug
from tracker.domain.live import entries
from tracker.domain.live.entries import EntryKind
from tracker.services.checklists import queries as checklist_queries
from tracker.services.live import entry_log

TYPED = {
    "mood_after": "6", "pain_after": "0", "escort_name": "Maria", "escort_relation": "sister",
    "escort_phone": "555 0100", "told_no_driving": "y", "told_whom_to_call": "y",
    "handed_out": "leaflet", "left_time": "12:05",
}  # fmt: skip


noon = stopped_at(at(126))


@pytest.fixture
def infused(cast):
    session_id = under_way(cast.anna)
    live.check_before(session_id, by=cast.anna)
    live.infuse(session_id, by=cast.anna)
    return session_id


@pytest.fixture
def nasal(cast):
    session_id = under_way(cast.anna, **NASAL)
    for minute in (0, 5):
        live.write(session_id, minute, entries.Dose(dose_mg=28), by=cast.anna)
    return session_id


def address(session_id):
    return f"/sessions/{session_id}/discharge"


def send(browser, session_id, drug=Drug.KETAMINE, *, expect=303, **changed):
    met = {f"met_{one.code}": "yes" for one in discharge_rules.criteria(drug)}
    opened = {name: browser.page.value(name) for name in ("once", "version")}
    return browser.send(address(session_id), TYPED | met | opened | changed, expect=expect)


def stored(session_id):
    [*_, last] = entries.of_kind(entry_log.of_session(session_id), EntryKind.DISCHARGE)
    return discharge_rules.read(last.content.fields)


def filled(session_id):
    return checklist_queries.last_of(entry_log.of_session(session_id), EntryKind.DISCHARGE)


def test_the_page_says_how_long_and_what_was_read_last(browse, infused):
    page = browse(ANNA).open(address(infused))
    assert "126 minutes" in page.text
    assert "126/80 mmHg, 11:20" in page.text
    assert page.value("escort_name") == "Maria"  # who was to come


def test_when_everything_holds_it_is_saved_and_leads_to_the_signing(browse, infused):
    browser = browse(ANNA)
    browser.open(address(infused))
    send(browser, infused)
    assert browser.response.headers["Location"] == f"/sessions/{infused}/sign"
    found = stored(infused)
    assert found.left_at == at(125)
    assert found.escort == "Maria (sister)"
    assert found.instructions == (Instruction.NO_DRIVING, Instruction.WHOM_TO_CALL)
    assert (found.mood_after, found.met["walks"]) == (6, CriterionResult.YES)
    assert filled(infused).open_lines == ()


def test_every_no_and_everything_unanswered_asks_for_words(browse, infused):
    browser = browse(ANNA)
    browser.open(address(infused))
    page = send(
        browser, infused, expect=422, met_walks="no", met_dissociation="not-assessed",
        met_sits="", escort_name="", told_no_driving="", left_time="",
    )  # fmt: skip
    for words in (
        "Walks with little help: No. Say what was decided.",
        "Dissociation resolved: Not assessed. Say what was decided.",
        "Sits unaided: Not answered. Answer it", "No name of who goes with the patient.",
        "Not told: no driving until the next day.", "No time of leaving.",
    ):  # fmt: skip
        assert words in page.text
    assert page.value("handed_out") == "leaflet"
    comments = {
        "comment_walks": "Wheelchair since before treatment.",
        "comment_dissociation": "Declined to say.",
    }
    send(browser, infused, met_walks="no", met_dissociation="not-assessed", **comments)
    told = {line.code: line.comment for line in filled(infused).open_lines}
    assert told == {"walks": comments["comment_walks"], "dissociation": "Declined to say."}


def test_outside_the_united_states_no_page_asks_for_two_hours(browse, cast, nasal):
    settle(cast.clinic_id, "IE")
    browser = browse(ANNA)
    page = browser.open(address(nasal))
    assert "120 minutes" not in page.text
    assert "REMS" not in page.text
    assert "ready_minute" not in {f.get("name") for f in page.fields}
    send(browser, nasal, Drug.ESKETAMINE, left_time="11:34")
    assert filled(nasal).open_lines == ()


def test_less_than_two_hours_after_a_device_is_a_fact_with_a_comment_and_no_lock(browse, nasal):
    browser = browse(ANNA)
    assert "at least 120 minutes" in browser.open(address(nasal)).text
    early = {"left_time": "11:34", "ready_minute": "80"}
    page = send(browser, nasal, Drug.ESKETAMINE, expect=422, **early)
    assert "94 minutes since the first device; the label says 120." in page.text
    send(browser, nasal, Drug.ESKETAMINE, comment_watched="Left against advice.", **early)
    assert stored(nasal).ready_minute == 80
    assert [line.code for line in filled(nasal).open_lines] == ["watched"]


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("left_time", "09:30", "cannot be before the start"),
        ("left_time", "12:45", "before the start"),  # of the day before
        ("left_on", "2026-03-04", "cannot be in the future"),
        ("left_time", "half past", "Give a time of day"),
        ("escort_name", "x" * 201, "longer than 200 characters"),
        ("ready_minute", "1441", "0 to 1440"),
        ("mood_after", "11", "Choose a whole number from 0 to 10"),
        ("comment_walks", "x" * 1001, "longer than 1000 characters"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(browse, nasal, field, text, words):
    browser = browse(ANNA)
    browser.open(address(nasal))
    page = send(browser, nasal, Drug.ESKETAMINE, expect=422, **{field: text})
    assert words in page.text
    assert filled(nasal) is None


def test_two_people_never_overwrite_each_other_silently(browse, infused):
    anna, other = browse(ANNA), browse(ANNA)
    anna.open(address(infused))
    other.open(address(infused))
    send(other, infused, met_walks="no", comment_walks="Dizzy, sat down again.")
    page = send(anna, infused, expect=409)
    assert "Somebody else saved the checks" in page.text
    assert "Dizzy, sat down again." in page.text
    send(anna, infused)
    assert filled(infused).open_lines == ()
    assert len(filled(infused).earlier) == 1


def test_a_time_that_is_shown_again_is_left_as_it_was(browse, infused, noon):
    browser = browse(ANNA)
    browser.open(address(infused))
    send(browser, infused)
    noon.move_to(at(60 * 30))
    late = browse(ANNA)
    page = late.open(address(infused))
    assert (page.value("left_time"), page.value("left_on")) == ("12:05", "02/03/2026")
    send(late, infused, escort_name="Maria B.", left_on="2026-03-02")
    assert stored(infused).left_at == at(125)


def test_a_stranger_sees_nothing(browse, infused):
    browse(CLEO).open(address(infused), expect=404)
