from datetime import timedelta
from io import BytesIO

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from tests.builders.clinics import settle
from tests.builders.worksheets import SPRAY, START, fill_in, recorded
from tests.people import ADAM, ANNA, CLEO
from tests.stopping import stopped_at
from tracker.domain.worksheets.form import WorksheetState
from tracker.models import db
from tracker.models.worksheets import Worksheet
from tracker.services import drafts
from tracker.services.sessions import amendments
from tracker.services.sessions import commands as session_commands
from tracker.services.worksheets import commands as worksheet_commands
from tracker.services.worksheets import queries as worksheet_queries

NOW = START + timedelta(hours=3)


clock = stopped_at(NOW)


@pytest.fixture
def spray(cast):
    return recorded(cast.anna)


@pytest.fixture
def anna(browse, spray):
    return browse(ANNA)


def sheet(spray):
    return f"/sessions/{spray}/worksheet"


def typed(page, **values):
    """Everything that a page would send, with some of it typed."""
    fields = {}
    for field in page.fields:
        name, kind = field.get("name"), field.get("type")
        if not name or (kind == "radio" and "checked" not in field) or field["tag"] != "input":
            continue
        fields[name] = field.get("value") or ""
    return fields | SELECTED | values


# The test browser does not read what a select has chosen.
SELECTED = {"form_version": "2026", "patient_sex": "male", "dose": "56"}


def test_the_worksheet_shows_its_answers_and_what_is_missing(anna, spray):
    page = anna.open(sheet(spray))
    for words in (
        "Check against the current form at www.SPRAVATOrems.com", "Dose given 56 mg",
        "Record of the session", "missing, required", "due in 7 days", "Tue 10 Mar 2026",
        "Current form, as its maker and others describe it",
    ):  # fmt: skip
        assert words in page.text


def test_the_list_and_today_show_what_is_due(anna, spray):
    page = anna.open("/worksheets/")
    assert "Tue 10 Mar 2026" in page.text
    assert sheet(spray) in page.links
    assert "REMS worksheets : 1 due within 7 days" in anna.open("/today/").text


def test_today_says_how_late_one_is_and_nothing_once_it_is_submitted(anna, spray, clock, cast):
    fill_in(cast.anna, spray)
    clock.move_to(START + timedelta(days=9))
    browser = anna("anna@example.org")
    assert "REMS worksheets : 1 late or due within 7 days" in browser.open("/today/").text
    assert "Late by 2 days" in browser.page.text
    assert sheet(spray) in browser.page.links
    assert "Late by 2 days" in browser.open("/worksheets/?show=late").text
    browser.open(f"{sheet(spray)}/submit")
    form = typed(browser.page) | {"channel": "fax", "form_version": ""}
    browser.send(f"{sheet(spray)}/submit", form, expect=303)
    assert "REMS" not in browser.open("/today/").text
    assert "Anna Clinician, Fax" in browser.open("/worksheets/?show=submitted").text


def test_a_clinic_of_another_country_is_promised_no_worksheet(browse, cast):
    settle(cast.anna.clinic_id, "GB")
    page = browse(ANNA).open("/worksheets/").text
    assert "reports to no REMS programme" in page
    assert "A worksheet is made when" not in page


def test_there_is_no_other_list(anna):
    anna.open("/worksheets/?show=everything", expect=404)


def test_an_answer_that_was_typed_is_kept_and_the_rest_follows(anna, spray, cast):
    page = anna.open(f"{sheet(spray)}/edit")
    anna.send(f"{sheet(spray)}/edit", typed(page, setting_city="Portland"), expect=303)
    view = worksheet_queries.find(spray, by=cast.anna)
    assert [line.field.code for line in view.lines if line.is_typed] == ["setting_city"]
    assert "Changed: City" in anna.follow().text


def test_an_answer_of_the_sessions_own_may_be_typed_over_and_both_are_shown(anna, spray):
    page = anna.open(f"{sheet(spray)}/edit")
    anna.send(f"{sheet(spray)}/edit", typed(page, total_minutes="130"), expect=303)
    assert "The session says 125 min" in anna.follow().text
    assert "Typed here. The session says: 125 min." in anna.open(f"{sheet(spray)}/edit").text


def test_every_problem_is_shown_at_its_field_and_what_was_typed_stays(anna, spray):
    page = anna.open(f"{sheet(spray)}/edit")
    wrong = typed(page, total_minutes="two", bp_40="128", treatment_date="yesterday")
    page = anna.send(f"{sheet(spray)}/edit", wrong, expect=422)
    for words in ("whole minutes", "both numbers", "such as 27/03/1980"):
        assert words in page.text
    assert (page.value("total_minutes"), page.value("bp_40")) == ("two", "128")


def test_an_amendment_between_opening_and_saving_is_not_undone(anna, spray, cast):
    page = anna.open(f"{sheet(spray)}/edit")
    form = typed(page, setting_city="Portland")
    view = session_commands.find(spray, by=cast.anna)
    draft = replace(view.draft, discharged_at=START + timedelta(minutes=140))
    amendments.amend(spray, draft, reason="Slip", version=view.version, by=cast.anna)
    anna.send(f"{sheet(spray)}/edit", form, expect=303)
    lines = {one.field.code: one for one in worksheet_queries.find(spray, by=cast.anna).lines}
    assert lines["total_minutes"].value == "140"
    assert lines["setting_city"].value == "Portland"


def test_whoever_saves_second_sees_what_was_saved_and_loses_nothing(anna, spray, cast):
    page = anna.open(f"{sheet(spray)}/edit")
    form = typed(page, setting_city="Portland", setting_state="ME")
    theirs = {"setting_city": "Bath", "setting_zip": "04530"}
    worksheet_commands.change(spray, theirs, version=1, by=cast.anna)
    page = anna.send(f"{sheet(spray)}/edit", form, expect=409)
    assert "Saved meanwhile by somebody else" in page.text
    assert "Bath" in page.text
    assert page.value("setting_city") == "Portland"
    assert page.value("setting_zip") == "04530"
    anna.send(f"{sheet(spray)}/edit", typed(page), expect=303)
    lines = {one.field.code: one.value for one in worksheet_queries.find(spray, by=cast.anna).lines}
    assert (lines["setting_city"], lines["setting_state"], lines["setting_zip"]) == (
        "Portland", "ME", "04530",
    )  # fmt: skip


def test_another_version_of_the_form_asks_other_questions(anna, spray):
    page = anna.open(f"{sheet(spray)}/edit")
    form = typed(page, opioids="no") | {"form_version": "2021/24"}
    anna.send(f"{sheet(spray)}/edit", form, expect=303)
    assert "MAOIs" in anna.follow().text


def test_what_is_typed_is_kept_as_a_draft(anna, spray, cast):
    key = f"worksheet-{spray}"
    page = anna.open(f"{sheet(spray)}/edit")
    token = page.value("csrf_token")
    anna.client.post(f"/drafts/{key}", data={"csrf_token": token, "setting_city": "Bath"})
    page = anna.open(f"{sheet(spray)}/edit")
    assert page.value("setting_city") == "Bath"
    anna.open(f"{sheet(spray)}/edit")
    assert drafts.find(key, by=cast.anna) is not None


def test_from_draft_to_submitted_and_back(anna, spray, cast):
    for path in ("complete", "submit", "reopen"):
        anna.open(f"{sheet(spray)}/{path}")
    page = anna.open(f"{sheet(spray)}/complete")
    assert "fields are missing" in page.text
    page = anna.send(f"{sheet(spray)}/complete", {"version": page.value("version")}, expect=422)
    assert "Fill them in, or say why" in page.text
    told = {"version": page.value("version"), "reason": "Nobody measured."}
    anna.send(f"{sheet(spray)}/complete", told, expect=303)
    assert "Why they stay empty: Nobody measured." in anna.follow().text
    page = anna.open(f"{sheet(spray)}/submit")
    assert page.value("submitted_time") == "13:00"  # in the clinic's zone
    wrong = {
        "version": page.value("version"),
        "submitted_on": "2026-03-08",
        "submitted_time": "2:30",
    }
    page = anna.send(f"{sheet(spray)}/submit", wrong, expect=422)
    assert "The clocks went forward past this time" in page.text
    page = anna.send(
        f"{sheet(spray)}/submit",
        wrong | {"submitted_on": "2026-03-03", "submitted_time": "12:40"},
        expect=422,
    )
    assert "Choose how it was submitted." in page.text
    right = {
        "version": page.value("version"), "submitted_on": "2026-03-03", "submitted_time": "12:40",
        "channel": "portal", "confirmation": "No. 17",
    }  # fmt: skip
    anna.send(f"{sheet(spray)}/submit", right, expect=303)
    assert "3 Mar 2026, 12:40" in anna.follow().text
    anna.open(f"{sheet(spray)}/edit", expect=303)
    page = anna.open(f"{sheet(spray)}/reopen")
    told = {"version": page.value("version"), "reason": "Wrong lot"}
    anna.send(f"{sheet(spray)}/reopen", told, expect=303)
    assert "Reopened: Wrong lot" in anna.follow().text
    assert worksheet_queries.find(spray, by=cast.anna).state is WorksheetState.DRAFT


def test_a_step_on_an_outdated_page_is_not_taken(anna, spray, cast):
    page = anna.open(f"{sheet(spray)}/complete")
    told = {"version": page.value("version"), "reason": "Nobody measured."}
    worksheet_commands.change(spray, {"setting_city": "Bath"}, version=1, by=cast.anna)
    page = anna.send(f"{sheet(spray)}/complete", told, expect=409)
    assert "Somebody changed this worksheet" in page.text
    assert "Nobody measured." in page.text
    told["version"] = page.value("version")
    anna.send(f"{sheet(spray)}/complete", told, expect=303)


def test_a_submitted_one_says_that_the_session_was_changed_since(anna, spray, cast):
    fill_in(cast.anna, spray)
    page = anna.open(f"{sheet(spray)}/submit")
    form = typed(page) | {"channel": "fax", "form_version": ""}
    anna.send(f"{sheet(spray)}/submit", form, expect=303)
    view = session_commands.find(spray, by=cast.anna)
    draft = replace(view.draft, discharged_at=START + timedelta(minutes=140))
    amendments.amend(spray, draft, reason="Slip", version=view.version, by=cast.anna)
    text = anna.open(sheet(spray)).text
    assert "The session was changed after this worksheet was submitted." in text
    assert "From the first device to the end of monitoring: submitted as 125 min." in text


def test_the_pdf_is_named_by_the_session_alone(anna, spray):
    answer = anna.client.get(f"{sheet(spray)}.pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="worksheet-{spray}.pdf"'
    )
    text = PdfReader(BytesIO(answer.data)).pages[0].extract_text()
    assert "REMS worksheet: check against the current form" in text
    assert "Harbour Clinic" in text


def test_the_page_of_the_session_leads_there(anna, spray):
    page = anna.open(f"/sessions/{spray}/")
    assert sheet(spray) in page.links
    assert "Due Tue 10 Mar 2026" in page.text


def test_a_session_recorded_after_its_days_stands_first_among_the_late_ones(browse, cast, clock):
    recorded(cast.anna, "B-8", draft=SPRAY)
    clock.move_to(START + timedelta(days=9))
    earlier = replace(SPRAY, started_at=START - timedelta(days=2), discharged_at=None)
    late = recorded(cast.anna, "B-9", draft=earlier)
    page = browse(ANNA).open("/worksheets/?show=late")
    assert "Late by 4 days" in page.text
    assert page.text.index("Late by 4 days") < page.text.index("Late by 2 days")
    assert sheet(late) in page.links


def test_an_imported_session_gets_one_by_a_button(browse, cast, clock):
    clock.move_to(START + timedelta(days=40))
    session_id = recorded(cast.anna, "B-9", draft=SPRAY)
    db.session.execute(db.delete(Worksheet))  # an import makes none
    db.session.commit()
    anna = browse(ANNA)
    assert "Make a worksheet" in anna.open(f"/sessions/{session_id}/").text
    anna.send(f"{sheet(session_id)}/begin", {}, expect=303)
    assert "Late by 33 days" in anna.follow().text


def test_another_session_gets_none(browse, cast):
    session_id = recorded(cast.anna, draft=replace(SPRAY, route=SPRAY.route.IV))
    anna = browse(ANNA)
    assert "REMS" not in anna.open(f"/sessions/{session_id}/").text
    anna.send(f"{sheet(session_id)}/begin", {}, expect=303)
    assert "Only a recorded session of nasal esketamine has one" in anna.follow().text


def test_a_clinic_in_the_united_kingdom_is_offered_no_worksheet(browse, cast):
    settle(cast.clinic_id, "GB")
    session_id = recorded(cast.anna)
    anna = browse(ANNA)
    for path in (f"/sessions/{session_id}/", "/today/"):
        assert "REMS" not in anna.open(path).text
    settle(cast.clinic_id, "GB", us_label=True)
    assert "Make a worksheet" in anna.open(f"/sessions/{session_id}/").text


def test_only_a_session_of_another_drug_is_told_that_it_needs_none(anna, spray):
    assert "not recorded as nasal esketamine any more" not in anna.open(sheet(spray)).text


@pytest.mark.parametrize(("who", "expect"), [(CLEO, 404), (ADAM, 403)])
@pytest.mark.parametrize("path", ["", ".pdf", "/edit", "/complete", "/submit", "/reopen"])
def test_nobody_else_sees_it(browse, spray, who, expect, path):
    browse(who).open(f"{sheet(spray)}{path}", expect=expect)


@pytest.mark.parametrize("shown", ["", "[]", "{", '{"dose": 4}'])
def test_a_form_that_lost_what_it_showed_is_saved_all_the_same(anna, spray, cast, shown):
    page = anna.open(f"{sheet(spray)}/edit")
    form = typed(page, shown=shown, setting_city="Bath", version="1")
    anna.send(f"{sheet(spray)}/edit", form, expect=303)
    typed_in = [line for line in worksheet_queries.find(spray, by=cast.anna).lines if line.is_typed]
    assert [line.field.code for line in typed_in] == ["setting_city"]
