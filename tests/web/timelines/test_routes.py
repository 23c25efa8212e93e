import pytest

from tests.builders import patients
from tests.builders.courses import account, treat
from tests.builders.entries import under_way, write
from tests.builders.session_logs import put, stopped_infusion_log
from tests.people import ANNA, BEN, CLEO
from tracker.domain.codes import SessionState
from tracker.models import db
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.progress import drawing
from tracker.services.unit_of_work import unit_of_work


@pytest.fixture
def sitting(cast):
    """A signed session of Ben's with the log of an infusion that was stopped."""
    treated = treat(cast.anna, sessions=1)
    account(cast.console, treated)
    put(cast.anna, treated.session_ids[0], stopped_infusion_log())
    return treated.session_ids[0]


def address(session_id, kind="svg", query=""):
    return f"/sessions/{session_id}/timeline.{kind}{query}"


def ask(browser, path, tag=None):
    return browser.client.get(path, headers={"If-None-Match": tag} if tag else {})


def test_a_picture_is_an_svg_that_no_browser_keeps(browse, sitting):
    answer = ask(browse(ANNA), address(sitting))
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert "Blood pressure" in answer.text
    assert answer.cache_control.no_store


def test_an_unchanged_picture_is_not_sent_and_not_drawn_again(browse, sitting, monkeypatch):
    browser = browse(ANNA)
    tag = ask(browser, address(sitting)).headers["ETag"]
    monkeypatch.setattr(drawing.Picture, "content", None)
    answer = ask(browser, address(sitting), tag)
    assert (answer.status_code, answer.data) == (304, b"")


@pytest.mark.parametrize("query", ["?shape=phone&theme=dark", "?theme=dark", "?shape=phone"])
def test_every_look_is_another_picture(browse, sitting, query):
    browser = browse(ANNA)
    plain = ask(browser, address(sitting))
    other = ask(browser, address(sitting, query=query), plain.headers["ETag"])
    assert other.status_code == 200
    assert other.data != plain.data


def test_a_download_is_a_png_whose_name_tells_nothing(browse, sitting):
    answer = ask(browse(ANNA), address(sitting, "png"))
    assert answer.data.startswith(b"\x89PNG")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="timeline.png"'


def test_patients_see_their_own_signed_session_and_nobody_elses(browse, cast, sitting):
    stranger = treat(cast.anna, record_number="C-2", sessions=1)
    browser = browse(BEN)
    assert ask(browser, address(sitting)).status_code == 200
    assert ask(browser, address(stranger.session_ids[0])).status_code == 404


def test_patients_do_not_watch_a_session_that_is_under_way(browse, cast, sitting):
    with unit_of_work(cast.anna) as unit:
        row = db.session.get_one(TreatmentSession, sitting)
        row.state = SessionState.UNDER_WAY.value
        unit.audit("test.reopened")
    assert ask(browse(BEN), address(sitting)).status_code == 404
    assert ask(browse(ANNA), address(sitting)).status_code == 200


def test_another_clinic_and_an_administrator_see_nothing(browse, sitting):
    assert ask(browse(CLEO), address(sitting)).status_code == 404
    assert ask(browse("adam@example.org"), address(sitting)).status_code == 403


@pytest.mark.parametrize(
    ("kind", "query"), [("svg", "?shape=round"), ("svg", "?theme=pink"), ("gif", "")]
)
def test_there_is_no_other_picture(browse, sitting, kind, query):
    assert ask(browse(ANNA), address(sitting, kind, query)).status_code == 404


def test_the_page_of_a_session_tells_what_the_picture_shows(browse, sitting):
    page = browse(ANNA).open(f"/sessions/{sitting}/")
    assert "Infusion from 0 to 38 min" in page.text
    assert "Readings" in page.text
    assert "systolic above 140: clinic default" in page.text
    assert "SENTINEL note" in page.text  # the whole log is for clinicians


def test_a_patient_reads_the_sentence_and_no_note_of_the_staff(browse, sitting):
    page = browse(BEN).open(f"/my/sessions/{sitting}/")
    assert "Your blood pressure was highest 32 minutes after the start: 158/96." in page.text
    assert "SENTINEL" not in page.text


def test_a_session_that_was_written_up_afterwards_has_no_panel(browse, cast):
    treated = treat(cast.anna, sessions=1)
    page = browse(ANNA).open(f"/sessions/{treated.session_ids[0]}/")
    assert "Minute by minute" not in page.text
    answer = ask(browse(ANNA), address(treated.session_ids[0]))
    assert "Nothing was written down" in answer.text


def test_a_correction_keeps_the_first_value_on_the_page(browse, cast):
    session_id = under_way(cast.anna)
    at = clock.now()
    first = {"systolic_mmhg": 182, "diastolic_mmhg": 82}
    key = write(cast.anna, session_id, "reading", first, at=at)
    write(cast.anna, session_id, "reading", first | {"systolic_mmhg": 128}, at=at, replaces=key)
    note = write(cast.anna, session_id, "note", {"text": "Mistaken"})
    write(cast.anna, session_id, "withdrawal", {"reason": "another patient"}, replaces=note)
    page = browse(ANNA).open(f"/sessions/{session_id}/")
    assert "BP 128/82" in page.text
    assert "First written: BP 182/82" in page.text
    assert "Mistaken" in page.text
    assert "Withdrawn: another patient" in page.text


def test_a_planned_session_has_no_panel(cast, browse):
    series_id = patients.a_series(cast.anna, patients.a_patient(cast.anna))
    page = browse(ANNA).open(f"/sessions/{patients.planned(series_id)[0]}/")
    assert "Minute by minute" not in page.text
